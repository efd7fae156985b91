package settle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/processor"
	"fundy/store"
)

// linesAtOnce is how many lines of a payout one transaction enters: payments go on between two.
const linesAtOnce = 1000

// enter enters a payout with its lines, or keeps why it can't be entered. It is judged whole before any line is
// written; then its lines go in, some hundred at a time, and the payout itself last. A crash between leaves lines
// of a payout that is not posted: the next fetch enters the rest, and no day closes before.
func (d *Deposits) enter(ctx context.Context, p store.Payout, lines []processor.BalanceLine, ours map[string]bool, failed, apply bool, out *Fetched) error {
	var r payout.Reading
	var had map[string]bool
	err := d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		known, err := knownOf(ctx, tx, lines, ours)
		if err != nil {
			return err
		}
		r = payout.Read(p.Payout, lines, known, d.City.Currency)
		had, err = tx.LinesOfPayout(ctx, p.ID)
		return err
	})
	if err != nil {
		return err
	}
	if p.Fault = r.Fault; r.Fault != "" {
		out.Problems = append(out.Problems, fmt.Sprintf("payout %s is not in the books: %s", p.ID, r.Fault))
		d.Log.Error("settle: a payout can't be entered", "alarm", "payout_fault", "payout", p.ID, "why", r.Fault)
		return d.write(ctx, fault.AddPayout, apply, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(d.stillOpen(ctx, tx, p.ID), tx.PutPayout(ctx, p), raiseOnce(ctx, tx, payment.ExceptionPayout, p.ID, p.Amount, r.Fault, p.ReadAt))
		})
	}
	d.count(r, out)
	if !apply {
		return nil
	}
	fresh := r
	fresh.Lines = nil
	for _, l := range r.Lines {
		if !had[l.ID] {
			fresh.Lines = append(fresh.Lines, l)
		}
	}
	// In the order of their ids, most of what is written stands side by side in its tables and indexes.
	slices.SortFunc(fresh.Lines, func(a, b payout.Line) int { return strings.Compare(a.ID, b.ID) })
	if err := d.enterLines(ctx, p, fresh); err != nil {
		return fmt.Errorf("enter its lines: %w", err)
	}
	if err := d.moveAttempts(ctx, p.ID, payment.Captured, payment.InBalance); err != nil {
		return fmt.Errorf("move its attempts: %w", err)
	}
	if failed {
		out.Failed++
	}
	return d.write(ctx, fault.AddPayout, true, func(ctx context.Context, tx *store.Tx) error {
		return d.postIn(ctx, tx, p, r, failed)
	})
}

// errEntered is a payout that another office has entered since it was listed: nothing of it is written over.
var errEntered = errors.New("another office has entered it")

func (d *Deposits) stillOpen(ctx context.Context, tx *store.Tx, id string) error {
	posted, _, err := tx.PayoutStands(ctx, id)
	if err == nil && !posted.IsZero() {
		return errEntered
	}
	return err
}

// count says what a payout that can be entered brings.
func (d *Deposits) count(r payout.Reading, out *Fetched) {
	out.Payouts++
	for _, l := range r.Lines {
		out.Lines++
		if l.Class != payout.Unknown {
			continue
		}
		out.Unknown++
		out.Problems = append(out.Problems, fmt.Sprintf("line %s of payout %s, %s: %s", l.ID, l.Payout, l.Amount, l.Why))
		d.Log.Error("settle: a line of the processor's that nobody can explain", "alarm", "unknown_line", "line", l.ID, "payout", l.Payout, "why", l.Why)
	}
}

// enterLines writes lines and what the ledger enters of them.
func (d *Deposits) enterLines(ctx context.Context, p store.Payout, r payout.Reading) error {
	for at := 0; at < len(r.Lines); at += linesAtOnce {
		some := r.Lines[at:min(at+linesAtOnce, len(r.Lines))]
		err := d.write(ctx, fault.AddLines, true, func(ctx context.Context, tx *store.Tx) error {
			if err := d.stillOpen(ctx, tx, p.ID); err != nil {
				return err
			}
			if at == 0 {
				if err := tx.PutPayout(ctx, p); err != nil { // not posted yet
					return err
				}
			}
			if err := tx.AddLines(ctx, some, p.ReadAt); err != nil {
				return err
			}
			for _, l := range some {
				if l.Class != payout.Unknown {
					continue
				}
				if err := Raise(ctx, tx, payment.ExceptionLine, l.ID, l.Amount, l.Why, p.ReadAt); err != nil {
					return err
				}
			}
			until, err := tx.ClosedUntil(ctx)
			if err != nil {
				return err
			}
			return tx.AddEntries(ctx, payout.LineEntries(some, p.ReadAt, after(until)))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// postIn ends the entering of a payout: it is on its way, or has failed already.
func (d *Deposits) postIn(ctx context.Context, tx *store.Tx, p store.Payout, r payout.Reading, failed bool) error {
	now := p.ReadAt
	p.PostedAt = now
	if err := d.stillOpen(ctx, tx, p.ID); err != nil {
		return err
	}
	for _, l := range r.Lines {
		if l.Kind != processor.LineReturned {
			continue
		}
		if err := Settled(ctx, tx, payment.ExceptionPayout, l.Source, "its money went out again with "+p.ID, "", now); err != nil {
			return err
		}
	}
	if err := errors.Join(tx.PutPayout(ctx, p), Settled(ctx, tx, payment.ExceptionPayout, p.ID, "entered", "", now)); err != nil {
		return err
	}
	until, err := tx.ClosedUntil(ctx)
	if err != nil {
		return err
	}
	if err := tx.AddEntries(ctx, r.PaidOut(now, after(until))); err != nil || !failed {
		return err
	}
	p.FailedAt = now
	return d.failIn(ctx, tx, p, now)
}

// knownOf is what the store knows of lines: which capture a charge is, which refund of ours a refund is, and which
// chargeback is of a payment of ours. Many are looked up together.
func knownOf(ctx context.Context, tx *store.Tx, lines []processor.BalanceLine, ours map[string]bool) (payout.Known, error) {
	known := payout.Known{Charges: map[string]payout.Capture{}, Refunds: map[string]money.Amount{}, Disputes: ours}
	if len(lines) > linesAtOnce {
		var err error
		if known.Charges, err = tx.OpenCaptures(ctx); err != nil {
			return known, err
		}
	}
	for _, l := range lines {
		switch l.Kind {
		case processor.LineCharge:
			if _, ok := known.Charges[l.Source]; ok {
				continue
			}
			c, ok, err := tx.CaptureOf(ctx, l.Source)
			if err != nil {
				return known, err
			}
			if ok {
				known.Charges[l.Source] = c
			}
		case processor.LineRefund:
			back, ok, err := tx.RefundedBy(ctx, l.Source)
			if err != nil {
				return known, err
			}
			if ok {
				known.Refunds[l.Source] = back
			}
		}
	}
	return known, nil
}

// attemptsLeaf is what the log is told of attempts that a payout has moved together: each by what stands for it, with
// its version since.
type attemptsLeaf struct {
	Payout   string           `json:"payout"`
	From     string           `json:"from"`
	Event    string           `json:"event"`
	To       string           `json:"to"`
	Attempts map[string]int64 `json:"attempts"`
}

// moveAttempts moves the attempts of a payout that stand in from. One that was corrected, or is there already,
// stays.
func (d *Deposits) moveAttempts(ctx context.Context, id string, from payment.State, event payment.Event) error {
	line, err := payment.Next(from, event)
	if err != nil {
		return err
	}
	var after, last payment.AttemptID
	for {
		err := d.write(ctx, fault.MovePaid, true, func(ctx context.Context, tx *store.Tx) error {
			now := d.Now()
			var moved []store.Moved
			if moved, last, err = tx.MovePayoutAttempts(ctx, id, line, after, linesAtOnce, now); err != nil || len(moved) == 0 {
				return err
			}
			return d.movedLeaf(ctx, tx, id, line, moved, now)
		})
		if err != nil || last == "" {
			return err
		}
		after = last
	}
}

func (d *Deposits) movedLeaf(ctx context.Context, tx *store.Tx, id string, line payment.Line, moved []store.Moved, now time.Time) error {
	opening := attemptsLeaf{Payout: id, From: string(line.From), Event: string(line.Event), To: string(line.To), Attempts: map[string]int64{}}
	for _, m := range moved {
		opening.Attempts[m.Attempt.Ref()] = m.Version
	}
	return tx.Tell(ctx, "attempts", now, opening)
}
