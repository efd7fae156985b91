package intake_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fundy/city"
	"fundy/intake"
	"fundy/money"
	"fundy/office/unseal"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

func TestFourCitiesComeInByAMappingAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mapping, rules, zone string
		files                []string
		rows, same           int
		fines                int64
		rejects              map[string]int
	}{
		{mapping: "toronto", rules: "toronto-rules.toml", zone: "America/Toronto", files: []string{"toronto.csv"}, rows: 90, same: 1, fines: 461000},
		{mapping: "mississauga", rules: "mississauga-rules.toml", zone: "America/Toronto", files: []string{"mississauga.csv"}, rows: 9, fines: 24000, rejects: map[string]int{
			"issued_on: not written in a notation of the mapping (its forms), or no such day": 2,
			"offence: the code has no offence in the mapping's table":                         1,
		}},
		{mapping: "newyork-raw", rules: "newyork-rules.toml", zone: "America/New_York", files: []string{"newyork-raw-2014.csv", "newyork-raw-2017.csv"}, rows: 41, fines: 329500},
		{mapping: "newyork-fines", rules: "newyork-rules.toml", zone: "America/New_York", files: []string{"newyork-fines.csv"}, rows: 31, same: 1, fines: 192000},
		{mapping: "chicago", rules: "chicago-rules.toml", zone: "America/Chicago", files: []string{"chicago.csv"}, rows: 25, same: 1, fines: 86500},
	} {
		t.Run(c.mapping, func(t *testing.T) {
			t.Parallel()
			var files []string
			for _, f := range c.files {
				files = append(files, filepath.Join("testdata", f))
			}
			f := setUp(t, c.mapping, c.rules, c.zone, english, files...)
			dry := run(t, f.config)
			f.config.Apply = true
			applied := run(t, f.config)
			again := run(t, f.config)
			rejected := 0
			for reason, n := range c.rejects {
				rejected += n
				if dry.Reasons[reason] != n {
					t.Errorf("%d rows are rejected with %q, want %d", dry.Reasons[reason], reason, n)
				}
			}
			if dry.Rows != c.rows || dry.Rejected != rejected || dry.Same != c.same || dry.Changed != 0 || dry.Fines != money.FromMinor(c.fines) {
				t.Errorf("dry run: %d rows, %d rejected, %d same, %d changed, %s; want %d, %d, %d, 0, %s\n%v",
					dry.Rows, dry.Rejected, dry.Same, dry.Changed, dry.Fines, c.rows, rejected, c.same, money.FromMinor(c.fines), dry.Reasons)
			}
			if applied.New != dry.New || applied.Same != dry.Same || applied.Rejected != dry.Rejected {
				t.Errorf("applied: %d new, %d same, %d rejected; the dry run said %d, %d, %d", applied.New, applied.Same, applied.Rejected, dry.New, dry.Same, dry.Rejected)
			}
			if again.New != 0 || again.Same != dry.New+dry.Same || again.Batches != 0 {
				t.Errorf("the same files again: %d new, %d same, %d batches; want none new", again.New, again.Same, again.Batches)
			}
		})
	}
}

const plain = "number,day,time,code,plate\n"

// plainMapping is a city that nobody has seen: the mapping is all it needs.
const plainMapping = `
name = "plain"
[file]
blank = ["NA"]
[field]
number = { column = "number" }
issued_on = { column = "day", forms = ["YYYY-MM-DD"] }
issued_time = { column = "time", forms = ["HH:MM"] }
offence = { column = "code" }
plate = { column = "plate", none = [""] }
`

func plainSetUp(t *testing.T, mapping, text string) fixture {
	t.Helper()
	f := setUp(t, "toronto-demo", "two-language-rules.toml", "America/Moncton", both, write(t, "tickets.csv", text))
	m, faults := intake.ParseMapping([]byte(mapping), nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	f.config.Mapping = m
	return f
}

func find(t *testing.T, f fixture, lookup []byte) []store.FoundTicket {
	t.Helper()
	var found []store.FoundTicket
	err := f.store.Read(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		found, err = tx.TicketsByLookup(ctx, lookup, 10)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAPlateIsFoundByLookAlikesAndOpensToWhatWasWritten(t *testing.T) {
	t.Parallel()
	f := plainSetUp(t, plainMapping, plain+"007-1,2026-11-20,10:30,METER,goo 1b8\n0071,2026-11-21,NA,METER,\n007-1,2026-11-22,09:00,METER,NULL\n")
	f.config.Apply = true
	if totals := run(t, f.config); totals.New != 3 {
		t.Fatalf("%d rows are new, want 3: %v", totals.New, totals.Reasons)
	}
	typed, err := ticket.ParsePlate("G00-IBB")
	if err != nil {
		t.Fatal(err)
	}
	found := find(t, f, f.config.Index.Lookup("testville", ticket.NumberKey("0071"), typed.Skeleton))
	if len(found) != 1 || found[0].Number != "007-1" || found[0].IssuedOn.String() != "2026-11-20" {
		t.Fatalf("found %d tickets, want the one of 2026-11-20", len(found))
	}
	var key store.DataKey
	err = f.store.Read(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		key, err = tx.DataKey(ctx, found[0].DataKey)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	opener, err := unseal.New(unseal.Config{PrivateKey: f.private, Record: func(context.Context, unseal.What) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	text, err := opener.OpenField(t.Context(), unseal.What{Subject: string(found[0].ID), Field: intake.PlateField}, seal.DataKey(key), "testville", found[0].PlateSealed)
	if err != nil || string(text) != "goo 1b8" {
		t.Errorf("the plate opens as %q, %v; want what was written", text, err)
	}
	if found := find(t, f, f.config.Index.LookupDay("testville", "0071", "2026-11-21")); len(found) != 1 || !found[0].NoPlate || found[0].TimeKnown {
		t.Errorf("a ticket without plate and time is not found by its day: %d", len(found))
	}
	null, _ := ticket.ParsePlate("null")
	if found := find(t, f, f.config.Index.Lookup("testville", "0071", null.Skeleton)); len(found) != 1 || found[0].NoPlate {
		t.Error("the plate NULL is not a plate")
	}
}

func TestARowThatContradictsATicketIsHeldOnce(t *testing.T) {
	t.Parallel()
	f := plainSetUp(t, plainMapping, plain+"1,2026-11-20,10:30,METER,ABC123\n")
	f.config.Apply = true
	run(t, f.config)
	f.config.Files = []string{write(t, "later.csv", plain+"1,2026-11-20,10:30,NOPARK,ABC123\n2,2026-11-20,10:30,METER,ABC123\n2,2026-11-20,10:31,METER,ABC123\n")}
	totals := run(t, f.config)
	if totals.New != 1 || totals.Changed != 2 {
		t.Errorf("%d new, %d changed; want 1, 2", totals.New, totals.Changed)
	}
	abc, _ := ticket.ParsePlate("ABC123")
	found := find(t, f, f.config.Index.Lookup("testville", "1", abc.Skeleton))
	if len(found) != 1 || found[0].Offence != "METER" {
		t.Errorf("the ticket was overwritten: %v", found)
	}
}

// dying is a store that stops for good after some batches.
type dying struct {
	*store.Store
	batches int
}

var errKilled = errors.New("killed")

func (d *dying) ApplyImport(ctx context.Context, b store.ImportBatch) (store.ImportOutcome, error) {
	if d.batches--; d.batches < 0 {
		return store.ImportOutcome{}, errKilled
	}
	return d.Store.ApplyImport(ctx, b)
}

func TestKilledHalfWayAndRunAgainIsAsIfOnce(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString(plain)
	for i := range 700 {
		fmt.Fprintf(&text, "K%03d,2026-11-20,10:30,METER,ABC123\n", i)
	}
	f := plainSetUp(t, plainMapping, text.String())
	want := run(t, f.config)
	f.config.Apply = true
	f.config.Store = &dying{Store: f.store, batches: 1}
	killed, err := intake.Run(t.Context(), f.config)
	if !errors.Is(err, errKilled) || killed.New == 0 {
		t.Fatalf("%d rows went in before %v", killed.New, err)
	}
	f.config.Store = f.store
	rest := run(t, f.config)
	if killed.New+rest.New != want.New || rest.New+rest.Same != want.New+want.Same {
		t.Errorf("%d and then %d new, %d same; at once it is %d new, %d same", killed.New, rest.New, rest.Same, want.New, want.Same)
	}
	if third := run(t, f.config); third.New != 0 || third.Changed != 0 || third.Same != want.Rows {
		t.Errorf("a third time: %d new, %d changed, %d same; want %d same", third.New, third.Changed, third.Same, want.Rows)
	}
}

func TestRejectsNameLineColumnAndReasonAndNothingOfTheRow(t *testing.T) {
	t.Parallel()
	f := plainSetUp(t, plainMapping, plain+
		"1,2026-11-20,10:30,METER,SECRET1\n"+ // good
		"2,SECRET2,10:30,METER,SECRET2\n"+ // columns have slid
		"3,2026-11-20,25:30,METER,SECRET3\n"+
		"4,2026-11-20,10:30,NOSUCH,SECRET4\n"+
		"5,2026-11-20,10:30,METER,SECRET5;SECRET5\n"+
		"6,2026-11-20,10:30,METER\n"+
		"7,2026-11-20,\"10:30,METER,SECRET7\n"+ // a quote is left open
		"8,2026-12-20,10:30,METER,SECRET8\n"+ // not come yet
		",2026-11-20,10:30,METER,SECRET9\n"+
		"10,2026-11-20,10:30,METER,SECRET\xff\n"+
		"11,2026-11-20,10:30,METER,LAST1\n")
	f.config.RejectPath = filepath.Join(t.TempDir(), "rejects.csv")
	totals := run(t, f.config)
	if totals.New != 2 || totals.Rejected != 9 {
		t.Errorf("%d new, %d rejected; want 2, 9", totals.New, totals.Rejected)
	}
	text, err := os.ReadFile(f.config.RejectPath)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "SECRET") {
		t.Errorf("a value stands in the reject file:\n%s", text)
	}
	lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][3]string{
		{"3", "day", "issued_on: not written"}, {"4", "time", "issued_time: not written"}, {"5", "code", "offence: the schedule of its day does not have"},
		{"6", "plate", "plate: not a plate"}, {"7", "code", "fewer fields"}, {"8", "time", "a quote is left open"}, {"9", "day", "issued_on: a day that has not come yet"},
		{"10", "number", "number: empty"}, {"11", "plate", "not UTF-8"},
	}
	for i, w := range want {
		if i+1 >= len(lines) {
			t.Fatalf("%d rejects, want %d", len(lines)-1, len(want))
		}
		if got := lines[i+1]; got[1] != w[0] || got[2] != w[1] || !strings.HasPrefix(got[3], w[2]) {
			t.Errorf("reject %d is %v, want %v", i+1, got[1:], w)
		}
	}
}

func TestAnOffenceWithoutATitleInEachLanguageIsRejected(t *testing.T) {
	t.Parallel()
	f := plainSetUp(t, plainMapping, plain+"1,2026-11-20,10:30,METER,ABC123\n2,2026-11-20,10:30,NOPARK,ABC123\n")
	for i := range f.config.Rules.Schedules {
		for j, o := range f.config.Rules.Schedules[i].Offences {
			if o.Code == "METER" {
				f.config.Rules.Schedules[i].Offences[j].Title = city.Text{city.English: "Meter"}
			}
		}
	}
	totals := run(t, f.config)
	if totals.New != 1 || totals.Reasons[`offence: the offence has no title in "fr"`] != 1 || totals.Left["METER"] != 1 {
		t.Errorf("%d new, reasons %v", totals.New, totals.Reasons)
	}
}

func TestPaidTicketsComeInClosed(t *testing.T) {
	t.Parallel()
	mapping := plainMapping + `
state = { column = "state", values = { P = "paid", N = "none", "" = "open" }, otherwise = "reject" }
paid_on = { column = "paid", forms = ["D.M.YYYY"] }
paid_amount = { column = "sum", decimal = "," }
`
	f := plainSetUp(t, mapping, "number,day,time,code,plate,state,paid,sum\n"+
		"1,2026-10-01,10:30,METER,ABC123,P,5.10.2026,\"20,00 $\"\n"+
		"2,2026-10-01,10:30,METER,ABC123,P,5.10.2026,\n"+
		"3,2026-10-01,10:30,METER,ABC123,,,\n"+
		"4,2026-10-01,10:30,METER,ABC123,P,,\n"+
		"5,2026-10-01,10:30,METER,ABC123,P,1.9.2026,\n"+
		"6,2026-10-01,10:30,METER,ABC123,X,,\n"+
		"7,2026-10-01,10:30,METER,ABC123,N,,\n")
	f.config.Apply = true
	totals := run(t, f.config)
	if totals.New != 3 || totals.Rejected != 4 || totals.Reasons["paid_on: before the issue, or a day that has not come yet"] != 1 {
		t.Errorf("%d new, %d rejected: %v", totals.New, totals.Rejected, totals.Reasons)
	}
	for reason := range totals.Reasons {
		if strings.Contains(reason, "not a state") && !strings.Contains(reason, "(open, review, warning, hold, paid, court, withdrawn,") {
			t.Errorf("%q does not say which states there are", reason)
		}
	}
	abc, _ := ticket.ParsePlate("ABC123")
	for number, state := range map[string]ticket.State{"1": ticket.Paid, "2": ticket.Paid, "3": ticket.Open} {
		found := find(t, f, f.config.Index.Lookup("testville", number, abc.Skeleton))
		if len(found) != 1 || found[0].State != state {
			t.Errorf("ticket %s: %v, want %s", number, found, state)
		}
	}
}
