package staff

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"fundy/city"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// rulePage is a change with what it would do: prices before and after, and the deadlines that move.
type rulePage struct {
	settle.LookedAt
	Mine     bool
	Prices   []pricePair // those that change first
	Falls    []priceFall
	Holidays []city.Holiday
	Outages  []city.Outage
	Schedule city.Schedule
	File     bool         // it is a whole file
	Preview  rulesPreview // of a file, a holiday or an outage
	Shown    []movedRow
	More     int
}

// pricePair is a price of an offence as it was, and as it would be, of a ticket issued on the first day.
type pricePair struct {
	Offence       city.Text
	Tier          int
	Before, After *ticket.TierRow // nil: there was none, or will be none
}

// Same says whether a price stays as it is.
func (pair pricePair) Same() bool {
	return pair.Before != nil && pair.After != nil && pair.Before.Total == pair.After.Total && pair.Before.Until.Equal(pair.After.Until)
}

type movedRow struct {
	settle.MovedDeadline
	Number string
}

func (p *Pages) showRule(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.rulePage(w, r, v)
}

func (p *Pages) rulePage(w http.ResponseWriter, r *http.Request, v *view) error {
	looked, err := p.books().RuleChange(r.Context(), r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	if !v.seesRule(looked.RuleChange) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	page := &rulePage{LookedAt: looked, Mine: looked.AskedBy == v.Name(), More: max(0, len(looked.Moved)-movedShown)}
	asked, err := city.RulesFromRows(looked.Rows)
	if err != nil {
		return err
	}
	page.Holidays, page.Outages = asked.Holidays, asked.Outages
	switch page.File = looked.Kind == store.RuleFile; {
	case page.File:
		page.Preview = p.preview(r, v, looked.Before, looked.After, freshOf(looked), looked.Effective)
	case len(asked.Schedules) > 0:
		page.Schedule = asked.Schedules[0]
		page.Prices = p.comparePrices(looked.Before, looked.After, page.Schedule.From)
		page.Falls = fallsIn(page.Prices)
		page.Prices = changedFirst(page.Prices)
	case len(asked.Holidays) > 0:
		day := asked.Holidays[0].Day
		page.Preview = p.previewMoves(r, v, looked.Before, looked.After, day, day.AddDays(1))
	case len(asked.Outages) > 0:
		o := asked.Outages[0]
		page.Preview = p.previewMoves(r, v, looked.Before, looked.After, city.DateOf(o.From, p.city.Zone), city.DateOf(o.Until, p.city.Zone))
	}
	page.Preview.Action = "/finance/rules/" + page.ID
	err = p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		page.Shown = nil
		for _, m := range looked.Moved[:min(len(looked.Moved), movedShown)] {
			t, err := tx.Ticket(ctx, m.Ticket)
			if err != nil {
				return err
			}
			page.Shown = append(page.Shown, movedRow{m, t.Number})
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/finance/rules/"+page.ID
	return p.answer(w, v, "finance_rule")
}

// WhyOf is why a closure or an outage is asked for, in the page's language: its rows have both. Anything else has the
// words of who has asked.
func (v *view) WhyOf(c store.RuleChange) string {
	var rows []city.RuleRow
	if c.Why == "" || json.Unmarshal([]byte(c.Body), &rows) != nil {
		return c.Why
	}
	rules, err := city.RulesFromRows(rows)
	if err != nil || len(rules.Outages) == 0 || v.InLang(rules.Outages[0].Why) == "" {
		return c.Why
	}
	return v.InLang(rules.Outages[0].Why)
}

// freshOf are the rows of a change that did not stand before it.
func freshOf(l settle.LookedAt) []city.RuleRow {
	stood, err := l.Before.Rows()
	if err != nil {
		return nil
	}
	var rows []city.RuleRow
	for _, c := range city.Diff(stood, l.Rows) {
		if c.What == "new" {
			rows = append(rows, c.Row)
		}
	}
	return rows
}

func (p *Pages) approveRule(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.decideRule(w, r, v, true, "finance_rules_approved")
}

func (p *Pages) refuseRule(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.decideRule(w, r, v, false, "finance_rules_refused")
}

func (p *Pages) decideRule(w http.ResponseWriter, r *http.Request, v *view, approve bool, said string) error {
	_, err := p.books().DecideRules(r.Context(), r.PathValue("id"), approve, v.Name())
	var no *settle.RulesRefusal
	switch {
	case errors.As(err, &no):
		v.Problem = &problem{Field: "main", Key: "finance.refused." + no.Reason}
		return p.rulePage(w, r, v)
	case errors.Is(err, store.ErrConflict):
		v.Problem = &problem{Field: "main", Key: "finance.refused.decided"}
		return p.rulePage(w, r, v)
	case errors.Is(err, store.ErrNotFound):
		return p.show(w, v, http.StatusNotFound, "wrong")
	case err != nil:
		return err
	}
	if approve && p.RulesChanged != nil {
		if err := p.RulesChanged(r.Context()); err != nil {
			p.Log.Error("staff: rules not read; the office reads them by itself soon", "alarm", "rules", "err", err)
		}
	}
	return done(w, r, "/finance/rules/"+r.PathValue("id"), said)
}
