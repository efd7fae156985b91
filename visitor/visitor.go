// Package visitor is a browser without JavaScript, for the demonstration and for tests: it opens pages,
// fills in their forms, keeps their cookies and follows where they lead.
package visitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Visitor keeps cookies by host and reads forms. Once something has gone wrong it does nothing more.
type Visitor struct {
	Out      io.Writer // each step, a line; nil for none
	At       string    // the address of the last page
	Status   int       // of the last page
	Page     *html.Node
	Err      error
	Language string // Accept-Language; empty for none
	// Transport is how it goes out; nil for as everybody does.
	Transport http.RoundTripper
	cookies   map[string]map[string]string
}

func (v *Visitor) Open(ctx context.Context, address string) {
	v.do(ctx, "open", http.MethodGet, address, nil)
}

// Send fills in the page's form whose action begins with action, and sends it.
func (v *Visitor) Send(ctx context.Context, what, action string, typed map[string]string) {
	if v.Err != nil {
		return
	}
	form, to := v.form(action)
	if form == nil {
		v.Err = fmt.Errorf("%s: the page at %s has no form for %s: %s", what, v.host(), action, v.Text())
		return
	}
	for name, value := range typed {
		form.Set(name, value)
	}
	base, err := url.Parse(v.At)
	if err != nil {
		v.Err = err
		return
	}
	next, err := base.Parse(to)
	if err != nil {
		v.Err = err
		return
	}
	v.do(ctx, what, http.MethodPost, next.String(), form)
}

// do makes a request and follows where it leads.
func (v *Visitor) do(ctx context.Context, what, method, address string, form url.Values) {
	for range 6 {
		if v.Err != nil {
			return
		}
		next := v.one(ctx, what, method, address, form)
		if next == "" {
			return
		}
		what, method, address, form = "follow", http.MethodGet, next, nil
	}
	v.Err = errors.New("too many redirects")
}

func (v *Visitor) one(ctx context.Context, what, method, address string, form url.Values) (next string) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		v.Err = err
		return ""
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", r.URL.Scheme+"://"+r.URL.Host)
	}
	if v.Language != "" {
		r.Header.Set("Accept-Language", v.Language)
	}
	for name, value := range v.cookies[r.URL.Host] {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	way := v.Transport
	if way == nil {
		way = http.DefaultTransport
	}
	res, err := way.RoundTrip(r)
	if err != nil {
		v.Err = err
		return ""
	}
	defer res.Body.Close()
	v.Keep(r.URL.Host, res)
	v.At = address
	v.Status = res.StatusCode
	v.say("%-34s %-4s %-22s %d\n", what, method, r.URL.Host, res.StatusCode)
	if to := res.Header.Get("Location"); to != "" {
		u, err := r.URL.Parse(to)
		if err != nil {
			v.Err = err
			return ""
		}
		return u.String()
	}
	v.Page, v.Err = html.Parse(io.LimitReader(res.Body, 1<<20))
	return ""
}

func (v *Visitor) say(format string, args ...any) {
	if v.Out != nil {
		fmt.Fprintf(v.Out, format, args...)
	}
}

func (v *Visitor) host() string {
	u, err := url.Parse(v.At)
	if err != nil {
		return ""
	}
	return u.Host
}

// form reads the hidden and typed fields of the form whose action begins with action.
func (v *Visitor) form(action string) (url.Values, string) {
	for n := range v.Page.Descendants() {
		if n.Data != "form" || !strings.HasPrefix(attr(n, "action"), action) {
			continue
		}
		values := url.Values{}
		for i := range n.Descendants() {
			if i.Data == "input" && attr(i, "type") != "checkbox" {
				values.Set(attr(i, "name"), attr(i, "value"))
			}
		}
		return values, attr(n, "action")
	}
	return nil, ""
}

// Amount is the price on the page, in cents.
func (v *Visitor) Amount() int64 {
	if v.Err != nil {
		return 0
	}
	for n := range v.Page.Descendants() {
		if attr(n, "class") == "city-price" {
			var cents int64
			for _, c := range textOf(n) {
				if c >= '0' && c <= '9' {
					cents = cents*10 + int64(c-'0')
				}
			}
			v.say("  the page says: %s\n", textOf(n))
			return cents
		}
	}
	v.Err = errors.New("the page names no price")
	return 0
}

func (v *Visitor) Text() string {
	if v.Page == nil {
		return ""
	}
	for n := range v.Page.Descendants() {
		if n.Data == "main" {
			return strings.Join(strings.Fields(textOf(n)), " ")
		}
	}
	return strings.Join(strings.Fields(textOf(v.Page)), " ")
}

func textOf(n *html.Node) string {
	var t strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			t.WriteString(c.Data)
		}
	}
	return t.String()
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Keep keeps the cookies of a host's answer: of one that was asked for beside the visitor, too.
func (v *Visitor) Keep(host string, res *http.Response) {
	if v.cookies == nil {
		v.cookies = map[string]map[string]string{}
	}
	if v.cookies[host] == nil {
		v.cookies[host] = map[string]string{}
	}
	for _, c := range res.Cookies() {
		v.cookies[host][c.Name] = c.Value
	}
}

// Cookie is what the visitor would send to an address, as a header.
func (v *Visitor) Cookie(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	var all []string
	for name, value := range v.cookies[u.Host] {
		all = append(all, name+"="+value)
	}
	return strings.Join(all, "; ")
}

// Hidden is the value of a field of the page, by its name.
func (v *Visitor) Hidden(name string) string {
	for n := range v.Page.Descendants() {
		if n.Data == "input" && attr(n, "name") == name {
			return attr(n, "value")
		}
	}
	return ""
}
