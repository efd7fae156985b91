package settle

import (
	"context"
	"slices"
	"strings"

	"fundy/city"
	"fundy/money"
	"fundy/store"
	"fundy/ticket"
)

// MostAsked bounds the tickets of one write-off that is asked for on a page: all of them are written in one transaction.
const MostAsked = 500

// The reasons for which a ticket of a list can't be written off, and for which a list is not one.
const (
	DebtAbsent  = "absent"  // there is no such ticket
	DebtMany    = "many"    // the number has come several times: its day of issue is wanted
	DebtTwice   = "twice"   // it is in the list twice
	DebtState   = "state"   // nothing in its state is written off under its regime
	DebtNothing = "nothing" // nothing is owed on it
	DebtPending = RefusedPending

	RefusedEmptyList = "debts_none" // no ticket was named, or none fits
	RefusedLongList  = "debts_many" // more than MostAsked
	RefusedList      = "debts"      // a ticket of the list can't be written off
)

// DebtAsk is what somebody wants written off: tickets by name, or all that were issued before a day and owe at most an
// amount.
type DebtAsk struct {
	List       []TicketNumber
	Before     city.Date    // with an empty list
	Most       money.Amount // with an empty list; zero: any amount
	Resolution string
	Why        string
	By         string
	Digest     string // of what was looked at; what is asked for is exactly that
}

// Debt is a ticket that would be written off, or why it can't be.
type Debt struct {
	Number   string
	IssuedOn city.Date
	Ticket   ticket.ID
	State    ticket.State
	Owed     money.Amount
	Not      string // the reason; "": it can
}

// Debts are tickets that would be written off.
type Debts struct {
	All    []Debt // that can be, by their ids
	Not    []Debt // of a list: that can't be
	More   int    // of a filter: as many more fit it, of later days of issue
	Sum    money.Amount
	Digest string // in letters and digits that can't look like a card's number: a form carries it
}

// LookDebts says what would be written off. Nothing is written.
func (b *Books) LookDebts(ctx context.Context, ask DebtAsk) (out Debts, err error) {
	err = b.read(ctx, func(ctx context.Context, tx *store.Tx) error {
		out = Debts{}
		var err error
		if len(ask.List) > 0 {
			err = b.debtsOfList(ctx, tx, ask.List, &out)
		} else {
			err = b.debtsOfFilter(ctx, tx, ask, &out)
		}
		return err
	})
	if err != nil {
		return out, err
	}
	slices.SortFunc(out.All, func(a, b Debt) int { return strings.Compare(string(a.Ticket), string(b.Ticket)) })
	for _, d := range out.All {
		if out.Sum, err = out.Sum.Add(d.Owed); err != nil {
			return out, err
		}
	}
	out.Digest = looked(out.asked())
	return out, nil
}

func ticketsOf(asked []store.AskedTicket) []ticket.ID {
	ids := make([]ticket.ID, 0, len(asked))
	for _, t := range asked {
		ids = append(ids, t.Ticket)
	}
	return ids
}

func (d Debts) asked() []store.AskedTicket {
	all := make([]store.AskedTicket, 0, len(d.All))
	for _, one := range d.All {
		all = append(all, store.AskedTicket{Ticket: one.Ticket, Amount: one.Owed})
	}
	return all
}

// sameNumber bounds the tickets of one number that are looked at: it comes again years later.
const sameNumber = 20

func (b *Books) debtsOfList(ctx context.Context, tx *store.Tx, list []TicketNumber, out *Debts) error {
	if len(list) > MostAsked {
		return refuse(RefusedLongList, "at most %d tickets at once", MostAsked).with("most", MostAsked)
	}
	seen := map[ticket.ID]bool{}
	for _, n := range list {
		d, err := b.debtOf(ctx, tx, n)
		if err != nil {
			return err
		}
		if d.Not == "" && seen[d.Ticket] {
			d.Not = DebtTwice
		}
		if seen[d.Ticket] = true; d.Not != "" {
			out.Not = append(out.Not, d)
			continue
		}
		out.All = append(out.All, d)
	}
	return nil
}

// debtOf is the debt of the ticket that a number names.
func (b *Books) debtOf(ctx context.Context, tx *store.Tx, n TicketNumber) (Debt, error) {
	d := Debt{Number: n.Number, IssuedOn: n.Day}
	key := ticket.NumberKey(n.Number)
	if key == "" || len(key) > ticket.MaxNumber {
		d.Not = DebtAbsent
		return d, nil
	}
	found, err := tx.TicketsNumbered(ctx, key, sameNumber)
	if err != nil {
		return d, err
	}
	found = slices.DeleteFunc(found, func(t store.FoundTicket) bool { return !n.Day.IsZero() && t.IssuedOn != n.Day })
	switch len(found) {
	case 0:
		d.Not = DebtAbsent
		return d, nil
	case 1:
		return b.debtOn(ctx, tx, found[0].Ticket)
	}
	d.Not = DebtMany
	return d, nil
}

func (b *Books) debtOn(ctx context.Context, tx *store.Tx, t ticket.Ticket) (Debt, error) {
	d := Debt{Number: t.Number, IssuedOn: t.IssuedOn, Ticket: t.ID, State: t.State}
	open, err := tx.OpenAskOf(ctx, t.ID)
	if err != nil {
		return d, err
	}
	if d.Owed, err = owedOn(ctx, tx, t.ID); err != nil {
		return d, err
	}
	switch {
	case mayWriteOff(t) != "":
		d.Not = DebtState
	case d.Owed.Cmp(money.Zero) <= 0:
		d.Not = DebtNothing
	case open != "":
		d.Not = DebtPending
	}
	return d, nil
}

// debtsOfFilter takes the oldest tickets first.
func (b *Books) debtsOfFilter(ctx context.Context, tx *store.Tx, ask DebtAsk, out *Debts) error {
	if ask.Before.IsZero() || ask.Most.IsNegative() {
		return refuse(RefusedEmptyList, "name tickets, or a day before which they were issued")
	}
	var fit []store.Receivable
	err := tx.EachReceivable(ctx, b.Now(), func(r store.Receivable) error {
		if r.Ticket.IssuedOn.Compare(ask.Before) < 0 && r.Owed.Cmp(money.Zero) > 0 && (ask.Most.IsZero() || r.Owed.Cmp(ask.Most) <= 0) && mayWriteOff(r.Ticket) == "" {
			fit = append(fit, r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(fit, func(a, b store.Receivable) int { return a.Ticket.IssuedOn.Compare(b.Ticket.IssuedOn) })
	for i, r := range fit {
		if len(out.All) == MostAsked {
			out.More = len(fit) - i
			return nil
		}
		t, err := tx.Ticket(ctx, r.Ticket.ID)
		if err != nil {
			return err
		}
		d, err := b.debtOn(ctx, tx, t.Ticket)
		if err != nil {
			return err
		}
		if d.Not == "" { // one that waits for a decision already is passed over
			out.All = append(out.All, d)
		}
	}
	return nil
}
