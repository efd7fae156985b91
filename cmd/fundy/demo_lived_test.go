package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A small city that has lived is found in order by the ordinary program, and its office shows what waits.
func TestADemonstrationThatHasLived(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "kept")
	out, demo := &lines{}, exec.Command(program, "demo", "--lived", "--size", "600", "--keep", root)
	demo.Stdout, demo.Stderr = out, out
	demo.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		demo.Process.Signal(syscall.SIGTERM)
		demo.Wait() //nolint:errcheck // it was told to end
	}()
	out.waitLong(t, allReady)
	dir := filepath.Join(root, "city")
	said, code := fundy(t, "ledger", "check", "--city", dir)
	if code != 0 || !strings.Contains(said, "everything agrees") || !strings.Contains(said, "600 tickets") {
		t.Errorf("ledger check ends with %d:\n%s", code, said)
	}
	said, code = fundy(t, "queue", "--city", dir)
	for _, want := range []string{"unallocated", "stopped", "chargeback", "item", "feed", "refund", "returned", "drawer", "deposit"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing in the queue is of kind %s (%d):\n%s", want, code, said)
		}
	}
	at := out.waitFor(t, officeAt)
	everyListHasRows(t, at)
	theProcessorIsAsked(t, at, dir)
	for want, args := range map[string][]string{
		"goes with neither": {"demo", "--lived", "--once"}, "--size: 600 to 200000 tickets": {"demo", "--lived", "--size", "599"},
	} {
		if said, code := fundy(t, args...); code != 2 || !strings.Contains(said, want) {
			t.Errorf("%v ends with %d:\n%s", args, code, said)
		}
	}
}

// worksLine is a line of the page of all that waits: its list, where it leads to, how much is on it, and since when.
var worksLine = regexp.MustCompile(`(?s)<th scope="row"[^>]*><a class="govuk-link" href="([^"]+)">([^<]+)</a></th><td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td>`)

// everyListHasRows wants at least two cases on each list of what waits that anybody at work sees, and all lists among
// them: as the running demonstration shows them, whose office goes on settling meanwhile.
func everyListHasRows(t *testing.T, at string) {
	t.Helper()
	lists := map[string]bool{}
	for _, who := range []string{"ben", "carl", "dora", "anne"} {
		token := signedIn(t, at, who)
		for _, line := range worksLine.FindAllStringSubmatch(as(t, token, at+"/work"), -1) {
			count, err := strconv.Atoi(strings.TrimSuffix(line[3], " or more"))
			if err != nil || count < 2 || strings.TrimSpace(line[4]) == "–" {
				t.Errorf("%s sees %q of %q, since %q", who, line[3], line[2], line[4])
			}
			lists[line[2]] = true
			if page := as(t, token, at+strings.ReplaceAll(line[1], "&amp;", "&")); !strings.Contains(page, "<tbody") {
				t.Errorf("%s: the page of %q has no row", who, line[2])
			}
		}
	}
	b, err := os.ReadFile("../../office/staff/words/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var words map[string]string
	if err := json.Unmarshal(b, &words); err != nil {
		t.Fatal(err)
	}
	for key, list := range words { // each list has its name there, and nothing else has
		if strings.HasPrefix(key, "work.list.") && !lists[list] {
			t.Errorf("nobody at work sees %q", list)
		}
	}
}

// signedIn is the session of somebody whom the demonstration lets in with one click.
func signedIn(t *testing.T, at, who string) *http.Cookie {
	t.Helper()
	page := get(t, at+"/")
	c, a := ceremonyIn.FindStringSubmatch(page), regexp.MustCompile(`name="answer" value="(demo\.`+who+`\.[^"]+)"`).FindStringSubmatch(page)
	if c == nil || a == nil {
		t.Fatalf("no button of %s's in\n%s", who, page)
	}
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := noFollow.PostForm(at+"/signin", url.Values{"ceremony": {c[1]}, "answer": {a[1]}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if len(res.Cookies()) != 1 {
		t.Fatalf("%s is not let in: %d", who, res.StatusCode)
	}
	return res.Cookies()[0]
}

// as is a page as somebody who is signed in sees it, in English.
func as(t *testing.T, session *http.Cookie, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(session)
	r.Header.Set("Accept-Language", "en")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d, %v", address, res.StatusCode, err)
	}
	return string(b)
}

var (
	underWayRow = regexp.MustCompile(`(?s)(pi_\w+)[^<]*<form method="post" action="/work/underway/ask"><input type="hidden" name="form" value="([^"]+)"><input type="hidden" name="id" value="([^"]+)">`)
	baseURL     = regexp.MustCompile(`base_url *= *['"]([^'"]+)['"]`)
)

// theProcessorIsAsked has it asked about two payments that do not go on: of one it says nothing new; the other was let go at
// its own pages meanwhile, and leaves the list.
func theProcessorIsAsked(t *testing.T, at, dir string) {
	t.Helper()
	ben := signedIn(t, at, "ben")
	rows := underWayRow.FindAllStringSubmatch(as(t, ben, at+"/work/underway"), -1)
	settings, err := os.ReadFile(filepath.Join(dir, "city.toml"))
	if err != nil || len(rows) != 2 || !baseURL.Match(settings) {
		t.Fatalf("%d payments do not go on; %v", len(rows), err)
	}
	key, err := os.ReadFile(filepath.Join(dir, "keys", "office", "processor.key"))
	if err != nil {
		t.Fatal(err)
	}
	sends := func(address string, form url.Values, prepare func(*http.Request)) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		prepare(r)
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	asks := func(row []string) string {
		t.Helper()
		res := sends(at+"/work/underway/ask", url.Values{"form": {row[2]}, "id": {row[3]}}, func(r *http.Request) {
			r.AddCookie(ben)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		})
		_, said, _ := strings.Cut(res.Header.Get("Location"), "said=")
		return said
	}
	if said := asks(rows[0]); said != "waits_same" {
		t.Errorf("asked about %s: %s", rows[0][1], said)
	}
	res := sends(string(baseURL.FindSubmatch(settings)[1])+"/v1/payment_intents/"+rows[1][1]+"/cancel", url.Values{}, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(key)))
	})
	if res.StatusCode != http.StatusOK {
		t.Fatalf("the card processor answers %d", res.StatusCode)
	}
	// Where the office itself has asked some seconds ago, that answer still stands.
	for end := time.Now().Add(time.Minute); asks(rows[1]) != "waits_moved"; time.Sleep(2 * time.Second) {
		if time.Now().After(end) {
			t.Fatalf("asked about %s for a minute, and it has not gone on", rows[1][1])
		}
	}
	if page := as(t, ben, at+"/work/underway"); strings.Contains(page, rows[1][1]) || !strings.Contains(page, rows[0][1]) {
		t.Error("what has ended is on the list, or what has not is gone")
	}
}
