package review_test

import (
	"slices"
	"testing"

	"fundy/review"
)

// Who has screened a request and sent it to a hearing decides none; another may, and anybody puts it on another day. No other
// regime and no other act bans anything.
func TestWhoHasScreenedDoesNotDecideTheHearing(t *testing.T) {
	t.Parallel()
	sent := []review.Act{{Event: review.Ask}, {From: review.Asked, Event: review.Take, By: "tess"}, {From: review.Asked, Event: review.Send, By: "olga"}}
	moved := append(slices.Clone(sent), review.Act{From: review.Hearing, Event: review.Send, By: "pat"})
	again := append(slices.Clone(moved), review.Act{From: review.Hearing, Event: review.Absent, By: "pat"}, review.Act{From: review.Missed, Event: review.Again, By: "pat"})
	for _, c := range []struct {
		name, regime, by string
		done             []review.Act
		event            review.Event
		want             string
	}{
		{"the screener keeps", "generic", "olga", sent, review.Keep, review.RefusedScreened},
		{"withdraws", "generic", "olga", sent, review.Withdraw, review.RefusedScreened},
		{"reduces", "generic", "olga", sent, review.Reduce, review.RefusedScreened},
		{"gives time", "generic", "olga", sent, review.Extend, review.RefusedScreened},
		{"says that nobody came", "generic", "olga", sent, review.Absent, review.RefusedScreened},
		{"puts it on another day", "generic", "olga", sent, review.Send, ""},
		{"takes it", "generic", "olga", sent, review.Take, ""},
		{"sets it anew", "generic", "olga", again, review.Again, ""},
		{"and decides that one", "generic", "olga", again, review.Keep, review.RefusedScreened},
		{"another keeps", "generic", "pat", sent, review.Keep, ""},
		{"who put it on another day keeps", "generic", "pat", moved, review.Keep, ""},
		{"who set it anew keeps", "generic", "pat", again, review.Keep, ""},
		{"who only took it keeps", "generic", "tess", sent, review.Keep, ""},
		{"nb-lga hears nobody", "nb-lga", "olga", sent, review.Keep, ""},
		{"before it was sent", "generic", "olga", sent[:2], review.Keep, ""},
	} {
		if got := review.Banned(c.regime, c.done, c.event, c.by); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := review.Screeners("generic", again); !slices.Equal(got, []string{"olga"}) {
		t.Errorf("screeners are %v", got)
	}
}
