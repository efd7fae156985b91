package staff

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"fundy/review"
)

var (
	keptHidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	keptShown  = regexp.MustCompile(`(?s)<textarea [^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>`)
)

// again is the form that a page offers to be sent again to a path, as a browser sends it.
func (b *bench) again(page, path string) url.Values {
	b.t.Helper()
	_, rest, found := strings.Cut(page, `<form method="post" action="`+path+`">`)
	whole, _, ends := strings.Cut(rest, "</form>")
	if !found || !ends {
		b.t.Fatalf("nothing goes again to %s:\n%s", path, page)
	}
	form := url.Values{}
	for _, all := range [][][]string{keptHidden.FindAllStringSubmatch(whole, -1), keptShown.FindAllStringSubmatch(whole, -1)} {
		for _, m := range all {
			form.Add(m[1], strings.NewReplacer("\r\n", "\r\n", "\n", "\r\n").Replace(html.UnescapeString(m[2])))
		}
	}
	return form
}

// Who writes a card's number into a long text keeps the text, without the number, and all else that was typed: the page
// shows the field, names it, says what to do, and the same button sends it again.
func TestWhatWasTypedStaysWhenACardIsInIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.sealed()
		b.person("olga", "screening")
		b.person("carl", "clerk")
		olga, carl := b.session("olga"), b.session("carl")
		noted, reviewed := b.ticketIn("SJ100", "ABC 123"), b.ticketIn("SJ200", "ABC 124")
		r := s.asks(reviewed, review.ByEmail)
		long := strings.Repeat("The sign stood behind a <tree>, & nobody saw it.\r\n", 20)
		for _, c := range []struct {
			what, who, path, field, label string
			form                          url.Values
			done                          func() bool
		}{
			{"a note", carl, "/tickets/" + string(noted) + "/note", "reason", "Reason", url.Values{"reason": {"She called from 506-555-0199, card 4242 4242 4242 4242, and calls again."}}, func() bool {
				_, page := b.get(carl, "/tickets/"+string(noted))
				return strings.Contains(page, "She called from 506-555-0199, card")
			}},
			{"a decision", olga, "/reviews/" + string(r.ID) + "/decide", "words", "What was written", url.Values{"version": {"1"}, "event": {"keep"}, "words": {long + "She paid with 5555-5555-5555-4444 that day.\r\n" + long}}, func() bool {
				_, page := b.get(olga, "/reviews/"+string(r.ID))
				return !strings.Contains(page, `id="decide"`)
			}},
			{"an item's note", carl, "/items", "note", "Note", url.Values{
				"kind": {"cheque"}, "amount": {"50.00"}, "currency": {"CAD"}, "reason": {"unidentified"}, "received": {"2026-06-03"}, "reference": {"0017"}, "note": {"From a law office.\r\n3782 822463 10005 stands on it."},
			}, func() bool {
				_, page := b.get(carl, "/items")
				return strings.Contains(page, "$50.00")
			}},
		} {
			b.log.Reset()
			code, page := b.post(c.who, c.path, c.form)
			b.wants(code, page, http.StatusUnprocessableEntity, "No cards here", "Nothing has been done yet", "Take out the stars", `<label class="govuk-label govuk-label--s" for="typed-`, ">"+c.label+"</label>", `href="#typed-`)
			for _, left := range []string{"4242 4242", "42424242", "5555-5555", "3782 82", "822463", "10005"} {
				if strings.Contains(page, left) || strings.Contains(b.log.String(), left) {
					t.Errorf("%s: %q of the number is shown or logged", c.what, left)
				}
			}
			if c.done() {
				t.Errorf("%s: it is done already", c.what)
			}
			form := b.again(page, c.path)
			for name, values := range c.form {
				if name != c.field && form.Get(name) != values[0] {
					t.Errorf("%s: of %s is left %q", c.what, name, form.Get(name))
				}
			}
			if had, has := c.form.Get(c.field), form.Get(c.field); len(had) != len(has) || had[:20] != has[:20] || had[len(had)-10:] != has[len(has)-10:] {
				t.Errorf("%s: left is %q", c.what, has)
			}
			if code, page = b.post(c.who, c.path, form); code != http.StatusSeeOther || !c.done() {
				t.Errorf("%s: sent again: %d\n%s", c.what, code, page)
			}
		}
	})
}

// What another site sends in somebody's name is not shown, and can't be sent again from here. A field that no form of ours has
// is nobody's text.
func TestOfAStrangersFormNothingIsShown(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("carl", "clerk")
	token, path := b.session("carl"), "/tickets/none/note"
	r := b.request("POST", path, token, url.Values{"reason": {"I wrote this 4242424242424242"}})
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	code, page := b.do(r)
	b.wants(code, page, http.StatusUnprocessableEntity, "No cards here")
	if strings.Contains(page, "I wrote this") || strings.Contains(page, "/note") {
		t.Errorf("a stranger's form is shown: %s", page)
	}
	code, page = b.post(token, path, url.Values{"reason": {"mine 4242424242424242"}, "evil": {"I wrote this"}, "answer": {"an answer"}})
	b.wants(code, page, http.StatusUnprocessableEntity, "mine")
	if strings.Contains(page, "I wrote this") || strings.Contains(page, "an answer") {
		t.Errorf("kept: %s", page)
	}
}

// A file can't be kept in a page: what was typed beside it is shown, to be copied, with the way back to where it is chosen.
func TestWhatWasTypedBesideAFileIsShown(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("fay", "finance", "administrator")
	token := b.session("fay")
	r := b.bring(token, "/finance/rules/file", "rules.toml", "text/plain", strings.NewReader("x"), url.Values{"why_en": {"The council said so on 4242 4242 4242 4242."}})
	code, page := b.do(r)
	b.wants(code, page, http.StatusUnprocessableEntity, "The council said so on", "readonly", "Choose the file again", "Why, in English")
	if strings.Contains(page, "4242 4242") || strings.Contains(page, "Send it again") {
		t.Error(page)
	}
}
