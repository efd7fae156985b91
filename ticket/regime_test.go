package ticket_test

import (
	"testing"
	"time"

	"fundy/city"
	"fundy/ticket"
)

func TestEveryStateOfEveryRegimeSaysWhere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"nb-lga", "generic"} {
		r, ok := ticket.RegimeOf(name)
		if !ok {
			t.Fatal(name)
		}
		for _, s := range []ticket.State{ticket.Open, ticket.Warned, ticket.Review, ticket.Hold, ticket.Confirming, ticket.Paid, ticket.Court, ticket.Withdrawn, ticket.Void, ticket.WrittenOff, ticket.Reopened} {
			got := ticket.Stand(r, ticket.Ticket{State: s}, time.Time{})
			if got.Reason == "" || got.Reason == "unknown" || got.Section == "" || got.Where == "" || got.Payable != (got.Where == "here") {
				t.Errorf("%s, %s: %+v", name, s, got)
			}
		}
		if got := ticket.Stand(r, ticket.Ticket{State: "nonsense"}, time.Time{}); got.Payable || got.Where != "counter" {
			t.Errorf("%s: an unknown state: %+v", name, got)
		}
	}
	lga, _ := ticket.RegimeOf("nb-lga")
	if lga.PartPayments || lga.Kinds[city.Fee] {
		t.Error("nb-lga takes part payments or fees")
	}
	if lga.May(ticket.Court, ticket.Open) || lga.May(ticket.Paid, ticket.Open) || !lga.May(ticket.Open, ticket.Confirming) {
		t.Error("nb-lga's moves")
	}
}
