package intake_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/intake"
	"fundy/ticket"
)

func TestTheDemonstrationHasTicketsOfEachKind(t *testing.T) {
	t.Parallel()
	f := setUp(t, "toronto-demo", "two-language-rules.toml", "America/Moncton", both, "../examples/tickets/toronto.csv.gz")
	states, provinces, numbers := map[ticket.State]int{}, map[string]int{}, map[string]map[string]int{}
	var newest, oldest city.Date
	noPlate, mailed := 0, 0
	f.config.Store = nil
	f.config.Show = func(tk ticket.Ticket, p ticket.Plate) {
		states[tk.State]++
		provinces[tk.Jurisdiction]++
		if newest.IsZero() || tk.IssuedOn.Compare(newest) > 0 {
			newest = tk.IssuedOn
		}
		if oldest.IsZero() || tk.IssuedOn.Compare(oldest) < 0 {
			oldest = tk.IssuedOn
		}
		if numbers[tk.Number] == nil {
			numbers[tk.Number] = map[string]int{}
		}
		numbers[tk.Number][p.Canonical]++
		if tk.NoPlate {
			noPlate++
		}
		if tk.Delivery == ticket.Mailed {
			mailed++
		}
	}
	totals := run(t, f.config)
	if totals.Rows < 12_000 || totals.New < 10_000 || totals.Changed > 2 {
		t.Errorf("%d rows, %d new, %d changed; want 12,000 or more, 10,000 or more, at most 2", totals.Rows, totals.New, totals.Changed)
	}
	if n := totals.Reasons["offence: the code has no offence in the mapping's table"]; n != totals.Rejected || n == 0 {
		t.Errorf("rejected by %v; want codes without an offence, and only those", totals.Reasons)
	}
	for _, s := range []ticket.State{ticket.Open, ticket.Warned, ticket.Paid, ticket.Review, ticket.Court, ticket.Hold, ticket.Withdrawn} {
		if states[s] == 0 {
			t.Errorf("no ticket is in state %s", s)
		}
	}
	today := city.DateOf(now, f.config.City.Zone)
	if newest.Compare(today) > 0 || newest.Compare(today.AddDays(-6)) < 0 || oldest.AddDays(41).Compare(newest) != 0 {
		t.Errorf("tickets are of %s to %s; want 42 days up to one of the last seven", oldest, newest)
	}
	if provinces["NB"] < totals.New/2 || provinces["QC"] == 0 || provinces["ON"] == 0 || provinces["PQ"] > 0 || noPlate == 0 || mailed == 0 {
		t.Errorf("plates by province: %v; %d without plate, %d mailed", provinces, noPlate, mailed)
	}
	if len(numbers["FH-1000001"]) < 2 || numbers["FH-1000002"]["GWP417"] < 2 {
		t.Errorf("numbers that come again: %v and %v", numbers["FH-1000001"], numbers["FH-1000002"])
	}
}

func TestTheSameFileLaterIsTheSameWithTheSameNewestDay(t *testing.T) {
	t.Parallel()
	f := setUp(t, "toronto-demo", "two-language-rules.toml", "America/Moncton", both, "testdata/toronto.csv")
	f.config.Apply = true
	f.config.Newest = city.Date{Year: 2026, Month: 11, Day: 20}
	first := run(t, f.config)
	f.config.Now = now.Add(30 * 24 * time.Hour)
	later := run(t, f.config)
	if later.New != 0 || later.Changed != 0 || later.Same != first.New+first.Same || later.ShiftedWeeks != first.ShiftedWeeks {
		t.Errorf("a month later: %d new, %d changed, %d same; want 0, 0, %d", later.New, later.Changed, later.Same, first.New+first.Same)
	}
}

func TestALiveCityTakesNothingMadeUp(t *testing.T) {
	t.Parallel()
	f := setUp(t, "toronto-demo", "two-language-rules.toml", "America/Moncton", both, "testdata/toronto.csv")
	f.config.City.Kind = city.Live
	if _, err := intake.Run(t.Context(), f.config); err == nil || !strings.Contains(err.Error(), "live") {
		t.Errorf("a live city imports made-up plates: %v", err)
	}
	f = plainSetUp(t, plainMapping, plain)
	f.config.Show = func(ticket.Ticket, ticket.Plate) {}
	if _, err := intake.Run(t.Context(), f.config); err == nil {
		t.Error("plates of a real file are shown")
	}
}

func TestACodeWithoutAnOffenceGoesWhereTheMappingSends(t *testing.T) {
	t.Parallel()
	const text = plain + "1,2026-11-20,10:30,7,ABC123\n2,2026-11-20,10:30,8,ABC123\n"
	with := func(onMissing string) string {
		return strings.Replace(plainMapping, `offence = { column = "code" }`, `offence = { column = "code", table = "t", on_missing = "`+onMissing+`" }`, 1) + "[table.t]\n7 = \"METER\"\n"
	}
	rejected := run(t, plainSetUp(t, with("reject"), text).config)
	if rejected.New != 1 || !maps.Equal(rejected.Left, map[string]int{"8": 1}) {
		t.Errorf("on_missing = reject: %d new, left out %v", rejected.New, rejected.Left)
	}
	sent := run(t, plainSetUp(t, with("OFFICIAL"), text).config)
	if sent.New != 2 || sent.ByCode["8"].Offence != "OFFICIAL" {
		t.Errorf("on_missing = OFFICIAL: %d new, %v", sent.New, sent.Reasons)
	}
	f := plainSetUp(t, with("OFFICIAL"), text)
	for i := range f.config.Rules.Schedules {
		for j, o := range f.config.Rules.Schedules[i].Offences {
			if o.Code == "METER" {
				f.config.Rules.Schedules[i].Offences[j].Title = city.Text{city.English: "Meter"}
			}
		}
	}
	if sent := run(t, f.config); sent.New != 2 || sent.ByCode["7"].Offence != "OFFICIAL" {
		t.Errorf("an offence without a French title: %d new, %v", sent.New, sent.Reasons)
	}
}
