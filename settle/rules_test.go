package settle_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"fundy/city"
	"fundy/settle"
	"fundy/store"
)

// Two people approve, at the same moment, two schedules that begin on the same day. A day has one schedule.
func TestTwoSchedulesOfADayAreNotApprovedAtOnce(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		standing, err := h.rules.Rows()
		if err != nil {
			t.Fatal(err)
		}
		if err := h.write(func(ctx context.Context, tx *store.Tx) error { return tx.AddRules(ctx, standing, h.Now()) }); err != nil {
			t.Fatal(err)
		}
		b := settle.NewBooks(settle.BooksConfig{Store: h.store, City: h.city, Rules: h.rules, Now: h.Now, Log: h.s.Log})
		for pair := range 8 {
			var asked [2]string
			for i := range asked {
				s := h.rules.Schedules[0]
				s.ID, s.From = fmt.Sprintf("next-%d-%d", pair, i), dayOf(h.today()).AddDays(30+pair)
				rows, err := city.Rules{Schedules: []city.Schedule{s}}.Rows()
				if err != nil {
					t.Fatal(err)
				}
				if asked[i], err = b.AskRules(ctx, settle.RulesAsk{Kind: store.RuleSchedule, Resolution: "2026-9", Rows: rows, By: "anne"}); err != nil {
					t.Fatal(err)
				}
			}
			var both sync.WaitGroup
			var errs [2]error
			for i, id := range asked {
				both.Go(func() { _, errs[i] = b.DecideRules(ctx, id, true, "bert") })
			}
			both.Wait()
			var no *settle.RulesRefusal
			if (errs[0] == nil) == (errs[1] == nil) || !errors.As(errors.Join(errs[:]...), &no) {
				t.Errorf("pair %d: %v and %v", pair, errs[0], errs[1])
			}
		}
	})
}
