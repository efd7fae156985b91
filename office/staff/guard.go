package staff

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fundy/desk"
	"fundy/store"
	"fundy/web"
)

// guard stands before every page and action, and is the only way to one: no card, from our own pages, by a person
// whose passkey is in order, with the permission.
func (p *Pages) guard(to route) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := p.newView(r)
		err := p.pass(w, r, v, to, cross)
		if err != nil && r.Context().Err() == nil {
			p.fault(w, r, v, err)
		}
	})
}

func (p *Pages) pass(w http.ResponseWriter, r *http.Request, v *view, to route, cross *http.CrossOriginProtection) error {
	if to.upload > 0 {
		return p.passFile(w, r, v, to, cross)
	}
	r.Body = http.MaxBytesReader(w, r.Body, web.MaxForm)
	if err := web.ParseForm(r); err != nil {
		return p.show(w, v, http.StatusBadRequest, "wrong_form")
	}
	on, err := p.fromHere(w, r, v, to, cross)
	if err != nil || !on {
		return err
	}
	if v.visit, err = p.visit(r, to.fresh); err != nil {
		return err
	}
	if to.may == "" {
		return to.handle(w, r, v)
	}
	if on, err = p.standsBefore(w, r, v); err != nil || !on {
		return err
	}
	v.in = true
	switch {
	case p.opens(to, v.visit.person):
	case to.reads != "" && p.roles.May(v.visit.person, to.reads):
		v.reads = true
	default:
		v.Data = to.may
		return p.show(w, v, http.StatusForbidden, "no_right")
	}
	if !to.quiet {
		if err := p.seen(r.Context(), v.visit); err != nil {
			return err
		}
	}
	return to.handle(w, r, v)
}

// opens says whether a person has one of the permissions of which a route wants one.
func (p *Pages) opens(to route, who store.Person) bool {
	return p.roles.May(who, to.may) || slices.ContainsFunc(to.also, func(may Permission) bool { return p.roles.May(who, may) })
}

// fromHere says whether a request goes on: its address is text, no card is in it, and it comes from our own pages. Otherwise a
// page has been written.
func (p *Pages) fromHere(w http.ResponseWriter, r *http.Request, v *view, to route, cross *http.CrossOriginProtection) (bool, error) {
	if !web.AddressIsText(r.URL) {
		return false, p.show(w, v, http.StatusNotFound, "wrong")
	}
	place, err := p.cardIn(r)
	ours := cross.Check(r) == nil
	switch {
	case err != nil:
		return false, err
	case place != (desk.CardPlace{}):
		return false, p.refuseCard(w, r, v, place, to, ours)
	case !ours:
		return false, p.show(w, v, http.StatusForbidden, "wrong_form")
	}
	return true, nil
}

// standsBefore says whether the request goes on: its session is in order, or the passkey has just answered for the
// person whose session it is. Otherwise a page has been written, that keeps what was typed.
func (p *Pages) standsBefore(w http.ResponseWriter, r *http.Request, v *view) (bool, error) {
	answer := r.PostForm.Get(fieldAnswer)
	switch {
	case answer != "" && r.Method == http.MethodPost:
		same, err := p.enter(w, r, &v.visit, r.PostForm.Get(fieldCeremony), answer)
		if v.Problem = answerProblem(err); v.Problem != nil {
			return false, p.touch(w, r, v)
		}
		if err != nil {
			return false, err
		}
		if !same { // whose words these are is not known: they are not this person's
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return false, nil
		}
		return true, nil
	case v.visit.standing != standsHere:
		return false, p.touch(w, r, v)
	case r.Method == http.MethodPost && !p.formFits(v.visit.token, r.PostForm.Get(fieldForm)):
		return false, p.show(w, v, http.StatusForbidden, "wrong_form")
	}
	return true, nil
}

func refusedAnswer(err error) bool {
	return errors.Is(err, errAnswer) || errors.Is(err, errCeremony) || errors.Is(err, store.ErrConflict)
}

// errSlow is that too many answers from one source were refused: no more is looked at for a while.
var errSlow = errors.New("too many answers were refused")

// answerProblem is what a page says of a passkey's answer that lets nobody in; nil where it did, or where something is wrong
// inside.
func answerProblem(err error) *problem {
	switch {
	case errors.Is(err, errSlow):
		return &problem{Field: "passkey", Key: "touch.slow"}
	case refusedAnswer(err):
		return &problem{Field: "passkey", Key: "touch.refused"}
	}
	return nil
}

// Fields of the guard's own. What else a form has is typed.
const (
	fieldForm     = "form"
	fieldAnswer   = "answer"
	fieldCeremony = "ceremony"
	fieldTo       = "to"
)

// typedField is something that was typed, and is kept in the page while the passkey is asked for.
type typedField struct{ Name, Value string }

// touchPage asks for the passkey.
type touchPage struct {
	asked
	Why    standing
	Action string // where the answer goes, with what was typed
	To     string // where a page that was only looked at is
	Typed  []typedField
	Person string          // whose session it was; "" for nobody's
	People []standInButton // of a demonstration; none: a passkey is asked for
}

// touch asks for the passkey before a request goes on. The server keeps nothing of what was typed: the page does.
func (p *Pages) touch(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &touchPage{Why: v.visit.standing, Action: "/signin", Person: v.visit.session.Name}
	if page.Why == standsHere {
		page.Why = standsStale
	}
	if r.Method == http.MethodPost {
		page.Action, page.Typed = r.URL.Path, typedOf(r.PostForm)
	} else if r.URL.Path != "/signin" {
		page.To = r.URL.RequestURI()
	}
	var err error
	if page.asked, err = p.askPasskey(); err != nil {
		return err
	}
	page.People = p.StandIn.buttons(page.Person, page.Ceremony)
	v.Data = page
	status := http.StatusUnauthorized
	if r.URL.Path == "/signin" {
		status = http.StatusOK
	}
	if v.Problem != nil && v.Problem.Key == "touch.slow" {
		w.Header().Set("Retry-After", "1200")
		status = http.StatusTooManyRequests
	}
	return p.show(w, v, status, "touch")
}

func typedOf(form url.Values) []typedField {
	var all []typedField
	for name, values := range form {
		if name == fieldForm || name == fieldAnswer || name == fieldCeremony {
			continue
		}
		for _, value := range values {
			all = append(all, typedField{name, value})
		}
	}
	slices.SortStableFunc(all, func(a, b typedField) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// fault shows that something went wrong inside, with a reference, and writes a line of log. What went wrong is
// never shown.
func (p *Pages) fault(w http.ResponseWriter, r *http.Request, v *view, err error) {
	v.Reference = rand.Text()[:10]
	status, name := http.StatusInternalServerError, "fault"
	if errors.Is(err, store.ErrBusy) || errors.Is(err, store.ErrCommitUnknown) || errors.Is(err, store.ErrFull) {
		status = http.StatusServiceUnavailable
	}
	p.Log.Error("staff: page not shown", "alarm", "staff_page", "reference", v.Reference, "method", r.Method, "route", r.Pattern, "err", err)
	v.Problem, v.Data = nil, nil
	if err := p.show(w, v, status, name); err != nil {
		http.Error(w, "Something went wrong. / Un problème est survenu. "+v.Reference, status)
	}
}
