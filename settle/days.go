package settle

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fundy/city"
	"fundy/payout"
	"fundy/store"
)

// MostDays bounds a list of days: each open one is added up anew.
const MostDays = 31

// Days are what the days of a range came to, the newest first, both ends in it. Closed ones are as they were closed.
func (d *Deposits) Days(ctx context.Context, from, until city.Date) ([]payout.Report, error) {
	if n := int(until.Start(time.UTC).Sub(from.Start(time.UTC))/(24*time.Hour)) + 1; n < 1 || n > MostDays {
		return nil, fmt.Errorf("%s to %s are %d days: at most %d are shown together", from, until, n, MostDays)
	}
	var all []payout.Report
	err := d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		all = nil
		closed, err := tx.ClosedDays(ctx, from, until)
		if err != nil {
			return err
		}
		for day := until; day.Compare(from) >= 0; day = day.AddDays(-1) {
			var r payout.Report
			body, ok := closed[day]
			if ok {
				err = json.Unmarshal([]byte(body), &r)
			} else {
				r, err = d.reportIn(ctx, tx, day)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", day, err)
			}
			all = append(all, r)
		}
		return nil
	})
	return all, err
}
