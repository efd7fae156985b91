package citytest

import (
	"context"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// lynxSettings let lynx keep cookies and believe the certificate of SSL_CERT_FILE without a question.
const lynxSettings = "ACCEPT_ALL_COOKIES:TRUE\nFORCE_SSL_PROMPT:YES\nUSE_MOUSE:FALSE\n"

// Lynx is a text browser under test: the keys to press, one page after the other. It runs when all are
// known, and leaves each page that was saved in a file.
type Lynx struct {
	keys  []string
	saves int
}

// Down goes so many links, fields or buttons further.
func (l *Lynx) Down(n int) {
	for range n {
		l.keys = append(l.keys, "Down Arrow")
	}
}

// Enter follows a link or presses a button.
func (l *Lynx) Enter() { l.keys = append(l.keys, "^J") }

// Type types into a field.
func (l *Lynx) Type(text string) {
	for _, r := range text {
		if r == ' ' {
			l.keys = append(l.keys, "<space>")
			continue
		}
		l.keys = append(l.keys, string(r))
	}
}

// Save keeps the page as lynx shows it.
func (l *Lynx) Save() {
	l.saves++
	l.Type("p")
	l.Enter() // the first way of printing: a file
	l.keys = append(l.keys, "^U")
	l.Type(savedAs(l.saves))
	l.Enter()
}

func savedAs(n int) string { return "page" + string(rune('0'+n)) + ".txt" }

// Run opens a path of the city's portal in lynx, over TLS as in life: the visit's cookie is for secure
// connections only. It returns the saved pages. Without lynx its test is skipped, or fails where
// FUNDY_TEST_BROWSER is "required".
func (l *Lynx) Run(t testing.TB, c *City, path string) []string {
	t.Helper()
	program, err := exec.LookPath("lynx")
	if err != nil {
		if os.Getenv("FUNDY_TEST_BROWSER") == "required" {
			t.Fatalf("no text browser: %v", err)
		}
		t.Skipf("NOT TESTED IN A TEXT BROWSER: %v; make test installs one", err)
	}
	front := httptest.NewTLSServer(c.Portal.Config.Handler)
	t.Cleanup(front.Close)
	dir := t.TempDir()
	keys := "key " + strings.Join(append(l.keys, "q", "y"), "\nkey ") + "\n"
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	for name, b := range map[string][]byte{"keys": []byte(keys), "settings": []byte(lynxSettings), "certificate.pem": certificate} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, program, "-cfg=settings", "-cmd_script=keys", "-nopause", "-display_charset=utf-8", front.URL+path)
	run.Dir = dir
	// A screen that holds each page whole.
	run.Env = []string{"HOME=" + dir, "TERM=xterm", "LINES=200", "COLUMNS=100", "SSL_CERT_FILE=" + filepath.Join(dir, "certificate.pem")}
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("lynx: %v\n%s", err, out)
	}
	var pages []string
	for n := range l.saves {
		b, err := os.ReadFile(filepath.Join(dir, savedAs(n+1)))
		if err != nil {
			t.Fatalf("lynx saved no page %d: %v", n+1, err)
		}
		pages = append(pages, string(b))
	}
	return pages
}
