package citytest_test

import (
	"strings"
	"testing"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
	"fundy/mail/mailtest"
)

// plain is what the pages find, tickets and confirm say in this order, by language.
var plain = map[string][3][]string{
	"en": {
		{
			"Skip to main content", "Fundy Harbour", "DEMONSTRATION", "Find your parking ticket", "Ticket number", "As printed on the ticket",
			"Licence plate", "The ticket shows no plate", "Find the ticket", "Help", "506-555-0142",
		},
		{
			"Skip to main content", "Français", "Your tickets", "Ticket FH-1", "north side of Tide Street", "Parking where it is prohibited", "To pay today", "$40.00",
			"What it costs, and until when", "To the end of", "$30.00", "(today’s price)", "$40.00", "After that", "$65.00",
			"How this amount is made up", "Administrative penalty", "−$25.00", "Go on to pay $40.00", "Help", "506-555-0142",
		},
		{
			"Check and pay", "What you pay", "FH-1", "$40.00", "Total", "$40.00", "Important:", "deemed to have contravened", "E-mail for the receipt",
			"What comes next", "The city never sees your card", "Go to the card page to pay $40.00", "Back to your tickets", "Other ways to pay", "Help",
		},
	},
	"fr": {
		{
			"Passer au contenu principal", "Havre-de-Fundy", "DÉMONSTRATION", "Trouver votre contravention de stationnement", "Numéro de la contravention",
			"Tel qu’imprimé", "Plaque d’immatriculation", "L’avis n’indique pas de plaque", "Trouver la contravention", "Aide", "506-555-0142",
		},
		{
			"Passer au contenu principal", "English", "Vos contraventions", "Contravention FH-1", "north side of Tide Street", "Stationnement à un endroit interdit",
			"À payer aujourd’hui", "40,00 $", "Ce qu’elle coûte, et jusqu’à quand", "Jusqu’à la fin du", "30,00 $", "(prix d’aujourd’hui)", "40,00 $", "Après", "65,00 $",
			"Composition de ce montant", "Pénalité administrative", "−25,00 $", "Continuer pour payer 40,00 $", "Aide", "506-555-0142",
		},
		{
			"Vérifier et payer", "Ce que vous payez", "FH-1", "40,00 $", "Total", "40,00 $", "Important :", "réputé avoir contrevenu", "Courriel pour le reçu",
			"Ce qui suit", "La ville ne voit jamais votre carte", "Aller à la page de carte pour payer 40,00 $", "Retour à vos contraventions", "Autres façons de payer", "Aide",
		},
	},
}

// inOrder finds the words in a text one after the other.
func inOrder(t *testing.T, text string, words []string) {
	t.Helper()
	rest := strings.Join(strings.Fields(text), " ")
	for _, w := range words {
		_, after, ok := strings.Cut(rest, w)
		if !ok {
			t.Errorf("%q does not come after what comes before it:\n%s", w, text)
			return
		}
		rest = after
	}
}

// A ticket is found and checked in a text browser: no style, no script, no mouse.
func TestFindAndConfirmInATextBrowser(t *testing.T) {
	t.Parallel()
	for lang, pages := range plain {
		t.Run(lang, func(t *testing.T) {
			c := citytest.SQLite(t)
			c.SendMail(mailtest.Start(t))
			populate(c)
			var l citytest.Lynx
			l.Save()
			l.Down(5) // past the link to the text, the city's name, the header's two buttons and the code from the city
			l.Type("FH 1")
			l.Down(1)
			l.Type("abc123")
			l.Down(4) // past the box, the day and the slip
			l.Enter()
			l.Save()
			l.Down(5) // past the link to the text, the city's name, the other language, the review and the leaving out
			l.Enter()
			l.Save()
			got := l.Run(t, c, paths[lang][0])
			for i, words := range pages {
				inOrder(t, got[i], words)
			}
		})
	}
}

// Without its style sheet a page works, and reads in its order.
func TestFindAndConfirmWithoutTheStyleSheet(t *testing.T) {
	for lang, pages := range plain {
		t.Run(lang, func(t *testing.T) {
			citytest.Browser(t)
			c := citytest.SQLite(t)
			c.SendMail(mailtest.Start(t))
			populate(c)
			page := citytest.Page(t, 1280)
			if err := (proto.NetworkEnable{}).Call(page); err != nil {
				t.Fatal(err)
			}
			if err := (proto.NetworkSetBlockedURLs{Urls: []string{"*.css*"}}).Call(page); err != nil {
				t.Fatal(err)
			}
			page.MustNavigate(c.Portal.URL + paths[lang][0]).MustWaitLoad()
			unstyled(t, page, pages[0])
			page.MustElement("#number").MustInput("FH 1")
			page.MustElement("#plate").MustInput("abc123")
			press(page, "#find .govuk-button")
			unstyled(t, page, pages[1])
			press(page, "main > p a.govuk-button")
			unstyled(t, page, pages[2])
			press(page, "#pay")
			want(t, page.MustElement("h1").MustText(), map[string]string{"en": "Pay by card", "fr": "Payer par carte"}[lang])
		})
	}
}

func unstyled(t *testing.T, page *rod.Page, words []string) {
	t.Helper()
	if got := page.MustEval(`() => getComputedStyle(document.querySelector("header")).backgroundColor`).Str(); got != "rgba(0, 0, 0, 0)" {
		t.Fatalf("the page has its style: the header is %s", got)
	}
	inOrder(t, page.MustEval(`() => document.body.innerText`).Str(), words)
}

// What is printed in a made-up city says so: its receipt is not to be taken for a real one.
func TestPaperSaysThatTheCityIsMadeUp(t *testing.T) {
	citytest.Browser(t)
	c := citytest.SQLite(t)
	page := citytest.Page(t, 800)
	page.MustNavigate(c.Portal.URL + "/payer").MustWaitLoad()
	if err := (proto.EmulationSetEmulatedMedia{Media: "print"}).Call(page); err != nil {
		t.Fatal(err)
	}
	got := page.MustEval(`() => document.body.innerText`).Str()
	if want(t, got, "DÉMONSTRATION"); strings.Contains(got, "English") {
		t.Errorf("the switch is printed:\n%s", got)
	}
}
