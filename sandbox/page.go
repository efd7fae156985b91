package sandbox

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"fundy/money"
)

//go:embed page.html page.css
var assets embed.FS

var page = template.Must(template.ParseFS(assets, "page.html"))

// words are the page's, by language.
var words = map[string]map[string]string{
	"en": {
		"title": "Pay by card", "banner": "SANDBOX: no real card, no real money", "amount": "Amount:", "number": "Card number", "expiry": "Expiry date (MM/YY)",
		"cvc": "Security code", "name": "Name on card (optional)", "email": "E-mail (optional)", "postal": "Postal code (optional)", "pay": "Pay",
		"back": "Go back without paying", "wrong": "There is a problem", "cards": "Test cards", "any": "Any date to come, any code.",
		"closed_title": "This page is closed", "closed": "This card page has expired or was closed. No money has been taken. Go back to the city's site to begin again.",
		"challenge_title": "Your bank asks whether it is you", "challenge_pass": "It is me: approve", "challenge_fail": "Refuse",
		"error":      "Error: ",
		"bad_number": "Enter a card number of 13 to 19 digits.", "not_test_card": "That is not one of the test cards below. It was not kept. Use a test card.",
		"bad_expiry": "Enter an expiry date to come, as MM/YY, such as 12/34.", "bad_cvc": "Enter the 3 or 4 digits of the security code.",
		"generic_decline": "The card was declined. No money has been taken. Try another card.", "insufficient_funds": "The card was declined: not enough funds. No money has been taken.",
		"lost_card": "The card was declined. No money has been taken.", "stolen_card": "The card was declined. No money has been taken.",
		"expired_card": "The card has expired. No money has been taken.", "incorrect_cvc": "The security code is wrong. No money has been taken.",
		"processing_error": "The bank could not answer. No money has been taken. Try again.", "authentication_failed": "Your bank did not approve it. No money has been taken.",
		"card_ok": "pays", "card_challenge": "your bank asks first", "card_declined": "is declined",
	},
	"fr": {
		"title": "Payer par carte", "banner": "BAC À SABLE : pas de vraie carte, pas d’argent réel", "amount": "Montant :", "number": "Numéro de carte", "expiry": "Date d’expiration (MM/AA)",
		"cvc": "Code de sécurité", "name": "Nom sur la carte (facultatif)", "email": "Courriel (facultatif)", "postal": "Code postal (facultatif)", "pay": "Payer",
		"back": "Revenir sans payer", "wrong": "Il y a un problème", "cards": "Cartes d’essai", "any": "N’importe quelle date à venir, n’importe quel code.",
		"closed_title": "Cette page est fermée", "closed": "Cette page de carte est expirée ou a été fermée. Aucun montant n’a été prélevé. Retournez au site de la ville pour recommencer.",
		"challenge_title": "Votre banque demande si c’est bien vous", "challenge_pass": "C’est moi : approuver", "challenge_fail": "Refuser",
		"error":      "Erreur : ",
		"bad_number": "Entrez un numéro de carte de 13 à 19 chiffres.", "not_test_card": "Ce n’est pas une des cartes d’essai ci-dessous. Elle n’a pas été conservée. Utilisez une carte d’essai.",
		"bad_expiry": "Entrez une date d’expiration à venir, au format MM/AA, comme 12/34.", "bad_cvc": "Entrez les 3 ou 4 chiffres du code de sécurité.",
		"generic_decline": "La carte a été refusée. Aucun montant n’a été prélevé. Essayez une autre carte.", "insufficient_funds": "La carte a été refusée : fonds insuffisants. Aucun montant n’a été prélevé.",
		"lost_card": "La carte a été refusée. Aucun montant n’a été prélevé.", "stolen_card": "La carte a été refusée. Aucun montant n’a été prélevé.",
		"expired_card": "La carte est expirée. Aucun montant n’a été prélevé.", "incorrect_cvc": "Le code de sécurité est erroné. Aucun montant n’a été prélevé.",
		"processing_error": "La banque n’a pas pu répondre. Aucun montant n’a été prélevé. Essayez de nouveau.", "authentication_failed": "Votre banque ne l’a pas approuvé. Aucun montant n’a été prélevé.",
		"card_ok": "paie", "card_challenge": "votre banque demande d’abord", "card_declined": "est refusée",
	},
}

// shownCard is a line of the table of test cards.
type shownCard struct{ Number, Does string }

var shownCards = []shownCard{
	{"4242 4242 4242 4242", "card_ok"}, {"4000 0000 0000 0002", "card_declined"}, {"4000 0025 0000 3155", "card_challenge"},
}

// pageData is what a page shows.
type pageData struct {
	Lang    string
	W       map[string]string
	View    string // pay, challenge, closed
	ID      string
	Item    string
	Amount  string
	Cancel  string
	Problem string
	Field   string
	Form    cardForm
	Cards   []shownCard
}

func (s *Server) pageRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/pay/{id}", s.showPage)
	mux.HandleFunc("POST /c/pay/{id}", s.payPage)
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, assets, "page.css") })
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
}

func (s *Server) showPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.lapse()
	c := s.session(r.PathValue("id"))
	s.mu.Unlock()
	switch {
	case c == nil || c.Status == "expired":
		s.render(w, c, pageData{View: "closed"}, http.StatusGone)
	case c.Status == "complete":
		http.Redirect(w, r, successURL(c), http.StatusSeeOther)
	default:
		s.render(w, c, pageData{View: "pay"}, http.StatusOK)
	}
}

func (s *Server) payPage(w http.ResponseWriter, r *http.Request) {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		http.Error(w, "cross-origin", http.StatusForbidden)
		return
	}
	f := cardForm{
		Number: r.PostFormValue("number"), Expiry: r.PostFormValue("expiry"), CVC: r.PostFormValue("cvc"), Name: r.PostFormValue("name"),
		Email: r.PostFormValue("email"), Postal: r.PostFormValue("postal"), Challenge: r.PostFormValue("challenge"),
	}
	id := r.PathValue("id")
	result := s.pay(id, f)
	s.mu.Lock()
	c := s.session(id)
	s.mu.Unlock()
	switch result {
	case paid, already:
		http.Redirect(w, r, successURL(c), http.StatusSeeOther)
	case closed:
		s.render(w, c, pageData{View: "closed"}, http.StatusGone)
	case challenge:
		s.render(w, c, pageData{View: "challenge", Form: f}, http.StatusOK)
	default:
		// The number and the code are not shown again: nothing that was typed there is echoed.
		s.render(w, c, pageData{View: "pay", Problem: string(result), Field: fieldOf(result), Form: cardForm{Name: f.Name, Email: f.Email, Postal: f.Postal}}, http.StatusUnprocessableEntity)
	}
}

func fieldOf(o outcome) string {
	switch o {
	case badExpiry, "expired_card":
		return "expiry"
	case badCVC, "incorrect_cvc":
		return "cvc"
	}
	return "number"
}

func successURL(c *session) string {
	return strings.ReplaceAll(c.Success, "{CHECKOUT_SESSION_ID}", url.QueryEscape(c.ID))
}

func (s *Server) render(w http.ResponseWriter, c *session, d pageData, status int) {
	d.Lang = "en"
	formAction := "'self'"
	if c != nil {
		if strings.HasPrefix(c.Locale, "fr") {
			d.Lang = "fr"
		}
		d.ID, d.Item, d.Cancel, d.Amount = c.ID, c.Item, c.Cancel, showAmount(d.Lang, c.Amount)
		if u, err := url.Parse(c.Success); err == nil {
			// The answer to the form is a redirect to the city: browsers check that against form-action too.
			formAction += " " + u.Scheme + "://" + u.Host
		}
	}
	d.W, d.Cards = words[d.Lang], shownCards
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action "+formAction+"; frame-ancestors 'none'; base-uri 'none'")
	w.WriteHeader(status)
	if err := page.Execute(w, d); err != nil {
		s.Log.Error("sandbox: page not written", "err", err)
	}
}

func showAmount(lang string, minor int64) string {
	text := money.FromMinor(minor).String()
	if lang == "fr" {
		return strings.ReplaceAll(text, ".", ",") + "\u00a0$"
	}
	return "$" + text
}
