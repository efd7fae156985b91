package payment_test

import (
	"testing"
	"time"

	"fundy/payment"
	"fundy/ticket"
)

// How a code stands: by its clock, and by what was done with it; one that is used stays so.
func TestHowACodeStands(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 6, 3, 14, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return made.Add(time.Duration(minutes) * time.Minute) }
	for _, c := range []struct {
		name    string
		code    payment.Code
		now     time.Time
		state   payment.CodeState
		against string
	}{
		{"made", payment.Code{}, made, payment.CodeWaiting, ""},
		{"opened", payment.Code{OpenedAt: at(1)}, at(2), payment.CodeOpened, ""},
		{"its last instant", payment.Code{}, at(20).Add(-1), payment.CodeWaiting, ""},
		{"over", payment.Code{}, at(20), payment.CodeOver, payment.RefusedCodeOver},
		{"opened, and over", payment.Code{OpenedAt: at(1)}, at(20), payment.CodeOver, payment.RefusedCodeOver},
		{"ended", payment.Code{OpenedAt: at(1), EndedAt: at(2)}, at(3), payment.CodeEnded, payment.RefusedCodeOver},
		{"used", payment.Code{OpenedAt: at(1), UsedAt: at(2)}, at(3), payment.CodeUsed, payment.RefusedCodeUsed},
		{"used, long ago", payment.Code{OpenedAt: at(1), UsedAt: at(2)}, at(300), payment.CodeUsed, payment.RefusedCodeUsed},
	} {
		c.code.MadeAt, c.code.Until = made, made.Add(payment.CodeLife)
		if got := c.code.State(c.now); got != c.state || c.code.Good(c.now) != (c.against == "") || c.code.Against(c.now) != c.against {
			t.Errorf("%s: %s, %q; want %s, %q", c.name, got, c.code.Against(c.now), c.state, c.against)
		}
	}
}

// A code is read as people type it, and is nine digits and nothing else.
func TestReadingACode(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"123 456 789": "123456789", "123-456-789": "123456789", "123456789": "123456789", " 012.345.678 ": "012345678", "123\u00a0456\u202f789": "123456789",
		"12345678": "", "1234567890": "", "12345678a": "", "": "", "١٢٣٤٥٦٧٨٩": "",
	} {
		got, ok := payment.ReadCode(typed)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", typed, got, ok)
		}
	}
	if got := payment.ShowCode("012345678"); got != "012 345 678" {
		t.Errorf("%q", got)
	}
}

// A payment uses a code up only where one of the code's tickets is among its own.
func TestWhetherAPaymentIsOfACode(t *testing.T) {
	t.Parallel()
	c := payment.Code{Tickets: []ticket.ID{"a", "b"}}
	if !c.Fits([]payment.Frozen{{Ticket: "x"}, {Ticket: "b"}}) || c.Fits([]payment.Frozen{{Ticket: "x"}}) || c.Fits(nil) {
		t.Error("fits what is not its own, or does not fit what is")
	}
}
