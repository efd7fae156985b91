package portal

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"connectrpc.com/connect"

	"fundy/desk"
	"fundy/web"
)

// paths are the addresses of each page, by language.
var paths = map[string]map[string]string{
	"find":    {"en": "/pay", "fr": "/payer"},
	"look":    {"en": "/pay/find", "fr": "/payer/trouver"},
	"tickets": {"en": "/pay/tickets", "fr": "/payer/contraventions"},
	"remove":  {"en": "/pay/remove", "fr": "/payer/retirer"},
	"confirm": {"en": "/pay/confirm", "fr": "/payer/confirmer"},
	"receipt": {"en": "/pay/receipt", "fr": "/payer/recu"},
	"start":   {"en": "/pay/start", "fr": "/payer/commencer"},
	"code":    {"en": "/pay/code", "fr": "/payer/code"},
	"lost":    {"en": "/pay/no-ticket", "fr": "/payer/sans-contravention"},
	"message": {"en": "/message", "fr": "/courriel"},
	"photo":   {"en": "/pay/photo", "fr": "/payer/photo"},

	"review":       {"en": "/review", "fr": "/revision"},
	"review_asked": {"en": "/review/asked", "fr": "/revision/demandee"},
	"review_file":  {"en": "/review/file", "fr": "/revision/fichier"},
	"review_find":  {"en": "/review/find", "fr": "/revision/trouver"},
}

// eventPattern is where processors send their messages.
const eventPattern = "POST /processor/{adapter}"

func (p *Portal) routes() http.Handler {
	mux := http.NewServeMux()
	for _, lang := range languages {
		// Find a ticket, see what it costs, pay it.
		p.page(mux, "GET", paths["find"][lang], lang, p.showFind)
		p.form(mux, paths["look"][lang], lang, []string{"number", "plate", "day", "slip"}, p.findTicket)
		p.reading(mux, paths["tickets"][lang], lang, p.showTickets)
		p.form(mux, paths["remove"][lang], lang, nil, p.removeTicket)
		p.reading(mux, paths["receipt"][lang], lang, p.showTicketReceipt)
		mux.HandleFunc("GET "+paths["photo"][lang], p.showPhoto)
		p.reading(mux, paths["confirm"][lang], lang, p.showConfirm)
		p.form(mux, paths["start"][lang], lang, []string{"email"}, p.startPayment)
		// A one-time code that a clerk has read out.
		p.page(mux, "GET", paths["code"][lang], lang, p.showCode)
		p.form(mux, paths["code"][lang], lang, []string{"code"}, p.openCode)
		// Who does not have the ticket.
		p.page(mux, "GET", paths["lost"][lang], lang, p.showLost)
		// Is this message ours?
		p.page(mux, "GET", paths["message"][lang], lang, p.showMessage)
		p.form(mux, paths["message"][lang], lang, []string{"reference"}, p.checkMessage)
		// Ask that a ticket be looked at again, and see how that stands.
		p.reading(mux, paths["review"][lang], lang, p.showReview)
		p.form(mux, paths["review"][lang], lang, []string{"words", "name", "email", "post"}, p.askReview)
		p.page(mux, "GET", paths["review_asked"][lang], lang, p.showReviewAsked)
		p.upload(mux, paths["review_file"][lang], lang, p.addReviewFile)
		p.page(mux, "GET", paths["review_find"][lang], lang, p.showReviewFind)
		p.form(mux, paths["review_find"][lang], lang, []string{"reference", "plate", "day"}, p.findReview)
		mux.Handle("GET "+paths["review_file"][lang], http.RedirectHandler(paths["review_asked"][lang], http.StatusSeeOther))
		// A form's address that is typed or gone back to leads to its page.
		for _, name := range []string{"look", "remove", "start"} {
			mux.Handle("GET "+paths[name][lang], http.RedirectHandler(paths["find"][lang], http.StatusSeeOther))
		}
	}
	// Both languages: the first visit, and a payment in its own language.
	p.page(mux, "GET", "/{$}", "", p.showFront)
	p.page(mux, "GET", "/r/{attempt}", "", p.showReturn) // never limited: a payment has been begun
	p.reading(mux, "/r/{attempt}/receipt", "", p.showReceipt)
	// What no person reads.
	mux.HandleFunc(eventPattern, p.processorEvent)
	mux.HandleFunc("GET /static/{file}", p.serveStatic)
	mux.HandleFunc("GET /city.css", p.serveColour)
	mux.HandleFunc("GET /logo/{file}", p.serveLogo)
	mux.HandleFunc("GET /favicon.ico", p.serveIcon)
	mux.HandleFunc("GET /robots.txt", serveRobots)
	p.page(mux, "", "/", "", p.showWrong)
	return p.noCards(mux)
}

// handler answers a page. What it returns as an error becomes a page too.
type handler func(w http.ResponseWriter, r *http.Request, v *view) error

// showWrong says that there is no such page.
func (p *Portal) showWrong(w http.ResponseWriter, _ *http.Request, v *view) error {
	return p.show(w, v, http.StatusNotFound, "wrong")
}

// page registers a page that changes nothing.
func (p *Portal) page(mux *http.ServeMux, method, path, lang string, h handler) {
	mux.HandleFunc(strings.TrimSpace(method+" "+path), func(w http.ResponseWriter, r *http.Request) {
		p.answer(w, r, lang, h)
	})
}

// reading registers a page that makes the office read something, within the source's limits.
func (p *Portal) reading(mux *http.ServeMux, path, lang string, h handler) {
	p.page(mux, "GET", path, lang, func(w http.ResponseWriter, r *http.Request, v *view) error {
		if !p.read.allow(p.source(r), p.Now()) {
			return p.slowDown(w, v)
		}
		return h(w, r, v)
	})
}

// Why no payment begins: keys of words.
const (
	closedRestoring = "restoring"
	closedFull      = "full"
)

// closedRetry is when a machine may ask again, in seconds.
const closedRetry = "600"

// closed says that no payment begins now, and how else to pay.
func (p *Portal) closed(w http.ResponseWriter, v *view, why string) error {
	v.Data, v.Switch = why, ""
	w.Header().Set("Retry-After", closedRetry)
	return p.show(w, v, http.StatusServiceUnavailable, "closed")
}

func (p *Portal) slowDown(w http.ResponseWriter, v *view) error {
	w.Header().Set("Retry-After", "10")
	return p.show(w, v, http.StatusTooManyRequests, "busy")
}

// form registers a form's address: the same site only, with this visit's token, within the source's
// limits. fields are those that its page shows, and says of what is wrong with them.
func (p *Portal) form(mux *http.ServeMux, path, lang string, fields []string, h handler) {
	cross := http.NewCrossOriginProtection()
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		p.answer(w, r, lang, func(w http.ResponseWriter, r *http.Request, v *view) error {
			r.Body = http.MaxBytesReader(w, r.Body, web.MaxForm)
			if err := web.ParseForm(r); err != nil {
				return p.show(w, v, http.StatusBadRequest, "wrong_form")
			}
			found, explained := p.refuseCards(r, v, fields)
			if cross.Check(r) != nil || !v.visit.formTokenFits(r.PostFormValue("form")) {
				return p.show(w, v, http.StatusForbidden, "wrong_form")
			}
			if !p.sent.allow(p.source(r), p.Now()) {
				return p.slowDown(w, v)
			}
			if found && !explained {
				return p.showCard(w, r, v)
			}
			return h(w, r, v)
		})
	})
}

// away says whether the office could not be asked just now.
func away(err error) bool {
	return err != nil && (errors.Is(err, errNoDesk) || connect.CodeOf(err) == connect.CodeUnavailable || connect.CodeOf(err) == connect.CodeDeadlineExceeded)
}

// answer runs a handler and turns its error into a page with a reference, and a line of log. What went
// wrong inside is never shown.
func (p *Portal) answer(w http.ResponseWriter, r *http.Request, lang string, h handler) {
	v := p.newView(r, lang)
	err := v.err
	if err == nil {
		err = h(w, r, v)
	}
	if err == nil || r.Context().Err() != nil {
		return // the second: the visitor has gone
	}
	reference := rand.Text()[:10]
	v.Reference = reference
	status, name := http.StatusInternalServerError, "fault"
	if away(err) {
		status, name = http.StatusServiceUnavailable, "busy"
		w.Header().Set("Retry-After", "10")
	}
	if connect.CodeOf(err) == desk.CodeFull {
		status, name = http.StatusServiceUnavailable, "closed"
		v.Data, v.Problem, v.Switch = closedFull, nil, ""
		w.Header().Set("Retry-After", closedRetry)
	}
	p.Log.Error("portal: page not shown", "reference", reference, "method", r.Method, "route", r.Pattern, "code", connect.CodeOf(err).String(), "err", err)
	if err := p.show(w, v, status, name); err != nil {
		http.Error(w, "Something went wrong. / Un problème est survenu. "+reference, status)
	}
}
