package staff

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode"

	"fundy/fault"
	"fundy/ident"
	"fundy/store"
	"fundy/web"
)

// showSignIn asks whoever is there for his passkey: also another person, on a machine where somebody is signed in.
func (p *Pages) showSignIn(w http.ResponseWriter, r *http.Request, v *view) error {
	v.visit = visit{standing: standsOut}
	return p.touch(w, r, v)
}

// signIn takes the passkey's answer and leads to where the person was going. Another person than the session's
// comes to his own first page.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request, v *view) error {
	if r.PostForm.Get(fieldAnswer) == "" { // without JavaScript: nobody was asked, so nothing was refused
		v.Problem = &problem{Field: "passkey", Key: "touch.unasked"}
		return p.touch(w, r, v)
	}
	before := v.visit.session.Name
	same, err := p.enter(w, r, &v.visit, r.PostForm.Get(fieldCeremony), r.PostForm.Get(fieldAnswer))
	if v.Problem = answerProblem(err); v.Problem != nil {
		return p.touch(w, r, v)
	}
	if err != nil {
		return err
	}
	to := r.PostForm.Get(fieldTo)
	if before != "" && !same || !inside(to) {
		to = "/"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// inside says whether an address is one of ours, as a browser reads it: tabs and line ends in it count for nothing there.
func inside(to string) bool {
	return strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !strings.Contains(to, "\\") && !strings.ContainsFunc(to, unicode.IsControl)
}

func (p *Pages) signOut(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := p.endSession(r.Context(), v.visit.person.Name, v.visit.session.ID, "signed_out", v.visit.person.Name); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
	return nil
}

func (p *Pages) endSession(ctx context.Context, name, id, act, by string) error {
	return p.Store.Write(ctx, fault.EndSession, func(ctx context.Context, tx *store.Tx) error {
		now := p.Now()
		if err := tx.EndStaffSession(ctx, name, id, act, now); err != nil {
			return err
		}
		return note(ctx, tx, store.StaffEvent{Name: name, Act: act, Who: by}, now)
	})
}

func (p *Pages) setLanguage(w http.ResponseWriter, r *http.Request, _ *view) error {
	lang, back := r.PostForm.Get("lang"), r.PostForm.Get("back")
	if lang != "fr" {
		lang = "en"
	}
	if !inside(back) {
		back = "/"
	}
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: lang, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 365 * 24 * 3600,
	})
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}

func (p *Pages) showInvite(w http.ResponseWriter, _ *http.Request, v *view) error {
	return p.show(w, v, http.StatusOK, "invite")
}

// joinPage lets somebody whose code is good make his first passkey.
type joinPage struct {
	asked
	Name string
}

// takeCode reads a one-time code. It is used up only when the passkey is made.
func (p *Pages) takeCode(w http.ResponseWriter, r *http.Request, v *view) error {
	if !p.codes.allow(p.source(r), p.Now()) {
		v.Problem = &problem{Field: "code", Key: "invite.slow"}
		return p.show(w, v, http.StatusTooManyRequests, "invite")
	}
	code := p.Key.code(r.PostForm.Get("code"))
	var h *holder
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		i, err := tx.Invitation(ctx, code)
		if err != nil {
			return err
		}
		if !i.UsedAt.IsZero() || !p.Now().Before(i.Until) {
			return store.ErrNotFound
		}
		person, err := tx.Person(ctx, i.Name)
		if err != nil {
			return err
		}
		h, err = holderOf(ctx, tx, person)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		v.Problem = &problem{Field: "code", Key: "invite.wrong"}
		return p.show(w, v, http.StatusUnprocessableEntity, "invite")
	}
	if err != nil {
		return err
	}
	asked, err := p.askNewPasskey(h, toJoin, code)
	if err != nil {
		return err
	}
	v.Data = &joinPage{asked, h.Name}
	return p.show(w, v, http.StatusOK, "invite_key")
}

// join makes the first passkey, uses the code up, and lets the person in: one transaction.
func (p *Pages) join(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := p.Key.read(r.PostForm.Get(fieldCeremony), toJoin, p.Now())
	secret := ident.Secret()
	if err == nil {
		err = p.Store.Write(r.Context(), fault.TakeInvitation, func(ctx context.Context, tx *store.Tx) error {
			now := p.Now()
			if err := tx.UseInvitation(ctx, c.Code, now); err != nil {
				return err
			}
			person, err := p.made(ctx, tx, c, r.PostForm.Get(fieldAnswer), now)
			if err != nil {
				return err
			}
			_, err = p.beginIn(ctx, tx, r, person.Name, secret, now)
			return err
		})
	}
	if refusedAnswer(err) {
		v.Problem = &problem{Field: "code", Key: "invite.refused"}
		return p.show(w, v, http.StatusUnprocessableEntity, "invite")
	}
	if err != nil {
		return err
	}
	p.keepCookie(w, secret)
	http.Redirect(w, r, "/?said=joined", http.StatusSeeOther)
	return nil
}

// tries counts what was refused or typed, by source: IPv6 counts by /64, which is what one household has.
type tries struct {
	mu    sync.Mutex
	typed map[netip.Prefix][]time.Time // at most triesMost each
}

const (
	triesMost = 20
	triesFor  = 20 * time.Minute
	triesFrom = 10_000 // sources remembered; beyond it all are forgotten
)

func newTries() *tries { return &tries{typed: map[netip.Prefix][]time.Time{}} }

// allow counts one, and says whether it was not too many. A code has 80 random bits: this spares the store only.
func (t *tries) allow(from netip.Prefix, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.full(from, now) {
		return false
	}
	t.typed[from] = append(t.typed[from], now)
	return true
}

// spent says whether a source has used up its tries; refused counts one. Who is let in counts for nothing: all of City Hall
// can be one source.
func (t *tries) spent(from netip.Prefix, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.full(from, now)
}

func (t *tries) refused(from netip.Prefix, now time.Time) { t.allow(from, now) }

// full forgets what is over, and says whether the rest is too many. The caller holds the lock.
func (t *tries) full(from netip.Prefix, now time.Time) bool {
	if len(t.typed) > triesFrom {
		clear(t.typed)
	}
	kept := t.typed[from]
	for len(kept) > 0 && now.Sub(kept[0]) >= triesFor {
		kept = kept[1:]
	}
	if len(kept) == 0 {
		delete(t.typed, from)
		return false
	}
	t.typed[from] = kept
	return len(kept) >= triesMost
}

// source is the network that a request comes from.
func (p *Pages) source(r *http.Request) netip.Prefix {
	addr := web.Source(r, p.proxies)
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // all that have no address are one
	}
	return prefix
}
