package model_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"fundy/desk/deskpb"
	"fundy/fault"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func (w *walk) attemptOf(request string) payment.AttemptID {
	for _, a := range w.books.attempts {
		if a.Request == request {
			return a.ID
		}
	}
	return ""
}

// wasSent says whether a request has been refused before.
func (w *walk) wasSent(a *asked) bool { return a.id != fmt.Sprintf("request-%08d", w.made) }

// quotesOf finds quotes again by their tokens; one that was tampered with is of no ticket.
func (w *walk) quotesOf(tokens []string) []quote {
	var all []quote
	for _, token := range tokens {
		i := slices.IndexFunc(w.quotes, func(q quote) bool { return q.Token == token })
		if i < 0 {
			all = append(all, quote{})
			continue
		}
		all = append(all, w.quotes[i])
	}
	return all
}

// sentTo remembers a card page that somebody has been sent to. It may be paid long after he has left.
func (w *walk) sentTo(id payment.AttemptID, url string) {
	if !w.given[id] {
		w.given[id] = true
		w.pages = append(w.pages, page{id, url[strings.LastIndex(url, "/")+1:]})
	}
}

// recent draws one of the last few of n.
func recent(t *rapid.T, n int, label string) int {
	return n - 1 - rapid.IntRange(0, min(n-1, 7)).Draw(t, label)
}

// pay types a card on a page: it pays, or is declined.
func (w *walk) pay(t *rapid.T) {
	if len(w.pages) == 0 {
		w.beginFresh(t)
		return
	}
	p := w.aPage(t)
	card := rapid.SampledFrom([]string{"4242424242424242", "4242424242424242", "4242424242424242", "4000000000000002"}).Draw(t, "card")
	w.sandbox.pay(p.session, card)
}

// aPage is a card page that somebody is at: most often one that is open.
func (w *walk) aPage(t *rapid.T) page {
	pages := w.pages
	if rapid.IntRange(0, 7).Draw(t, "any page") != 7 {
		open := map[string]bool{}
		for _, s := range w.sessions(t) {
			open[s.ID] = s.Status == "open"
		}
		if still := slices.DeleteFunc(slices.Clone(pages), func(p page) bool { return !open[p.session] }); len(still) > 0 {
			pages = still
		}
	}
	return pages[recent(t, len(pages), "page")]
}

func (w *walk) sessions(t tb) []taken {
	all, err := w.sandbox.sessions()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// comeBack is a payer who comes back from the card page, having paid or not; he waits for no answer.
func (w *walk) comeBack(t *rapid.T) {
	if len(w.books.attempts) == 0 {
		return
	}
	a := w.books.attempts[recent(t, len(w.books.attempts), "attempt")]
	res, err := w.whoever(t).desk.WatchPayment(context.Background(), &deskpb.WatchPaymentRequest{Attempt: string(a.ID), Returned: rapid.Bool().Draw(t, "returned")})
	if err != nil {
		if !w.crashed {
			t.Fatalf("watch payment: %v", err)
		}
		w.crashed = false
		return
	}
	if res.GetCardUrl() != "" {
		w.sentTo(a.ID, res.GetCardUrl())
	}
	w.told(t, a.ID, res.GetOutcome())
}

// told compares what a payer reads with what has become of his money.
func (w *walk) told(t tb, id payment.AttemptID, outcome string) {
	if err := w.books.read(); err != nil {
		t.Fatal(err)
	}
	a := w.books.attempts[slices.IndexFunc(w.books.attempts, func(a attempt) bool { return a.ID == id })]
	m := w.at(w.sessions(t), a)
	switch {
	case outcome == "paid" && m.taken != a.Amount,
		(outcome == "released" || outcome == "expired" || outcome == "failed") && (m.taken != 0 || m.status == "requires_capture"):
		w.fail("6: a payer reads %q; %d of %d are taken, and the payment is %q", outcome, m.taken, a.Amount, m.status)
	}
}

// refresh looks at an attempt, as the sweeper or an event would.
func (w *walk) refresh(t *rapid.T) {
	if len(w.books.attempts) == 0 {
		return
	}
	w.refreshed(t, w.whoever(t), w.books.attempts[recent(t, len(w.books.attempts), "attempt")].ID)
}

// refreshed compares the books with the processor's after a reading that worked.
func (w *walk) refreshed(t tb, by *worker, id payment.AttemptID) {
	quiet, failed, calls := len(w.wire.asides) == 0, w.wire.failed, w.wire.calls
	err := w.alive(func() error {
		_, err := by.office.Settler().Refresh(context.Background(), id)
		return err
	})
	w.crashed = false
	if err := w.books.read(); err != nil {
		t.Fatal(err)
	}
	if err == nil && quiet && w.wire.failed == failed && w.wire.calls > calls {
		w.agree(t, id)
	}
}

// round lets a worker do what is due.
func (w *walk) round(t *rapid.T) { w.work(w.whoever(t)) }

func (w *walk) work(by *worker) {
	was := w.wire.alone
	w.wire.alone = true
	_ = by.office.Settler().Round(context.Background()) // what it could not do now it does later
	w.wire.alone = was
}

// wait lets time pass.
func (w *walk) wait(t *rapid.T) {
	w.clock.at = w.clock.at.Add(rapid.SampledFrom([]time.Duration{
		2 * time.Second, 31 * time.Second, time.Second, 2 * time.Minute, 5 * time.Minute, 11 * time.Minute, 29 * time.Minute, 30 * time.Minute, 61 * time.Minute,
		14 * time.Hour, 23 * time.Hour, 24 * time.Hour, 8 * 24 * time.Hour,
	}).Draw(t, "long"))
}

// fault makes a call of the office's to come go wrong. Two at a time are enough.
func (w *walk) fault(t *rapid.T) {
	kind := rapid.SampledFrom([]string{"drop_after_commit", "500_saved", "drop_before", "html_502", "409", "429", "lock_timeout", "truncate"}).Draw(t, "kind")
	call := rapid.SampledFrom([][2]string{
		{"POST", "/capture$"}, {"POST", "/cancel$"}, {"POST", "^/v1/checkout/sessions$"}, {"GET", "^/v1/checkout/sessions/"}, {"GET", "^/v1/payment_intents/"}, {"POST", "/expire$"},
		{"GET", "^/v1/checkout/sessions$"},
	}).Draw(t, "call")
	w.steps.faults++
	w.sandbox.fault(kind, call[0], call[1])
}

// person decides about a ticket, as far as its regime allows.
func (w *walk) person(t *rapid.T) {
	id := w.tickets[rapid.IntRange(0, len(w.tickets)-1).Draw(t, "ticket")].id
	to := rapid.SampledFrom([]ticket.State{ticket.Hold, ticket.Review, ticket.Open, ticket.Open, ticket.Review, ticket.Hold, ticket.Open, ticket.Withdrawn, ticket.Void}).Draw(t, "to")
	w.moveTicket(id, to)
}

func (w *walk) moveTicket(id ticket.ID, to ticket.State) {
	err := w.store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		f, err := tx.Ticket(ctx, id)
		if err != nil {
			return err
		}
		// A paid one is withdrawn with its refund, which the walks do not know.
		if regime, ok := ticket.RegimeOf(f.Regime); !ok || !regime.Decides(f.State, to) || f.State == ticket.Paid {
			return nil
		}
		return tx.MoveTicket(ctx, id, f.Version, to, w.clock.now(), "a person")
	})
	if err != nil {
		w.fail("a person's decision is not written: %v", err)
	}
}

// twoPeople decide about an attempt that stopped, as the processor's own pages and the books tell them. What can't be
// is refused.
func (w *walk) twoPeople(t *rapid.T) {
	stopped := slices.DeleteFunc(slices.Clone(w.books.attempts), func(a attempt) bool { return a.State != payment.Stopped })
	if len(stopped) == 0 {
		return
	}
	a := stopped[recent(t, len(stopped), "attempt")]
	m, b := w.at(w.sessions(t), a), booked{}
	if got := w.books.booked[a.ID]; got != nil {
		b = *got
	}
	kinds := []payment.CorrectionKind{payment.CorrectRelease}
	switch {
	case b.Unallocated > 0:
		kinds = []payment.CorrectionKind{payment.CorrectKeep, payment.CorrectPut, payment.CorrectRelease}
	case m.taken == 0 && m.status == "canceled":
		kinds = append(kinds, payment.CorrectFree)
	}
	kind := rapid.SampledFrom(kinds).Draw(t, "kind")
	may := kind == payment.CorrectKeep || kind == payment.CorrectFree || kind == payment.CorrectRelease && b.Unallocated == 0 && a.Ref != ""
	s := w.whoever(t).office.Settler()
	asked, err := s.AskStopped(context.Background(), a.ID, payment.StoppedAsk{Kind: kind, Why: "compared", By: "anne"}, true)
	if err == nil {
		_, err = s.ApproveCorrection(context.Background(), asked.ID, "ben", true)
	}
	var no *payment.CorrectionRefusal
	if may != (err == nil) || err != nil && !errors.As(err, &no) {
		w.fail("6: %s of an attempt that stopped, with %+v in the books and %d taken: %v", kind, b, m.taken, err)
	}
	if err == nil {
		w.steps.decided++
	}
}

// hand is a person at the processor's dashboard: he takes all or a part, gives back, or closes a page.
func (w *walk) hand(t *rapid.T) {
	if path, form := w.byHand(t); path != "" {
		w.sandbox.hand(path, form)
	}
}

func (w *walk) byHand(t *rapid.T) (path, form string) {
	sessions := slices.DeleteFunc(slices.Clone(w.sessions(t)), func(s taken) bool { return s.Status != "open" && s.PaymentStatus != "requires_capture" })
	if len(sessions) == 0 {
		return "", ""
	}
	s := sessions[recent(t, len(sessions), "session")]
	if s.Status == "open" {
		return "/v1/checkout/sessions/" + s.ID + "/expire", ""
	}
	switch rapid.IntRange(0, 2).Draw(t, "what") {
	case 0:
		return "/v1/payment_intents/" + s.Payment + "/cancel", ""
	case 1:
		return "/v1/payment_intents/" + s.Payment + "/capture", ""
	}
	return "/v1/payment_intents/" + s.Payment + "/capture", fmt.Sprint("amount_to_capture=", rapid.SampledFrom([]int64{1, s.Amount / 2, s.Amount - 1}).Draw(t, "part"))
}

// restart makes one office anew.
func (w *walk) restart(t *rapid.T) { w.start(t, rapid.IntRange(0, 1).Draw(t, "office")) }
