package citytest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/citytest"
	"fundy/fault"
	"fundy/journal"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	settling "fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// lastMonday is in the last week of a year: payouts of its payments come to the bank on both sides of its end.
var lastMonday = time.Date(2027, 12, 27, 15, 0, 0, 0, time.UTC)

// lastWeek is a city at the end of its year: a payment at the bank, two on their way, one still with the processor,
// tickets of two ages that are owed, one that was given up, and money of payers' that nobody has claimed. Its days
// are closed.
func lastWeek(t *testing.T, c *citytest.City, d *citytest.Deposits) payment.Attempt {
	t.Helper()
	c.Settings.Ledger = city.Ledger{Basis: city.ReceivableBasis, Allowance: []city.Allowance{{AfterDays: 30, Percent: 50}}, Tax: map[string]string{"penalty": "EXEMPT"}}
	for number, age := range map[string]int{"U1": 20, "U2": 45, "U3": 40} {
		c.Add(citytest.Spec{Number: number, Plate: "UUU 1" + number[1:] + "1", Offence: "NOPARK", Age: age})
	}
	c.Add(citytest.Spec{Number: "P1", Plate: "PPP 111", Offence: "NOPARK", Age: 1})
	first := paid(t, c, "P1", "PPP 111", good)
	for i, ahead := range []int{2, 1, 1} { // Wednesday, Thursday, Friday
		days(t, c, ahead)
		payOne(t, c, fmt.Sprintf("P%d", i+2))
		if i == 0 {
			overpaid(t, c)
		}
	}
	id := approved(t, c, first.ID, asks(1000, 3000)) // it is taken from a payout of the new year
	if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded {
		t.Fatal(r.State)
	}
	owed(t, c, first, "Marie Tremblay\n12 rue Main\nSaint John NB E2L 1A1", asks(500, 2000))
	out, err := c.Ledgers().WriteOff(context.Background(), numbers("U3"), "anne", "2027-114", true)
	if err != nil || out.Tickets != 1 || out.Amount.Minor() != 3000 {
		t.Fatalf("write-off: %+v, %v", out, err)
	}
	if _, err := c.Ledgers().CloseYear(context.Background(), 2027, "anne", true); err == nil || !strings.Contains(err.Error(), "its last day is not closed yet") {
		t.Fatalf("a year whose days are open: %v", err)
	}
	days(t, c, 4)
	if f := fetch(t, d); f.Payouts != 4 || len(f.Problems) != 0 {
		t.Fatalf("%+v", f)
	}
	takeBank(t, d, "december.bai", c.BankFile("2027-12-27", "2028-01-03", 3, ""))
	for day := date("2027-12-27"); day.Compare(date("2027-12-31")) <= 0; day = day.AddDays(1) {
		if _, err := d.Close(context.Background(), day, true); err != nil {
			t.Fatal(err)
		}
	}
	return first
}

// overpaid is a cheque at the counter that is 12.50 too much.
func overpaid(t *testing.T, c *citytest.City) {
	t.Helper()
	drawer(t, c, "A", "anne")
	id := c.Add(citytest.Spec{Number: "C1", Plate: "CCC 111", Offence: "NOPARK", Age: 1})
	_, err := c.Office.Settler().TakeTender(context.Background(), settling.TenderRequest{
		RequestID: rand.Text(), Tickets: []ticket.ID{id}, By: "anne",
		Tenders: []payment.Tender{{Kind: payment.Cheque, Tendered: money.FromMinor(4250), Reference: "77"}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// owing is the refund that waits for its cheque.
func owing(t *testing.T, c *citytest.City) payment.RefundID {
	t.Helper()
	for _, s := range year(t, c, 2027).Unclaimed {
		return payment.RefundID(s.Ref)
	}
	t.Fatal("no refund is owed")
	return ""
}

func numbers(all ...string) []citytest.TicketNumber {
	var list []citytest.TicketNumber
	for _, n := range all {
		list = append(list, citytest.TicketNumber{Number: n})
	}
	return list
}

// entered posts between two accounts, as what comes in at a counter does.
func entered(t *testing.T, c *citytest.City, kind, ref string, at time.Time, debit, credit ledger.Account, cents int64) {
	t.Helper()
	err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		return tx.AddEntry(ctx, ledger.Entry{
			ID: kind + "-" + ref, Kind: ledger.Kind(kind), Ref: ref, Entered: c.Now(), Effective: at,
			Postings: []ledger.Posting{{Debit: debit, Credit: credit, Amount: money.FromMinor(cents)}},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func year(t *testing.T, c *citytest.City, of int) ledger.Year {
	t.Helper()
	y, err := c.Ledgers().Year(context.Background(), of)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

func asText(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func balanceOf(all []ledger.Balance, account string) int64 {
	for _, b := range all {
		if b.Account == account {
			return b.Balance.Minor()
		}
	}
	return 0
}

// At the end of a year, each cent is where the report says, and the lists come to the accounts.
func TestTheYearsEndIsWhatTheAccountsSay(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, lastMonday, func(t *testing.T, c *citytest.City) {
		lastWeek(t, c, c.Deposits())
		y := year(t, c, 2027)
		if !y.Final || y.Locked || y.Basis != "receivable" {
			t.Errorf("%+v", y)
		}
		sums, counts, clearing := map[string]int64{}, map[string]int{}, int64(0)
		for _, b := range y.Balances {
			if strings.HasPrefix(b.Account, "clearing:") {
				clearing += b.Balance.Minor()
			}
		}
		for _, tr := range y.Transit {
			sums[tr.Side] += tr.Amount.Minor()
			counts[tr.Side]++
			if tr.Side == ledger.TransitAtEnd && (tr.BankedOn.Year != 2028 || tr.Sent.Year != 2027) || tr.Side == ledger.WithProcessor && tr.Sent.Year != 2028 {
				t.Errorf("%+v", tr)
			}
		}
		if counts[ledger.TransitAtEnd] != 2 || counts[ledger.WithProcessor] != 1 || counts[ledger.RefundNotTaken] != 1 || len(counts) != 3 || sums[ledger.TransitAtEnd] != balanceOf(y.Balances, "in_transit:card") ||
			sums[ledger.WithProcessor] != 2883 || sums[ledger.RefundNotTaken] != -1000 || sums[ledger.WithProcessor]+sums[ledger.RefundNotTaken] != clearing {
			t.Errorf("in transit: %+v\n%+v", y.Transit, y.Balances)
		}
		owed := int64(0)
		for _, b := range y.Balances {
			if strings.HasPrefix(b.Account, "receivable:") {
				owed += b.Balance.Minor()
			}
		}
		want := []ledger.AgeLine{
			{State: ticket.Open, Tier: 2, Age: 0, Tickets: 1, Owed: money.FromMinor(3000)},
			{State: ticket.Open, Tier: 3, Age: 1, Tickets: 1, Owed: money.FromMinor(3000), Allowance: money.FromMinor(1500)},
		}
		if asText(t, y.Receivable) != asText(t, want) || y.Owed.Minor() != owed || owed != 6000 || y.Allowance.Minor() != 1500 {
			t.Errorf("receivable: %+v, %s, accounts %d", y.Receivable, y.Owed, owed)
		}
		if len(y.Unclaimed) != 1 || y.Unclaimed[0].Amount.Minor() != 500 || !strings.HasPrefix(y.Unclaimed[0].Ref, "rfd_") || y.Unclaimed[0].Days != 0 ||
			len(y.Unallocated) != 1 || y.Unallocated[0].Amount.Minor() != 1250 || y.Unallocated[0].Days != 2 {
			t.Errorf("payers' money: %+v, %+v", y.Unclaimed, y.Unallocated)
		}
		if len(y.WriteOffs) != 1 || y.WriteOffs[0].Resolution != "2027-114" || y.WriteOffs[0].Ticket != "U3" || y.WriteOffs[0].Amount.Minor() != 3000 ||
			balanceOf(y.Balances, "write_off:bad_debt") != 3000 {
			t.Errorf("write-offs: %+v", y.WriteOffs)
		}
		if next := year(t, c, 2028); next.Final {
			t.Errorf("a year that is not over is final: %+v", next)
		} else {
			before := 0
			for _, tr := range next.Transit {
				if tr.Side == ledger.FromBefore {
					before++
				}
			}
			if before != 2 {
				t.Errorf("sent before the year, at the bank in it: %+v", next.Transit)
			}
		}
		c.CheckLedger()
	})
}

// later is all that can still come of a year after its days are closed: a payment is given back, a ticket of it comes
// in, one of its tickets is paid, a debt that was given up is owed again, and its cheque is written.
func later(t *testing.T, c *citytest.City, first payment.Attempt) {
	t.Helper()
	id := approved(t, c, first.ID, asks(1500, 1500))
	if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded {
		t.Fatal(r.State)
	}
	c.Add(citytest.Spec{Number: "L1", Plate: "LLL 111", Offence: "NOPARK", Age: 15}) // issued on 20 December
	v := toCardPage(c, "en", "", [2]string{"U1", "UUU 111"})
	typeCard(v, good)
	if out, err := c.Ledgers().Recover(context.Background(), numbers("U3"), "ben", "2028-003", true); err != nil || out.Amount.Minor() != -3000 {
		t.Fatalf("recover: %+v, %v", out, err)
	}
	requisition(t, c, "carol")
	issued(t, c, owing(t, c), "1201", city.DateOf(c.Now(), c.Settings.City().Zone).String())
}

// Whatever comes later, a closed day, a closed year and what was exported of them stay the same; a correction of a
// locked year counts in the open one, and is listed apart.
func TestClosedDaysAndYearsStayTheSameForEver(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, lastMonday, func(t *testing.T, c *citytest.City) {
		ctx, d := context.Background(), c.Deposits()
		first := lastWeek(t, c, d)
		figures := func() string {
			t.Helper()
			all := []any{year(t, c, 2027)}
			for day := date("2027-12-26"); day.Compare(date("2027-12-31")) <= 0; day = day.AddDays(1) {
				b, err := c.Ledgers().Balances(ctx, day)
				if err != nil || !b.Closed {
					t.Fatalf("%+v, %v", b, err)
				}
				all = append(all, b)
				if day.Compare(date("2027-12-27")) >= 0 {
					all = append(all, report(t, d, day.String()))
				}
			}
			return asText(t, all)
		}
		before, mapping := figures(), exampleMapping(t)
		file, err := c.Ledgers().Export(ctx, exportOf(t, mapping, "2027-12-20", "2027-12-31"), true)
		if err != nil || file.Provisional || file.Lines == 0 {
			t.Fatalf("%+v, %v", file, err)
		}
		later(t, c, first)
		if after := figures(); after != before {
			t.Errorf("closed days have other figures:\n%s\n%s", before, after)
		}
		again, err := c.Ledgers().Export(ctx, exportOf(t, mapping, "2027-12-20", "2027-12-31"), true)
		if err != nil || !bytes.Equal(again.Content, file.Content) || again.ID == file.ID || again.Digest != file.Digest {
			t.Errorf("exported again: %+v, %v", again, err)
		}
		lockedAndAdjusted(t, c)

		// A ledger that was changed from outside is noticed by the next export of the same days.
		entered(t, c, "forged", "x", lastMonday.AddDate(0, 0, 1), "bank:operating", "fees:card", 1)
		if out, err := c.Ledgers().Export(ctx, exportOf(t, mapping, "2027-12-20", "2027-12-31"), true); err == nil || !strings.Contains(err.Error(), "exported before") {
			t.Errorf("a forged ledger: %+v, %v", out, err)
		}
	})
}

// lockedAndAdjusted locks the year, and looks for what is of it in the next.
func lockedAndAdjusted(t *testing.T, c *citytest.City) {
	t.Helper()
	ctx := context.Background()
	unlocked := year(t, c, 2027)
	if y, err := c.Ledgers().CloseYear(ctx, 2027, "anne", false); err != nil || !y.Locked || year(t, c, 2027).Locked {
		t.Fatalf("dry run: %+v, %v", y, err)
	}
	if len(year(t, c, 2028).Adjustments) != 0 {
		t.Error("adjustments of a year that nobody has locked")
	}
	if _, err := c.Ledgers().CloseYear(ctx, 2027, "anne", true); err != nil {
		t.Fatal(err)
	}
	for _, of := range []int{2027, 2026} {
		if _, err := c.Ledgers().CloseYear(ctx, of, "ben", true); err == nil || !strings.Contains(err.Error(), "locked") {
			t.Errorf("%d again: %v", of, err)
		}
	}
	locked := year(t, c, 2027)
	if !locked.Locked || locked.LockedBy != "anne" {
		t.Errorf("%+v", locked)
	}
	locked.Locked, locked.LockedBy = false, ""
	if asText(t, locked) != asText(t, unlocked) {
		t.Errorf("locked with other figures:\n%s\n%s", asText(t, unlocked), asText(t, locked))
	}
	kinds := map[ledger.Kind]city.Date{}
	for _, a := range year(t, c, 2028).Adjustments {
		if a.Day.Year != 2028 || a.Of.Year != 2027 {
			t.Errorf("%+v", a)
		}
		kinds[a.Kind] = a.Of
	}
	// The refund of a payment of 27 December, and the ticket of 20 December; not the ticket that was paid in the new
	// year, the debt that is owed again, or the cheque.
	if len(kinds) != 2 || kinds[ledger.Refunded] != date("2027-12-27") || kinds[ledger.Issued] != date("2027-12-20") {
		t.Errorf("adjustments: %v", kinds)
	}
}

func exampleMapping(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../examples/ledger/journal.toml")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func exportOf(t *testing.T, text []byte, from, until string) citytest.ExportAsk {
	t.Helper()
	m, faults := journal.ParseMapping(text)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return citytest.ExportAsk{From: date(from), Until: date(until), Mapping: m, MappingText: text, By: "anne"}
}

// An export is of closed days, or says that it is provisional; what it has is what the accounts moved by, on either
// basis; and one that can't be whole is none.
func TestAnExportIsWhatTheAccountsMovedBy(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, lastMonday, func(t *testing.T, c *citytest.City) {
		ctx, mapping := context.Background(), exampleMapping(t)
		lastWeek(t, c, c.Deposits())
		if _, err := c.Ledgers().Export(ctx, exportOf(t, mapping, "2027-12-20", "2028-01-01"), true); err == nil || !strings.Contains(err.Error(), "the last one that is, is 2027-12-31") {
			t.Errorf("an open day: %v", err)
		}
		ask := exportOf(t, mapping, "2027-12-20", "2028-01-01")
		ask.Open = true
		if out, err := c.Ledgers().Export(ctx, ask, true); err != nil || !out.Provisional || !strings.Contains(string(out.Content), ";PROVISIONAL\r\n") {
			t.Errorf("an open day, said so: %+v, %v", out, err)
		}
		for _, basis := range []string{city.ReceivableBasis, city.CashBasis} {
			c.Settings.Ledger.Basis = basis
			out, err := c.Ledgers().Export(ctx, exportOf(t, mapping, "2027-12-20", "2027-12-31"), false)
			if err != nil {
				t.Fatal(err)
			}
			sums := map[string]int64{}
			for line := range strings.Lines(string(out.Content)) {
				f := strings.Split(line, ";")
				for i, sign := range map[int]int64{6: 1, 7: -1} {
					if a, err := money.Parse(strings.Replace(f[i], ",", ".", 1)); err == nil && f[0] != "Date" {
						sums[f[2]] += sign * a.Minor()
					}
				}
				if strings.HasPrefix(f[2], "4-12") && (f[2] == "4-1290-000") == (f[5] == "EXEMPT") && f[2] != "4-1280-000" {
					t.Errorf("tax code: %q", line)
				}
			}
			// Four payments of 30.00 by card and one by cheque; on receivables also what is owed since 20 December by nobody: the tickets are older.
			revenue := sums["4-1200-000"] + sums["4-1290-000"]
			if revenue != -5*3000 {
				t.Errorf("%s: revenue %d\n%s", basis, revenue, out.Content)
			}
			if given := sums["5-7100-000"]; given != map[string]int64{city.ReceivableBasis: 3000, city.CashBasis: 0}[basis] {
				t.Errorf("%s: given up %d", basis, given)
			}
			if got := sums["1-1060-000"] + sums["1-1070-000"] + sums["1-1010-000"] + sums["5-6200-000"]; got != 4*3000-1000 {
				t.Errorf("%s: the money is %d", basis, got)
			}
		}
		missing := bytes.ReplaceAll(bytes.ReplaceAll(mapping, []byte(`"fees:*"`), []byte(`"x"`)), []byte(`"in_transit:*"`), []byte(`"y"`))
		_, err := c.Ledgers().Export(ctx, exportOf(t, missing, "2027-12-20", "2027-12-31"), true)
		if err == nil || !strings.Contains(err.Error(), "fees:card") || !strings.Contains(err.Error(), "in_transit:card") {
			t.Errorf("accounts without a mapping: %v", err)
		}
		for _, span := range [][2]string{{"2027-12-31", "2027-12-01"}, {"2026-11-01", "2027-12-31"}} {
			if _, err := c.Ledgers().Export(ctx, exportOf(t, mapping, span[0], span[1]), true); err == nil {
				t.Errorf("%v is taken", span)
			}
		}
	})
}

// What is given up is given up whole, by a resolution, once; and can be owed again.
func TestADebtIsGivenUpByAResolution(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, lastMonday, func(t *testing.T, c *citytest.City) {
		ctx := context.Background()
		for i, number := range []string{"W1", "W2", "W3"} {
			c.Add(citytest.Spec{Number: number, Plate: fmt.Sprintf("WWW 1%d1", i), Offence: "METER", Age: 20})
		}
		c.Add(citytest.Spec{Number: "COURT", Plate: "WWW 999", Offence: "METER", Age: 20, State: ticket.Court})
		for why, ask := range map[string]struct {
			list      []citytest.TicketNumber
			by, under string
		}{
			"say by which resolution":     {numbers("W1"), "anne", " "},
			"is no resolution's number":   {numbers("W1"), "anne", "line\nbreak"},
			"does not look like a card's": {numbers("W1"), "anne", "4242 4242 4242 4242"},
			"is not a name that staff":    {numbers("W1"), "", "2027-1"},
			"there is no such ticket":     {numbers("W1", "NONE"), "anne", "2027-1"},
			"it is court":                 {numbers("W1", "COURT"), "anne", "2027-1"},
			"in the list twice":           {numbers("W1", "W1"), "anne", "2027-1"},
			"name one ticket at least":    {nil, "anne", "2027-1"},
		} {
			if out, err := c.Ledgers().WriteOff(ctx, ask.list, ask.by, ask.under, true); err == nil || !strings.Contains(err.Error(), why) || out.Tickets != 0 {
				t.Errorf("%s: %+v, %v", why, out, err)
			}
		}
		if out, err := c.Ledgers().WriteOff(ctx, numbers("W1", "W2"), "anne", "2027-1", false); err != nil || out.Tickets != 2 {
			t.Fatalf("dry run: %+v, %v", out, err)
		}
		if out, err := c.Ledgers().WriteOff(ctx, numbers("W1"), "anne", "2027-1", true); err != nil || out.Tickets != 1 || out.Amount.Minor() != 3000 {
			t.Fatalf("one: %+v, %v", out, err)
		}
		// The list again, and longer: what was done stays done.
		if out, err := c.Ledgers().WriteOff(ctx, numbers("W1", "W2", "W3"), "anne", "2027-1", true); err != nil || out.Tickets != 2 || out.Same != 1 {
			t.Fatalf("the list again: %+v, %v", out, err)
		}
		if out, err := c.Ledgers().WriteOff(ctx, numbers("W1"), "anne", "2027-2", true); err == nil {
			t.Fatalf("by another resolution: %+v", out)
		}
		check := c.CheckLedger()
		if check.ByAccount["write_off:bad_debt"] != 9000 || check.ByAccount["receivable:penalty"]+check.ByAccount["receivable:discount"] != 3000 {
			t.Errorf("%+v", check.ByAccount)
		}
		if out, err := c.Ledgers().Recover(ctx, numbers("W2"), "ben", "2027-3", true); err != nil || out.Tickets != 1 {
			t.Fatalf("recover: %+v, %v", out, err)
		}
		if out, err := c.Ledgers().Recover(ctx, numbers("W2"), "ben", "2027-3", true); err == nil {
			t.Fatalf("recover again: %+v", out)
		}
		v := toCardPage(c, "en", "", [2]string{"W2", "WWW 111"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full")
		if out, err := c.Ledgers().WriteOff(ctx, numbers("W2"), "anne", "2027-4", true); err == nil || !strings.Contains(err.Error(), "it is paid") {
			t.Errorf("one that is paid: %+v, %v", out, err)
		}
		check = c.CheckLedger()
		if check.ByAccount["write_off:bad_debt"] != 6000 {
			t.Errorf("%+v", check.ByAccount)
		}
	})
}
