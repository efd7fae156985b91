package ticket_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fundy/city"
	"fundy/ticket"
)

func prior(t testing.TB, id, on string, s ticket.State) ticket.Prior {
	t.Helper()
	return ticket.Prior{ID: ticket.ID(id), IssuedOn: day(t, on), IssuedAt: at(t, on+" 08:00:00"), TimeKnown: true, State: s}
}

func TestWhatCountsAsATicketBefore(t *testing.T) {
	t.Parallel()
	tk := ticket.Ticket{ID: "t", IssuedOn: day(t, "2026-06-01"), IssuedAt: at(t, "2026-06-01 12:00:00"), TimeKnown: true}
	unknown := prior(t, "u", "2026-06-01", ticket.Open)
	unknown.TimeKnown = false
	later := prior(t, "l", "2026-06-01", ticket.Open)
	later.IssuedAt = at(t, "2026-06-01 12:00:00")
	for _, c := range []struct {
		name  string
		prior ticket.Prior
		want  int
	}{
		{"the day before", prior(t, "a", "2026-05-31", ticket.Open), 1},
		{"the first day of the window", prior(t, "a", "2025-06-01", ticket.Paid), 1},
		{"the day before the window", prior(t, "a", "2025-05-31", ticket.Paid), 0},
		{"the same morning", prior(t, "a", "2026-06-01", ticket.Open), 1},
		{"the same day, nobody knows when", unknown, 0},
		{"the same instant", later, 0},
		{"the day after", prior(t, "a", "2026-06-02", ticket.Open), 0},
		{"itself", prior(t, "t", "2026-05-31", ticket.Open), 0},
		{"at court", prior(t, "a", "2026-05-31", ticket.Court), 1},
		{"written off", prior(t, "a", "2026-05-31", ticket.WrittenOff), 1},
		{"cancelled", prior(t, "a", "2026-05-31", ticket.Cancelled), 0},
		{"void", prior(t, "a", "2026-05-31", ticket.Void), 0},
		{"withdrawn", prior(t, "a", "2026-05-31", ticket.Withdrawn), 0},
	} {
		if got := ticket.CountPriors(tk, 365, []ticket.Prior{c.prior}); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// Of one vehicle's tickets, issued at different instants, the nth has n-1 before it, in whatever order
// they are listed.
func TestTheNthTicketHasAllThatCameBefore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		minutes := rapid.SliceOfNDistinct(rapid.IntRange(0, 300*1440), 1, 30, rapid.ID[int]).Draw(r, "minutes")
		var all []ticket.Prior
		for i, m := range minutes {
			when := time.Date(2026, 1, 1, 0, m, 0, 0, moncton)
			all = append(all, ticket.Prior{ID: ticket.ID(rune('a' + i)), IssuedOn: city.DateOf(when, moncton), IssuedAt: when.UTC(), TimeKnown: true, State: ticket.Open})
		}
		counts := map[int]bool{}
		for _, p := range all {
			n := ticket.CountPriors(ticket.Ticket{ID: p.ID, IssuedOn: p.IssuedOn, IssuedAt: p.IssuedAt, TimeKnown: true}, 365, all)
			if n < 0 || n >= len(all) || counts[n] {
				r.Fatalf("two tickets have %d before them, or too many", n)
			}
			counts[n] = true
		}
	})
}

// Halifax: the price of a ticket depends on how many came before. The count is the ticket's own: it
// does not change when one of those is cancelled.
func TestTheCountThatATicketKeepsPicksItsPrices(t *testing.T) {
	t.Parallel()
	rules := city.Rules{Schedules: []city.Schedule{{ID: "S", Offences: []city.Offence{{
		Code: "X", Tiers: saintJohn, RepeatDays: 365,
		Repeats: []city.Repeat{{Priors: 1, Tiers: []city.Tier{tier(6000, days(15)), tier(8000, nil)}}, {Priors: 3, Tiers: []city.Tier{tier(15000, nil)}}},
	}}}}}
	for priors, want := range map[int][2]int64{0: {3000, 6500}, 1: {6000, 8000}, 2: {6000, 8000}, 3: {15000, 15000}, 9: {15000, 15000}} {
		tk := issuedOn(t, rules, "2026-06-01", "X")
		tk.Priors = priors
		for i, when := range []string{"2026-06-16 23:59:59", "2026-08-01 00:00:00"} {
			q, err := ticket.Explain(tk, rules, city.City{Zone: moncton}, at(t, when))
			if err != nil || q.Total.Minor() != want[i] {
				t.Errorf("%d before, at %s: %s, %v, want %d", priors, when, q.Total, err, want[i])
			}
			if text := strings.Join(q.Trace, "\n"); !strings.Contains(text, "for this offence in the 365 days before") {
				t.Errorf("the trace does not tell of the count:\n%s", text)
			}
		}
	}
}
