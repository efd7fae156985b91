package letter_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ledongthuc/pdf"

	"fundy/city"
	"fundy/letter"
	"fundy/money"
	"fundy/payment"
)

var (
	both = []city.Language{city.English, city.French}
	at   = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC) // March 1 at 9 p.m. in Moncton
)

func town(t *testing.T) letter.City {
	t.Helper()
	zone, err := time.LoadLocation("America/Moncton")
	if err != nil {
		t.Fatal(err)
	}
	return letter.City{
		Kind: city.Live, Name: city.Text{"en": "City of Fundy Bay", "fr": "Ville de Baie-de-Fundy"}, Address: city.Text{"en": "12 Tide Street\nFundy Bay NB E0A 1A0", "fr": "12, rue de la Marée\nBaie-de-Fundy (N.-B.) E0A 1A0"},
		Phone: "506-555-0100", Regime: "nb-lga", Currency: "CAD", Zone: zone, Portal: "https://stationnement.example.ca",
	}
}

func receipt() letter.Receipt {
	return letter.Receipt{
		Number: "VPPZ-Q2D4-JKLM", PaidAt: at, TakenAt: at.Add(time.Minute), Tender: "card", Total: money.FromMinor(123450),
		Tickets: []letter.Ticket{{
			Number: "FH-0012345", IssuedAt: at.Add(-48 * time.Hour), TimeKnown: true, Offence: city.Text{"en": "Parked in a loading zone", "fr": "Stationné à l’œil dans une zone de chargement"},
			ByLaw: city.Text{"en": "By-law T-1", "fr": "Arrêté T-1"}, Section: "4(1)", Total: money.FromMinor(123450),
			Components: []letter.Component{{Kind: "penalty", Clause: "7(1)", Amount: money.FromMinor(130000)}, {Kind: "discount", Clause: "7(2)", Amount: money.FromMinor(-6550)}},
		}},
	}
}

func render(t *testing.T, p letter.Paper) []byte {
	t.Helper()
	b, err := letter.Render(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func paper(t *testing.T, size letter.Size, to []string, parts []letter.Part, err error) letter.Paper {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return letter.Paper{City: town(t), Size: size, Reference: "4F7QK-8R2MC", Date: at, To: to, Parts: parts}
}

// read takes the text out of a PDF again, by another library, and by poppler's program where there is one; with one space
// wherever there is any.
func read(t *testing.T, b []byte) (text string, pages int) {
	t.Helper()
	r, err := pdf.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for i := 1; i <= r.NumPage(); i++ {
		rows, err := r.Page(i).GetTextByRow()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, word := range row.Content {
				all.WriteString(word.S)
			}
			all.WriteString(" ")
		}
	}
	return one(all.String()), r.NumPage()
}

func one(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\u00a0", " ")), " ")
}

func poppler(t *testing.T, b []byte) (string, bool) {
	t.Helper()
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		return "", false
	}
	path := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return one(string(out)), true
}

func wants(t *testing.T, b []byte, words ...string) {
	t.Helper()
	text, _ := read(t, b)
	texts := map[string]string{"the library": text}
	if text, ok := poppler(t, b); ok {
		texts["pdftotext"] = text
	}
	for reader, text := range texts {
		for _, w := range words {
			parts := []string{w}
			if reader == "the library" { // which does not read letters beyond Latin 1; poppler does
				parts = strings.FieldsFunc(w, func(r rune) bool { return r > 0xff })
			}
			for _, w := range parts {
				if !strings.Contains(text, w) {
					t.Errorf("%s finds no %q in %q", reader, w, text)
				}
			}
		}
	}
}

// A receipt says what it should in both languages, with accents, on one page for each language, and the same receipt is the same
// bytes.
func TestAReceiptOnPaper(t *testing.T) {
	t.Parallel()
	for _, size := range letter.Sizes {
		for _, languages := range [][]city.Language{{city.English}, {city.French}, both} {
			parts, err := town(t).Receipt(languages, receipt())
			p := paper(t, size, nil, parts, err)
			b := render(t, p)
			if !bytes.Equal(b, render(t, p)) {
				t.Errorf("%s %v: the same receipt is not the same bytes", size, languages)
			}
			text, pages := read(t, b)
			if pages != len(languages) {
				t.Errorf("%s %v: %d pages", size, languages, pages)
			}
			if len(b) > 120<<10 {
				t.Errorf("%s %v: %d bytes", size, languages, len(b))
			}
			if strings.Contains(text, "[") {
				t.Errorf("words are missing: %s", text)
			}
			words := []string{"4F7QK-8R2MC", "VPPZ-Q2D4-JKLM", "FH-0012345", "https://stationnement.example.ca", "1 / " + fmt.Sprint(len(languages))}
			if slices.Contains(languages, city.English) {
				words = append(words, "Receipt VPPZ-Q2D4-JKLM", "Paid in full: $1,234.50", "March 1, 2026", "9:00 p.m.", "City of Fundy Bay", "The registered owner of the vehicle", "$65.50")
			}
			if slices.Contains(languages, city.French) {
				words = append(words, "Reçu VPPZ-Q2D4-JKLM", "Payé en entier : 1 234,50 $", "Le 1er mars 2026", "21 h", "Ville de Baie-de-Fundy", "rue de la Marée", "Stationné à l’œil", "Pénalité administrative", "réputée avoir contrevenu à l’arrêté", "« Ce message vient-il de nous? »")
			}
			wants(t, b, words...)
		}
	}
}

// What was given back stands on the receipt, which says no more that it is paid in full; a name stands only on the copy.
func TestAReceiptGivenBackAndACopyThatNames(t *testing.T) {
	t.Parallel()
	r := receipt()
	r.GivenBack = money.FromMinor(5000)
	parts, err := town(t).Receipt(both, r)
	b := render(t, paper(t, letter.A4, nil, parts, err))
	wants(t, b, "Paid: $1,234.50. Given back since: $50.00", "Remboursé depuis : 50,00 $")
	if text, _ := read(t, b); strings.Contains(text, "in full") || strings.Contains(text, "en entier") {
		t.Errorf("paid in full: %s", text)
	}
	r.Person = "Zoé Ñandú-Gałązka"
	parts, err = town(t).Receipt(both, r)
	b = render(t, paper(t, letter.Letter, nil, parts, err))
	wants(t, b, "Zoé Ñandú-Gałązka", "A copy for the person named")
	if text, _ := read(t, b); strings.Contains(text, "registered owner") {
		t.Errorf("the owner stands on a copy that names: %s", text)
	}
}

// Every kind of letter, for every reason that the domain has, in both languages: no key without words.
func TestEveryKindOfLetter(t *testing.T) {
	t.Parallel()
	c, to := town(t), []string{"Zoé Tremblay", "3, rue du Quai", "Baie-de-Fundy NB E0A 1A0"}
	seen := 0
	check := func(parts []letter.Part, err error, words ...string) {
		t.Helper()
		seen++
		b := render(t, paper(t, letter.Letter, to, parts, err))
		wants(t, b, append(words, "3, rue du Quai", "4F7QK-8R2MC")...)
		if text, _ := read(t, b); strings.Contains(text, "[") {
			t.Errorf("words are missing: %s", text)
		}
	}
	for _, reason := range payment.ItemReasons {
		parts, err := c.Item(both, letter.Item{Kind: "cheque", Amount: money.FromMinor(3000), Currency: "USD", Number: "77", ReceivedOn: city.DateOf(at, c.Zone), Reason: string(reason)})
		check(parts, err, "What you sent us comes back to you", "Ce que vous nous avez envoyé vous revient")
	}
	for _, reason := range payment.RefundReasons {
		for _, way := range []string{"card", "cheque", "terminal"} {
			parts, err := c.Refund(both, letter.Refund{Receipt: "VPPZ-Q2D4-JKLM", Amount: money.FromMinor(5000), Way: way, Reason: string(reason), Tickets: []string{"FH-1", "FH-2"}, Owed: true})
			check(parts, err, "Money is given back to you", "De l’argent vous est remboursé", "50,00 $", "are owed again", "sont dues de nouveau")
		}
	}
	parts, err := c.Returned(both, letter.Returned{Receipt: "VPPZ-Q2D4-JKLM", Cheque: "451", Amount: money.FromMinor(3000), Day: city.DateOf(at, c.Zone), Tickets: []string{"FH-1"}, Fee: money.FromMinor(2500), Clause: "4"})
	check(parts, err, "Fee for a returned cheque", "Frais pour chèque retourné (art. 4)", "$25.00")
	if seen < 20 {
		t.Errorf("%d letters", seen)
	}
}

// Plain paragraphs make a letter too, as long as it is; each page has the reference and says of how many it is.
func TestALongLetterOfParagraphs(t *testing.T) {
	t.Parallel()
	part := letter.Part{Language: city.French, Subject: "Décision de la révision"}
	for range 60 {
		part.Paragraphs = append(part.Paragraphs, "La personne a demandé une révision de la contravention. Après avoir étudié ce qu’elle a écrit, nous maintenons la pénalité administrative, pour les raisons qui suivent.")
	}
	b := render(t, paper(t, letter.A4, []string{"Zoé Tremblay"}, []letter.Part{part}, nil))
	text, pages := read(t, b)
	if pages < 3 || strings.Count(text, "4F7QK-8R2MC") < 2*pages {
		t.Errorf("%d pages, the reference %d times", pages, strings.Count(text, "4F7QK-8R2MC"))
	}
	wants(t, b, "1 / "+string(rune('0'+pages)), "Décision de la révision")
}

// What a letter can't be is refused, and never half written.
func TestWhatIsNoLetter(t *testing.T) {
	t.Parallel()
	part := letter.Part{Language: city.English, Subject: "x", Paragraphs: []string{"y"}}
	good := paper(t, letter.Letter, nil, []letter.Part{part}, nil)
	for what, change := range map[string]func(*letter.Paper){
		"no reference":    func(p *letter.Paper) { p.Reference = "" },
		"no date":         func(p *letter.Paper) { p.Date = time.Time{} },
		"no clock":        func(p *letter.Paper) { p.City.Zone = nil },
		"nothing":         func(p *letter.Paper) { p.Parts = nil },
		"another size":    func(p *letter.Paper) { p.Size = "b5" },
		"an address of 9": func(p *letter.Paper) { p.To = make([]string, 9) },
		"a language":      func(p *letter.Paper) { p.Parts = []letter.Part{{Language: "de"}} },
		"too much": func(p *letter.Paper) {
			p.Parts = []letter.Part{{Language: city.English, Subject: strings.Repeat("x", 70_000)}}
		},
		"a letter unseen": func(p *letter.Paper) { p.To = []string{"漢字"} },
		"a control":       func(p *letter.Paper) { p.To = []string{"a\tb"} },
		"an emoji":        func(p *letter.Paper) { p.To = []string{"😀"} },
	} {
		p := good
		change(&p)
		if b, err := letter.Render(p); err == nil || b != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if missing := letter.Unprintable("Zoé Œuvre-Łódź, ɨ ’ – — « » ᐃᓄᒃ 漢漢"); missing != "漢" {
		t.Errorf("unprintable: %q", missing)
	}
}

// Both languages have the same keys with the same places to fill in; French is written as in New Brunswick.
func TestBothLanguagesSayEverything(t *testing.T) {
	t.Parallel()
	words := map[string]map[string]string{}
	for _, lang := range both {
		b, err := os.ReadFile("words/" + string(lang) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		one := map[string]string{}
		if err := json.Unmarshal(b, &one); err != nil {
			t.Fatal(err)
		}
		words[string(lang)] = one
	}
	places := func(s string) []string {
		all := regexp.MustCompile(`\{\w+\}`).FindAllString(s, -1)
		slices.Sort(all)
		return all
	}
	wrong := regexp.MustCompile(`[ \x{a0}][;!?]|[^\x{a0}]:( |$)| :|"|'`)
	others := regexp.MustCompile(`(?i)\b(ticket|parking|amende|billet|email|e-mail|licence)\b`)
	for key, en := range words["en"] {
		fr := words["fr"][key]
		if fr == "" || en == "" || !slices.Equal(places(en), places(fr)) {
			t.Errorf("%s: %q and %q", key, en, fr)
		}
		if at := wrong.FindString(fr) + others.FindString(fr); at != "" {
			t.Errorf("%s: %q in %q", key, at, fr)
		}
	}
	if len(words["fr"]) != len(words["en"]) {
		t.Errorf("%d keys in French, %d in English", len(words["fr"]), len(words["en"]))
	}
}

// LETTERS=DIR writes some letters there, to be looked at.
func TestLettersToLookAt(t *testing.T) {
	dir := os.Getenv("LETTERS")
	if dir == "" {
		t.Skip("LETTERS is not set")
	}
	c := town(t)
	c.Kind = city.Demo
	parts, err := c.Receipt([]city.Language{city.French}, receipt())
	one := paper(t, letter.Letter, nil, parts, err)
	parts, err = c.Item(both, letter.Item{Kind: "cheque", Amount: money.FromMinor(3000), Currency: "CAD", Number: "77", ReceivedOn: city.DateOf(at, c.Zone), Reason: "unsigned"})
	two := paper(t, letter.Letter, []string{"Zoé Tremblay", "3, rue du Quai", "Baie-de-Fundy NB E0A 1A0"}, parts, err)
	for name, p := range map[string]letter.Paper{"receipt": one, "item": two} {
		p.City = c
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), render(t, p), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
