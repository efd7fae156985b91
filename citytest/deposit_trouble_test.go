package citytest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/citytest"
	"fundy/payment"
	"fundy/payout"
	"fundy/visitor"
)

// payOne pays a ticket of 40.00 or 50.00.
func payOne(t *testing.T, c *citytest.City, number string) *visitor.Visitor {
	t.Helper()
	c.Add(citytest.Spec{Number: number, Plate: "WXY 701", Offence: "NOPARK", Age: 1})
	v := toCardPage(c, "en", "", [2]string{number, "WXY 701"})
	typeCard(v, good)
	want(t, text(t, v), "Paid in full")
	return v
}

func date(text string) city.Date {
	d, err := city.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func fetch(t *testing.T, d *citytest.Deposits) citytest.Fetched {
	t.Helper()
	f, err := d.Fetch(context.Background(), true)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func takeBank(t *testing.T, d *citytest.Deposits, name string, file []byte) citytest.Deposited {
	t.Helper()
	b, err := d.Bank(context.Background(), name, file, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func report(t *testing.T, d *citytest.Deposits, day string) payout.Report {
	t.Helper()
	r, err := d.Report(context.Background(), date(day))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// unknowns are what a report says of its unknowns.
func unknowns(r payout.Report) string {
	var all []string
	for _, v := range r.Variances {
		if v.Class == payout.Unknown {
			all = append(all, fmt.Sprintf("%s %s", v.Amount, v.What))
		}
	}
	return strings.Join(all, "\n")
}

// A month of the bank's lines, of which few are the processor's: each is claimed, counted and summed, what is not
// ours is kept without its text, and the days close.
func TestAMonthAmongOtherPeoplesLines(t *testing.T) {
	t.Parallel()
	c := citytest.SQLiteAt(t, wednesday)
	d := c.Deposits()
	for i := range 8 {
		payOne(t, c, fmt.Sprintf("M%d", i))
		days(t, c, 3)
	}
	c.SetNow(time.Date(2027, 4, 2, 15, 0, 0, 0, time.UTC))
	if f := fetch(t, d); f.Payouts != 8 || f.Lines != 8 || len(f.Problems) != 0 {
		t.Fatalf("%+v", f)
	}
	b := takeBank(t, d, "march.bai", c.BankFile("2027-03-01", "2027-03-31", 30, ""))
	sums := map[payout.Claim]int{}
	for _, claim := range b.Claims {
		sums[claim.Claim] += claim.Count
	}
	if b.New != 31*30+8 || b.Matched != 8 || sums[payout.NotOurs] != 31*30 || sums[payout.Processor] != 8 || len(b.Problems) != 0 {
		t.Fatalf("%+v", b)
	}
	if states(t, c)[payment.Banked] != 8 {
		t.Errorf("%v", states(t, c))
	}
	if c.StoreHas("PROPERTY TAX") || c.StoreHas("CHEQUE PAID") || !c.StoreHas("STRIPE TRANSFER") {
		t.Error("the text of a line that is not ours is kept, or that of one that is ours is not")
	}
	for day := date("2027-03-03"); day.Compare(date("2027-03-25")) < 0; day = day.AddDays(1) {
		r, err := d.Close(context.Background(), day, true)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.BankLines) == 0 || r.BankLines[0].Count+len(r.BankLines) < 30 {
			t.Errorf("%s: the bank's lines: %+v", day, r.BankLines)
		}
	}
	c.CheckLedger()
}

// Each error planted in the bank's file is found, and said so that a clerk knows what to do.
func TestPlantedErrorsAreFound(t *testing.T) {
	t.Parallel()
	for wrong, expected := range map[string]struct{ refused, day, unknown string }{
		"total":    {refused: "control total: says "},
		"account":  {refused: "line 3, account: the account 000999999999 is not one of the city's. Nothing of the file was taken"},
		"currency": {refused: "line 3, currency: the account 000104762233 is in USD here, and in CAD in deposits.toml"},
		"year":     {refused: "more than 300 days ago. Nothing of the file was taken. Is the year right?"},
		"cent":     {day: "2027-03-06", unknown: "they differ by -0.01. Ask the processor which is right"},
		"missing":  {day: "2027-03-03", unknown: "was to be at the bank on 2027-03-06, by 2027-03-10 at the latest, and no line of the bank is it: is a file of the bank missing?"},
		"twice":    {day: "2027-03-06", unknown: "and the payout of that amount has its line already: did the bank enter it twice?"},
		"day":      {day: "2027-03-15", unknown: "was to arrive on 2027-03-06: ask the bank about the day"},
	} {
		t.Run(wrong, func(t *testing.T) {
			t.Parallel()
			c := citytest.SQLiteAt(t, wednesday)
			ctx, d := context.Background(), c.Deposits()
			payOne(t, c, "P1")
			days(t, c, 20)
			fetch(t, d)
			b, err := d.Bank(ctx, "march.bai", c.BankFile("2027-03-01", "2027-03-20", 3, wrong), nil, true)
			if expected.refused != "" {
				if err == nil || !strings.Contains(err.Error(), expected.refused) {
					t.Errorf("%v", err)
				}
				if last := report(t, d, "2027-03-06"); len(last.BankLines) != 0 {
					t.Errorf("lines of a refused file were taken: %+v", last.BankLines)
				}
				return
			}
			if err != nil || (b.Matched == 1) != (wrong == "twice") {
				t.Fatalf("%+v, %v", b, err)
			}
			r := report(t, d, expected.day)
			if !strings.Contains(unknowns(r), expected.unknown) {
				t.Errorf("report of %s:\n%s\nwant %q", expected.day, unknowns(r), expected.unknown)
			}
			for day := date("2027-03-03"); day.Compare(date(expected.day)) <= 0; day = day.AddDays(1) {
				if _, err = d.Close(ctx, day, true); err != nil {
					break
				}
			}
			if err == nil || !strings.Contains(err.Error(), "unexplained") {
				t.Errorf("the days were closed: %v", err)
			}
			c.CheckLedger()
		})
	}
}

// The bank's line is a cent less than the payout: neither is the other's half. Both wait for a person, who reads by
// what they differ; the day stays open until he has said what it is, and then closes. Nothing was made to fit.
func TestABankLineOffByACentWaitsForAPerson(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, d := context.Background(), c.Deposits()
		payOne(t, c, "C1")
		days(t, c, 5)
		fetch(t, d)
		takeBank(t, d, "a.bai", c.BankFile("2027-03-01", "2027-03-07", 3, "cent"))
		if q := queue(t, c); q != "" {
			t.Errorf("the bank has some days: %q", q)
		}
		days(t, c, 7)
		fetch(t, d)
		if q := queue(t, c); strings.Contains(q, "payout po_") || !strings.Contains(q, "line bnk_") {
			t.Errorf("the bank has not shown so far: %q", q)
		}
		days(t, c, 7)
		fetch(t, d)
		if q := queue(t, c); !strings.Contains(q, "payout po_") || strings.Count(q, "line bnk_") != 1 || strings.Count(q, "\n") != 1 {
			t.Errorf("%q", q)
		}
		r := report(t, d, "2027-03-06")
		want(t, unknowns(r), "they differ by -0.01. Ask the processor which is right")
		if states(t, c)[payment.Settled] != 1 || c.CheckLedger().AtBank != 0 {
			t.Errorf("%v", states(t, c))
		}
		if _, err := d.Close(ctx, date("2027-03-03"), true); err == nil || !strings.Contains(err.Error(), "unexplained") {
			t.Errorf("%v", err)
		}
		for range 2 { // what a person has said is not asked again
			for _, v := range append(r.Variances, report(t, d, "2027-03-03").Variances...) {
				if v.Class == payout.Unknown && v.Ref != "" {
					d.Explain(ctx, v.Ref, payout.Fee, "the bank kept a cent; asked on the telephone", true) //nolint:errcheck // once each
				}
			}
			fetch(t, d)
			if q := queue(t, c); q != "" {
				t.Errorf("explained: %q", q)
			}
		}
		c.CheckLedger()
	})
}

// The bank's line may come before the processor tells of the payout: it waits, and is found then.
func TestABankLineWithoutAPayoutIsUnknownUntilThePayoutComes(t *testing.T) {
	t.Parallel()
	c := citytest.SQLiteAt(t, wednesday)
	d := c.Deposits()
	v := payOne(t, c, "U1")
	days(t, c, 5)
	takeBank(t, d, "a.bai", c.BankFile("2027-03-05", "2027-03-07", 2, ""))
	if said := unknowns(report(t, d, "2027-03-06")); !strings.Contains(said, "no payout of ours is that: is it another account's at the processor? Fetch the payouts first") {
		t.Errorf("%s", said)
	}
	if f := fetch(t, d); f.Matched != 1 {
		t.Errorf("%+v", f)
	}
	if r := report(t, d, "2027-03-06"); r.Unknown() != 0 {
		t.Errorf("%s", unknowns(r))
	}
	if states(t, c)[payment.Banked] != 1 {
		t.Errorf("%v", states(t, c))
	}
	v.Open(context.Background(), v.At)
	want(t, text(t, v), "Paid in full", "COPY") // the payer's receipt is what it was
}

// A payout that is on its way when it is first seen is entered once its lines can be listed, however long that takes.
func TestAPayoutWhoseLinesCannotBeListedYetWaits(t *testing.T) {
	t.Parallel()
	c := citytest.SQLiteAt(t, wednesday)
	d := c.Deposits()
	payOne(t, c, "W1")
	c.SetNow(time.Date(2027, 3, 5, 6, 0, 0, 0, time.UTC)) // it went out at midnight
	if f := fetch(t, d); f.Waiting != 1 || f.Payouts != 0 || states(t, c)[payment.Captured] != 1 {
		t.Fatalf("%+v", f)
	}
	if r := report(t, d, "2027-03-03"); r.Unknown() != 0 || r.Classes[payout.Timing] != r.Gross {
		t.Errorf("%+v", r)
	}
	days(t, c, 40)
	if f := fetch(t, d); f.Waiting != 0 || f.Payouts != 1 || states(t, c)[payment.Settled] != 1 {
		t.Errorf("%+v", f)
	}
	if r := report(t, d, "2027-03-03"); !strings.Contains(unknowns(r), "no line of the bank is it") {
		t.Errorf("%s", unknowns(r))
	}
	c.CheckLedger()
}

// A payout that was paid fails: its money is with the processor again, and goes out with the next.
func TestAPayoutThatWasPaidFails(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, d := context.Background(), c.Deposits()
		payOne(t, c, "F1")
		days(t, c, 4)
		fetch(t, d)
		r := report(t, d, "2027-03-03")
		if len(r.Payouts) != 1 || !r.Payouts[0].Failed.IsZero() {
			t.Fatalf("%+v", r)
		}
		control(t, c, "fail", map[string]any{"payout": r.Payouts[0].ID})
		if f := fetch(t, d); f.Failed != 1 {
			t.Fatalf("%+v", f)
		}
		if q := queue(t, c); q != "payout "+r.Payouts[0].ID {
			t.Errorf("failed: %q", q)
		}
		if f := fetch(t, d); f.Failed != 0 || f.Same != 1 {
			t.Errorf("again: %+v", f)
		}
		if check := c.CheckLedger(); check.OnItsWay != 0 || check.Clearing == 0 || states(t, c)[payment.Settled] != 1 {
			t.Errorf("failed: %+v, %v", check, states(t, c))
		}
		r = report(t, d, "2027-03-03")
		if r.Unknown() != 0 || r.Classes[payout.Timing].IsZero() || !strings.Contains(fmt.Sprint(r.Variances), "its money goes out again with a later one") {
			t.Errorf("%+v", r)
		}
		days(t, c, 4)
		if f := fetch(t, d); f.Payouts != 1 || len(f.Problems) != 0 {
			t.Fatalf("%+v", f)
		}
		if q := queue(t, c); q != "" {
			t.Errorf("its money went out again: %q", q)
		}
		takeBank(t, d, "a.bai", c.BankFile("2027-03-03", "2027-03-10", 2, ""))
		r = report(t, d, "2027-03-03")
		if r.Unknown() != 0 || !r.Classes[payout.Timing].IsZero() || r.Bank != r.Net || states(t, c)[payment.Banked] != 1 {
			t.Errorf("at the bank: %+v, %v\n%s", r, states(t, c), unknowns(r))
		}
		if _, err := d.Close(ctx, date("2027-03-03"), true); err != nil {
			t.Error(err)
		}
		if check := c.CheckLedger(); check.OnItsWay != 0 || check.Clearing != 0 {
			t.Errorf("%+v", check)
		}
	})
}

// One that the bank had shown already is sent back by it: the line that takes it back is found too.
func TestTheBankSendsAPayoutBack(t *testing.T) {
	t.Parallel()
	c := citytest.SQLiteAt(t, wednesday)
	d := c.Deposits()
	payOne(t, c, "B1")
	days(t, c, 4)
	fetch(t, d)
	takeBank(t, d, "a.bai", c.BankFile("2027-03-03", "2027-03-06", 2, ""))
	r := report(t, d, "2027-03-03")
	control(t, c, "fail", map[string]any{"payout": r.Payouts[0].ID})
	fetch(t, d)
	if check := c.CheckLedger(); check.OnItsWay != -r.Net.Minor() || check.AtBank != r.Net.Minor() {
		t.Errorf("before the bank sends it back: %+v", check)
	}
	days(t, c, 2)
	file := fmt.Sprintf("01,B,C,270309,0500,1,,,2/\n02,C,B,1,270308,2400,CAD,2/\n03,000104762233,,/\n16,455,%d,Z,R1,,STRIPE RETURN/\n49,%d,3/\n98,%d,1,5/\n99,%d,1,7/\n",
		r.Net.Minor(), r.Net.Minor(), r.Net.Minor(), r.Net.Minor())
	if b := takeBank(t, d, "b.bai", []byte(file)); b.Matched != 1 {
		t.Errorf("%+v", b)
	}
	if check := c.CheckLedger(); check.OnItsWay != 0 || check.AtBank != 0 || check.Clearing != r.Net.Minor() {
		t.Errorf("after it: %+v", check)
	}
}

// What nobody has a word for is entered in suspense and stands in the report until a person says what it is.
func TestAnUnknownLineIsNeverDropped(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, d := context.Background(), c.Deposits()
		payOne(t, c, "X1")
		control(t, c, "adjust", map[string]any{"type": "moon_dust", "category": "moon", "amount": -123})
		control(t, c, "adjust", map[string]any{"type": "charge", "category": "charge", "source": "ch_nobody", "amount": 777})
		control(t, c, "adjust", map[string]any{"type": "reserve_hold", "category": "reserve_hold", "amount": -500})
		days(t, c, 4)
		f := fetch(t, d)
		if f.Unknown != 2 || len(f.Problems) != 2 || !strings.Contains(c.Log.String(), "alarm=unknown_line") {
			t.Fatalf("%+v", f)
		}
		if q := queue(t, c); strings.Count(q, "line txn_") != 2 {
			t.Errorf("%q", q)
		}
		takeBank(t, d, "a.bai", c.BankFile("2027-03-03", "2027-03-06", 2, ""))
		r := report(t, d, "2027-03-03")
		want(t, unknowns(r), `the processor calls it "moon_dust/moon"`, "a charge that is none of our captures")
		if r.Unknown() != 2 || r.Classes[payout.Reserve].Minor() != 500 || r.Classes[payout.Unknown].Minor() != 123-777 {
			t.Errorf("%+v", r)
		}
		if check := c.CheckLedger(); check.Suspense != 123-777 {
			t.Errorf("%+v", check)
		}
		for _, v := range r.Variances {
			if v.Class != payout.Unknown {
				continue
			}
			if err := d.Explain(ctx, v.Ref, payout.Fee, "asked the processor: a levy", true); err != nil {
				t.Error(err)
			}
			if err := d.Explain(ctx, v.Ref, payout.Fee, "again", true); err == nil || !strings.Contains(err.Error(), "explained already") {
				t.Errorf("explained twice: %v", err)
			}
		}
		if check := c.CheckLedger(); check.Suspense != 0 || queue(t, c) != "" {
			t.Errorf("%+v, %q", check, queue(t, c))
		}
		if r, err := d.Close(ctx, date("2027-03-03"), true); err != nil || r.Unknown() != 0 || !r.Classes[payout.Unknown].IsZero() {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// A day does not close over a payment that is under way. What comes of it after it is closed is entered in the
// first open day.
func TestAClosedDayIsLocked(t *testing.T) {
	t.Parallel()
	c := citytest.SQLiteAt(t, wednesday)
	ctx, d := context.Background(), c.Deposits()
	control(t, c, "webhooks", map[string]any{"mode": "off"})
	control(t, c, "adjust", map[string]any{"type": "adjustment", "category": "dispute", "amount": -900})
	c.Add(citytest.Spec{Number: "L1", Plate: "WXY 701", Offence: "NOPARK", Age: 1})
	id, _ := begun(t, c, "L1", "WXY 701")
	if _, err := d.Close(ctx, date("2027-03-03"), true); err == nil || !strings.Contains(err.Error(), "is not over yet") {
		t.Errorf("%v", err)
	}
	c.SetNow(wednesday.AddDate(0, 0, 1))
	takeBank(t, d, "a.bai", c.BankFile("2027-03-03", "2027-03-03", 2, ""))
	if _, err := d.Close(ctx, date("2027-03-03"), true); err == nil || !strings.Contains(err.Error(), "1 payments of 2027-03-03 are still under way") {
		t.Errorf("closed over a payment that is under way: %v", err)
	}
	if a, err := c.Office.Settler().Refresh(ctx, id); err != nil || a.State != payment.Expired {
		t.Fatalf("%s, %v", a.State, err)
	}
	if r, err := d.Close(ctx, date("2027-03-03"), true); err != nil || r.Captures != 0 {
		t.Fatal(err)
	}
	days(t, c, 4)
	if f := fetch(t, d); f.Payouts != 1 {
		t.Fatalf("%+v", f)
	}
	if r := report(t, d, "2027-03-03"); !r.Closed || !r.Classes[payout.Chargeback].IsZero() {
		t.Errorf("the closed day has changed: %+v", r)
	}
	if r := report(t, d, "2027-03-04"); r.Classes[payout.Chargeback].Minor() != 900 {
		t.Errorf("the first open day: %+v", r)
	}
	takeBank(t, d, "b.bai", c.BankFile("2027-03-04", "2027-03-07", 2, ""))
	if _, err := d.Close(ctx, date("2027-03-06"), true); err == nil || !strings.Contains(err.Error(), "close 2027-03-04 first") {
		t.Errorf("out of order: %v", err)
	}
}
