package citytest_test

import (
	"context"
	"slices"
	"testing"

	"fundy/citytest"
	"fundy/office"
	"fundy/office/staff"
	settling "fundy/settle"
	"fundy/store"
)

// An office with staff pages knows who works there and may do what, and so keeps the last who could decide a review; one
// without them keeps nobody.
func TestAnOfficeKnowsItsColleagues(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		ctx, config := context.Background(), c.Office.Config
		for at, knows := range map[string]bool{"": false, "http://localhost:8400": true} {
			config.Settings.Office.PublicURL = at
			o, err := office.New(ctx, config)
			if err != nil {
				t.Fatal(err)
			}
			if got := o.Settler().Colleagues != nil; got != knows {
				t.Errorf("the pages are at %q: %v", at, got)
			}
			if !knows {
				continue
			}
			joins := c.Staff()
			if _, err := joins.Invite(ctx, "anne", []string{"clerk"}, staff.OnHost); err != nil {
				t.Fatal(err)
			}
			err = c.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
				having, err := o.Settler().Colleagues(ctx, tx)
				if err == nil && slices.Contains(having(settling.MayTakeMoney), "anne") {
					t.Error("who has no passkey yet is left to do something")
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}
