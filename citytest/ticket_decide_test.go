package citytest_test

import (
	"context"
	"errors"
	"testing"

	"fundy/citytest"
	"fundy/payment"
	"fundy/ticket"
)

func decision(err error) string {
	var no *ticket.DecisionRefusal
	if errors.As(err, &no) {
		return no.Reason
	}
	return ""
}

// A ticket that is withdrawn after it was paid is paid back in full: one person withdraws it and asks, another one
// approves. What was not paid is posted back.
func TestATicketWithdrawnAfterItsPaymentIsPaidBack(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		ctx, s := context.Background(), c.Office.Settler()
		tk := c.Add(citytest.Spec{Number: "U1", Plate: "UUU 111", Offence: "LOADING", Age: 1})
		open := c.Add(citytest.Spec{Number: "U2", Plate: "UUU 111", Offence: "LOADING", Age: 1})
		a := paid(t, c, "U1", "UUU 111", good)
		if _, err := s.DecideTicket(ctx, tk, ticket.Cancelled, "a wrong plate", "anne", true); decision(err) != ticket.DecisionLaw {
			t.Errorf("nb-lga cancels nothing: %v", err)
		}
		if d, err := s.DecideTicket(ctx, tk, ticket.Withdrawn, "a wrong plate", "anne", false); err != nil || d.Refund == nil {
			t.Fatalf("dry run: %+v, %v", d, err)
		}
		if len(refundsOf(t, c, a.ID)) != 0 {
			t.Fatal("a dry run asks for a refund")
		}
		d, err := s.DecideTicket(ctx, tk, ticket.Withdrawn, "a wrong plate", "anne", true)
		if err != nil || d.From != ticket.Paid || d.Refund == nil || d.Refund.Amount.Minor() != 5000 || d.Refund.Reason != payment.ReasonCancelled {
			t.Fatalf("%+v, %v", d, err)
		}
		if e := openByKind(t, c)[payment.ExceptionTicket]; e.Ref != string(tk) || e.Amount.Minor() != 5000 {
			t.Errorf("in the queue: %+v", e)
		}
		if _, err := s.ApproveRefund(ctx, d.Refund.ID, "anne"); refusal(err) != payment.RefusedSamePerson {
			t.Errorf("anne approves: %v", err)
		}
		if _, err := s.ApproveRefund(ctx, d.Refund.ID, "ben"); err != nil {
			t.Fatal(err)
		}
		if r := goesOn(t, c, d.Refund.ID, payment.RefundSending); r.State != payment.RefundSucceeded {
			t.Errorf("ends %s", r.State)
		}
		if _, left := openByKind(t, c)[payment.ExceptionTicket]; left {
			t.Error("still in the queue")
		}
		if d, err = s.DecideTicket(ctx, open, ticket.Void, "never valid", "anne", true); err != nil || d.Refund != nil {
			t.Fatalf("%+v, %v", d, err)
		}
		if s := statesOf(t, c, tk, open); s != "withdrawn void" {
			t.Errorf("the tickets are %s", s)
		}
		check := c.CheckLedger()
		if check.Refunded != 5000 || check.Clearing != 0 || check.ByAccount["receivable:penalty"] != 0 || check.ByAccount["receivable:discount"] != 0 {
			t.Errorf("%+v", check)
		}
		if _, err := s.DecideTicket(ctx, open, ticket.Withdrawn, "again", "anne", true); decision(err) != ticket.DecisionLaw {
			t.Errorf("ended twice: %v", err)
		}
		want(t, find(t, c, "fr", "U1", "UUU 111"), "retiré")
	})
}

// What is being paid is nobody's to decide, and what was paid elsewhere can't be paid back here.
func TestATicketThatIsBeingPaidIsNotWithdrawn(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	ctx, s := context.Background(), c.Office.Settler()
	elsewhere := c.Add(citytest.Spec{Number: "U3", Plate: "UUU 333", Offence: "LOADING", Age: 1, State: ticket.Paid})
	busy := c.Add(citytest.Spec{Number: "U4", Plate: "UUU 333", Offence: "LOADING", Age: 1, State: ticket.Confirming})
	if _, err := s.DecideTicket(ctx, elsewhere, ticket.Withdrawn, "a wrong plate", "anne", true); decision(err) != ticket.DecisionElsewhere {
		t.Errorf("paid elsewhere: %v", err)
	}
	if _, err := s.DecideTicket(ctx, busy, ticket.Withdrawn, "a wrong plate", "anne", true); decision(err) != ticket.DecisionConfirming {
		t.Errorf("being paid: %v", err)
	}
	if _, err := s.DecideTicket(ctx, elsewhere, ticket.Withdrawn, "a wrong plate", "Anne Smith", true); against(err) != payment.RefusedWho {
		t.Errorf("no name: %v", err)
	}
}
