package city_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"fundy/city"
)

func demo(t testing.TB) city.City {
	t.Helper()
	zone, err := time.LoadLocation("America/Moncton")
	if err != nil {
		t.Fatal(err)
	}
	return city.City{ID: "demo", Zone: zone, Languages: []city.Language{city.English, city.French}, Regime: "nb-lga"}
}

// beside is the folder of the demonstration's rules file.
var beside = os.DirFS("../examples/cities/demo")

func demoRules(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("../examples/cities/demo/rules.toml")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "@C_FROM@", "2026-10-01")
}

func TestTheDemonstrationsRulesAreGoodAndComeBack(t *testing.T) {
	t.Parallel()
	rules, faults := city.ParseRules([]byte(demoRules(t)), beside, demo(t))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	rows, err := rules.Rows()
	if err != nil {
		t.Fatal(err)
	}
	back, err := city.RulesFromRows(rows)
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.Rows()
	if err != nil || fmt.Sprint(again) != fmt.Sprint(rows) {
		t.Errorf("came back otherwise: %v", err)
	}
	for _, c := range city.Diff(rows, again) {
		if c.What != "same" {
			t.Errorf("%s %s is %s", c.Row.Kind, c.Row.Key, c.What)
		}
	}
	again[0].Body += " "
	if city.Diff(rows, again)[0].What != "contradicts" {
		t.Error("a row with other content is taken")
	}
	// New Brunswick's days, and three others.
	holidays := map[string]bool{
		"2026-01-01": false, "2026-02-16": false, "2026-04-03": false, "2026-05-18": false, "2026-07-01": false, "2026-08-03": false,
		"2026-09-07": false, "2026-09-30": false, "2026-10-12": false, "2026-11-11": false, "2026-12-25": false, "2026-12-26": false,
		"2026-04-06": true, "2026-04-07": true, "2026-11-28": false,
	}
	for text, works := range holidays {
		d, err := city.ParseDate(text)
		if err != nil || rules.WorkingDay(d) != works {
			t.Errorf("%s is a working day: %v, %v", text, !works, err)
		}
	}
}

func TestFaultsNameTheRowAndTheFix(t *testing.T) {
	t.Parallel()
	good := demoRules(t)
	for want, change := range map[string][2]string{
		`has no words in "fr"`:                     {`title   = { en = "Warning", fr = "Avertissement" }`, `title   = { en = "Warning" }`},
		"contrast of":                              {`"#1d3c5a"`, `"#cccccc"`},
		"name a file beside the rules file":        {`"logo.svg"`, `"../../logo.svg"`},
		"is neither PNG nor SVG":                   {`"logo.svg"`, `"answers.toml"`},
		"unknown setting":                          {"new_days = 3", "new_dayz = 3"},
		"more than the most that a penalty may be": {`amount = "125.00"`, `amount = "1500.01"`},
		"a fee can't be added to a penalty":        {`amount = "125.00", clause`, `kind = "fee", component = "late_fee", amount = "125.00", clause`},
		"is not an amount":                         {`amount = "125.00"`, `amount = "CAD 125"`},
		"every price but the last":                 {`amount = "125.00", clause = "20(3)"`, `amount = "125.00", clause = "20(3)", until = { days = 3 }`},
		"is not a day":                             {`from   = "2026-10-01"`, `from   = "2026-02-30"`},
		"none of the three forms":                  {"until = { days = 15 }", "until = { weeks = 2 }"},
		"comes before the deadline":                {"until = { days = 30 }", "until = { days = 15 }"},
		"needs a code of its own":                  {`code    = "OVERTIME"`, `code    = "METER"`},
	} {
		if !strings.Contains(good, change[0]) {
			t.Errorf("%s: the file does not hold %s", want, change[0])
			continue
		}
		_, faults := city.ParseRules([]byte(strings.Replace(good, change[0], change[1], 1)), beside, demo(t))
		if want == "none of the three forms" {
			want = "unknown setting"
		}
		if text := fmt.Sprint(faults); len(faults) == 0 || !strings.Contains(text, want) {
			t.Errorf("%s: %s", want, text)
		}
	}
}

// The most that a penalty may be is allowed; a cent more is not (above).
func TestTheHighestPenaltyIsAllowed(t *testing.T) {
	t.Parallel()
	text := strings.ReplaceAll(demoRules(t), `amount = "125.00"`, `amount = "1500.00"`)
	if _, faults := city.ParseRules([]byte(text), beside, demo(t)); len(faults) > 0 {
		t.Error(faults)
	}
}

// flat is an offence of the demonstration's file; what follows it is put beside its one price.
const flat = `tier    = [{ amount = "125.00", clause = "20(3)" }]`

const second = `
repeat_days = 365
[[schedule.offence.repeat]]
priors = 1
tier = [{ amount = "200.00", clause = "20(4)", until = { days = 15 } }, { amount = "250.00", clause = "20(5)" }]
`

func TestRepeatsAndChargesAreCheckedLikePrices(t *testing.T) {
	t.Parallel()
	parse := func(more, regime string) (city.Rules, []error) {
		c := demo(t)
		c.Regime = regime
		return city.ParseRules([]byte(strings.Replace(demoRules(t), flat, flat+"\n"+more, 1)), beside, c)
	}
	rules, faults := parse(second, "nb-lga")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	rows, err := rules.Rows()
	if err != nil {
		t.Fatal(err)
	}
	back, err := city.RulesFromRows(rows)
	if err != nil {
		t.Fatal(err)
	}
	o, _ := back.Schedules[0].Offence("ACCESSIBLE")
	if o.RepeatDays != 365 || o.TiersFor(0)[0].Amount.Minor() != 12500 || o.TiersFor(1)[0].Amount.Minor() != 20000 || o.TiersFor(7)[1].Amount.Minor() != 25000 {
		t.Errorf("came back as %+v", o)
	}
	for want, more := range map[string]string{
		"repeat_days: is 0":                        strings.Replace(second, "repeat_days = 365", "", 1),
		"repeat_days: is 3661":                     strings.Replace(second, "365", "3661", 1),
		"repeat_days: is set and there is no":      "repeat_days = 365",
		"the first is at least 1":                  strings.Replace(second, "priors = 1", "priors = 0", 1),
		"repeat 2.priors: is not more":             second + "[[schedule.offence.repeat]]\npriors = 1\ntier = [{ amount = \"1.00\", clause = \"1\" }]\n",
		"repeat 1, tier 2.until: every price":      strings.Replace(second, `"20(5)" }`, `"20(5)", until = { days = 30 } }`, 1),
		"repeat 1, tier 1.clause: is missing":      strings.Replace(second, `clause = "20(4)", `, "", 1),
		"more than the most that a penalty may be": strings.Replace(second, "250.00", "1500.01", 1),
		"repeat 1: has 0 prices":                   "repeat_days = 365\n[[schedule.offence.repeat]]\npriors = 1\n",
		"unknown setting":                          strings.Replace(second, "priors", "prior", 1),
		"percent: is more than 100":                strings.Replace(second, `amount = "200.00"`, `percent = "101"`, 1),
		"is more than the penalty, 250.00":         strings.Replace(second, `amount = "200.00"`, `kind = "discount", amount = "250.01"`, 1),
		"a charge can't be added":                  `charge = [{ component = "contribution", amount = "14.00", clause = "8" }]`,
	} {
		if _, faults := parse(more, "nb-lga"); !strings.Contains(fmt.Sprint(faults), want) {
			t.Errorf("%s: %v", want, faults)
		}
	}
	for want, charge := range map[string]string{
		"charge 1.component":          `charge = [{ component = "tip", amount = "14.00", clause = "8" }]`,
		"charge 1.clause: is missing": `charge = [{ component = "costs", amount = "14.00" }]`,
		"charge 1.amount":             `charge = [{ component = "costs", amount = "-14.00", clause = "8" }]`,
	} {
		if _, faults := parse(charge, "generic"); !strings.Contains(fmt.Sprint(faults), want) {
			t.Errorf("%s: %v", want, faults)
		}
	}
	chain := "repeat_days = 1\n[[schedule.offence.repeat]]\npriors = 1\ntier = [{ amount = \"1.00\", clause = \"1\", until = { days = 1 } }"
	for i := range 7 {
		chain += fmt.Sprintf(`, { kind = "fee", component = "late_fee", amount = "1.00", clause = "1", until = { days = %d } }`, i+2)
	}
	if _, faults := parse(chain+"]", "generic"); !strings.Contains(fmt.Sprint(faults), "has 7 fees: at most 6") {
		t.Errorf("seven fees: %v", faults)
	}
	good := `charge = [{ component = "contribution", amount = "14.00", clause = "8" }]`
	if _, faults := parse(good, "generic"); len(faults) > 0 {
		t.Errorf("a charge under generic: %v", faults)
	}
}

const answers = `
id = "x"
kind = "live"
[portal]
public_url = "https://tickets.example.ca"
`

func TestSettingsAreCheckedBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	s, faults := city.ReadSettings([]byte(answers))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	text, err := s.TOML()
	if err != nil {
		t.Fatal(err)
	}
	if _, faults := city.ReadSettings(text); len(faults) > 0 {
		t.Errorf("what is written is not read: %v\n%s", faults, text)
	}
	for want, bad := range map[string]string{
		"public_url: is not https":                   strings.Replace(answers, "https", "http", 1),
		"kind: ":                                     strings.Replace(answers, "live", "production", 1),
		"id: ":                                       strings.Replace(answers, `"x"`, `"X Y"`, 1),
		"zone: ":                                     "zone = \"Moncton\"\n" + answers,
		"only a demo city may have":                  answers + "[processor]\nbase_url = \"http://127.0.0.1:1\"\n",
		"only a demo city's card":                    answers + "[processor]\ncard_host = \"127.0.0.1:1\"\n",
		"listens on loopback only":                   answers + "listen = \"0.0.0.0:80\"\n",
		"session_minutes: 29":                        answers + "[processor]\nsession_minutes = 29\n",
		"trusted_proxies":                            answers + "trusted_proxies = [\"10.0.0.1\"]\n",
		"unknown setting":                            answers + "colour = \"red\"\n",
		"store.driver":                               answers + "[store]\ndriver = \"mysql\"\n",
		"office.public_url: \"\" is not":             answers + "[office]\nlisten = \"127.0.0.1:8500\"\n",
		"office.public_url: is not https":            answers + "[office]\nlisten = \"127.0.0.1:8500\"\npublic_url = \"http://localhost:8500\"\n",
		"has a number for a name":                    answers + "[office]\nlisten = \"127.0.0.1:8500\"\npublic_url = \"https://10.0.0.7\"\n",
		"the staff pages listen on loopback":         answers + "[office]\nlisten = \"10.0.0.7:443\"\npublic_url = \"https://office.example.ca\"\n",
		"office.listen: is the portal's":             answers + "[office]\nlisten = \"127.0.0.1:8400\"\npublic_url = \"https://office.example.ca\"\n",
		"office.trusted_proxies":                     answers + "[office]\nlisten = \"127.0.0.1:8500\"\npublic_url = \"https://office.example.ca\"\ntrusted_proxies = [\"x\"]\n",
		"store.dsn_file":                             answers + "[store]\ndriver = \"postgres\"\n",
		"settlement.fetch_minutes: 4 is not between": answers + "[settlement]\nfetch_minutes = 4\n",
		"settlement.bank_folder: \"../bank\" is not": answers + "[settlement]\nbank_folder = \"../bank\"\n",
		"settlement.bank_folder: \"/bank\" is not":   answers + "[settlement]\nbank_folder = \"/bank\"\n",
		"intake.folder: \"../in\" is not":            answers + "[intake]\nfolder = \"../in\"\nmapping = \"m\"\n",
		"intake.folder: is the bank's":               answers + "[settlement]\nbank_folder = \"in\"\n[intake]\nfolder = \"in\"\nmapping = \"m\"\n",
		"intake.mapping: is empty":                   answers + "[intake]\nfolder = \"in\"\n",
		"intake.mapping: \"../m\" is not":            answers + "[intake]\nfolder = \"in\"\nmapping = \"../m\"\n",
		"intake.most_rejects: -1 is not between":     answers + "[intake]\nmost_rejects = -1\n",
		"intake.expected_by: \"9 a.m.\" is not":      answers + "[intake]\nexpected_by = \"9 a.m.\"\n",
		"photo.keep_days: 29 is not between":         answers + "[photo]\nkeep_days = 29\n",
		"photo.keep_days: 0 is not between":          answers + "[photo]\nkeep_days = 0\n",
		"photo.keep_days: 3651 is not between":       answers + "[photo]\nkeep_days = 3651\n",
		"review.again_days: 61 is not between":       answers + "[review]\nagain_days = 61\n",
		"review.again_days: -1 is not between":       answers + "[review]\nagain_days = -1\n",
		"ledger.basis":                               answers + "[ledger]\nbasis = \"accrual\"\n",
		"goes with basis":                            answers + "[[ledger.allowance]]\nafter_days = 90\npercent = 50\n",
		"in ascending order":                         answers + "[ledger]\nbasis = \"receivable\"\n" + allowance(90, 50) + allowance(90, 60),
		"not less doubtful":                          answers + "[ledger]\nbasis = \"receivable\"\n" + allowance(90, 50) + allowance(365, 40),
		"is no component":                            answers + "[ledger.tax]\nlate = \"HST\"\n",
		"is no tax code":                             answers + "[ledger.tax]\nlate_fee = \"=1+1\"\n",
	} {
		_, faults := city.ReadSettings([]byte(bad))
		if text := fmt.Sprint(faults); len(faults) == 0 || !strings.Contains(text, want) {
			t.Errorf("%s: %s", want, text)
		}
	}
}

// A city that says nothing of how long photographs are kept keeps them for 400 days after their ticket has ended, and hears
// nobody again who did not come to a hearing.
func TestWhatACityDoesThatSaysNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{answers, answers + "[photo]\non_portal = true\n[review]\nhold = true\n"} {
		s, faults := city.ReadSettings([]byte(text))
		if len(faults) > 0 || s.Photo.KeepDays != 400 || s.Review.AgainDays != 0 {
			t.Errorf("%v: %+v %+v", faults, s.Photo, s.Review)
		}
	}
}

func allowance(days, percent int) string {
	return fmt.Sprintf("[[ledger.allowance]]\nafter_days = %d\npercent = %d\n", days, percent)
}

// The ledger's settings stand in city.toml as they were written, and a debt is doubtful by its age.
func TestADebtIsDoubtfulByItsAge(t *testing.T) {
	t.Parallel()
	s, faults := city.ReadSettings([]byte(answers + "[ledger]\nbasis = \"receivable\"\n" + allowance(90, 50) + allowance(365, 100) + "[ledger.tax]\nlate_fee = \"HST\"\n"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	text, err := s.TOML()
	if err != nil {
		t.Fatal(err)
	}
	if s, faults = city.ReadSettings(text); len(faults) > 0 {
		t.Fatalf("what is written is not read: %v\n%s", faults, text)
	}
	l := s.City().Ledger
	for days, want := range map[int]int{0: 0, 90: 0, 91: 50, 365: 50, 366: 100, 4000: 100} {
		if got := l.PercentAt(days); got != want {
			t.Errorf("after %d days %d %% are doubtful, want %d", days, got, want)
		}
	}
	if l.Basis != city.ReceivableBasis || l.Tax["late_fee"] != "HST" {
		t.Errorf("%+v", l)
	}
}

// The settings that docs/reports.md shows can be taken as they are.
func TestTheLedgerSettingsOfTheDocsAreTaken(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "```toml\n")
	text, _, _ := strings.Cut(rest, "```")
	s, faults := city.ReadSettings([]byte(answers + text))
	if len(faults) > 0 || s.Ledger.Basis != city.ReceivableBasis || s.Ledger.PercentAt(100) != 50 {
		t.Errorf("%+v, %v", s.Ledger, faults)
	}
}
