package staff

import (
	"net/http"
	"slices"
)

// route is a page or an action. What it wants stands here and nowhere else.
type route struct {
	pattern string
	may     Permission   // "" for what is open to everybody
	also    []Permission // of may and these, one is enough: who has one of these alone sees what is to be approved, and no more
	reads   Permission   // who has this one, and none of those, reads the page and sends nothing from it; "": nobody
	quiet   bool         // it is no sign that somebody is at work
	fresh   bool         // it wants a passkey's answer of the last minutes
	upload  int64        // the most bytes of a file that it takes; 0: none
	papers  bool         // that file is a picture or a PDF
	chosen  string       // the page on which that file is chosen, where it is not that of files
	handle  handler
}

// handler answers a page. What it returns as an error becomes a page too.
type handler func(w http.ResponseWriter, r *http.Request, v *view) error

// public is what everybody may see: nothing of the city's work.
func public(pattern string, h handler) route { return route{pattern: pattern, handle: h} }

// staff is what people with a permission may do.
func staff(pattern string, may Permission, h handler) route {
	return route{pattern: pattern, may: may, handle: h}
}

// touched is staff for what a person confirms with his passkey: money, rights, sealed data.
func touched(pattern string, may Permission, h handler) route {
	return route{pattern: pattern, may: may, fresh: true, handle: h}
}

// watching is staff for what a page asks by itself while it stands open.
func watching(pattern string, may Permission, h handler) route {
	return route{pattern: pattern, may: may, quiet: true, handle: h}
}

// upload is staff for what takes a file. Nothing of a file is read before it is known who brings it; what it does is
// only looked at, and applied as a second step.
func upload(pattern string, may Permission, h handler) route {
	return route{pattern: pattern, may: may, upload: uploadMost, handle: h}
}

// or is a route that each of some other permissions opens too.
func (r route) or(also ...Permission) route {
	r.also = also
	return r
}

// readBy is a route of a page with forms that somebody with a permission may read as it stands, its forms shut.
func (r route) readBy(may Permission) route {
	r.reads = may
	return r
}

// from is a route whose file is chosen on another page than that of files.
func (r route) from(page string) route {
	r.chosen = page
	return r
}

// table is every page and action that there is: those of each part stand in its routes_….go.
func (p *Pages) table() []route {
	return slices.Concat(
		p.ownRoutes(),
		p.phoneRoutes(),
		p.financeRoutes(),
		p.folderRoutes(),
		p.workRoutes(),
		p.counterRoutes(),
		p.reviewRoutes(),
		p.letterRoutes(),
		p.accessRoutes(),
		p.searchRoutes(),
		p.photoRoutes(),
	)
}

// ownRoutes are those of everybody's way in, of the day's work, and of who may do what.
func (p *Pages) ownRoutes() []route {
	return []route{
		// Coming in and going out.
		public("GET /signin", p.showSignIn),
		public("POST /signin", p.signIn),
		public("GET /unlock", p.askUnlock),
		public("POST /unlock", p.unlock),
		public("GET /invite", p.showInvite),
		public("POST /invite", p.takeCode),
		public("POST /invite/key", p.join),
		public("POST /language", p.setLanguage),
		staff("POST /signout", Own, p.signOut),
		// One's own passkeys and sessions.
		staff("GET /me", Own, p.showMe),
		touched("GET /me/key", Own, p.showNewKey),
		staff("POST /me/key", Own, p.addKey),
		touched("POST /me/key/remove", Own, p.removeKey),
		staff("POST /me/sessions/end", Own, p.endOwnSession),
		// The day's work.
		staff("GET /{$}", Own, p.showHome),
		staff("POST /find", FindTickets, p.find),
		staff("GET /tickets/{id}", FindTickets, p.showTicket),
		touched("POST /tickets/{id}/plate", OpenPlates, p.openPlate),
		staff("GET /receipts/{number}", FindTickets, p.showReceipt),
		staff("GET /queue", ReadQueue, p.showQueue),
		staff("GET /queue/{id}", ReadQueue, p.showException),
		staff("POST /queue/{id}/act", ActOnQueue, p.actOnException),
		staff("GET /refunds", ReadRefunds, p.showRefunds).or(DecideRefunds),
		touched("POST /receipts/{number}/refund", AskRefunds, p.askRefund),
		touched("POST /refunds/{id}/approve", DecideRefunds, p.approveRefund),
		touched("POST /refunds/{id}/refuse", DecideRefunds, p.refuseRefund),
		// Who may do what.
		staff("GET /people", ReadPeople, p.showPeople).or(DecideRights),
		touched("POST /people", AskRights, p.invite),
		staff("GET /people/{name}", ReadPeople, p.showPerson),
		touched("POST /people/{name}/roles", AskRights, p.askRoles),
		touched("POST /people/{name}/keys", AskRights, p.askKeys),
		touched("POST /people/{name}/sessions/end", AskRights, p.endSessions),
		touched("POST /changes/{id}/approve", DecideRights, p.approveChange),
		touched("POST /changes/{id}/refuse", DecideRights, p.refuseChange),
	}
}

func (p *Pages) routes() http.Handler {
	mux := http.NewServeMux()
	for _, r := range p.table() {
		mux.Handle(r.pattern, p.guard(r))
	}
	mux.HandleFunc("GET /static/{file}", serveStatic)
	mux.HandleFunc("GET /favicon.ico", serveIcon)
	mux.Handle("/", p.guard(public("/", func(w http.ResponseWriter, _ *http.Request, v *view) error {
		return p.show(w, v, http.StatusNotFound, "wrong")
	})))
	return mux
}
