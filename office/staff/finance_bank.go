package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"fundy/city"
	"fundy/payout"
	"fundy/report"
	"fundy/sheet"
	"fundy/store"
)

// Limits of the lists.
const (
	payoutsFor   = 120 * 24 * time.Hour
	linesMost    = 20_000 // of a payout, in a file
	bankMost     = 5_000  // lines of the bank
	bankDaysMost = 92
)

func (p *Pages) showPayouts(w http.ResponseWriter, r *http.Request, v *view) error {
	var all []store.Payout
	err := p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = tx.Payouts(ctx, p.Now().Add(-payoutsFor))
		return err
	})
	if err != nil {
		return err
	}
	slices.Reverse(all)
	v.Data, v.Back = all[:min(len(all), rowsShown)], "/finance/payouts"
	return p.show(w, v, http.StatusOK, "finance_payouts")
}

// payoutPage is one payout with its lines.
type payoutPage struct {
	store.Payout
	Lines []store.PayoutLine
	More  bool // there are more lines than the page shows
}

// payoutOf finds a payout of the last months with its lines.
func (p *Pages) payoutOf(ctx context.Context, id string, lines int) (*payoutPage, error) {
	var page *payoutPage
	err := p.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		page = nil
		all, err := tx.Payouts(ctx, p.Now().Add(-payoutsFor))
		if err != nil {
			return err
		}
		for _, one := range all {
			if one.ID == id {
				page = &payoutPage{Payout: one}
			}
		}
		if page == nil {
			return store.ErrNotFound
		}
		page.Lines, err = tx.PayoutLines(ctx, id, lines+1)
		page.More = len(page.Lines) > lines
		page.Lines = page.Lines[:min(len(page.Lines), lines)]
		return err
	})
	return page, err
}

// ArrivalOn is the day on which it is to be at the bank.
func (page *payoutPage) ArrivalOn() city.Date { return payout.DayOf(page.Arrival) }

func (p *Pages) showPayout(w http.ResponseWriter, r *http.Request, v *view) error {
	page, err := p.payoutOf(r.Context(), r.PathValue("id"), rowsShown)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/finance/payouts/"+page.ID
	return p.show(w, v, http.StatusOK, "finance_payout")
}

func (p *Pages) payoutFile(w http.ResponseWriter, r *http.Request, v *view) error {
	page, err := p.payoutOf(r.Context(), r.PathValue("id"), linesMost)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	if page.More {
		v.Problem = &problem{Field: "main", Key: "finance.refused.rows"}
		v.Data = page
		return p.show(w, v, http.StatusUnprocessableEntity, "finance_payout")
	}
	in := report.Reader(v.Lang)
	lines := sheet.Sheet{Name: in.Say("sheet.lines"), Head: in.Heads("ref", "kind", "receipt", "amount", "fee", "net", "class", "what")}
	for _, l := range page.Lines {
		lines.Add(sheet.Text(l.ID), sheet.Text(l.Kind), sheet.Text(l.Receipt), sheet.Amount(l.Amount), sheet.Amount(l.Fee), sheet.Amount(l.Net), sheet.Text(in.One("class", string(l.Class))), sheet.Text(l.Why))
	}
	return p.download(w, r, v, "payout", sheet.Book{lines})
}

// bankPage is the bank's lines of some days by whose they are.
type bankPage struct {
	From, Until city.Date
	Lines       []store.StatementLine
	Claims      []payout.ClaimTotal
	More        bool
}

// accountName is an account as the city calls it.
func (p *Pages) accountName(number string) string {
	d, _ := p.Deposits()
	return d.Rules.AccountName(number)
}

// span reads a range of days that was asked for; without one it is the last days before today. One that is none, or is
// longer than most days, is the page's problem.
func (p *Pages) span(v *view, from, until string, days, most int) (city.Date, city.Date) {
	no := &problem{Field: "from", Key: "finance.span", Fill: []any{"days", most}}
	today := city.DateOf(p.Now(), p.city.Zone)
	last, err := city.ParseDate(until)
	if until == "" {
		last, err = today, nil
	}
	if err != nil || last.Compare(today) > 0 || last.Year < 2000 {
		v.Problem = no
		return today.AddDays(1 - days), today
	}
	first, err := city.ParseDate(from)
	if from == "" {
		first, err = last.AddDays(1-days), nil
	}
	if err != nil || first.Compare(last) > 0 || first.Compare(last.AddDays(1-most)) < 0 {
		v.Problem = no
		return last.AddDays(1 - days), last
	}
	return first, last
}

func (p *Pages) bankOf(ctx context.Context, from, until city.Date, most int) (*bankPage, error) {
	page := &bankPage{From: from, Until: until}
	err := p.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		page.Lines, err = tx.StatementLines(ctx, from, until, most+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	page.More = len(page.Lines) > most
	page.Lines = page.Lines[:min(len(page.Lines), most)]
	for i, l := range page.Lines {
		page.Lines[i].Account = p.accountName(l.Account)
		at := slices.IndexFunc(page.Claims, func(t payout.ClaimTotal) bool { return t.Claim == l.Claim })
		if at < 0 {
			at, page.Claims = len(page.Claims), append(page.Claims, payout.ClaimTotal{Claim: l.Claim})
		}
		t := &page.Claims[at]
		t.Count++
		if t.Sum, err = t.Sum.Add(l.Amount); err != nil {
			return nil, err
		}
	}
	return page, nil
}

func (p *Pages) showBank(w http.ResponseWriter, r *http.Request, v *view) error {
	from, until := p.span(v, r.URL.Query().Get("from"), r.URL.Query().Get("until"), 7, bankDaysMost)
	page, err := p.bankOf(r.Context(), from, until, rowsShown)
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/finance/bank"
	return p.answer(w, v, "finance_bank")
}

func (p *Pages) bankFile(w http.ResponseWriter, r *http.Request, v *view) error {
	from, until := p.span(v, bounded(r, "from"), bounded(r, "until"), 7, bankDaysMost)
	page, err := p.bankOf(r.Context(), from, until, bankMost)
	if err != nil {
		return err
	}
	if v.Problem == nil && page.More {
		v.Problem = &problem{Field: "from", Key: "finance.refused.rows"}
	}
	if v.Problem != nil {
		page.Lines = page.Lines[:min(len(page.Lines), rowsShown)]
		v.Data, v.Back = page, "/finance/bank"
		return p.answer(w, v, "finance_bank")
	}
	in := report.Reader(v.Lang)
	lines := sheet.Sheet{Name: in.Say("sheet.bank"), Head: in.Heads("day", "account", "amount", "claim", "type", "ref", "file", "line")}
	for _, l := range page.Lines {
		lines.Add(sheet.Day(l.Value), sheet.Text(l.Account), sheet.Amount(l.Amount), sheet.Text(in.One("claim", string(l.Claim))), sheet.Text(l.Type), sheet.Text(l.Reference), sheet.Text(l.File), sheet.Count(l.At))
	}
	return p.download(w, r, v, "bank-"+from.String()+"-"+until.String(), sheet.Book{lines})
}
