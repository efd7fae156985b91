package staff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// live is how a code and its payment stand, as the page shows it.
type live struct {
	State   string // a key of words, "phone.live."
	Receipt string // to be read out
	// Decline is the last card that was refused on the page that stands open; its Reason is "" for none.
	Decline payment.Decline
}

// codeStates are what the states of a payment that was begun with a code are to the clerk.
var codeStates = map[payment.State]string{
	payment.New: "card", payment.Creating: "card", payment.Opened: "card",
	payment.Expiring: "confirming", payment.Processing: "confirming", payment.Authorized: "confirming", payment.CorrectedAuth: "confirming", payment.Capturing: "confirming",
	payment.Captured: "paid", payment.Settled: "paid", payment.Banked: "paid", payment.CorrectedPaid: "stopped",
	payment.Expired: "declined", payment.Failed: "declined", payment.Abandoned: "declined",
	payment.Releasing: "released", payment.Released: "released", payment.CaptureFailed: "released", payment.CorrectedBack: "released",
	payment.Stopped: "stopped",
}

// Over says whether nothing more comes.
func (l live) Over() bool {
	switch l.State {
	case "waiting", "opened", "card", "confirming", "mailing":
		return false
	}
	return true
}

// stateOfCode reads how a code stands, then its payment, then the receipt's message.
func (p *Pages) stateOfCode(ctx context.Context, tx *store.Tx, c payment.Code) (live, error) {
	state := c.State(p.Now())
	if state != payment.CodeUsed {
		return p.otherwisePaid(ctx, tx, c, live{State: string(state)})
	}
	attempts, err := tx.AttemptsOfPayment(ctx, c.Payment)
	if err != nil || len(attempts) == 0 {
		return live{State: "card"}, err
	}
	a := attempts[len(attempts)-1]
	now := live{State: codeStates[a.State], Receipt: a.Receipt}
	if now.Decline, _, err = tx.LastDecline(ctx, a.ID); err != nil {
		return now, err
	}
	switch {
	case a.Receipt != "" && (now.State == "paid" || now.State == "stopped"):
		now.State = "paid"
	case now.State == "declined" || now.State == "released":
		return p.otherwisePaid(ctx, tx, c, now)
	default:
		return now, nil
	}
	paid, err := tx.Payment(ctx, c.Payment)
	if err != nil || len(paid.SealedEmail) == 0 {
		return now, err
	}
	sent, err := tx.MessageStateOf(ctx, a.ID.Ref(), settle.TaskMail)
	switch {
	case err != nil:
		return now, err
	case sent == payment.MessageSent:
		now.State = "sent"
	case sent == payment.MessageRefused || sent == payment.MessageBounced:
		now.State = "unsent"
	case p.SealAddress != nil:
		now.State = "mailing"
	}
	return now, nil
}

// otherwisePaid looks whether the tickets are paid, though not by this code: the caller has gone another way.
func (p *Pages) otherwisePaid(ctx context.Context, tx *store.Tx, c payment.Code, now live) (live, error) {
	receipt := ""
	for _, id := range c.Tickets {
		t, err := tx.Ticket(ctx, id)
		if err != nil || t.State != ticket.Paid {
			return now, err
		}
		refs, err := tx.ReceiptsOfTicket(ctx, id)
		if err != nil || len(refs) == 0 {
			return now, err
		}
		a, err := tx.Attempt(ctx, refs[len(refs)-1].Attempt)
		if err != nil {
			return now, err
		}
		receipt = a.Receipt
	}
	return live{State: "elsewhere", Receipt: receipt}, nil
}

// Limits of following a code. A browser asks again when a stream ends, and stands before the guard again.
const (
	followFor   = 25 * time.Second // less than the server's write timeout
	followEvery = time.Second
	followMost  = 200 // streams at once; beyond it a page is reloaded by hand
	followOwn   = 8   // of one person
)

// following counts the pages that follow a code now, by person.
type following struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

// begin counts one more, and says whether there is room for it.
func (f *following) begin(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all >= followMost || f.of[name] >= followOwn {
		return false
	}
	if f.of == nil {
		f.of = map[string]int{}
	}
	f.all++
	f.of[name]++
	return true
}

func (f *following) end(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all--
	if f.of[name]--; f.of[name] == 0 {
		delete(f.of, name)
	}
}

// liveEvent is what the page's script reads.
type liveEvent struct {
	State   string `json:"state"`
	Text    string `json:"text"`
	Receipt string `json:"receipt"`
	Open    bool   `json:"open"` // the code still opens its tickets
	Over    bool   `json:"over"`
	Decline string `json:"decline"` // what to say of the last card that was refused; "": nothing
}

// followCode tells the page of a code each change, as server-sent events (HTML standard, 9.2). At each look the
// session and the right are looked at too: who has lost them sees nothing more. It does not count as work: a page that
// stands open is locked like any other.
func (p *Pages) followCode(w http.ResponseWriter, r *http.Request, v *view) error {
	if !p.streams.begin(v.Name()) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	defer p.streams.end(v.Name())
	now, err := p.lookAtCode(r, v)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy in front that would gather the events
	stream := http.NewResponseController(w)
	fmt.Fprint(w, "retry: 1000\n\n")
	last := liveEvent{}
	for end := time.Now().Add(followFor); ; {
		if now != last {
			if err := tellEvent(w, stream, now); err != nil {
				return nil // the page was closed
			}
			last = now
		}
		if now.Over || time.Now().After(end) {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-time.After(followEvery):
		}
		if now, err = p.lookAtCode(r, v); err != nil {
			return nil // the browser asks again, and is told why not
		}
	}
}

var errNotHere = errors.New("the session is locked, or the right is gone")

// lookAtCode reads how a code stands, for somebody who still may know.
func (p *Pages) lookAtCode(r *http.Request, v *view) (liveEvent, error) {
	visit, err := p.visit(r, false)
	if err != nil {
		return liveEvent{}, err
	}
	if visit.standing != standsHere || !p.roles.May(visit.person, GiveCodes) {
		return liveEvent{}, errNotHere
	}
	var c payment.Code
	var now live
	err = p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if c, err = tx.Code(ctx, r.PathValue("id")); err != nil {
			return err
		}
		now, err = p.stateOfCode(ctx, tx, c)
		return err
	})
	if err == nil && now.State == "card" && c.Payment != "" {
		now, err = p.askOfCard(r.Context(), c, now)
	}
	return liveEvent{now.State, v.T("phone.live." + now.State), now.Receipt, c.Good(p.Now()), now.Over(), v.declined(now)}, err
}

// Limits of asking the processor while a clerk looks: so seldom for each payment, and so long at most, or the page says
// what is known. However many clerks look, the processor's own limit (100 a second) is not come near.
const (
	cardPause = 3 * time.Second
	cardWait  = 5 * time.Second
)

// askOfCard asks the processor about an open card page, and reads again how it stands. A processor that gives no answer is
// no fault of this page's: it says what is known.
func (p *Pages) askOfCard(ctx context.Context, c payment.Code, now live) (live, error) {
	call, cancel := context.WithTimeout(ctx, cardWait)
	defer cancel()
	var attempts []payment.Attempt
	err := p.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		attempts, err = tx.AttemptsOfPayment(ctx, c.Payment)
		return err
	})
	if err != nil || len(attempts) == 0 {
		return now, err
	}
	if last := attempts[len(attempts)-1]; last.State == payment.Opened {
		if _, err := p.Settler.RefreshSeldom(call, last.ID, cardPause); err != nil {
			p.Log.Warn("staff: card page not asked about", "attempt", last.ID.Ref(), "err", err)
		}
	}
	err = p.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		now, err = p.stateOfCode(ctx, tx, c)
		return err
	})
	return now, err
}

// declined is the sentence on the last card that was refused, or "" when nothing is to be said of it any more.
func (v *view) declined(now live) string {
	if now.Decline.Reason == "" || now.State != "card" && now.State != "declined" {
		return ""
	}
	return v.T("phone.declined."+now.State, "time", v.Clock(now.Decline.SeenAt), "reason", v.T("phone.declined."+now.Decline.Reason))
}

func tellEvent(w http.ResponseWriter, stream *http.ResponseController, e liveEvent) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "data: %s\n\n", b); err != nil {
		return err
	}
	return stream.Flush()
}
