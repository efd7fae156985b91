package citytest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"fundy/citytest"
	"fundy/desk"
	"fundy/desk/deskpb"
	"fundy/store"
	"fundy/store/storetest"
	"fundy/visitor"
)

// In a city whose ticket numbers are as long as cards' and look like them, a ticket is found by its number and plate when the
// city has said how its numbers begin. Who has the number alone learns nothing by it: a wrong plate and a number that no
// ticket has are one answer. Any other number that looks like a card's is refused as everywhere.
func TestANumberOfTheCitysSeriesIsFound(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, config store.Config) {
		c := citytest.New(t, config)
		const number, absent, other = "6100342004173557", "6100342004173565", "6011000990139424"
		for _, n := range []string{number, absent, other} {
			if !desk.HasCard(n) {
				t.Fatalf("%s does not look like a card's", n)
			}
		}
		ctx := context.Background()
		c.Add(citytest.Spec{Number: number, Plate: "SER 001", Offence: "LOADING", Age: 1})
		find := func(number, plate string) (code int, page string) {
			v := &visitor.Visitor{}
			v.Open(ctx, c.Portal.URL+"/pay")
			v.Send(ctx, "find", "/pay/find", map[string]string{"number": number, "plate": plate})
			return v.Status, v.Text()
		}
		if code, page := find(number, "SER 001"); code != http.StatusUnprocessableEntity || !strings.Contains(page, "Never type a card number here") {
			t.Fatalf("without a series: %d\n%s", code, page)
		}
		c.StopOffice()
		c.Settings.Ticket.Series = []string{"610034##########"}
		c.StartOffice(config)
		ask := func(number, plate string) *deskpb.FindTicketResponse {
			t.Helper()
			res, err := desk.Dial(c.Socket).FindTicket(ctx, &deskpb.FindTicketRequest{Number: number, Plate: plate})
			if err != nil {
				t.Fatal(err)
			}
			return res
		}
		if ask(number, "SER 001").GetTicket().GetNumber() != number {
			t.Error("it is not found")
		}
		wrong, none := ask(number, "SER 002"), ask(absent, "SER 002")
		if wrong.GetNotFound() == nil || none.GetNotFound() == nil {
			t.Errorf("%v, %v", wrong, none)
		}
		wrong.GetNotFound().Slip, none.GetNotFound().Slip = "", ""
		if !proto.Equal(wrong, none) {
			t.Errorf("a wrong plate: %v; no such ticket: %v", wrong, none)
		}
		for _, typed := range []string{other, number + " 12/29", number + "1", "card " + number} {
			if ask(typed, "SER 001").GetInvalid().GetProblem() != "card" {
				t.Errorf("%q is not refused", typed)
			}
		}
		if ask("SJ-1", number).GetInvalid().GetProblem() != "card" {
			t.Error("a plate that looks like a card's number is not refused")
		}
	})
}
