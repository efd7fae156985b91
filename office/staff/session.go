package staff

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"fundy/fault"
	"fundy/ident"
	"fundy/store"
	"fundy/web"
)

// cookieName holds the session's token. Browsers keep a __Host- cookie on https, and on this machine's own
// "localhost".
const cookieName = "__Host-fundy-staff"

// standing is how a request's session stands: a key of the words "touch.".
type standing string

// The standings. All but here want the passkey before anything else happens.
const (
	standsHere   standing = ""
	standsOut    standing = "sign_in" // no session
	standsEnded  standing = "ended"   // 12 hours, or ended by somebody
	standsLocked standing = "locked"  // idle
	standsMoved  standing = "moved"   // another browser, or another network
	standsStale  standing = "fresh"   // what is asked for wants the passkey anew
)

// visit is a request's session, with whose it is and how it stands.
type visit struct {
	session  store.StaffSession
	person   store.Person
	keys     int // passkeys that the person has
	token    string
	standing standing
}

// visit reads the session of a request. An error is a fault.
func (p *Pages) visit(r *http.Request, fresh bool) (visit, error) {
	v := visit{standing: standsOut}
	c, err := r.Cookie(cookieName)
	if err != nil || len(c.Value) > 64 {
		return v, nil
	}
	v.token = c.Value
	err = p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.StaffVisit(ctx, p.Key.mac(macSession, []byte(v.token)))
		v.session, v.person, v.keys = found.Session, found.Person, found.Keys
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return visit{standing: standsOut}, nil
	}
	if err != nil {
		return v, fmt.Errorf("read session: %w", err)
	}
	v.standing = p.stand(v.session, r, fresh)
	if v.standing != standsEnded && p.elsewhere(v.session, r) {
		return v, p.noteElsewhere(r, v.session)
	}
	return v, nil
}

// elsewhere says whether a request is from another browser or network than its session's.
func (p *Pages) elsewhere(s store.StaffSession, r *http.Request) bool {
	return !bytes.Equal(s.Agent, p.agent(r)) || s.Network != p.network(r)
}

// A session that is asked for elsewhere is noted once for each browser and network in elsewhereAgain, and at most
// elsewhereMost times in it for a person: whoever has a cookie can say of themselves what they like, and does not fill the log.
const (
	elsewhereAgain = 30 * time.Minute
	elsewhereMost  = 10
	elsewhereAct   = "session_elsewhere"
)

// noteElsewhere puts on record, before anything is answered, that a session was asked for from another browser or network:
// whoever holds another's cookie and has no passkey leaves that. Its note is the session, the network and a part of the
// browser's digest.
func (p *Pages) noteElsewhere(r *http.Request, s store.StaffSession) error {
	now, where := p.Now(), fmt.Sprintf("%s %s %x", s.ID, p.network(r), p.agent(r)[:4])
	told := func(ctx context.Context, tx *store.Tx) (bool, error) {
		notes, err := tx.StaffNotes(ctx, s.Name, elsewhereAct, now.Add(-elsewhereAgain), elsewhereMost)
		return len(notes) >= elsewhereMost || slices.Contains(notes, where), err
	}
	var known bool
	err := p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		known, err = told(ctx, tx)
		return err
	})
	if err != nil || known {
		return err
	}
	return p.Store.Write(r.Context(), fault.UseSession, func(ctx context.Context, tx *store.Tx) error {
		if known, err := told(ctx, tx); err != nil || known {
			return err
		}
		return note(ctx, tx, store.StaffEvent{Name: s.Name, Act: elsewhereAct, Who: NotKnown, Note: where}, now)
	})
}

// stand says how a session stands at a request.
func (p *Pages) stand(s store.StaffSession, r *http.Request, fresh bool) standing {
	now := p.Now()
	switch {
	case !s.EndedAt.IsZero() || now.Sub(s.BeganAt) >= sessionMost:
		return standsEnded
	case now.Sub(s.SeenAt) >= sessionIdle:
		return standsLocked
	case p.elsewhere(s, r):
		return standsMoved
	case fresh && now.Sub(s.TouchedAt) >= freshFor:
		return standsStale
	}
	return standsHere
}

// agent is a digest of what the browser says it is.
func (p *Pages) agent(r *http.Request) []byte {
	return p.Key.mac(macAgent, []byte(r.UserAgent()))[:16]
}

// network is where a request comes from, as widely as addresses change in one place: /24, or /64 of IPv6.
func (p *Pages) network(r *http.Request) string {
	addr := web.Source(r, p.proxies)
	bits := 24
	if addr.Is6() {
		bits = 64
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}

// seen writes down that a person is at work, now and then.
func (p *Pages) seen(ctx context.Context, v visit) error {
	now := p.Now()
	if now.Sub(v.session.SeenAt) < sessionSeen {
		return nil
	}
	return p.Store.Write(ctx, fault.UseSession, func(ctx context.Context, tx *store.Tx) error {
		return tx.SeeStaffSession(ctx, v.session.Token, now)
	})
}

// enter takes a passkey's answer: the session of the person whose it is goes on, or a new one begins; another
// person's ends. same says whether the request's session was that person's own: only then does what was typed go on.
// After too many that were refused, none from the same source is looked at for a while.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request, old *visit, token, answer string) (same bool, err error) {
	if p.answers.spent(p.source(r), p.Now()) {
		return false, errSlow
	}
	var person store.Person
	var session store.StaffSession
	secret := ident.Secret()
	err = p.Store.Write(r.Context(), fault.SignIn, func(ctx context.Context, tx *store.Tx) (err error) {
		now := p.Now()
		if person, err = p.answered(ctx, tx, token, answer, now); err != nil {
			return err
		}
		same = old.session.Name == person.Name
		if same && old.standing != standsEnded {
			session, err = p.touchIn(ctx, tx, r, *old, now)
			return err
		}
		if old.session.ID != "" && old.standing != standsEnded {
			if err := tx.EndStaffSession(ctx, old.session.Name, old.session.ID, "another_person", now); err != nil {
				return err
			}
		}
		session, err = p.beginIn(ctx, tx, r, person.Name, secret, now)
		return err
	})
	if refusedAnswer(err) {
		p.answers.refused(p.source(r), p.Now())
	}
	if err != nil {
		return false, err
	}
	if session.ID != old.session.ID {
		p.keepCookie(w, secret)
		old.token = secret
	}
	old.session, old.person, old.standing = session, person, standsHere
	return same, nil
}

// touchIn lets a session go on from where the passkey has answered. That it was elsewhere is on the record.
func (p *Pages) touchIn(ctx context.Context, tx *store.Tx, r *http.Request, old visit, now time.Time) (store.StaffSession, error) {
	s := old.session
	moved := p.elsewhere(s, r)
	s.SeenAt, s.TouchedAt, s.Agent, s.Network = now, now, p.agent(r), p.network(r)
	if err := tx.TouchStaffSession(ctx, s); err != nil || !moved {
		return s, err
	}
	return s, note(ctx, tx, store.StaffEvent{Name: s.Name, Act: "session_moved", Who: s.Name}, now)
}

func (p *Pages) beginIn(ctx context.Context, tx *store.Tx, r *http.Request, name, secret string, now time.Time) (store.StaffSession, error) {
	s := store.StaffSession{
		Token: p.Key.mac(macSession, []byte(secret)), ID: ident.New("ses"), Name: name, BeganAt: now, SeenAt: now, TouchedAt: now,
		Agent: p.agent(r), Network: p.network(r),
	}
	if err := tx.AddStaffSession(ctx, s); err != nil {
		return s, err
	}
	return s, note(ctx, tx, store.StaffEvent{Name: name, Act: "signed_in", Who: name}, now)
}

func (p *Pages) keepCookie(w http.ResponseWriter, secret string) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: secret, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// formToken is what a form carries so that it can only have come from a page of this session. Staff pages are not
// compressed: its length tells nothing.
func (p *Pages) formToken(token string) string {
	return base64.RawURLEncoding.EncodeToString(p.Key.mac(macForm, []byte(token))[:16])
}

func (p *Pages) formFits(token, typed string) bool {
	return token != "" && hmac.Equal([]byte(typed), []byte(p.formToken(token)))
}
