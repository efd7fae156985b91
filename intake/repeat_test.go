package intake_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"fundy/city"
	"fundy/money"
	"fundy/store"
	"fundy/ticket"
)

const repeatMapping = `
name = "repeat"
[field]
number = { column = "number" }
issued_on = { column = "day", forms = ["YYYY-MM-DD"] }
issued_time = { column = "time", forms = ["HH:MM"] }
offence = { column = "code" }
plate = { column = "plate", none = [""] }
jurisdiction = { column = "from" }
state = { column = "state" }
paid_on = { column = "paid", forms = ["YYYY-MM-DD"] }
`

// The rows of a file are priced by those before them, in the file and in the store, of the exact plate
// and its jurisdiction; the postings are of that price; the same file again changes nothing.
func TestATicketIsPricedByThoseBeforeIt(t *testing.T) {
	t.Parallel()
	const head = "number,day,time,code,plate,from,state,paid\n"
	f := plainSetUp(t, repeatMapping, head+
		"3,2026-11-03,09:00,METER,GOO 1B8,NB,open,\n"+
		"1,2026-11-01,09:00,METER,goo-1b8,NB,void,\n"+
		"2,2026-11-02,09:00,METER,GOO1B8,NB,paid,2026-11-02\n"+
		"4,2026-11-04,09:00,METER,G00 1B8,NB,open,\n"+ // a look-alike
		"5,2026-11-05,09:00,METER,GOO 1B8,NS,open,\n"+
		"6,2026-11-06,09:00,METER,,NB,open,\n"+
		"7,2026-11-07,09:00,OVERTIME,GOO 1B8,NB,open,\n")
	text, err := os.ReadFile("testdata/two-language-rules.toml")
	if err != nil {
		t.Fatal(err)
	}
	dear, faults := city.ParseRules([]byte(strings.ReplaceAll(string(text), meter, meterRepeats)), nil, f.config.City)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	f.config.Rules, f.config.Apply = dear, true
	if totals := run(t, f.config); totals.New != 7 {
		t.Fatalf("%d rows are new, want 7: %v", totals.New, totals.Reasons)
	}
	before := f.config.Files
	f.config.Files = []string{write(t, "more.csv", head+"8,2026-11-08,09:00,METER,GOO 1B8,NB,open,\n9,2026-11-09,09:00,METER,GOO 1B8,NB,paid,2026-11-09\n")}
	if totals := run(t, f.config); totals.New != 2 {
		t.Fatalf("%d rows are new, want 2: %v", totals.New, totals.Reasons)
	}
	f.config.Files = append(before, f.config.Files...)
	if totals := run(t, f.config); totals.New != 0 || totals.Same != 9 || totals.Changed != 0 {
		t.Errorf("the same files again: %d new, %d same, %d changed", totals.New, totals.Same, totals.Changed)
	}
	var check store.LedgerCheck
	err = f.store.Read(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		for number, want := range map[string]struct {
			priors int
			cents  int64
		}{"1": {0, 2000}, "2": {0, 2000}, "3": {1, 4000}, "4": {0, 2000}, "5": {0, 2000}, "6": {0, 2000}, "7": {0, 3000}, "8": {2, 10000}, "9": {3, 10000}} {
			found, err := tx.TicketsByNumber(ctx, number, "", 2)
			if err != nil || len(found) != 1 {
				t.Fatalf("number %s: %d found, %v", number, len(found), err)
			}
			q, err := ticket.Price(found[0].Ticket, dear, f.config.City, found[0].IssuedAt)
			if err != nil || found[0].Priors != want.priors || q.Total.Minor() != want.cents {
				t.Errorf("number %s: %d before it, %s, %v; want %d and %d", number, found[0].Priors, q.Total, err, want.priors, want.cents)
			}
		}
		check, err = tx.CheckLedger(ctx)
		return err
	})
	// Receivable, each at its first price: 3, 4, 5, 6, 7 and 8; taken before: 2 and 9.
	receivable := check.ByAccount["receivable:penalty"] + check.ByAccount["receivable:discount"]
	if err != nil || len(check.Faults) > 0 || receivable != 4000+3*2000+3000+10000 || check.ByAccount["clearing:before_import"] != 2000+10000 {
		t.Errorf("%v, %v: %d receivable, %d taken before", err, check.Faults, receivable, check.ByAccount["clearing:before_import"])
	}
}

const meter = `code = "METER"`

const meterRepeats = `code = "METER"
repeat_days = 365
repeat = [
  { priors = 1, tier = [{ amount = "40.00", clause = "1(4)", until = { days = 15 } }, { amount = "80.00", clause = "1(5)" }] },
  { priors = 2, tier = [{ amount = "100.00", clause = "1(6)" }] },
]`

// A ticket's own regime holds for it, whatever the city's is: no fee and no more than 1,500.00 under nb-lga.
func TestARowThatItsRegimeForbidsIsRejected(t *testing.T) {
	t.Parallel()
	const mapping = plainMapping + `fine = { column = "fine" }
`
	f := plainSetUp(t, mapping, "number,day,time,code,plate,fine\n1,2026-11-20,10:30,METER,ABC 1,1500.00\n2,2026-11-20,10:30,METER,ABC 1,1500.01\n3,2026-11-20,10:30,OVERTIME,ABC 1,\n")
	for i := range f.config.Rules.Schedules {
		for j := range f.config.Rules.Schedules[i].Offences {
			if o := &f.config.Rules.Schedules[i].Offences[j]; o.Code == "OVERTIME" {
				o.Charges = []city.Charge{{Component: "contribution", Amount: money.FromMinor(1400), Clause: "8"}}
			}
		}
	}
	totals := run(t, f.config)
	if totals.New != 1 || totals.Reasons["fine: more than the most that a penalty may be under nb-lga"] != 1 ||
		totals.Reasons["offence: the offence has a fee or charge, which can't be added under nb-lga"] != 1 {
		t.Errorf("%d new, %v", totals.New, totals.Reasons)
	}
	f.config.City.Regime = "generic"
	if totals := run(t, f.config); totals.New != 3 {
		t.Errorf("under generic: %d new, %v", totals.New, totals.Reasons)
	}
}
