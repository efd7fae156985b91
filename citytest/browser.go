package citytest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/proto"
)

var (
	browserOnce sync.Once
	browser     *rod.Browser
	browserWhy  string
)

// Browser is a real Chromium, one for the whole run. Without one its tests are skipped, or fail where
// FUNDY_TEST_BROWSER is "required".
func Browser(t testing.TB) *rod.Browser {
	t.Helper()
	browserOnce.Do(startBrowser)
	if browser == nil {
		if os.Getenv("FUNDY_TEST_BROWSER") == "required" {
			t.Fatalf("no Chromium: %s", browserWhy)
		}
		t.Skipf("NOT TESTED IN A BROWSER: %s; make test installs one", browserWhy)
	}
	return browser
}

func startBrowser() {
	path, err := exec.LookPath("chromium")
	if err != nil {
		browserWhy = err.Error()
		return
	}
	dir, err := os.MkdirTemp("", "chromium")
	if err != nil {
		browserWhy = err.Error()
		return
	}
	address, err := launcher.New().Bin(path).Leakless(false).NoSandbox(true).Headless(true).UserDataDir(dir).
		Set("disable-gpu").Set("disable-quic").Set("no-first-run").Set("disable-background-networking").
		Set("disable-component-update").Set("disable-sync").Launch()
	if err != nil {
		browserWhy = err.Error()
		return
	}
	b := rod.New().ControlURL(address)
	if err := b.Connect(); err != nil {
		browserWhy = err.Error()
		return
	}
	browser = b
}

// StopBrowser ends Chromium; TestMain calls it.
func StopBrowser() {
	if browser != nil {
		browser.MustClose()
	}
}

// Page opens a page of its own cookies, so many pixels wide. It has a minute for everything.
func Page(t testing.TB, width int) *rod.Page {
	t.Helper()
	own, err := Browser(t).Incognito()
	if err != nil {
		t.Fatal(err)
	}
	page, err := own.Page(proto.TargetCreateTarget{URL: "about:blank"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { page.Close(); own.Close() })
	page.MustSetViewport(width, 900, 1, false)
	return page.Timeout(time.Minute)
}

// Violation is what axe-core finds wrong.
type Violation struct {
	ID    string
	Help  string
	Nodes []struct{ HTML, FailureSummary string }
}

// Axe runs axe-core on a page: WCAG 2.2 AA and best practices.
func Axe(t testing.TB, page *rod.Page) []Violation {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("..", "portal", "testdata", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := page.Evaluate(rod.Eval(`async () => {
		` + string(script) + `;
		const r = await axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]});
		return JSON.stringify(r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))})));
	}`).ByPromise())
	if err != nil {
		t.Fatal(err)
	}
	var found []Violation
	if err := json.Unmarshal([]byte(out.Value.Str()), &found); err != nil {
		t.Fatal(err)
	}
	return found
}
