package office

import (
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payout"
)

// What the office finds in the bank's file by itself has the city's own rules of cheques that come back, as what a
// person enters has.
func TestTheOfficesOwnWayToTheBankKnowsTheFee(t *testing.T) {
	t.Parallel()
	c := Config{DepositRules: func() (payout.Rules, bool, error) { return payout.NoRules(), true, nil }}
	c.Settings.Counter = city.CounterSettings{NSFFee: money.FromMinor(2500), NSFClause: "By-law F-1, s. 4", NSFTier: city.NSFNow}
	c.Settings.Refund.PayeeDays = 90
	d := (&Office{Config: c}).newFeeds().FeedsConfig.Deposits
	if d.Counter.NSFFee != money.FromMinor(2500) || d.Counter.NSFClause == "" || d.Counter.NSFTier != city.NSFNow || d.PayeeLife != 90*24*time.Hour {
		t.Errorf("%+v, %s", d.Counter, d.PayeeLife)
	}
}
