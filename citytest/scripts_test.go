package citytest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
)

var (
	ownScript     = regexp.MustCompile(`<script src="(/static/[0-9a-f]{16}\.js)" integrity="(sha256-[^"]{44})" defer></script>`)
	scriptSources = regexp.MustCompile(`script-src ([^;]*);`)
	hashOnly      = regexp.MustCompile(`^'sha256-[A-Za-z0-9+/]{43}='$`)
)

// On the office's pages a browser runs the office's own scripts and no other, wherever it comes from: not what else this
// address serves, and not an own script whose bytes are others than those that the policy names.
func TestOnlyOwnScriptsRun(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	c := citytest.SQLite(t)
	c.Add(citytest.Spec{Number: "SC-1", Plate: "SCR 001", Offence: "LOADING", Age: 1})
	at := c.OpenStaff()
	w := joins(t, c, at, "anne", proto.WebAuthnAuthenticatorTransportInternal, "clerk") // by the first own script

	res, err := http.Get(at + "/signin")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	policy := res.Header.Get("Content-Security-Policy")
	said := scriptSources.FindStringSubmatch(policy)
	if said == nil {
		t.Fatalf("no script-src in %q", policy)
	}
	for _, source := range strings.Fields(said[1]) {
		if !hashOnly.MatchString(source) {
			t.Errorf("the policy lets scripts run by %s, which is no hash", source)
		}
	}

	// The second own script runs: it hides the link that asks anew.
	w.opens("/tickets/" + string(numbered(t, c, "SC-1")))
	press(w.page, `#phone [value="en"]`)
	w.page.MustElement("#live-reload").MustWaitInvisible()

	own := ownScript.FindStringSubmatch(strings.ReplaceAll(w.page.MustHTML(), `defer=""`, "defer"))
	if own == nil {
		t.Fatalf("no script with its hash in\n%s", w.page.MustHTML())
	}
	foreign := `window.ran = true;`
	sum := sha256.Sum256([]byte(foreign))
	itsOwn := "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
	answers := w.page.HijackRequests() // an uploaded file that this address would serve as a script
	defer answers.MustStop()
	answers.MustAdd(at+"/uploaded.js", func(h *rod.Hijack) {
		h.Response.SetHeader("Content-Type", "text/javascript", "Cross-Origin-Resource-Policy", "same-origin").SetBody(foreign)
	})
	go answers.Run()
	for _, one := range []struct {
		name, src, integrity string
		runs                 bool
	}{
		{"an own script, once more", own[1], own[2], true},
		{"an own script without its hash", own[1], "", false},
		{"another file of this address", "/uploaded.js", "", false},
		{"another file with its own hash", "/uploaded.js", itsOwn, false},
		{"another file under an own script's hash", "/uploaded.js", own[2], false},
	} {
		got := w.page.MustEval(`(src, integrity) => new Promise(done => {
			const s = document.createElement("script");
			s.src = src;
			if (integrity) s.integrity = integrity;
			s.onload = () => done(true);
			s.onerror = () => done(false);
			document.head.append(s);
		})`, one.src, one.integrity).Bool()
		if got != one.runs {
			t.Errorf("%s: runs is %v, want %v", one.name, got, one.runs)
		}
	}
	if w.page.MustEval(`() => {
		const s = document.createElement("script");
		s.textContent = "window.ran = true;";
		document.head.append(s);
		return Boolean(window.ran);
	}`).Bool() {
		t.Error("a script that is none of ours has run")
	}
}
