package citytest

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html"

	"fundy/city"
	"fundy/fault"
	"fundy/office"
	"fundy/office/staff"
	"fundy/store"
)

// OpenStaff has the office serve the staff pages, before it is started.
func (c *Processes) OpenStaff() error {
	at := freePort()
	_, port, _ := strings.Cut(at, ":")
	return c.Set(func(s *city.Settings) { s.Office.Listen, s.Office.PublicURL = at, "http://localhost:"+port })
}

// Set changes the settings of the office, before it is started.
func (c *Processes) Set(change func(s *city.Settings)) error {
	change(&c.Settings)
	return c.write("office", c.Settings)
}

// Hand is somebody at the staff pages of a city of processes, at a browser without scripts. It gives up nothing that an
// office has not answered: the same form can be sent again.
type Hand struct {
	Name   string
	Status int
	Page   string // what the last page says
	city   *Processes
	cookie string
	node   *html.Node
}

// A Hand's browser, and where it is.
const (
	handAgent = "Hand/1.0"
	handFrom  = "127.0.0.1:1"
)

// Joins lets somebody with roles into the staff pages. The session is made here, by the same pages on the same store and
// with the same key, in the way of the demonstration: an office that a test starts asks for a passkey.
func (c *Processes) Joins(ctx context.Context, name string, roles ...string) (*Hand, error) {
	pages, desk, err := c.standIn(ctx, name)
	if err != nil {
		return nil, err
	}
	if _, err := desk.Invite(ctx, name, roles, staff.OnHost); err != nil {
		return nil, err
	}
	now := c.Clock.Now()
	err = c.auditor.store.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		return tx.AddStaffKey(ctx, store.StaffKey{ID: []byte(name), Name: name, Host: "localhost", Record: []byte("{}"), MadeAt: now, UsedAt: now})
	})
	if err != nil {
		return nil, err
	}
	h := &Hand{Name: name, city: c}
	return h, h.signIn(pages)
}

// SignIn is a new session, for a clock that has gone on.
func (h *Hand) SignIn(ctx context.Context) error {
	pages, _, err := h.city.standIn(ctx, h.Name)
	if err != nil {
		return err
	}
	return h.signIn(pages)
}

// standIn are the staff pages with a stand-in for a person's passkey, and what is done about people.
func (c *Processes) standIn(ctx context.Context, name string) (http.Handler, staff.Desk, error) {
	key, err1 := c.staffKey()
	rules, err2 := office.LoadRules(ctx, c.auditor.store)
	roles, err3 := staff.ParseRoles(nil)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, staff.Desk{}, err
	}
	desk := staff.Desk{Store: c.auditor.store, Key: key, Roles: roles, Host: "localhost", Now: c.Clock.Now}
	pages, err := staff.New(staff.Config{
		Settings: c.Settings, Store: c.auditor.store, Rules: func() city.Rules { return rules }, Key: key, Now: c.Clock.Now, Log: slog.New(slog.DiscardHandler),
		StandIn: &staff.StandIn{Secret: make([]byte, 32), People: []staff.StandInPerson{{Name: name, Role: "clerk"}}},
	})
	if err != nil {
		return nil, desk, err
	}
	return pages.Handler(), desk, nil
}

// staffKey is the key with which the office makes codes and sessions.
func (c *Processes) staffKey() (staff.Key, error) {
	text, err := os.ReadFile(filepath.Join(c.dir, "office", "keys", "office", "token.key"))
	if err != nil {
		return staff.Key{}, err
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	return staff.Key{ID: 1, Key: secret}, err
}

var (
	ceremonyIn = regexp.MustCompile(`name="ceremony" value="([^"]+)"`)
	buttonIn   = regexp.MustCompile(`name="answer" value="([^"]+)"`)
)

func (h *Hand) signIn(pages http.Handler) error {
	ask := func(method string, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/signin", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("User-Agent", handAgent)
		r.RemoteAddr = handFrom
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		return w
	}
	page := ask(http.MethodGet, nil).Body.String()
	c, a := ceremonyIn.FindStringSubmatch(page), buttonIn.FindStringSubmatch(page)
	if c == nil || a == nil {
		return fmt.Errorf("%s can't sign in: %s", h.Name, page)
	}
	for _, one := range ask(http.MethodPost, url.Values{"ceremony": {c[1]}, "answer": {a[1]}}).Result().Cookies() {
		h.cookie = one.Name + "=" + one.Value
		return nil
	}
	return fmt.Errorf("%s has not signed in", h.Name)
}

// Open opens a page. An error: nobody answered.
func (h *Hand) Open(ctx context.Context, path string) error {
	return h.do(ctx, http.MethodGet, path, "", nil)
}

// Form is what the page's form has that a button with this address sends, as it stands.
func (h *Hand) Form(action string) (url.Values, error) {
	for n := range h.node.Descendants() {
		if n.Data == "form" && (valueOf(n, "action") == action || hasButton(n, action)) {
			return fieldsOf(n), nil
		}
	}
	return nil, fmt.Errorf("no form for %s on the page: %d %s", action, h.Status, h.Page)
}

// Action is the address of the page's first form that begins with a text; "" for none.
func (h *Hand) Action(begins string) string {
	for n := range h.node.Descendants() {
		if n.Data == "form" && strings.HasPrefix(valueOf(n, "action"), begins) {
			return valueOf(n, "action")
		}
	}
	return ""
}

func hasButton(form *html.Node, action string) bool {
	for n := range form.Descendants() {
		if n.Data == "button" && valueOf(n, "formaction") == action {
			return true
		}
	}
	return false
}

func fieldsOf(form *html.Node) url.Values {
	all := url.Values{}
	for n := range form.Descendants() {
		if n.Data == "input" && valueOf(n, "type") != "checkbox" && valueOf(n, "type") != "file" {
			all.Add(valueOf(n, "name"), valueOf(n, "value"))
		}
	}
	return all
}

func valueOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Send sends a form and reads the page that follows. An error: nobody answered.
func (h *Hand) Send(ctx context.Context, action string, form url.Values) error {
	return h.do(ctx, http.MethodPost, action, "application/x-www-form-urlencoded", []byte(form.Encode()))
}

// Upload sends a form with a file.
func (h *Hand) Upload(ctx context.Context, action string, form url.Values, name string, content []byte) error {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for field, values := range form {
		for _, value := range values {
			if err := m.WriteField(field, value); err != nil {
				return err
			}
		}
	}
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		return err
	}
	if _, err := part.Write(content); err != nil {
		return err
	}
	if err := m.Close(); err != nil {
		return err
	}
	return h.do(ctx, http.MethodPost, action, m.FormDataContentType(), body.Bytes())
}

// handWithin bounds how long a person waits for an answer.
const handWithin = 20 * time.Second

func (h *Hand) do(ctx context.Context, method, path, kind string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, handWithin)
	defer cancel()
	at := h.city.Settings.Office.PublicURL
	r, err := http.NewRequestWithContext(ctx, method, at+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Close = true // an office that has died meanwhile leaves a connection behind
	r.Header.Set("User-Agent", handAgent)
	r.Header.Set("Cookie", h.cookie)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", at)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if to := res.Header.Get("Location"); to != "" {
		return h.do(ctx, http.MethodGet, to, "", nil)
	}
	h.Status = res.StatusCode
	page, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		return err
	}
	if h.node, err = html.Parse(bytes.NewReader(page)); err != nil {
		return err
	}
	h.Page = string(page)
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	var text strings.Builder
	for n := range h.node.Descendants() {
		if n.Type == html.TextNode {
			text.WriteString(n.Data + " ")
		}
	}
	h.Page = strings.Join(strings.Fields(strings.ReplaceAll(text.String(), "\u00a0", " ")), " ")
	return nil
}
