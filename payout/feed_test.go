package payout_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/payout"
)

// holidays is a calendar of weekdays without some days.
type holidays map[string]bool

func (h holidays) WorkingDay(d city.Date) bool { return weekdays{}.WorkingDay(d) && !h[d.String()] }

func moncton(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/Moncton")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// A statement of a working day is expected on the next one, by the clock on the wall: over a weekend, over a holiday,
// and over the nights in which the clocks change.
func TestAStatementIsExpectedByTheClockOnTheWall(t *testing.T) {
	t.Parallel()
	zone, closed := moncton(t), holidays{"2027-03-26": true}
	for _, c := range []struct{ of, due string }{
		{"2027-03-03", "2027-03-04T15:00:00Z"}, // winter: four hours behind
		{"2027-03-05", "2027-03-08T15:00:00Z"}, // over a weekend
		{"2027-03-12", "2027-03-15T14:00:00Z"}, // the clocks went forward on Sunday
		{"2027-03-25", "2027-03-29T14:00:00Z"}, // over Good Friday
		{"2027-11-05", "2027-11-08T15:00:00Z"}, // and back on Sunday
	} {
		if got := payout.Deadline(day(c.of), 11*time.Hour, closed, zone).UTC().Format(time.RFC3339); got != c.due {
			t.Errorf("%s: due %s, want %s", c.of, got, c.due)
		}
	}
}

func TestWhatIsMissingIsAskedForOnce(t *testing.T) {
	t.Parallel()
	zone := moncton(t)
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		name, now, want string
		f               payout.Feed
	}{
		{"not due yet", "2027-03-04 10:59", "[]", payout.Feed{Since: at("2027-03-01 09:00"), LastDay: day("2027-03-02")}},
		{"due", "2027-03-04 11:00", "[2027-03-03]", payout.Feed{Since: at("2027-03-01 09:00"), LastDay: day("2027-03-02")}},
		{"it is here", "2027-03-04 12:00", "[]", payout.Feed{Since: at("2027-03-01 09:00"), LastDay: day("2027-03-03")}},
		{"put before a person already", "2027-03-04 12:00", "[]", payout.Feed{Since: at("2027-03-01 09:00"), LastDay: day("2027-03-02"), Raised: day("2027-03-03")}},
		{"two", "2027-03-05 12:00", "[2027-03-03 2027-03-04]", payout.Feed{Since: at("2027-03-01 09:00"), LastDay: day("2027-03-02")}},
		{"a weekend", "2027-03-07 12:00", "[]", payout.Feed{Since: at("2027-03-01 09:00"), LastDay: day("2027-03-04")}},
		{"after it", "2027-03-08 11:00", "[2027-03-05]", payout.Feed{Since: at("2027-03-01 09:00"), LastDay: day("2027-03-04")}},
		{"the hour after the clocks went forward", "2027-03-15 11:00", "[2027-03-12]", payout.Feed{Since: at("2027-03-01 09:00"), LastDay: day("2027-03-11")}},
		{"just before", "2027-03-15 10:59", "[]", payout.Feed{Since: at("2027-03-01 09:00"), LastDay: day("2027-03-11")}},
		{"new: what was due before is not asked for", "2027-03-04 12:00", "[]", payout.Feed{Since: at("2027-03-04 11:30")}},
		{"new: what is due after is", "2027-03-05 11:00", "[2027-03-04]", payout.Feed{Since: at("2027-03-04 11:30")}},
	} {
		if got := fmt.Sprint(c.f.Missing(11*time.Hour, at(c.now), weekdays{}, zone)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	f := payout.Feed{LastDay: day("2027-03-02"), Raised: day("2027-03-05")}
	if got := fmt.Sprint(f.Came(day("2027-03-04"))); got != "[2027-03-03 2027-03-04]" {
		t.Errorf("came: %s", got)
	}
	if got := f.Came(day("2027-03-20")); len(got) != 3 {
		t.Errorf("a late one answers those that were raised: %v", got)
	}
	if since, late := (payout.Feed{Since: at("2027-03-01 09:00")}).Silent(at("2027-03-02 09:01"), 24*time.Hour); !late || !since.Equal(at("2027-03-01 09:00")) {
		t.Errorf("silent: %s, %t", since, late)
	}
	if _, late := (payout.Feed{Since: at("2027-03-01 09:00"), LastAt: at("2027-03-02 08:00")}).Silent(at("2027-03-03 08:00"), 24*time.Hour); late {
		t.Error("silent for a day and no more")
	}
}

// What docs/feeds.md shows of deposits.toml can be taken as it is.
func TestTheDocumentsAccountIsOne(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/feeds.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(b), "```toml\n")
	account, _, _ := strings.Cut(parts[len(parts)-1], "```")
	r, faults := payout.ParseRules([]byte(account+"[[rule]]\nas = \"not_ours\"\n"), "CAD")
	if len(faults) > 0 || len(r.Accounts) != 1 {
		t.Fatal(faults)
	}
	if by, ok := r.Accounts[0].By(); !ok || by != 11*time.Hour {
		t.Errorf("%s", by)
	}
}

func TestAnHourThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, hour := range []string{"11", "25:00", "11:00 AM", "noon"} {
		_, faults := payout.ParseRules([]byte(strings.Replace(rulesText, `name = "operating"`, "name = \"operating\"\nexpected_by = \""+hour+"\"", 1)), "CAD")
		if !strings.Contains(fmt.Sprint(faults), `write it as "11:00"`) {
			t.Errorf("%s: %v", hour, faults)
		}
	}
	r, faults := payout.ParseRules([]byte(strings.Replace(rulesText, `name = "operating"`, "name = \"operating\"\nexpected_by = \"10:45\"", 1)), "CAD")
	if by, ok := r.Accounts[0].By(); len(faults) > 0 || !ok || by != 10*time.Hour+45*time.Minute {
		t.Errorf("%v, %v", faults, r.Accounts)
	}
}

// What has to come on each working day is missing from its hour on, by the clock on the wall, and no weekend or holiday is
// asked for; a feed that is expected since the afternoon was not due in the morning.
func TestWhatIsDueOnADayIsMissingFromItsHourOn(t *testing.T) {
	t.Parallel()
	zone := moncton(t)
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	f := payout.Feed{Since: at("2027-03-01 12:00")}
	for _, c := range []struct {
		now, want string
		last      string
	}{
		{"2027-03-01 18:00", "[]", ""}, // it was expected since noon
		{"2027-03-02 08:59", "[]", ""},
		{"2027-03-02 09:00", "[2027-03-02]", ""},
		{"2027-03-02 09:00", "[]", "2027-03-02"},
		{"2027-03-08 08:59", "[2027-03-05]", "2027-03-04"},
		{"2027-03-15 09:00", "[2027-03-15]", "2027-03-12"}, // the clocks went forward on Sunday
		{"2027-03-29 08:59", "[]", "2027-03-25"},           // Good Friday
	} {
		if f.LastDay = (city.Date{}); c.last != "" {
			f.LastDay = day(c.last)
		}
		if got := fmt.Sprint(f.MissingOn(9*time.Hour, at(c.now), holidays{"2027-03-26": true}, zone)); got != c.want {
			t.Errorf("%s after %s: %s, want %s", c.now, c.last, got, c.want)
		}
	}
}
