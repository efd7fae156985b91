package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"fundy/city"
	"fundy/money"
	"fundy/payout"
	"fundy/report"
	"fundy/settle"
	"fundy/store"
)

// daysShown is how many days a list has: two weeks and the weekends in them. Each open one is added up anew.
const daysShown = 14

// daysPage is the business days, the newest first, and what the city waits for.
type daysPage struct {
	Days         []dayRow
	Newer, Older city.Date // of the pages beside this one; zero: none
	Feeds        []feedRow
	Rules        bool // there is a deposits.toml
}

// dayRow is a day of the list.
type dayRow struct {
	payout.Report
	State settle.DayState
}

// Timing is what is only not there yet.
func (d dayRow) Timing() money.Amount { return d.Classes[payout.Timing] }

// Age is that of the oldest unknown, in business days.
func (d dayRow) Age() int { return d.Oldest(payout.Unknown) }

// feedRow is something that the city expects of others.
type feedRow struct {
	payout.Feed
	Account string // of the bank, where it is its statements
	Missing bool   // it was to come and has not
}

func (p *Pages) showDays(w http.ResponseWriter, r *http.Request, v *view) error {
	today := city.DateOf(p.Now(), p.city.Zone)
	until, err := city.ParseDate(r.URL.Query().Get("until"))
	if err != nil || until.Compare(today) > 0 {
		until = today
	}
	page := &daysPage{}
	var d *settle.Deposits
	d, page.Rules = p.Deposits()
	span, err := d.Span(r.Context())
	if err != nil {
		return err
	}
	if !span.First.IsZero() && until.Compare(span.First) < 0 {
		until = span.First
	}
	from := until.AddDays(1 - daysShown)
	if from.Compare(span.First) > 0 {
		page.Older = from.AddDays(-1)
	} else {
		from = span.First // the days before are nobody's to close
	}
	if until.Compare(today) < 0 {
		page.Newer = until.AddDays(daysShown)
	}
	days, err := d.Days(r.Context(), from, until)
	if err != nil {
		return err
	}
	for _, one := range days {
		page.Days = append(page.Days, dayRow{one, span.State(one)})
	}
	err = p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.Feeds(ctx)
		page.Feeds = nil
		for _, f := range all {
			row := feedRow{Feed: f, Missing: f.Raised.Compare(f.LastDay) > 0}
			row.Account, _ = strings.CutPrefix(f.Name, payout.StatementFeed)
			if row.Account == f.Name {
				row.Account = ""
			}
			page.Feeds = append(page.Feeds, row)
		}
		return err
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/finance"
	return p.show(w, v, http.StatusOK, "finance_days")
}

// Tables of a day's book that the page has in words of its own.
const (
	aboutTable       = 0
	differencesTable = 6
)

// dayPage is what a business day came to, with what a person has to say of it.
type dayPage struct {
	payout.Report
	Unknowns []unknownRow
	Tables   []table
	Noted    []payout.Variance // everything that is not unknown
	Rules    bool
	Over     bool // the day is
	State    settle.DayState
	Ref      string // as typed
	Class    string
	Why      string
}

// unknownRow is something that nobody has explained.
type unknownRow struct {
	payout.Variance
	Field   string         // of its form
	Mine    bool           // what was typed is about this one
	Own     bool           // who looks has made the deposit that it is about: another person explains it
	Classes []payout.Class // that it can be
}

// Sum is a class's part of the day.
func (page *dayPage) Sum(class payout.Class) money.Amount { return page.Report.Classes[class] }

// SumClasses are the classes between what was taken and what is at the bank.
func (page *dayPage) SumClasses() []payout.Class { return payout.Classes }

func (p *Pages) showDay(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.dayPage(w, r, v, &dayPage{})
}

func (p *Pages) dayPage(w http.ResponseWriter, r *http.Request, v *view, page *dayPage) error {
	day, err := city.ParseDate(r.PathValue("day"))
	if err != nil || !p.knownDay(day) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	d, found := p.Deposits()
	if page.Report, err = d.Report(r.Context(), day); err != nil {
		return err
	}
	span, err := d.Span(r.Context())
	if err != nil {
		return err
	}
	page.Rules, page.State = found, span.State(page.Report)
	page.Over = day.Compare(city.DateOf(p.Now(), p.city.Zone)) < 0
	for i, one := range page.Variances {
		if one.Class != payout.Unknown {
			page.Noted = append(page.Noted, one)
			continue
		}
		page.Unknowns = append(page.Unknowns, unknownRow{one, "why-" + strconv.Itoa(i), page.Ref != "" && page.Ref == one.Ref, slices.Contains(one.Makers, v.Name()), classesOf(one)})
	}
	book := report.Day(page.Report, report.Reader(v.Lang), p.city)
	for i, s := range book {
		if i != aboutTable && i != differencesTable && len(s.Rows) > 0 { // what these say stands above
			page.Tables = append(page.Tables, v.tables(s)...)
		}
	}
	v.Data, v.Back = page, "/finance/days/"+day.String()
	return p.answer(w, v, "finance_day")
}

// classesOf are what a person can say that something is: a line of the bank's that can be a deposit is that, or none of ours.
func classesOf(one payout.Variance) []payout.Class {
	switch {
	case len(one.Could) > 0:
		return []payout.Class{payout.Stray}
	case one.Line:
		return payout.WordClasses
	}
	return payout.WordClasses[:len(payout.WordClasses)-1] // Stray is of a line alone
}

// knownDay bounds the days that can be asked for.
func (p *Pages) knownDay(day city.Date) bool {
	return day.Year >= 2000 && day.Compare(city.DateOf(p.Now(), p.city.Zone)) <= 0
}

// explain keeps what a person says of something unknown. It stands in the report for good.
func (p *Pages) explain(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &dayPage{Ref: typedLine(r, "ref"), Class: bounded(r, "class"), Why: typedLine(r, "why")}
	day, err := city.ParseDate(r.PathValue("day"))
	if err != nil || page.Ref == "" {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	d, _ := p.Deposits()
	known, err := d.Report(r.Context(), day)
	if err != nil {
		return err
	}
	if !isUnknown(known, page.Ref) {
		v.Problem = &problem{Field: "main", Key: "finance.refused.explained"}
		return p.dayPage(w, r, v, page)
	}
	err = d.ExplainAs(r.Context(), page.Ref, payout.Word{Class: payout.Class(page.Class), Why: page.Why, By: v.Name()}, true)
	if key, fill := againstBooks(err); key != "" {
		v.Problem = &problem{Field: fieldOf(known, page.Ref), Key: key, Fill: v.filled(fill)}
		return p.dayPage(w, r, v, page)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/finance/days/"+day.String(), "finance_explained")
}

func isUnknown(r payout.Report, ref string) bool {
	return fieldOf(r, ref) != "main"
}

// fieldOf is the field in which a reference is explained.
func fieldOf(r payout.Report, ref string) string {
	for i, one := range r.Variances {
		if one.Class == payout.Unknown && one.Ref == ref {
			return "why-" + strconv.Itoa(i)
		}
	}
	return "main"
}

// closeDay locks a day, or says what stands in the way.
func (p *Pages) closeDay(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &dayPage{}
	day, err := city.ParseDate(r.PathValue("day"))
	if err != nil {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	d, found := p.Deposits()
	if !found {
		v.Problem = &problem{Field: "close", Key: "finance.refused.rules"}
		return p.dayPage(w, r, v, page)
	}
	_, err = d.CloseAs(r.Context(), day, v.Name(), true)
	if key, fill := againstBooks(err); key != "" {
		v.Problem = &problem{Field: "close", Key: key, Fill: v.filled(fill)}
		return p.dayPage(w, r, v, page)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/finance/days/"+day.String(), "finance_closed")
}

// dayFile is a day's report as a file.
func (p *Pages) dayFile(w http.ResponseWriter, r *http.Request, v *view) error {
	day, err := city.ParseDate(r.PathValue("day"))
	if err != nil || !p.knownDay(day) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	d, _ := p.Deposits()
	got, err := d.Report(r.Context(), day)
	if err != nil {
		return err
	}
	return p.download(w, r, v, "day-"+day.String(), report.Day(got, report.Reader(v.Lang), p.city))
}

// againstBooks is the key of the words that say why something of the books is not done, or "".
func againstBooks(err error) (string, []any) {
	var no *settle.BooksRefusal
	if errors.As(err, &no) {
		return "finance.refused." + no.Reason, no.Fill
	}
	if errors.Is(err, store.ErrConflict) {
		return "finance.refused.moved", nil
	}
	return "", nil
}

// typedLine is what was typed into a field of one line, bounded for the rules that judge it.
func typedLine(r *http.Request, field string) string {
	return cut(strings.TrimSpace(r.PostForm.Get(field)), 600)
}

// noDeposits is a city whose way to the bank has no rules.
func (p *Pages) noDeposits() (*settle.Deposits, bool) {
	return settle.NewDeposits(settle.DepositsConfig{
		Store: p.Store, City: p.city, Rules: payout.NoRules(), Calendar: p.Rules(), Counter: p.Settings.Counter, Now: p.Now, Log: p.Log,
		Digest: func(fields ...string) []byte { return p.Index.Digest(p.city.ID, fields...) },
	}), false
}
