package model_test

import (
	"fmt"
	"slices"
	"strings"

	"fundy/payment"
	"fundy/ticket"
)

// check compares everything with what must hold; the numbers are those of the package's list.
func (w *walk) check(t tb) {
	if err := w.books.read(); err != nil {
		t.Fatal(err)
	}
	sessions := w.sessions(t)
	w.allocations()
	w.ticketMoves()
	w.histories()
	w.money(sessions)
	w.captures()
	w.listen()
	if w.steps.all%16 == 0 {
		w.ledger(t)
	}
	w.wrong = append(w.wrong, w.wire.wrong...)
	if len(w.wrong) > 0 {
		t.Fatalf("%s", strings.Join(w.wrong, "\n"))
	}
}

// has says whether an attempt in a state must have its tickets, and whether it may.
func has(a attempt) (must, may bool) {
	switch a.State {
	case payment.Capturing, payment.Captured:
		return true, true
	case payment.CorrectedPaid:
		return a.Receipt != "", a.Receipt != ""
	}
	return false, a.State == payment.Stopped || a.State == payment.Releasing
}

func (w *walk) allocations() {
	byID, count := map[payment.AttemptID]attempt{}, map[payment.AttemptID]int{}
	for _, a := range w.books.attempts {
		byID[a.ID] = a
	}
	for _, k := range w.tickets {
		live, state := w.books.live[k.id], w.books.tickets[k.id].State
		if len(live) > 1 {
			w.fail("1: ticket %s has %d live allocations", k.number, len(live))
		}
		want := ticket.State("")
		for _, al := range live {
			a := byID[al.Attempt]
			count[a.ID]++
			if asked := w.asked[a.Request]; asked == nil || asked.frozen[k.id].Total != al.Amount {
				w.fail("1: ticket %s is allocated with %d", k.number, al.Amount)
			}
			if _, may := has(a); !may {
				w.fail("1: ticket %s is allocated to an attempt in state %s", k.number, a.State)
			}
			want = ticket.Confirming
			if a.Receipt != "" {
				want = ticket.Paid
			}
		}
		if (want != "" && state != want) || (want == "" && (state == ticket.Paid || state == ticket.Confirming)) {
			w.fail("2: ticket %s is %s, its allocation says %q", k.number, state, want)
		}
	}
	for _, a := range w.books.attempts {
		must, _ := has(a)
		if n := count[a.ID]; w.asked[a.Request] == nil || (must || n > 0) && n != len(w.asked[a.Request].frozen) {
			w.fail("1: an attempt in state %s has %d tickets", a.State, n)
		}
		if (a.Receipt != "") != (a.State == payment.Captured || a.State == payment.CorrectedPaid && must) {
			w.fail("2: an attempt in state %s has receipt %q", a.State, a.Receipt)
		}
		if a.Receipt != "" && (a.Reason != "" || a.Blocked != "") {
			w.fail("2: an attempt in state %s has a receipt, and says that it was let go: %s", a.State, a.Reason)
		}
	}
}

func (w *walk) ticketMoves() {
	for _, m := range w.books.moves[w.moved:] {
		regime, _ := ticket.RegimeOf(w.settings.Regime)
		before := w.states[m.Ticket]
		if from := before[len(before)-1]; !regime.May(from, m.To) {
			w.fail("2: a ticket went from %s to %s", from, m.To)
		}
		w.states[m.Ticket] = append(before, m.To)
	}
	w.moved = len(w.books.moves)
}

func (w *walk) histories() {
	for _, l := range w.books.lines[w.checked:] {
		before, known := w.lines[l.Attempt]
		if !known {
			before = line{To: payment.New}
		}
		want, err := payment.Next(l.From, l.Event)
		if err != nil || want.To != l.To || l.From != before.To || l.Version != before.Version+1 {
			w.fail("3: line %+v after %+v: %v", l, before, err)
		}
		w.lines[l.Attempt] = l
	}
	fresh := w.books.lines[w.checked:]
	w.checked = len(w.books.lines)
	for _, a := range w.books.attempts {
		for _, l := range fresh {
			if l.Attempt == a.ID {
				w.owed(a, l.Event)
			}
		}
		if !a.Seen && !a.State.Final() && a.State != payment.Captured && a.State != payment.Stopped {
			w.fail("3: an attempt is %s, and nobody will look at it", a.State)
		}
		if l := w.lines[a.ID]; l.To != a.State || l.Version != a.Version {
			w.fail("3: attempt is %s in version %d, its history says %+v", a.State, a.Version, l)
		}
	}
}

// owed compares what was decided about an authorised attempt with what happened to its tickets since they were
// quoted. A ticket is in its version v before its move number v.
func (w *walk) owed(a attempt, event payment.Event) {
	asked := w.asked[a.Request]
	switch {
	case asked == nil:
		w.fail("7: an attempt is of a request that nobody made")
	case event == payment.StillOwed:
		for id, q := range asked.frozen {
			if moves := w.states[id]; int(q.Version) >= len(moves) || moves[q.Version] != ticket.Confirming {
				w.fail("6: taken, though a ticket quoted in version %d went through %v", q.Version, moves)
			}
		}
	case event == payment.NotOwed:
		if q, of := asked.frozen[a.Blocked]; !of || int(q.Version) >= len(w.states[a.Blocked]) {
			w.fail("6: given back, though no ticket had moved (blocked %q)", a.Blocked)
		}
	}
}

// moneyAt is what the processor has of an attempt.
type moneyAt struct {
	taken   int64
	status  string // of the payment
	session string // its status
}

func (w *walk) at(sessions []taken, a attempt) (m moneyAt) {
	asked := w.asked[a.Request]
	for _, s := range sessions {
		if s.Ref != string(a.ID) {
			continue
		}
		if s.Amount != a.Amount || asked == nil || a.Amount != asked.total || s.Received > s.Amount {
			w.fail("5: session for %d, taken %d, of an attempt for %d", s.Amount, s.Received, a.Amount)
		}
		if s.ID != a.Session {
			if s.Payment != "" {
				w.fail("6: a page was paid that nobody had been sent to; attempt %s", a.State)
			}
			continue
		}
		m.taken, m.status, m.session = s.Received, s.PaymentStatus, s.Status
	}
	return m
}

func (w *walk) money(sessions []taken) {
	for _, a := range w.books.attempts {
		m, b := w.at(sessions, a), booked{}
		if got := w.books.booked[a.ID]; got != nil {
			b = *got
		}
		want := booked{}
		switch a.State {
		case payment.Captured:
			want.Captured = a.Amount
		case payment.CorrectedPaid:
			want.Unallocated = m.taken // by hand, and perhaps a part, that two people have kept
			if a.Receipt != "" {
				want = booked{Captured: a.Amount}
			}
		case payment.Stopped:
			want.Unallocated = m.taken
		case payment.Released, payment.CaptureFailed:
			if m.status != "canceled" || m.taken != 0 {
				w.fail("6: a payer is %s, and at the processor it is %s, taken %d", a.State, m.status, m.taken)
			}
			ended := a.Reason == "lapsed" || a.Reason == payment.ReleasedStopped
			if !slices.Contains([]string{"lapsed", payment.ReleasedStopped, payment.ReleasedPaid, payment.ReleasedChanged, payment.ReleasedGone}, a.Reason) || !ended && a.Blocked == "" {
				w.fail("6: a payer is %s because of %q, ticket %q: the page has no words for it", a.State, a.Reason, a.Blocked)
			}
		case payment.Expired, payment.Failed, payment.Abandoned:
			// A card that was declined has made a payment, which ends with its page.
			if m.status != "" && m.status != "canceled" || m.taken != 0 || (m.session != "expired" && a.State == payment.Expired) {
				w.fail("6: an attempt is %s, and at the processor its page is %s, its payment %q", a.State, m.session, m.status)
			}
		}
		if b != want || (want != booked{} && want.Captured+want.Unallocated != m.taken) {
			w.fail("4: the books have %+v of an attempt in state %s, the processor has taken %d of %d", b, a.State, m.taken, a.Amount)
		}
	}
}

// agree is what must hold once the office has looked.
func (w *walk) agree(t tb, id payment.AttemptID) {
	sessions := w.sessions(t)
	for _, a := range w.books.attempts {
		if a.ID != id {
			continue
		}
		b := booked{}
		if got := w.books.booked[id]; got != nil {
			b = *got
		}
		if m := w.at(sessions, a); b.Captured+b.Unallocated != m.taken {
			w.fail("4: the office has looked, and its books have %+v of an attempt in state %s; the processor has taken %d", b, a.State, m.taken)
		}
	}
}

func (w *walk) captures() {
	for _, c := range w.wire.asked {
		for _, a := range w.books.attempts {
			if string(a.ID) == c.attempt && (fmt.Sprint(a.Amount) != c.amount || a.Ref != c.payment) {
				w.fail("5: the office asked for %s of an attempt for %d", c.amount, a.Amount)
			}
		}
	}
	w.wire.asked = nil
}

// never are the alarms that say that the office itself is at fault.
var never = []string{"unexpected_event", "settle_round", "call", "card_host", "processor_config", "store_busy", "late_misfit", "rules"}

func (w *walk) listen() {
	for _, line := range w.alarms.raised[w.heard:] {
		name, _, _ := strings.Cut(line, ":")
		if name == "late_misfit" && strings.HasSuffix(line, "state=stopped") {
			continue // two workers read the same misfit: the second one says it again
		}
		if slices.Contains(never, name) || (name == "panic" && !strings.Contains(line, errCrash.Error())) {
			w.fail("10: %s", line)
		}
	}
	w.heard = len(w.alarms.raised)
}
