package main_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fundy/fault"
)

// fundyWith is fundy with something on its standard input.
func fundyWith(t *testing.T, input string, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// A finance clerk's way through a refund by cheque, with what stands in the way said in her words. The payee is in no
// output, and in the requisition's file alone.
func TestARefundByChequeAtTheTerminal(t *testing.T) {
	t.Parallel()
	dir, receipt, cents := paidCity(t)
	whole, today := dollars(cents), todayThere(t)
	all := ""
	say := func(want string, code int, input string, args ...string) string {
		t.Helper()
		out, got := fundyWith(t, input, append(append([]string{"refund"}, args...), "--city", dir)...)
		if got != code || !strings.Contains(out, want) {
			t.Errorf("fundy refund %s: exit %d, want %d with %q:\n%s", strings.Join(args, " "), got, code, want, out)
		}
		all += out
		return out
	}
	ask := []string{"ask", receipt, "--amount", whole, "--expect", whole, "--reason", "city_error", "--as", "anne", "--way", "cheque"}
	payee := "Zebulon Example\n1 Main Street\n"
	say("a cheque needs its payee, and nothing else does", 2, "", ask...)
	say("a cheque needs its payee, and nothing else does", 2, payee, append(ask, "--way", "processor", "--payee-file", "-")...)
	say("it can't go back by \"terminal\"", 1, "", append(ask, "--way", "terminal")...)
	say("it can't go back by \"pigeon\"", 1, "", append(ask, "--way", "pigeon")...)
	say("has 1 lines: write the name on the first", 2, "Zebulon Example", append(ask, "--payee-file", "-")...)
	say("no card is written down here", 2, payee+"4242 4242 4242 4242", append(ask, "--payee-file", "-")...)
	say("this was a dry run", 0, payee, append(ask, "--payee-file", "-")...)
	id := refundID.FindString(say("waits for a second person", 0, payee, append(ask, "--payee-file", "-", "--apply")...))
	say("is owed to the payer by cheque: fundy refund requisition asks for it", 0, "", "approve", id, "--as", "ben", "--apply")

	file := filepath.Join(t.TempDir(), "out", "requisition.csv")
	say("anne has given the payee of "+id, 1, "", "requisition", "--as", "anne")
	say("Requisition 1 would ask for 1 cheques, "+whole, 0, "", "requisition", "--as", "carol")
	say("--out FILE says where the file goes", 2, "", "requisition", "--as", "carol", "--apply")
	say("Requisition 1: 1 cheques, "+whole, 0, "", "requisition", "--as", "carol", "--apply", "--out", file)
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), id+","+receipt+","+whole+",CAD,Zebulon Example,1 Main Street,") {
		t.Errorf("%v: %s", err, text)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read it: %v", info.Mode())
	}
	say("is there already: it is not written over", 1, "", "requisition", "--as", "carol", "--apply", "--out", file, "--again", "1")
	say("Requisition 1: 1 cheques", 0, "", "requisition", "--as", "carol", "--apply", "--out", file+"2", "--again", "1")
	if again, err := os.ReadFile(file + "2"); err != nil || string(again) != string(text) {
		t.Errorf("once more: %v: %s", err, again)
	}
	say("there is no requisition 7", 1, "", "requisition", "--as", "carol", "--apply", "--out", file+"3", "--again", "7")
	say("no refund waits for a cheque", 1, "", "requisition", "--as", "carol")

	cheques := filepath.Join(t.TempDir(), "cheques.csv")
	write := func(row string) {
		t.Helper()
		if err := os.WriteFile(cheques, []byte("refund,number,date,amount\n"+row+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	say("say REFUND --number N --date DAY, or --file FILE.csv", 2, "", "cheque", id, "--as", "carol")
	write(fmt.Sprintf("%s,0077,%s,%s", id, today, dollars(cents+1)))
	say("cheques.csv: line 2, amount: the cheque is of "+dollars(cents+1)+" and the refund "+id+" of "+whole, 1, "", "cheque", "--file", cheques, "--as", "carol", "--apply")
	write(fmt.Sprintf("%s,0077,%s,%s", id, today, whole))
	say("this was a dry run", 0, "", "cheque", "--file", cheques, "--as", "carol")
	say("1 cheques, "+whole+"; 0 that were here already", 0, "", "cheque", "--file", cheques, "--as", "carol", "--apply")
	say("0 cheques, 0.00; 1 that were here already", 0, "", "cheque", id, "--number", "77", "--date", today, "--as", "carol", "--apply")
	say("is issued: no cheque is to be written for it", 1, "", "cheque", id, "--number", "78", "--date", today, "--as", "carol", "--apply")
	say("cheque 77 of "+today, 0, "", "list")

	say("this refund is issued: that does not happen to it there", 1, payee, "readdress", id, "--payee-file", "-", "--as", "dora", "--apply")
	say("no refund has the id \"rfd_none\"", 1, "", "returned", "rfd_none", "--as", "carol", "--apply")
	say("is back, and still the payer's", 0, "", "returned", id, "--as", "carol", "--apply")
	say("goes onto the next requisition", 0, payee, "readdress", id, "--payee-file", "-", "--as", "dora", "--apply")
	say("has your word: it happens when somebody else says the same", 0, "", "end", id, "--why", "she wants it on her card", "--as", "anne", "--apply")
	say("anne has said so before", 1, "", "end", id, "--why", "again", "--as", "anne", "--apply")
	say("looks like a card number", 2, "", "end", id, "--why", "4242424242424242", "--as", "ben", "--apply")
	say("has ended: its money is free", 0, "", "end", id, "--why", "she wants it on her card", "--as", "ben", "--apply")
	say("that does not happen to it there", 1, "", "terminal", id, "--auth", "004512", "--as", "carol", "--apply")
	say("missing flags", 2, "", "settle-by-hand", id, "--why", "seen", "--as", "carol")
	say("\"checking\" is none of the city's accounts [operating]", 2, "", "cleared", id, "--account", "checking", "--date", today, "--as", "carol", "--apply")
	if strings.Contains(all, "Zebulon") || strings.Contains(all, "Main Street") {
		t.Errorf("the payee is said:\n%s", all)
	}
	if out, code := fundy(t, "ledger", "check", "--city", dir); code != 0 || !strings.Contains(out, "everything agrees") {
		t.Errorf("exit %d:\n%s", code, out)
	}
}

// Who makes a requisition or enters cheques is killed before and after each step: what was written is whole, the file
// of a requisition that stands is made again, and no cheque is asked for or entered twice.
func TestAClerkKilledOnTheWayOfAChequeLosesNothing(t *testing.T) {
	t.Parallel()
	dir, receipt, cents := paidCity(t)
	built := filepath.Join(t.TempDir(), "fundy")
	if out, err := exec.Command("go", "build", "-tags", "faults", "-o", built, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	tried := map[string]bool{}
	run := func(crash, input string, args ...string) string {
		t.Helper()
		if _, step, ok := strings.Cut(strings.TrimSuffix(crash, ":1"), ":"); ok {
			tried[step] = true
		}
		cmd := exec.CommandContext(t.Context(), built, append(append([]string{"refund"}, args...), "--city", dir)...)
		cmd.Env, cmd.Stdin = append(os.Environ(), "FUNDY_CRASH="+crash), strings.NewReader(input)
		out, err := cmd.CombinedOutput()
		if killed := err != nil && strings.Contains(err.Error(), "killed"); killed != (crash != "") {
			t.Errorf("%q, fundy refund %s: %v\n%s", crash, strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	file, today := filepath.Join(t.TempDir(), "q.csv"), todayThere(t)
	payee := "Zebulon Example\n1 Main Street\n"
	id := refundID.FindString(run("", payee, "ask", receipt, "--amount", dollars(cents), "--expect", dollars(cents), "--reason", "city_error", "--as", "anne", "--way", "cheque", "--payee-file", "-", "--apply"))
	run("before:decide_refund:1", "", "approve", id, "--as", "ben", "--apply")
	run("after:decide_refund:1", "", "approve", id, "--as", "ben", "--apply")
	write := []string{"requisition", "--as", "carol", "--out", file, "--apply"}
	run("after:record_opening:1", "", write...)
	run("before:make_requisition:1", "", write...)
	if out := run("", "", "requisition", "--as", "carol"); !strings.Contains(out, "Requisition 1 would ask for 1 cheques") {
		t.Errorf("killed before it was written:\n%s", out)
	}
	run("after:make_requisition:1", "", write...)
	if _, err := os.Stat(file); err == nil {
		t.Error("killed before the file was written, and it is there")
	}
	run("", "", append(write, "--again", "1")...)
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), id+","+receipt+","+dollars(cents)+",CAD,Zebulon Example") {
		t.Errorf("%v: %s", err, text)
	}
	cheque := []string{"cheque", id, "--number", "77", "--date", today, "--as", "carol", "--apply"}
	run("before:issue_cheques:1", "", cheque...)
	run("after:issue_cheques:1", "", cheque...)
	if out := run("", "", cheque...); !strings.Contains(out, "0 cheques, 0.00; 1 that were here already") {
		t.Errorf("entered before:\n%s", out)
	}
	run("before:end_cheque:1", "", "returned", id, "--as", "carol", "--apply")
	run("after:end_cheque:1", "", "returned", id, "--as", "carol", "--apply")
	// Its payer gives another address; before, it is not there, and after, it is there once.
	readdress := []string{"readdress", id, "--payee-file", "-", "--as", "dora", "--apply"}
	run("before:ask_payee:1", payee, readdress...)
	if out := run("", "", "requisition", "--as", "carol"); strings.Contains(out, "Requisition 2 would ask for 1 cheques") {
		t.Errorf("killed before the address was kept, and it is asked for:\n%s", out)
	}
	run("after:ask_payee:1", payee, readdress...)
	again := exec.CommandContext(t.Context(), built, append(append([]string{"refund"}, readdress...), "--city", dir)...)
	again.Stdin = strings.NewReader(payee)
	if out, err := again.CombinedOutput(); err == nil || !strings.Contains(string(out), "that does not happen to it there") {
		t.Errorf("dora was not answered, and gives it again: %v\n%s", err, out)
	}
	if out := run("", "", "requisition", "--as", "carol"); !strings.Contains(out, "Requisition 2 would ask for 1 cheques") {
		t.Errorf("killed after the address was kept:\n%s", out)
	}
	if out, code := fundy(t, "ledger", "check", "--city", dir); code != 0 || !strings.Contains(out, dollars(cents)+" is owed by cheque and 0.00 is on cheques") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	// Two people end it: each one's word stands once, and it ends once.
	end := func(by string) []string {
		return []string{"end", id, "--why", "she wants it on her card", "--as", by, "--apply"}
	}
	run("before:say_of_refund:1", "", end("anne")...)
	run("after:say_of_refund:1", "", end("anne")...)
	if out, code := fundy(t, append([]string{"refund"}, append(end("anne"), "--city", dir)...)...); code != 1 || !strings.Contains(out, "anne has said so before") {
		t.Errorf("anne was not answered, and says it again: exit %d\n%s", code, out)
	}
	run("before:say_of_refund:1", "", end("ben")...)
	run("after:say_of_refund:1", "", end("ben")...)
	if out, code := fundy(t, append([]string{"refund"}, append(end("ben"), "--city", dir)...)...); code != 1 || !strings.Contains(out, "that does not happen to it there") {
		t.Errorf("ben was not answered, and says it again: exit %d\n%s", code, out)
	}
	if out, code := fundy(t, "ledger", "check", "--city", dir); code != 0 || !strings.Contains(out, "everything agrees") || strings.Contains(out, dollars(cents)+" is owed by cheque") {
		t.Errorf("in the end: exit %d\n%s", code, out)
	}
	for _, step := range fault.ChequeSteps {
		if !tried[step.String()] {
			t.Errorf("nobody was killed at %s", step)
		}
	}
}

// todayThere is the day on the demonstration city's calendar: the machine's can be the next one already.
func todayThere(t *testing.T) string {
	t.Helper()
	zone, err := time.LoadLocation("America/Moncton")
	if err != nil {
		t.Fatal(err)
	}
	return time.Now().In(zone).Format("2006-01-02")
}
