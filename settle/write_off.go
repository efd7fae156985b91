package settle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fundy/city"
	"fundy/fault"
	"fundy/ledger"
	"fundy/money"
	"fundy/store"
	"fundy/ticket"
)

// Limits of a list of tickets to write off: in one transaction, and in one list.
const (
	writeOffsAtOnce = 100
	MostWriteOffs   = 5_000
)

// TicketNumber is a ticket as a list names it. Day is needed only where its number has come again.
type TicketNumber struct {
	Number string
	Day    city.Date
}

// WrittenOff is what a write-off came to.
type WrittenOff struct {
	Tickets int          `json:"tickets"`
	Same    int          `json:"written_off_already"` // by the same resolution: a list that was cut short goes on
	Amount  money.Amount `json:"amount"`
}

// WriteOffLeaf is what the log is told of a debt that is given up, or owed again after it.
type WriteOffLeaf struct {
	Ticket     ticket.ID   `json:"ticket"`
	Kind       ledger.Kind `json:"kind"`
	Resolution string      `json:"resolution"`
	Amount     int64       `json:"amount_minor"`
	Who        string      `json:"who"`
}

// WriteOff gives up what is owed on tickets, by a resolution. The whole list is looked at first, and one ticket of it
// that can't be written off keeps all others from being; then they are written some at a time, and a list that was
// cut short can be given again.
func (b *Books) WriteOff(ctx context.Context, list []TicketNumber, by, under string, apply bool) (WrittenOff, error) {
	var out WrittenOff
	number, err := resolution(under)
	if err = errors.Join(err, mayAct(by)); err != nil {
		return out, err
	}
	ids, err := b.find(ctx, list)
	if err != nil {
		return out, err
	}
	var no []string
	err = b.read(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, id := range ids {
			t, err := tx.Ticket(ctx, id)
			if err != nil {
				return err
			}
			if why := mayWriteOff(t.Ticket); why != "" && !b.sameBefore(ctx, tx, t.Ticket, number) {
				no = append(no, fmt.Sprintf("%s of %s: %s", t.Number, t.IssuedOn, why))
			}
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	if len(no) > 0 {
		return out, fmt.Errorf("nothing was written off:\n  %s", strings.Join(no[:min(len(no), 50)], "\n  "))
	}
	for part := range slices.Chunk(ids, writeOffsAtOnce) {
		done := out
		err := tried(ctx, b.Store, fault.WriteOff, apply, func(ctx context.Context, tx *store.Tx) error {
			out = done
			return b.writeOffIn(ctx, tx, part, by, number, &out)
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// find is the ticket of each number, or all that can't be found.
func (b *Books) find(ctx context.Context, list []TicketNumber) ([]ticket.ID, error) {
	if len(list) == 0 || len(list) > MostWriteOffs {
		return nil, fmt.Errorf("name one ticket at least, and %d at most", MostWriteOffs)
	}
	wanted := map[string]bool{}
	for _, n := range list {
		wanted[ticket.NumberKey(n.Number)] = true
	}
	found := map[string][]store.TicketKey{}
	err := b.read(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.EachTicketKey(ctx, func(k store.TicketKey) error {
			if wanted[k.NumberKey] {
				found[k.NumberKey] = append(found[k.NumberKey], k)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	var ids []ticket.ID
	var no []string
	for _, n := range list {
		var fit []ticket.ID
		for _, k := range found[ticket.NumberKey(n.Number)] {
			if n.Day.IsZero() || n.Day == k.IssuedOn {
				fit = append(fit, k.ID)
			}
		}
		switch {
		case len(fit) == 0:
			no = append(no, fmt.Sprintf("%s %s: there is no such ticket", n.Number, n.Day))
		case len(fit) > 1:
			no = append(no, fmt.Sprintf("%s: the number has come %d times: say of which day", n.Number, len(fit)))
		case slices.Contains(ids, fit[0]):
			no = append(no, n.Number+": it is in the list twice")
		default:
			ids = append(ids, fit[0])
		}
	}
	if len(no) > 0 {
		return nil, fmt.Errorf("nothing was written:\n  %s", strings.Join(no[:min(len(no), 50)], "\n  "))
	}
	slices.Sort(ids)
	return ids, nil
}

// mayWriteOff says why a ticket can't be written off; "" where it can.
func mayWriteOff(t ticket.Ticket) string {
	regime, ok := ticket.RegimeOf(t.Regime)
	if !ok || !regime.May(t.State, ticket.WrittenOff) {
		return fmt.Sprintf("it is %s, and nothing that is %s is written off under %s", t.State, t.State, t.Regime)
	}
	return ""
}

// sameBefore says whether a ticket was written off by the same resolution, and still is.
func (b *Books) sameBefore(ctx context.Context, tx *store.Tx, t ticket.Ticket, number string) bool {
	if t.State != ticket.WrittenOff {
		return false
	}
	all, err := tx.WriteOffsOfTicket(ctx, t.ID)
	return err == nil && len(all) > 0 && all[len(all)-1].Kind == ledger.WrittenOff && all[len(all)-1].Resolution == number
}

func (b *Books) writeOffIn(ctx context.Context, tx *store.Tx, ids []ticket.ID, by, number string, out *WrittenOff) error {
	now := b.Now()
	tickets, err := tx.LockTickets(ctx, ids)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		if b.sameBefore(ctx, tx, t.Ticket, number) {
			out.Same++
			continue
		}
		if why := mayWriteOff(t.Ticket); why != "" {
			return fmt.Errorf("%s of %s: %s", t.Number, t.IssuedOn, why) // it was paid meanwhile, say
		}
		before, err := tx.PostingsOfTicket(ctx, t.ID)
		if err != nil {
			return err
		}
		owed, err := ledger.OwedBy(before)
		if err != nil {
			return err
		}
		w := store.WriteOff{Kind: ledger.WrittenOff, Ticket: t.ID, Resolution: number, By: by, At: now}
		if err := b.giveUpIn(ctx, tx, t.Ticket, &w, ledger.ForWriteOff(t.ID, owed), ticket.WrittenOff); err != nil {
			return err
		}
		out.Tickets++
		if out.Amount, err = out.Amount.Add(w.Amount); err != nil {
			return err
		}
	}
	return nil
}

// giveUpIn writes one: the ticket's move, what is posted, by whose resolution, and the leaf.
func (b *Books) giveUpIn(ctx context.Context, tx *store.Tx, t ticket.Ticket, w *store.WriteOff, postings []ledger.Posting, to ticket.State) error {
	var err error
	if w.Amount, err = ledger.GivenUp(postings); err != nil {
		return err
	}
	if w.Effective, err = tx.OpenInstant(ctx, w.At); err != nil {
		return err
	}
	e := ledger.WriteOffEntry(w.Kind, fmt.Sprintf("%s-%d", t.ID, t.Version), postings, w.At, w.Effective)
	w.Entry = e.ID
	if err := tx.AddEntry(ctx, e); err != nil {
		return err
	}
	if err := tx.AddWriteOff(ctx, *w); err != nil {
		return err
	}
	if err := b.mover.moveTicketIn(ctx, tx, t, to, string(w.Kind)+" by resolution "+w.Resolution, w.At); err != nil {
		return err
	}
	return b.leaf(ctx, tx, string(w.Kind), WriteOffLeaf{Ticket: t.ID, Kind: w.Kind, Resolution: w.Resolution, Amount: w.Amount.Minor(), Who: w.By}, w.At)
}

// Recover makes tickets that were written off owed again, because somebody comes to pay, say: what was given up is
// owed as it was.
func (b *Books) Recover(ctx context.Context, list []TicketNumber, by, under string, apply bool) (WrittenOff, error) {
	var out WrittenOff
	number, err := resolution(under)
	if err = errors.Join(err, mayAct(by)); err != nil {
		return out, err
	}
	ids, err := b.find(ctx, list)
	if err != nil {
		return out, err
	}
	for part := range slices.Chunk(ids, writeOffsAtOnce) {
		done := out
		err := tried(ctx, b.Store, fault.WriteOff, apply, func(ctx context.Context, tx *store.Tx) error {
			out = done
			return b.recoverIn(ctx, tx, part, by, number, &out)
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func (b *Books) recoverIn(ctx context.Context, tx *store.Tx, ids []ticket.ID, by, number string, out *WrittenOff) error {
	now := b.Now()
	tickets, err := tx.LockTickets(ctx, ids)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		if t.State != ticket.WrittenOff {
			return fmt.Errorf("%s of %s is %s: only what was written off is recovered", t.Number, t.IssuedOn, t.State)
		}
		postings, err := b.givenUp(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		w := store.WriteOff{Kind: ledger.Recovered, Ticket: t.ID, Resolution: number, By: by, At: now}
		if err := b.giveUpIn(ctx, tx, t.Ticket, &w, ledger.Reverse(postings), ticket.Reopened); err != nil {
			return err
		}
		out.Tickets++
		if out.Amount, err = out.Amount.Add(w.Amount); err != nil {
			return err
		}
	}
	return nil
}

// givenUp is what the last write-off of a ticket posted. One that came in written off has none here: nothing was
// ever posted of it, and its price is posted when it is paid.
func (b *Books) givenUp(ctx context.Context, tx *store.Tx, id ticket.ID) ([]ledger.Posting, error) {
	all, err := tx.WriteOffsOfTicket(ctx, id)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return tx.PostingsOfEntry(ctx, all[len(all)-1].Entry)
}
