package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fundy/fault"
	"fundy/store"
	"fundy/store/storetest"
)

// A command that decides what the books say dies before and after its step. Before, nothing of it is there; after, all of it
// is, once, and who was not answered and does it again is told so.
func TestACommandOfTheBooksThatDies(t *testing.T) {
	t.Parallel()
	built := filepath.Join(t.TempDir(), "fundy")
	if out, err := exec.Command("go", "build", "-tags", "faults", "-o", built, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	storetest.Both(t, func(t *testing.T, c store.Config) {
		dir := counterCity(t, c)
		rules, err := os.ReadFile("../../examples/cities/demo/deposits.toml")
		if err != nil {
			t.Fatal(err)
		}
		text(t, filepath.Join(dir, "deposits.toml"), string(rules))
		say := func(want string, args ...string) string {
			t.Helper()
			out, code := fundy(t, append(args, "--city", dir)...)
			if !strings.Contains(out, want) {
				t.Errorf("fundy %s: exit %d, want %q:\n%s", strings.Join(args, " "), code, want, out)
			}
			return out
		}
		today := todayThere(t)
		now, err := time.Parse(time.DateOnly, today)
		if err != nil {
			t.Fatal(err)
		}
		deposit, line, refund := bankedShort(t, say, today, now)
		list := text(t, filepath.Join(t.TempDir(), "list.csv"), "T00003\nT00004\n")
		tried := map[string]bool{}
		for _, d := range []struct {
			step          fault.Step
			args          []string
			look          []string // what is looked at
			before, after string   // what it says before and after
			again         string   // what who does it again reads
		}{
			{fault.AcceptDeposit, []string{"deposit", "accept", deposit, "--line", line, "--why", "the bank's count", "--as", "dora"}, []string{"deposit", "list"}, "sent", "banked", "is further already"},
			{fault.TerminalRefund, []string{"refund", "terminal", refund, "--auth", "004512", "--as", "carol"}, []string{"refund", "list"}, "approved", "succeeded", "that does not happen to it there"},
			{
				fault.WriteOff, []string{"ticket", "write-off", "--resolution", "2026-114", "--file", list, "--as", "anne"},
				[]string{"ticket", "write-off", "--resolution", "2026-114", "--file", list, "--as", "anne"},
				"2 tickets with 60.00 written off; 0 written", "0 tickets with 0.00 written off; 2 written off by this resolution already", "2 written off by this resolution already",
			},
			{fault.CloseDay, []string{"settle", "close", "--day", "2025-12-31"}, []string{"ledger", "close-year", "--year", "2025", "--as", "anne"}, "its last day is not closed yet", "this was a dry run", "it is closed already"},
			{fault.CloseYear, []string{"ledger", "close-year", "--year", "2025", "--as", "anne"}, []string{"ledger", "year", "--year", "2025"}, "Closed: its figures do not move", "Locked by anne", "2025 is locked already"},
		} {
			tried[d.step.String()] = true
			for i, place := range []string{"before", "after"} {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				cmd := exec.CommandContext(ctx, built, append(d.args, "--city", dir, "--apply")...)
				cmd.Env = append(os.Environ(), "FUNDY_CRASH="+place+":"+d.step.String()+":1")
				out, err := cmd.CombinedOutput()
				cancel()
				if err == nil || !strings.Contains(err.Error(), "killed") {
					t.Fatalf("%s %s: it was not killed: %v\n%s", place, d.step, err, out)
				}
				if seen := say([]string{d.before, d.after}[i], d.look...); strings.Contains(seen, []string{d.after, d.before}[i]) {
					t.Errorf("%s %s: %s", place, d.step, seen)
				}
				say("everything agrees", "ledger", "check")
			}
			say(d.again, append(d.args, "--apply")...)
		}
		for _, step := range fault.BookSteps {
			if !tried[step.String()] {
				t.Errorf("nobody was killed at %s", step)
			}
		}
	})
}

// bankedShort takes a cheque and a card on the terminal, and brings both to the bank, which has five cents less of the
// cheque. It returns the deposit, the bank's line, and a refund on the terminal that was approved.
func bankedShort(t *testing.T, say func(want string, args ...string) string, today string, now time.Time) (deposit, line, refund string) {
	t.Helper()
	say("is entered", "drawer", "make", "A", "--place", "City Hall", "--as", "dora", "--apply")
	say("in it", "drawer", "open", "A", "--as", "anne", "--count", "0", "--apply")
	say("A-000001", "counter", "take", "--ticket", "T00001", "--plate", "ABC001", "--cheque", "60.00", "--number", "451", "--as", "anne", "--apply")
	card := receiptForm.FindStringSubmatch(say("A-000002", "counter", "take", "--ticket", "T00002", "--plate", "ABC002", "--terminal", "60.00", "--auth", "X1", "--as", "anne", "--apply"))[1]
	say("closed", "drawer", "close", "A", "--as", "anne", "--checked-by", "ben", "--count", "0", "--apply")
	batches := map[string]string{}
	for _, m := range anyBatch.FindAllStringSubmatch(say("terminal", "deposit", "list"), -1) {
		batches[m[2]] = m[1]
	}
	made := say("on its way to the bank", "deposit", "make", "--account", "operating", "--day", today, "--reference", "1001", "--batch", batches["cheque"], "--as", "carl", "--apply")
	deposit = depositID.FindString(made)
	say("went out of the house", "deposit", "sent", deposit, "--as", "carl", "--apply")
	say("the terminal batch 041", "deposit", "terminal", "--account", "operating", "--day", today, "--reference", "041", "--batch", batches["terminal"], "--total", "60.00", "--as", "carl", "--apply")
	say("", "settle", "bank", bankFile(t, now, 5995, "16,301,5995,Z,BK1,SLIP 1001,TICKET COUNTER"), "--apply")
	line = lineID.FindString(say("they differ by -0.05", "settle", "report", "--day", today))
	refund = refundID.FindString(say("", "refund", "ask", card, "--amount", "60.00", "--expect", "60.00", "--reason", "city_error", "--way", "terminal", "--as", "anne", "--apply"))
	say("", "refund", "approve", refund, "--as", "ben", "--apply")
	return deposit, line, refund
}
