package settle_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/review"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// reviews runs a test on both databases, in a city that takes reviews.
func reviews(t *testing.T, set review.Settings, test func(t *testing.T, h *hall)) {
	t.Helper()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		if set.DecideDays == 0 {
			set.DecideDays = 10
		}
		set.KeepDays, set.FilesMost = 400, 2
		h.s.Review = set
		test(t, h)
	})
}

func (h *hall) asks(id ticket.ID) (review.Review, error) {
	return h.s.AskReview(context.Background(), review.Review{
		Ticket: id, Way: review.ByEmail, Language: city.English, Channel: review.OnPortal, RequestID: "req_" + rand.Text(),
		Contact: []byte("sealed contact"), Statement: []byte("sealed statement"),
	})
}

func (h *hall) asked(id ticket.ID) review.Review {
	h.t.Helper()
	r, err := h.asks(id)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func sealWords(id review.ID, words string) ([]byte, error) {
	return []byte("sealed for " + string(id) + ": " + words), nil
}

func (h *hall) decides(r review.Review, e review.Event, by string, change func(d *review.Decision)) (review.Review, error) {
	d := review.Decision{Event: e, Words: "Because.", Version: r.Version, By: by}
	if e == review.Close {
		d.Why, d.Words = review.Stranger, ""
	}
	if change != nil {
		change(&d)
	}
	return h.s.DecideReview(context.Background(), r.ID, d, sealWords)
}

func (h *hall) decided(r review.Review, e review.Event, by string, change func(d *review.Decision)) review.Review {
	h.t.Helper()
	r, err := h.decides(r, e, by, change)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func (h *hall) review(id review.ID) (r review.Review) {
	h.t.Helper()
	h.read(func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = tx.Review(ctx, id)
		return err
	})
	return r
}

func (h *hall) sweeps() {
	h.t.Helper()
	if err := h.s.SweepReviews(context.Background()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) stands(id ticket.ID, want ticket.State) {
	h.t.Helper()
	if got := h.ticket(id).State; got != want {
		h.t.Errorf("the ticket is %s, want %s", got, want)
	}
}

// against is why something about a review was refused; "" where it was not.
func againstReview(err error) string {
	var no *review.Refusal
	if errors.As(err, &no) {
		return no.Reason
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// A ticket has one review under way and one decision; a stranger's is closed unread, and the owner's own comes after it. Of
// two who ask at once one is told that there is one, and the same request twice is one review.
func TestATicketHasOneReviewAndOneDecision(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
		id := h.add(given{number: "1", age: 3})
		var wait sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wait.Go(func() { _, errs[i] = h.asks(id) })
		}
		wait.Wait()
		asked := 0
		for _, err := range errs {
			if err == nil {
				asked++
			} else if againstReview(err) != review.RefusedOpen {
				t.Errorf("a second one: %v", err)
			}
		}
		if asked != 1 {
			t.Errorf("%d of them were taken", asked)
		}
		h.stands(id, ticket.Review)
		var open []review.Review
		h.read(func(ctx context.Context, tx *store.Tx) (err error) {
			open, err = tx.OpenReviews(ctx, 10)
			return err
		})
		if len(open) != 1 || open[0].DueOn.String() != "2026-06-24" {
			t.Fatalf("%+v", open)
		}
		again, err := h.s.AskReview(t.Context(), review.Review{Ticket: id, RequestID: open[0].RequestID})
		if err != nil || again.ID != open[0].ID {
			t.Errorf("the same request: %s, %v", again.ID, err)
		}
		if r := h.decided(open[0], review.Close, "olga", nil); r.State != review.Closed || r.DecidedBy != "olga" || r.Why != review.Stranger || len(r.Words) != 0 {
			t.Errorf("%+v", r)
		}
		h.stands(id, ticket.Open)
		own := h.asked(id)
		if r := h.decided(own, review.Keep, "olga", nil); r.State != review.Kept || r.DecidedBy != "olga" || string(r.Words) != "sealed for "+string(own.ID)+": Because." {
			t.Errorf("%+v", r)
		}
		h.stands(id, ticket.Open)
		if _, err := h.asks(id); againstReview(err) != review.RefusedDecided {
			t.Errorf("after the decision: %v", err)
		}
		if err := h.write(func(ctx context.Context, tx *store.Tx) error {
			r := own
			r.ID, r.Reference, r.RequestID = "rev_x", "x", "x"
			if err := tx.InsertReview(ctx, &r); err != nil {
				return err
			}
			r.ID, r.Reference, r.RequestID = "rev_y", "y", "y"
			return tx.InsertReview(ctx, &r)
		}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("the store takes two reviews under way: %v", err)
		}
	})
}

// Who was the first to read a request does not close it without a decision, whether he opened it or entered the letter; who
// was not does, and so does who has read it after him. He may decide it.
func TestTheFirstReaderClosesNothing(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
		opens := func(r review.Review, who string) {
			t.Helper()
			h.later(time.Second)
			if err := h.write(func(ctx context.Context, tx *store.Tx) error { return tx.ReviewOpened(ctx, r.ID, who, h.Now()) }); err != nil {
				t.Fatal(err)
			}
		}
		id := h.add(given{number: "1", age: 3})
		r := h.asked(id)
		opens(r, "olga")
		opens(r, "pat")
		opens(r, "olga")
		if _, err := h.decides(r, review.Close, "olga", nil); againstReview(err) != review.RefusedFirst {
			t.Errorf("closed by its first reader: %v", err)
		}
		for _, why := range []review.Why{"", "whim"} {
			if _, err := h.decides(r, review.Close, "pat", func(d *review.Decision) { d.Why = why }); againstReview(err) != review.RefusedWhy {
				t.Errorf("closed for %q: %v", why, err)
			}
		}
		r = h.decided(r, review.Close, "pat", func(d *review.Decision) { d.Why, d.Words = review.TakenBack, "You have called us." })
		if r = h.review(r.ID); r.Why != review.TakenBack || r.DecidedBy != "pat" || len(r.Words) == 0 || r.EraseAt.IsZero() {
			t.Errorf("%+v", r)
		}
		h.stands(id, ticket.Open)
		again := h.asked(id)
		opens(again, "olga")
		h.decided(again, review.Keep, "olga", nil)
		two := h.add(given{number: "2", age: 3})
		letter, err := h.s.AskReview(t.Context(), review.Review{
			Ticket: two, Way: review.ByPost, Language: city.French, Channel: review.AtOffice, EnteredBy: "carl", RequestID: "a-letter-of-one", Contact: []byte("c"), Statement: []byte("s"),
		})
		if err != nil {
			t.Fatal(err)
		}
		opens(letter, "olga")
		if _, err := h.decides(letter, review.Close, "carl", nil); againstReview(err) != review.RefusedFirst {
			t.Errorf("closed by who has entered it: %v", err)
		}
		h.decided(letter, review.Close, "olga", nil)
		var told int
		h.read(func(ctx context.Context, tx *store.Tx) (err error) {
			told, err = tx.Parked(ctx, settle.TaskMailReview)
			return err
		})
		if told != 2 {
			t.Errorf("%d messages wait, want one that it was closed and one of the decision", told)
		}
	})
}

// Of two who decide one review, the second is told that somebody has; so is who decides about a page that is old.
func TestTwoDecideOneReview(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
		id := h.add(given{number: "1", age: 3})
		r := h.asked(id)
		var wait sync.WaitGroup
		errs := make([]error, 2)
		wait.Go(func() { _, errs[0] = h.decides(r, review.Keep, "olga", nil) })
		wait.Go(func() { _, errs[1] = h.decides(r, review.Withdraw, "pat", nil) })
		wait.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("%v, %v", errs[0], errs[1])
		}
		if second := errors.Join(errs...); againstReview(second) != review.RefusedMoved {
			t.Errorf("the second: %v", second)
		}
		two := h.asked(h.add(given{number: "2", age: 3}))
		taken, err := h.s.TakeReview(t.Context(), two.ID, two.Version, "olga")
		if err != nil || taken.Owner != "olga" {
			t.Fatalf("%+v, %v", taken, err)
		}
		if _, err := h.decides(two, review.Keep, "pat", nil); againstReview(err) != review.RefusedMoved {
			t.Errorf("an old page: %v", err)
		}
		if _, err := h.s.TakeReview(t.Context(), two.ID, two.Version, "pat"); againstReview(err) != review.RefusedMoved {
			t.Errorf("taken from an old page: %v", err)
		}
		h.books(nil)
	})
}

// A payment ends a review without knowing of it. Who took the money decides nothing; another can withdraw the ticket all
// the same, and everything that was paid is to be given back.
func TestAPaymentEndsAReview(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{Hold: true}, func(t *testing.T, h *hall) {
		id := h.add(given{number: "1", age: 3})
		r := h.asked(id)
		h.drawer("A", "anne")
		ask := request([]ticket.ID{id}, cash(3000))
		if _, err := h.s.TakeTender(t.Context(), ask); refused(err) != payment.RefusedBox {
			t.Errorf("without the box: %v", err)
		}
		ask.ReviewBox = true
		e, err := h.s.TakeTender(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		h.sweeps()
		if got := h.review(r.ID); got.State != review.Ended || got.EraseAt.IsZero() {
			t.Fatalf("%+v", got)
		}
		r = h.review(r.ID)
		if _, err := h.decides(r, review.Keep, "olga", nil); againstReview(err) != review.RefusedMoved {
			t.Errorf("kept after it has ended: %v", err)
		}
		if _, err := h.decides(r, review.Withdraw, "anne", nil); againstReview(err) != review.RefusedMoney {
			t.Errorf("who took the money: %v", err)
		}
		// What was paid comes back: the review goes on.
		if _, err := h.s.ReverseEntry(t.Context(), e.Attempt.ID, "anne", "a wrong ticket"); err != nil {
			t.Fatal(err)
		}
		h.stands(id, ticket.Review)
		h.sweeps()
		if r = h.review(r.ID); r.State != review.Asked || !r.EraseAt.IsZero() {
			t.Fatalf("%+v", r)
		}
		two := request([]ticket.ID{id}, cash(3000))
		two.ReviewBox = true
		if _, err := h.s.TakeTender(t.Context(), two); err != nil {
			t.Fatal(err)
		}
		h.sweeps()
		done := h.decided(h.review(r.ID), review.Withdraw, "olga", nil)
		if done.State != review.Withdrawn || !done.Refund {
			t.Errorf("%+v", done)
		}
		h.stands(id, ticket.Withdrawn)
		if open := h.exceptions(payment.ExceptionTicket); len(open) != 1 || open[0].Amount.Minor() != 3000 {
			t.Errorf("to be given back: %+v", open)
		}
		h.books(nil)
	})
}

// Withdrawn, nothing is owed, and what was owed is posted back.
func TestAReviewWithdrawsATicket(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
		id := h.add(given{number: "1", age: 3})
		r := h.decided(h.asked(id), review.Withdraw, "olga", nil)
		if r.Refund || r.State != review.Withdrawn || !r.EraseAt.Equal(r.DecidedAt.AddDate(0, 0, 400)) {
			t.Errorf("%+v", r)
		}
		h.stands(id, ticket.Withdrawn)
		h.books(map[string]int64{"receivable:penalty": 0, "receivable:discount": 0})
		generic := h.add(given{number: "2", age: 3, regime: "generic"})
		h.decided(h.asked(generic), review.Withdraw, "olga", nil)
		h.stands(generic, ticket.Cancelled)
		h.sweeps() // it is decided: nothing overtakes it
		if got := h.review(r.ID); got.State != review.Withdrawn {
			t.Errorf("%+v", got)
		}
	})
}

// Where the city holds the clock, the price stands still while a review is under way, and afterwards the days it took have
// not counted. Where it says so, the price of the day of the request holds again for some days after "no".
func TestTheClockOfAReview(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{Hold: true}, func(t *testing.T, h *hall) {
		id := h.add(given{number: "1", age: 14})
		r := h.asked(id)
		h.later(30 * 24 * time.Hour)
		if got := h.due(id); got != 3000 {
			t.Errorf("under way: %d", got)
		}
		h.decided(r, review.Keep, "olga", nil)
		h.later(24 * time.Hour)
		if got := h.due(id); got != 3000 { // the last of its 15 days
			t.Errorf("a day after: %d", got)
		}
		h.later(24 * time.Hour)
		if got := h.due(id); got != 4000 {
			t.Errorf("two days after: %d", got)
		}
	})
	reviews(t, review.Settings{AfterDays: 5}, func(t *testing.T, h *hall) {
		id := h.add(given{number: "1", age: 14})
		r := h.asked(id)
		h.later(10 * 24 * time.Hour)
		if got := h.due(id); got != 4000 {
			t.Errorf("not held: %d", got)
		}
		if r = h.decided(r, review.Keep, "olga", nil); r.Until.String() != "2026-06-25" {
			t.Errorf("until %s", r.Until)
		}
		h.later(5 * 24 * time.Hour)
		if got := h.due(id); got != 3000 {
			t.Errorf("five days after: %d", got)
		}
		h.later(24 * time.Hour)
		if got := h.due(id); got != 4000 {
			t.Errorf("six days after: %d", got)
		}
	})
}

// A letter counts from the day on which it came, by the city's calendar.
func TestALetterCountsFromTheDayItCame(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{Hold: true, AskDays: 10}, func(t *testing.T, h *hall) {
		id := h.add(given{number: "1", age: 14})
		ask := review.Review{
			Ticket: id, Way: review.ByPost, Language: city.French, Channel: review.AtOffice, EnteredBy: "carl", RequestID: "req_letter", Contact: []byte("c"), Statement: []byte("s"),
			ReceivedOn: city.Date{Year: 2026, Month: 6, Day: 8},
		}
		if _, err := h.s.AskReview(t.Context(), ask); againstReview(err) != review.RefusedLate {
			t.Errorf("12 days after: %v", err)
		}
		h.s.Review.AskDays = 15
		r, err := h.s.AskReview(t.Context(), ask)
		if err != nil || r.DueOn.String() != "2026-06-22" {
			t.Fatalf("%s, %v", r.DueOn, err)
		}
		h.later(8 * 24 * time.Hour)
		if got := h.due(id); got != 3000 {
			t.Errorf("held from the day it came: %d", got)
		}
		if _, err := h.s.AskReview(t.Context(), review.Review{Ticket: id, Channel: review.AtOffice, EnteredBy: "Carl Smith", RequestID: "req_other"}); againstReview(err) == "" {
			t.Error("without a name that staff have")
		}
		decided := h.decided(r, review.Keep, "olga", nil)
		var tasks int
		h.read(func(ctx context.Context, tx *store.Tx) (err error) {
			tasks, err = tx.Parked(ctx, "mail_review")
			return err
		})
		if tasks != 0 || decided.Way != review.ByPost {
			t.Errorf("%d messages for who is answered by post", tasks)
		}
	})
}

// generic lets an officer do more: reduce, give time, send to a hearing. The books follow.
func TestWhatGenericLetsAnOfficerDecide(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		one := h.add(given{number: "1", age: 3, regime: "generic"})
		r := h.asked(one)
		if _, err := h.decides(r, review.Reduce, "olga", func(d *review.Decision) { d.Amount = money.FromMinor(6500) }); againstReview(err) != review.RefusedAmount {
			t.Errorf("reduced to what it is: %v", err)
		}
		if r = h.decided(r, review.Reduce, "olga", func(d *review.Decision) { d.Amount = money.FromMinor(1000) }); r.State != review.Reduced || r.Amount.Minor() != 1000 {
			t.Errorf("%+v", r)
		}
		h.stands(one, ticket.Open)
		if got := h.due(one); got != 1000 {
			t.Errorf("costs %d", got)
		}
		h.take([]ticket.ID{one}, cash(1000))
		two := h.add(given{number: "2", age: 14, regime: "generic"})
		r = h.asked(two)
		h.later(3 * 24 * time.Hour)
		if r = h.decided(r, review.Extend, "olga", func(d *review.Decision) { d.Until = city.Date{Year: 2026, Month: 6, Day: 20} }); r.State != review.Extended {
			t.Errorf("%+v", r)
		}
		h.later(6 * 24 * time.Hour) // June 19
		if got := h.due(two); got != 3000 {
			t.Errorf("with more time: %d", got)
		}
		h.take([]ticket.ID{two}, cash(3000))
		three := h.add(given{number: "3", age: 3, regime: "generic"})
		r = h.asked(three)
		if r = h.decided(r, review.Send, "olga", func(d *review.Decision) {
			d.Hearing, d.At, d.Place = city.Date{Year: 2026, Month: 7, Day: 9}, "14:30", "City hall, room 3"
		}); r.State != review.Hearing || !r.Open() {
			t.Errorf("%+v", r)
		}
		h.stands(three, ticket.Review)
		if r = h.decided(r, review.Send, "olga", func(d *review.Decision) {
			d.Hearing, d.At, d.Place = city.Date{Year: 2026, Month: 7, Day: 10}, "9:00", "by telephone"
		}); r.State != review.Hearing || r.HearingAt != "9:00" || r.Place != "by telephone" {
			t.Errorf("on another day: %+v", r)
		}
		if r = h.decided(r, review.Withdraw, "pat", nil); r.State != review.Withdrawn || r.HearingOn.String() != "2026-07-10" {
			t.Errorf("%+v", r)
		}
		h.stands(three, ticket.Cancelled)
		var parked int
		h.read(func(ctx context.Context, tx *store.Tx) (err error) {
			parked, err = tx.Parked(ctx, "mail_review")
			return err
		})
		if parked != 5 {
			t.Errorf("%d messages wait, want one for each decision and one for each day of the hearing", parked)
		}
		h.books(map[string]int64{"receivable:penalty": 0, "receivable:discount": 0})
	})
}

// Nobody comes to a hearing: the ticket stands, its clock goes on, and the price holds as after any that was kept. Once, for
// who asks in time, another hearing is set, and the clock stands still again; each step tells the party.
func TestAHearingThatNobodyComesTo(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{Hold: true, AfterDays: 5, AgainDays: 15}, func(t *testing.T, h *hall) {
		id := h.add(given{number: "1", age: 10, regime: "generic"}) // 30.00 to its 15th day
		day := func(n int) city.Date { return city.DateOf(h.Now(), h.city.Zone).AddDays(n) }
		hears := func(at string, n int) func(d *review.Decision) {
			on := day(n)
			return func(d *review.Decision) { d.Hearing, d.At, d.Place, d.Asked = on, at, "City hall, room 3", day(0) }
		}
		r := h.decided(h.asked(id), review.Send, "olga", hears("11:30", 20)) // it is 11:00
		h.later(20 * 24 * time.Hour)
		if _, err := h.decides(r, review.Absent, "pat", nil); againstReview(err) != review.RefusedEarly {
			t.Errorf("half an hour before it: %v", err)
		}
		h.stands(id, ticket.Review)
		h.later(time.Hour)
		for _, e := range []review.Event{review.Absent, review.Keep, review.Withdraw} {
			if _, err := h.decides(r, e, "olga", nil); againstReview(err) != review.RefusedScreened {
				t.Errorf("who has sent it to the hearing decides it, %s: %v", e, err)
			}
		}
		r = h.decided(r, review.Absent, "pat", nil)
		if r.State != review.Missed || r.Open() || r.EraseAt.IsZero() || r.Until != day(5) {
			t.Errorf("%+v", r)
		}
		h.stands(id, ticket.Open)
		if _, err := h.asks(id); againstReview(err) != review.RefusedDecided {
			t.Errorf("asked once more: %v", err)
		}
		h.later(5 * 24 * time.Hour)
		if got := h.due(id); got != 3000 {
			t.Errorf("20 days did not count: it costs %d", got)
		}
		if _, err := h.decides(r, review.Again, "olga", func(d *review.Decision) { hears("9:00", 10)(d); d.Asked = day(1) }); againstReview(err) != review.RefusedAsked {
			t.Errorf("asked for tomorrow: %v", err)
		}
		r = h.decided(r, review.Again, "olga", hears("9:00", 10))
		if r.State != review.Hearing || !r.Open() || !r.EraseAt.IsZero() || !r.Until.IsZero() || r.AgainOn != day(0) || r.HearingAt != "9:00" {
			t.Errorf("%+v", r)
		}
		h.stands(id, ticket.Review)
		h.later(12 * 24 * time.Hour)
		if got := h.due(id); got != 3000 {
			t.Errorf("its clock stands still again: it costs %d", got)
		}
		r = h.decided(r, review.Absent, "pat", nil)
		h.stands(id, ticket.Open)
		if _, err := h.decides(r, review.Again, "olga", hears("9:00", 10)); againstReview(err) != review.RefusedAgain {
			t.Errorf("a third hearing: %v", err)
		}
		h.later(4 * 24 * time.Hour)
		if got := h.due(id); got != 3000 {
			t.Errorf("promised for five days: it costs %d", got)
		}
		h.later(3 * 24 * time.Hour)
		if got := h.due(id); got != 4000 {
			t.Errorf("then by its dates: it costs %d", got)
		}
		var told int
		h.read(func(ctx context.Context, tx *store.Tx) (err error) {
			told, err = tx.Parked(ctx, "mail_review")
			return err
		})
		if told != 4 {
			t.Errorf("%d messages wait, want one for each hearing and one for each that was missed", told)
		}
	})
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) { // a city that hears nobody again, and holds no price
		id := h.add(given{number: "1", age: 3, regime: "generic"})
		on := city.DateOf(h.Now(), h.city.Zone).AddDays(20)
		r := h.decided(h.asked(id), review.Send, "olga", func(d *review.Decision) { d.Hearing, d.At, d.Place = on, "9:00", "by telephone" })
		h.later(21 * 24 * time.Hour)
		r = h.decided(r, review.Absent, "pat", nil)
		if got := h.due(id); got != 4000 || !r.Until.IsZero() {
			t.Errorf("it costs %d, to %s", got, r.Until)
		}
		if _, err := h.decides(r, review.Again, "olga", func(d *review.Decision) {
			d.Hearing, d.At, d.Place, d.Asked = on.AddDays(20), "9:00", "by telephone", on
		}); againstReview(err) != review.RefusedAgain {
			t.Errorf("heard again: %v", err)
		}
	})
}

// Files are as many as the city takes, under their own numbers, and only while the review is under way. All that is sealed
// is erased after the city's days; that there was a review, and what was decided, stays.
func TestWhatIsSealedOfAReviewIsErased(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
		r := h.asked(h.add(given{number: "1", age: 3}))
		add := func(n int, want string) {
			t.Helper()
			if _, err := h.s.AddReviewFile(t.Context(), r.ID, store.ReviewFile{N: n, Kind: "jpeg", Bytes: 3, Sealed: []byte("pic")}, ""); againstReview(err) != want {
				t.Errorf("file %d: %v, want %q", n, err, want)
			}
		}
		add(2, "number")
		add(1, "")
		add(1, "number")
		add(2, "")
		add(3, "full")
		r = h.decided(h.review(r.ID), review.Keep, "olga", nil)
		add(3, "ended")
		h.later(399 * 24 * time.Hour)
		h.sweeps()
		if got := h.review(r.ID); len(got.Contact) == 0 || got.FilesCount != 2 {
			t.Errorf("a day too early: %+v", got)
		}
		h.later(2 * 24 * time.Hour)
		h.sweeps()
		got := h.review(r.ID)
		if len(got.Contact)+len(got.Statement)+len(got.Words)+got.FilesCount != 0 || got.ErasedAt.IsZero() || got.State != review.Kept || got.DecidedBy != "olga" {
			t.Errorf("%+v", got)
		}
		h.sweeps()
		if again := h.review(r.ID); !again.ErasedAt.Equal(got.ErasedAt) {
			t.Error("erased twice")
		}
	})
}

// A review is decided while its ticket is on hold, or paid: where that ends, the ticket is owed, and not under a review
// that nobody can decide any more.
func TestADecidedReviewDoesNotComeBackWithItsTicket(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		h.drawer("A", "anne")
		held, paid, going := h.add(given{number: "1"}), h.add(given{number: "2"}), h.add(given{number: "3"})
		ofHeld, ofPaid := h.asked(held), h.asked(paid)
		h.asked(going)
		for _, id := range []ticket.ID{held, going} {
			if err := h.s.HoldTicket(ctx, id, "the officer is asked", "dora"); err != nil {
				t.Fatal(err)
			}
		}
		ask := request([]ticket.ID{paid}, cash(3000))
		ask.ReviewBox = true
		e, err := h.s.TakeTender(ctx, ask)
		if err != nil {
			t.Fatal(err)
		}
		h.decided(ofHeld, review.Keep, "dora", nil)
		h.decided(ofPaid, review.Keep, "dora", nil)
		for _, id := range []ticket.ID{held, going} {
			if err := h.s.ReleaseTicket(ctx, id, "he has said", "dora"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.s.ReverseEntry(ctx, e.Attempt.ID, "anne", "the wrong ticket"); err != nil {
			t.Fatal(err)
		}
		for id, want := range map[ticket.ID]ticket.State{held: ticket.Open, paid: ticket.Reopened, going: ticket.Review} {
			if got := h.ticket(id).State; got != want {
				t.Errorf("%s is %s, want %s", id, got, want)
			}
		}
	})
}

// The same request comes twice at once: it is one review, and both askers are told of it.
func TestTheSameReviewTwiceAtOnceIsOne(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
		tk := h.add(given{number: "1"})
		ask := review.Review{
			Ticket: tk, Way: review.ByEmail, Language: city.English, Channel: review.OnPortal, RequestID: "req_" + rand.Text(),
			Contact: []byte("sealed contact"), Statement: []byte("sealed statement"),
		}
		var both sync.WaitGroup
		var made [2]review.Review
		var errs [2]error
		err := h.write(func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.LockTickets(ctx, []ticket.ID{tk}); err != nil {
				return err
			}
			for i := range made {
				both.Go(func() { made[i], errs[i] = h.s.AskReview(context.Background(), ask) })
			}
			time.Sleep(time.Second / 2) // both have looked for the request by now, where they can
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		both.Wait()
		if err := errors.Join(errs[:]...); err != nil || made[0].ID != made[1].ID {
			t.Errorf("%s and %s: %v", made[0].ID, made[1].ID, err)
		}
	})
}
