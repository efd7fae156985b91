package citytest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/payment"
)

// A fetch and a match are cut off wherever they look at the clock, which is in their midst too. What is entered in part
// keeps the day open; the next fetch enters the rest, once.
func TestAFetchThatIsCutOffGoesOn(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		gross := payTwenty(t, c)
		days(t, c, 4)
		file := c.BankFile("2027-03-03", "2027-03-06", 3, "")
		half := 0
		for n := 1; ; n++ {
			cut, err := cutAt(t, c, n, func(ctx context.Context, d *citytest.Deposits) error {
				_, err := d.Fetch(ctx, true)
				return err
			})
			if !cut {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
			check := c.CheckLedger() // fails the test where something does not agree
			if strings.Contains(strings.Join(check.Exceptions, "\n"), "entered in part") {
				half++
				if _, err := c.Deposits().Close(context.Background(), date("2027-03-03"), true); err == nil || !strings.Contains(err.Error(), "entered in part") {
					t.Errorf("a day closes over a payout that is entered in part: %v", err)
				}
			}
		}
		if half == 0 {
			t.Error("no cut has left a payout entered in part")
		}
		for n := 1; ; n++ {
			cut, err := cutAt(t, c, n, func(ctx context.Context, d *citytest.Deposits) error {
				_, err := d.Bank(ctx, "march.bai", file, nil, true)
				return err
			})
			if !cut {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
			c.CheckLedger()
		}
		check := c.CheckLedger()
		if states(t, c)[payment.Banked] != 10 || check.AtBank+check.Kept != gross || check.Clearing != 0 || check.OnItsWay != 0 || len(check.Exceptions) != 0 {
			t.Errorf("%v, %+v", states(t, c), check)
		}
	})
}

// cutAt does something whose context ends when it looks at the clock for the nth time; cut is false where it does not
// look so often.
func cutAt(t *testing.T, c *citytest.City, n int, do func(context.Context, *citytest.Deposits) error) (cut bool, err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	d := c.Deposits()
	now, looked := d.Now, 0
	d.Now = func() time.Time {
		if looked++; looked == n {
			cut = true
			cancel()
		}
		return now()
	}
	err = do(ctx, d)
	if cut && err == nil {
		cut = looked > n // it was done all the same, at its last look
	}
	return cut, err
}
