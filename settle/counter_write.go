package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/ident"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// EntryLeaf is what the log is told of an entry of the counter, and of its end. The numbers of papers and what a
// person wrote stay here.
type EntryLeaf struct {
	Attempt string        `json:"attempt"`
	Number  string        `json:"number"`
	Channel string        `json:"channel"`
	Event   string        `json:"event"`
	Total   int64         `json:"total_minor"`
	Short   int64         `json:"short_minor"`
	Tickets []TicketShare `json:"tickets"`
	Tenders []TenderShare `json:"tenders"`
	Who     string        `json:"who"`
	Why     string        `json:"why_sha256,omitempty"`
}

// TicketShare is what a ticket got; TenderShare what was kept of a tender.
type (
	TicketShare struct {
		Ticket string `json:"ticket"`
		Amount int64  `json:"amount_minor"`
	}
	TenderShare struct {
		Kind string `json:"kind"`
		Kept int64  `json:"kept_minor"`
	}
)

// writeEntry writes all of an entry: payment, attempt, tenders, printed number, tickets, postings, leaves. A crash
// leaves all of it or nothing.
func (s *Settler) writeEntry(ctx context.Context, tx *store.Tx, r TenderRequest, taken payment.Taken, tickets map[ticket.ID]payment.Candidate, into place, now time.Time) (Entry, error) {
	p := taken.Payment
	p.ID = payment.ID(ident.New("pay"))
	a := payment.Attempt{
		ID: payment.AttemptID(ident.Secret()), Payment: p.ID, Adapter: payment.CounterAdapter, Amount: p.Total, Receipt: ident.Receipt(),
		CreatedAt: now, ExpiresAt: now, CapturedAt: now, Version: 1,
	}
	e := Entry{Payment: p, Tenders: taken.Tenders, Excess: taken.Excess, Part: taken.Part}
	if err := tx.InsertPayment(ctx, p); err != nil {
		return e, err
	}
	line, err := tx.InsertTakenAttempt(ctx, a)
	if err != nil {
		return e, err
	}
	a.State = line.To
	e.Attempt = a
	for i := range e.Tenders {
		t := &e.Tenders[i]
		t.ID, t.Attempt, t.State, t.Batch, t.EnteredAt, t.Version = payment.TenderID(ident.New("tdr")), a.ID, payment.TenderStands, into.batch(t.Kind), now, 1
		if err := tx.InsertTender(ctx, *t, r.By); err != nil {
			return e, err
		}
	}
	if err := s.putToTickets(ctx, tx, e, tickets, now); err != nil {
		return e, err
	}
	if err := s.postEntry(ctx, tx, e, taken, now); err != nil {
		return e, err
	}
	if err := s.attemptLeaf(ctx, tx, a, line, now); err != nil {
		return e, err
	}
	// The number's row is the last that is locked: nothing waits while it is held but the commit.
	number, err := tx.NextNumber(ctx, into.series)
	if err != nil {
		return e, err
	}
	e.CounterEntry = store.CounterEntry{
		Attempt: a.ID, Series: into.series, Number: number, Session: into.session, EnteredBy: r.By, EnteredAt: now, Short: taken.Short,
	}
	if err := tx.InsertCounterEntry(ctx, e.CounterEntry); err != nil {
		return e, err
	}
	return e, s.entryLeaf(ctx, tx, e, "taken", r.By, "", now)
}

// putToTickets allocates each ticket that is paid whole, and puts a part to the one that is not.
func (s *Settler) putToTickets(ctx context.Context, tx *store.Tx, e Entry, tickets map[ticket.ID]payment.Candidate, now time.Time) error {
	for _, f := range e.Payment.Tickets {
		t := tickets[f.Ticket].Ticket
		if f.Ticket == e.Part {
			if err := tx.AddPart(ctx, t, e.Attempt.ID, f.Total, now); err != nil {
				return err
			}
			continue
		}
		if err := tx.Allocate(ctx, f.Ticket, e.Attempt.ID, f.Total, t.State, now); err != nil {
			return err
		}
		if err := s.moveTicketIn(ctx, tx, t, ticket.Paid, "paid by "+e.Payment.Channel, now); err != nil {
			return err
		}
		if err := chequesPaid(ctx, tx, f.Ticket, "", now); err != nil {
			return err
		}
	}
	return nil
}

// postEntry posts an entry: each ticket out of what was handed over, in its order; what cash gained by rounding;
// and, as an unallocated receipt with an owner, what was too much.
func (s *Settler) postEntry(ctx context.Context, tx *store.Tx, e Entry, taken payment.Taken, now time.Time) error {
	effective, err := tx.OpenInstant(ctx, e.Payment.QuotedAt)
	if err != nil {
		return err
	}
	ref := e.Attempt.ID.Ref()
	entry := ledger.Entry{ID: "capture-" + ref, Kind: ledger.Captured, Ref: string(e.Attempt.ID), Entered: now, Effective: effective}
	purse, rounded := purseOf(e.Tenders, taken.Short)
	for _, f := range e.Payment.Tickets {
		postings, err := s.ticketPostings(ctx, tx, f, f.Ticket == e.Part, purse)
		if err != nil {
			return err
		}
		entry.Postings = append(entry.Postings, postings...)
	}
	if !purse.Empty() {
		return fmt.Errorf("entry %s: more was received than is put anywhere", ref)
	}
	entry.Postings = append(entry.Postings, ledger.ForRounding(rounded)...)
	if err := tx.AddEntry(ctx, entry); err != nil || e.Excess.IsZero() {
		return err
	}
	over := ledger.Entry{ID: "unallocated-" + ref, Kind: ledger.Unallocated, Ref: string(e.Attempt.ID), Entered: now, Effective: effective}
	for _, t := range e.Tenders {
		over.Postings = append(over.Postings, ledger.ForExcess(t.Kind.Account(), t.Excess)...)
	}
	if err := tx.AddEntry(ctx, over); err != nil {
		return err
	}
	return Raise(ctx, tx, payment.ExceptionOverpaid, ref, e.Excess, "more was received than was due", now)
}

func (s *Settler) ticketPostings(ctx context.Context, tx *store.Tx, f payment.Frozen, part bool, purse *ledger.Purse) ([]ledger.Posting, error) {
	if part {
		return ledger.ForPart(f.Ticket, f.Total, purse)
	}
	before, err := tx.PostingsOfTicket(ctx, f.Ticket)
	if err != nil {
		return nil, err
	}
	owed, err := ledger.OwedBy(before)
	if err != nil {
		return nil, fmt.Errorf("add up ticket: %w", err)
	}
	postings, err := ledger.ForTender(f.Ticket, owed, f.Components, f.Revenue, purse)
	if err != nil {
		return nil, fmt.Errorf("post payment: %w", err)
	}
	return postings, nil
}

// purseOf is what tenders count: first what is on paper, then cash, then what rounding took and what was let go.
// rounded is what rounding added, beside it.
func purseOf(tenders []payment.Tender, short money.Amount) (purse *ledger.Purse, rounded money.Amount) {
	purse = &ledger.Purse{}
	var lost money.Amount
	for _, cash := range []bool{false, true} {
		for _, t := range tenders {
			if (t.Kind == payment.Cash) != cash {
				continue
			}
			amount := t.Amount
			if t.Rounding.IsNegative() {
				lost = t.Rounding.Neg()
				amount, _ = amount.Add(t.Rounding) // a few cents less
			} else {
				rounded = t.Rounding
			}
			purse.Put(t.Kind.Account(), amount)
		}
	}
	purse.Put(ledger.CashRounding, lost)
	purse.Put(ledger.WrittenOffShort, short)
	return purse, rounded
}

func (s *Settler) attemptLeaf(ctx context.Context, tx *store.Tx, a payment.Attempt, line payment.Line, now time.Time) error {
	return tx.Tell(ctx, "attempt", now, AttemptLeaf{
		Attempt: a.ID.Ref(), Version: a.Version, From: string(line.From), Event: string(line.Event), To: string(line.To),
	})
}

func (s *Settler) entryLeaf(ctx context.Context, tx *store.Tx, e Entry, event, who, why string, now time.Time) error {
	l := EntryLeaf{
		Attempt: e.Attempt.ID.Ref(), Number: e.Printed(), Channel: e.Payment.Channel, Event: event, Total: e.Payment.Total.Minor(), Short: e.Short.Minor(), Who: who,
	}
	if why != "" {
		l.Why = digestOf([]byte(why))
	}
	for _, f := range e.Payment.Tickets {
		l.Tickets = append(l.Tickets, TicketShare{string(f.Ticket), f.Total.Minor()})
	}
	for _, t := range e.Tenders {
		kept, err := t.Kept()
		if err != nil {
			return err
		}
		l.Tenders = append(l.Tenders, TenderShare{string(t.Kind), kept.Minor()})
	}
	return tx.Tell(ctx, "counter", now, l)
}
