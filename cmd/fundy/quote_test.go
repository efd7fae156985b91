package main

import (
	"strings"
	"testing"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

// Cash has no cents in Canada; the line stands only where it says something else than the total.
func TestAQuoteSaysWhatItComesToInCash(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		currency string
		cents    int64
		want     string
	}{
		{"CAD", 4487, "44.85"}, {"CAD", 7588, "75.90"}, {"CAD", 3000, ""}, {"CAD", 3005, ""}, {"USD", 4487, ""},
	} {
		var out strings.Builder
		q := ticket.Quote{Total: money.FromMinor(c.cents)}
		if err := printQuote(&out, city.City{Currency: c.currency}, ticket.Ticket{}, q); err != nil {
			t.Fatal(err)
		}
		_, line, has := strings.Cut(out.String(), "in cash")
		if has != (c.want != "") || !strings.Contains(line, c.want) {
			t.Errorf("%d cents %s: %s", c.cents, c.currency, out.String())
		}
	}
}
