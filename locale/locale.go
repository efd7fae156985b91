// Package locale shows money, days and times in the reader's language. It holds no words: those
// stand in the words of each process.
//
// French is written as in New Brunswick: "1 234,50 $" with no-break spaces, "1er mars 2026",
// "21 h 30" (Office québécois de la langue française, Banque de dépannage linguistique).
package locale

import (
	"fmt"
	"strings"
	"time"

	"github.com/bojanz/currency"

	"fundy/money"
)

const (
	noBreak = "\u00a0"
	minus   = "\u2212"
)

// formatters show amounts. They are only read, so visitors share them.
var formatters = map[string]*currency.Formatter{
	"en": currency.NewFormatter(currency.NewLocale("en-CA")),
	"fr": currency.NewFormatter(currency.NewLocale("fr-CA")),
}

// signs makes every space one that a line does not break at, and the hyphen a minus: a screen reader says nothing of a
// hyphen. The library writes some of French's spaces as narrow ones; a page in a fallback font loses those.
var signs = strings.NewReplacer("\u202f", noBreak, " ", noBreak, "-", minus)

// Money shows an amount of a currency: "$1,234.50", "1 234,50 $", "−35,00 $".
func Money(lang, currencyCode string, a money.Amount) (string, error) {
	amount, err := currency.NewAmountFromInt64(a.Minor(), currencyCode)
	if err != nil {
		return "", fmt.Errorf("show amount: %w", err)
	}
	f, ok := formatters[lang]
	if !ok {
		f = formatters["en"]
	}
	return signs.Replace(f.Format(amount)), nil
}

// Percent shows tenths of a percent, 0 or more: "93.7%", "93,7 %".
func Percent(lang string, tenths int) string {
	if lang == "fr" {
		return fmt.Sprintf("%d,%d%s%%", tenths/10, tenths%10, noBreak)
	}
	return fmt.Sprintf("%d.%d%%", tenths/10, tenths%10)
}

var months = map[string][12]string{
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"fr": {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
}

// Day shows a day: "March 1, 2026", "1er mars 2026".
func Day(lang string, t time.Time) string {
	month := months[lang][t.Month()-1]
	if lang != "fr" {
		return fmt.Sprintf("%s%s%d, %d", month, noBreak, t.Day(), t.Year())
	}
	day := fmt.Sprint(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return day + noBreak + month + " " + fmt.Sprint(t.Year())
}

// Month shows a month: "May 2026", "mai 2026".
func Month(lang string, year int, month time.Month) string {
	return months[lang][month-1] + noBreak + fmt.Sprint(year)
}

// Clock shows a time of day: "9:30 p.m.", "21 h 30".
func Clock(lang string, t time.Time) string {
	if lang == "fr" {
		if t.Minute() == 0 {
			return fmt.Sprintf("%d%sh", t.Hour(), noBreak)
		}
		return fmt.Sprintf("%d%sh%s%02d", t.Hour(), noBreak, noBreak, t.Minute())
	}
	half := "a.m."
	if t.Hour() >= 12 {
		half = "p.m."
	}
	hour := t.Hour() % 12
	if hour == 0 {
		hour = 12
	}
	return fmt.Sprintf("%d:%02d%s%s", hour, t.Minute(), noBreak, half)
}
