package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html"

	"fundy/store"
)

// once pays one ticket over plain HTTP, as a browser without JavaScript would: each step reads the page
// before it and sends its form.
func (d *demo) once(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s, ok := d.find(tries[0])
	if !ok {
		s, ok = d.find(try{fits: func(s sample, _ int) bool { return s.State == "open" && !s.NoPlate && s.Offence != "WARNING" }})
	}
	if !ok {
		return errors.New("no ticket of these can be paid")
	}
	b := &browser{out: out, cookies: map[string]map[string]string{}}
	started := time.Now()
	b.open(ctx, d.portal+"/")
	b.open(ctx, d.portal+"/pay")
	b.send(ctx, "look for ticket "+s.Number, "/pay/find", map[string]string{"number": s.Number, "plate": s.Plate})
	quoted := b.amount()
	b.open(ctx, d.portal+"/pay/confirm")
	b.send(ctx, "confirm", "/pay/start", map[string]string{})
	attempt := ""
	b.send(ctx, "type a test card on the card page", "/c/pay/", map[string]string{"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123"})
	for range 5 {
		if b.err != nil || strings.Contains(b.at, "/receipt") {
			break
		}
		b.open(ctx, b.at)
	}
	if m := regexp.MustCompile(`/r/([0-9a-z]+)/`).FindStringSubmatch(b.at); m != nil {
		attempt = m[1]
	}
	receipt := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(b.text())
	if b.err != nil {
		return b.err
	}
	if receipt == "" || attempt == "" {
		return fmt.Errorf("no receipt at %s", d.path(b.at))
	}
	return d.agree(ctx, out, s, quoted, attempt, receipt, time.Since(started))
}

// path is an address without its secret.
func (d *demo) path(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an unreadable address"
	}
	return u.Host
}

// agree compares with the ledger, and prints the one line.
func (d *demo) agree(ctx context.Context, out io.Writer, s sample, quoted int64, attempt, receipt string, took time.Duration) error {
	var check bytes.Buffer
	cmd, err := child(ctx, &check, "ledger", "check", "--city", d.dir, "--json")
	if err != nil {
		return err
	}
	runErr := cmd.Run()
	var ledger store.LedgerCheck
	if err := json.Unmarshal(check.Bytes(), &ledger); err != nil {
		return errors.Join(fmt.Errorf("read ledger check: %w: %s", err, check.String()), runErr)
	}
	line, err := json.Marshal(struct {
		Ticket   string `json:"ticket"`
		Quoted   int64  `json:"quoted"`
		Captured int64  `json:"captured"`
		Attempt  string `json:"attempt"`
		State    string `json:"state"`
		Receipt  string `json:"receipt"`
		MS       int64  `json:"ms"`
	}{s.Number, quoted, ledger.Captured, attempt, "captured", receipt, took.Milliseconds()})
	if err != nil {
		return err
	}
	if runErr != nil {
		return runErr
	}
	if ledger.Captured != quoted || ledger.Clearing != quoted {
		return fmt.Errorf("the ledger does not agree: quoted %d, captured %d, clearing %d", quoted, ledger.Captured, ledger.Clearing)
	}
	fmt.Fprintln(out, string(line))
	return nil
}

// browser keeps cookies by host and reads forms. Once something has gone wrong it does nothing more.
type browser struct {
	out     io.Writer
	cookies map[string]map[string]string
	at      string
	page    *html.Node
	err     error
}

func (b *browser) open(ctx context.Context, address string) {
	b.do(ctx, "open", http.MethodGet, address, nil)
}

// send fills in the page's form whose action begins with action, and sends it.
func (b *browser) send(ctx context.Context, what, action string, typed map[string]string) {
	if b.err != nil {
		return
	}
	form, to := b.form(action)
	if form == nil {
		b.err = fmt.Errorf("%s: the page at %s has no form for %s: %s", what, b.host(), action, b.text())
		return
	}
	for name, value := range typed {
		form.Set(name, value)
	}
	base, err := url.Parse(b.at)
	if err != nil {
		b.err = err
		return
	}
	next, err := base.Parse(to)
	if err != nil {
		b.err = err
		return
	}
	b.do(ctx, what, http.MethodPost, next.String(), form)
}

// do makes a request and follows where it leads.
func (b *browser) do(ctx context.Context, what, method, address string, form url.Values) {
	for range 6 {
		if b.err != nil {
			return
		}
		next := b.one(ctx, what, method, address, form)
		if next == "" {
			return
		}
		what, method, address, form = "follow", http.MethodGet, next, nil
	}
	b.err = errors.New("too many redirects")
}

func (b *browser) one(ctx context.Context, what, method, address string, form url.Values) (next string) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.err = err
		return ""
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", r.URL.Scheme+"://"+r.URL.Host)
	}
	for name, value := range b.cookies[r.URL.Host] {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.err = err
		return ""
	}
	defer res.Body.Close()
	if b.cookies[r.URL.Host] == nil {
		b.cookies[r.URL.Host] = map[string]string{}
	}
	for _, c := range res.Cookies() {
		b.cookies[r.URL.Host][c.Name] = c.Value
	}
	b.at = address
	fmt.Fprintf(b.out, "%-34s %-4s %-22s %d\n", what, method, r.URL.Host, res.StatusCode)
	if to := res.Header.Get("Location"); to != "" {
		u, err := r.URL.Parse(to)
		if err != nil {
			b.err = err
			return ""
		}
		return u.String()
	}
	if b.page, b.err = html.Parse(io.LimitReader(res.Body, 1<<20)); b.err == nil && res.StatusCode != http.StatusOK {
		b.err = fmt.Errorf("%s: answered %d: %s", what, res.StatusCode, b.text())
	}
	return ""
}

func (b *browser) host() string {
	u, err := url.Parse(b.at)
	if err != nil {
		return ""
	}
	return u.Host
}

// form reads the hidden and typed fields of the form whose action begins with action.
func (b *browser) form(action string) (url.Values, string) {
	for n := range b.page.Descendants() {
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

// amount is the price on the page, in cents.
func (b *browser) amount() int64 {
	if b.err != nil {
		return 0
	}
	for n := range b.page.Descendants() {
		if attr(n, "class") == "city-price" {
			var cents int64
			for _, c := range textOf(n) {
				if c >= '0' && c <= '9' {
					cents = cents*10 + int64(c-'0')
				}
			}
			fmt.Fprintf(b.out, "  the page says: %s\n", textOf(n))
			return cents
		}
	}
	b.err = errors.New("the page names no price")
	return 0
}

func (b *browser) text() string {
	if b.page == nil {
		return ""
	}
	for n := range b.page.Descendants() {
		if n.Data == "main" {
			return strings.Join(strings.Fields(textOf(n)), " ")
		}
	}
	return strings.Join(strings.Fields(textOf(b.page)), " ")
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
