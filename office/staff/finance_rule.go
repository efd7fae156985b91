package staff

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"fundy/city"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// rulePage is a change with what it would do: prices before and after, and the deadlines that move.
type rulePage struct {
	settle.LookedAt
	Mine     bool
	Prices   []pricePair
	Holidays []city.Holiday
	Outages  []city.Outage
	Schedule city.Schedule
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
	page := &rulePage{LookedAt: looked, Mine: looked.AskedBy == v.Name(), More: max(0, len(looked.Moved)-movedShown)}
	asked, err := city.RulesFromRows(looked.Rows)
	if err != nil {
		return err
	}
	page.Holidays, page.Outages = asked.Holidays, asked.Outages
	if len(asked.Schedules) > 0 {
		page.Schedule = asked.Schedules[0]
		page.Prices = p.compare(looked, page.Schedule)
	}
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

// compare prices one ticket of each offence, issued on the new schedule's first day, before and after.
func (p *Pages) compare(l settle.LookedAt, next city.Schedule) []pricePair {
	old, _ := l.Before.ScheduleFor(next.From)
	tiers := func(rules city.Rules, schedule, offence string) []ticket.TierRow {
		t := ticket.Ticket{
			ID: "preview", Regime: p.city.Regime, IssuedOn: next.From, IssuedAt: next.From.Start(p.city.Zone).Add(12 * time.Hour),
			Offence: offence, Schedule: schedule, Delivery: ticket.Windshield, State: ticket.Open,
		}
		q, err := ticket.Price(t, rules, p.city, t.IssuedAt)
		if err != nil {
			return nil // it has no price under these rules
		}
		return q.Tiers
	}
	var all []pricePair
	for _, o := range next.Offences {
		before, after := tiers(l.Before, old.ID, o.Code), tiers(l.After, next.ID, o.Code)
		for i := range max(len(before), len(after)) {
			pair := pricePair{Offence: o.Title, Tier: i + 1}
			if i < len(before) {
				pair.Before = &before[i]
			}
			if i < len(after) {
				pair.After = &after[i]
			}
			all = append(all, pair)
		}
	}
	return all
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
