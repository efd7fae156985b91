package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// cardForm is what a payer types on the card page. It is never kept: of the number, the last four
// digits and how that test card behaves.
type cardForm struct {
	Number, Expiry, CVC, Name, Email, Postal string
	Challenge                                string // "pass" or "fail", from the 3-D Secure page
}

// String keeps what was typed out of logs.
func (cardForm) String() string { return "[sealed]" }

// cards are the test numbers and how each behaves: "" pays.
var cards = map[string]string{
	"4242424242424242": "", "5555555555554444": "", "378282246310005": "", "4000001240000000": "",
	"4000000000000002": "generic_decline", "4000000000009995": "insufficient_funds", "4000000000009987": "lost_card",
	"4000000000009979": "stolen_card", "4000000000000069": "expired_card", "4000000000000127": "incorrect_cvc",
	"4000000000000119": "processing_error", "4000002500003155": "challenge",
	"4000000000007726": refundPending, "4000000000005126": refundFails, "4000000000000259": disputed,
	"4000000000099020": captureFails, // of the sandbox's own: Stripe has no such number
}

// How a refund of such a card's payment turns out, some time after it was made.
const (
	refundPending = "refund_pending" // pending at first, then it succeeds
	refundFails   = "refund_fails"   // succeeded at first, then it fails
)

// captureFails is a card whose money is set aside and then can't be taken, however often it is tried: the processor has
// trouble. The hold lapses after its time.
const captureFails = "capture_fails"

// authFailed is a payer whose bank has not said that it is him: no charge is made of such a try.
const authFailed = "authentication_failed"

// outcome is what became of a try to pay.
type outcome string

const (
	paid        outcome = "paid"
	already     outcome = "already" // the session is complete
	closed      outcome = "closed"  // expired, or not there
	challenge   outcome = "challenge"
	badNumber   outcome = "bad_number"
	notTestCard outcome = "not_test_card"
	badExpiry   outcome = "bad_expiry"
	badCVC      outcome = "bad_cvc"
)

// pay tries a card on a session: the one way in which money is set aside, for the page and for the
// control page alike. A decline leaves the session open.
func (s *Server) pay(id string, f cardForm) outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lapse()
	c := s.session(id)
	switch {
	case c == nil || c.Status == "expired":
		return closed
	case c.Status == "complete":
		return already
	}
	number := strings.NewReplacer(" ", "", "-", "").Replace(f.Number)
	behaviour, known := cards[number]
	switch {
	case len(number) < 13 || len(number) > 19 || strings.Trim(number, "0123456789") != "":
		return badNumber
	case !known:
		return notTestCard
	}
	month, year, ok := readExpiry(f.Expiry, s.now())
	if !ok {
		return badExpiry
	}
	if len(f.CVC) < 3 || len(f.CVC) > 4 || strings.Trim(f.CVC, "0123456789") != "" {
		return badCVC
	}
	if behaviour == "challenge" && f.Challenge == "" {
		return challenge
	}
	if behaviour == "challenge" && f.Challenge != "pass" {
		behaviour = authFailed
	}
	if !slices.Contains([]string{"", "challenge", refundPending, refundFails, captureFails, disputed}, behaviour) {
		s.decline(c, number[len(number)-4:], behaviour, month, year)
		if err := s.save(); err != nil {
			s.Log.Error("sandbox: data not kept", "err", err)
		}
		return outcome(behaviour)
	}
	s.setAside(c, f, number[len(number)-4:], behaviour, month, year)
	if err := s.save(); err != nil {
		s.Log.Error("sandbox: data not kept", "err", err)
	}
	return paid
}

// intent is the payment of a session, made when its first card is tried, as Stripe makes it.
func (s *Server) intent(c *session) *payment {
	p := s.state.Payments[c.Payment]
	if p == nil {
		p = &payment{
			ID: newID("pi"), Created: s.now().Unix(), Status: "requires_payment_method", Amount: c.Amount, Currency: c.Currency,
			Metadata: c.PayMeta, Describe: c.Describe, Manual: c.Manual,
		}
		c.Payment, s.state.Payments[p.ID] = p.ID, p
	}
	return p
}

// decline is a try that takes nothing: the session stays open, and its payment waits for another card and says why.
func (s *Server) decline(c *session, last4, behaviour string, month, year int) {
	p := s.intent(c)
	p.Tries++
	p.Status, p.Declined, p.Last4, p.ExpMonth, p.ExpYear = "requires_payment_method", behaviour, last4, month, year
	s.emit("payment_intent.payment_failed", p.json())
}

func (s *Server) setAside(c *session, f cardForm, last4, behaviour string, month, year int) {
	now := s.now().Unix()
	p := s.intent(c)
	p.Status, p.Declined, p.Held, p.Last4, p.Behaviour, p.ExpMonth, p.ExpYear = "requires_capture", "", now, last4, behaviour, month, year
	c.Status, c.Email, c.Name, c.PostalCode = "complete", f.Email, f.Name, f.Postal
	if !c.Manual {
		p.Status, p.Received = "succeeded", p.Amount
		s.charged(p)
		s.emit("payment_intent.succeeded", p.json())
	} else {
		s.emit("payment_intent.amount_capturable_updated", p.json())
	}
	s.emit("checkout.session.completed", s.sessionJSON(c, false))
}

// readExpiry reads MM/YY and refuses a month that is over.
func readExpiry(text string, now time.Time) (month, year int, ok bool) {
	mm, yy, found := strings.Cut(strings.ReplaceAll(text, " ", ""), "/")
	month, err := strconv.Atoi(mm)
	if !found || err != nil || month < 1 || month > 12 || len(yy) != 2 {
		return 0, 0, false
	}
	if year, err = strconv.Atoi(yy); err != nil {
		return 0, 0, false
	}
	year += 2000
	return month, year, now.Before(time.Date(year, time.Month(month)+1, 1, 0, 0, 0, 0, time.UTC))
}
