package staff

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/settle"
)

// priceFall is a price that is less than the one before it: who waits pays less.
type priceFall struct {
	Offence  city.Text
	Tier     int
	From, To money.Amount
}

// fallsIn are the prices of an offence that fall with time, as they would be.
func fallsIn(pairs []pricePair) []priceFall {
	var all []priceFall
	for i := 1; i < len(pairs); i++ {
		before, after := pairs[i-1].After, pairs[i].After
		if pairs[i].Tier > 1 && before != nil && after != nil && after.Total.Cmp(before.Total) < 0 {
			all = append(all, priceFall{pairs[i].Offence, pairs[i].Tier, before.Total, after.Total})
		}
	}
	return all
}

// changedFirst has the prices that change before those that stay.
func changedFirst(pairs []pricePair) []pricePair {
	sorted := slices.Clone(pairs)
	slices.SortStableFunc(sorted, func(a, b pricePair) int {
		switch {
		case a.Same() == b.Same():
			return 0
		case a.Same():
			return 1
		}
		return -1
	})
	return sorted
}

// pricesLook is what new prices would change, before anybody is asked. What was typed stands in the page.
type pricesLook struct {
	From    city.Date
	Prices  []pricePair
	Changed int
	Falls   []priceFall
	Typed   []typedField
}

// lookSchedule shows what new prices would change, and asks for them once they were looked at: where one falls with time, only
// when that was ticked.
func (p *Pages) lookSchedule(w http.ResponseWriter, r *http.Request, v *view, page *rulesPage, ask settle.RulesAsk, from city.Date) error {
	ask.By = v.Name()
	err := p.books().MayAskRules(r.Context(), ask)
	var no *settle.RulesRefusal
	if errors.As(err, &no) {
		return p.rulesRefused(w, r, v, page, no)
	}
	if err != nil {
		return err
	}
	look, err := p.books().LookRules(r.Context(), ask.Rows)
	if err != nil {
		return err
	}
	prices := p.comparePrices(look.Before, look.After, from)
	falls := fallsIn(prices)
	looked := r.PostForm.Get("looked") == "1"
	if looked && (len(falls) == 0 || r.PostForm.Get("falls") == "1") {
		return p.askRules(w, r, v, page, ask)
	}
	if looked {
		v.Problem = &problem{Field: "falls", Key: "rules.falls.tick"}
	}
	page.Look = &pricesLook{From: from, Prices: changedFirst(prices), Falls: falls, Typed: typedOf(r.PostForm)}
	page.Look.Typed = slices.DeleteFunc(page.Look.Typed, func(f typedField) bool { return f.Name == "looked" || f.Name == "falls" })
	for _, pair := range prices {
		if !pair.Same() {
			page.Look.Changed++
		}
	}
	return p.rulesPage(w, r, v, page)
}

// Until is the end of a price's time as the payers read it: the last day on which it holds, where it ends with a day.
func (v *view) Until(t time.Time) string {
	if t.IsZero() {
		return v.When(t)
	}
	t = t.In(v.pages.city.Zone)
	if day := city.DateOf(t, v.pages.city.Zone); t.Equal(day.Start(v.pages.city.Zone)) {
		return v.T("rules.until", "day", v.On(day.AddDays(-1)))
	}
	return v.When(t)
}
