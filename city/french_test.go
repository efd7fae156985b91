package city

import (
	"testing"

	"fundy/city/saidtest"
)

// Whatever can be wrong with a file of rules is said in both languages.
func TestEveryFaultOfAFileOfRulesIsSaidInFrench(t *testing.T) {
	t.Parallel()
	n := 0
	for _, file := range []string{"rules_check.go", "rules_file.go"} {
		n += saidtest.Walk(t, file, saidtest.Said{"add": {1}}, nil, french, "")
	}
	if n < 40 {
		t.Errorf("only %d faults were found", n)
	}
	for _, form := range []string{"the rules file is larger than %d bytes: split it", "%q: " + noCardFee, "unknown setting %q: check its spelling", "it can't be read as TOML: %s"} {
		if french[form] == "" {
			t.Errorf("there is no French of %q", form)
		}
	}
	got := (&Fault{Line: 4, At: "profile 1.colour", What: Said{"%s has a contrast of %.1f with white: at least %.1f, take a darker one", []any{"#cccccc", 1.6, contrastLeast}}}).In(French)
	if got != "#cccccc a un contraste de 1,6 avec le blanc\u00a0: au moins 4,5, prenez une couleur plus foncée" {
		t.Error(got)
	}
}

// A fault names the line on which what is wrong begins.
func TestAFaultNamesItsLine(t *testing.T) {
	t.Parallel()
	lines := []string{
		"[[profile]]", "from = '2026-01-01'", "colour = '#fff'", "[[holiday]]", "day = 'x'", "[[holiday]]", "day = 'y'",
		"[[schedule]]", `id = "A"`, `from = "2026-01-01"`, "[[schedule.offence]]", `code = "ONE"`, `tier = [{ amount = "1.00" },`, `  { amount = "2.00" }]`,
		"[[schedule.offence]]", `code = "TWO"`, `section = ""`, `tier = [{ amount = "9.00" }]`, "[[schedule]]", `id = "B"`, "[[schedule.offence]]", `code = "ONE"`, `tier = [{ amount = "x" }]`,
	}
	for at, want := range map[string]int{
		"profile 1.colour": 3, "holiday 2.day": 7, `schedule "A"`: 9, `schedule "A".from`: 10, `schedule "A", offence "ONE", tier 2.amount`: 14,
		`schedule "A", offence "TWO".section`: 17, `schedule "A", offence "TWO", tier 1.clause`: 18, `schedule "B", offence "ONE", tier 1.amount`: 23,
		"schedule": 0, `schedule "C"`: 0,
	} {
		if got := lineOf(lines, at); got != want {
			t.Errorf("%s: line %d, want %d", at, got, want)
		}
	}
}
