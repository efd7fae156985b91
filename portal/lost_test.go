package portal

import (
	"compress/gzip"
	"html"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Who has no ticket reads whom to call, when, what to have ready, and why these pages look for no plate alone; no field asks
// for one.
func TestWhoHasNoTicketIsToldWhatToDo(t *testing.T) {
	t.Parallel()
	p, _ := open(t)
	for path, wanted := range map[string][]string{
		"/pay/no-ticket": {
			"506-555-0100", `href="tel:506-555-0100"`, "Mornings", "Have this ready", "the plate of the vehicle, and its province", "the street and the day", "the make of the vehicle", "don’t look for tickets by plate alone",
		},
		"/payer/sans-contravention": {
			"506-555-0100", `href="tel:506-555-0100"`, "Le matin", "la plaque du véhicule et sa province", "la rue et le jour", "la marque du véhicule", "ne cherchent pas de contravention par la plaque seule",
		},
	} {
		w := get(p, path)
		plain, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		read, err := io.ReadAll(plain)
		if err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: %d, %v", path, w.Code, err)
		}
		page := html.UnescapeString(string(read))
		for _, words := range wanted {
			if !strings.Contains(strings.ReplaceAll(page, "\u00a0", " "), words) {
				t.Errorf("%s does not say %q", path, words)
			}
		}
		if strings.Contains(page, `name="plate"`) {
			t.Errorf("%s has a field for a plate", path)
		}
	}
}
