package locale_test

import (
	"testing"
	"time"

	"fundy/locale"
	"fundy/money"
)

const nb = "\u00a0"

func TestMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang  string
		minor int64
		want  string
	}{
		{"fr", 123450, "1" + nb + "234,50" + nb + "$"}, {"fr", 0, "0,00" + nb + "$"}, {"fr", -3500, "−35,00" + nb + "$"},
		{"en", 123450, "$1,234.50"}, {"en", 5, "$0.05"}, {"en", -3500, "−$35.00"},
	} {
		got, err := locale.Money(c.lang, "CAD", money.FromMinor(c.minor))
		if err != nil || got != c.want {
			t.Errorf("%s %d: %q, %v, want %q", c.lang, c.minor, got, err, c.want)
		}
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang   string
		tenths int
		want   string
	}{{"en", 937, "93.7%"}, {"fr", 937, "93,7" + nb + "%"}, {"fr", 5, "0,5" + nb + "%"}, {"en", 1000, "100.0%"}} {
		if got := locale.Percent(c.lang, c.tenths); got != c.want {
			t.Errorf("%s %d: %q, want %q", c.lang, c.tenths, got, c.want)
		}
	}
}

func TestDaysAndTimes(t *testing.T) {
	t.Parallel()
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC) }
	for _, c := range []struct{ got, want string }{
		{locale.Day("fr", at(1, 0, 0)), "1er" + nb + "mars 2026"}, {locale.Day("fr", at(2, 0, 0)), "2" + nb + "mars 2026"},
		{locale.Day("en", at(1, 0, 0)), "March" + nb + "1, 2026"},
		{locale.Month("fr", 2026, time.May), "mai" + nb + "2026"}, {locale.Month("en", 2026, time.December), "December" + nb + "2026"},
		{locale.Clock("fr", at(1, 21, 30)), "21" + nb + "h" + nb + "30"}, {locale.Clock("fr", at(1, 9, 5)), "9" + nb + "h" + nb + "05"}, {locale.Clock("fr", at(1, 9, 0)), "9" + nb + "h"},
		{locale.Clock("en", at(1, 21, 30)), "9:30" + nb + "p.m."}, {locale.Clock("en", at(1, 0, 5)), "12:05" + nb + "a.m."},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
