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

// givenBack gives all back that an entry has, by cheque and by two people.
func (h *hall) givenBack(e settle.Entry, cents int64) {
	h.t.Helper()
	r, err := h.s.AskRefundTo(context.Background(), e.Attempt.ID, payment.RefundAsk{
		Way: payment.ByCheque, Amount: money.FromMinor(cents), Expected: money.FromMinor(cents), Reason: payment.ReasonCancelled, By: "dora",
	}, somePayee)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.s.ApproveRefund(context.Background(), r.ID, "fred"); err != nil {
		h.t.Fatal(err)
	}
}

// A ticket of which only a part was paid is withdrawn, and one that was paid in parts: all of it is to be given back,
// and it stays in the queue until all of it is.
func TestPartsOfAnEndedTicketAreToBeGivenBack(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		part, whole := h.add(given{number: "1", regime: "generic"}), h.add(given{number: "2", regime: "generic"})
		first := h.take([]ticket.ID{part}, cash(1000))
		second, rest := h.take([]ticket.ID{whole}, cash(1200)), h.take([]ticket.ID{whole}, cheque(1800, "5"))
		want := func(amounts map[ticket.ID]int64) {
			t.Helper()
			open := h.exceptions(payment.ExceptionTicket)
			if len(open) != len(amounts) {
				t.Errorf("the queue: %+v", open)
			}
			for _, e := range open {
				if amounts[ticket.ID(e.Ref)] != e.Amount.Minor() {
					t.Errorf("%s: %s", e.Ref, e.Amount)
				}
			}
		}
		for id, cents := range map[ticket.ID]int64{part: 1000, whole: 3000} {
			if d, err := h.s.DecideTicket(context.Background(), id, ticket.Withdrawn, "the sign was down", "dora", true); err != nil || d.Owed.Minor() != cents {
				t.Errorf("%s: %s is owed, %v", id, d.Owed, err)
			}
		}
		want(map[ticket.ID]int64{part: 1000, whole: 3000})
		h.givenBack(first, 1000)
		h.givenBack(rest, 1800)
		want(map[ticket.ID]int64{whole: 3000})
		h.givenBack(second, 1200)
		want(nil)
		h.books(nil)
	})
}

// A refund that waits for a second person is in the list, however many were decided since.
func TestAnAskedRefundDoesNotFallOffTheList(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		h.drawer("A", "anne")
		var ids []payment.RefundID
		for _, number := range []string{"1", "2", "3"} {
			e := h.take([]ticket.ID{h.add(given{number: number})}, cheque(3000, number))
			r, err := h.s.AskRefundTo(ctx, e.Attempt.ID, payment.RefundAsk{
				Way: payment.ByCheque, Amount: money.FromMinor(3000), Expected: money.FromMinor(3000), Reason: payment.ReasonCityError, By: "dora",
			}, somePayee)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, r.ID)
			if number == "1" {
				continue
			}
			if _, err := h.s.RefuseRefund(ctx, r.ID, "fred"); err != nil {
				t.Fatal(err)
			}
		}
		h.read(func(ctx context.Context, tx *store.Tx) error {
			shown, err := tx.Refunds(ctx, 2)
			if err == nil && (len(shown) != 2 || shown[0].ID != ids[0] || shown[1].ID != ids[2]) {
				t.Errorf("%+v", shown)
			}
			return err
		})
	})
}

// A ticket whose cheque came back is paid by money that is moved to it: nobody has to write to its payer any more.
func TestATransferPaysWhatAReturnedChequeLeftOwed(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d := h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		owed, wrong := h.add(given{number: "1"}), h.add(given{number: "2"})
		h.banked(d, owed, "1001", cheque(3000, "451"))
		h.bank(d, h.today(), bounced(3000, "451"))
		if len(h.exceptions(payment.ExceptionReturned)) != 1 {
			t.Fatal("no cheque came back")
		}
		e := h.banked(d, wrong, "1002", cash(3000))
		if _, err := h.moved(e.Attempt.ID, wrong, owed); err != nil {
			t.Fatal(err)
		}
		if open := h.exceptions(payment.ExceptionReturned); len(open) != 0 {
			t.Errorf("the queue: %+v", open)
		}
	})
}
