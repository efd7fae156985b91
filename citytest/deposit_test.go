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
	"fundy/store"
)

// wednesday is an ordinary day: the payouts of the week come on business days.
var wednesday = time.Date(2027, 3, 3, 15, 0, 0, 0, time.UTC)

// payTwenty pays twenty tickets, two at a time, and returns what they came to in cents.
func payTwenty(t *testing.T, c *citytest.City) int64 {
	t.Helper()
	for i := range 10 {
		a, b, plate := fmt.Sprintf("D%d1", i), fmt.Sprintf("D%d2", i), fmt.Sprintf("WXY 7%d1", i)
		c.Add(citytest.Spec{Number: a, Plate: plate, Offence: "NOPARK", Age: 1 + i})
		c.Add(citytest.Spec{Number: b, Plate: plate, Offence: "METER", Age: 1 + i})
		v := toCardPage(c, "en", "", [2]string{a, plate}, [2]string{b, plate})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full")
	}
	check := c.CheckLedger()
	if check.PaidTickets != 20 || check.Captured != check.Clearing {
		t.Fatalf("%d tickets paid, %d captured, %d in clearing", check.PaidTickets, check.Captured, check.Clearing)
	}
	return check.Captured
}

// states counts the attempts by state.
func states(t *testing.T, c *citytest.City) map[payment.State]int {
	t.Helper()
	var all map[payment.State]int
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = tx.AttemptStates(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func days(t *testing.T, c *citytest.City, n int) {
	t.Helper()
	c.SetNow(c.Now().AddDate(0, 0, n))
}

// Twenty tickets are paid, their money is followed to the bank among other people's lines, and the day closes.
func TestADayIsFollowedToTheBankAndClosed(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, d := context.Background(), c.Deposits()
		day := city.DateOf(wednesday, c.Settings.City().Zone)
		gross := payTwenty(t, c)

		r, err := d.Report(ctx, day)
		if err != nil || r.Captures != 10 || r.Gross.Minor() != gross || r.Classes[payout.Timing].Minor() != gross || r.Unknown() != 0 {
			t.Fatalf("before any payout: %+v, %v", r, err)
		}
		days(t, c, 4)
		if dry, err := d.Fetch(ctx, false); err != nil || dry.Payouts != 1 || dry.Lines != 10 || dry.Unknown != 0 || states(t, c)[payment.Captured] != 10 {
			t.Fatalf("dry run: %+v, %v, %v", dry, err, states(t, c))
		}
		if f, err := d.Fetch(ctx, true); err != nil || f.Payouts != 1 || len(f.Problems) != 0 || states(t, c)[payment.Settled] != 10 {
			t.Fatalf("fetch: %+v, %v, %v", f, err, states(t, c))
		}
		if f, err := d.Fetch(ctx, true); err != nil || f.Payouts != 0 || f.Same != 1 {
			t.Fatalf("fetch again: %+v, %v", f, err)
		}
		if check := c.CheckLedger(); check.Clearing != 0 || check.OnItsWay+check.Kept != gross {
			t.Fatalf("settled: %+v", check)
		}
		if _, err := d.Close(ctx, day, true); err == nil || !strings.Contains(err.Error(), "statement of 2027-03-03 for the account operating has not been read") {
			t.Fatalf("close without the bank: %v", err)
		}
		file := c.BankFile("2027-03-03", "2027-03-06", 45, "")
		if b, err := d.Bank(ctx, "march.bai", file, nil, false); err != nil || b.New != 181 || b.Matched != 1 || states(t, c)[payment.Banked] != 0 {
			t.Fatalf("dry run of the bank's file: %+v, %v", b, err)
		}
		if b, err := d.Bank(ctx, "march.bai", file, nil, true); err != nil || b.New != 181 || b.Matched != 1 || len(b.Problems) != 0 || states(t, c)[payment.Banked] != 10 {
			t.Fatalf("the bank's file: %+v, %v, %v", b, err, states(t, c))
		}
		if b, err := d.Bank(ctx, "march.bai", file, nil, true); err != nil || b.New != 0 || b.Same != 181 || b.Matched != 0 || !b.Known {
			t.Fatalf("the same file again: %+v, %v", b, err)
		}
		r, err = d.Report(ctx, day)
		fees := r.Classes[payout.Fee].Minor()
		if err != nil || r.Bank.Minor() != gross-fees || fees == 0 || r.Unknown() != 0 || !r.Classes[payout.Timing].IsZero() {
			t.Fatalf("at the bank: %+v, %v", r, err)
		}
		if _, err := d.Close(ctx, day, false); err != nil {
			t.Fatal(err)
		}
		if r, err = d.Close(ctx, day, true); err != nil || !r.Closed {
			t.Fatalf("close: %+v, %v", r, err)
		}
		if _, err := d.Close(ctx, day, true); err == nil || !strings.Contains(err.Error(), "closed already") {
			t.Errorf("close again: %v", err)
		}
		if again, err := d.Report(ctx, day); err != nil || !again.Closed || again.Gross != r.Gross || again.Bank != r.Bank {
			t.Errorf("the closed day's report: %+v, %v", again, err)
		}
		if check := c.CheckLedger(); check.OnItsWay != 0 || check.AtBank != gross-fees || check.Kept != fees || check.Suspense != 0 {
			t.Errorf("at the end: %+v", check)
		}
	})
}
