package main_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fundy/store"
	"fundy/store/storetest"
)

var mailBatch = regexp.MustCompile(`bat_[0-9a-z]{26}`)

// counterCity is a city with open tickets T00001 to T00004, plates ABC001 to ABC004, 60.00 each by now.
func counterCity(t *testing.T, c store.Config) (dir string) {
	t.Helper()
	dir = importCity(t, c, "")
	must(t, "import", text(t, filepath.Join(t.TempDir(), "t.csv"), importRows(5, "T")), "--city", dir, "--map", text(t, filepath.Join(t.TempDir(), "m.toml"), importMapping), "--apply")
	return dir
}

// A clerk's day at the terminal: what is in the way is said with what to do, nothing is written without --apply, and a
// plate is never said again.
func TestTheCounterAtTheTerminal(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		dir := counterCity(t, c)
		say := func(want string, code int, args ...string) string {
			t.Helper()
			out, got := fundy(t, append(args, "--city", dir)...)
			if got != code || !strings.Contains(out, want) {
				t.Errorf("fundy %s: exit %d, want %d with %q:\n%s", strings.Join(args, " "), got, code, want, out)
			}
			if strings.Contains(out, "ABC00") {
				t.Errorf("a plate is said again:\n%s", out)
			}
			return out
		}
		take := func(number string, more ...string) []string {
			return append([]string{"counter", "take", "--ticket", "T0000" + number, "--plate", "abc-00" + number, "--as", "anne"}, more...)
		}
		say("you have no open drawer", 1, take("1", "--cash", "60.00")...)
		say("no drawer is called A", 1, "drawer", "open", "A", "--as", "anne", "--count", "20x5", "--apply")
		say("is entered", 0, "drawer", "make", "A", "--place", "City Hall", "--as", "dora", "--apply")
		say("write it as", 2, "drawer", "open", "A", "--as", "anne", "--count", "20", "--apply")
		say("this was a dry run", 0, "drawer", "open", "A", "--as", "anne", "--count", "20x5")
		say("you have no open drawer", 1, take("1", "--cash", "60.00", "--apply")...)
		say("with 100.00 in it", 0, "drawer", "open", "A", "--as", "anne", "--count", "20x5", "--apply")

		for text, want := range map[string]string{
			"60.005": "write two", "60.5": "write two", "1,060.00": "without separators", "1 060.00": "without separators", "sixty": "write \"sixty\" as 30.00", "6e1": "as 30.00",
		} {
			say(want, 2, take("1", "--cash", text, "--apply")...)
		}
		say("less than nothing", 2, take("1", "--cash=-60.00", "--apply")...)
		say("more than nothing", 1, take("1", "--cash=0", "--apply")...)
		say("each --cheque needs its --number", 2, take("1", "--cheque", "60.00", "--apply")...)
		say("no ticket has the number", 1, "counter", "take", "--ticket", "T00001", "--plate", "XYZ999", "--as", "anne", "--cash", "60.00")
		say("looks like a card number", 2, "counter", "take", "--ticket", "4242 4242 4242 4242", "--plate", "XYZ999", "--as", "anne", "--cash", "60.00")
		say("looks like a card number", 1, take("1", "--terminal", "60.00", "--auth", "4242424242424242")...)
		say("each have a number", 1, take("1", "--terminal", "60.00", "--auth", "1234567890123")...)
		say("you have seen 40.00, and 60.00 is due", 1, take("1", "--cash", "60.00", "--due", "40.00")...)

		dry := say("this was a dry run", 0, take("1", "--cash", "80.00")...)
		if !regexp.MustCompile(`CHANGE +20\.00`).MatchString(dry) {
			t.Errorf("the change:\n%s", dry)
		}
		say("A-000001", 0, take("1", "--cash", "40.00", "--terminal", "30.00", "--auth", "a1b2c3", "--apply")...)
		say("ticket T00001 is paid", 1, take("1", "--cash", "60.00", "--apply")...)
		say("paid in part", 0, take("2", "--cheque", "25.00", "--number", "311", "--bank", "12345-003", "--apply")...)
		say("A-000003", 0, take("2", "--cheque", "40.00", "--number", "312", "--apply")...)
		say("overpaid", 0, "queue", "list")
		say("hand back: cheque", 0, "counter", "reverse", "A-000003", "--reason", "it was for water", "--as", "anne", "--apply")
		say("does not stand any more", 1, "counter", "reverse", "a-3", "--reason", "again", "--as", "anne", "--apply")
		say("no receipt of this city", 1, "counter", "reverse", "A-000009", "--reason", "again", "--as", "anne", "--apply")

		out := say("is open: 60.00 is to be entered", 0, "batch", "open", "--total", "60.00", "--with", "ben", "--as", "anne", "--apply")
		batch := mailBatch.FindString(out)
		say("takes another person", 1, "batch", "open", "--total", "60.00", "--with", "anne", "--as", "anne", "--apply")
		say("35.00 is not entered yet", 1, append([]string{"batch", "close", batch, "--as", "ben", "--apply"}, firstMail(t, dir, take, batch)...)...)
		say("MAIL-000002", 0, take("4", "--money-order", "35.00", "--order", "77", "--batch", batch, "--apply")...)
		say("is closed at 60.00", 0, "batch", "close", batch, "--as", "ben", "--apply")

		say("has gone from drawer A into the safe", 0, "drawer", "drop", "A", "--as", "anne", "--with", "ben", "--count", "20x1", "--apply")
		say("takes another person", 1, "drawer", "close", "A", "--as", "anne", "--checked-by", "anne", "--count", "20x5 10x1", "--apply")
		say("100.00 was counted and 110.00 should be there", 1, "drawer", "close", "A", "--as", "anne", "--checked-by", "ben", "--count", "20x5", "--apply")
		say("is closed: 110.00 counted, 110.00 expected, over or short 0.00", 0, "drawer", "close", "A", "--as", "anne", "--checked-by", "ben", "--count", "20x5 10x1", "--apply")
		say("city.toml names them", 1, "drawer", "reopen", "A", "--as", "dora", "--reason", "count again", "--apply")
		say("its batch is closed", 1, "counter", "reverse", "A-000001", "--reason", "too late", "--as", "anne", "--apply")
		list := say("dropped", 0, "drawer", "show", "A")
		if !regexp.MustCompile(`A-000003 .*reversed`).MatchString(list) {
			t.Errorf("the drawer's receipts:\n%s", list)
		}
		say("everything agrees", 0, "ledger", "check")
	})
}

// firstMail enters the first letter of a batch.
func firstMail(t *testing.T, dir string, take func(string, ...string) []string, batch string) []string {
	t.Helper()
	must(t, append(take("3", "--cheque", "25.00", "--number", "9", "--batch", batch, "--apply"), "--city", dir)...)
	return nil
}
