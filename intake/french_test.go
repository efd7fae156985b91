package intake

import (
	"testing"

	"fundy/city"
	"fundy/city/saidtest"
)

// Whatever can be wrong with a file of tickets, or with a row of it, is said in both languages.
func TestEveryRejectIsSaidInFrench(t *testing.T) {
	t.Parallel()
	n := saidtest.Walk(t, "*.go", saidtest.Said{"reject": {1}, "fail": {1}, "faulty": {0}}, []string{"Form"}, french, "")
	if n < 40 {
		t.Errorf("only %d sentences were found", n)
	}
	for _, reason := range []string{tooLong, tooManyFields, openQuote, bareQuote, afterQuote, notUTF8, zeroByte,
		"more fields than columns: is a delimiter inside a field not quoted?",
		"fewer fields than columns: is a line break inside a field not quoted, or is the file cut short?",
	} {
		if french[reason] == "" {
			t.Errorf("there is no French of %q", reason)
		}
		saidtest.Check(t, reason, french[reason])
	}
	j := rejected(4, "Issue_Date", "issued_on", "before file.earliest (%s)", "2026-03-01")
	if got := j.In(city.French); got != "issued_on\u00a0: avant file.earliest (2026-03-01)" {
		t.Error(got)
	}
	header := faulty("read header: %s", city.Said{Form: openQuote})
	if got := header.(*Fault).In(city.French); got != "l’en-tête ne se lit pas\u00a0: un guillemet est resté ouvert; essayez quoting = \"lazy\" ou \"none\"" { //nolint:errorlint // made above
		t.Error(got)
	}
	if header.Error() != "read header: "+openQuote {
		t.Error(header)
	}
}
