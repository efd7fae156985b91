package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/desk"
	"fundy/fault"
	"fundy/ident"
	"fundy/ledger"
	"fundy/payment"
	"fundy/store"
)

// write is a store.Write that stands only where apply is asked for.
func (s *Settler) write(ctx context.Context, step fault.Step, apply bool, fn func(ctx context.Context, tx *store.Tx) error) error {
	err := s.Store.Write(ctx, step, func(ctx context.Context, tx *store.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		if !apply {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// ItemLeaf is what the log is told of an item's move. What is written on it stays here.
type ItemLeaf struct {
	Item     string `json:"item"`
	Kind     string `json:"kind"`
	Amount   int64  `json:"amount_minor"`
	Currency string `json:"currency"`
	Reason   string `json:"reason"`
	Version  int64  `json:"version"`
	Event    string `json:"event"`
	To       string `json:"to"`
	Who      string `json:"who"`
}

// EnterItem keeps what came in and can't be taken as it is, with an owner and an age. seal seals its note to the
// item's id, nil where there is none. One of a mail batch counts in the batch's total, and its batch is open. ask's own ID is the one
// that its page has given it: the same again of the same person is that item; "" is a new one.
func (s *Settler) EnterItem(ctx context.Context, ask payment.Item, seal func(id payment.ItemID) ([]byte, error), apply bool) (payment.Item, error) {
	var i payment.Item
	err := s.write(ctx, fault.EnterItem, apply, func(ctx context.Context, tx *store.Tx) error {
		now := s.Now()
		var no *payment.ItemRefusal
		if i, no = payment.EnterItem(ask, s.City.Currency, city.DateOf(now, s.City.Zone), now); no != nil {
			return no
		}
		if desk.HasCard(i.Reference) {
			return &payment.ItemRefusal{Reason: payment.RefusedItemReference}
		}
		if i.Batch != "" {
			b, err := tx.LockBatch(ctx, i.Batch)
			if err := mailRefusal(b, err); err != nil {
				return err
			}
		}
		before, err := tx.Item(ctx, ask.ID)
		switch {
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return err
		case err == nil && sameItem(before, i):
			i = before
			return nil
		case err == nil || i.ID == "":
			i.ID = payment.ItemID(ident.New("itm"))
		}
		if seal != nil {
			var err error
			if i.Note, err = seal(i.ID); err != nil {
				return err
			}
		}
		if err := tx.InsertItem(ctx, &i); err != nil {
			return err
		}
		if err := Raise(ctx, tx, payment.ExceptionItem, string(i.ID), i.Amount, i.String(), now); err != nil {
			return err
		}
		return itemLeaf(ctx, tx, i, payment.ItemEntered, i.EnteredBy, now)
	})
	if err != nil {
		return payment.Item{}, fmt.Errorf("enter item: %w", err)
	}
	return i, nil
}

// sameItem says whether an item that stands is what is entered once more.
func sameItem(stands, again payment.Item) bool {
	return stands.EnteredBy == again.EnteredBy && stands.Kind == again.Kind && stands.Amount == again.Amount && stands.Currency == again.Currency &&
		stands.Reason == again.Reason && stands.Reference == again.Reference && stands.ReceivedOn == again.ReceivedOn && stands.Batch == again.Batch
}

// DepositItem takes an item's money before anybody knows what it is for: a receipt that is put to no ticket, and is
// the payer's. It goes into the item's own batch of the mail while that is open, and else into the clerk's drawer.
func (s *Settler) DepositItem(ctx context.Context, id payment.ItemID, by string, apply bool) (payment.Item, Entry, error) {
	var i payment.Item
	var e Entry
	err := s.write(ctx, fault.DepositItem, apply, func(ctx context.Context, tx *store.Tx) (err error) {
		if err := tx.LockSettlement(ctx); err != nil { // the day on which it was received is not closed meanwhile
			return err
		}
		if i, err = tx.LockItem(ctx, id); err != nil {
			return err
		}
		if no := payment.DepositItem(i, by); no != nil {
			return no
		}
		now := s.Now()
		mail, channel, err := openMail(ctx, tx, i.Batch)
		if err != nil {
			return err
		}
		t := payment.Tender{Kind: i.Kind, Amount: i.Amount, Tendered: i.Amount, Reference: i.Reference, ReceivedOn: i.ReceivedOn}
		if i.Kind == payment.Cheque {
			t.DrawnOn = i.DrawnOn
		}
		if e, err = s.looseEntry(ctx, tx, channel, mail, by, t, i.Amount, "", now); err != nil {
			return err
		}
		if err := s.postLoose(ctx, tx, e, ledger.Unallocated, "unallocated-", ledger.ForExcess(t.Kind.Account(), i.Amount), now); err != nil {
			return err
		}
		if err := Raise(ctx, tx, payment.ExceptionUnallocated, e.Attempt.ID.Ref(), i.Amount, "deposited, and put to no ticket: item "+string(i.ID), now); err != nil {
			return err
		}
		i.Attempt = e.Attempt.ID
		if err := tx.MoveItem(ctx, &i, payment.ItemDeposited, by, e.Printed(), now); err != nil {
			return err
		}
		return itemLeaf(ctx, tx, i, payment.ItemDeposited, by, now)
	})
	if err != nil {
		return payment.Item{}, Entry{}, fmt.Errorf("deposit item: %w", err)
	}
	return i, e, nil
}

// openMail is a batch of the mail that is open still; "": the counter takes it.
func openMail(ctx context.Context, tx *store.Tx, id payment.BatchID) (payment.BatchID, string, error) {
	if id == "" {
		return "", payment.AtCounter, nil
	}
	b, err := tx.Batch(ctx, id)
	if err != nil {
		return "", "", err
	}
	if b.State != payment.BatchOpen {
		return "", payment.AtCounter, nil
	}
	return id, payment.ByMail, nil
}

// ReturnItem keeps that an item went back with a letter.
func (s *Settler) ReturnItem(ctx context.Context, id payment.ItemID, letter city.Date, by string, apply bool) (payment.Item, error) {
	return s.moveItem(ctx, fault.ReturnItem, apply, id, payment.ItemSentBack, by, func(_ context.Context, _ *store.Tx, i *payment.Item, now time.Time) error {
		if no := payment.ReturnItem(*i, letter, city.DateOf(now, s.City.Zone), by); no != nil {
			return no
		}
		i.LetterOn = letter
		return nil
	})
}

// ResolveItem keeps which payment an item became.
func (s *Settler) ResolveItem(ctx context.Context, id payment.ItemID, attempt payment.AttemptID, by string, apply bool) (payment.Item, error) {
	return s.moveItem(ctx, fault.ResolveItem, apply, id, payment.ItemPaid, by, func(ctx context.Context, tx *store.Tx, i *payment.Item, _ time.Time) error {
		a, err := tx.Attempt(ctx, attempt)
		if err != nil {
			return err
		}
		tenders, err := tx.Tenders(ctx, attempt)
		if err != nil {
			return err
		}
		if no := payment.ResolveItem(*i, a, tenders, by); no != nil {
			return no
		}
		i.Attempt = attempt
		return nil
	})
}

// itemTakenBack makes an item what it was before it was deposited: the entry of that was undone, or the bank did not
// pay it. It is in the queue still.
func itemTakenBack(ctx context.Context, tx *store.Tx, id payment.AttemptID, by string, now time.Time) error {
	i, err := tx.ItemOfAttempt(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	i.Attempt = ""
	if err := tx.MoveItem(ctx, &i, payment.ItemTakenBack, by, "", now); err != nil {
		return err
	}
	if err := Settled(ctx, tx, payment.ExceptionUnallocated, id.Ref(), "the item is kept, and not deposited", by, now); err != nil {
		return err
	}
	return itemLeaf(ctx, tx, i, payment.ItemTakenBack, by, now)
}

// moveItem ends an item, and takes it out of the queue.
func (s *Settler) moveItem(ctx context.Context, step fault.Step, apply bool, id payment.ItemID, event payment.ItemEvent, by string,
	decide func(ctx context.Context, tx *store.Tx, i *payment.Item, now time.Time) error,
) (payment.Item, error) {
	var i payment.Item
	err := s.write(ctx, step, apply, func(ctx context.Context, tx *store.Tx) (err error) {
		if i, err = tx.LockItem(ctx, id); err != nil {
			return err
		}
		now := s.Now()
		if err := decide(ctx, tx, &i, now); err != nil {
			return err
		}
		if err := tx.MoveItem(ctx, &i, event, by, "", now); err != nil {
			return err
		}
		if err := Settled(ctx, tx, payment.ExceptionItem, string(i.ID), string(i.State), by, now); err != nil {
			return err
		}
		return itemLeaf(ctx, tx, i, event, by, now)
	})
	if err != nil {
		return payment.Item{}, fmt.Errorf("%s item: %w", event, err)
	}
	return i, nil
}

func itemLeaf(ctx context.Context, tx *store.Tx, i payment.Item, event payment.ItemEvent, who string, now time.Time) error {
	return tx.Tell(ctx, "item", now, ItemLeaf{
		Item: string(i.ID), Kind: string(i.Kind), Amount: i.Amount.Minor(), Currency: i.Currency, Reason: string(i.Reason), Version: i.Version,
		Event: string(event), To: string(i.State), Who: who,
	})
}
