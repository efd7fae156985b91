package intake_test

import (
	"io"
	"strings"
	"testing"

	"fundy/intake"
)

// A file can be read from what somebody has brought, and each row that can't go in is told of, without what stood in it.
// A place that looks like a card's number rejects its row.
func TestFreeTextIsLookedAtForCards(t *testing.T) {
	t.Parallel()
	var told []intake.Reject
	const text = "Tag,Issue_Date,Code,Description,Fine Amount,Issue Time,Proximity,Address,Proximity_optional,Address_optional,Province,Month,Hour\n" +
		"***02678,2026-11-20,9,STOP,30,01:39,,75 TIDE STREET,,,ON,November,1\n***79374,2026-11-20,9,STOP,100,01:41,NR,paid 4242 4242 4242 4242,,,QC,November,1\n"
	c := setUp(t, "toronto-demo", "two-language-rules.toml", "America/Moncton", both, "a.csv").config
	c.Open = func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	c.Rejected = func(r intake.Reject) { told = append(told, r) }
	totals := run(t, c)
	if totals.Rows != 2 || totals.Rejected != 1 || totals.New != 1 {
		t.Errorf("%+v", totals)
	}
	if len(told) != 1 || told[0].Line != 3 || !strings.Contains(told[0].Reason, "looks like a card number") || strings.Contains(told[0].Reason, "4242") {
		t.Errorf("%+v", told)
	}
}
