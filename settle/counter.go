package settle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/desk"
	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// TenderRequest is what a clerk enters: tickets in the order in which money is put to them, and what was handed
// over for them.
type TenderRequest struct {
	RequestID  string // the idempotency key of the whole: the same twice is one entry
	Tickets    []ticket.ID
	Tenders    []payment.Tender // kind, what was tendered, and the numbers of its papers
	Batch      payment.BatchID  // of the mail; "": over the counter, into the clerk's own drawer
	ReceivedOn city.Date        // of the mail
	PostmarkOn city.Date
	Unreadable string `json:",omitempty"` // why the postmark can't be read, of payment.Unreadable
	ReviewBox  bool
	Expected   money.Amount // what the clerk has seen to be due; zero: he does not say
	Language   string
	By         string
}

func (r TenderRequest) channel() string {
	if r.Batch != "" {
		return payment.ByMail
	}
	return payment.AtCounter
}

// hash is what must be the same when a request id comes again.
func (r TenderRequest) hash() ([]byte, error) {
	r.RequestID = ""
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	sum := sha256.Sum256(b)
	return sum[:], nil
}

// Entry is a payment without the card page, as it stands.
type Entry struct {
	store.CounterEntry
	Attempt payment.Attempt
	Payment payment.Payment
	Tenders []payment.Tender
	Excess  money.Amount
	Part    ticket.ID // of which only a part is paid
}

// Change is the cash that is handed back.
func (e Entry) Change() money.Amount {
	for _, t := range e.Tenders {
		if t.Kind == payment.Cash {
			return t.Change
		}
	}
	return money.Zero
}

// TakeTender takes money for tickets, or says in a payment.CounterRefusal why not. One store.Write decides and
// writes everything: of two clerks with one ticket, the second finds it paid. A card page that is open on the ticket
// needs nothing: what is authorised there later finds it paid, and is released.
func (s *Settler) TakeTender(ctx context.Context, r TenderRequest) (Entry, error) {
	e, err := s.takeTender(ctx, r)
	var no *payment.CounterRefusal
	if errors.Is(err, store.ErrConflict) || errors.As(err, &no) {
		// The same request may have been written by its twin while this one waited for the tickets, which are paid
		// now: it is read by its key.
		e, err = s.takeTender(ctx, r)
	}
	if err != nil {
		return Entry{}, fmt.Errorf("take money: %w", err)
	}
	s.watchers.wake(e.Attempt.ID)
	return e, nil
}

func (s *Settler) takeTender(ctx context.Context, r TenderRequest) (e Entry, err error) {
	err = s.Store.Write(ctx, fault.TakeTender, func(ctx context.Context, tx *store.Tx) error {
		hash, err := r.hash()
		if err != nil {
			return err
		}
		earlier, err := tx.PaymentByRequest(ctx, r.RequestID)
		if err == nil {
			e, err = sameEntry(ctx, tx, earlier, hash)
			return err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if r.Batch != "" { // it may count on a day before this one: that one is not closed meanwhile
			if err := tx.LockSettlement(ctx); err != nil {
				return err
			}
		}
		now := s.Now()
		taken, tickets, err := s.decideTender(ctx, tx, r, hash, now, true)
		if err != nil {
			return err
		}
		into, err := s.lockPlace(ctx, tx, r, taken.Tenders, now)
		if err != nil {
			return err
		}
		e, err = s.writeEntry(ctx, tx, r, taken, tickets, into, now)
		return err
	})
	return e, err
}

// LookTender is TakeTender without writing: what would be taken, and what each tender would count.
func (s *Settler) LookTender(ctx context.Context, r TenderRequest) (taken payment.Taken, err error) {
	err = s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		if taken, _, err = s.decideTender(ctx, tx, r, nil, s.Now(), false); err != nil {
			return err
		}
		if r.Batch != "" {
			b, err := tx.Batch(ctx, r.Batch)
			return mailRefusal(b, err)
		}
		_, err := tx.SessionOfClerk(ctx, r.By)
		return drawerRefusal(err)
	})
	return taken, err
}

// DueAt is what is due for tickets at the instant at which money for them would count as made, or a *payment.CounterRefusal where
// none can be taken.
func (s *Settler) DueAt(ctx context.Context, r TenderRequest) (quotes []payment.Frozen, err error) {
	err = s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		at, _, no := s.instants(r, s.Now())
		if no != nil {
			return no
		}
		tickets, err := counterTickets(ctx, tx, r.Tickets, s.Now(), false)
		if err != nil {
			return err
		}
		if quotes, err = s.counterQuotes(r.Tickets, tickets, at); err != nil {
			return err
		}
		for _, q := range quotes {
			if reason := payment.MayTake(q, tickets, true); reason != "" {
				return &payment.CounterRefusal{Reason: reason, Tickets: []ticket.ID{q.Ticket}, Standing: tickets[q.Ticket].Standing}
			}
		}
		return nil
	})
	return quotes, err
}

// sameEntry is the entry of a request that came before: the same twice is one entry.
func sameEntry(ctx context.Context, tx *store.Tx, p payment.Payment, hash []byte) (Entry, error) {
	if !bytes.Equal(p.RequestHash, hash) {
		return Entry{}, &payment.CounterRefusal{Reason: payment.RefusedOtherContent}
	}
	attempts, err := tx.AttemptsOfPayment(ctx, p.ID)
	if err != nil {
		return Entry{}, err
	}
	if len(attempts) != 1 {
		return Entry{}, fmt.Errorf("an entry of the counter has %d attempts", len(attempts))
	}
	return ReadEntry(ctx, tx, attempts[0])
}

// ReadEntry reads an entry of the counter, or store.ErrNotFound for an attempt that is none.
func ReadEntry(ctx context.Context, tx *store.Tx, a payment.Attempt) (Entry, error) {
	e := Entry{Attempt: a}
	var err error
	if e.CounterEntry, err = tx.CounterEntry(ctx, a.ID); err != nil {
		return e, err
	}
	if e.Payment, err = tx.Payment(ctx, a.Payment); err != nil {
		return e, err
	}
	if e.Tenders, err = tx.Tenders(ctx, a.ID); err != nil {
		return e, err
	}
	for _, t := range e.Tenders {
		if e.Excess, err = e.Excess.Add(t.Excess); err != nil {
			return e, err
		}
	}
	for _, f := range e.Payment.Tickets {
		if len(f.Components) == 1 && f.Components[0].Kind == ticket.PartPayment {
			e.Part = f.Ticket
		}
	}
	return e, nil
}

// decideTender reads what the decision needs, and takes it. lock: the tickets are locked, in ascending id.
func (s *Settler) decideTender(ctx context.Context, tx *store.Tx, r TenderRequest, hash []byte, now time.Time, lock bool) (payment.Taken, map[ticket.ID]payment.Candidate, error) {
	if _, restoring, err := tx.Restoring(ctx); err != nil {
		return payment.Taken{}, nil, err
	} else if restoring {
		return payment.Taken{}, nil, &payment.CounterRefusal{Reason: payment.RefusedRestoring}
	}
	if no := payment.CheckSizes(r.RequestID, len(r.Tickets), len(r.Tenders)); no != nil {
		return payment.Taken{}, nil, no
	}
	at, made, no := s.instants(r, now)
	if no != nil {
		return payment.Taken{}, nil, no
	}
	ask := payment.TakeAsk{
		RequestID: r.RequestID, RequestHash: hash, Channel: r.channel(), Language: s.language(r.Language), Currency: s.City.Currency,
		ReviewBox: r.ReviewBox, ReceivedOn: r.ReceivedOn, Expected: r.Expected, MadeAt: made, By: r.By,
	}
	if r.Batch == "" {
		ask.ReceivedOn = city.DateOf(now, s.City.Zone)
	}
	for _, t := range r.Tenders {
		if desk.HasCard(t.Reference) || desk.HasCard(t.Bank) {
			return payment.Taken{}, nil, &payment.CounterRefusal{Reason: payment.TakeText}
		}
		t.ReceivedOn, t.PostmarkOn, t.Unreadable = ask.ReceivedOn, r.PostmarkOn, r.Unreadable
		ask.Tenders = append(ask.Tenders, t)
	}
	tickets, err := counterTickets(ctx, tx, r.Tickets, now, lock)
	if err != nil {
		return payment.Taken{}, nil, err
	}
	at = s.notBeforeTicket(r, tickets, at)
	if no := s.beforeItsTicket(r, tickets, at); no != nil {
		return payment.Taken{}, nil, no
	}
	for i := range ask.Tenders {
		if r.Batch != "" {
			ask.Tenders[i].PricedOn = city.DateOf(at, s.City.Zone)
		}
	}
	if err := chequesRefused(ctx, tx, r); err != nil {
		return payment.Taken{}, nil, err
	}
	if ask.Quotes, err = s.counterQuotes(r.Tickets, tickets, at); err != nil {
		return payment.Taken{}, nil, err
	}
	taken, no := payment.Take(ask, tickets, s.Counter.ShortTolerance, now)
	if no != nil {
		return taken, nil, no
	}
	last, err := s.lastHand(ctx, tx, r.Tickets, handling{by: r.By, may: MayTakeMoney})
	if err != nil {
		return taken, nil, err
	}
	if last {
		return taken, nil, &payment.CounterRefusal{Reason: payment.TakeLastHand}
	}
	return taken, tickets, nil
}
