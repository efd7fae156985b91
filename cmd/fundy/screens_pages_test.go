package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// room is where pages are, by who looks at them.
func room(as string) string {
	if as == public {
		return "portal"
	}
	return "office/staff"
}

// elsewhere are the pages that a city that has lived does not come to, and the picture that citytest makes of each in a city
// that is broken for it; make screenshots runs both.
var elsewhere = map[string]string{
	"portal/receipt": "receipt", "portal/outcome": "waiting", "portal/code": "code", "portal/lost": "lost", "portal/review_asked": "ask-review-asked",
	"portal/card": "card-refused", "portal/wrong": "wrong", "portal/wrong_form": "wrong-form", "portal/busy": "busy", "portal/closed": "closed", "portal/fault": "fault",
	"office/staff/invite_key": "invite-key", "office/staff/card": "card", "office/staff/finance_file": "finance-file",
}

// unpictured are the pages of which there is no picture, and why.
var unpictured = map[string]string{
	"office/staff/fault": "something inside has to break for it: a heading, a sentence and a reference in the layout of every page",
}

// Every page that there is has a picture, or is said to have none.
func TestEveryPageIsPictured(t *testing.T) {
	t.Parallel()
	pictured := map[string]bool{}
	for _, s := range screens {
		pictured[room(s.as)+"/"+s.of] = true
	}
	sources := sourceOfCitytest(t)
	for page, picture := range elsewhere {
		if pictured[page] {
			t.Errorf("%s is pictured in a city that has lived: it needs no line in elsewhere", page)
		}
		if !strings.Contains(sources, `"`+picture+`"`) {
			t.Errorf("citytest makes no picture %q of %s", picture, page)
		}
		pictured[page] = true
	}
	for page := range unpictured {
		if pictured[page] {
			t.Errorf("%s is pictured, and said not to be", page)
		}
		pictured[page] = true
	}
	all := 0
	for _, in := range []string{"portal", "office/staff"} {
		files, err := filepath.Glob("../../" + in + "/pages/*.html")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".html")
			if name == "layout" || name == "print" || strings.HasSuffix(name, "parts") {
				continue
			}
			all++
			if !pictured[in+"/"+name] {
				t.Errorf("%s/pages/%s.html has no picture: it wants a line among the screens, or a reason to have none", in, name)
			}
			delete(pictured, in+"/"+name)
		}
	}
	for page := range pictured {
		t.Errorf("there is no page %s", page)
	}
	if all < 80 {
		t.Errorf("only %d pages were found", all)
	}
}

func sourceOfCitytest(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../../citytest/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// titles are the titles of a room's pages in a language, as its words say them.
func titles(t *testing.T, in, lang string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../" + in + "/words/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(text, &words); err != nil {
		t.Fatal(err)
	}
	return words
}

// isOf says whether a page is of the template that its screen names, by its title. What asks for a passkey and the lists of
// what waits have titles of their own.
func isOf(title, of string, words map[string]string) bool {
	for key, word := range words {
		named := key == "title."+of || of == "touch" && strings.HasPrefix(key, "touch.") || of == "work_list" && strings.HasPrefix(key, "work.list.")
		if named && strings.Contains(title, word+" – ") {
			return true
		}
	}
	return false
}
