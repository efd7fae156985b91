package portal

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"fundy/desk/deskpb"
	"fundy/locale"
	"fundy/money"
	"fundy/web"
)

//go:embed pages/*.html
var pageFiles embed.FS

// pages are the parsed templates, by language and name.
type pages map[string]map[string]*template.Template

// pageNames are all pages: parsed at start, so that a fault in one stops the start and not a visitor.
var pageNames = []string{"front", "find", "tickets", "confirm", "outcome", "receipt", "message", "code", "lost", "review", "review_asked", "review_find", "card", "wrong", "wrong_form", "busy", "closed", "fault"}

func parsePages() (pages, error) {
	all := pages{}
	for _, lang := range languages {
		all[lang] = map[string]*template.Template{}
		for _, name := range pageNames {
			t := template.New("layout.html").Funcs(template.FuncMap{"dict": dict})
			for _, file := range []string{"layout", "parts", name} {
				text, err := pageFiles.ReadFile("pages/" + file + ".html")
				if err != nil {
					return nil, fmt.Errorf("page %s: %w", name, err)
				}
				if t, err = t.Parse(words.Within(lang, string(text))); err != nil {
					return nil, fmt.Errorf("page %s, %s: %w", name, file, err)
				}
			}
			all[lang][name] = t
		}
	}
	return all, nil
}

// dict gives a part of a page several things by name.
func dict(pairs ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m
}

// view is what a page is made of.
type view struct {
	Lang      string
	City      *front
	Page      string
	Form      string // the form's token
	Problem   *problem
	Reference string
	Again     string // of a payment that has been begun: where it is looked for again when the desk is away
	Switch    string // where the other language's same page is; empty where the switch is a button of the form
	Data      any
	card      string // the field that a card number was typed into; its text is gone
	visit     visit
	now       time.Time
	err       error
}

// problem is what is wrong with what was typed.
type problem = web.Problem

func (p *Portal) newView(r *http.Request, lang string) *view {
	v := &view{Lang: lang, visit: p.visit(r), now: p.Now()}
	switch {
	case lang != "":
		v.visit.Lang = lang
	case slices.Contains(languages, v.visit.Lang):
		v.Lang = v.visit.Lang
	default:
		v.Lang = preferred(r)
	}
	v.City, v.err = p.city(r.Context())
	v.Form = v.visit.formToken()
	return v
}

// preferred is the language of a page that has none of its own, from the browser's list.
func preferred(r *http.Request) string {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		switch strings.ToLower(strings.TrimSpace(part))[:min(2, len(strings.TrimSpace(part)))] {
		case "fr":
			return "fr"
		case "en":
			return "en"
		}
	}
	return "en"
}

// show writes a page. Nothing is written before the whole page is made.
func (p *Portal) show(w http.ResponseWriter, v *view, status int, name string) error {
	v.Page = name
	if v.City == nil {
		v.City = &front{FrontResponse: &deskpb.FrontResponse{}, zone: time.UTC}
	}
	var b bytes.Buffer
	if err := p.pages[v.Lang][name].Execute(&b, v); err != nil {
		return fmt.Errorf("make page %s: %w", name, err)
	}
	p.keep(w, v.visit)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Lang)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	if err != nil {
		p.Log.Info("portal: visitor went away", "err", err)
	}
	return nil
}

// redirect sends the browser on after a form, keeping the visit.
func (p *Portal) redirect(w http.ResponseWriter, r *http.Request, v *view, to string) error {
	p.keep(w, v.visit)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// T is a sentence of the page's language.
func (v *view) T(key string, fill ...any) string { return say(v.Lang, key, fill...) }

// Maybe is a sentence for a key that the desk gave, or another one where there is none.
func (v *view) Maybe(prefix, key, otherwise string, fill ...any) string {
	if has(prefix + key) {
		return say(v.Lang, prefix+key, fill...)
	}
	return say(v.Lang, otherwise, fill...)
}

// Held says whether the visit holds tickets, so that there is something to go back to.
func (v *view) Held() bool { return len(v.visit.Tokens) > 0 }

// Bilingual is the page's view in each language, for the first page, which is in both.
func (v *view) Bilingual() []*view {
	var both []*view
	for _, lang := range languages {
		in := *v
		in.Lang = lang
		both = append(both, &in)
	}
	return both
}

// Other is the other language.
func (v *view) Other() string {
	if v.Lang == "fr" {
		return "en"
	}
	return "fr"
}

// Path is a page's address in the page's language.
func (v *view) Path(name string) string { return paths[name][v.Lang] }

// In is the text of a language, or of the one there is.
func (v *view) In(w *deskpb.Words) string { return inLanguage(w, v.Lang) }

// InOther is the text of the other language.
func (v *view) InOther(w *deskpb.Words) string { return inLanguage(w, v.Other()) }

func inLanguage(w *deskpb.Words, lang string) string { return w.GetByLanguage()[lang] }

// Money shows minor units of the city's currency.
func (v *view) Money(minor int64) (string, error) {
	return locale.Money(v.Lang, v.City.GetCurrency(), money.FromMinor(minor))
}

// Day, Clock and Both show an instant (microseconds UTC) on the city's clock.
func (v *view) Day(at int64) string { return locale.Day(v.Lang, time.UnixMicro(at).In(v.City.zone)) }

// Clock is the time of day of an instant.
func (v *view) Clock(at int64) string {
	return locale.Clock(v.Lang, time.UnixMicro(at).In(v.City.zone))
}

// Both is day and time of an instant.
func (v *view) Both(at int64) string { return v.T("date.both", "day", v.Day(at), "time", v.Clock(at)) }

// Last is the last moment before an instant, as people say it: the end of a day is that day.
func (v *view) Last(until int64) string {
	t := time.UnixMicro(until).In(v.City.zone)
	if t.Hour() == 0 && t.Minute() == 0 {
		return v.T("date.end_of", "day", locale.Day(v.Lang, t.Add(-time.Minute)))
	}
	return v.T("date.until", "day", locale.Day(v.Lang, t), "time", locale.Clock(v.Lang, t))
}

// LastDay is the last day before an instant.
func (v *view) LastDay(until int64) string {
	return locale.Day(v.Lang, time.UnixMicro(until).In(v.City.zone).Add(-time.Microsecond))
}

// Today is the day of the page.
func (v *view) Today() string { return locale.Day(v.Lang, v.now.In(v.City.zone)) }

// Minutes is how many minutes remain until an instant.
func (v *view) Minutes(until int64) int {
	return max(0, int(time.UnixMicro(until).Sub(v.now)/time.Minute))
}

// Title is "error? + step + city".
func (v *view) Title() string {
	title := v.T("title."+v.Page) + " – " + v.CityName()
	if o, ok := v.Data.(*outcomePage); ok && v.Page == "outcome" {
		title = v.T("outcome."+o.Key+".title") + " – " + v.CityName()
	}
	if v.Problem != nil {
		return v.T("error.prefix", "title", title)
	}
	return title
}

// CityName is the city's name, or what stands for it when the desk is away.
func (v *view) CityName() string {
	if name := v.In(v.City.GetName()); name != "" {
		return name
	}
	return v.T("city.unknown")
}

// ProblemText is what is wrong, as a sentence.
func (v *view) ProblemText() string {
	if v.Problem == nil {
		return ""
	}
	return v.T(v.Problem.Key, v.Problem.Fill...)
}

// Wrong says whether a field has a problem.
func (v *view) Wrong(field string) bool { return v.Problem.Of(field) != nil }

// ProblemOf is what is wrong with a field, as a sentence; "" for nothing.
func (v *view) ProblemOf(field string) string {
	p := v.Problem.Of(field)
	if p == nil {
		return ""
	}
	return v.T(p.Key, p.Fill...)
}

// Style is the address of the style sheet: another one each time it changes, so it can be kept for ever.
func (v *view) Style() string { return "/static/" + styleName }

// Colour is the address of the city's own colour.
func (v *view) Colour() string {
	return "/city.css?" + strings.TrimPrefix(v.City.GetColour(), "#")
}

// Logo is the address of the city's logo, another one each time it changes; empty where it has none.
func (v *view) Logo() string { return logoPath(v.City.GetLogo()) }

// digest names what is served by its content.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}
