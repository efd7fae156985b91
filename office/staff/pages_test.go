package staff

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"fundy/city"
	"fundy/store"
	"fundy/ticket"
)

// ticketIn puts a ticket in, as an import would, and returns its id.
func (b *bench) ticketIn(number, plate string) ticket.ID {
	b.t.Helper()
	return b.ticketWith(number, plate, func(*ticket.Ticket) {})
}

// ticketWith is ticketIn of a ticket that is changed before it goes in.
func (b *bench) ticketWith(number, plate string, change func(t *ticket.Ticket)) ticket.ID {
	b.t.Helper()
	zone := b.pages.city.Zone
	day := city.DateOf(b.now, zone).AddDays(-2)
	schedule, ok := b.pages.Rules().ScheduleFor(day)
	if !ok {
		b.t.Fatal("no schedule")
	}
	p, err := ticket.ParsePlate(plate)
	if err != nil {
		b.t.Fatal(err)
	}
	t := ticket.Ticket{
		ID: ticket.ID("tkt" + number), Regime: b.pages.city.Regime, Number: number, IssuedOn: day, IssuedAt: day.Start(zone).Add(10 * time.Hour),
		TimeKnown: true, Offence: "LOADING", Schedule: schedule.ID, Place: "Tide Street", Jurisdiction: "NB", Delivery: ticket.Windshield, State: ticket.Open, ArrivedAt: b.now,
	}
	change(&t)
	index := b.pages.Index
	row := store.ImportRow{
		Ticket: t, NumberKey: ticket.NumberKey(number), Digest: []byte(number), Lookup: index.Lookup("demo", number, p.Skeleton),
		PlateIndex: index.Plate("demo", p.Canonical, "NB"), SkeletonIndex: index.Skeleton("demo", p.Skeleton), PlateSealed: []byte{1}, DataKey: "k",
	}
	_, err = b.pages.Store.ApplyImport(context.Background(), store.ImportBatch{
		ID: number, Source: "test", Mapping: "test", At: b.now, DataKey: store.DataKey{ID: "k", Sealed: []byte{1}}, Rows: []store.ImportRow{row},
		Leaf: leafOf(b.now),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return t.ID
}

// A ticket is found by its number as it is read aloud, and by its plate exactly, in its province; a list and a page
// show plates masked.
func TestFindingTickets(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		token := b.session("anne")
		one := b.ticketIn("SJ100", "ABC 123")
		b.ticketIn("SJ200", "ABC 123")
		for _, c := range []struct {
			typed url.Values
			code  int
			words string
		}{
			{url.Values{"number": {"sj-100"}}, http.StatusSeeOther, ""},
			{url.Values{"number": {"SJ 999"}}, http.StatusOK, "Tickets found: 0"},
			{url.Values{"plate": {"abc-123"}, "province": {"nb"}}, http.StatusOK, "Tickets found: 2"},
			{url.Values{"plate": {"abc-123"}, "province": {"QC"}}, http.StatusOK, "or are of another province"},
			{url.Values{"plate": {"A8C 123"}, "province": {"NB"}}, http.StatusOK, "These look like it"},
			{url.Values{"plate": {"!!!"}}, http.StatusUnprocessableEntity, "This is not a plate"},
			{url.Values{"receipt": {"AAAA-BBBB-CCCC"}}, http.StatusUnprocessableEntity, "No receipt has this number"},
			{url.Values{}, http.StatusUnprocessableEntity, "Type something in one of the fields"},
		} {
			code, page := b.post(token, "/find", c.typed)
			b.wants(code, page, c.code, c.words)
		}
		if b.log.Len() > 0 {
			t.Error(b.log.String())
		}
		code, page := b.get(token, "/tickets/"+string(one))
		b.wants(code, page, http.StatusOK, "Ticket SJ100", "Tide Street", "Due now", "$50.00", "NB •••", "None has gone through")
		code, page = b.get(token, "/tickets/none")
		b.wants(code, page, http.StatusNotFound, "There is no such page")
	})
}
