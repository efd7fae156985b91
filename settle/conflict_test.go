package settle_test

import (
	"errors"
	"testing"

	"fundy/city"
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
