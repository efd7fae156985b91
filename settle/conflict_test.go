package settle_test

import (
	"errors"
	"testing"

	"fundy/city"
	"fundy/payment"
	"fundy/review"
	"fundy/ticket"
)

func againstTicket(err error) string {
	var no *ticket.DecisionRefusal
	if errors.As(err, &no) {
		return no.Reason
	}
	return ""
}

// Who took a payment of a ticket, undone since or not, neither ends the ticket nor stops its clock: that would hide a
// payment that was kept. Another person does.
func TestWhoTookTheMoneyDoesNotEndTheTicket(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		id, other := h.add(given{number: "1", age: 3}), h.add(given{number: "2", age: 3})
		h.drawer("A", "anne")
		e := h.take([]ticket.ID{id}, cash(3000))
		if _, err := h.s.DecideTicket(t.Context(), id, ticket.Withdrawn, "a mistake", "anne", true); againstTicket(err) != ticket.DecisionMoney {
			t.Errorf("of a paid one: %v", err)
		}
		if _, err := h.s.ReverseEntry(t.Context(), e.Attempt.ID, "anne", "a wrong ticket"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.DecideTicket(t.Context(), id, ticket.Withdrawn, "a mistake", "anne", true); againstTicket(err) != ticket.DecisionMoney {
			t.Errorf("of one that was undone: %v", err)
		}
		if err := h.s.HoldTicket(t.Context(), id, "it is looked at", "anne"); againstTicket(err) != ticket.DecisionMoney {
			t.Errorf("on hold: %v", err)
		}
		if err := h.s.HoldTicket(t.Context(), other, "it is looked at", "anne"); err != nil {
			t.Errorf("one whose money she has not had: %v", err)
		}
		if _, err := h.s.DecideTicket(t.Context(), id, ticket.Withdrawn, "a mistake", "olga", true); err != nil {
			t.Errorf("another person: %v", err)
		}
		h.stands(id, ticket.Withdrawn)
		h.books(nil)
	})
}

// A part of what is due counts as the whole does: who took it decides no review.
func TestWhoTookAPartDecidesNoReview(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
		id := h.add(given{number: "1", regime: "generic", age: 3})
		h.drawer("A", "anne")
		h.take([]ticket.ID{id}, cash(1000))
		r := h.asked(id)
		if _, err := h.decides(r, review.Keep, "anne", nil); againstReview(err) != review.RefusedMoney {
			t.Errorf("who took a part: %v", err)
		}
		h.decided(r, review.Keep, "olga", nil)
		h.books(nil)
	})
}

// What is short in a drawer is not explained away by the clerk who had it: another person closes it. He can note, and take it.
func TestWhoHadTheDrawerDoesNotCloseWhatIsShort(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		if _, err := h.s.CloseDrawer(t.Context(), "A", "anne", "bert", "a five is missing", payment.Count{500: 19}); err != nil {
			t.Fatal(err)
		}
		open := h.exceptions(payment.ExceptionDrawer)
		if len(open) != 1 {
			t.Fatalf("%+v", open)
		}
		_, err := h.s.ActOnException(t.Context(), open[0].ID, payment.ExceptionClosed, "anne", "it was nothing")
		var no *payment.ExceptionRefusal
		if !errors.As(err, &no) || no.Reason != payment.RefusedOwnDrawer {
			t.Errorf("closed by its clerk: %v", err)
		}
		if _, err := h.s.ActOnException(t.Context(), open[0].ID, payment.ExceptionNoted, "anne", "I gave too much change"); err != nil {
			t.Error(err)
		}
		if _, err := h.s.ActOnException(t.Context(), open[0].ID, payment.ExceptionClosed, "dora", "change to a caller, who will not bring it back"); err != nil {
			t.Error(err)
		}
	})
}
