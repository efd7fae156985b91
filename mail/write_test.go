package mail

import (
	"encoding/json"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/locale"
	"fundy/money"
)

func harbour(t *testing.T, kind city.Kind) City {
	t.Helper()
	zone, err := time.LoadLocation("America/Moncton")
	if err != nil {
		t.Fatal(err)
	}
	return City{
		Kind: kind, Name: "Havre-de-Fundy <ville>", Address: "1, rue de l’Hôtel-de-Ville\nHavre-de-Fundy", Phone: "506-555-0142", Regime: "nb-lga", Currency: "CAD",
		Zone: zone, Portal: "https://tickets.fundy-harbour.test",
	}
}

func receipt() Receipt {
	at := time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)
	return Receipt{
		Number: "7QK4-M2XD-81FZ", PaidAt: at, TakenAt: at.Add(5 * time.Minute), Tender: "card", Total: money.FromMinor(123450),
		Tickets: []Ticket{{
			Number: "FH-0012345", IssuedAt: at.AddDate(0, 0, -1), TimeKnown: true, Offence: "Stationnement à un endroit interdit", ByLaw: "Arrêté no 1", Section: "6(1)", Total: money.FromMinor(123450),
			Components: []Component{{"penalty", "20(2)", money.FromMinor(125950)}, {"discount", "20(3)", money.FromMinor(-2500)}},
		}},
	}
}

// The words are there in both languages, with the same places to fill in; what the receipt page says too is said alike.
func TestBothLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	place := regexp.MustCompile(`\{[a-z]+\}`)
	for key, en := range words["en"] {
		fr, ok := words["fr"][key]
		if !ok || fr == "" || en == "" {
			t.Errorf("%s: %q, %q", key, en, fr)
		}
		if a, b := place.FindAllString(en, -1), place.FindAllString(fr, -1); len(a) != len(b) {
			t.Errorf("%s: %v, %v", key, a, b)
		}
	}
	if len(words["fr"]) != len(words["en"]) {
		t.Errorf("%d keys in French, %d in English", len(words["fr"]), len(words["en"]))
	}
	for _, lang := range locale.Languages {
		b, err := os.ReadFile("../portal/words/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var portal map[string]string
		if err := json.Unmarshal(b, &portal); err != nil {
			t.Fatal(err)
		}
		shared := 0
		for key, text := range words[lang] {
			if theirs, ok := portal[key]; ok && key != "receipt.owner" {
				if shared++; theirs != text {
					t.Errorf("%s %s: %q, the pages say %q", lang, key, text, theirs)
				}
			}
		}
		if shared < 25 {
			t.Errorf("%s: %d keys are the pages' too", lang, shared)
		}
		for key := range portal {
			if strings.HasPrefix(key, "component.") || strings.HasPrefix(key, "tender.") {
				if words[lang][key] == "" {
					t.Errorf("%s: no words for %s", lang, key)
				}
			}
		}
	}
}

var tag = regexp.MustCompile(`<[^>]*>`)

// flat is a text with every run of spaces as one.
func flat(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")), " ")
}

// Text and HTML are of the same facts, in the message's language.
func TestTextAndHTMLSayTheSame(t *testing.T) {
	t.Parallel()
	for lang, facts := range map[string][]string{
		"en": {
			"Receipt 7QK4-M2XD-81FZ", "Paid in full: $1,234.50", "March 1, 2026", "9:30 p.m.", "Card", "The registered owner of the vehicle that ticket FH-0012345 was issued for", "Stationnement à un endroit interdit. Arrêté no 1, section 6(1)",
			"$1,259.50", "−$25.00", "https://tickets.fundy-harbour.test", "4F7QK-8R2MC", "506-555-0142", "1, rue de l’Hôtel-de-Ville Havre-de-Fundy", "TEST. No real money.", "s. 159",
		},
		"fr": {
			"Reçu 7QK4-M2XD-81FZ", "Payé en entier : 1 234,50 $", "1er mars 2026", "21 h 30", "Carte", "Le propriétaire immatriculé du véhicule visé par la contravention FH-0012345", "Stationnement à un endroit interdit. Arrêté no 1, article 6(1)",
			"1 259,50 $", "−25,00 $", "https://tickets.fundy-harbour.test", "4F7QK-8R2MC", "506-555-0142", "1, rue de l’Hôtel-de-Ville Havre-de-Fundy", "ESSAI. Pas d’argent réel.", "« Ce message vient-il de nous? »",
		},
	} {
		m, err := WriteReceipt(lang, "4F7QK-8R2MC", harbour(t, city.Test), receipt())
		if err != nil {
			t.Fatal(err)
		}
		text, page := flat(m.Text), flat(html.UnescapeString(tag.ReplaceAllString(m.HTML, " ")))
		for _, f := range facts {
			if !strings.Contains(text, f) {
				t.Errorf("%s: the text has no %q:\n%s", lang, f, m.Text)
			}
			if !strings.Contains(page, f) {
				t.Errorf("%s: the HTML has no %q:\n%s", lang, f, page)
			}
		}
		// What one says and the other doesn't: nothing but the colons and the title of the window.
		only := func(s string) string { return strings.NewReplacer(" :", "", ":", "", " ", "").Replace(s) }
		if t1, t2 := only(text), only(strings.TrimPrefix(page, "Receipt 7QK4-M2XD-81FZ ")); len(t2) < len(t1) || !strings.HasSuffix(t2, t1) {
			t.Errorf("%s: they differ:\n%s\n%s", lang, t1, t2)
		}
		if strings.Contains(m.Text+m.HTML, "[") || strings.Contains(m.Text+m.Subject, "{") {
			t.Errorf("%s: something has no words:\n%s", lang, m.Text)
		}
	}
}

// Nothing in a message is fetched, and its only link is the portal's address.
func TestAMessageFetchesNothing(t *testing.T) {
	t.Parallel()
	for _, lang := range locale.Languages {
		m, err := WriteReceipt(lang, "4F7QK-8R2MC", harbour(t, city.Live), receipt())
		if err != nil {
			t.Fatal(err)
		}
		for _, no := range []string{"<img", "src=", "url(", "<link", "<script", "@import", "mailto:", "<form", "<ville>", "TEST", "ESSAI"} {
			if strings.Contains(m.HTML, no) {
				t.Errorf("%s: %s in\n%s", lang, no, m.HTML)
			}
		}
		for _, link := range regexp.MustCompile(`(https?:|href=)[^\s<]*`).FindAllString(m.Text+" "+m.HTML, -1) {
			if link != "https://tickets.fundy-harbour.test" && link != `href="https://tickets.fundy-harbour.test">https://tickets.fundy-harbour.test` {
				t.Errorf("%s: %s", lang, link)
			}
		}
	}
}

// What can't be said stops the message: half of one is not sent.
func TestAnAmountThatCantBeSaidIsNotSent(t *testing.T) {
	t.Parallel()
	c := harbour(t, city.Live)
	c.Currency = "?"
	if m, err := WriteReceipt("en", "4F7QK-8R2MC", c, receipt()); err == nil {
		t.Errorf("%+v", m)
	}
}
