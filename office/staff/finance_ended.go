package staff

import (
	"context"
	"net/http"

	"fundy/city"
	"fundy/money"
	"fundy/settle"
	"fundy/sheet"
	"fundy/store"
)

// endedMost bounds the report of tickets that ended, in rows.
const endedMost = 10_000

// endedPage is what ended in a range of days, or was given up: by whom, and each with its reason.
type endedPage struct {
	From, Until city.Date
	Tables      []table
	More        bool // there are more than the report takes
}

// endedOf are the tables of a range: by person, one by one, and what was written off.
func (p *Pages) endedOf(ctx context.Context, v *view, from, until city.Date) (book sheet.Book, more bool, err error) {
	var all []store.EndedTicket
	given := sheet.Sheet{Name: v.T("decide.ended.debts"), Head: []string{v.T("finance.day"), v.T("finance.ticket"), v.T("decide.ended.issued"), v.T("decide.what"), v.T("finance.resolution"), v.T("finance.amount"), v.T("decide.by")}}
	start, end := from.Start(p.city.Zone), until.AddDays(1).Start(p.city.Zone)
	err = p.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		given.Rows = nil
		if all, err = tx.EndedTickets(ctx, start, end, endedMost+1); err != nil {
			return err
		}
		debts, err := tx.WriteOffs(ctx, start, end, p.city.Zone)
		for _, d := range debts {
			given.Add(sheet.Day(d.Day), sheet.Text(d.Ticket), sheet.Day(d.IssuedOn), sheet.Text(v.Maybe("decide.kind.", string(d.Kind))), sheet.Text(d.Resolution), sheet.Amount(d.Amount), sheet.Text(d.By))
		}
		return err
	})
	if err != nil {
		return nil, false, err
	}
	more = len(all) > endedMost
	all = all[:min(len(all), endedMost)]
	by, err := v.endedBy(all)
	if err != nil {
		return nil, more, err
	}
	return sheet.Book{by, p.endedOnes(v, all), given}, more, nil
}

// endedBy counts what each person has ended, by what became of it.
func (v *view) endedBy(all []store.EndedTicket) (sheet.Sheet, error) {
	type key struct{ by, approved, to string }
	type line struct {
		key
		count int
		sum   money.Amount
	}
	var lines []line
	at := map[key]int{}
	for _, e := range all {
		k := key{v.whoOf(e.By), e.ApprovedBy, string(e.To)}
		i, ok := at[k]
		if !ok {
			i, lines = len(lines), append(lines, line{key: k})
			at[k] = i
		}
		var err error
		lines[i].count++
		if lines[i].sum, err = lines[i].sum.Add(e.GivenUp); err != nil {
			return sheet.Sheet{}, err
		}
	}
	s := sheet.Sheet{Name: v.T("decide.ended.by"), Head: []string{v.T("decide.by"), v.T("decide.second"), v.T("decide.what"), v.T("finance.number"), v.T("decide.ended.given")}}
	for _, l := range lines {
		s.Add(sheet.Text(l.by), sheet.Text(l.approved), sheet.Text(v.Maybe("decide.kind.", l.to)), sheet.Count(l.count), sheet.Amount(l.sum))
	}
	return s, nil
}

// endedOnes lists what ended, one by one.
func (p *Pages) endedOnes(v *view, all []store.EndedTicket) sheet.Sheet {
	titles := p.offenceTitles(v)
	s := sheet.Sheet{Name: v.T("decide.ended.ones"), Head: []string{
		v.T("finance.day"), v.T("finance.ticket"), v.T("decide.ended.issued"), v.T("finance.offence"), v.T("decide.what"), v.T("decide.ended.given"), v.T("decide.by"), v.T("decide.second"), v.T("finance.why_held"),
	}}
	for _, e := range all {
		title := titles[e.Offence]
		if title == "" {
			title = e.Offence
		}
		s.Add(sheet.Day(city.DateOf(e.At, p.city.Zone)), sheet.Text(e.Number), sheet.Day(e.IssuedOn), sheet.Text(title), sheet.Text(v.Maybe("decide.kind.", string(e.To))), sheet.Amount(e.GivenUp),
			sheet.Text(v.whoOf(e.By)), sheet.Text(e.ApprovedBy), sheet.Text(v.Noted(e.By, e.Why)))
	}
	return s
}

func (v *view) whoOf(name string) string {
	if name == "" {
		return v.T("itself")
	}
	return name
}

func (p *Pages) showEnded(w http.ResponseWriter, r *http.Request, v *view) error {
	from, until := p.span(v, r.URL.Query().Get("from"), r.URL.Query().Get("until"), reportDays, settle.MostReportDays)
	return p.endedPage(w, r, v, from, until)
}

func (p *Pages) endedPage(w http.ResponseWriter, r *http.Request, v *view, from, until city.Date) error {
	book, more, err := p.endedOf(r.Context(), v, from, until)
	if err != nil {
		return err
	}
	v.Data = &endedPage{From: from, Until: until, Tables: v.tables(withoutEmpty(book)...), More: more}
	v.Back = "/finance/ended"
	return p.answer(w, v, "finance_ended")
}

func (p *Pages) endedFile(w http.ResponseWriter, r *http.Request, v *view) error {
	from, until := p.span(v, bounded(r, "from"), bounded(r, "until"), reportDays, settle.MostReportDays)
	if v.Problem != nil {
		return p.endedPage(w, r, v, from, until)
	}
	book, more, err := p.endedOf(r.Context(), v, from, until)
	if err != nil {
		return err
	}
	if more {
		v.Problem = &problem{Field: "from", Key: "finance.refused.rows"}
		return p.endedPage(w, r, v, from, until)
	}
	return p.download(w, r, v, "ended-"+from.String()+"-"+until.String(), book)
}
