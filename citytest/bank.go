package citytest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"

	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// theirRefund is a refund in the processor's books.
type theirRefund struct {
	ID      string `json:"id"`
	Payment string `json:"payment"`
	Status  string `json:"status"`
	Amount  int64  `json:"amount"`
	Ref     string `json:"ref"`   // our id of it
	Turns   string `json:"turns"` // how it turns out yet; "" once it has
}

// theirDispute is a dispute in the processor's books.
type theirDispute struct {
	ID      string   `json:"id"`
	Payment string   `json:"payment"`
	Status  string   `json:"status"`
	Amount  int64    `json:"amount"`
	Out     int64    `json:"out"` // what it has taken off the balance and not put back
	Was     []string `json:"was"` // every status that it has had
}

// theirBooks are all of the processor's books.
type theirBooks struct {
	Sessions []theirs       `json:"sessions"`
	Refunds  []theirRefund  `json:"refunds"`
	Disputes []theirDispute `json:"disputes"`
}

func (c controls) books(ctx context.Context) (b theirBooks, err error) {
	return b, c.ask(ctx, http.MethodGet, "state", nil, &b)
}

// Charge is a payment that the processor has taken, as its payer's bank sees it.
type Charge struct {
	Payment string
	Amount  int64
	Dispute string // its newest; "" for none
}

// Charges are the payments that the processor has taken, oldest first.
func (c *Processes) Charges(ctx context.Context) (all []Charge, err error) {
	b, err := c.sandbox.books(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range b.Sessions {
		if s.Money != "succeeded" {
			continue
		}
		one := Charge{Payment: s.Payment, Amount: s.Received}
		for _, d := range b.Disputes {
			if d.Payment == s.Payment {
				one.Dispute = d.ID
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// TakeBack lets a payer's bank take cents of a payment back, and is the dispute's id. inquiry: it only asks.
func (c *Processes) TakeBack(ctx context.Context, paid string, cents int64, inquiry bool) (string, error) {
	var out struct {
		Dispute string `json:"dispute"`
	}
	err := c.sandbox.ask(ctx, http.MethodPost, "dispute", map[string]any{"payment": paid, "amount": cents, "inquiry": inquiry}, &out)
	return out.Dispute, err
}

// MoveDispute lets a dispute go on: it is answered ("answer"), an inquiry grows ("escalate"), or the bank decides (its outcome).
func (c *Processes) MoveDispute(ctx context.Context, dispute, how string, keepFee bool) error {
	path := "dispute/close"
	if how == "answer" || how == "escalate" {
		path = "dispute/" + how
	}
	return c.sandbox.ask(ctx, http.MethodPost, path, map[string]any{"dispute": dispute, "outcome": how, "keep_fee": keepFee}, nil)
}

// Refund has a clerk ask for a part of a card's payment to be given back, in percent of one of its tickets, or for all of
// it, and a supervisor approve it, in a process of their own; reopen: its tickets are to be owed again. pick says which of
// the payments that were taken.
func (c *Processes) Refund(ctx context.Context, pick, percent int, reopen bool) error {
	s, err := c.Settler(ctx)
	if err != nil {
		return err
	}
	var all []payment.AttemptID
	err = c.auditor.rows(ctx, "select id from attempt where receipt <> '' and adapter <> '"+payment.CounterAdapter+"' order by created_at", func(r *sql.Rows) error {
		all = append(all, "")
		return r.Scan(&all[len(all)-1])
	})
	if err != nil || len(all) == 0 {
		return errors.Join(errors.New("nothing can be given back"), err)
	}
	id := all[pick%len(all)]
	ask, err := c.ask(ctx, id, percent)
	if err != nil {
		return err
	}
	ask.Reopen = reopen
	// Who was not answered finds out whether it waits.
	if _, err := s.AskRefund(ctx, id, ask); err != nil && !errors.Is(err, store.ErrCommitUnknown) {
		return err
	}
	waits, err := c.Text(ctx, "select id from refund where state = 'asked' and attempt_id = '"+string(id)+"'")
	if err != nil {
		return fmt.Errorf("find the refund that waits: %w", err)
	}
	_, err = s.ApproveRefund(ctx, payment.RefundID(waits), "ben")
	return err
}

// ask is what a clerk asks for who has looked at what is left of a payment.
func (c *Processes) ask(ctx context.Context, id payment.AttemptID, percent int) (payment.RefundAsk, error) {
	ask := payment.RefundAsk{Way: payment.ByProcessor, Reason: payment.ReasonCityError, By: "anne"}
	err := c.auditor.store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.Attempt(ctx, id)
		if err != nil {
			return err
		}
		sources, err := settle.Sources(ctx, tx, a)
		if err != nil {
			return err
		}
		if ask.Expected, err = payment.Left(sources); err != nil || percent == 100 {
			ask.Amount = ask.Expected
			return err
		}
		for _, s := range sources {
			left, err := s.Left()
			if err != nil {
				return err
			}
			if ask.Ticket = s.Ticket; !left.IsZero() {
				ask.Amount = money.FromMinor(left.Minor() * int64(percent) / 100)
				return nil
			}
		}
		return errors.New("nothing is left of it")
	})
	return ask, err
}
