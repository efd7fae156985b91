package lived_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/examples"
	"fundy/lived"
	"fundy/office"
	"fundy/payment"
	"fundy/payout"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

var now = time.Date(2026, time.November, 25, 18, 0, 0, 0, time.UTC) // a Wednesday, in the afternoon

// made is a small city that has lived, in memory.
func made(t *testing.T, tickets int, seed uint64, until time.Time) (lived.Config, lived.Summary) {
	t.Helper()
	ctx := context.Background()
	b, err := examples.Files.ReadFile("cities/demo/answers.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("@PORTAL_PORT@", "8400", "@SANDBOX_PORT@", "8402").Replace(string(b)) + lived.Counter
	settings, faults := city.ReadSettings([]byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	deposits, err := examples.Files.ReadFile("cities/demo/deposits.toml")
	if err != nil {
		t.Fatal(err)
	}
	rules, faults := payout.ParseRules(lived.Expecting(deposits), "CAD")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	private, public, err := office.NewSealKeys()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := store.Config{Driver: "sqlite", Path: filepath.Join(dir, "city.db"), Hasty: true}
	if _, _, err := store.Migrate(ctx, config); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c := lived.Config{
		Settings: settings, Store: s, Index: seal.NewIndexKey(), Public: public, Private: []byte(private), Token: office.TokenKey{ID: 1, Key: make([]byte, 32)},
		CardKey: "sk_test_lived", Deposits: rules, Scratch: dir, CardData: t.TempDir() + "/sandbox.json", Seed: seed, Tickets: tickets, Until: until,
	}
	started := time.Now()
	sum, err := lived.Make(ctx, c)
	if err != nil {
		t.Fatalf("%v\nafter %s: %s", err, time.Since(started), sum)
	}
	t.Logf("%s in %s", sum, time.Since(started).Round(time.Millisecond))
	return c, sum
}

// queue is what waits, by kind: the ages in days.
func queue(t *testing.T, c lived.Config) map[payment.ExceptionKind][]int {
	t.Helper()
	all := map[payment.ExceptionKind][]int{}
	look(t, c, func(ctx context.Context, tx *store.Tx) error {
		open, err := tx.OpenExceptions(ctx, 1000)
		for _, e := range open {
			all[e.Kind] = append(all[e.Kind], int(c.Until.Sub(e.OpenedAt)/(24*time.Hour)))
		}
		return err
	})
	return all
}

func look(t *testing.T, c lived.Config, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := c.Store.Read(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// A city that has lived, on a small scale: its ledger agrees to the cent, something waits in every queue, its days are
// closed up to the deposit that the bank has otherwise, and the same seed makes the same life.
func TestACityThatHasLived(t *testing.T) {
	t.Parallel()
	const tickets = 700
	c, sum := made(t, tickets, 7, now)
	check := ledgerOf(t, c)
	if len(check.Faults) > 0 || check.Postings == 0 {
		t.Errorf("the ledger of %d postings says %v", check.Postings, check.Faults)
	}
	all := int64(0)
	for _, cents := range check.ByAccount {
		all += cents
	}
	if all != 0 {
		t.Errorf("all accounts together have %d", all)
	}
	t.Run("everything waits", func(t *testing.T) { everythingWaits(t, c, 2) })
	t.Run("all that takes two", func(t *testing.T) { allThatTakesTwo(t, c) })
	t.Run("every list", func(t *testing.T) { everyList(t, c) })
	t.Run("days", func(t *testing.T) { days(t, c, sum) })
	t.Run("tickets", func(t *testing.T) { allTickets(t, c, sum, tickets) })
	t.Run("noted in French", func(t *testing.T) { notedInFrench(t, c, tickets) })
	again, same := made(t, tickets, 7, now)
	sum.Samples, same.Samples = nil, nil
	if fmt.Sprint(sum) != fmt.Sprint(same) || sum.Cases != same.Cases {
		t.Errorf("the same seed is another life:\n%s\n%s", sum, same)
	}
	if a, b := byKind(check), byKind(ledgerOf(t, again)); !maps.Equal(a, b) {
		t.Errorf("the same seed is another ledger:\n%v\n%v", a, b)
	}
}

func ledgerOf(t *testing.T, c lived.Config) (check store.LedgerCheck) {
	t.Helper()
	look(t, c, func(ctx context.Context, tx *store.Tx) (err error) {
		check, err = tx.CheckLedger(ctx)
		return err
	})
	return check
}

// byKind adds up accounts by what they are: each payout has one of its own, under a random id.
func byKind(check store.LedgerCheck) map[string]int64 {
	all := map[string]int64{}
	for account, cents := range check.ByAccount {
		kind, _, _ := strings.Cut(account, ":po_")
		all[kind] += cents
	}
	return all
}

// everythingWaits wants something in every queue, of so many ages at least.
func everythingWaits(t *testing.T, c lived.Config, ages int) {
	waits := queue(t, c)
	for _, l := range payment.ExceptionTable {
		if l.Kind == payment.ExceptionFile {
			continue // it lies in a folder, and the demonstration has none
		}
		have := slices.Compact(slices.Sorted(slices.Values(waits[l.Kind])))
		if len(have) == 0 || len(have) < ages && l.Kind != payment.ExceptionPayout {
			t.Errorf("what waits of kind %s is of these ages: %v", l.Kind, have)
		}
	}
	refunds, items, disputes := map[string]int{}, map[payment.ItemReason]int{}, map[string]int{}
	var states map[payment.State]int
	var charges []payment.Charge
	look(t, c, func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.Refunds(ctx, 1000)
		for _, r := range all {
			refunds[string(r.Way)+" "+string(r.State)]++
		}
		kept, err2 := tx.Items(ctx, payment.ItemKept, 1000)
		for _, i := range kept {
			items[i.Reason]++
		}
		back, err3 := tx.Disputes(ctx, 1000)
		for _, d := range back {
			disputes[string(d.State)]++
		}
		var err4, err5 error
		charges, err4 = tx.ChargesOwed(ctx, 1000)
		states, err5 = tx.AttemptStates(ctx)
		return errors.Join(err, err2, err3, err4, err5)
	})
	for _, want := range []string{"processor asked", "processor succeeded", "processor failed_later", "cheque asked", "cheque to_issue", "cheque returned"} {
		if refunds[want] < 2 {
			t.Errorf("%d refunds are %s: %v", refunds[want], want, refunds)
		}
	}
	if len(items) < 4 {
		t.Errorf("items are kept for these reasons: %v", items)
	}
	if disputes["needs_response"] < 2 || disputes["won"] == 0 || disputes["accepted"] == 0 {
		t.Errorf("chargebacks: %v", disputes)
	}
	if len(charges) < 2 || states["stopped"] < 2 || states["returned"] < 2 || states["banked"] < 100 {
		t.Errorf("%d charges are owed; attempts: %v", len(charges), states)
	}
}

// counted is what a query of a name and a number has.
func counted(t *testing.T, c lived.Config, query string) map[string]int {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(c.Scratch, "city.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			t.Fatal(err)
		}
		all[name] = n
	}
	return all
}

// allThatTakesTwo wants reviews of every state in both languages, and something on every list that waits for a second person.
func allThatTakesTwo(t *testing.T, c lived.Config) {
	for query, most := range map[string]map[string]int{
		"select state, count(*) from review group by state":                                                                           {"asked": 8, "kept": 2, "withdrawn": 3, "closed": 1},
		"select language || ' ' || way, count(*) from review group by language, way":                                                  {"en email": 2, "fr email": 2, "fr post": 2, "en post": 1},
		"select 'files', count(*) from review_file":                                                                                   {"files": 5},
		"select 'given back', count(*) from review where refund = 1":                                                                  {"given back": 2},
		"select 'runs again', count(*) from review r join ticket t on t.id = r.ticket_id where r.state = 'kept' and t.state = 'open'": {"runs again": 2},
		"select kind || ' ' || state, count(*) from rule_change group by kind, state":                                                 {"schedule asked": 1, "holiday asked": 1, "holiday refused": 1, "closure asked": 1, "outage asked": 1},
		"select kind || ' ' || asked_by, count(*) from staff_change where state = 'asked' group by kind, asked_by":                    {"roles dora": 1, "roles emil": 1, "keys emil": 1},
		"select kind || ' ' || asked_by, count(*) from counter_second where state = 'asked' group by kind, asked_by":                  {"mail anne": 1, "close ben": 1},
		"select case when used_at is null then 'lapsed' else 'used' end, count(*) from phone_code group by 1":                         {"lapsed": 2, "used": 3},
		"select kind || ' ' || state, count(*) from mail_message group by kind, state":                                                {"mail_receipt bounced": 2, "letter_refund ready": 2},
	} {
		have := counted(t, c, query)
		for name, least := range most {
			if have[name] < least {
				t.Errorf("%d of %s, want %d: %v", have[name], name, least, have)
			}
		}
	}
}

// everyList wants cases of two ages at least on each list of what waits that is none of the queue's own: the ages in whole
// days.
func everyList(t *testing.T, c lived.Config) {
	for list, query := range map[string]string{
		"refunds":     "select asked_at at from refund where state = 'asked'",
		"byhand":      "select asked_at at from refund where state = 'stopped' or state = 'approved' and way = 'terminal'",
		"cheques":     "select asked_at at from refund where way = 'cheque' and state in ('to_issue', 'returned', 'stale')",
		"asked":       "select asked_at at from ticket_ask where state = 'asked' and kind <> 'write_off'",
		"debts":       "select asked_at at from ticket_ask where state = 'asked' and kind = 'write_off'",
		"corrections": "select asked_at at from correction where state = 'asked'",
		"transfers":   "select asked_at at from correction where state = 'asked' and kind = 'transfer'",
		"stopped":     "select created_at at from attempt where state = 'stopped'",
		"underway":    "select created_at at from attempt where state = 'capturing'",
		"chargebacks": "select opened_at at from dispute where closed_at is null",
		"held":        "select held_at at from import_quarantine where resolved_at is null",
		"holds":       "select state_since at from ticket where state = 'hold'",
		"reviews":     "select asked_at at from review where state in ('asked', 'hearing')",
		"items":       "select entered_at at from item where state = 'kept'",
		"seconds":     "select asked_at at from counter_second where state = 'asked'",
		"rules":       "select asked_at at from rule_change where state = 'asked' and kind in ('schedule', 'holiday')",
		"holidays":    "select asked_at at from rule_change where state = 'asked' and kind = 'holiday'",
		"closures":    "select asked_at at from rule_change where state = 'asked' and kind in ('closure', 'outage')",
		"rights":      "select asked_at at from staff_change where state = 'asked'",
	} {
		ages := counted(t, c, fmt.Sprintf("select cast((%d - at) / 86400000000 as text), count(*) from (%s) group by 1", c.Until.UnixMicro(), query))
		if len(ages) < 2 {
			t.Errorf("what waits of %s is of these ages in days: %v", list, ages)
		}
	}
}

// days wants them closed up to some days ago, and the first that is open to say why.
func days(t *testing.T, c lived.Config, sum lived.Summary) {
	rules, err := office.LoadRules(context.Background(), c.Store)
	if err != nil {
		t.Fatal(err)
	}
	d := settle.NewDeposits(settle.DepositsConfig{
		Store: c.Store, City: c.Settings.City(), Rules: c.Deposits, Calendar: rules, Now: func() time.Time { return c.Until }, Log: slog.New(slog.DiscardHandler),
	})
	first := city.DateOf(c.Until, c.Settings.City().Zone).AddDays(1 - lived.Days)
	closed, said := 0, ""
	for n := range lived.Days {
		r, err := d.Report(context.Background(), first.AddDays(n))
		if err != nil {
			t.Fatal(err)
		}
		if r.Closed && closed < n {
			t.Errorf("%s is closed, and a day before it is not", first.AddDays(n))
		}
		if r.Closed {
			closed++
		}
		for _, v := range r.Variances {
			if !r.Closed && v.Class == payout.Unknown {
				said += v.What + "\n"
			}
		}
	}
	if closed != sum.Closed || closed < lived.Days-30 || closed > lived.Days-5 {
		t.Errorf("%d days of %d are closed, it says %d", closed, lived.Days, sum.Closed)
	}
	for _, want := range []string{"they differ by -20.00", "is nobody's by the rules", "Compare them one by one"} {
		if !strings.Contains(said, want) {
			t.Errorf("no open day says %q:\n%s", want, said)
		}
	}
}

// allTickets wants all of them in, the night of the snow ban, and each under the schedule of its day.
func allTickets(t *testing.T, c lived.Config, sum lived.Summary, tickets int) {
	if sum.Tickets != tickets {
		t.Errorf("%d of %d tickets are in", sum.Tickets, tickets)
	}
	snow, schedules := 0, map[string]int{}
	look(t, c, func(ctx context.Context, tx *store.Tx) error {
		for i := range tickets {
			found, err := tx.TicketsNumbered(ctx, ticket.NumberKey(fmt.Sprintf("FH-%07d", 2_000_000+i*7)), 2)
			if err != nil || len(found) != 1 {
				return errors.Join(fmt.Errorf("%d tickets of one number", len(found)), err)
			}
			tk := found[0].Ticket
			if tk.IssuedOn == sum.Snow && tk.Offence == "SNOWBAN" {
				snow++
			}
			schedules[tk.Schedule]++
			if (tk.Schedule == "C") != (tk.IssuedOn.Compare(sum.ByLaw) >= 0) {
				t.Errorf("a ticket of %s stands under schedule %s", tk.IssuedOn, tk.Schedule)
			}
		}
		return nil
	})
	if snow != tickets/50 || schedules["B"] < tickets/5 || schedules["C"] < tickets/5 {
		t.Errorf("%d tickets of the snow ban; under the schedules: %v", snow, schedules)
	}
}

// Before the morning's file of a day has come, all tickets are in all the same: whoever makes a city at night has as many.
func TestACityThatIsMadeAtNight(t *testing.T) {
	t.Parallel()
	c, sum := made(t, lived.Fewest, 4, time.Date(2026, time.November, 26, 4, 53, 0, 0, time.UTC)) // 00:53 there
	allTickets(t, c, sum, lived.Fewest)
}

// What would not be a life is refused, and nothing is written.
func TestWhatIsNoLife(t *testing.T) {
	t.Parallel()
	for _, c := range []lived.Config{
		{Settings: city.Settings{Kind: city.Live}, Tickets: lived.Fewest}, {Settings: city.Settings{Kind: city.Test}, Tickets: lived.Fewest},
		{Settings: city.Settings{Kind: city.Demo}, Tickets: lived.Fewest - 1}, {Settings: city.Settings{Kind: city.Demo}, Tickets: lived.Most + 1},
	} {
		if _, err := lived.Make(context.Background(), c); err == nil {
			t.Errorf("%s, %d tickets", c.Settings.Kind, c.Tickets)
		}
	}
}
