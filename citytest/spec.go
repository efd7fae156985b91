package citytest

import (
	"context"
	"crypto/rand"
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/logbook"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// Spec is a ticket to put in.
type Spec struct {
	Number  string
	Plate   string // "" for none
	Offence string // "NOPARK"
	Age     int    // days since it was issued
	State   ticket.State
	Place   string // "" for a street of the demonstration's
	Regime  string // "" for the city's
}

// Add puts a ticket in, as an import would, and returns its id.
func (c *City) Add(s Spec) ticket.ID {
	c.T.Helper()
	day := city.DateOf(c.Now(), c.Settings.City().Zone).AddDays(-s.Age)
	schedule, ok := c.Rules.ScheduleFor(day)
	if !ok {
		c.T.Fatal("no schedule")
	}
	number := ticket.NumberKey(s.Number)
	t := ticket.Ticket{
		ID: ticket.ID(c.index.TicketID(c.Settings.ID, "", number, day.String())), Regime: c.Settings.Regime, Number: s.Number,
		IssuedOn: day, IssuedAt: day.Start(c.Settings.City().Zone).Add(10 * time.Hour), TimeKnown: true, Offence: s.Offence, Schedule: schedule.ID,
		Place: "north side of Tide Street", Make: "Toyota", NoPlate: s.Plate == "", Jurisdiction: "NB", Delivery: ticket.Windshield,
		State: ticket.Open, ArrivedAt: c.Now(),
	}
	if s.State != "" {
		t.State = s.State
	}
	if s.Regime != "" {
		t.Regime = s.Regime
	}
	if s.Place != "" {
		t.Place = s.Place
	}
	row := store.ImportRow{Ticket: t, NumberKey: number, Digest: c.index.Digest(c.Settings.ID, s.Number, s.Plate, day.String())}
	key, sealer, err := seal.NewDataKey(c.public)
	if err != nil {
		c.T.Fatal(err)
	}
	row.DataKey = key.ID
	row.Lookup = c.index.LookupDay(c.Settings.ID, number, day.String())
	if s.Plate != "" {
		c.trip.plate(s.Plate)
		plate, err := ticket.ParsePlate(s.Plate)
		if err != nil {
			c.T.Fatal(err)
		}
		row.Lookup = c.index.Lookup(c.Settings.ID, number, plate.Skeleton)
		row.PlateIndex, row.SkeletonIndex = c.index.Plate(c.Settings.ID, plate.Canonical, t.Jurisdiction), c.index.Skeleton(c.Settings.ID, plate.Skeleton)
		if row.PlateSealed, err = sealer.SealField(c.Settings.ID, string(t.ID), "plate", []byte(plate.Written)); err != nil {
			c.T.Fatal(err)
		}
	}
	q, err := ticket.Price(t, c.Rules, c.Settings.City(), t.IssuedAt)
	if err != nil {
		c.T.Fatal(err)
	}
	row.Entries = []ledger.Entry{ledger.IssueEntry(t.ID, q.Components, "parking", t.IssuedAt, c.Now())}
	c.apply(row, key)
	return t.ID
}

func (c *City) apply(row store.ImportRow, key seal.DataKey) {
	c.T.Helper()
	_, err := c.Store.ApplyImport(context.Background(), store.ImportBatch{
		ID: rand.Text(), Source: "test", Mapping: "test", At: c.Now(), DataKey: store.DataKey{ID: key.ID, Sealed: key.Sealed}, Rows: []store.ImportRow{row},
		Leaf: func([]store.ImportRow) (logbook.Leaf, error) {
			return logbook.NewLeaf("import", c.Now(), "test", rand.Reader)
		},
	})
	if err != nil {
		c.T.Fatal(err)
	}
}
