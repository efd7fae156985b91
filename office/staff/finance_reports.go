package staff

import (
	"context"
	"net/http"
	"strconv"

	"fundy/city"
	"fundy/ledger"
	"fundy/report"
	"fundy/settle"
	"fundy/sheet"
)

// books is what finance takes out of the ledger.
func (p *Pages) books() *settle.Books {
	return settle.NewBooks(settle.BooksConfig{Store: p.Store, City: p.city, Rules: p.Rules(), Now: p.Now, Log: p.Log})
}

// reportsPage is what a range of days came to, each table with its drawing.
type reportsPage struct {
	From, Until city.Date
	Closed      bool
	About       table
	Tables      []table
}

// reportDays is how many days a report has that nobody asked otherwise.
const reportDays = 30

// incomeBook is the report of a range in the reader's language, with the offences' titles.
func (p *Pages) incomeBook(ctx context.Context, v *view, from, until city.Date) (sheet.Book, ledger.Period, error) {
	period, err := p.books().Period(ctx, from, until)
	if err != nil {
		return nil, period, err
	}
	titles := p.offenceTitles(v)
	return report.Income(period, report.Reader(v.Lang), p.city, func(code string) string {
		if title := titles[code]; title != "" {
			return title
		}
		return code
	}), period, nil
}

// offenceTitles are the titles of all offences in the page's language, by their codes.
func (p *Pages) offenceTitles(v *view) map[string]string {
	titles := map[string]string{}
	for _, s := range p.Rules().Schedules {
		for _, o := range s.Offences {
			titles[o.Code] = o.Title[city.Language(v.Lang)]
		}
	}
	return titles
}

func (p *Pages) showReports(w http.ResponseWriter, r *http.Request, v *view) error {
	from, until := p.span(v, r.URL.Query().Get("from"), r.URL.Query().Get("until"), reportDays, settle.MostReportDays)
	return p.reportsPage(w, r, v, from, until)
}

func (p *Pages) reportsPage(w http.ResponseWriter, r *http.Request, v *view, from, until city.Date) error {
	book, period, err := p.incomeBook(r.Context(), v, from, until)
	if err != nil {
		return err
	}
	page := &reportsPage{From: from, Until: until, Closed: period.Closed, About: v.tables(book[0])[0]}
	columns := map[int]int{1: 5, 2: 5, 3: 5, 4: 5, 5: 3, 6: 4 + len(ledger.CollectedWithin)} // what of each table is drawn: net, amounts, and rates
	for i, s := range book {
		if i == 0 || len(s.Rows) == 0 {
			continue
		}
		t := v.tables(s)[0]
		if column, drawn := columns[i]; drawn {
			t.Chart = v.chartOf(s, 0, column)
		}
		page.Tables = append(page.Tables, t)
	}
	if aged := agesOf(v, period); len(aged.Rows) > 0 {
		t := v.tables(aged)[0]
		t.Chart = v.chartOf(aged, 0, 2)
		page.Tables = append(page.Tables, t)
	}
	v.Data, v.Back = page, "/finance/reports"
	return p.answer(w, v, "finance_reports")
}

// agesOf is what is owed by age alone.
func agesOf(v *view, period ledger.Period) sheet.Sheet {
	in := report.Reader(v.Lang)
	s := sheet.Sheet{Name: v.T("finance.ages"), Head: in.Heads("days", "tickets", "owed")}
	for age := range 4 {
		line := ledger.AgeLine{Age: age}
		for _, l := range period.Aging {
			if l.Age == age {
				line.Tickets += l.Tickets
				line.Owed, _ = line.Owed.Add(l.Owed) // the whole was added without fault
			}
		}
		if line.Tickets > 0 {
			s.Add(sheet.Text(in.Say("age."+strconv.Itoa(age))), sheet.Count(line.Tickets), sheet.Amount(line.Owed))
		}
	}
	return s
}

func (p *Pages) reportsFile(w http.ResponseWriter, r *http.Request, v *view) error {
	from, until := p.span(v, bounded(r, "from"), bounded(r, "until"), reportDays, settle.MostReportDays)
	if v.Problem != nil {
		return p.reportsPage(w, r, v, from, until)
	}
	book, _, err := p.incomeBook(r.Context(), v, from, until)
	if err != nil {
		return err
	}
	return p.download(w, r, v, "report-"+from.String()+"-"+until.String(), book)
}

// yearPage is a year at its end, and the accounts as of a day.
type yearPage struct {
	Year   int
	Locked bool
	By     string
	Final  bool
	Tables []table
	AsOf   city.Date
}

// yearOf reads a year that was asked for; without one it is the last that is over.
func (p *Pages) yearOf(text string) int {
	year, err := strconv.Atoi(text)
	if err != nil || year < 2000 || year > 2200 {
		return p.Now().In(p.city.Zone).Year() - 1
	}
	return year
}

func (p *Pages) showYear(w http.ResponseWriter, r *http.Request, v *view) error {
	asOf, err := city.ParseDate(r.URL.Query().Get("day"))
	if r.URL.Query().Get("day") != "" && (err != nil || !p.knownDay(asOf)) {
		v.Problem = &problem{Field: "day", Key: "finance.day.wrong"}
	} else if err == nil {
		return p.balancesPage(w, r, v, asOf)
	}
	return p.yearPage(w, r, v, p.yearOf(r.URL.Query().Get("year")))
}

func (p *Pages) yearPage(w http.ResponseWriter, r *http.Request, v *view, year int) error {
	y, err := p.books().Year(r.Context(), year)
	if key, fill := againstBooks(err); key != "" {
		v.Problem = &problem{Field: "year", Key: key, Fill: v.filled(fill)}
	} else if err != nil {
		return err
	}
	in := report.Reader(v.Lang)
	if y.Balances, err = report.Folded(in, y.Balances); err != nil {
		return err
	}
	book := report.Year(y, in, p.city)
	v.Data = &yearPage{Year: year, Locked: y.Locked, By: y.LockedBy, Final: y.Final, Tables: v.tables(withoutEmpty(book)...)}
	v.Back = "/finance/year"
	return p.answer(w, v, "finance_year")
}

func (p *Pages) balancesPage(w http.ResponseWriter, r *http.Request, v *view, day city.Date) error {
	book, err := p.balancesBook(r.Context(), v, day, true)
	if err != nil {
		return err
	}
	v.Data = &yearPage{Year: p.yearOf(""), Tables: v.tables(book...), AsOf: day}
	v.Back = "/finance/year"
	return p.show(w, v, http.StatusOK, "finance_year")
}

// balancesBook is the accounts at a day's end: each for a file, folded for a page.
func (p *Pages) balancesBook(ctx context.Context, v *view, day city.Date, fold bool) (sheet.Book, error) {
	out, err := p.books().Balances(ctx, day)
	if err != nil {
		return nil, err
	}
	in := report.Reader(v.Lang)
	if fold {
		if out.Accounts, err = report.Folded(in, out.Accounts); err != nil {
			return nil, err
		}
	}
	return sheet.Book{report.About(in, p.city, in.Say("about.as_of"), sheet.Day(day), out.Closed, ""), report.Balances(in, out.Accounts)}, nil
}

func (p *Pages) closeYear(w http.ResponseWriter, r *http.Request, v *view) error {
	year := p.yearOf(bounded(r, "year"))
	_, err := p.books().CloseYear(r.Context(), year, v.Name(), true)
	if key, fill := againstBooks(err); key != "" {
		v.Problem = &problem{Field: "close", Key: key, Fill: v.filled(fill)}
		return p.yearPage(w, r, v, year)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/finance/year", "finance_year_closed")
}

func (p *Pages) yearFile(w http.ResponseWriter, r *http.Request, v *view) error {
	if day, err := city.ParseDate(bounded(r, "day")); err == nil && p.knownDay(day) {
		book, err := p.balancesBook(r.Context(), v, day, false)
		if err != nil {
			return err
		}
		return p.download(w, r, v, "balances-"+day.String(), book)
	}
	year := p.yearOf(bounded(r, "year"))
	y, err := p.books().Year(r.Context(), year)
	if err != nil {
		return err
	}
	return p.download(w, r, v, "year-"+strconv.Itoa(year), report.Year(y, report.Reader(v.Lang), p.city))
}
