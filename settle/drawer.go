package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/desk"
	"fundy/fault"
	"fundy/ident"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
)

// DrawerLeaf is what the log is told of a drawer. What a person wrote about it stays here.
type DrawerLeaf struct {
	Drawer  string `json:"drawer"`
	Session string `json:"session"`
	Version int64  `json:"version"`
	Event   string `json:"event"`
	Amount  int64  `json:"amount_minor"`
	Over    int64  `json:"over_short_minor"`
	Who     string `json:"who"`
	Second  string `json:"second"`
}

// MakeDrawer enters a drawer that the city has.
func (s *Settler) MakeDrawer(ctx context.Context, name, where, by string) (payment.Drawer, error) {
	var d payment.Drawer
	err := s.Store.Write(ctx, fault.MakeDrawer, func(ctx context.Context, tx *store.Tx) error {
		now := s.Now()
		var no *payment.CounterRefusal
		if d, no = payment.NewDrawer(name, where, now); no != nil {
			return no
		}
		if !payment.StaffName(by) || desk.HasCard(where) {
			return &payment.CounterRefusal{Reason: payment.RefusedWho}
		}
		d.ID = payment.DrawerID(ident.New("drw"))
		if err := tx.InsertDrawer(ctx, d); err != nil {
			return taken(err)
		}
		return tx.Tell(ctx, "drawer", now, DrawerLeaf{Drawer: d.Name, Event: "made", Who: by})
	})
	if err != nil {
		return payment.Drawer{}, fmt.Errorf("make drawer: %w", err)
	}
	return d, nil
}

// taken is what a conflict means of a drawer: its name is there, it is open, or the clerk has another.
func taken(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return &payment.CounterRefusal{Reason: payment.DrawerTaken}
	}
	return err
}

// OpenDrawer gives a clerk a drawer, with the float that he has counted in it. Its batch of cash is opened with it.
func (s *Settler) OpenDrawer(ctx context.Context, name, by string, float payment.Count) (payment.Session, error) {
	var of payment.Session
	err := s.Store.Write(ctx, fault.OpenDrawer, func(ctx context.Context, tx *store.Tx) error {
		d, err := tx.DrawerByName(ctx, name)
		if err != nil {
			return err
		}
		now := s.Now()
		var no *payment.CounterRefusal
		if of, no = payment.OpenSession(d, by, float, now); no != nil {
			return no
		}
		of.ID = payment.SessionID(ident.New("ses"))
		if err := tx.InsertSession(ctx, of); err != nil {
			return taken(err)
		}
		h := store.Happening{Event: payment.DrawerOpened, Who: by, Amount: of.Float, Count: float, At: now}
		if err := s.moveSession(ctx, tx, &of, h); err != nil {
			return err
		}
		return s.insertBatch(ctx, tx, payment.Batch{ID: payment.BatchID(ident.New("bat")), Kind: payment.CashBatch, OpenedBy: by, OpenedAt: now, Session: of.ID}, now)
	})
	if err != nil {
		return payment.Session{}, fmt.Errorf("open drawer: %w", err)
	}
	return of, nil
}

// DropCash takes cash out of a drawer into the safe. It stays in the drawer's batch, and in undeposited:cash.
func (s *Settler) DropCash(ctx context.Context, name, by, second string, out payment.Count) (payment.Session, money.Amount, error) {
	var of payment.Session
	var total money.Amount
	err := s.Store.Write(ctx, fault.DropCash, func(ctx context.Context, tx *store.Tx) (err error) {
		of, total, err = s.dropCashIn(ctx, tx, name, by, second, out)
		return err
	})
	if err != nil {
		return payment.Session{}, money.Zero, fmt.Errorf("drop cash: %w", err)
	}
	return of, total, nil
}

func (s *Settler) dropCashIn(ctx context.Context, tx *store.Tx, name, by, second string, out payment.Count) (payment.Session, money.Amount, error) {
	of, _, expected, err := lockDrawer(ctx, tx, name)
	if err != nil {
		return of, money.Zero, err
	}
	total, no := payment.DropFrom(of, expected, out, by, second)
	if no != nil {
		return of, total, no
	}
	err = s.moveSession(ctx, tx, &of, store.Happening{Event: payment.DrawerDropped, Who: by, Second: second, Amount: total, Count: out, At: s.Now()})
	return of, total, err
}

// lockDrawer locks the newest session of a drawer and its batches, in ascending id, and adds up what should be in it:
// nothing is put in or undone meanwhile.
func lockDrawer(ctx context.Context, tx *store.Tx, name string) (payment.Session, []payment.Batch, money.Amount, error) {
	last, err := tx.LastSession(ctx, name)
	if err != nil {
		return last, nil, money.Zero, err
	}
	of, err := tx.LockSession(ctx, last.ID)
	if err != nil {
		return of, nil, money.Zero, err
	}
	batches, err := tx.BatchesOfSession(ctx, of.ID)
	if err != nil {
		return of, nil, money.Zero, err
	}
	for i, b := range batches {
		if batches[i], err = tx.LockBatch(ctx, b.ID); err != nil {
			return of, nil, money.Zero, err
		}
	}
	expected, err := tx.ExpectedCash(ctx, of.ID)
	return of, batches, expected, err
}

// CloseDrawer closes a drawer with all that was counted in it, and its open batches. What is over or short is posted,
// and put before a supervisor where it is more than the city lets pass.
func (s *Settler) CloseDrawer(ctx context.Context, name, by, checker, reason string, there payment.Count) (payment.Session, error) {
	var of payment.Session
	err := s.Store.Write(ctx, fault.CloseDrawer, func(ctx context.Context, tx *store.Tx) (err error) {
		of, err = s.closeDrawerIn(ctx, tx, name, by, checker, reason, there)
		return err
	})
	if err != nil {
		return payment.Session{}, fmt.Errorf("close drawer: %w", err)
	}
	return of, nil
}

func (s *Settler) closeDrawerIn(ctx context.Context, tx *store.Tx, name, by, checker, reason string, there payment.Count) (payment.Session, error) {
	last, batches, expected, err := lockDrawer(ctx, tx, name)
	if err != nil {
		return last, err
	}
	now := s.Now()
	of, no := payment.CloseSession(last, expected, there, by, checker, reason, now)
	if no != nil {
		return of, no
	}
	if desk.HasCard(reason) {
		return of, &payment.CounterRefusal{Reason: payment.TakeText}
	}
	h := store.Happening{Event: payment.DrawerClosed, Who: by, Second: checker, Amount: of.Counted, Note: reason, Count: there, At: now}
	if err := s.moveSession(ctx, tx, &of, h); err != nil {
		return of, err
	}
	if err := s.closeBatches(ctx, tx, of, batches, by, now); err != nil {
		return of, err
	}
	return of, s.postOverShort(ctx, tx, of, now)
}

// closeBatches closes a drawer's open batches, which are locked. What was over or short belongs to its cash.
func (s *Settler) closeBatches(ctx context.Context, tx *store.Tx, of payment.Session, batches []payment.Batch, by string, now time.Time) error {
	for _, b := range batches {
		if b.State != payment.BatchOpen {
			continue
		}
		total, _, err := tx.BatchSum(ctx, b.ID)
		if err != nil {
			return err
		}
		if b.Kind == payment.CashBatch {
			if total, err = total.Add(of.OverShort); err != nil {
				return err
			}
		}
		b.ClosedBy, b.ClosedAt, b.Total = by, now, total
		if err := s.moveBatch(ctx, tx, &b, payment.BatchCloses, by, "", now); err != nil {
			return err
		}
	}
	return nil
}

// closing is what stands for one closing of a drawer in the ledger: one that was opened again closes another time.
func closing(of payment.Session) string { return fmt.Sprintf("%s:%d", of.ID, of.Closings) }

func (s *Settler) postOverShort(ctx context.Context, tx *store.Tx, of payment.Session, now time.Time) error {
	if of.OverShort.IsZero() {
		return nil
	}
	err := tx.AddEntry(ctx, ledger.Entry{
		ID: "over-short-" + closing(of), Kind: ledger.OverShort, Ref: closing(of), Entered: now, Effective: now, Postings: ledger.ForOverShort(of.OverShort),
	})
	if err != nil {
		return err
	}
	off := of.OverShort
	if off.IsNegative() {
		off = off.Neg()
	}
	if off.Cmp(s.Counter.DrawerLimit) <= 0 {
		return nil
	}
	note := "drawer " + of.Name + " is over"
	if of.OverShort.IsNegative() {
		note = "drawer " + of.Name + " is short"
	}
	return Raise(ctx, tx, payment.ExceptionDrawer, string(of.ID), off, note, now)
}

// ReopenDrawer opens a closed drawer again, by a supervisor and before its cash has gone to the bank. What was posted
// as over or short is posted back: it is counted anew. supervisor: by is one, as the caller knows him.
func (s *Settler) ReopenDrawer(ctx context.Context, name, by, reason string, supervisor bool) (payment.Session, error) {
	var of payment.Session
	err := s.Store.Write(ctx, fault.ReopenDrawer, func(ctx context.Context, tx *store.Tx) error {
		last, batches, _, err := lockDrawer(ctx, tx, name)
		if err != nil {
			return err
		}
		cash, err := cashOf(batches)
		if err != nil {
			return err
		}
		var no *payment.CounterRefusal
		if of, no = payment.ReopenSession(last, []payment.Batch{cash}, supervisor, by, reason); no != nil {
			return no
		}
		if desk.HasCard(reason) {
			return &payment.CounterRefusal{Reason: payment.TakeText}
		}
		now := s.Now()
		if err := s.moveSession(ctx, tx, &of, store.Happening{Event: payment.DrawerReopened, Who: by, Note: reason, At: now}); err != nil {
			return taken(err)
		}
		cash.ClosedBy, cash.ClosedAt, cash.Total = "", time.Time{}, money.Zero
		if err := s.moveBatch(ctx, tx, &cash, payment.BatchReopens, by, reason, now); err != nil {
			return err
		}
		if !last.OverShort.IsZero() {
			err := tx.AddEntry(ctx, ledger.Entry{
				ID: "over-short-back-" + closing(last), Kind: ledger.OverShortBack, Ref: closing(last), Entered: now, Effective: now,
				Postings: ledger.Reverse(ledger.ForOverShort(last.OverShort)),
			})
			if err != nil {
				return err
			}
		}
		return Settled(ctx, tx, payment.ExceptionDrawer, string(of.ID), "opened again", by, now)
	})
	if err != nil {
		return payment.Session{}, fmt.Errorf("reopen drawer: %w", err)
	}
	return of, nil
}

// cashOf is a session's batch of cash: it has one.
func cashOf(batches []payment.Batch) (payment.Batch, error) {
	for _, b := range batches {
		if b.Kind == payment.CashBatch {
			return b, nil
		}
	}
	return payment.Batch{}, errors.New("a drawer without a batch of cash")
}

func (s *Settler) moveSession(ctx context.Context, tx *store.Tx, of *payment.Session, h store.Happening) error {
	if err := tx.MoveSession(ctx, of, h); err != nil {
		return err
	}
	return tx.Tell(ctx, "drawer", h.At, DrawerLeaf{
		Drawer: of.Name, Session: string(of.ID), Version: of.Version, Event: string(h.Event), Amount: h.Amount.Minor(), Over: of.OverShort.Minor(),
		Who: h.Who, Second: h.Second,
	})
}
