package settle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fundy/city"
	"fundy/desk"
	"fundy/fault"
	"fundy/ident"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// ChargeLeaf is what the log is told of a charge's move.
type ChargeLeaf struct {
	Charge   string `json:"charge"`
	Kind     string `json:"kind"`
	Returned string `json:"returned"`
	Amount   int64  `json:"amount_minor"`
	Clause   string `json:"clause"`
	Version  int64  `json:"version"`
	Event    string `json:"event"`
	To       string `json:"to"`
	Who      string `json:"who"`
}

// chargeIn makes the charge for a cheque that came back, where the city's by-law on fees has one: a debt of its own,
// and never a part of what its tickets cost.
func (d *Deposits) chargeIn(ctx context.Context, tx *store.Tx, r payment.ReturnedCheque, now time.Time) (payment.Charge, error) {
	if d.Counter.NSFFee.IsZero() || d.Counter.NSFClause == "" {
		return payment.Charge{}, nil
	}
	c := payment.Charge{
		ID: payment.ChargeID(ident.New("chg")), Kind: payment.NSFFee, Returned: r.ID, Amount: d.Counter.NSFFee, Clause: d.Counter.NSFClause, MadeAt: now,
	}
	if err := tx.MakeCharge(ctx, &c, r.By); err != nil {
		return c, err
	}
	effective, err := tx.OpenInstant(ctx, now)
	if err != nil {
		return c, err
	}
	err = tx.AddEntry(ctx, ledger.Entry{
		ID: string(ledger.Charged) + "-" + string(c.ID), Kind: ledger.Charged, Ref: string(c.ID), Entered: now, Effective: effective, Postings: ledger.ForCharge(c.Amount),
	})
	if err != nil {
		return c, err
	}
	return c, chargeLeaf(ctx, tx, c, payment.ChargeMade, r.By, now)
}

func chargeLeaf(ctx context.Context, tx *store.Tx, c payment.Charge, event payment.ChargeEvent, who string, now time.Time) error {
	return tx.Tell(ctx, "charge", now, ChargeLeaf{
		Charge: string(c.ID), Kind: c.Kind, Returned: string(c.Returned), Amount: c.Amount.Minor(), Clause: c.Clause, Version: c.Version,
		Event: string(event), To: string(c.State), Who: who,
	})
}

// PayCharge takes money for a charge over the counter, into the clerk's drawer: an entry with a receipt and a printed
// number, without a ticket. A payment.CounterRefusal says why not.
func (s *Settler) PayCharge(ctx context.Context, id payment.ChargeID, t payment.Tender, by string, apply bool) (Entry, error) {
	var e Entry
	err := s.write(ctx, fault.PayCharge, apply, func(ctx context.Context, tx *store.Tx) error {
		c, err := tx.LockCharge(ctx, id)
		if err != nil {
			return err
		}
		if desk.HasCard(t.Reference) {
			return &payment.CounterRefusal{Reason: payment.TakeText}
		}
		kept, no := payment.PayCharge(c, t, by)
		if no != nil {
			return no
		}
		now := s.Now()
		if e, err = s.looseEntry(ctx, tx, payment.AtCounter, "", by, kept, c.Amount, ident.Receipt(), now); err != nil {
			return err
		}
		if err := s.postLoose(ctx, tx, e, ledger.Captured, "capture-", ledger.ForChargePaid(kept.Kind.Account(), kept.Amount, kept.Rounding), now); err != nil {
			return err
		}
		c.Attempt = e.Attempt.ID
		if err := tx.MoveCharge(ctx, &c, payment.ChargeTaken, by, "", now); err != nil {
			return err
		}
		if err := chargeLeaf(ctx, tx, c, payment.ChargeTaken, by, now); err != nil {
			return err
		}
		return settledReturn(ctx, tx, c.Returned, by, now)
	})
	if err != nil {
		return Entry{}, fmt.Errorf("take money for a charge: %w", err)
	}
	return e, nil
}

// WaiveCharge lets a charge go, with a reason.
func (s *Settler) WaiveCharge(ctx context.Context, id payment.ChargeID, by, why string, apply bool) (payment.Charge, error) {
	var c payment.Charge
	err := s.write(ctx, fault.WaiveCharge, apply, func(ctx context.Context, tx *store.Tx) (err error) {
		if c, err = tx.LockCharge(ctx, id); err != nil {
			return err
		}
		if no := payment.WaiveCharge(c, by, why); no != nil {
			return no
		}
		if desk.HasCard(why) {
			return &payment.CounterRefusal{Reason: payment.TakeText}
		}
		now := s.Now()
		effective, err := tx.OpenInstant(ctx, now)
		if err != nil {
			return err
		}
		err = tx.AddEntry(ctx, ledger.Entry{
			ID: string(ledger.ChargeWaived) + "-" + string(id), Kind: ledger.ChargeWaived, Ref: string(id), Entered: now, Effective: effective, Postings: ledger.ForChargeWaived(c.Amount),
		})
		if err != nil {
			return err
		}
		if err := tx.MoveCharge(ctx, &c, payment.ChargeLetGo, by, why, now); err != nil {
			return err
		}
		if err := chargeLeaf(ctx, tx, c, payment.ChargeLetGo, by, now); err != nil {
			return err
		}
		return settledReturn(ctx, tx, c.Returned, by, now)
	})
	return c, err
}

// looseEntry writes an entry of the counter or the mail that is for no ticket: payment, attempt, tender, number. Its
// postings are the caller's. A crash leaves all of it or nothing.
func (s *Settler) looseEntry(ctx context.Context, tx *store.Tx, channel string, mail payment.BatchID, by string, t payment.Tender, total money.Amount, receipt string, now time.Time) (Entry, error) {
	into, err := s.lockPlace(ctx, tx, TenderRequest{Batch: mail, By: by}, []payment.Tender{t}, now)
	if err != nil {
		return Entry{}, err
	}
	id := ident.New("req") // nobody sends it twice: what it is for stands in a row that is moved with it
	p := payment.Payment{
		ID: payment.ID(ident.New("pay")), RequestID: id, RequestHash: []byte(id), Channel: channel, Language: s.language(""), Currency: s.City.Currency,
		Total: total, QuotedAt: now, CreatedAt: now,
	}
	if !t.ReceivedOn.IsZero() && t.ReceivedOn.Compare(city.DateOf(now, s.City.Zone)) < 0 { // by the calendar: a day can have 23 hours
		p.QuotedAt = t.ReceivedOn.Start(s.City.Zone)
	}
	a := payment.Attempt{
		ID: payment.AttemptID(ident.Secret()), Payment: p.ID, Adapter: payment.CounterAdapter, Amount: total, Receipt: receipt,
		CreatedAt: now, ExpiresAt: now, CapturedAt: now, Version: 1,
	}
	if err := tx.InsertPayment(ctx, p); err != nil {
		return Entry{}, err
	}
	line, err := tx.InsertTakenAttempt(ctx, a)
	if err != nil {
		return Entry{}, err
	}
	a.State = line.To
	t.ID, t.Attempt, t.State, t.Batch, t.EnteredAt, t.Version = payment.TenderID(ident.New("tdr")), a.ID, payment.TenderStands, into.batch(t.Kind), now, 1
	if err := tx.InsertTender(ctx, t, by); err != nil {
		return Entry{}, err
	}
	if err := s.attemptLeaf(ctx, tx, a, line, now); err != nil {
		return Entry{}, err
	}
	e := Entry{Attempt: a, Payment: p, Tenders: []payment.Tender{t}}
	number, err := tx.NextNumber(ctx, into.series)
	if err != nil {
		return e, err
	}
	e.CounterEntry = store.CounterEntry{Attempt: a.ID, Series: into.series, Number: number, Session: into.session, EnteredBy: by, EnteredAt: now}
	if err := tx.InsertCounterEntry(ctx, e.CounterEntry); err != nil {
		return e, err
	}
	return e, s.entryLeaf(ctx, tx, e, "taken", by, "", now)
}

func (s *Settler) postLoose(ctx context.Context, tx *store.Tx, e Entry, kind ledger.Kind, prefix string, postings []ledger.Posting, now time.Time) error {
	effective, err := tx.OpenInstant(ctx, e.Payment.QuotedAt)
	if err != nil {
		return err
	}
	return tx.AddEntry(ctx, ledger.Entry{
		ID: prefix + e.Attempt.ID.Ref(), Kind: kind, Ref: string(e.Attempt.ID), Entered: now, Effective: effective, Postings: postings,
	})
}

// chargeOwedAgain makes a charge owed again whose payment was reversed.
func chargeOwedAgain(ctx context.Context, tx *store.Tx, id payment.AttemptID, by string, now time.Time) error {
	c, err := tx.ChargeOfAttempt(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Attempt = ""
	if err := tx.MoveCharge(ctx, &c, payment.ChargeAgain, by, "", now); err != nil {
		return err
	}
	if err := chargeLeaf(ctx, tx, c, payment.ChargeAgain, by, now); err != nil {
		return err
	}
	return Raise(ctx, tx, payment.ExceptionReturned, string(c.Returned), c.Amount, "the payment of its charge was reversed", now)
}

// chequesRefused is the refusal of a cheque for a ticket for which one came back.
func chequesRefused(ctx context.Context, tx *store.Tx, r TenderRequest) error {
	if !slices.ContainsFunc(r.Tenders, func(t payment.Tender) bool { return t.Kind == payment.Cheque }) {
		return nil
	}
	for _, id := range r.Tickets {
		refused, err := tx.ChequeRefused(ctx, id)
		if err != nil {
			return err
		}
		if refused {
			return &payment.CounterRefusal{Reason: payment.TakeChequeRefused, Tickets: []ticket.ID{id}}
		}
	}
	return nil
}

// chequesPaid closes what a returned cheque had opened, once a ticket of it is paid: with the last of them, and its
// charge.
func chequesPaid(ctx context.Context, tx *store.Tx, id ticket.ID, by string, now time.Time) error {
	all, err := tx.ReturnedOfTicket(ctx, id)
	if err != nil {
		return err
	}
	for _, r := range all {
		if err := settledReturn(ctx, tx, r.ID, by, now); err != nil {
			return err
		}
	}
	return nil
}

// settledReturn takes a returned cheque out of the queue when nothing is owed by it any more.
func settledReturn(ctx context.Context, tx *store.Tx, id payment.ReturnedID, by string, now time.Time) error {
	c, err := tx.ChargeOfReturned(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err == nil && c.State == payment.ChargeOwed {
		return nil
	}
	owed, err := tx.OwedOfReturned(ctx, id)
	if err != nil || owed > 0 {
		return err
	}
	return Settled(ctx, tx, payment.ExceptionReturned, string(id), "paid", by, now)
}
