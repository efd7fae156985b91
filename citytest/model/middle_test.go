package model_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"pgregory.net/rapid"

	"fundy/desk/deskpb"
	"fundy/payment"
	"fundy/ticket"
)

// inTheMiddle makes something happen within the office's next call, before or after the processor's answer
// is made: whatever can happen between two transactions.
func (w *walk) inTheMiddle(t *rapid.T) {
	a := &aside{before: rapid.Bool().Draw(t, "before")}
	by := w.whoever(t)
	switch rapid.IntRange(0, 8).Draw(t, "what happens") {
	case 0, 1: // another worker looks at an attempt, even the same
		n := rapid.IntRange(0, 7).Draw(t, "attempt")
		a.do = func() {
			if err := w.books.read(); err == nil && len(w.books.attempts) > 0 {
				all := w.books.attempts
				_, _ = by.office.Settler().Refresh(context.Background(), all[max(0, len(all)-1-n)].ID)
			}
		}
	case 2: // the lease ends, and another worker does the same task
		a.do = func() {
			w.clock.at = w.clock.at.Add(31 * time.Second)
			w.work(by)
		}
	case 3:
		if len(w.pages) == 0 {
			return
		}
		p := w.aPage(t)
		a.do = func() { w.sandbox.pay(p.session, "4242424242424242") }
	case 4:
		id := w.tickets[rapid.IntRange(0, len(w.tickets)-1).Draw(t, "ticket")].id
		to := rapid.SampledFrom([]ticket.State{ticket.Hold, ticket.Review, ticket.Open, ticket.Withdrawn}).Draw(t, "to")
		a.do = func() { w.moveTicket(id, to) }
	case 5:
		path, form := w.byHand(t)
		if path == "" {
			return
		}
		a.do = func() { w.sandbox.hand(path, form) }
	case 6:
		long := rapid.SampledFrom([]time.Duration{31 * time.Second, time.Hour, 24 * time.Hour, 8 * 24 * time.Hour}).Draw(t, "long")
		a.do = func() { w.clock.at = w.clock.at.Add(long) }
	case 7:
		a.do = func() { w.twin(by) }
	case 8:
		a.do = func() {
			if !w.wire.alone {
				w.steps.dead++
				w.crashed = true
				panic(errCrash)
			}
		}
	}
	do := a.do
	a.do = func() { w.steps.aside++; do() }
	if len(w.wire.asides) < 3 {
		w.wire.asides = append(w.wire.asides, a)
	}
}

// twin is the last request again, while the first of it may still be under way.
func (w *walk) twin(by *worker) {
	if err := w.books.read(); err != nil || len(w.requests) == 0 {
		return
	}
	a := w.asked[w.requests[len(w.requests)-1]]
	id := w.attemptOf(a.id)
	if id == "" {
		return
	}
	res, err := by.desk.StartPayment(context.Background(), &deskpb.StartPaymentRequest{RequestId: a.id, Tokens: a.tokens, Language: "en", ReviewBox: a.box})
	if err == nil && res.GetBegun().GetAttempt() != string(id) {
		w.fail("7: the same request at the same time began %v, not %s", res, id)
	}
}

// signed is an event as it was sent.
type signed struct {
	body      []byte
	signature string
	attempt   payment.AttemptID
	at        time.Time
}

// event lets an event arrive: any that the processor has made, at any time, any number of times, so also out of
// order; signed now, signed long ago, or by somebody else.
func (w *walk) event(t *rapid.T) {
	e, ok := w.anEvent(t)
	if !ok {
		return
	}
	good := w.clock.at.Sub(e.at) <= 300*time.Second
	if rapid.IntRange(0, 9).Draw(t, "forged") == 9 {
		e.signature, good = sign("whsec_other", e.body, w.clock.at), false
	}
	by := w.whoever(t)
	res, err := by.desk.ProcessorEvent(context.Background(), &deskpb.ProcessorEventRequest{Adapter: "stripe", Signature: e.signature, Body: e.body})
	if err != nil {
		t.Fatalf("event: %v", err)
	}
	if res.GetAccepted() != good {
		w.fail("9: an event is accepted: %t, signed %s ago", res.GetAccepted(), w.clock.at.Sub(e.at))
	}
	if res.GetAccepted() {
		w.steps.events++
		w.refreshed(t, by, e.attempt)
	}
}

func (w *walk) anEvent(t *rapid.T) (signed, bool) {
	if len(w.old) > 0 && rapid.IntRange(0, 4).Draw(t, "again") == 4 {
		return w.old[recent(t, len(w.old), "sent before")], true
	}
	var list struct{ Data []json.RawMessage }
	_, err := w.sandbox.call(http.MethodGet, "/v1/events?limit=20", "", false, &list)
	if err != nil {
		t.Fatal(err)
	}
	var mine []signed
	for _, body := range list.Data {
		var head struct {
			Type string
			Data struct {
				Object struct {
					Metadata struct {
						Attempt string `json:"attempt_id"`
					}
				}
			}
		}
		if err := json.Unmarshal(body, &head); err != nil {
			t.Fatal(err)
		}
		if id := head.Data.Object.Metadata.Attempt; strings.HasPrefix(head.Type, "payment_intent.") && id != "" {
			mine = append(mine, signed{body: body, attempt: payment.AttemptID(id), at: w.clock.at})
		}
	}
	if len(mine) == 0 {
		return signed{}, false
	}
	e := mine[rapid.IntRange(0, len(mine)-1).Draw(t, "event")]
	e.signature = sign(secret, e.body, w.clock.at)
	w.old = append(w.old, e)
	return e, true
}

func sign(secret string, body []byte, at time.Time) string {
	stamp := fmt.Sprint(at.Unix())
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(stamp + "."))
	m.Write(body)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(m.Sum(nil))
}
