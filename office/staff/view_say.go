package staff

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"fundy/city"
	"fundy/letter"
	"fundy/locale"
	"fundy/money"
	"fundy/payment"
	"fundy/report"
	"fundy/store"
)

// T is a sentence of the page's language.
func (v *view) T(key string, fill ...any) string { return say(v.Lang, key, fill...) }

// Maybe is a sentence for a key that the city's settings or the store gave, or the key itself.
func (v *view) Maybe(prefix string, key any) string {
	if text, ok := said[v.Lang][prefix+fmt.Sprint(key)]; ok {
		return text
	}
	return fmt.Sprint(key)
}

// Other is the other language.
func (v *view) Other() string {
	if v.Lang == "fr" {
		return "en"
	}
	return "fr"
}

// Title is "error? + page + city".
func (v *view) Title() string {
	title := v.T("title."+v.Page) + " – " + v.City
	if t, ok := v.Data.(*touchPage); ok {
		title = v.T("touch."+string(t.Why)+".title") + " – " + v.City
	}
	if t, ok := v.Data.(*listPage); ok && v.Page == "work_list" {
		title = v.T("work.list."+t.Name) + " – " + v.City
	}
	if v.Problem != nil {
		return v.T("error.prefix", "title", title)
	}
	return title
}

// ProblemText is what is wrong, as a sentence.
func (v *view) ProblemText() string { return v.T(v.Problem.Key, v.Problem.Fill...) }

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

// In says whether somebody is signed in, so that the page has its menu.
func (v *view) In() bool { return v.in }

// Name is who is signed in.
func (v *view) Name() string { return v.visit.person.Name }

// OneKey says whether the person has one passkey only, and should make a second.
func (v *view) OneKey() bool { return v.in && v.visit.keys == 1 && v.Page != "key" }

// May says whether who is signed in has a permission.
func (v *view) May(may string) bool {
	return v.in && v.pages.roles.May(v.visit.person, Permission(may))
}

// MayDecideAsk says whether who is signed in has the permission to decide what was asked for about tickets: write-offs, or all else.
func (v *view) MayDecideAsk(kind string) bool {
	if kind == store.AskWriteOff {
		return v.May(string(DecideWriteOffs))
	}
	return v.May(string(ApproveTickets))
}

// Reads says whether who looks may read this page and send nothing from it: its forms are shut.
func (v *view) Reads() bool { return v.reads }

// Form is the token of this page's forms.
func (v *view) Form() string { return v.pages.formToken(v.visit.token) }

// Money shows an amount of the city's currency.
func (v *view) Money(a money.Amount) (string, error) {
	return locale.Money(v.Lang, v.pages.city.Currency, a)
}

// MoneyIn is an amount of a currency that may be another than the city's, as on a cheque from abroad.
func (v *view) MoneyIn(currency string, a money.Amount) (string, error) {
	return locale.Money(v.Lang, currency, a)
}

// When is day and time of an instant on the city's clock.
func (v *view) When(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	t = t.In(v.pages.city.Zone)
	return v.T("date.both", "day", locale.Day(v.Lang, t), "time", locale.Clock(v.Lang, t))
}

// Day is the day of an instant on the city's clock.
func (v *view) Day(t time.Time) string { return locale.Day(v.Lang, t.In(v.pages.city.Zone)) }

// Clock is a moment's time of day in the city.
func (v *view) Clock(t time.Time) string { return locale.Clock(v.Lang, t.In(v.pages.city.Zone)) }

// On is a day on the city's clock.
func (v *view) On(d city.Date) string {
	if d.IsZero() {
		return "–"
	}
	return locale.Day(v.Lang, d.Start(v.pages.city.Zone))
}

// Age is how many days ago something was.
func (v *view) Age(t time.Time) int { return int(v.Now.Sub(t) / (24 * time.Hour)) }

// Days is a number of days in words: French has 0 and 1 in the singular, English 1 alone.
func (v *view) Days(n int) string {
	if n == 1 || n == 0 && v.Lang == "fr" {
		return v.T("queue.day", "days", n)
	}
	return v.T("queue.days", "days", n)
}

// Ago is how many days ago something was, in words.
func (v *view) Ago(t time.Time) string { return v.Days(v.Age(t)) }

// What is a sentence that the books say of money, in the page's language.
func (v *view) What(text string) string { return report.What(report.Reader(v.Lang), text) }

// decided is what the office itself notes of what a person does about a review.
var decided = regexp.MustCompile(`^(a review was asked for: |review )[0-9A-Z]{5}-[0-9A-Z]{5}(: [a-z]+)?$`)

// Noted is a note in the reader's language where the office itself has made it (who is "", or it is of a review's
// decision); a person's stays.
func (v *view) Noted(who, note string) string {
	if who != "" && !decided.MatchString(note) {
		return note
	}
	return report.Noted(report.Reader(v.Lang), note)
}

// InLang is a text of the city's rules in the page's language.
func (v *view) InLang(t city.Text) string { return t[city.Language(v.Lang)] }

// part is what a part of a page is made of.
type part struct {
	V        *view
	Page     any
	Roles    []string
	Events   []store.StaffEvent
	Paper    paperChoice
	Messages []payment.Message
	Access   Access
	Text     string
}

// paperChoice is in which language and on what paper something is printed.
type paperChoice struct {
	ID         string // begins the ids of its fields, where a page has the choice twice
	Languages  []string
	Sizes      []letter.Size
	Lang, Size string
}

// WithPaper hands a part the choice of paper.
func (v *view) WithPaper(id string, c paperChoice) part {
	c.ID = id
	return part{V: v, Paper: c}
}

// WithText hands a part what was typed.
func (v *view) WithText(text string) part { return part{V: v, Text: text} }

// WithMessages hands a part what was sent.
func (v *view) WithMessages(all []payment.Message) part { return part{V: v, Messages: all} }

// WithAccess hands a part how the review of access stands.
func (v *view) WithAccess(a Access) part { return part{V: v, Access: a} }

// OnPaper says whether a message is a letter.
func (v *view) OnPaper(m payment.Message) bool { return m.OnPaper() }

// Told says whether a letter tells of a refund.
func (v *view) Told(r payment.Refund) bool { return told(r) }

// With hands a part its page and the roles to pick from.
func (v *view) With(page any, roles []string) part { return part{V: v, Page: page, Roles: roles} }

// WithEvents hands a part a history.
func (v *view) WithEvents(events []store.StaffEvent) part { return part{V: v, Events: events} }

// RolesIn is a note of a person's record, which is the roles that it is about, in the page's language.
func (v *view) RolesIn(note string) string {
	roles := strings.FieldsFunc(note, func(r rune) bool { return r == ',' || r == ' ' })
	for i, role := range roles {
		roles[i] = v.Maybe("role.", role)
	}
	return strings.Join(roles, ", ")
}

// RefOf is a reference that somebody outside knows something by, as the processor's own of a payout; one that the store alone
// knows is "": what it is of stands in the sentence beside it.
func (v *view) RefOf(ref string) string {
	for _, own := range []string{"bnk_", "dep_", "bat_", "ret_"} {
		if strings.HasPrefix(ref, own) {
			return ""
		}
	}
	return ref
}

// Elsewhere is the network of which a person's record says that a session was asked for from there; "" of another line.
func (v *view) Elsewhere(e store.StaffEvent) string {
	parts := strings.Fields(e.Note)
	if e.Act != elsewhereAct || len(parts) < 2 {
		return ""
	}
	return parts[1]
}

// Idle is after how many seconds without a step a page hides itself.
func (v *view) Idle() int { return int(sessionIdle / time.Second) }

// Hides says whether the page hides itself when nothing is done: its person's passkey shows it again, and in a
// demonstration nobody has one.
func (v *view) Hides() bool { return v.in && v.pages.StandIn == nil }

// Style is the address of the style sheet.
func (v *view) Style() string { return style.Path }

// Live is the script that follows a code.
func (v *view) Live() asset { return liveScript }

// Say is a sentence of another language than the page's: what a clerk says to a caller.
func (v *view) Say(lang, key string, fill ...any) string { return say(lang, key, fill...) }

// InThat is a text of the city's rules in a language.
func (v *view) InThat(lang string, t city.Text) string { return t[city.Language(lang)] }

// Languages are the city's, for who picks a caller's.
func (v *view) Languages() []city.Language { return v.pages.city.Languages }

// PrintStyle is the address of the style sheet of what is printed.
func (v *view) PrintStyle() string { return printStyle.Path }

// Script is the passkeys' script.
func (v *view) Script() asset { return passkeyScript }
