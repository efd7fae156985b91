package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fundy/city"
	"fundy/citytest"
	"fundy/visitor"
)

// program is the built binary.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "fundy-test-")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "fundy")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build: %v\n%s", err, out))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func fundy(t *testing.T, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	code := 0
	if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // exec returns it bare
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return string(out), code
}

func TestTheDemonstrationPaysATicketByItself(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "kept")
	out, code := fundy(t, "demo", "--once", "--keep", root)
	search(t, root, out)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var end struct {
		Ticket, State, Receipt, Attempt string
		Quoted, Captured                int64
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &end); err != nil || code != 0 {
		t.Fatalf("exit %d: %v\n%s", code, err, out)
	}
	if end.State != "captured" || end.Quoted == 0 || end.Quoted != end.Captured || end.Receipt == "" || len(end.Attempt) != 26 || !strings.HasPrefix(end.Ticket, "FH-") {
		t.Errorf("%+v", end)
	}
}

func TestWrongCallsSayWhatIsWrongAndEndWithTwo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.toml")
	if err := os.WriteFile(bad, []byte("id = \"A B\"\nkind = \"live\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]struct {
		args []string
		code int
	}{
		"is not an id":           {[]string{"init", filepath.Join(dir, "new"), "--answers", bad}, 2},
		"is not empty":           {[]string{"init", dir, "--answers", "../../examples/cities/demo/answers.toml"}, 2},
		"unexpected argument":    {[]string{"pay"}, 2},
		"--tickets and --map go": {[]string{"demo", "--tickets", "x"}, 2},
		"made in":                {[]string{"init", filepath.Join(dir, "start"), "--answers", "../../examples/cities/start/answers.toml"}, 0}, // a right one, which the README names
		"has no city.toml":       {[]string{"office", "--city", dir}, 1},
		"unknown flag --pretend": {[]string{"migrate", "--city", dir, "--pretend"}, 2},
		"missing flags: --city":  {[]string{"ledger", "check"}, 2},
	} {
		if want == "is not empty" {
			answers := filepath.Join(dir, "good.toml")
			text := "id = \"x\"\nkind = \"test\"\n[portal]\npublic_url = \"http://localhost:1\"\n"
			if err := os.WriteFile(answers, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			c.args[3] = answers
		}
		out, code := fundy(t, c.args...)
		if code != c.code || !strings.Contains(out, want) {
			t.Errorf("fundy %s: exit %d, want %d with %q:\n%s", strings.Join(c.args, " "), code, c.code, want, out)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "new")); err == nil {
		t.Error("a refused init left a folder")
	}
}

// search runs citytest's tripwire over a city on disk and over what its processes printed. The sandbox is
// another party: what it keeps, it may.
func search(t *testing.T, root, printed string) {
	t.Helper()
	log, err := os.ReadFile(filepath.Join(root, "log.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var plates []string
	for _, s := range samples(t, filepath.Join(root, "samples.jsonl")) {
		if s.Plate != "" && len(plates) < 100 {
			plates = append(plates, s.Plate)
		}
	}
	found, files, err := citytest.SearchFolder(filepath.Join(root, "city"), plates, string(log)+printed, "sandbox.json")
	if err != nil || files < 8 || len(plates) < 20 {
		t.Fatalf("%d files were searched for %d plates: %v", files, len(plates), err)
	}
	for _, f := range found {
		t.Errorf("something personal was where it may not be: %s", f)
	}
}

// start runs a verb in the background and returns what kills it. What the verb prints goes to log.
func start(t *testing.T, log *bytes.Buffer, args ...string) (kill func()) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dead := false
	kill = func() {
		if !dead {
			dead = true
			cmd.Process.Kill() //nolint:errcheck // SIGKILL: as in life
			cmd.Wait()         //nolint:errcheck // it was killed
		}
	}
	t.Cleanup(func() {
		kill()
		if t.Failed() {
			t.Logf("%s:\n%s", args[0], log.String())
		}
	})
	return kill
}

type sample struct{ Number, Plate, Offence, State, Jurisdiction, Delivery string }

// The office is killed with the payer on the card page; his money is set aside while there is no
// office. The next office finds it by itself: the ticket is paid once, and his page shows the receipt.
func TestAKilledOfficeLosesNothing(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "kept")
	made, code := fundy(t, "demo", "--once", "--keep", root)
	if code != 0 {
		t.Fatal(made)
	}
	dir := filepath.Join(root, "city")
	settings := settingsOf(t, dir)
	var logs [4]bytes.Buffer
	killSandbox := start(t, &logs[0], "sandbox", "--city", dir)
	killPortal := start(t, &logs[1], "portal", "--city", dir)
	killOffice := start(t, &logs[2], "office", "--city", dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s := payable(t, filepath.Join(root, "samples.jsonl"), 1)[0]
	ready(t, ctx, settings.Portal.PublicURL+"/pay")
	ready(t, ctx, settings.Processor.BaseURL+"/page.css")

	v := &visitor.Visitor{}
	v.Open(ctx, settings.Portal.PublicURL+"/pay")
	v.Send(ctx, "find", "/pay/find", map[string]string{"number": s.Number, "plate": s.Plate})
	v.Open(ctx, settings.Portal.PublicURL+"/pay/confirm")
	v.Send(ctx, "confirm", "/pay/start", map[string]string{"email": citytest.ReceiptAddress})
	killOffice()
	citytest.TypeCard(ctx, v, citytest.CardNumber)
	if v.Err != nil || !strings.Contains(v.Text(), "try again in a moment") {
		t.Fatalf("without an office the page says: %s, %v", v.Text(), v.Err)
	}
	killOffice = start(t, &logs[3], "office", "--city", dir)
	for range 100 {
		if v.Open(ctx, v.At); strings.Contains(v.Text(), "Paid in full") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if !strings.Contains(v.Text(), "Paid in full") {
		t.Fatalf("after the office is back the page says: %s, %v", v.Text(), v.Err)
	}
	printed, code := fundy(t, "ledger", "check", "--city", dir)
	if code != 0 || !strings.Contains(printed, "everything agrees") {
		t.Errorf("ledger check: exit %d\n%s", code, printed)
	}
	killPortal()
	killSandbox()
	killOffice()
	printed += made
	for i := range logs {
		printed += logs[i].String()
	}
	search(t, root, printed)
	kept, err := os.ReadFile(filepath.Join(dir, "sandbox.json"))
	if err != nil || !bytes.Contains(kept, []byte(citytest.PayerEmail)) {
		t.Errorf("the sandbox does not hold what the payer typed: the search would find nothing: %v", err)
	}
}

func settingsOf(t *testing.T, dir string) city.Settings {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "city.toml"))
	if err != nil {
		t.Fatal(err)
	}
	settings, faults := city.ReadSettings(b)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return settings
}

func samples(t *testing.T, path string) []sample {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	for line := range strings.Lines(string(b)) {
		var s sample
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func payable(t *testing.T, path string, n int) (found []sample) {
	t.Helper()
	for _, s := range samples(t, path) {
		if s.State == "open" && s.Offence == "LOADING" && s.Delivery == "windshield" && s.Plate != "" {
			if found = append(found, s); len(found) == n {
				return found
			}
		}
	}
	t.Fatalf("%d tickets can be paid, want %d", len(found), n)
	return nil
}

func ready(t *testing.T, ctx context.Context, address string) {
	t.Helper()
	for range 100 {
		v := &visitor.Visitor{}
		if v.Open(ctx, address); v.Err == nil && v.Status == 200 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s does not answer", address)
}
