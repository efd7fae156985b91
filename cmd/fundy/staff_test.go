package main_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// freePort is a port of this machine that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// The host invites the first administrator; the office that runs takes the code; what stands in the way is said.
func TestTheFirstAdministrator(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir, port := filepath.Join(root, "city"), freePort(t)
	answers, err := os.ReadFile("../../examples/cities/demo/answers.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("@PORTAL_PORT@", fmt.Sprint(freePort(t)), "@SANDBOX_PORT@", fmt.Sprint(freePort(t))).Replace(string(answers))
	text += fmt.Sprintf("\n[office]\nlisten = \"127.0.0.1:%d\"\npublic_url = \"http://localhost:%d\"\n", port, port)
	if err := os.WriteFile(filepath.Join(root, "answers.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	say := func(want string, code int, args ...string) string {
		t.Helper()
		out, got := fundy(t, args...)
		if got != code || !strings.Contains(out, want) {
			t.Errorf("fundy %s: exit %d, want %d with %q:\n%s", strings.Join(args, " "), got, code, want, out)
		}
		return out
	}
	say("made in", 0, "init", dir, "--answers", filepath.Join(root, "answers.toml"))
	rules, err := os.ReadFile("../../examples/cities/demo/rules.toml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "rules.toml"), []byte(strings.ReplaceAll(string(rules), "@C_FROM@", "2026-01-01")), 0o600); err != nil {
		t.Fatal(err)
	}
	logo, err := os.ReadFile("../../examples/cities/demo/logo.svg")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "logo.svg"), logo, 0o600); err != nil {
		t.Fatal(err)
	}
	say("", 0, "city", "apply", "--city", dir, filepath.Join(root, "rules.toml"), "--apply")

	invite := func(name, role string, more ...string) []string {
		return append([]string{"staff", "invite", "--city", dir, "--name", name, "--as-role", role}, more...)
	}
	say("Nobody yet", 0, "staff", "list", "--city", dir)
	say("anne would be invited as administrator", 0, invite("anne", "administrator")...)
	say("Nobody yet", 0, "staff", "list", "--city", dir)
	say("not a role of this city", 2, invite("anne", "boss", "--apply")...)
	say("not a name that staff can have", 2, invite("Anne B", "clerk", "--apply")...)
	out := say(fmt.Sprintf("http://localhost:%d/invite", port), 0, invite("anne", "administrator", "--apply")...)
	code, _, _ := strings.Cut(out, "\n")
	say("fundy staff recover anne", 1, invite("anne", "clerk", "--apply")...)
	say("anne  administrator  0", 0, "staff", "list", "--city", dir)
	again := say("lets anne in once", 0, "staff", "recover", "anne", "--city", dir, "--apply")
	newer, _, _ := strings.Cut(again, "\n")
	say("nobody has the name ben", 1, "staff", "recover", "ben", "--city", dir, "--apply")

	if out, _ := fundy(t, "doctor", "--city", dir); !strings.Contains(out, "0 can give rights: two people are needed for it") {
		t.Errorf("doctor says\n%s", out)
	}

	startOffice(t, dir, fmt.Sprintf("http://localhost:%d/signin", port))
	for typed, want := range map[string]string{code: "This code is not good", newer: "Welcome, anne"} {
		r, err := http.NewRequest(http.MethodPost, fmt.Sprintf("http://localhost:%d/invite", port), strings.NewReader(url.Values{"code": {typed}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !strings.Contains(string(page), want) {
			t.Errorf("code %s: %d, %v, no %q:\n%s", typed, res.StatusCode, err, want, page)
		}
	}
}

// startOffice runs an office until the test ends, and waits for its staff pages.
func startOffice(t *testing.T, dir, page string) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	cmd := exec.CommandContext(ctx, program, "office", "--city", dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { stop(); <-ended })
	for {
		if res, err := http.Get(page); err == nil {
			res.Body.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the office ends: %v\n%s", err, log.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
