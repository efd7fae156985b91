package main_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
)

var (
	portalAt = regexp.MustCompile(`Open: +(http://localhost:[0-9]+)/`)
	toTry    = regexp.MustCompile(`first price \(to day 15\) +(FH-[0-9]+) +NB ([A-Z0-9 ]+?) +issued`)
	newPrice = regexp.MustCompile(`new prices from ([0-9]{4}-[0-9]{2}-[0-9]{2})`)
	laterTry = regexp.MustCompile(`second price \(day 16 to 30\) +(FH-[0-9]+) +NB ([A-Z0-9 ]+?) +issued`)
	paidTry  = regexp.MustCompile(`already paid +(FH-[0-9]+) +NB ([A-Z0-9 ]+?) +issued`)
	pictured = regexp.MustCompile(`with a photograph +(FH-[0-9]+) +NB ([A-Z0-9 ]+?) +issued`)
	answered = regexp.MustCompile(`review decided, by post +(FH-[0-9]+) `)
	allReady = regexp.MustCompile(`(Ctrl-C ends everything)`)
)

// demoNames are who the demonstration's roles are.
var demoNames = map[string]string{"clerk": "anne", "supervisor": "ben", "finance": "carl", "administrator": "dora"}

// Pictures of every page in both languages, narrow and wide, from a city that has lived: where FUNDY_SCREENSHOTS names
// a folder (make screenshots). On each, no word is missing and nothing runs out sideways.
func TestScreens(t *testing.T) {
	dir := os.Getenv("FUNDY_SCREENSHOTS")
	if dir == "" {
		t.Skip("FUNDY_SCREENSHOTS names no folder: make screenshots")
	}
	out, demo := &lines{}, exec.Command(program, "demo", "--lived", "--size", "5000") // with fewer, the cases leave no newest ticket to be tried
	demo.Stdout, demo.Stderr = out, os.Stderr
	demo.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		demo.Process.Signal(syscall.SIGTERM)
		demo.Wait() //nolint:errcheck // it was told to end
	}()
	out.waitLong(t, allReady)
	number, paid, told, seen := out.find(t, toTry), out.find(t, paidTry), out.find(t, answered), out.find(t, pictured)
	at := map[bool]string{true: out.find(t, portalAt)[1], false: out.find(t, officeAt)[1]}
	rules, bank := filesToChoose(t, out.find(t, newPrice)[1])
	takesCash(enters(t, at[false], "clerk", "en"), out.find(t, laterTry))
	for i, lang := range []string{"en", "fr"} {
		say := strings.NewReplacer("{number}", number[1], "{plate}", number[2], "{paid}", paid[1], "{paidplate}", paid[2], "{answered}", told[1], "{pictured}", seen[1], "{picturedplate}", seen[2], "{lang}", lang, "{rules}", rules, "{bank}", bank)
		pages := map[string]*rod.Page{}
		for _, s := range screens {
			page := pages[s.as]
			if page == nil {
				page = enters(t, at[false], s.as, lang)
				pages[s.as] = page
			}
			page.MustNavigate(at[s.as == public] + s.path[i]).MustWaitLoad()
			for _, f := range s.fill {
				fills(page.Timeout(20*time.Second).MustElement(f[0]), say.Replace(f[1]))
			}
			if s.press != "" {
				clicks(page, s.press)
			}
			if s.follow != "" {
				clicks(page, say.Replace(s.follow))
			}
			for _, next := range s.then {
				clicks(page, next)
			}
			if title := page.MustEval(`() => document.title`).Str(); s.name != "front" && !isOf(title, s.of, titles(t, room(s.as), lang)) {
				t.Errorf("%s %s %s is no page of %s: its title is %s", lang, s.as, s.name, s.of, title)
			}
			if wrong := page.MustHas(".govuk-error-summary"); wrong != strings.HasSuffix(s.name, "-error") {
				t.Errorf("%s %s %s: it has a problem: %v", lang, s.as, s.name, wrong)
			}
			name := lang + "-" + strings.TrimPrefix(s.as+"-"+s.name, "-")
			if s.name == "front" {
				pictures(t, page, dir, "", name) // in both languages at once
				continue
			}
			pictures(t, page, dir, lang, name)
		}
	}
}

// takesCash opens the drawer, where it is not open at this time of the day, and takes cash for a ticket: for its pages.
func takesCash(page *rod.Page, number []string) {
	page = page.Timeout(time.Minute)
	office := page.MustEval(`() => location.origin`).Str()
	page.MustNavigate(office + "/drawers/A").MustWaitLoad()
	if page.MustHas("#open") {
		page.MustElement("#open input[name=coin]").MustInput("5")
		clicks(page, "#open .govuk-button")
	}
	page.MustNavigate(office + "/counter").MustWaitLoad()
	page.MustElement("#number").MustInput(number[1])
	page.MustElement("#plate").MustInput(number[2])
	page.MustElement("#cash").MustInput("400")
	for _, act := range []string{"add", "take"} {
		clicks(page, `[value="`+act+`"]`)
	}
}

// enters is a browser of somebody's own, signed in with one click.
func enters(t *testing.T, office, as, lang string) *rod.Page {
	t.Helper()
	page := citytest.Page(t, 1280).CancelTimeout()
	if as == public {
		return page
	}
	page.MustNavigate(office + "/signin").MustWaitLoad()
	if page.MustEval(`() => document.documentElement.lang`).Str() != lang {
		clicks(page, `button[name="lang"]`)
	}
	if as != "" {
		clicks(page, "#as-"+demoNames[as])
	}
	return page
}

// fills puts text into a field, or chooses a file.
func fills(field *rod.Element, text string) {
	switch field.MustProperty("type").Str() {
	case "file":
		field.MustSetFiles(text)
	case "hidden":
		field.MustEval(`(text) => { this.value = text }`, text)
	default:
		field.MustSelectAllText().MustInput(text)
	}
}

// filesToChoose are the city's rules, whose new prices hold from a day on, with a holiday more, and a file of its bank's.
func filesToChoose(t *testing.T, from string) (rules, bank string) {
	t.Helper()
	own, err := os.ReadFile("../../examples/cities/demo/rules.toml")
	if err != nil {
		t.Fatal(err)
	}
	rules = filepath.Join(t.TempDir(), "rules.toml")
	own = append(bytes.ReplaceAll(own, []byte("@C_FROM@"), []byte(from)), "\n[[holiday]]\nday = \"2031-06-21\"\nname = { en = \"Indigenous Peoples Day\", fr = \"Journée des peuples autochtones\" }\n"...)
	if err := os.WriteFile(rules, own, 0o600); err != nil {
		t.Fatal(err)
	}
	if bank, err = filepath.Abs("../../bank/testdata/month.bai"); err != nil {
		t.Fatal(err)
	}
	return rules, bank
}

// clicks presses or follows, and waits for the page that comes.
func clicks(page *rod.Page, selector string) {
	page = page.Timeout(20 * time.Second)
	wait := page.WaitNavigation(proto.PageLifecycleEventNameLoad)
	found, err := page.Element(selector)
	if err != nil {
		page = page.CancelTimeout()
		panic(fmt.Sprintf("no %s on %s:\n%s", selector, page.MustInfo().URL, page.MustElement("main").MustText()))
	}
	found.MustEval(`() => this.click()`)
	wait()
	page.MustWaitLoad()
}

// pictures keeps a page as it is, narrow and wide, and says what is plainly wrong with it.
func pictures(t *testing.T, page *rod.Page, dir, lang, name string) {
	t.Helper()
	for _, width := range []int{320, 1280} {
		page.MustSetViewport(width, 900, 1, false)
		for _, fault := range page.MustEval(`(lang) => {
			const out = [];
			const wide = document.documentElement.clientWidth;
			if (document.documentElement.scrollWidth > wide) {
				const beyond = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > wide + 1 && !e.closest(".staff-wide"));
				out.push("scrolls sideways: " + beyond.slice(-1).map((e) => e.outerHTML.slice(0, 160)));
			}
			if (lang && document.documentElement.lang != lang) out.push("its language is " + document.documentElement.lang);
			const missing = document.body.innerText.match(/\[[a-z_.]+\]/);
			if (missing) out.push("words are missing: " + missing[0]);
			return out;
		}`, lang).Arr() {
			t.Errorf("%s %d: %s", name, width, fault.Str())
		}
		if err := (proto.EmulationSetScrollbarsHidden{Hidden: true}).Call(page); err != nil {
			t.Fatal(err)
		}
		picture, err := page.Screenshot(true, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
