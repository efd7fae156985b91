package citytest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/payment"
	"fundy/payout"
)

// drop puts a file into a folder as one that has just been written.
func drop(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// inside are the files of a folder and its two, by their paths.
func inside(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			path, err = filepath.Rel(dir, path)
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// twice looks two times: a file that is the same at both is whole.
func twice(t *testing.T, look func(context.Context) error) {
	t.Helper()
	round(t, look)
	round(t, look)
}

func reason(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "refused", name+".reason.txt"))
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// Files of the bank come into a folder: the whole ones are taken once, in the order of their statements, those that
// are still being written are let be, and what can't be taken is put apart with the reason.
func TestTheBanksFilesAreTakenFromTheFolder(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		dir, rules := t.TempDir(), demoDeposits(t, "")
		f := c.Feeds(time.Hour, rules, dir)
		payOne(t, c, "F1")
		days(t, c, 6)
		round(t, f.Fetch)

		first, second := string(c.BankFile("2027-03-03", "2027-03-04", 5, "")), string(c.BankFile("2027-03-05", "2027-03-08", 5, ""))
		drop(t, dir, "a.bai", second) // by name, the later one comes first
		drop(t, dir, "b.bai", first[:len(first)/2])
		drop(t, dir, "c.bai.part", "01,")
		drop(t, dir, ".hidden", "01,")
		round(t, f.Look)
		drop(t, dir, "b.bai", first) // it has grown: it was not whole
		round(t, f.Look)
		if got := inside(t, dir); got != ".hidden b.bai c.bai.part taken/a.bai" {
			t.Fatalf("after two looks: %s", got)
		}
		if err := os.Rename(filepath.Join(dir, "c.bai.part"), filepath.Join(dir, "c.bai")); err != nil {
			t.Fatal(err)
		}
		round(t, f.Look)
		if got := inside(t, dir); got != ".hidden c.bai taken/a.bai taken/b.bai" {
			t.Fatalf("the other one, once it is whole: %s", got)
		}
		if states(t, c)[payment.Banked] != 1 {
			t.Errorf("%v", states(t, c))
		}
		round(t, f.Look)
		if said := reason(t, dir, "c.bai"); !strings.Contains(said, "line 1, ") || strings.Count(queue(t, c), "feed bank_file/") != 1 {
			t.Errorf("half a file: %q, %s", said, queue(t, c))
		}

		drop(t, dir, "a.bai", second) // the same again, by the same name
		twice(t, f.Look)
		if got := inside(t, dir); got != ".hidden refused/c.bai refused/c.bai.reason.txt taken/2-a.bai taken/a.bai taken/b.bai" {
			t.Errorf("the same again: %s", got)
		}

		days(t, c, 5)
		drop(t, dir, "d.bai", string(c.BankFile("2027-03-11", "2027-03-12", 5, ""))) // it follows the one after it by name
		drop(t, dir, "e.bai", string(c.BankFile("2027-03-09", "2027-03-10", 5, "")))
		twice(t, f.Look)
		if got := inside(t, dir); !strings.HasSuffix(got, "taken/b.bai taken/d.bai taken/e.bai") || strings.Count(got, "refused/") != 2 {
			t.Errorf("in the order of their statements: %s", got)
		}
		c.CheckLedger()
	})
}

// A statement that does not begin where the last one ended is refused by the folder. Taken by a person with a reason
// it is taken, that is kept for good, and the queue forgets the refused file.
func TestAMissingStatementIsRefusedUntilAPersonSaysWhy(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, dir, rules := context.Background(), t.TempDir(), demoDeposits(t, "")
		f, d := c.Feeds(0, rules, dir), c.Deposits()
		days(t, c, 9)
		takeBank(t, d, "a.bai", c.BankFile("2027-03-03", "2027-03-04", 5, ""))
		later := c.BankFile("2027-03-08", "2027-03-09", 5, "")
		drop(t, dir, "later.bai", string(later))
		twice(t, f.Look)
		said := reason(t, dir, "later.bai")
		for _, want := range []string{"the statement of 2027-03-08 of the account operating starts with ", "the last (of 2027-03-04) ended with ", "a statement is missing. Nothing of the file was taken"} {
			if !strings.Contains(said, want) {
				t.Errorf("the reason does not say %q: %s", want, said)
			}
		}
		if q := queue(t, c); strings.Count(q, "feed bank_file/") != 1 {
			t.Errorf("%q", q)
		}
		var gap *payout.Gap
		if _, err := d.Bank(ctx, "later.bai", later, nil, true); !errors.As(err, &gap) || gap.Difference.IsZero() {
			t.Errorf("%v", err)
		}
		for despite, want := range map[citytest.Despite]string{
			{Why: "lost", By: ""}:                      "is not a name that staff can have",
			{Why: " ", By: "ann"}:                      "say in one line",
			{Why: "line\nand line", By: "ann"}:         "say in one line",
			{Why: "card 4111 1111 1111 1111", By: "b"}: "looks like a card number",
		} {
			if _, err := d.BankDespite(ctx, "later.bai", later, nil, despite, true); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: %v", despite, err)
			}
		}
		why := citytest.Despite{Why: "the bank has no statement of the two days between", By: "ann"}
		if b, err := d.BankDespite(ctx, "later.bai", later, nil, why, true); err != nil || len(b.Gaps) != 1 || b.New == 0 {
			t.Fatalf("%+v, %v", b, err)
		}
		if b, err := d.Bank(ctx, "later.bai", later, nil, true); err != nil || !b.Known || b.New != 0 {
			t.Errorf("the same again needs no reason: %+v, %v", b, err)
		}
		if q := queue(t, c); q != "" {
			t.Errorf("%q", q)
		}
		if dump := c.Leaves("statement_gap"); len(dump) != 1 || !strings.Contains(dump[0], `"account":"operating","by":"ann","day":"2027-03-08"`) || strings.Contains(dump[0], "between") {
			t.Errorf("%v", dump)
		}
		// The missing ones come at last.
		if b, err := d.Bank(ctx, "between.bai", c.BankFile("2027-03-05", "2027-03-07", 5, ""), nil, true); err != nil || b.New == 0 {
			t.Errorf("%+v, %v", b, err)
		}
	})
}

// CSV is read by the folder's mapping. One without a mapping is refused, one with a broken mapping waits.
func TestTheFolderReadsCSVByItsMapping(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		dir, rules := t.TempDir(), demoDeposits(t, "")
		f := c.Feeds(0, rules, dir)
		const rows = "Date,Text,Amount,Balance\n2027-03-02,PROPERTY TAX,10.00,110.00\n2027-03-02,CHEQUE,-5.00,105.00\n"
		drop(t, dir, "no.csv", rows)
		twice(t, f.Look)
		if said := reason(t, dir, "no.csv"); !strings.Contains(said, "mapping.toml in the bank's folder") {
			t.Errorf("%q", said)
		}
		drop(t, dir, "mapping.toml", "days = \"YYYY-MM-DD\"\norder = \"any\"\n")
		drop(t, dir, "yes.csv", rows+"\n")
		twice(t, f.Look)
		if got := inside(t, dir); !strings.Contains(got, " yes.csv") || !strings.Contains(c.Log.String(), "alarm=bank_file_waits") {
			t.Errorf("with a broken mapping: %s", got)
		}
		drop(t, dir, "mapping.toml", "days = \"YYYY-MM-DD\"\norder = \"oldest first\"\naccount = \"000104762233\"\ncurrency = \"CAD\"\n[column]\nbooked = \"Date\"\ntext = \"Text\"\namount = \"Amount\"\nbalance = \"Balance\"\n")
		c.SetNow(c.Now().Add(2 * time.Minute))
		twice(t, f.Look)
		if got := inside(t, dir); got != "mapping.toml refused/no.csv refused/no.csv.reason.txt taken/yes.csv" {
			t.Errorf("%s", got)
		}
		if q := queue(t, c); strings.Count(q, "line bnk_") != 2 {
			t.Errorf("two lines are nobody's: %q", q)
		}
		*rules = strings.Replace(*rules, "[[rule]] # the counter's bag", "[[rule]]\nas = \"not_ours\"\ncontains = \"property\"\n\n[[rule]] # the counter's bag", 1)
		drop(t, dir, "yes.csv", rows+"\n")
		twice(t, f.Look)
		if q := queue(t, c); strings.Count(q, "line bnk_") != 1 {
			t.Errorf("a rule was written for one of them: %q", q)
		}
	})
}

// What is no file of the bank's, or leads out of the folder, is neither read nor followed.
func TestNothingOutsideTheFolderIsTouched(t *testing.T) {
	t.Parallel()
	c := citytest.SQLiteAt(t, wednesday)
	dir, outside := t.TempDir(), t.TempDir()
	rules := demoDeposits(t, "")
	f := c.Feeds(0, rules, dir)
	drop(t, outside, "secret", "01,the key of another\n")
	drop(t, dir, strings.Repeat("n", 201), "01,")
	if err := errors.Join(os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "link.bai")), os.Mkdir(filepath.Join(dir, "folder"), 0o700)); err != nil {
		t.Fatal(err)
	}
	big, err := os.Create(filepath.Join(dir, "big.csv"))
	if err == nil {
		err = errors.Join(big.Truncate(65<<20), big.Close()) // no bytes on the disk
	}
	if err != nil {
		t.Fatal(err)
	}
	twice(t, f.Look)
	if said := reason(t, dir, "link.bai"); !strings.Contains(said, "not a link to it") {
		t.Errorf("%q", said)
	}
	if said := reason(t, dir, "big.csv"); !strings.Contains(said, "larger than 64 MB") {
		t.Errorf("%q", said)
	}
	if b, err := os.ReadFile(filepath.Join(outside, "secret")); err != nil || !strings.HasPrefix(string(b), "01,the key") {
		t.Errorf("%q, %v", b, err)
	}
	// The folder for what was taken is a link out: nothing goes there.
	if err := os.Symlink(outside, filepath.Join(dir, "taken")); err != nil {
		t.Fatal(err)
	}
	drop(t, dir, "a.bai", string(c.BankFile("2027-03-02", "2027-03-02", 2, "")))
	twice(t, f.Look)
	if got := inside(t, outside); got != "secret" {
		t.Errorf("outside: %s", got)
	}
	if got := inside(t, dir); !strings.Contains(got, "a.bai") || !strings.Contains(c.Log.String(), "alarm=bank_folder") {
		t.Errorf("%s", got)
	}
	// Of many files, twenty are taken at a look.
	more := t.TempDir()
	f = c.Feeds(0, rules, more)
	for i := range 25 {
		drop(t, more, fmt.Sprintf("%02d.bai", i), "01,")
	}
	twice(t, f.Look)
	if got := inside(t, more); strings.Count(got, ".reason.txt") != 20 {
		t.Errorf("at one look: %s", got)
	}
}
