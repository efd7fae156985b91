package staff

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/store"
	"fundy/ticket"
)

// standing has the bench's rules read from its store, as the office's are.
func (b *bench) standing() {
	b.t.Helper()
	rows, err := b.pages.Rules().Rows()
	if err != nil {
		b.t.Fatal(err)
	}
	b.write(func(ctx context.Context, tx *store.Tx) error { return tx.AddRules(ctx, rows, b.now) })
	rules := b.pages.Rules()
	load := func(context.Context) error {
		var rows []city.RuleRow
		err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) { rows, err = tx.Rules(ctx); return err })
		if err == nil {
			rules, err = city.RulesFromRows(rows)
		}
		return err
	}
	b.pages.Rules, b.pages.RulesChanged = func() city.Rules { return rules }, load
}

// owed puts a ticket in with what is owed on it, issued two days ago.
func (b *bench) owed(number string) ticket.ID {
	b.t.Helper()
	id := b.ticketIn(number, "ABC 123")
	b.write(func(ctx context.Context, tx *store.Tx) error {
		f, err := tx.Ticket(ctx, id)
		if err != nil {
			return err
		}
		q, err := ticket.Price(f.Ticket, b.pages.Rules(), b.pages.city, f.IssuedAt)
		if err != nil {
			return err
		}
		return tx.AddEntry(ctx, ledger.IssueEntry(id, q.Components, "parking", f.IssuedAt, b.now))
	})
	return id
}

var ruleAt = regexp.MustCompile(`/finance/rules/(rul_[^"/?]+)`)

// asks puts something before a second person and returns where it stands.
func (b *bench) asks(token, path string, form url.Values) string {
	b.t.Helper()
	r := b.request("POST", path, token, form)
	w := newRecorder()
	b.h.ServeHTTP(w, r)
	at := ruleAt.FindString(w.Header().Get("Location"))
	if w.Code != http.StatusSeeOther || at == "" {
		b.t.Fatalf("%d %s\n%s", w.Code, w.Header().Get("Location"), w.Body)
	}
	return at
}

// due is what a ticket's page says that it costs until which day.
func (b *bench) due(token string, id ticket.ID, words ...string) {
	b.t.Helper()
	code, page := b.get(token, "/tickets/"+string(id))
	b.wants(code, page, http.StatusOK, words...)
}

// A storm closes the city: entered the same morning by one and approved by another, it moves the deadlines of that day
// and no other. The prices obey it at once.
func TestAStormClosesTheCity(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.standing()
		b.person("fay", "finance", "clerk")
		b.person("sam", "supervisor")
		// Issued on 1 June: the first price, of 15 days, holds to the end of 16 June. The other is of a day later.
		first := b.owed("SJ1")
		b.now = b.now.Add(24 * time.Hour)
		second := b.owed("SJ2")
		b.now = time.Date(2026, 6, 16, 11, 0, 0, 0, time.UTC)
		fay := b.session("fay")
		b.due(fay, first, "$50.00")
		storm := url.Values{"kind": {"closure"}, "from": {"2026-06-16"}, "why_en": {"Storm"}, "why_fr": {"Tempête"}}
		for field, wrong := range map[string]string{"from": "yesterday", "why_fr": ""} {
			bad := url.Values{}
			for k, v := range storm {
				bad[k] = v
			}
			bad.Set(field, wrong)
			code, page := b.post(fay, "/finance/rules/outage", bad)
			b.wants(code, page, http.StatusUnprocessableEntity, "Storm")
		}
		old := url.Values{"kind": {"closure"}, "from": {"2026-01-16"}, "why_en": {"Storm"}, "why_fr": {"Tempête"}}
		code, page := b.post(fay, "/finance/rules/outage", old)
		b.wants(code, page, http.StatusUnprocessableEntity, "the last 60 days")
		at := b.asks(fay, "/finance/rules/outage", storm)
		code, page = b.get(fay, at)
		b.wants(code, page, http.StatusOK, "Deadlines of unpaid tickets that move: 1", "SJ1", "another person approves it")
		if strings.Contains(page, "SJ2") {
			t.Error("another day’s deadline moves")
		}
		code, page = b.post(fay, at+"/approve", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "You have asked for it")
		b.now = time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)
		sam := b.session("sam")
		fay = b.session("fay")
		b.due(fay, first, "$75.00") // nothing has been approved
		code, page = b.post(sam, at+"/approve", nil)
		b.wants(code, page, http.StatusSeeOther)
		b.due(fay, first, "$50.00")
		b.due(fay, second, "$50.00")
		code, page = b.post(sam, at+"/approve", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "It has been decided already")
		b.now = time.Date(2026, 6, 18, 12, 0, 0, 0, time.UTC) // the first whole working day is over
		fay = b.session("fay")
		b.due(fay, first, "$75.00")
		b.due(fay, second, "$75.00")
		code, page = b.get(fay, at)
		b.wants(code, page, http.StatusOK, "approved: sam")
	})
}

// New prices are previewed, one ticket of each before and after, and hold from their day: tickets that stand keep theirs.
func TestNewPrices(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.standing()
		b.person("fay", "finance", "clerk")
		b.person("ada", "administrator")
		fay, ada := b.session("fay"), b.session("ada")
		stands := b.owed("SJ1")
		code, page := b.get(fay, "/finance/rules")
		b.wants(code, page, http.StatusOK, "New prices from a day on", `name="row" value="LOADING/1"`)
		form := url.Values{"id": {"2027"}, "from": {"2026-07-01"}, "resolution": {"2026-88"}}
		rows := regexp.MustCompile(`name="row" value="([^"]+)".*?name="amount" value="([^"]+)"`).FindAllStringSubmatch(page, -1)
		if len(rows) < 3 {
			t.Fatalf("%d prices", len(rows))
		}
		for _, m := range rows {
			amount := m[2]
			if m[1] == "LOADING/1" {
				amount = "55.00"
			}
			form.Add("row", m[1])
			form.Add("amount", amount)
		}
		none := url.Values{"id": {"2027"}, "from": {"2026-07-01"}, "row": form["row"], "amount": form["amount"]}
		code, page = b.post(fay, "/finance/rules/schedule", none)
		b.wants(code, page, http.StatusUnprocessableEntity, "Write the resolution’s number", `value="55.00"`)
		past := url.Values{"id": {"2027"}, "from": {"2026-06-01"}, "resolution": {"2026-88"}, "row": form["row"], "amount": form["amount"]}
		code, page = b.post(fay, "/finance/rules/schedule", past)
		b.wants(code, page, http.StatusUnprocessableEntity, "what a past day has set")
		// It is looked at first: nothing is asked for, what changes stands first.
		code, page = b.post(ada, "/finance/rules/schedule", form)
		b.wants(code, page, http.StatusOK, "What would change", "Prices that change: 1", "Only looked at", "to the end of July 16, 2026", `name="looked" value="1"`)
		if strings.Contains(page, "fall with time") || !strings.Contains(page, "Nothing was asked for") {
			t.Error("prices that rise are warned of, or were asked for")
		}
		if first := strings.Index(page, "<strong>yes</strong>"); first < 0 || first > strings.Index(page, `<td class="govuk-table__cell">no</td>`) {
			t.Error("what changes does not stand first")
		}
		falling := url.Values{"id": {"2027"}, "from": {"2026-07-01"}, "resolution": {"2026-88"}, "row": form["row"], "amount": slices.Clone(form["amount"])}
		falling["amount"][slices.Index(form["row"], "LOADING/1")] = "95.00"
		code, page = b.post(ada, "/finance/rules/schedule", falling)
		b.wants(code, page, http.StatusOK, "Prices fall with time: who pays later pays less", "less than $95.00 before it", `name="falls"`)
		falling.Set("looked", "1")
		falling.Del("form")
		code, page = b.post(ada, "/finance/rules/schedule", falling)
		b.wants(code, page, http.StatusUnprocessableEntity, "tick that it is meant so", `value="95.00"`)
		falling.Set("falls", "1")
		falling.Del("form")
		meant := b.asks(ada, "/finance/rules/schedule", falling)
		code, page = b.get(fay, meant)
		b.wants(code, page, http.StatusOK, "Prices fall with time", "less than $95.00 before it")
		code, page = b.post(fay, meant+"/refuse", nil)
		b.wants(code, page, http.StatusSeeOther)
		form.Set("looked", "1")
		form.Del("form")
		at := b.asks(ada, "/finance/rules/schedule", form)
		code, page = b.get(fay, at)
		b.wants(code, page, http.StatusOK, "2026-88", "$50.00", "$55.00", "before and after", "ada")
		code, page = b.post(fay, at+"/approve", nil)
		b.wants(code, page, http.StatusSeeOther)
		s, ok := b.pages.Rules().ScheduleFor(city.Date{Year: 2026, Month: 7, Day: 2})
		if o, _ := s.Offence("LOADING"); !ok || s.ID != "2027" || o.Tiers[0].Amount.Minor() != 5500 {
			t.Errorf("%s %v", s.ID, o.Tiers)
		}
		b.due(fay, stands, "$50.00")
		form.Del("form")
		code, page = b.post(fay, "/finance/rules/schedule", form)
		b.wants(code, page, http.StatusUnprocessableEntity, "It stands already")
	})
}

// A holiday is entered with its resolution; in October the page says that the next year has none.
func TestHolidays(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.standing()
	b.person("fay", "finance")
	b.person("sam", "supervisor")
	fay, sam := b.session("fay"), b.session("sam")
	form := url.Values{"day": {"2026-06-19"}, "name_en": {"Founders’ Day"}, "name_fr": {"Jour des fondateurs"}, "resolution": {"2026-12"}}
	code, page := b.post(fay, "/finance/rules/holiday", url.Values{"day": {"2026-06-19"}, "resolution": {"2026-12"}})
	b.wants(code, page, http.StatusUnprocessableEntity, "its name in both languages")
	at := b.asks(fay, "/finance/rules/holiday", form)
	code, page = b.post(sam, at+"/refuse", nil)
	b.wants(code, page, http.StatusSeeOther)
	if !b.pages.Rules().WorkingDay(city.Date{Year: 2026, Month: 6, Day: 19}) {
		t.Error("what was refused holds")
	}
	at = b.asks(fay, "/finance/rules/holiday", form)
	code, page = b.post(sam, at+"/approve", nil)
	b.wants(code, page, http.StatusSeeOther)
	if b.pages.Rules().WorkingDay(city.Date{Year: 2026, Month: 6, Day: 19}) {
		t.Error("what was approved does not hold")
	}
	b.now = time.Date(2026, 9, 30, 15, 0, 0, 0, time.UTC)
	last := 2026
	for _, h := range b.pages.Rules().Holidays {
		last = max(last, h.Day.Year)
	}
	b.now = time.Date(last, 9, 30, 15, 0, 0, 0, time.UTC)
	_, page = b.get(b.session("fay"), "/finance/rules")
	if strings.Contains(page, "deadlines in it would be counted wrongly") {
		t.Error("September warns")
	}
	b.now = time.Date(last, 10, 1, 15, 0, 0, 0, time.UTC)
	code, page = b.get(b.session("fay"), "/finance/rules")
	b.wants(code, page, http.StatusOK, "deadlines in it would be counted wrongly")
}

// Reports say the same in both languages, each with its drawing and its table.
func TestReportsInBothLanguages(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.banks()
		b.person("fay", "finance")
		_, day := b.slipOf("SJ1", "1001")
		b.owed("SJ2")
		for lang, words := range map[string][]string{
			"en": {"By day", "By channel", "Counter", "By price", "Price 1", "Collection rate", "50.0%", "Owed by age alone", "$50.00", "<svg", "these figures can still move"},
			"fr": {"Par jour", "Comptoir", "Prix 1", "Taux de perception", "50,0 %", "50,00 $", "ces chiffres peuvent encore changer"},
		} {
			r := b.request("GET", "/finance/reports?from="+day.AddDays(-5).String()+"&until="+day.String(), b.session("fay"), nil)
			r.AddCookie(&http.Cookie{Name: languageCookie, Value: lang})
			code, page := b.do(r)
			b.wants(code, page, http.StatusOK, words...)
			b.now = b.now.Add(time.Second)
		}
		fay := b.session("fay")
		code, page := b.get(fay, "/finance/reports?from=2020-01-01")
		b.wants(code, page, http.StatusUnprocessableEntity, "at most 366 of them")
		code, page = b.get(fay, "/finance/year?day="+day.String())
		b.wants(code, page, http.StatusOK, "undeposited:cheque", "Accounts as of")
		code, page = b.get(fay, "/finance/year?year=2025")
		b.wants(code, page, http.StatusOK, "The year 2025")
		code, page = b.post(fay, "/finance/year/close", url.Values{"year": {"2025"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "A day of the year is not closed yet")
	})
}
