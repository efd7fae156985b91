package model_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"fundy/desk/deskpb"
	"fundy/payment"
	"fundy/ticket"
)

// tb is a test, or one walk of it.
type tb interface {
	Fatal(...any)
	Fatalf(string, ...any)
}

// walk is one walk through a city, and what is known from outside of what was asked for.
type walk struct {
	*town
	steps    *steps
	quotes   []quote
	asked    map[string]*asked          // by request id
	requests []string                   // in the order in which they came
	pages    []page                     // card pages that somebody has been sent to
	given    map[payment.AttemptID]bool // attempts of which the page is known
	old      []signed                   // events as they were sent before
	wrong    []string
	states   map[ticket.ID][]ticket.State // the first, and after each move that was checked
	lines    map[payment.AttemptID]line   // the last that was checked
	checked  int                          // lines
	moved    int                          // moves
	made     int
	heard    int // alarms
	crashed  bool
}

// steps counts what the walks did.
type steps struct {
	all, walks, begun, refused, aside, dead, faults, events, decided int
	ends                                                             map[payment.State]int
}

// quote is a price that a visitor was shown.
type quote struct {
	Ticket  ticket.ID
	Token   string
	Version int64 // of the ticket
	At      time.Time
	Holds   time.Time
	Total   int64
}

// asked is a request to begin a payment.
type asked struct {
	id      string
	tokens  []string
	box     bool
	frozen  map[ticket.ID]quote
	total   int64
	may     bool // begin
	attempt payment.AttemptID
}

// page is a card page.
type page struct {
	attempt payment.AttemptID
	session string
}

func newWalk(t tb, p *template, s *steps) *walk {
	w := &walk{
		town: p.open(t), steps: s, asked: map[string]*asked{}, given: map[payment.AttemptID]bool{}, states: map[ticket.ID][]ticket.State{},
		lines: map[payment.AttemptID]line{},
	}
	for i, k := range w.tickets {
		w.states[k.id] = []ticket.State{specs[i].state}
	}
	return w
}

func (w *walk) fail(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

// whoever is one of the two offices.
func (w *walk) whoever(t *rapid.T) *worker { return w.workers[rapid.IntRange(0, 1).Draw(t, "office")] }

// actions are what can happen, by name; one that is there more than once comes more often.
func (w *walk) actions() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){"": func(t *rapid.T) { w.check(t) }}
	for name, action := range map[string]struct {
		often int
		do    func(*rapid.T)
	}{
		"pay":                {6, w.pay},
		"begin":              {4, w.beginFresh},
		"begin with any":     {2, w.beginAny},
		"refresh":            {4, w.refresh},
		"round":              {4, w.round},
		"return":             {2, w.comeBack},
		"event":              {3, w.event},
		"clock":              {2, w.wait},
		"fault":              {3, w.fault},
		"in the middle":      {4, w.inTheMiddle},
		"person and ticket":  {2, w.person},
		"hand at processor":  {2, w.hand},
		"two people":         {2, w.twoPeople},
		"look":               {1, w.lookUp},
		"office starts anew": {1, w.restart},
	} {
		for i := range action.often {
			all[fmt.Sprint(name, " ", i)] = func(t *rapid.T) {
				w.steps.all++
				w.clock.at = w.clock.at.Add(time.Millisecond)
				action.do(t)
			}
		}
	}
	return all
}

// alive runs what may die in the middle, as a process would: what it had written stays.
func (w *walk) alive(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p != errCrash {
				panic(p)
			}
			err = errCrash
		}
	}()
	return do()
}

// lookUp shows a visitor a ticket's price.
func (w *walk) lookUp(t *rapid.T) { w.look(t, w.whoever(t), w.aTicket(t)) }

// aTicket is one that somebody looks up: most often one that can be paid.
func (w *walk) aTicket(t *rapid.T) int {
	var payable []int
	for i, k := range w.tickets {
		if may(w.books.tickets[k.id].State) {
			payable = append(payable, i)
		}
	}
	if len(payable) == 0 || rapid.IntRange(0, 7).Draw(t, "any ticket") == 7 {
		return rapid.IntRange(0, len(w.tickets)-1).Draw(t, "ticket")
	}
	return rapid.SampledFrom(payable).Draw(t, "ticket")
}

// may says whether a ticket in a state can be paid.
func may(s ticket.State) bool {
	return s == ticket.Open || s == ticket.Reopened || s == ticket.Review
}

func (w *walk) look(t tb, by *worker, i int) {
	k := w.tickets[i]
	res, err := by.desk.FindTicket(context.Background(), &deskpb.FindTicketRequest{Number: k.number, IssuedOn: k.day.String()})
	if err != nil || res.GetTicket() == nil {
		t.Fatalf("look up %s: %v, %v", k.number, res, err)
	}
	q := res.GetTicket().GetQuote()
	w.quotes = append(w.quotes, quote{
		Ticket: k.id, Token: q.GetToken(), Version: w.books.tickets[k.id].Version, At: time.UnixMicro(q.GetAt()), Holds: time.UnixMicro(q.GetHoldsUntil()), Total: q.GetTotalMinor(),
	})
}

// beginFresh looks tickets up and pays them at once.
func (w *walk) beginFresh(t *rapid.T) {
	by := w.whoever(t)
	n := rapid.SampledFrom([]int{1, 1, 2, 3}).Draw(t, "tickets")
	for range n {
		w.look(t, by, w.aTicket(t))
	}
	w.begin(t, by, w.quotes[len(w.quotes)-n:])
}

// beginAny pays by quotes of any age.
func (w *walk) beginAny(t *rapid.T) {
	if len(w.quotes) == 0 {
		w.lookUp(t)
	}
	var chosen []quote
	for range rapid.IntRange(1, 3).Draw(t, "tickets") {
		chosen = append(chosen, w.quotes[len(w.quotes)-1-rapid.IntRange(0, min(len(w.quotes)-1, 11)).Draw(t, "quote")])
	}
	w.begin(t, w.whoever(t), chosen)
}

func (w *walk) begin(t *rapid.T, by *worker, quotes []quote) {
	w.made++
	a := &asked{id: fmt.Sprintf("request-%08d", w.made), box: rapid.IntRange(0, 5).Draw(t, "no box") != 5, frozen: map[ticket.ID]quote{}}
	for _, q := range quotes {
		a.tokens, a.total = append(a.tokens, q.Token), a.total+q.Total
		a.frozen[q.Ticket] = q
	}
	a.may = w.may(quotes, a.box)
	switch how := rapid.IntRange(0, 15).Draw(t, "how"); {
	case how == 13:
		b := []byte(a.tokens[0])
		b[rapid.IntRange(4, len(b)-4).Draw(t, "tampered at")] ^= 1
		a.tokens[0], a.may = string(b), false
	case how >= 14 && len(w.requests) > 0:
		earlier := w.asked[w.requests[rapid.IntRange(0, len(w.requests)-1).Draw(t, "request")]]
		if how == 14 { // the same again
			w.send(t, by, earlier, earlier.tokens, earlier.box, "")
			return
		}
		w.send(t, by, earlier, a.tokens, a.box, "")
		return
	}
	w.asked[a.id], w.requests = a, append(w.requests, a.id)
	var leaves payment.AttemptID
	if n := len(w.books.attempts); n > 0 && rapid.IntRange(0, 4).Draw(t, "leaves a page") == 4 {
		leaves = w.books.attempts[rapid.IntRange(0, n-1).Draw(t, "which")].ID
	}
	w.send(t, by, a, a.tokens, a.box, leaves)
}

// may says whether a payment of these quotes begins now.
func (w *walk) may(quotes []quote, box bool) bool {
	seen, total := map[ticket.ID]bool{}, int64(0)
	for _, q := range quotes {
		r := w.books.tickets[q.Ticket]
		if seen[q.Ticket] || !may(r.State) || q.Version != r.Version || w.clock.at.Sub(q.At) >= 30*time.Minute || (r.State == ticket.Review && !box) {
			return false
		}
		open := 0
		for _, a := range w.books.attempts {
			if _, has := w.asked[a.Request].frozen[q.Ticket]; has && slices.Contains([]payment.State{payment.Creating, payment.Opened, payment.Expiring}, a.State) {
				open++
			}
		}
		if open >= w.settings.Payment.AttemptsPerTicket {
			return false
		}
		seen[q.Ticket], total = true, total+q.Total
	}
	return total >= 50
}

// send sends a request and compares what comes of it.
func (w *walk) send(t tb, by *worker, a *asked, tokens []string, box bool, leaves payment.AttemptID) {
	same := slices.Equal(sorted(tokens), sorted(a.tokens)) && box == a.box
	again := a.attempt != ""
	if !again {
		// A request that began nothing leaves nothing: it may come again with anything, and counts as new.
		if !same {
			return
		}
		if w.wasSent(a) {
			a.may = w.may(w.quotesOf(tokens), box)
		}
	}
	res, err := by.desk.StartPayment(context.Background(), &deskpb.StartPaymentRequest{
		RequestId: a.id, Tokens: tokens, Language: "en", ReviewBox: box, EarlierAttempt: string(leaves),
	})
	if err := w.books.read(); err != nil {
		t.Fatal(err)
	}
	found := w.attemptOf(a.id)
	switch {
	case err != nil && !w.crashed:
		t.Fatalf("start payment: %v", err)
	case err != nil: // dead in the middle of the call: it is begun, and nobody was told
	case again && same && res.GetBegun().GetAttempt() != string(a.attempt):
		w.fail("7: the same request again began %v, not %s", res, a.attempt)
	case again && !same && res.GetRefused() == nil:
		w.fail("7: a request with other content began %v", res)
	case !again && a.may != (res.GetBegun() != nil):
		w.fail("7: begins: %v, the model says %t", res, a.may)
	case res.GetBegun() != nil && res.GetBegun().GetAttempt() != string(found):
		w.fail("7: begun is %s, the store has %s", res.GetBegun().GetAttempt(), found)
	}
	if !again && a.may != (found != "") {
		w.fail("7: attempt %q, the model says %t", found, a.may)
	}
	if found != "" && !again {
		w.steps.begun++
	}
	if found == "" {
		w.steps.refused++
	}
	a.attempt = found
	if url := res.GetBegun().GetCardUrl(); url != "" {
		w.sentTo(payment.AttemptID(res.GetBegun().GetAttempt()), url)
	}
	w.crashed = false
}
