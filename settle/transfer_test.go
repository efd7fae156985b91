package settle_test

import (
	"context"
	"testing"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// moved moves the money of a ticket to another one, by two people.
func (h *hall) moved(id payment.AttemptID, from, to ticket.ID) (payment.Correction, error) {
	ctx := context.Background()
	asked, err := h.s.AskTransfer(ctx, id, payment.TransferAsk{From: from, To: to, Why: "the payer misread a number", By: "anne"}, true)
	if err != nil {
		return asked, err
	}
	return h.s.ApproveCorrection(ctx, asked.ID, "bert", true)
}

func (h *hall) sources(id payment.AttemptID) map[ticket.ID]int64 {
	h.t.Helper()
	left := map[ticket.ID]int64{}
	h.read(func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.Attempt(ctx, id)
		if err != nil {
			return err
		}
		all, err := settle.Sources(ctx, tx, a)
		for _, one := range all {
			n, err := one.Left()
			if err != nil {
				return err
			}
			left[one.Ticket] += n.Minor()
		}
		return err
	})
	return left
}

// Money of the counter that was moved to another ticket is given back from there, and to the cent what was brought:
// what rounding let go was never here.
func TestMoneyOfTheCounterIsGivenBackAfterATransfer(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		wrong, same, cheap := h.add(given{number: "1", cents: 4002}), h.add(given{number: "2", cents: 4002}), h.add(given{number: "3"})
		e := h.banked(d, wrong, "1001", cash(4000))
		if got := h.sources(e.Attempt.ID); len(got) != 1 || got[wrong] != 4000 {
			t.Fatalf("taken: %v", got)
		}
		if _, err := h.moved(e.Attempt.ID, wrong, same); err != nil {
			t.Fatalf("to one of the same price: %v", err)
		}
		if got := h.sources(e.Attempt.ID); len(got) != 1 || got[same] != 4000 {
			t.Errorf("after the first: %v", got)
		}
		if c, err := h.moved(e.Attempt.ID, same, cheap); err != nil || c.Rest.Minor() != 1002 {
			t.Fatalf("to a cheaper one: %+v, %v", c, err)
		}
		h.books(map[string]int64{"unallocated:counter": -1002})
		if got := h.sources(e.Attempt.ID); len(got) != 2 || got[cheap] != 2998 || got[""] != 1002 {
			t.Errorf("after the second: %v", got)
		}
		done, err := h.s.DecideTicket(ctx, cheap, ticket.Withdrawn, "the sign was down", "dora", true)
		if err != nil || done.Owed.Minor() != 2998 {
			t.Errorf("withdrawn: %+v, %v", done, err)
		}
		if open := h.exceptions(payment.ExceptionTicket); len(open) != 1 {
			t.Errorf("the queue: %+v", open)
		}
		r, err := h.s.AskRefundTo(ctx, e.Attempt.ID, payment.RefundAsk{
			Way: payment.ByCheque, Amount: money.FromMinor(4000), Expected: money.FromMinor(4000), Reason: payment.ReasonCancelled, By: "dora",
		}, somePayee)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.ApproveRefund(ctx, r.ID, "fred"); err != nil {
			t.Fatal(err)
		}
		h.books(map[string]int64{"unallocated:counter": 0, "refunds_payable": -4000, "rounding:cash": 2})
	})
}
