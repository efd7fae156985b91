package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/store"
	"fundy/store/storetest"
)

var (
	anyBatch    = regexp.MustCompile(`(bat_[0-9a-z]{26}) +(cash|cheque|terminal)`)
	depositID   = regexp.MustCompile(`dep_[0-9a-z]{26}`)
	itemID      = regexp.MustCompile(`itm_[0-9a-z]{26}`)
	chargeID    = regexp.MustCompile(`chg_[0-9a-z]{26}`)
	lineID      = regexp.MustCompile(`bnk_[0-9a-z]{16}`)
	receiptForm = regexp.MustCompile(`Receipt ([0-9A-Z-]{14})`)
)

// bankFile is the bank's file of a day, BAI2, with lines as "16,301,6000,Z,BK1,SLIP 1,TICKET COUNTER".
func bankFile(t *testing.T, day time.Time, cents int64, line string) string {
	t.Helper()
	short := day.Format("060102")
	return text(t, filepath.Join(t.TempDir(), "bank.bai"), fmt.Sprintf("01,B,C,%s,0500,1,,,2/\n02,C,B,1,%s,2400,CAD,2/\n03,000104762233,,/\n%s/\n49,%d,3/\n98,%d,1,5/\n99,%d,1,7/\n",
		short, short, line, cents, cents, cents))
}

// Counter money on its way by the verbs: slip, terminal, the bank's lines, a cheque that comes back with its charge, and
// an item. Without --apply nothing is written, and what is in the way is said with what to do.
func TestDepositsAndItemsByTheVerbs(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		dir := counterCity(t, c)
		rules, err := os.ReadFile("../../examples/cities/demo/deposits.toml")
		if err != nil {
			t.Fatal(err)
		}
		text(t, filepath.Join(dir, "deposits.toml"), string(rules))
		settings, err := os.ReadFile(filepath.Join(dir, "city.toml"))
		if err != nil {
			t.Fatal(err)
		}
		fee := regexp.MustCompile(`nsf_fee = .*`).ReplaceAllString(regexp.MustCompile(`nsf_clause = .*`).ReplaceAllString(string(settings), "nsf_clause = 'Fees By-law 9'"), "nsf_fee = '25.00'")
		text(t, filepath.Join(dir, "city.toml"), fee)
		say := func(want string, code int, args ...string) string {
			t.Helper()
			out, got := fundy(t, append(args, "--city", dir)...)
			if got != code || !strings.Contains(out, want) {
				t.Errorf("fundy %s: exit %d, want %d with %q:\n%s", strings.Join(args, " "), got, code, want, out)
			}
			return out
		}
		zone, err := time.LoadLocation("America/Moncton")
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().In(zone)
		today := now.Format(time.DateOnly)
		must(t, "drawer", "make", "A", "--place", "City Hall", "--as", "dora", "--apply", "--city", dir)
		must(t, "drawer", "open", "A", "--as", "anne", "--count", "0", "--apply", "--city", dir)
		taken := say("A-000001", 0, "counter", "take", "--ticket", "T00001", "--plate", "ABC001", "--cheque", "60.00", "--number", "451", "--as", "anne", "--apply")
		receipt := receiptForm.FindStringSubmatch(taken)[1]
		say("A-000002", 0, "counter", "take", "--ticket", "T00002", "--plate", "ABC002", "--terminal", "60.00", "--auth", "X1", "--as", "anne", "--apply")
		must(t, "drawer", "close", "A", "--as", "anne", "--checked-by", "ben", "--count", "0", "--apply", "--city", dir)
		batches := map[string]string{}
		for _, m := range anyBatch.FindAllStringSubmatch(say("terminal", 0, "deposit", "list"), -1) {
			batches[m[2]] = m[1]
		}
		slip := []string{"deposit", "make", "--account", "operating", "--day", today, "--reference", "1001", "--batch", batches["cheque"], "--as", "carl"}
		say("the deposit slip 1001 of 60.00", 0, slip...)
		say("would be on its way", 0, slip...)
		say("none of the accounts in deposits.toml", 2, "deposit", "make", "--account", "petty", "--day", today, "--reference", "1001", "--batch", batches["cheque"], "--as", "carl")
		say("a terminal's is entered with fundy deposit terminal", 1, "deposit", "make", "--account", "operating", "--day", today, "--reference", "1001", "--batch", batches["terminal"], "--as", "carl")
		say("with a digit in it", 2, "deposit", "make", "--account", "operating", "--day", today, "--reference", "none", "--batch", batches["cheque"], "--as", "carl")
		made := say("on its way to the bank, as dep_", 0, append(slip, "--apply")...)
		say("is open still, or in a deposit already", 1, append(slip, "--apply")...)
		say("went out of the house", 0, "deposit", "sent", depositID.FindString(made), "--as", "carl", "--apply")
		say("is further already", 1, "deposit", "sent", depositID.FindString(made), "--as", "carl", "--apply")
		say("NEEDS A PERSON: our entries come to 60.00, which is 1.00 more", 0, "deposit", "terminal", "--account", "operating", "--day", today, "--reference", "041", "--batch", batches["terminal"], "--total", "59.00", "--as", "carl")
		say("the terminal batch 041 of 60.00", 0, "deposit", "terminal", "--account", "operating", "--day", today, "--reference", "041", "--batch", batches["terminal"], "--total", "60.00", "--as", "carl", "--apply")

		say(`"deposits_found":0,`, 0, "settle", "bank", bankFile(t, now, 5995, "16,301,5995,Z,BK1,SLIP 1001,TICKET COUNTER"), "--apply", "--json")
		report := say("the deposit slip 1001 is 60.00: they differ by -0.05", 0, "settle", "report", "--day", today)
		want(t, report, 0, 0, "counter cheque", "counter terminal", "deposit 1001")
		accept := []string{"deposit", "accept", depositID.FindString(made), "--line", lineID.FindString(report), "--why", "the bank's count"}
		say("somebody else has to", 1, append(accept, "--as", "carl", "--apply")...)
		say("looks like a card number", 2, append(accept[:5:5], "--why", "4242 4242 4242 4242", "--as", "dora", "--apply")...)
		say("Short 0.05", 0, append(accept, "--as", "dora", "--apply")...)

		back := []string{"item", "returned", receipt, "--cheque", "451", "--reason", "nsf", "--as", "dora"}
		say("no cheque of this number", 1, "item", "returned", receipt, "--cheque", "452", "--reason", "nsf", "--as", "dora")
		say("this was a dry run", 0, back...)
		charge := say("A charge of 25.00 is made for it, by Fees By-law 9", 0, append(back, "--apply")...)
		say("came back already", 1, append(back, "--apply")...)
		say("T00001", 0, "charge", "list")
		say("no further cheque is taken", 1, "counter", "take", "--ticket", "T00001", "--plate", "ABC001", "--cheque", "60.00", "--number", "452", "--as", "anne")
		must(t, "drawer", "open", "A", "--as", "anne", "--count", "0", "--apply", "--city", dir)
		pay := []string{"charge", "pay", chargeID.FindString(charge), "--as", "anne"}
		say("no cheque is taken for it", 1, append(pay, "--tender", "cheque", "--amount", "25.00", "--number", "453")...)
		say("change 5.00", 0, append(pay, "--tender", "cash", "--amount", "30.00", "--apply")...)
		say("nothing is owed for this charge", 1, append(pay, "--tender", "cash", "--amount", "30.00", "--apply")...)
		say("1 cheques came back", 0, "settle", "bank", bankFile(t, now, 6000, "16,555,6000,Z,BK2,RTN,RETURNED ITEM CHQ 00451"), "--apply")

		enter := []string{"item", "enter", "--kind", "cheque", "--amount", "30.00", "--number", "77", "--reason", "unidentified", "--as", "bea"}
		note := text(t, filepath.Join(t.TempDir(), "note"), "from Mrs. Secret-Tide")
		say("another than the city's goes with", 2, append(enter, "--currency", "usd")...)
		say("looks like a card number", 2, append(enter, "--note", text(t, filepath.Join(t.TempDir(), "card"), "4242 4242 4242 4242"))...)
		item := itemID.FindString(say("is kept, as itm_", 0, append(enter, "--note", note, "--apply")...))
		want(t, say("unidentified", 0, "item", "list"), 0, 0, "supervisor", item)
		say("closes by itself", 1, "queue", "close", queueID(t, dir, item), "--as", "dora", "--outcome", "gone", "--apply")
		say("from Mrs. Secret-Tide", 0, "item", "note", item, "--as", "dora")
		say("not a name that staff can have", 2, "item", "note", item, "--as", "Dora D")
		say("put to no ticket: it is the payer's", 0, "item", "deposit", item, "--as", "anne", "--apply")
		say("it goes back as a refund", 2, "item", "return", item, "--as", "dora", "--apply")
		second := itemID.FindString(say("is kept, as itm_", 0, append(enter[:7:7], "78", "--reason", "unsigned", "--as", "bea", "--apply")...))
		say("goes back with the letter of "+today, 0, "item", "return", second, "--as", "dora", "--apply")
		say("letter of "+today, 0, "item", "list", "--state", "returned")
		say("the item has no note", 1, "item", "note", second, "--as", "dora")
		say("everything agrees", 0, "ledger", "check")
		if files, err := filepath.Glob(filepath.Join(dir, "fundy.db*")); err == nil {
			for _, f := range files {
				if b, err := os.ReadFile(f); err != nil || strings.Contains(string(b), "Secret-Tide") {
					t.Errorf("a note stands in clear in %s (%v)", filepath.Base(f), err)
				}
			}
		}
	})
}

// queueID is the id under which something stands in the queue.
func queueID(t *testing.T, dir, about string) string {
	t.Helper()
	out := must(t, "queue", "list", "--city", dir)
	for line := range strings.Lines(out) {
		if strings.Contains(line, about) {
			return strings.Fields(line)[0]
		}
	}
	t.Fatalf("%s is not in the queue:\n%s", about, out)
	return ""
}
