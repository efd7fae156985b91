package citytest_test

import (
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod/lib/input"
	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
	"fundy/examples"
)

// axe-core finds nothing on any page of finance, in either language, at 320 and 1280 pixels, with something on it and
// with an error; no page scrolls sideways.
func TestFinancePagesAreAccessible(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		t.Run(lang, func(t *testing.T) {
			citytest.Browser(t)
			c := citytest.SQLite(t)
			c.Add(citytest.Spec{Number: "SP-6", Plate: "STF 006", Offence: "LOADING", Age: 1})
			c.Add(citytest.Spec{Number: "SP-7", Plate: "STF 006", Offence: "NOPARK", Age: 9})
			paid(t, c, "SP-6", "STF 006", good)
			if _, err := c.Deposits().Fetch(context.Background(), true); err != nil {
				t.Fatal(err)
			}
			at := c.OpenStaff()
			walkMoney(t, c, inLanguage(t, c, at, "fay", lang), lang)
			walkRules(t, c, inLanguage(t, c, at, "gus", lang), lang)
		})
	}
}

// inLanguage is a finance clerk at a browser of his own, which has a minute.
func inLanguage(t *testing.T, c *citytest.City, at, name, lang string) *worker {
	t.Helper()
	w := joins(t, c, at, name, proto.WebAuthnAuthenticatorTransportInternal, "finance")
	if lang == "fr" {
		press(w.page, `button[name="lang"]`)
	}
	return w
}

func walkMoney(t *testing.T, c *citytest.City, w *worker, lang string) {
	t.Helper()
	today := c.Now().In(c.Settings.City().Zone).Format(time.DateOnly)
	for name, path := range map[string]string{
		"days": "", "day": "/days/" + today, "payouts": "/payouts", "bank": "/bank", "bank-error": "/bank?from=2001-01-01", "reports": "/reports",
		"year": "/year", "balances": "/year?day=" + today,
	} {
		w.opens("/finance" + path)
		if !w.page.MustHas(`a[href="/finance/payouts"]`) {
			t.Errorf("%s is no page of finance: %s", path, w.text())
		}
		looks(t, w.page, lang, "finance-"+name)
	}
}

func walkRules(t *testing.T, c *citytest.City, w *worker, lang string) {
	t.Helper()
	today := c.Now().In(c.Settings.City().Zone).Format(time.DateOnly)
	w.opens("/finance/files")
	looks(t, w.page, lang, "finance-files")
	brings(t, w, "#bank-form", "empty.bai", nil)
	looks(t, w.page, lang, "finance-files-error")
	brings(t, w, "#tickets-form", "toronto.csv", tickets(t, 40))
	looks(t, w.page, lang, "finance-file")
	w.opens("/finance/rules")
	looks(t, w.page, lang, "finance-rules")
	press(w.page, "#outage-form button")
	looks(t, w.page, lang, "finance-rules-error")
	types(w, "#outage-from", today)
	types(w, "#why-en", "Storm")
	types(w, "#why-fr", "Tempête")
	press(w.page, "#outage-form button")
	looks(t, w.page, lang, "finance-rule")
}

// types puts a text into a field by its value: a date's field takes keys by the browser's language.
func types(w *worker, field, text string) {
	w.t.Helper()
	w.page.MustElement(field).MustEval(`(text) => { this.value = text }`, text)
}

// brings chooses a file in a form and sends it.
func brings(t *testing.T, w *worker, form, name string, content []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	w.page.MustElement(form + ` input[type="file"]`).MustSetFiles(path)
	if strings.HasPrefix(form, "#tickets") {
		w.page.MustElement("#mapping").MustSelect("toronto-demo")
	}
	press(w.page, form+" button")
}

// tickets are the first rows of the demonstration's real tickets.
func tickets(t *testing.T, rows int) []byte {
	t.Helper()
	f, err := examples.Files.Open("tickets/toronto.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.Join(strings.SplitAfter(string(all), "\n")[:rows+1], ""))
}

// A finance clerk follows a payment by card to the bank with an error of a cent in the bank's file: the page says
// where, the day does not close; put right, it closes. A file of tickets goes in by the same page.
func TestAFinanceClerksDay(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "FN-1", Plate: "STF 001", Offence: "LOADING", Age: 1})
		paid(t, c, "FN-1", "STF 001", good)
		days(t, c, 7)
		d := c.Deposits()
		if _, err := d.Fetch(context.Background(), true); err != nil {
			t.Fatal(err)
		}
		at := c.OpenStaff()
		fay := joins(t, c, at, "fay", proto.WebAuthnAuthenticatorTransportInternal, "finance")
		fay.opens("/finance")
		fay.sees("March 3, 2027", "$50.00", "open")

		fay.opens("/finance/files")
		brings(t, fay, "#bank-form", "march.bai", c.BankFile("2027-03-01", "2027-03-08", 9, "cent"))
		fay.sees("Only looked at: nothing was written", "not ours")
		press(fay.page, "#apply button")
		fay.sees("Applied", "The file is applied")
		fay.opens("/finance/payouts")
		fay.sees("not yet")
		press(fay.page, "main td a")
		fay.sees("Payout of", "Payment", "ours")

		// The line stands in the report of its value date: that day does not close, and says where the cent is.
		day := ""
		for _, one := range []string{"2027-03-03", "2027-03-04", "2027-03-05", "2027-03-08"} {
			fay.opens("/finance/days/" + one)
			if strings.Contains(fay.text(), "they differ by") {
				day = one
			}
		}
		if day == "" {
			t.Fatal("no day says where the cent is")
		}
		fay.opens("/finance/days/" + day)
		fay.sees("of march.bai", "-0.01", "Ask the processor which is right")
		fay.page.MustElement(`.staff-unknown select`).MustSelect("A fee of the processor or the bank")
		fay.page.MustElement(`.staff-unknown input[name="why"]`).MustInput("x")

		// The bank's corrected file.
		fay.opens("/finance/files")
		brings(t, fay, "#bank-form", "march-2.bai", c.BankFile("2027-03-01", "2027-03-08", 9, ""))
		press(fay.page, "#apply button")
		fay.sees("Applied")
		fay.opens("/finance/days/" + day)
		fay.page.MustElement(`.staff-unknown select`).MustSelect("Not ours: the bank’s mistake, or somebody else’s money")
		fay.page.MustElement(`.staff-unknown input[name="why"]`).MustInput("the bank’s own mistake: asked R.")
		press(fay.page, ".staff-unknown button")
		fay.sees("It is explained")
		fay.opens("/finance/days/2027-03-03")
		press(fay.page, `form[action$="/close"] button`)
		fay.sees("The day is closed", "by fay: its figures do not move any more", "the bank")

		// Real tickets, looked at and applied; the same again changes nothing.
		fay.opens("/finance/files")
		brings(t, fay, "#tickets-form", "toronto.csv", tickets(t, 60))
		fay.sees("Only looked at", "Rows", "Sum of penalties")
		before, err := c.Count(context.Background(), "select count(*) from ticket")
		if err != nil || before != 1 {
			t.Errorf("%d tickets by looking, %v", before, err)
		}
		press(fay.page, "#apply button")
		fay.sees("Applied")
		after, err := c.Count(context.Background(), "select count(*) from ticket")
		if err != nil || after <= before {
			t.Errorf("%d tickets, then %d, %v", before, after, err)
		}
		c.CheckLedger()
	})
}

// What two people decide, at a browser, in both languages: axe-core finds nothing on the pages at 320 and 1280 pixels, and the
// whole way is gone by keys alone.
func TestWhatTwoPeopleDecideIsAccessible(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		t.Run(lang, func(t *testing.T) {
			citytest.Browser(t)
			c := citytest.SQLite(t)
			c.Add(citytest.Spec{Number: "SP-8", Plate: "STF 006", Offence: "LOADING", Age: 1})
			at := c.OpenStaff()
			fay := inLanguage(t, c, at, "fay", lang)
			fay.opens("/finance/rules/file")
			looks(t, fay.page, lang, "rules-file")
			brings(t, fay, "#rules-form", "RULES.toml", []byte("[[profile]]\nnickname = 1\n"))
			looks(t, fay.page, lang, "rules-file-error")
			fay.opens("/finance/write-offs")
			looks(t, fay.page, lang, "write-offs")
			fay.page.MustElement("#numbers").MustInput("SP-8\nSP-0")
			press(fay.page, "#look-form button")
			looks(t, fay.page, lang, "write-offs-not")
			fay.page.MustElement("#numbers").MustSelectAllText().MustInput("SP-8")
			press(fay.page, "#look-form button")
			looks(t, fay.page, lang, "write-offs-looked")
			fay.page.MustElement("#resolution").MustFocus()
			fay.page.InsertText("2027-114")                 //nolint:errcheck // what it did is looked at below
			fay.page.Keyboard.Type(input.Tab)               //nolint:errcheck // what it did is looked at below
			fay.page.InsertText("three letters, no answer") //nolint:errcheck // what it did is looked at below
			wait := fay.page.MustWaitNavigation()
			fay.page.Keyboard.Type(input.Tab, input.Enter) //nolint:errcheck // what it did is looked at below
			wait()
			fay.sees("three letters, no answer", "2027-114")
			looks(t, fay.page, lang, "decision")
			fay.opens("/decisions")
			looks(t, fay.page, lang, "decisions")
			fay.opens("/finance/ended")
			looks(t, fay.page, lang, "ended")
		})
	}
}
