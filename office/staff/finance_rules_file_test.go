package staff

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/examples"
)

// rulesText is the demonstration's file of rules, as the bench has them.
func (b *bench) rulesText(change ...string) string {
	b.t.Helper()
	text, err := examples.Files.ReadFile("cities/demo/rules.toml")
	if err != nil {
		b.t.Fatal(err)
	}
	from := city.DateOf(time.Date(2026, 6, 3, 14, 0, 0, 0, time.UTC), b.pages.city.Zone).AddDays(-60)
	out := strings.ReplaceAll(string(text), "@C_FROM@", from.String())
	for i := 0; i+1 < len(change); i += 2 {
		if !strings.Contains(out, change[i]) {
			b.t.Fatalf("the file of rules does not hold %q", change[i])
		}
		out = strings.Replace(out, change[i], change[i+1], 1)
	}
	return out
}

// dearer is a schedule from July on, in which one price is another; and a holiday.
const dearer = `
[[holiday]]
day  = "2026-07-31"
name = { en = "Founders' Day", fr = "Jour des fondateurs" }

[[schedule]]
id     = "dearer"
from   = "2026-07-01"
by_law = { en = "Demonstration By-law 2", fr = "Arrêté de démonstration 2" }

[[schedule.offence]]
code    = "LOADING"
section = "9(1)"
title   = { en = "Parking in a commercial loading zone", fr = "Stationnement dans une zone de chargement commercial" }
ledger  = "parking"
tier    = [
  { amount = "55.00", clause = "20(1)", until = { days = 15 } },
  { amount = "110.00", clause = "20(2)" },
]
`

var lookAt = regexp.MustCompile(`/finance/rules/file/upl_[^"/?]+`)

// brings brings a file of rules, and returns where it was looked at.
func (b *bench) bringsRules(token, text string) string {
	b.t.Helper()
	w := newRecorder()
	b.h.ServeHTTP(w, b.bring(token, "/finance/rules/file", "RULES.toml", "text/plain", strings.NewReader(text), nil))
	at := lookAt.FindString(w.Header().Get("Location"))
	if w.Code != http.StatusSeeOther || at == "" {
		b.t.Fatalf("%d %s\n%s", w.Code, w.Header().Get("Location"), w.Body)
	}
	return at
}

// A whole file of rules is looked at, asked for with its resolution and day, and approved by another person: what it says
// holds from its day, and not before.
func TestAWholeFileOfRules(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.standing()
		b.person("fay", "finance", "clerk")
		b.person("ada", "administrator")
		stands := b.owed("SJ1")
		same := b.bringsRules(b.session("ada"), b.rulesText())
		code, page := b.get(b.session("ada"), same)
		b.wants(code, page, http.StatusOK, "Only looked at: nothing was written", "It stands already")
		at := b.bringsRules(b.session("ada"), b.rulesText()+dearer)
		code, page = b.get(b.session("ada"), at+"?issued=2026-07-02&on=2026-08-20")
		b.wants(code, page, http.StatusOK, "dearer", "2026-07-31", "Demonstration By-law 2", "What a ticket issued on July 2, 2026 costs on August 20, 2026", "$110.00", "$55.00", `value="2026-07-01"`)
		if _, ok := b.pages.Rules().ScheduleByID("dearer"); ok {
			t.Error("what was looked at holds")
		}
		ask := func(resolution, from string) url.Values {
			return url.Values{"resolution": {resolution}, "from": {from}}
		}
		code, page = b.post(b.session("ada"), at+"/ask", ask("", "2026-07-01"))
		b.wants(code, page, http.StatusUnprocessableEntity, "Write the resolution’s number")
		code, page = b.post(b.session("ada"), at+"/ask", ask("2026-90", "soon"))
		b.wants(code, page, http.StatusUnprocessableEntity, "Write the day, as", `value="soon"`, "2026-90")
		code, page = b.post(b.session("ada"), at+"/ask", ask("2026-90", "2026-09-01"))
		b.wants(code, page, http.StatusUnprocessableEntity, "The first new row of the file holds from July 1, 2026")
		asked := b.asks(b.session("ada"), at+"/ask", ask("2026-90", "2026-07-01"))
		code, page = b.get(b.session("ada"), at)
		b.wants(code, page, http.StatusUnprocessableEntity, "choose the file again")
		code, page = b.get(b.session("fay"), asked+"?issued=2026-07-02&on=2026-07-03")
		b.wants(code, page, http.StatusOK, "A rules file", "2026-90", "dearer", "$55.00", "$50.00", "Founders", "Deadlines of unpaid tickets that move: 0")
		code, page = b.post(b.session("ada"), asked+"/approve", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "You have asked for it")
		code, page = b.post(b.session("fay"), asked+"/approve", nil)
		b.wants(code, page, http.StatusSeeOther)
		if s, ok := b.pages.Rules().ScheduleFor(city.Date{Year: 2026, Month: 7, Day: 2}); !ok || s.ID != "dearer" {
			t.Errorf("it is %s", s.ID)
		}
		if s, _ := b.pages.Rules().ScheduleFor(city.Date{Year: 2026, Month: 6, Day: 30}); s.ID == "dearer" {
			t.Error("it holds before its day")
		}
		b.due(b.session("fay"), stands, "$50.00")
		code, page = b.get(b.session("fay"), asked)
		b.wants(code, page, http.StatusOK, "approved: fay", "dearer")
	})
}

// Rules that change in between make a file that was looked at stale: when it is asked for, and when it is approved.
func TestAFileOfRulesBecomesStale(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.standing()
		b.person("fay", "finance")
		b.person("ada", "administrator")
		holiday := func(day string) {
			t.Helper()
			at := b.asks(b.session("fay"), "/finance/rules/holiday", url.Values{"day": {day}, "name_en": {"A day"}, "name_fr": {"Un jour"}, "resolution": {"2026-12"}})
			code, page := b.post(b.session("ada"), at+"/approve", nil)
			b.wants(code, page, http.StatusSeeOther)
		}
		ask := url.Values{"resolution": {"2026-90"}, "from": {"2026-07-01"}}
		at := b.bringsRules(b.session("ada"), b.rulesText()+dearer)
		holiday("2026-06-19")
		code, page := b.post(b.session("ada"), at+"/ask", ask)
		b.wants(code, page, http.StatusUnprocessableEntity, "The rules have changed since this file was looked at")
		ask.Del("form")
		asked := b.asks(b.session("ada"), b.bringsRules(b.session("ada"), b.rulesText()+dearer)+"/ask", ask)
		holiday("2026-06-22")
		code, page = b.post(b.session("fay"), asked+"/approve", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "The rules have changed since this file was looked at", "refuse this one")
		if _, ok := b.pages.Rules().ScheduleByID("dearer"); ok {
			t.Error("a stale file holds")
		}
		code, page = b.post(b.session("fay"), asked+"/refuse", nil)
		b.wants(code, page, http.StatusSeeOther)
	})
}

// What is wrong with a file is said with its line and what to do, in the reader's language; a row that can't stand keeps the
// file from being asked for.
func TestABadFileOfRules(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.standing()
	b.person("ada", "administrator")
	for lang, words := range map[string][]string{
		"en": {"line 4", "unknown setting", "check its spelling"},
		"fr": {"ligne 4", "réglage inconnu « profile.nickname » : vérifiez comment il s’écrit", "Le fichier n’est pas pris"},
	} {
		r := b.bring(b.session("ada"), "/finance/rules/file", "RULES.toml", "text/plain", strings.NewReader("\n[[profile]]\nfrom = \"2026-01-01\"\nnickname = \"x\"\n"), nil)
		r.AddCookie(&http.Cookie{Name: languageCookie, Value: lang})
		code, page := b.do(r)
		b.wants(code, page, http.StatusUnprocessableEntity, words...)
	}
	bad := b.rulesText() + strings.Replace(dearer, `"110.00"`, `"1500.01"`, 1)
	line := 1 + strings.Count(bad[:strings.Index(bad, "1500.01")], "\n")
	r := b.bring(b.session("ada"), "/finance/rules/file", "RULES.toml", "text/plain", strings.NewReader(bad), nil)
	r.AddCookie(&http.Cookie{Name: languageCookie, Value: "fr"})
	code, page := b.do(r)
	b.wants(code, page, http.StatusUnprocessableEntity, "ligne "+numberText(line), "1500,01 $ est plus que la plus haute pénalité permise", "schedule &#34;dearer&#34;")
	past := b.bringsRules(b.session("ada"), b.rulesText()+strings.Replace(dearer, "2026-07-01", "2026-05-20", 1))
	code, page = b.get(b.session("ada"), past)
	b.wants(code, page, http.StatusOK, "its day is over", "nothing of the file can be asked for")
	if strings.Contains(page, `id="ask-form"`) {
		t.Error("it can be asked for")
	}
	other := b.bringsRules(b.session("ada"), b.rulesText(`amount = "50.00"`, `amount = "51.00"`))
	code, page = b.get(b.session("ada"), other)
	b.wants(code, page, http.StatusOK, "it stands with other content")
	code, page = b.post(b.session("ada"), "/finance/rules/file/upl_none/ask", url.Values{"resolution": {"2026-90"}, "from": {"2026-07-01"}})
	b.wants(code, page, http.StatusUnprocessableEntity, "choose the file again")
	// Nobody applies it alone, by the page of other files.
	at := b.bringsRules(b.session("ada"), b.rulesText()+dearer)
	b.person("both", "administrator", "finance")
	mine := b.bringsRules(b.session("both"), b.rulesText()+dearer)
	code, page = b.post(b.session("both"), strings.Replace(mine, "/rules/file/", "/files/", 1)+"/apply", nil)
	b.wants(code, page, http.StatusUnprocessableEntity, "choose the file again")
	code, page = b.get(b.session("both"), at)
	b.wants(code, page, http.StatusUnprocessableEntity, "choose the file again")
}
