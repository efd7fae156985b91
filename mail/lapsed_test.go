package mail

import (
	"html"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
)

// A price holds to the end of its last day on the city's clock; a ticket whose price was not kept has none in the message.
func TestAMessageOfALapsedHold(t *testing.T) {
	t.Parallel()
	l := Lapsed{Total: money.FromMinor(15000), PaidAt: time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC), Tickets: []Kept{
		{Number: "FH-1", Price: money.FromMinor(5000), Until: time.Date(2026, 3, 27, 3, 0, 0, 0, time.UTC)}, {Number: "FH-2"},
	}}
	for lang, want := range map[string][]string{
		"en": {"Because of us, your payment of $150.00 came to nothing", "Ticket FH-1: $50.00 to the end of March 26, 2026", "Ticket FH-2: at the price of the day", "Made on: March 1, 2026"},
		"fr": {"À cause de nous, votre paiement de 150,00 $ n’a pas abouti", "FH-1 : 50,00 $ jusqu’à la fin du 26 mars 2026", "FH-2 : au prix du jour", "Fait le : 1er mars 2026"},
	} {
		m, err := WriteLapsed(lang, "4F7QK-8R2M2", harbour(t, city.Live), l)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(strings.ReplaceAll(m.Text, "\u00a0", " ")), " ")
		for _, w := range append(want, "4F7QK-8R2M2", "https://tickets.fundy-harbour.test") {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is missing:\n%s", lang, w, text)
			}
		}
		if rich := html.UnescapeString(m.HTML); strings.Contains(rich, "[") || strings.Contains(text, "[") || !strings.Contains(rich, "FH-2") {
			t.Errorf("%s:\n%s", lang, rich)
		}
	}
}
