package main_test

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"fundy/fault"
)

var (
	correctionID = regexp.MustCompile(`cor_[0-9a-z]{26}`)
	askedID      = regexp.MustCompile(`ask_[0-9a-z]{26}`)
)

// numbers lists a city's tickets of a state, with the day of issue, that cost what the paid one did.
func numbers(t *testing.T, dir, state string) (all [][2]string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "fundy.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`select t.number, t.issued_on from ticket t
		where t.state = $1 and t.offence = (select p.offence from ticket p join allocation a on a.ticket_id = p.id limit 1)
		order by abs(t.issued_at - (select p.issued_at from ticket p join allocation a on a.ticket_id = p.id limit 1)) limit 20`, state)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var one [2]string
		if err := rows.Scan(&one[0], &one[1]); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// A supervisor's verbs say what is in the way and what to do; without --apply nothing is written, and one person does
// nothing alone.
func TestASupervisorPutsAPaymentRight(t *testing.T) {
	t.Parallel()
	dir, receipt, cents := paidCity(t)
	whole := dollars(cents)
	say := func(want string, code int, args ...string) string {
		t.Helper()
		out, got := fundy(t, append(args, "--city", dir)...)
		if got != code || !strings.Contains(out, want) {
			t.Errorf("fundy %s: exit %d, want %d with %q:\n%s", strings.Join(args, " "), got, code, want, out)
		}
		return out
	}
	other := numbers(t, dir, "open")[0]
	to := func(more ...string) []string {
		return append([]string{"payment", "transfer", receipt, "--to", other[0], "--day", other[1], "--why", "misread", "--as", "anne"}, more...)
	}
	first := numbers(t, dir, "paid")
	say("no ticket of the number FH-0 fits", 1, "payment", "transfer", receipt, "--to", "FH-0", "--why", "misread", "--as", "anne")
	say("is not a name that staff can have", 2, "payment", "transfer", receipt, "--to", other[0], "--day", other[1], "--why", "misread", "--as", "Anne Smith")
	say("looks like a card number", 2, "payment", "transfer", receipt, "--to", other[0], "--why", "4242 4242 4242 4242", "--as", "anne")
	say("nothing was asked for", 0, "payment", "list")
	say("no payment has stopped", 0, "payment", "list", "--stopped")
	say("no payment that stopped is", 1, "payment", "keep", "0011223344556677", "--why", "x", "--as", "anne")
	say("Nothing was written", 0, to()...)
	say("nothing was asked for", 0, "payment", "list")
	id := correctionID.FindString(say("It waits for a second person", 0, to("--apply")...))
	say("something is asked for about this payment already", 1, to("--apply")...)
	say("anne has asked for this: somebody else has to approve it", 1, "payment", "approve", id, "--as", "anne", "--apply")
	say("Nothing was written", 0, "payment", "approve", id, "--as", "ben")
	say("which anne has asked for, is done", 0, "payment", "approve", id, "--as", "ben", "--apply")
	say("this is not waiting for a decision any more", 1, "payment", "approve", id, "--as", "ben", "--apply")
	say("nothing that was asked for has the id", 1, "payment", "refuse", "cor_none", "--as", "ben", "--apply")
	say("ticket "+other[0]+", "+whole+" taken, "+whole+" can still be given back", 0, "refund", "list", "--receipt", receipt)
	say("everything agrees", 0, "ledger", "check")
	if len(first) == 0 || first[0] == other {
		t.Errorf("before, the paid tickets were %v", first)
	}
	if paid := numbers(t, dir, "reopened"); len(paid) != 1 {
		t.Errorf("owed again are %v", paid)
	}

	end := func(verb string, more ...string) []string {
		return append([]string{"ticket", verb, other[0], "--day", other[1], "--why", "a wrong plate", "--as", "anne"}, more...)
	}
	say("a ticket of regime nb-lga that is paid can't become cancelled", 1, end("cancel", "--apply")...)
	say("waits for a second person to become withdrawn.", 0, end("withdraw")...)
	say("ASKED FOR", 0, "ticket", "asked")
	asked := askedID.FindString(say("waits for a second person to become withdrawn, as ask_", 0, end("withdraw", "--apply")...))
	say("waits for a second person already", 1, end("void", "--apply")...)
	say("a wrong plate", 0, "ticket", "asked")
	say("somebody else approves it", 1, "ticket", "approve", asked, "--as", "anne", "--apply")
	say("Nothing was written", 0, "ticket", "approve", asked, "--as", "ben")
	say("nothing that was asked for has this id", 1, "ticket", "refuse", "ask_none", "--as", "ben", "--apply")
	say("which anne has asked for, is approved by ben", 0, "ticket", "approve", asked, "--as", "ben", "--apply")
	say("has been decided already", 1, "ticket", "refuse", asked, "--as", "ben", "--apply")
	refund := refundID.FindString(say("ticket_cancelled", 0, "refund", "list"))
	say("anne has asked for this refund: somebody else has to approve it", 1, "refund", "approve", refund, "--as", "anne", "--apply")
	say("a ticket of regime nb-lga that is withdrawn can't become void", 1, end("void", "--apply")...)
	say("ticket", 0, "queue", "list")
	say("everything agrees", 0, "ledger", "check")
}

// Who asks, approves or withdraws is killed before and after his transaction: all of it stands, or nothing.
func TestASupervisorWhoIsKilledLeavesAllOrNothing(t *testing.T) {
	t.Parallel()
	dir, receipt, _ := paidCity(t)
	built := filepath.Join(t.TempDir(), "fundy")
	if out, err := exec.Command("go", "build", "-tags", "faults", "-o", built, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	tried := map[string]bool{}
	killed := func(crash string, args ...string) {
		t.Helper()
		if _, step, ok := strings.Cut(strings.TrimSuffix(crash, ":1"), ":"); ok {
			tried[step] = true
		}
		cmd := exec.Command(built, append(args, "--city", dir, "--apply")...)
		cmd.Env = append(os.Environ(), "FUNDY_CRASH="+crash)
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("%s: not killed: %v\n%s", crash, err, out)
		}
	}
	stands := func(want string, args ...string) string {
		t.Helper()
		out, code := fundy(t, append(args, "--city", dir)...)
		if code != 0 || !regexp.MustCompile(want).MatchString(out) {
			t.Fatalf("fundy %s: exit %d, want %q:\n%s", strings.Join(args, " "), code, want, out)
		}
		return out
	}
	other := numbers(t, dir, "open")[0]
	ask := []string{"payment", "transfer", receipt, "--to", other[0], "--day", other[1], "--why", "misread", "--as", "anne"}
	killed("before:ask_correction:1", ask...)
	stands("nothing was asked for", "payment", "list")
	killed("after:ask_correction:1", ask...)
	id := correctionID.FindString(stands("transfer .* asked +anne", "payment", "list"))
	approve := []string{"payment", "approve", id, "--as", "ben"}
	killed("before:decide_correction:1", approve...)
	stands("transfer .* asked +anne", "payment", "list")
	stands("everything agrees", "ledger", "check")
	killed("after:decide_correction:1", approve...)
	stands("transfer .* done +anne +ben", "payment", "list")
	stands("ticket "+other[0], "refund", "list", "--receipt", receipt)
	stands("everything agrees", "ledger", "check")
	withdraw := []string{"ticket", "withdraw", other[0], "--day", other[1], "--why", "a wrong plate", "--as", "anne"}
	killed("before:ask_ticket:1", withdraw...)
	stands(`STATE +WHY\s*$`, "ticket", "asked")
	killed("after:ask_ticket:1", withdraw...)
	second := []string{"ticket", "approve", askedID.FindString(stands("withdrawn .* asked +a wrong plate", "ticket", "asked")), "--as", "ben"}
	killed("before:decide_ticket_ask:1", second...)
	stands("no refunds", "refund", "list")
	killed("after:decide_ticket_ask:1", second...)
	stands("ticket_cancelled +asked +anne", "refund", "list")
	stands("everything agrees", "ledger", "check")
	for _, step := range fault.CorrectionSteps {
		if !tried[step.String()] {
			t.Errorf("nobody was killed at %s", step)
		}
	}
}
