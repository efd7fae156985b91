package settle_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/review"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// officeOfThree is who works in the office, with what settling asks about.
func officeOfThree(people map[string][]string) settle.Colleagues {
	return func(context.Context, *store.Tx) (func(string) []string, error) {
		return func(may string) (names []string) {
			for name, all := range people {
				if slices.Contains(all, may) {
					names = append(names, name)
				}
			}
			return names
		}, nil
	}
}

var theThree = map[string][]string{
	"anne": {settle.MayDecideReviews, settle.MayTakeMoney, settle.MayAskRefunds, settle.MayDecideRefunds},
	"ben":  {settle.MayDecideReviews, settle.MayAskRefunds, settle.MayDecideRefunds},
	"carl": {settle.MayDecideReviews, settle.MayTakeMoney, settle.MayAskRefunds},
}

func lastHand(err error) bool {
	var refund *payment.RefundRefusal
	var counter *payment.CounterRefusal
	return errors.As(err, &refund) && refund.Reason == payment.RefusedLastHand || errors.As(err, &counter) && counter.Reason == payment.TakeLastHand
}

// takesFrom has somebody take thirty dollars for a ticket, who has a drawer.
func (h *hall) takesFrom(id ticket.ID, by string) (settle.Entry, error) {
	r := request([]ticket.ID{id}, cheque(3000, "451"))
	r.By, r.ReviewBox = by, true
	return h.s.TakeTender(context.Background(), r)
}

func (h *hall) asksBack(e settle.Entry, id ticket.ID, by string) (payment.Refund, error) {
	return h.s.AskRefundTo(context.Background(), e.Attempt.ID, payment.RefundAsk{
		Way: payment.ByCheque, Ticket: id, Amount: money.FromMinor(3000), Expected: money.FromMinor(3000), Reason: payment.ReasonCityError, Reopen: true, By: by,
	}, somePayee)
}

// In an office of three a ticket's money goes out and in again and again, and one stays whose hands it has not gone through: the
// money stays with the other two, and the third decides the review.
func TestOneOfThreeIsKeptForTheReview(t *testing.T) {
	t.Parallel()
	for _, free := range []string{"anne", "ben", "carl"} {
		t.Run("for "+free, func(t *testing.T) {
			t.Parallel()
			reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
				h.s.Colleagues = officeOfThree(theThree)
				h.drawer("A", "anne")
				h.drawer("C", "carl")
				id := h.add(given{number: "1", age: 3})
				hands := map[string][3]string{"anne": {"carl", "carl", "ben"}, "ben": {"carl", "carl", "anne"}, "carl": {"anne", "ben", "anne"}}[free]
				e, err := h.takesFrom(id, hands[0])
				if err != nil {
					t.Fatal(err)
				}
				r, err := h.asksBack(e, id, hands[1])
				if err != nil {
					t.Fatalf("%s asks for it: %v", hands[1], err)
				}
				if _, err := h.s.ApproveRefund(t.Context(), r.ID, hands[2]); err != nil {
					t.Fatalf("%s approves it: %v", hands[2], err)
				}
				h.stands(id, ticket.Reopened)
				_, err = h.takesFrom(id, free)
				if free != "ben" && !lastHand(err) {
					t.Errorf("%s takes the money too: %v", free, err)
				}
				takes := "anne"
				if free == "anne" {
					takes = "carl"
				}
				look := h.asked(id)
				if _, err = h.takesFrom(id, takes); err != nil {
					t.Errorf("%s, who has had it already, takes it: %v", takes, err)
				}
				h.sweeps()
				look = h.review(look.ID)
				for name := range theThree {
					if name != free {
						if _, err := h.decides(look, review.Withdraw, name, nil); againstReview(err) != review.RefusedMoney {
							t.Errorf("%s decides: %v", name, err)
						}
					}
				}
				h.decided(look, review.Withdraw, free, nil)
				h.books(nil)
			})
		})
	}
}

// A refund takes two: who asks is refused where only the last one would be left to approve, and the last one does not approve
// while another can. Where nobody else can, or nobody will review, money waits for nothing.
func TestTheLastHandIsSparedWhereAnotherCan(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
		h.s.Colleagues = officeOfThree(theThree)
		h.drawer("A", "anne")
		h.drawer("C", "carl")
		id := h.add(given{number: "1", age: 3})
		e, err := h.takesFrom(id, "carl")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"anne", "ben"} { // the other of the two would have to approve
			if _, err := h.asksBack(e, id, name); !lastHand(err) {
				t.Errorf("%s asks for what carl has taken: %v", name, err)
			}
		}
		r, err := h.asksBack(e, id, "carl")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.ApproveRefund(t.Context(), r.ID, "ben"); err != nil {
			t.Error(err)
		}
		two := h.add(given{number: "2", age: 3})
		if e, err = h.takesFrom(two, "anne"); err == nil {
			r, err = h.asksBack(e, two, "carl")
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.ApproveRefund(t.Context(), r.ID, "ben"); !lastHand(err) {
			t.Errorf("ben approves where anne, who has taken it, can: %v", err)
		}
		if _, err := h.s.ApproveRefund(t.Context(), r.ID, "anne"); err != nil {
			t.Errorf("anne approves: %v", err)
		}
		// Who alone can do it does it.
		three := h.add(given{number: "3", age: 3})
		h.s.Colleagues = officeOfThree(map[string][]string{"anne": theThree["anne"]})
		if _, err := h.takesFrom(three, "anne"); err != nil {
			t.Errorf("alone at the counter: %v", err)
		}
		// After the one decision nobody is kept.
		h.s.Colleagues = officeOfThree(map[string][]string{"anne": theThree["anne"], "carl": {settle.MayTakeMoney}})
		four := h.add(given{number: "4", age: 3})
		if _, err := h.takesFrom(four, "anne"); !lastHand(err) {
			t.Errorf("carl can take it: %v", err)
		}
		h.decided(h.asked(four), review.Keep, "anne", nil)
		if _, err := h.takesFrom(four, "anne"); err != nil {
			t.Errorf("once it is decided: %v", err)
		}
		h.books(nil)
	})
}

// Who screens sends nothing to a hearing that nobody could decide; and while it waits for one, who is to decide it takes no money.
func TestAHearingHasSomebodyToDecideIt(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
		h.s.Colleagues = officeOfThree(theThree)
		h.drawer("A", "anne")
		h.drawer("C", "carl")
		hears := func(d *review.Decision) {
			d.Hearing, d.At, d.Place = city.DateOf(h.Now(), h.city.Zone).AddDays(20), "9:00", "by telephone"
		}
		id := h.add(given{number: "1", regime: "generic", age: 3})
		r := h.decided(h.asked(id), review.Send, "ben", hears)
		if _, err := h.takesFrom(id, "carl"); err != nil {
			t.Fatal(err)
		}
		h.sweeps()
		two := h.add(given{number: "2", regime: "generic", age: 3})
		r = h.decided(h.asked(two), review.Send, "anne", hears)
		h.s.Colleagues = officeOfThree(map[string][]string{"anne": theThree["anne"], "carl": theThree["carl"]})
		if _, err := h.takesFrom(two, "carl"); !lastHand(err) {
			t.Errorf("who is to decide the hearing takes the money: %v", err)
		}
		three := h.add(given{number: "3", regime: "generic", age: 3})
		if _, err := h.takesFrom(three, "anne"); err != nil {
			t.Fatal(err)
		}
		r = h.decided(r, review.Keep, "carl", nil)
		four := h.add(given{number: "4", regime: "generic", age: 3})
		r = h.asked(four)
		h.s.Colleagues = officeOfThree(map[string][]string{"anne": theThree["anne"]})
		if _, err := h.decides(r, review.Send, "anne", hears); againstReview(err) != review.RefusedAlone {
			t.Errorf("a hearing that nobody could decide: %v", err)
		}
		h.decided(r, review.Keep, "anne", nil)
	})
}
