package staff

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/sheet"
)

// drawing is a chart as a page has it: its note, and of each bar the label, the width and the value.
type drawing struct {
	Note string
	Bars [][3]string
}

var (
	drawingIn = regexp.MustCompile(`(?s)<p class="govuk-hint">([^<]*)</p><svg class="staff-chart" role="img" aria-label="([^"]*)"(.*?)</svg>`)
	barIn     = regexp.MustCompile(`<text [^>]*>([^<]*)</text><rect x="200" y="\d+" width="(\d+)" height="18" fill="#[0-9a-f]+"/><text [^>]*>([^<]*)</text>`)
)

// drawings are the charts of a page, by what they are called.
func drawings(t *testing.T, page string) map[string]drawing {
	t.Helper()
	all := map[string]drawing{}
	for _, m := range drawingIn.FindAllStringSubmatch(page, -1) {
		name, _, _ := strings.Cut(strings.ReplaceAll(m[2], "\u00a0", " "), ":")
		d := drawing{Note: strings.ReplaceAll(m[1], "\u00a0", " ")}
		for _, b := range barIn.FindAllStringSubmatch(m[3], -1) {
			d.Bars = append(d.Bars, [3]string{strings.ReplaceAll(b[1], "\u00a0", " "), b[2], strings.ReplaceAll(b[3], "\u00a0", " ")})
		}
		if n := strings.Count(m[3], "<rect"); n != len(d.Bars) {
			t.Errorf("%s: %d bars, of which %d have a label and a value", name, n, len(d.Bars))
		}
		all[strings.TrimSpace(name)] = d
	}
	return all
}

// A report of forty days has a bar for each; one of a day more has one for each week, with what the week came to, and says so. How
// many tickets were paid has a drawing too, whose longest bar would be all of them.
func TestAReportOfManyDaysKeepsItsChart(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.banks()
	b.person("fay", "finance")
	b.counterIn()
	first := city.DateOf(b.now, b.pages.city.Zone) // 3 June 2026, a Wednesday
	for n := range 41 {
		b.paidAt(b.owed(fmt.Sprintf("SJ%d", n)), payment.Tender{Kind: payment.Cash, Tendered: money.FromMinor(5000)})
		b.now = b.now.Add(24 * time.Hour)
	}
	b.owed("SJ100") // not paid
	fay := b.session("fay")
	of := func(days int, lang string) map[string]drawing {
		t.Helper()
		r := b.request("GET", "/finance/reports?from="+first.String()+"&until="+first.AddDays(days-1).String(), fay, nil)
		r.AddCookie(&http.Cookie{Name: languageCookie, Value: lang})
		code, page := b.do(r)
		if code != http.StatusOK {
			t.Fatalf("%d days: %d", days, code)
		}
		return drawings(t, page)
	}
	byDay := of(40, "en")["By day"]
	if len(byDay.Bars) != 40 || byDay.Note != "Each bar is a day: Net." || byDay.Bars[39] != [3]string{"July 12, 2026", "320", "$50.00"} {
		t.Errorf("forty days: %v", byDay)
	}
	weeks := [][3]string{
		{"June 1, 2026", "228", "$250.00"}, {"June 8, 2026", "320", "$350.00"}, {"June 15, 2026", "320", "$350.00"}, {"June 22, 2026", "320", "$350.00"},
		{"June 29, 2026", "320", "$350.00"}, {"July 6, 2026", "320", "$350.00"}, {"July 13, 2026", "45", "$50.00"},
	}
	if byWeek := of(41, "en")["By day"]; !slices.Equal(byWeek.Bars, weeks) || byWeek.Note != "Each bar is a week, named by its Monday: Net." {
		t.Errorf("forty-one days: %v", byWeek)
	}
	if french := of(41, "fr")["Par jour"]; len(french.Bars) != 7 || french.Bars[0] != [3]string{"1er juin 2026", "228", "250,00 $"} || french.Note != "Chaque barre est une semaine, nommée par son lundi : Net." {
		t.Errorf("in French: %v", french)
	}
	rate := of(42, "en")["Collection rate"]
	if want := [][3]string{{"June 2026", "320", "100.0%"}, {"July 2026", "293", "91.6%"}}; rate.Note != "Each bar is a line of the table: Rate." || !slices.Equal(rate.Bars, want) {
		t.Errorf("rates: %v, want %v", rate, want)
	}
}

// A year is drawn by the month; of more contraventions than can be read, the twenty of the most money and all the others in one bar,
// so that the bars come to what the table comes to.
func TestWhatIsTooMuchForAChartIsPutTogether(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	v := &view{Lang: "en", pages: b.pages}
	amount := func(cents int64) sheet.Cell { return sheet.Amount(money.FromMinor(cents)) }
	year := sheet.Sheet{Name: "By day", Head: []string{"Day", "Net"}}
	for day := (city.Date{Year: 2025, Month: 6, Day: 3}); day.Compare(city.Date{Year: 2026, Month: 6, Day: 3}) <= 0; day = day.AddDays(1) {
		year.Add(sheet.Day(day), amount(100))
	}
	c := v.chartOf(year, 0, 1)
	if len(year.Rows) != 366 || len(c.Bars) != 13 || c.Note != "Each bar is a month: Net." {
		t.Fatalf("%d rows, %d bars: %s", len(year.Rows), len(c.Bars), c.Note)
	}
	for at, want := range map[int][2]string{0: {"June\u00a02025", "$28.00"}, 1: {"July\u00a02025", "$31.00"}, 8: {"February\u00a02026", "$28.00"}, 12: {"June\u00a02026", "$3.00"}} {
		if got := [2]string{c.Bars[at].Label, c.Bars[at].Value}; got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}

	many := sheet.Sheet{Name: "By contravention", Head: []string{"Contravention", "Net"}}
	for n := range 41 {
		cents := int64(n+1) * 100
		if n == 40 {
			cents = -5000 // more was given back
		}
		many.Add(sheet.Text(fmt.Sprint("C", n)), amount(cents))
	}
	c = v.chartOf(many, 0, 1)
	if len(c.Bars) != 21 || c.Note != "The 20 largest have a bar each, all the others one together: Net." {
		t.Fatalf("%d bars: %s", len(c.Bars), c.Note)
	}
	// The largest is the one below zero; then 40.00 to 22.00; the others are 1.00 to 21.00.
	if c.Bars[0].Value != "−$50.00" || !c.Bars[0].Negative || c.Bars[1].Label != "C39" || c.Bars[1].Value != "$40.00" || c.Bars[19].Value != "$22.00" || c.Bars[20].Label != "The others (21)" || c.Bars[20].Value != "$231.00" {
		t.Errorf("%+v", c.Bars)
	}
	many.Rows = many.Rows[:40]
	if c = v.chartOf(many, 0, 1); len(c.Bars) != 40 || c.Bars[0].Label != "C0" {
		t.Errorf("of forty: %d bars", len(c.Bars))
	}
	if v.chartOf(sheet.Sheet{Head: many.Head}, 0, 1) != nil {
		t.Error("nothing is drawn")
	}
}
