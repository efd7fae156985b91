package staff

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"strings"

	"fundy/city"
	"fundy/desk"
	"fundy/money"
	"fundy/settle"
	"fundy/store"
)

// numbersMost bounds the numbers that are typed or brought, in bytes: MostAsked of the longest, with their days.
const numbersMost = 48 << 10

// debtsPage is where debts are put before a second person who gives them up: tickets by number, or by day and amount.
type debtsPage struct {
	Numbers    string // as typed, or as brought
	Before     string
	Most       string
	Resolution string
	Why        string
	Looked     *settle.Debts // nil: nothing was looked at
	Asks       []store.TicketAsk
}

func (p *Pages) showDebts(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.debtsPage(w, r, v, &debtsPage{})
}

func (p *Pages) debtsPage(w http.ResponseWriter, r *http.Request, v *view, page *debtsPage) error {
	err := p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.TicketAsks(ctx, asksShown)
		page.Asks = nil
		for _, a := range all {
			if a.Kind == store.AskWriteOff && v.seesAsk(a) {
				page.Asks = append(page.Asks, a)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/finance/write-offs"
	return p.answer(w, v, "finance_debts")
}

// typedDebts reads the form: what it asks for, or what is wrong with it.
func (v *view) typedDebts(r *http.Request, numbers string) (*debtsPage, settle.DebtAsk) {
	page := &debtsPage{
		Numbers: numbers, Before: bounded(r, "before"), Most: bounded(r, "most"), Resolution: bounded(r, "resolution"), Why: typedLine(r, "why"),
	}
	ask := settle.DebtAsk{Resolution: page.Resolution, Why: page.Why, By: v.Name(), Digest: bounded(r, "digest")}
	var line int
	switch ask.List, line = ticketNumbers(numbers); {
	case len(numbers) >= numbersMost || len(ask.List) > settle.MostAsked:
		v.Problem = &problem{Field: "numbers", Key: "finance.refused.debts_many", Fill: []any{"most", settle.MostAsked}}
	case line > 0:
		v.Problem = &problem{Field: "numbers", Key: "decide.debts.line", Fill: []any{"line", line}}
	case len(ask.List) > 0:
		return page, ask
	}
	if v.Problem != nil {
		return page, ask
	}
	var err error
	if ask.Before, err = city.ParseDate(page.Before); err != nil {
		v.Problem = &problem{Field: "before", Key: "decide.debts.before.wrong"}
		return page, ask
	}
	if page.Most != "" {
		var ok bool
		if ask.Most, ok = v.amountTyped(page.Most); !ok || ask.Most.Cmp(money.Zero) <= 0 {
			v.Problem = &problem{Field: "most", Key: "counter.amount.form"}
		}
	}
	return page, ask
}

// ticketNumbers reads a number on each line, or a number, a comma and the day of issue. line is the first that is
// neither; 0 where there is none.
func ticketNumbers(text string) (all []settle.TicketNumber, line int) {
	lines := bufio.NewScanner(strings.NewReader(text))
	for at := 1; lines.Scan(); at++ {
		one := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if one == "" || strings.HasPrefix(one, "#") {
			continue
		}
		number, day, dated := strings.Cut(one, ",")
		n := settle.TicketNumber{Number: strings.TrimSpace(number)}
		if dated {
			var err error
			if n.Day, err = city.ParseDate(strings.TrimSpace(day)); err != nil {
				return nil, at
			}
		}
		if n.Number == "" || len(n.Number) > typedMost {
			return nil, at
		}
		all = append(all, n)
	}
	if lines.Err() != nil {
		return nil, 1
	}
	return all, 0
}

func typedNumbers(r *http.Request) string {
	text := r.PostForm.Get("numbers")
	return strings.ToValidUTF8(text[:min(len(text), numbersMost)], "")
}

// lookDebts says what would be given up. Nothing is written.
func (p *Pages) lookDebts(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.lookAtDebts(w, r, v, typedNumbers(r))
}

// bringDebts is lookDebts of the numbers in a file.
func (p *Pages) bringDebts(w http.ResponseWriter, r *http.Request, v *view) error {
	if v.Problem != nil {
		return p.debtsPage(w, r, v, &debtsPage{})
	}
	content := bytes.ToValidUTF8(v.file.Content[:min(len(v.file.Content), numbersMost)], nil)
	if len(bytes.TrimSpace(content)) == 0 {
		v.Problem = &problem{Field: "file", Key: "finance.upload.empty"}
		return p.debtsPage(w, r, v, &debtsPage{})
	}
	like, err := p.cardLines(r.Context(), string(content))
	if err != nil {
		return err
	}
	if len(like) > 0 { // its numbers would stand in the page
		place := desk.CardPlace{Where: "file", Name: "file", Shown: desk.Masked(someLines(string(content), like))}
		return p.refuseCard(w, r, v, place, route{upload: uploadMost, chosen: "/finance/write-offs"}, true)
	}
	return p.lookAtDebts(w, r, v, string(content))
}

func (p *Pages) lookAtDebts(w http.ResponseWriter, r *http.Request, v *view, numbers string) error {
	page, ask := v.typedDebts(r, numbers)
	if v.Problem != nil {
		return p.debtsPage(w, r, v, page)
	}
	looked, err := p.books().LookDebts(r.Context(), ask)
	if v.Problem = v.againstAsk(err, "numbers"); v.Problem != nil {
		return p.debtsPage(w, r, v, page)
	}
	if err != nil {
		return err
	}
	if page.Looked = &looked; len(looked.All)+len(looked.Not) == 0 {
		page.Looked = nil
		v.Problem = &problem{Field: "before", Key: "finance.refused.debts_none"}
	}
	return p.debtsPage(w, r, v, page)
}

// askDebts puts what was looked at before a second person.
func (p *Pages) askDebts(w http.ResponseWriter, r *http.Request, v *view) error {
	page, ask := v.typedDebts(r, typedNumbers(r))
	if v.Problem != nil {
		return p.debtsPage(w, r, v, page)
	}
	asked, err := p.books().AskWriteOff(r.Context(), ask)
	if v.Problem = v.againstAsk(err, "main"); v.Problem != nil {
		switch v.Problem.Key {
		case "finance.refused.resolution":
			v.Problem.Field = "resolution"
		case "finance.refused.why", "finance.refused.card":
			v.Problem.Field = "why"
		}
		looked, err := p.books().LookDebts(r.Context(), ask)
		if err != nil {
			return err
		}
		page.Looked = &looked
		return p.debtsPage(w, r, v, page)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/decisions/"+asked.ID, "decide_asked")
}

// Listed says whether the debts are named one by one.
func (page *debtsPage) Listed() bool { return strings.TrimSpace(page.Numbers) != "" }
