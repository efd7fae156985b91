package main_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/fault"
)

// paidCity is a demonstration's folder with one ticket paid, its receipt's number and the cents.
func paidCity(t *testing.T) (dir, receipt string, cents int64) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "kept")
	out, code := fundy(t, "demo", "--once", "--keep", root)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var end struct {
		Receipt  string
		Captured int64
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &end); err != nil || code != 0 || end.Receipt == "" {
		t.Fatalf("exit %d: %v\n%s", code, err, out)
	}
	return filepath.Join(root, "city"), end.Receipt, end.Captured
}

func dollars(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

var refundID = regexp.MustCompile(`rfd_[0-9a-z]{26}`)

// What is in the way is said with what to do; without --apply nothing is written.
func TestRefundsAtTheTerminal(t *testing.T) {
	t.Parallel()
	dir, receipt, cents := paidCity(t)
	whole := dollars(cents)
	ask := func(number, amount, expect string, more ...string) []string {
		return append([]string{"refund", "ask", number, "--city", dir, "--amount", amount, "--expect", expect, "--reason", "city_error", "--as", "anne"}, more...)
	}
	wrong := "2" + receipt[1:] // one character misread
	if wrong == receipt {
		wrong = "4" + receipt[1:]
	}
	say := func(want string, code int, args ...string) string {
		t.Helper()
		out, got := fundy(t, args...)
		if got != code || !strings.Contains(out, want) {
			t.Errorf("fundy %s: exit %d, want %d with %q:\n%s", strings.Join(args, " "), got, code, want, out)
		}
		return out
	}
	say(dollars(cents+1)+" is more than can still be given back, which is "+whole, 1, ask(receipt, dollars(cents+1), whole)...)
	say("you expect that "+dollars(cents-1)+" can still be given back, and it is "+whole, 1, ask(receipt, "1.00", dollars(cents-1))...)
	say("the amount to give back must be more than nothing", 1, ask(receipt, "0", whole)...)
	say("write \"1,5\" as 30.00", 2, ask(receipt, "1,5", whole)...)
	say("is not a receipt number", 1, ask(wrong, "1.00", whole)...)
	say("no receipt of this city has the number 0000-0000-0000", 1, ask("0000 0000 0000", "1.00", whole)...)
	say("is not on this receipt", 1, ask(receipt, "1.00", whole, "--ticket", "FH-0")...)
	say("is none of [duplicate", 2, append(ask(receipt, "1.00", whole), "--reason", "because")...)
	say("is not a name that staff can have", 2, append(ask(receipt, "1.00", whole), "--as", "Anne Smith")...)
	say("this was a dry run", 0, ask(receipt, "1.00", whole)...)
	say("no refunds", 0, "refund", "list", "--city", dir)
	id := refundID.FindString(say("waits for a second person", 0, ask(strings.ToLower(strings.ReplaceAll(receipt, "-", " ")), "1.00", whole, "--apply")...))
	say("you expect that "+whole+" can still be given back, and it is "+dollars(cents-100), 1, ask(receipt, "1.00", whole, "--apply")...)
	say("anne has asked for this refund: somebody else has to approve it", 1, "refund", "approve", id, "--city", dir, "--as", "anne", "--apply")
	say("no refund has the id \"rfd_none\"", 1, "refund", "approve", "rfd_none", "--city", dir, "--as", "ben", "--apply")
	say("this was a dry run", 0, "refund", "approve", id, "--city", dir, "--as", "ben")
	say("1.00, which anne has asked for, is not given back", 0, "refund", "refuse", id, "--city", dir, "--as", "ben", "--apply")
	say("is not waiting for a decision", 1, "refund", "approve", id, "--city", dir, "--as", "ben", "--apply")
	out := say(whole+" taken, "+whole+" can still be given back", 0, "refund", "list", "--city", dir, "--receipt", receipt)
	if !regexp.MustCompile(id + `.* 1\.00 +processor +city_error +refused +anne +ben`).MatchString(out) {
		t.Errorf("the list:\n%s", out)
	}
	say("everything agrees", 0, "ledger", "check", "--city", dir)
}

// The office is killed before and after each of its steps while it gives a dollar back: the next office goes
// on, and each dollar goes back once. Who asks or approves is killed too: what he was told is what stands.
func TestAnOfficeKilledWhileItGivesBackGivesBackOnce(t *testing.T) {
	t.Parallel()
	dir, receipt, cents := paidCity(t)
	built := filepath.Join(t.TempDir(), "fundy")
	if out, err := exec.Command("go", "build", "-tags", "faults", "-o", built, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	var log bytes.Buffer
	start(t, &log, "sandbox", "--city", dir)
	ready(t, context.Background(), settingsOf(t, dir).Processor.BaseURL+"/page.css")
	clock := filepath.Join(t.TempDir(), "clock")
	ahead := time.Duration(0)
	faulty := func(crash string, args ...string) (string, error) {
		if err := os.WriteFile(clock, binary.LittleEndian.AppendUint64(nil, uint64(ahead)), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, built, args...)
		cmd.Env = append(os.Environ(), "FUNDY_CRASH="+crash, "FUNDY_CLOCK="+clock)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	killed := func(crash string) {
		t.Helper()
		if out, err := faulty(crash, "office", "--city", dir); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("%s: the office was not killed: %v\n%s", crash, err, out)
		}
		ahead += 40 * time.Second // the dead worker's lease
	}
	tried := map[string]bool{"ask_refund": true}
	left := cents
	ask := func(crash string) string {
		out, _ := faulty(crash, "refund", "ask", receipt, "--city", dir, "--amount", "1.00", "--expect", dollars(left), "--reason", "city_error", "--as", "anne", "--apply")
		return out
	}
	list := func() string {
		out, code := fundy(t, "refund", "list", "--city", dir)
		if code != 0 {
			t.Fatal(out)
		}
		return out
	}
	if ask("before:ask_refund:1"); refundID.MatchString(list()) {
		t.Fatalf("killed before it was written:\n%s", list())
	}
	id := ""
	for i, crash := range []string{
		"before:decide_refund:1", "after:lease_tasks:1", "before:call_refund:1", "after:call_refund:1", "before:apply_refund:1", "after:apply_refund:1",
		"before:finish_task:1", "after:finish_task:1",
		"before:call_refund:1 before:call_find_refund:1 after:call_find_refund:1",
	} {
		if i == 0 {
			ask("after:ask_refund:1") // killed when it was written
			id = refundID.FindString(list())
		} else {
			id = refundID.FindString(ask(""))
		}
		if id == "" {
			t.Fatalf("not asked for:\n%s", list())
		}
		left -= 100
		approve := []string{"refund", "approve", id, "--city", dir, "--as", "ben", "--apply"}
		if strings.Contains(crash, "decide_refund") {
			if out, err := faulty(crash, approve...); err == nil || !regexp.MustCompile(id+`.* asked `).MatchString(list()) {
				t.Fatalf("killed before it was approved: %s\n%s", out, list())
			}
		}
		if out, code := fundy(t, approve...); code != 0 {
			t.Fatal(out)
		}
		for _, one := range strings.Fields(crash) {
			tried[strings.Split(one, ":")[1]] = true
			if strings.Contains(one, "decide_refund") {
				continue // it was his
			}
			if one == "before:call_find_refund:1" {
				ahead += 24 * time.Hour // the key is too old: the refund is looked for
			}
			killed(one)
		}
		sent(t, built, clock, ahead, dir, id)
	}
	ahead += 25 * time.Hour // the sweeper looks at what has succeeded
	for _, crash := range []string{"before:claim_refunds:1", "after:claim_refunds:1", "before:call_get_refund:1", "after:call_get_refund:1"} {
		ahead += time.Minute
		killed(crash)
		tried[strings.Split(crash, ":")[1]] = true
	}
	for _, step := range fault.RefundSteps {
		if !tried[step.String()] {
			t.Errorf("nobody was killed at %s", step)
		}
	}
	out, code := fundy(t, "ledger", "check", "--city", dir)
	if code != 0 || !strings.Contains(out, "refunded 9.00") || !strings.Contains(out, "everything agrees") {
		t.Errorf("ledger check: exit %d\n%s", code, out)
	}
	b, err := os.ReadFile(filepath.Join(dir, "sandbox.json"))
	var kept struct {
		Refunds []struct {
			Amount   int64
			Metadata map[string]string
		}
	}
	if err := json.Unmarshal(b, &kept); err != nil {
		t.Fatal(err)
	}
	ours := map[string]bool{}
	for _, r := range kept.Refunds {
		ours[r.Metadata["refund_id"]] = true
	}
	if err != nil || len(kept.Refunds) != 9 || len(ours) != 9 {
		t.Errorf("the processor has %d refunds of %d of ours, want 9 of 9 (%v)", len(kept.Refunds), len(ours), err)
	}
}

// sent runs an office until a refund has succeeded.
func sent(t *testing.T, built, clock string, ahead time.Duration, dir, id string) {
	t.Helper()
	if err := os.WriteFile(clock, binary.LittleEndian.AppendUint64(nil, uint64(ahead)), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command(built, "office", "--city", dir)
	cmd.Env = append(os.Environ(), "FUNDY_CLOCK="+clock)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()         //nolint:errcheck // it was killed
	defer cmd.Process.Kill() //nolint:errcheck // as in life
	want := regexp.MustCompile(id + `.* succeeded `)
	for range 300 {
		if out, _ := fundy(t, "refund", "list", "--city", dir); want.MatchString(out) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s is not given back:\n%s", id, log.String())
}
