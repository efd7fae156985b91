package settle

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	"fundy/desk"
	"fundy/fault"
	"fundy/ident"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// The further reasons for which something about tickets is not asked for, or not decided.
const (
	RefusedPending = "pending" // something else about the ticket waits already
	RefusedChanged = "changed" // a ticket is not as it was when it was asked for
	RefusedMoved   = "moved"   // it is not as it was looked at
)

// TicketAskLeaf is what the log is told of what one person asks for about tickets, and of what another decides. What was
// written about it stays here.
type TicketAskLeaf struct {
	Ask        string `json:"ask"`
	Kind       string `json:"kind"`
	Ticket     string `json:"ticket,omitempty"` // of one
	Tickets    int    `json:"tickets"`
	Amount     int64  `json:"amount_minor"`
	Resolution string `json:"resolution,omitempty"`
	Digest     string `json:"tickets_sha256"`
	AskedBy    string `json:"asked_by"`
	DecidedBy  string `json:"decided_by,omitempty"`
	State      string `json:"state"`
}

func askLeaf(a store.TicketAsk, of []store.AskedTicket) TicketAskLeaf {
	leaf := TicketAskLeaf{
		Ask: a.ID, Kind: a.Kind, Tickets: a.Tickets, Amount: a.Amount.Minor(), Resolution: a.Resolution, Digest: a.Digest, AskedBy: a.AskedBy, DecidedBy: a.DecidedBy, State: a.State,
	}
	if len(of) == 1 {
		leaf.Ticket = string(of[0].Ticket)
	}
	return leaf
}

// digestOfAsked is the digest of tickets with what is owed on each, in the order of their ids.
func digestOfAsked(all []store.AskedTicket) string { return digestOf(askedText(all)) }

// looked is the same digest as a page's form carries it: of 64 hexadecimal digits one in 150 would look like a card's number.
func looked(all []store.AskedTicket) string {
	sum := sha256.Sum256(askedText(all))
	return ident.Encode(sum[:])
}

func askedText(all []store.AskedTicket) []byte {
	var text strings.Builder
	for _, t := range all {
		fmt.Fprintf(&text, "%s %d\n", t.Ticket, t.Amount.Minor())
	}
	return []byte(text.String())
}

// addAsk writes what one person asks for, with its leaf. It moves nothing: a crash after it leaves a line in the list.
func addAsk(ctx context.Context, tx *store.Tx, a *store.TicketAsk, of []store.AskedTicket) error {
	for _, t := range of {
		open, err := tx.OpenAskOf(ctx, t.Ticket)
		if err != nil {
			return err
		}
		if open != "" {
			return refuse(RefusedPending, "something about ticket %s waits for a second person already: decide %s first", t.Ticket, open)
		}
		if a.Amount, err = a.Amount.Add(t.Amount); err != nil {
			return err
		}
	}
	a.ID, a.State, a.Tickets, a.Digest = ident.New("ask"), store.AskOpen, len(of), digestOfAsked(of)
	if err := tx.AddTicketAsk(ctx, *a, of); err != nil {
		return err
	}
	return tx.Tell(ctx, "ticket_asked", a.AskedAt, askLeaf(*a, of))
}

// endAsk writes a decision, with its leaf.
func endAsk(ctx context.Context, tx *store.Tx, a *store.TicketAsk, of []store.AskedTicket) error {
	if err := tx.DecideTicketAsk(ctx, a.ID, a.State, a.DecidedBy, a.DecidedAt); err != nil {
		return err
	}
	return tx.Tell(ctx, "ticket_decided", a.DecidedAt, askLeaf(*a, of))
}

// mayDecide says why somebody does not decide what was asked for.
func mayDecide(a store.TicketAsk, approve bool, by string) error {
	switch {
	case !payment.StaffName(by):
		return refuse(RefusedStaff, "%q is not a name that staff can have: small letters, digits and . _ -", by)
	case a.State != store.AskOpen:
		return refuse(RefusedDecided, "%s has been decided already: it is %s", a.ID, a.State)
	case approve && a.AskedBy == by:
		return refuse(RefusedSame, "%s has asked for it: somebody else approves it", by)
	}
	return nil
}

// EndedOrAsked is what a decision about a ticket came to: it was done, or it waits for a second person.
type EndedOrAsked struct {
	Decided
	Ask string // what waits; "": it was done
}

// EndTicket withdraws a ticket, cancels it, or says that it was never valid; where the city says that it takes two
// people, it puts that before a second one. A ticket.DecisionRefusal or a BooksRefusal says why not.
func (s *Settler) EndTicket(ctx context.Context, id ticket.ID, to ticket.State, why, by string, apply bool) (EndedOrAsked, error) {
	two, err := s.takesTwo(ctx, id)
	if err != nil {
		return EndedOrAsked{}, err
	}
	if !two {
		d, err := s.DecideTicket(ctx, id, to, why, by, apply)
		return EndedOrAsked{Decided: d}, err
	}
	return s.askTicket(ctx, id, string(to), why, by, apply)
}

// LayCharge keeps that a charge was laid for a ticket, or puts that before a second person, as the city says.
func (s *Settler) LayCharge(ctx context.Context, id ticket.ID, why, by string) (EndedOrAsked, error) {
	two, err := s.takesTwo(ctx, id)
	if err != nil {
		return EndedOrAsked{}, err
	}
	if !two {
		return EndedOrAsked{}, s.ChargeTicket(ctx, id, why, by)
	}
	return s.askTicket(ctx, id, store.AskCourt, why, by, true)
}

// takesTwo says whether what ends a ticket takes two people. One without a price takes them.
func (s *Settler) takesTwo(ctx context.Context, id ticket.ID) (bool, error) {
	if !s.City.Ticket.ByTwo {
		return false, nil
	}
	var t store.FoundTicket
	err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		t, err = tx.Ticket(ctx, id)
		return err
	})
	if err != nil {
		return false, err
	}
	q, err := ticket.Price(t.Ticket, s.Rules(), s.City, s.Now())
	if err != nil || len(q.Tiers) == 0 {
		return true, nil //nolint:nilerr // it has no price: nobody knows what is given up
	}
	return s.City.Ticket.TakesTwo(q.Tiers[len(q.Tiers)-1].Total), nil
}

// askTicket puts a decision about a ticket before a second person, once it could be done as the ticket stands.
func (s *Settler) askTicket(ctx context.Context, id ticket.ID, kind, why, by string, apply bool) (EndedOrAsked, error) {
	if !payment.StaffName(by) {
		return EndedOrAsked{}, &payment.CorrectionRefusal{Reason: payment.RefusedWho}
	}
	if desk.HasCard(why) {
		return EndedOrAsked{}, refuse(RefusedCard, "what you wrote looks like a card number: write it without")
	}
	var out EndedOrAsked
	err := s.tryWrite(ctx, fault.AskTicket, apply, func(ctx context.Context, tx *store.Tx) error {
		t, _, err := s.lockAskable(ctx, tx, id, kind, why, by)
		if err != nil {
			return err
		}
		owed, err := owedOn(ctx, tx, id)
		if err != nil {
			return err
		}
		a := store.TicketAsk{Kind: kind, Why: why, AskedBy: by, AskedAt: s.Now()}
		if err := addAsk(ctx, tx, &a, []store.AskedTicket{{Ticket: id, Amount: owed}}); err != nil {
			return err
		}
		out = EndedOrAsked{Decided: Decided{From: t.State}, Ask: a.ID}
		return nil
	})
	if err != nil {
		return EndedOrAsked{}, fmt.Errorf("ask about ticket: %w", err)
	}
	return out, nil
}

// lockAskable locks a ticket, its payment first, and says why what is asked for could not be done.
func (s *Settler) lockAskable(ctx context.Context, tx *store.Tx, id ticket.ID, kind, why, by string) (ticket.Ticket, payment.Attempt, error) {
	if kind != store.AskCourt {
		a, t, err := lockMayEnd(ctx, tx, id, ticket.State(kind), why, by)
		return t, a, err
	}
	a, found, err := lockToEnd(ctx, tx, id)
	if err != nil {
		return found.Ticket, a, err
	}
	r, ok := ticket.RegimeOf(found.Regime)
	if !ok {
		return found.Ticket, a, fmt.Errorf("ticket of unknown regime %q", found.Regime)
	}
	return found.Ticket, a, s.mayCharge(found.Ticket, r, why, s.Now())
}

// owedOn is what is owed on a ticket by its postings.
func owedOn(ctx context.Context, tx *store.Tx, id ticket.ID) (money.Amount, error) {
	before, err := tx.PostingsOfTicket(ctx, id)
	if err != nil {
		return money.Zero, err
	}
	owed, err := ledger.OwedBy(before)
	if err != nil {
		return money.Zero, err
	}
	return owed.Total()
}

// DecideAsk approves or refuses what another person has asked for about one ticket. Everything is decided again by how
// the ticket stands now; the refund of a paid one is asked for in the name of who has asked, and waits for another.
func (s *Settler) DecideAsk(ctx context.Context, id string, approve bool, by string, apply bool) (store.TicketAsk, error) {
	var a store.TicketAsk
	err := s.tryWrite(ctx, fault.DecideAsk, apply, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockSettlement(ctx); err != nil { // no day is closed meanwhile that this is entered in
			return err
		}
		read, err := tx.TicketAsk(ctx, id)
		if err != nil {
			return err
		}
		of, err := tx.AskedTickets(ctx, id, 1)
		if err != nil {
			return err
		}
		if read.Kind == store.AskWriteOff || len(of) != 1 {
			return fmt.Errorf("%s is about debts: %w", id, store.ErrNotFound)
		}
		act := func() error { return nil }
		if approve && read.State == store.AskOpen && read.AskedBy != by { // else the refusal below says why not
			if act, err = s.lockToDo(ctx, tx, read, of[0].Ticket, by); err != nil {
				return err
			}
		}
		if a, err = tx.LockTicketAsk(ctx, id); err != nil {
			return err
		}
		if err := mayDecide(a, approve, by); err != nil {
			return err
		}
		a.State, a.DecidedBy, a.DecidedAt = store.AskRefused, by, s.Now()
		if approve {
			a.State = store.AskApproved
		}
		if err := act(); err != nil {
			return err
		}
		return endAsk(ctx, tx, &a, of)
	})
	if err != nil {
		return a, fmt.Errorf("decide what was asked about ticket: %w", err)
	}
	return a, nil
}

// lockToDo locks a ticket and returns what does what was asked for about it.
func (s *Settler) lockToDo(ctx context.Context, tx *store.Tx, a store.TicketAsk, id ticket.ID, by string) (func() error, error) {
	t, attempt, err := s.lockAskable(ctx, tx, id, a.Kind, a.Why, a.AskedBy)
	if err != nil {
		return nil, err
	}
	if err := notConcerned(ctx, tx, t, by); err != nil {
		return nil, err
	}
	if a.Kind == store.AskCourt {
		return func() error { return s.unheldIn(ctx, tx, t, ticket.Court, a.Why, a.AskedBy, by, s.Now()) }, nil
	}
	return func() error {
		return s.endTicketIn(ctx, tx, t, ticket.State(a.Kind), a.Why, a.AskedBy, by, attempt, &Decided{})
	}, nil
}
