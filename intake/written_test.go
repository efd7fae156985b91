package intake_test

import (
	"context"
	"errors"
	"testing"

	"fundy/city"
	"fundy/intake"
	"fundy/office/unseal"
	"fundy/seal"
	"fundy/ticket"
)

// A paper ticket goes in as a row of a file does: its id follows from its key, its plate is sealed and indexed, and it is
// priced and posted by the schedule of its day.
func TestAPaperTicketGoesInAsARowDoes(t *testing.T) {
	t.Parallel()
	f := setUp(t, "toronto", "toronto-rules.toml", "America/Toronto", []city.Language{"en"}, "testdata/toronto.csv")
	c := f.config
	day := c.Rules.Schedules[0].From
	offence := c.Rules.Schedules[0].Offences[0].Code
	w := ticket.Written{
		Number: "P-0101", Day: day, Offence: offence, Place: "Tide Street", Plate: "abc 123", Jurisdiction: "ON", Delivery: ticket.Windshield,
	}
	config := intake.WrittenConfig{City: c.City, Rules: c.Rules, Index: c.Index, Public: c.Public, Now: now}
	batch, err := intake.Written(config, w)
	if err != nil {
		t.Fatal(err)
	}
	row := batch.Rows[0]
	plate, err := ticket.ParsePlate("ABC123")
	if err != nil {
		t.Fatal(err)
	}
	id := c.City.ID
	if row.Ticket.ID != ticket.ID(c.Index.TicketID(id, "", "P0101", day.String())) || string(row.Lookup) != string(c.Index.Lookup(id, "P0101", plate.Skeleton)) ||
		string(row.PlateIndex) != string(c.Index.Plate(id, plate.Canonical, "ON")) || len(row.Entries) != 1 || row.Ticket.State != ticket.Open {
		t.Errorf("%+v", row.Ticket)
	}
	opener, err := unseal.New(unseal.Config{PrivateKey: f.private, Record: func(context.Context, unseal.What) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := opener.OpenField(context.Background(), unseal.What{Actor: "test", Purpose: "test", Subject: string(row.Ticket.ID), Field: intake.PlateField},
		seal.DataKey{ID: batch.DataKey.ID, Sealed: batch.DataKey.Sealed}, id, row.PlateSealed)
	if err != nil || string(plain) != "abc 123" {
		t.Errorf("%s, %v", plain, err)
	}
	for want, change := range map[string]func(*ticket.Written){
		"offence unknown": func(w *ticket.Written) { w.Offence = "NONE" },
		"day future":      func(w *ticket.Written) { w.Day = city.DateOf(now, c.City.Zone).AddDays(1) },
	} {
		bad := w
		change(&bad)
		_, err := intake.Written(config, bad)
		var no *ticket.WrittenRefusal
		if !errors.As(err, &no) || no.Field+" "+no.Reason != want {
			t.Errorf("%s: %v", want, err)
		}
	}
}
