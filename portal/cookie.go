package portal

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

// visit is what a visitor is doing, in one cookie that is sealed with the portal's key: nothing of it
// can be read or changed in the browser, and nothing of it is kept here.
type visit struct {
	Secret  string       `json:"s"`           // of this browser; form tokens are made of it
	Tokens  []string     `json:"t,omitempty"` // signed quotes, at most ten
	Attempt string       `json:"a,omitempty"` // the last payment begun, to be closed when another is
	Code    string       `json:"c,omitempty"` // the id of the one-time code that has opened them; gives no right without them
	Lang    string       `json:"l,omitempty"` // last spoken, for pages that have no language of their own
	Began   int64        `json:"b"`           // seconds; a visit lasts a day
	Review  *visitReview `json:"r,omitempty"` // the last one asked for
}

const (
	cookieName = "__Host-fundy"
	cookieMost = 3800 // a browser takes 4,096 with name and attributes
	visitLife  = 24 * time.Hour
)

// visit reads the cookie; one that is missing, old or not ours is a new visit.
func (p *Portal) visit(r *http.Request) visit {
	fresh := visit{Secret: rand.Text(), Began: p.Now().Unix()}
	c, err := r.Cookie(cookieName)
	if err != nil {
		return fresh
	}
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return fresh
	}
	plain, err := p.cookies.Open(nil, nil, b, []byte(cookieName))
	if err != nil {
		return fresh
	}
	var v visit
	if json.Unmarshal(plain, &v) != nil || v.Secret == "" || p.Now().Sub(time.Unix(v.Began, 0)) > visitLife {
		return fresh
	}
	return v
}

// keep sets the cookie. Its seal has a random nonce, so it is another text each time.
func (p *Portal) keep(w http.ResponseWriter, v visit) {
	plain, err := json.Marshal(v)
	if err != nil {
		return // strings and a number: it can't be
	}
	value := base64.RawURLEncoding.EncodeToString(p.cookies.Seal(nil, nil, plain, []byte(cookieName)))
	if len(value) > cookieMost {
		p.Log.Error("portal: visit too large for a cookie", "bytes", len(value))
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// formToken is what a form carries so that it can only have come from a page of this visit. It is
// masked anew each time: compressed beside what was typed, its length tells nothing (BREACH).
func (v visit) formToken() string {
	mask := make([]byte, len(v.Secret))
	rand.Read(mask)
	out := append([]byte(nil), mask...)
	for i := range mask {
		out = append(out, mask[i]^v.Secret[i])
	}
	return base64.RawURLEncoding.EncodeToString(out)
}

func (v visit) formTokenFits(token string) bool {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != 2*len(v.Secret) {
		return false
	}
	n := len(v.Secret)
	for i := range n {
		b[n+i] ^= b[i]
	}
	return subtle.ConstantTimeCompare(b[n:], []byte(v.Secret)) == 1
}
