package main_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fundy/city"
	main "fundy/cmd/fundy"
)

func loopback() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8500} }

func byUs() error { return nil }

// filled is a pipe with a text in it whose writing end is closed.
func filled(t *testing.T, text string) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return r
}

// The demonstration's sign-in is had only where the city, the address, the starter and the pipe are all as they must be.
func TestTheDemonstrationsSignInWantsEverything(t *testing.T) {
	t.Parallel()
	handed := func() *os.File {
		r, err := main.HandOver()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	demo := city.Settings{Kind: city.Demo}
	kind := func(k city.Kind) city.Settings { return city.Settings{Kind: k} }
	behind := demo
	behind.Office.TrustedProxies = []string{"10.0.0.0/8"}
	open, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	named := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(named, 0o600); err != nil {
		t.Fatal(err)
	}
	fifo, err := os.OpenFile(named, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(handed())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(whole); err != nil {
		t.Fatal(err)
	}
	file.Seek(0, io.SeekStart)
	for _, c := range []struct {
		name     string
		pipe     *os.File
		settings city.Settings
		at       net.Addr
		by       func() error
		may      bool
	}{
		{"all of it", handed(), demo, loopback(), byUs, true},
		{"all of it, IPv6", handed(), demo, &net.TCPAddr{IP: net.IPv6loopback}, byUs, true},
		{"a live city", handed(), kind(city.Live), loopback(), byUs, false},
		{"a test city", handed(), kind(city.Test), loopback(), byUs, false},
		{"a city of no kind", handed(), kind(""), loopback(), byUs, false},
		{"every address of the machine", handed(), demo, &net.TCPAddr{IP: net.IPv4zero}, byUs, false},
		{"an address of the network", handed(), demo, &net.TCPAddr{IP: net.IPv4(192, 168, 1, 4)}, byUs, false},
		{"no address", handed(), demo, &net.TCPAddr{}, byUs, false},
		{"a socket of another kind", handed(), demo, &net.UnixAddr{Name: "/run/x", Net: "unix"}, byUs, false},
		{"behind a proxy", handed(), behind, loopback(), byUs, false},
		{"another starter", handed(), demo, loopback(), func() error { return errors.New("another") }, false},
		{"an empty pipe", filled(t, ""), demo, loopback(), byUs, false},
		{"another hello", filled(t, strings.Replace(string(whole), "v1", "v2", 1)), demo, loopback(), byUs, false},
		{"a short secret", filled(t, string(whole[:len(whole)-3])+"\n"), demo, loopback(), byUs, false},
		{"more after it", filled(t, string(whole)+"x"), demo, loopback(), byUs, false},
		{"a pipe that is left open", open, demo, loopback(), byUs, false},
		{"a pipe with a name", fifo, demo, loopback(), byUs, false},
		{"a file", file, demo, loopback(), byUs, false},
	} {
		s, err := main.StandIn(c.pipe, c.settings, c.at, c.by)
		if (err == nil) != c.may || (s != nil) != c.may {
			t.Errorf("%s: %v, %v", c.name, s != nil, err)
		}
	}
}

// The one who has started this test is not the program itself.
func TestAnotherProgramIsNoStarter(t *testing.T) {
	t.Parallel()
	if err := main.StartedByUs(); err == nil {
		t.Error("go test has started the program, and is taken for it")
	}
}

var (
	officeAt   = regexp.MustCompile(`office's pages: +(http://localhost:[0-9]+)/`)
	ceremonyIn = regexp.MustCompile(`name="ceremony" value="([^"]+)"`)
	anneIn     = regexp.MustCompile(`name="answer" value="(demo\.anne\.[^"]+)"`)
)

// fundy demo lets anne in with one click. The office of the same city that anybody else starts asks for her passkey,
// or does not start, whatever it is called with.
func TestOnlyTheDemonstrationLetsPeopleInWithOneClick(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "kept")
	out, demo := &lines{}, exec.Command(program, "demo", "--keep", root)
	demo.Stdout, demo.Stderr = out, out
	demo.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	at := out.waitFor(t, officeAt)
	page := get(t, at+"/")
	c, a := ceremonyIn.FindStringSubmatch(page), anneIn.FindStringSubmatch(page)
	if c == nil || a == nil || !strings.Contains(page, "THIS IS A DEMONSTRATION") {
		t.Fatalf("no button of anne's in\n%s", page)
	}
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := noFollow.PostForm(at+"/signin", url.Values{"ceremony": {c[1]}, "answer": {a[1]}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 {
		t.Errorf("the click answers %d", res.StatusCode)
	}
	demo.Process.Signal(syscall.SIGTERM)
	demo.Wait() //nolint:errcheck // it was told to end
	dir := filepath.Join(root, "city")

	// By hand, with every pretence: it does not start.
	whole, err := main.HandOver()
	if err != nil {
		t.Fatal(err)
	}
	for name, hand := range map[string]*os.File{"no pipe": nil, "a pipe with all that belongs in it": whole} {
		within, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		cmd := exec.CommandContext(within, program, "office", "--city", dir, "--demo-sign-in")
		if hand != nil {
			cmd.ExtraFiles = []*os.File{hand}
		}
		said, err := cmd.CombinedOutput()
		cancel()
		if err == nil || !strings.Contains(string(said), "only fundy demo starts an office with it") {
			t.Errorf("%s: %v\n%s", name, err, said)
		}
	}
	// By flags, environment and settings: it starts, and has no button.
	toml := filepath.Join(dir, "city.toml")
	text, err := os.ReadFile(toml)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"stand_in = true", "demo_sign_in = true"} {
		if err := os.WriteFile(toml, bytes.Replace(text, []byte("[office]\n"), []byte("[office]\n"+line+"\n"), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		if said, code := fundy(t, "office", "--city", dir); code == 0 || !strings.Contains(said, "city.toml") {
			t.Errorf("a setting %q is taken: %d\n%s", line, code, said)
		}
	}
	if err := os.WriteFile(toml, text, 0o600); err != nil {
		t.Fatal(err)
	}
	office := exec.Command(program, "office", "--city", dir)
	office.Env = append(os.Environ(), "FUNDY_DEMO=1", "FUNDY_DEMO_SIGN_IN=1", "FUNDY_STAND_IN=1", "DEMO_SIGN_IN=1")
	office.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := office.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { office.Process.Kill(); office.Wait() }() //nolint:errcheck // it is killed
	var alone string
	for range 200 {
		if alone = get(t, at+"/signin"); alone != "" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if !strings.Contains(alone, "Use your passkey") || strings.Contains(alone, "Go on as") || strings.Contains(alone, "THIS IS A DEMONSTRATION") {
		t.Errorf("an office that nobody handed anything over:\n%s", alone)
	}
}

// lines is what a process has printed so far.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps it.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// waitFor waits until something is printed.
func (l *lines) waitFor(t *testing.T, form *regexp.Regexp) string {
	t.Helper()
	return l.within(t, form, time.Minute)[1]
}

// waitLong is waitFor of what takes minutes.
func (l *lines) waitLong(t *testing.T, form *regexp.Regexp) {
	t.Helper()
	l.within(t, form, 10*time.Minute)
}

// find is what has been printed already.
func (l *lines) find(t *testing.T, form *regexp.Regexp) []string {
	t.Helper()
	return l.within(t, form, 0)
}

func (l *lines) within(t *testing.T, form *regexp.Regexp, long time.Duration) []string {
	t.Helper()
	for end := time.Now().Add(long); ; time.Sleep(100 * time.Millisecond) {
		l.mu.Lock()
		m := form.FindStringSubmatch(l.text.String())
		l.mu.Unlock()
		if m != nil {
			return m
		}
		if time.Now().After(end) {
			t.Fatalf("it does not print %s", form)
		}
	}
}

// get is a page's text, "" where nobody answers.
func get(t *testing.T, address string) string {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
