package payment_test

import (
	"testing"
	"time"

	"fundy/money"
	"fundy/payment"
)

// What a payment is to its ticket, in every state that one can be in.
func TestWhatAPaymentIsToItsTicket(t *testing.T) {
	t.Parallel()
	fifty, ten := money.FromMinor(5000), money.FromMinor(1000)
	refund := func(s payment.RefundState) []payment.Refund { return []payment.Refund{{State: s}} }
	for _, c := range []struct {
		name string
		p    payment.ToTicket
		want payment.Share
	}{
		{"it pays", payment.ToTicket{State: payment.Banked, Here: fifty}, payment.SharePays},
		{"a part of what is still owed", payment.ToTicket{State: payment.Captured}, payment.SharePays},
		{"a refund of it failed", payment.ToTicket{State: payment.Captured, Here: fifty, Refunds: refund(payment.RefundFailed)}, payment.SharePays},
		{"too much", payment.ToTicket{State: payment.Captured, Here: fifty, Free: ten}, payment.ShareOver},
		{"a second one", payment.ToTicket{State: payment.CorrectedPaid, Free: fifty}, payment.ShareSecond},
		{"beside a cheque that came back", payment.ToTicket{State: payment.Returned, Free: ten}, payment.ShareSecond},
		{"its refund waits", payment.ToTicket{State: payment.CorrectedPaid, Refunds: refund(payment.RefundAsked)}, payment.ShareAsked},
		{"its refund is at the processor", payment.ToTicket{State: payment.CorrectedPaid, Refunds: refund(payment.RefundPending)}, payment.ShareGoing},
		{"a cheque is out", payment.ToTicket{State: payment.Captured, Refunds: refund(payment.RefundIssued)}, payment.ShareGoing},
		{"given back in two ways, one is out", payment.ToTicket{State: payment.Captured, Refunds: append(refund(payment.RefundIssued), refund(payment.RefundSucceeded)...)}, payment.ShareGoing},
		{"given back", payment.ToTicket{State: payment.Captured, Refunds: refund(payment.RefundSucceeded)}, payment.ShareBack},
		{"at the card page", payment.ToTicket{State: payment.Opened}, payment.ShareOpen},
		{"set aside", payment.ToTicket{State: payment.Authorized}, payment.SharePending},
		{"let go", payment.ToTicket{State: payment.Released}, payment.ShareFallsAway},
		{"lapsed", payment.ToTicket{State: payment.CaptureFailed}, payment.ShareFallsAway},
		{"given up", payment.ToTicket{State: payment.Expired}, payment.ShareNothing},
		{"undone", payment.ToTicket{State: payment.Reversed}, payment.ShareUndone},
		{"its cheque came back", payment.ToTicket{State: payment.Returned}, payment.ShareReturned},
		{"moved", payment.ToTicket{State: payment.Captured, Moved: true, Here: fifty}, payment.ShareMoved},
		{"stopped", payment.ToTicket{State: payment.Stopped, Free: fifty}, payment.ShareStopped},
		{"its bank has it", payment.ToTicket{State: payment.Banked, Here: fifty, Disputes: []payment.Dispute{{State: payment.DisputeOpen}}}, payment.ShareDisputed},
		{"its bank has asked", payment.ToTicket{State: payment.Banked, Here: fifty, Disputes: []payment.Dispute{{State: payment.DisputeInquiry}}}, payment.SharePays},
	} {
		if got := payment.ShareOf(c.p); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	for _, l := range payment.Table { // a state that is not known would be said to pay
		if s := payment.ShareOf(payment.ToTicket{State: l.To}); s == payment.SharePays && l.To != payment.Captured && l.To != payment.Settled && l.To != payment.Banked && l.To != payment.CorrectedPaid {
			t.Errorf("%s pays", l.To)
		}
	}
}

// The answer to "I paid twice". What the payer is owed comes before all else, and what is not known yet before "no".
func TestTheAnswerToIPaidTwice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shares []payment.Share
		want   payment.Twice
	}{
		{nil, payment.TwiceNone},
		{[]payment.Share{payment.ShareNothing, payment.ShareOpen}, payment.TwiceNone},
		{[]payment.Share{payment.SharePays}, payment.TwiceOne},
		{[]payment.Share{payment.ShareNothing, payment.SharePays, payment.ShareMoved}, payment.TwiceOne},
		{[]payment.Share{payment.ShareFallsAway, payment.SharePays}, payment.TwiceOneHeld},
		{[]payment.Share{payment.ShareFallsAway}, payment.TwiceNoneHeld},
		{[]payment.Share{payment.SharePays, payment.SharePays}, payment.TwiceParts},
		{[]payment.Share{payment.ShareSecond, payment.SharePays, payment.ShareDisputed}, payment.TwiceOwed},
		{[]payment.Share{payment.ShareOver}, payment.TwiceOwed},
		{[]payment.Share{payment.ShareAsked, payment.SharePays}, payment.TwiceGoing},
		{[]payment.Share{payment.ShareGoing, payment.SharePays, payment.ShareFallsAway}, payment.TwiceGoing},
		{[]payment.Share{payment.ShareBack, payment.SharePays}, payment.TwiceBack},
		{[]payment.Share{payment.SharePending, payment.SharePays}, payment.TwiceWait},
		{[]payment.Share{payment.ShareOpen, payment.SharePays}, payment.TwiceWait},
		{[]payment.Share{payment.SharePending}, payment.TwiceWait},
		{[]payment.Share{payment.ShareDisputed, payment.SharePays}, payment.TwiceDisputed},
		{[]payment.Share{payment.ShareStopped, payment.SharePays}, payment.TwiceStopped},
	} {
		if got := payment.TwiceOf(c.shares); got != c.want {
			t.Errorf("%v: %s, want %s", c.shares, got, c.want)
		}
	}
	closes := time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC)
	if gone := (payment.Attempt{ExpiresAt: closes}).HoldGone(); gone != closes.AddDate(0, 0, 7) {
		t.Errorf("gone by %s", gone)
	}
}
