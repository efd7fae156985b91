package portal

import (
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"connectrpc.com/connect"

	"fundy/desk/deskpb"
)

// codePage is a one-time code as it was typed.
type codePage struct{ Code string }

// showCode asks for the code that a clerk has read out on the telephone.
func (p *Portal) showCode(w http.ResponseWriter, _ *http.Request, v *view) error {
	v.Data = &codePage{}
	return p.show(w, v, http.StatusOK, "code")
}

// openCode opens the tickets of a code. They take the place of what the visit held: the code's payment is of them.
func (p *Portal) openCode(w http.ResponseWriter, r *http.Request, v *view) error {
	typed := &codePage{Code: field(r, "code")}
	v.Data = typed
	// The switch of language is a button of this form: what was typed stays.
	if lang := r.PostFormValue("lang"); lang != "" && slices.Contains(languages, lang) {
		v.Lang = lang
		return p.show(w, v, http.StatusOK, "code")
	}
	if v.card != "" {
		return p.wrongCode(w, v, "card.refused")
	}
	if typed.Code == "" {
		return p.wrongCode(w, v, "code.missing")
	}
	from := p.source(r)
	if wait := p.codes.wait(from, p.Now()); wait > 0 {
		minutes := int((wait + time.Minute - 1) / time.Minute)
		w.Header().Set("Retry-After", "60")
		v.Problem = &problem{Field: "code", Key: "code.wait", Fill: []any{"minutes", minutes}}
		return p.show(w, v, http.StatusTooManyRequests, "code")
	}
	res, err := p.Desk.OpenCode(r.Context(), &deskpb.OpenCodeRequest{Code: typed.Code})
	if away(err) && r.Context().Err() == nil {
		p.codes.right(from)
		p.Log.Error("portal: no answer to a one-time code", "route", r.Pattern, "code", connect.CodeOf(err).String(), "err", err)
		v.Problem = &problem{Field: "code", Key: "find.away"}
		w.Header().Set("Retry-After", "10")
		return p.show(w, v, http.StatusServiceUnavailable, "code")
	}
	if err != nil {
		p.codes.right(from)
		return err
	}
	switch o := res.GetOutcome().(type) {
	case *deskpb.OpenCodeResponse_Opened:
		p.codes.right(from)
		v.visit.Tokens, v.visit.Code = nil, o.Opened.GetId()
		for _, t := range o.Opened.GetTickets() {
			v.visit.Tokens = append(v.visit.Tokens, t.GetQuote().GetToken())
		}
		return p.redirect(w, r, v, v.Path("tickets"))
	case *deskpb.OpenCodeResponse_SlowDown:
		p.codes.right(from)
		v.Problem = &problem{Field: "code", Key: "find.slow", Fill: []any{"seconds", o.SlowDown.GetSeconds()}}
		return p.show(w, v, http.StatusTooManyRequests, "code")
	}
	if why := res.GetWrong(); why == "used" || why == "over" {
		return p.wrongCode(w, v, "code."+why)
	}
	return p.wrongCode(w, v, "code.wrong")
}

func (p *Portal) wrongCode(w http.ResponseWriter, v *view, key string) error {
	v.Problem = &problem{Field: "code", Key: key}
	return p.show(w, v, http.StatusUnprocessableEntity, "code")
}

// codeRefused leads back to the code's page when the code of a visit begins no payment: its clerk makes another. What
// the visit held is let go, so that nothing is paid without the clerk's knowing.
func (p *Portal) codeRefused(w http.ResponseWriter, v *view, reason string) error {
	v.visit.Tokens, v.visit.Code = nil, ""
	v.Data, v.Switch = &codePage{}, ""
	v.Problem = &problem{Field: "code", Key: "refused." + reason}
	return p.show(w, v, http.StatusConflict, "code")
}

// ByCode says whether the visit's tickets were opened by a one-time code.
func (v *view) ByCode() bool { return v.visit.Code != "" }

// Limits of wrong codes from one source: so many within so long, then it waits. The whole city's are the office's.
const (
	wrongFree   = 5
	wrongWithin = 20 * time.Minute
)

// wrongCodes remembers when each source was wrong, in memory only: what a restart forgets, an attacker gains five
// guesses by, of a thousand million.
type wrongCodes struct {
	mu  sync.Mutex
	all map[netip.Prefix][]time.Time // oldest first, at most wrongFree
}

func newWrongCodes() *wrongCodes { return &wrongCodes{all: map[netip.Prefix][]time.Time{}} }

// wait is how long a source waits before it may try a code; zero: it may, and is counted as wrong until right says
// that it was not. So many at once count one after the other.
func (c *wrongCodes) wait(from netip.Prefix, now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	times := c.all[from]
	for len(times) > 0 && now.Sub(times[0]) >= wrongWithin {
		times = times[1:]
	}
	if len(times) >= wrongFree {
		c.all[from] = times
		return times[0].Add(wrongWithin).Sub(now)
	}
	if times == nil && len(c.all) >= sourcesMost {
		clear(c.all) // kinder than to refuse whoever is new; the office still counts for the city
	}
	c.all[from] = append(times, now)
	return 0
}

// right takes the last one back: it was right, or nobody could say.
func (c *wrongCodes) right(from netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if times := c.all[from]; len(times) > 1 {
		c.all[from] = times[:len(times)-1]
		return
	}
	delete(c.all, from)
}
