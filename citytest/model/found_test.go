package model_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"fundy/payment"
	"fundy/ticket"
)

// scripted is a walk that is written down: what random ones have found, cut down to the steps that matter.
func scripted(t *testing.T) *walk {
	t.Helper()
	w := newWalk(t, newTemplate(t), &steps{ends: map[payment.State]int{}})
	t.Cleanup(w.close)
	w.check(t)
	return w
}

// opened begins a payment of tickets, by their place in specs, and returns its attempt and its card page.
func (w *walk) opened(t *testing.T, tickets ...int) (payment.AttemptID, string) {
	t.Helper()
	w.made++
	a := &asked{id: fmt.Sprintf("request-%08d", w.made), box: true, may: true, frozen: map[ticket.ID]quote{}}
	for _, i := range tickets {
		w.look(t, w.workers[0], i)
		q := w.quotes[len(w.quotes)-1]
		a.tokens, a.total, a.frozen[q.Ticket] = append(a.tokens, q.Token), a.total+q.Total, q
	}
	w.asked[a.id] = a
	w.send(t, w.workers[0], a, a.tokens, true, "")
	w.check(t)
	for _, p := range w.pages {
		if p.attempt == a.attempt {
			return a.attempt, p.session
		}
	}
	return a.attempt, ""
}

// later lets time pass and a worker do what is due.
func (w *walk) later(t *testing.T, long time.Duration) {
	t.Helper()
	w.clock.at = w.clock.at.Add(long)
	w.work(w.workers[0])
	w.check(t)
}

// The key under which a page was to be closed is as old as any other: after a day the processor has
// forgotten it, and another one is used.
func TestAPageIsNotClosedWithAnOldKey(t *testing.T) {
	w := scripted(t)
	id, _ := w.opened(t, 0)
	if err := w.workers[0].office.Settler().Close(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	w.sandbox.fault("409", "POST", "/expire$")
	w.later(t, time.Second)
	w.later(t, 47*time.Hour)
	w.end(t)
}

// Money that a payer was to get back is taken by hand before it is given back, and its ticket can be paid again:
// it is paid by it, and nobody is told that the payment was let go.
func TestMoneyTakenWhileItIsLetGoTellsNoReason(t *testing.T) {
	w := scripted(t)
	id, session := w.opened(t, 1)
	w.sandbox.pay(session, "4242424242424242")
	w.moveTicket(w.tickets[1].id, ticket.Hold)
	w.clock.at = w.clock.at.Add(time.Second)
	w.moveTicket(w.tickets[1].id, ticket.Open)
	w.sandbox.fault("html_502", "POST", "/cancel$")
	w.refreshed(t, w.workers[0], id)
	w.check(t)
	w.sandbox.hand("/v1/payment_intents/"+w.books.attempts[0].Ref+"/capture", "")
	w.later(t, time.Minute)
	if a := w.books.attempts[0]; a.State != payment.CorrectedPaid || a.Receipt == "" {
		t.Errorf("ends %s, receipt %q", a.State, a.Receipt)
	}
	w.end(t)
}

// The payer is quicker than the closing of his page: what becomes of his payment is not told as if it had been
// closed, whether the money is taken or has gone back to the card meanwhile.
func TestAPayerWhoWasQuickerIsNotToldThatHisPageWasClosed(t *testing.T) {
	for _, back := range []bool{false, true} {
		w := scripted(t)
		id, session := w.opened(t, 1)
		if err := w.workers[0].office.Settler().Close(context.Background(), id); err != nil {
			t.Fatal(err)
		}
		w.sandbox.pay(session, "4242424242424242")
		want := payment.Captured
		if back {
			want = payment.CaptureFailed
			w.sandbox.fault("html_502", "POST", "/capture$")
		}
		w.refreshed(t, w.workers[0], id)
		if back {
			w.sandbox.hand("/v1/payment_intents/"+w.books.attempts[0].Ref+"/cancel", "")
		}
		w.check(t)
		w.later(t, time.Minute)
		if a := w.books.attempts[0]; a.State != want {
			t.Errorf("ends %s, %q, want %s", a.State, a.Reason, want)
		}
		w.end(t)
	}
}
