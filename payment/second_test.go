package payment_test

import (
	"testing"
	"time"

	"fundy/money"
	"fundy/payment"
)

// What one person counts, another counts again: the same, not himself, and not over money that moved meanwhile.
func TestTwoPeopleCount(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 10, 14, 0, 0, 0, time.UTC)
	open := payment.Session{ID: "ses_1", Name: "A", State: payment.SessionOpen, OpenedBy: "anne"}
	closed := open
	closed.State = payment.SessionClosed
	forty := money.FromMinor(4000)
	for name, c := range map[string]struct {
		ask  payment.Second
		of   payment.Session
		want string
	}{
		"close":              {payment.Second{Kind: payment.SecondClose, Count: payment.Count{2000: 2}, AskedBy: "anne"}, open, ""},
		"close, off":         {payment.Second{Kind: payment.SecondClose, Count: payment.Count{2000: 1}, AskedBy: "anne"}, open, payment.DrawerReason},
		"close, off and why": {payment.Second{Kind: payment.SecondClose, Count: payment.Count{2000: 1}, AskedBy: "ben", Reason: "a note is missing"}, open, ""},
		"close, closed":      {payment.Second{Kind: payment.SecondClose, Count: payment.Count{2000: 2}, AskedBy: "anne"}, closed, payment.DrawerNotOpen},
		"close, no coin":     {payment.Second{Kind: payment.SecondClose, Count: payment.Count{1: 2}, AskedBy: "anne"}, open, payment.DrawerCount},
		"close, long number": {payment.Second{Kind: payment.SecondClose, Count: payment.Count{2000: 2}, AskedBy: "anne", Reason: "123456789"}, open, payment.RefusedReason},
		"drop":               {payment.Second{Kind: payment.SecondDrop, Count: payment.Count{2000: 1}, AskedBy: "anne"}, open, ""},
		"drop, another's":    {payment.Second{Kind: payment.SecondDrop, Count: payment.Count{2000: 1}, AskedBy: "ben"}, open, payment.DrawerNotYours},
		"drop, nothing":      {payment.Second{Kind: payment.SecondDrop, AskedBy: "anne"}, open, payment.DrawerCount},
		"drop, too much":     {payment.Second{Kind: payment.SecondDrop, Count: payment.Count{2000: 3}, AskedBy: "anne"}, open, payment.DrawerNotSoMuch},
		"mail":               {payment.Second{Kind: payment.SecondMail, Amount: forty, AskedBy: "anne"}, payment.Session{}, ""},
		"mail, nothing":      {payment.Second{Kind: payment.SecondMail, AskedBy: "anne"}, payment.Session{}, payment.TakeAmount},
		"nobody":             {payment.Second{Kind: payment.SecondMail, Amount: forty, AskedBy: "Anne B"}, payment.Session{}, payment.RefusedWho},
	} {
		asked, no := payment.AskSecond(c.ask, c.of, forty, now)
		if got := whyNot(no); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if c.want == "" && (asked.State != payment.SecondAsked || asked.AskedAt != now) {
			t.Errorf("%s: %+v", name, asked)
		}
	}
	asked, _ := payment.AskSecond(payment.Second{Kind: payment.SecondClose, Count: payment.Count{2000: 2}, AskedBy: "anne"}, open, forty, now)
	done := asked
	done.State = payment.SecondConfirmed
	for name, c := range map[string]struct {
		a                 payment.Second
		expected, counted int64
		by, want          string
	}{
		"the same":   {asked, 4000, 4000, "ben", ""},
		"himself":    {asked, 4000, 4000, "anne", payment.RefusedSamePerson},
		"less":       {asked, 4000, 3995, "ben", payment.SecondDiffers},
		"moved":      {asked, 7000, 4000, "ben", payment.SecondMoved},
		"twice":      {done, 4000, 4000, "ben", payment.SecondDone},
		"not a name": {asked, 4000, 4000, "", payment.RefusedWho},
	} {
		if got := whyNot(payment.ConfirmSecond(c.a, money.FromMinor(c.expected), money.FromMinor(c.counted), c.by)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// whyNot is a refusal's reason; "" for none.
func whyNot(no *payment.CounterRefusal) string {
	if no == nil {
		return ""
	}
	return no.Reason
}
