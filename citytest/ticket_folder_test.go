package citytest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/citytest"
	"fundy/payment"
	"fundy/store"
)

// handheld is how the made-up handhelds of these tests write their tickets.
const handheld = `name = "handheld"

[file]
delimiter = ","

[field]
number       = { column = "Number" }
issued_on    = { column = "Day", forms = ["YYYY-MM-DD"] }
issued_time  = { column = "Time", forms = ["HH:MM"] }
offence      = { column = "Code" }
plate        = { column = "Plate" }
jurisdiction = { constant = "NB" }
`

// ticketRows is a file of tickets numbered from n on, of the plates given.
func ticketRows(n int, plates ...string) string {
	rows := "Number,Day,Time,Code,Plate\n"
	for i, plate := range plates {
		rows += fmt.Sprintf("H%06d,2027-03-02,10:%02d,METER,%s\n", n+i, i, plate)
	}
	return rows
}

// ticketCity is a city into whose folder files of handhelds come.
func ticketCity(t *testing.T, c *citytest.City, s city.IntakeSettings) (f *citytest.Feeds, dir string) {
	t.Helper()
	dir, s.Mapping = t.TempDir(), "handheld"
	mappings := t.TempDir()
	drop(t, mappings, "handheld.toml", handheld)
	return c.TicketFeeds(dir, mappings, s), dir
}

func ticketsOf(t *testing.T, c *citytest.City) int {
	t.Helper()
	n := 0
	do(t, c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.Imports(ctx, 1000)
		n = 0
		for _, one := range all {
			n += one.New
		}
		return err
	}))
	return n
}

// A file of tickets that comes by its folder is run dry, applied by itself where nothing is wrong, and read once whatever it
// is called; it waits until it is whole and until what its sender says of it is.
func TestFilesOfTicketsAreTakenFromTheFolder(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		f, dir := ticketCity(t, c, city.IntakeSettings{})
		whole := ticketRows(1, "GKB 481", "GKB 482", "GKB 483")
		drop(t, dir, "a.csv", whole[:len(whole)-20])
		drop(t, dir, "b.csv.part", "Number")
		round(t, f.LookTickets)
		drop(t, dir, "a.csv", whole) // it has grown
		round(t, f.LookTickets)
		if got := inside(t, dir); got != "a.csv b.csv.part" || ticketsOf(t, c) != 0 {
			t.Fatalf("while it grows: %s, %d tickets", got, ticketsOf(t, c))
		}
		round(t, f.LookTickets)
		if got := inside(t, dir); got != "b.csv.part taken/a.csv" || ticketsOf(t, c) != 3 {
			t.Fatalf("once it is whole: %s, %d tickets\n%s", got, ticketsOf(t, c), c.Log)
		}
		drop(t, dir, "again.csv", whole)
		twice(t, f.LookTickets)
		if got := inside(t, dir); got != "b.csv.part taken/a.csv taken/again.csv" || len(c.Leaves("folder_file")) != 2 || queue(t, c) != "" {
			t.Errorf("the same again: %s, %v, %s", got, c.Leaves("folder_file"), queue(t, c))
		}
		drop(t, dir, "c.csv", ticketRows(4, "GKB 484"))
		drop(t, dir, "c.csv.totals.toml", "rows = 1\nsum_of_fines = \"60.00\"\n")
		twice(t, f.LookTickets)
		if got := inside(t, dir); !strings.HasSuffix(got, "taken/c.csv taken/c.csv.totals.toml") || ticketsOf(t, c) != 4 {
			t.Errorf("with its sender's totals: %s, %s\n%s", got, queue(t, c), c.Log)
		}
		c.CheckLedger()
	})
}

// held is the one file that waits, and its content.
func heldFile(t *testing.T, c *citytest.City, f *citytest.Feeds, why string) (store.FolderFile, []byte) {
	t.Helper()
	var all []store.FolderFile
	do(t, c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = tx.OpenFolderFiles(ctx, 10)
		return err
	}))
	if len(all) != 1 || all[0].Why != why {
		t.Fatalf("what waits: %+v, want one for %s\n%s", all, why, c.Log)
	}
	file, content, err := f.Held(context.Background(), all[0].ID)
	do(t, err)
	return file, content
}

// A file with rejects, with other totals than its sender's, without a row, or that can't be read is held with what it would
// come to: nothing of it is written until a person applies it.
func TestAFileOfTicketsWithSomethingWrongIsHeld(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx := context.Background()
		f, dir := ticketCity(t, c, city.IntakeSettings{})
		drop(t, dir, "good.csv", ticketRows(1, "GKB 481"))
		twice(t, f.LookTickets)
		for i, bad := range []struct{ why, content, totals string }{
			{"rejects", ticketRows(10, "GKB 490") + "H000011,2027-03-02,10:30,NOSUCH,GKB 491\n", ""},
			{"rejects", ticketRows(1, "GKB 999"), ""}, // contradicts the ticket that is there
			{"totals", ticketRows(20, "GKB 492"), "rows = 2\n"},
			{"totals", ticketRows(21, "GKB 492"), "rows = 1\nsum_of_fines = \"59.99\"\n"},
			{"totals", ticketRows(22, "GKB 492"), "many\n"},
			{"empty", ticketRows(30), ""},
			{"unread", "Nummer;Tag\n1;2\n", ""},
		} {
			before, name := ticketsOf(t, c), fmt.Sprintf("bad-%d.csv", i)
			drop(t, dir, name, bad.content)
			if bad.totals != "" {
				drop(t, dir, name+".totals.toml", bad.totals)
			}
			twice(t, f.LookTickets)
			file, content := heldFile(t, c, f, bad.why)
			if string(content) != bad.content || ticketsOf(t, c) != before || !strings.Contains(inside(t, dir), "held/"+file.ID+"-"+name) {
				t.Errorf("%s: %d tickets, %s", name, ticketsOf(t, c)-before, inside(t, dir))
			}
			if e, open := queued(t, c, payment.ExceptionFile, "ticket_file/"+file.ID); !open || e.Owner != payment.RoleFinance || e.Amount != file.Totals.Fines {
				t.Errorf("%s: %+v, %v, %+v", name, e, open, file.Totals)
			}
			drop(t, dir, "x"+name, bad.content) // again, under another name
			twice(t, f.LookTickets)
			heldFile(t, c, f, bad.why)
			if err := f.EndHeld(ctx, file, store.FileRefused, "fern", ""); err == nil {
				t.Errorf("%s: refused without a word", name)
			}
			do(t, f.EndHeld(ctx, file, store.FileRefused, "fern", "the sender makes it anew"))
			if queue(t, c) != "" || strings.Contains(inside(t, dir), "held/"+file.ID+"-"+name) {
				t.Errorf("%s is refused: %s, %s", name, queue(t, c), inside(t, dir))
			}
			if err := f.EndHeld(ctx, file, store.FileApplied, "carl", ""); err == nil {
				t.Errorf("%s is ended twice", name)
			}
			drop(t, dir, name, bad.content)
			twice(t, f.LookTickets)
			if queue(t, c) != "" || ticketsOf(t, c) != before {
				t.Errorf("%s comes again after it was refused: %s", name, queue(t, c))
			}
		}
		for _, secret := range []string{"GKB", "H000010", "bad-0"} {
			if strings.Contains(c.Log.String(), secret) || strings.Contains(strings.Join(c.Leaves("folder_file"), ""), secret) || strings.Contains(strings.Join(c.Leaves("exception"), ""), secret) {
				t.Errorf("%q stands in the log", secret)
			}
		}
	})
}

// What a city lets pass goes in, what it wants has to come, and what is no file of tickets is refused without being read.
func TestTheCitySaysWhatIsLetPass(t *testing.T) {
	t.Parallel()
	c := citytest.SQLiteAt(t, wednesday)
	f, dir := ticketCity(t, c, city.IntakeSettings{MostRejects: 1, WantTotals: true})
	content := ticketRows(10, "GKB 490") + "H000011,2027-03-02,10:30,NOSUCH,GKB 491\n"
	drop(t, dir, "a.csv", content)
	twice(t, f.LookTickets)
	if got := inside(t, dir); got != "a.csv" {
		t.Errorf("without its totals it waits: %s", got)
	}
	drop(t, dir, "a.csv.totals.toml", "rows = 2\n")
	twice(t, f.LookTickets)
	if got := inside(t, dir); got != "taken/a.csv taken/a.csv.totals.toml" || ticketsOf(t, c) != 1 {
		t.Errorf("one reject is let pass: %s, %s", got, queue(t, c))
	}
	drop(t, dir, "b.csv", ticketRows(20, "GKB 492"))
	for range 60 {
		round(t, f.LookTickets)
	}
	heldFile(t, c, f, "no_totals")

	drop(t, dir, "packed.csv.gz", "\x1f\x8bxyz")
	drop(t, dir, "4111 1111 1111 1111.csv", ticketRows(30, "GKB 493"))
	drop(t, dir, "long.csv", strings.Repeat("\n", 50_002))
	outside := t.TempDir()
	drop(t, outside, "secret", ticketRows(40, "GKB 494"))
	do(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "link.csv")))
	for range 61 {
		round(t, f.LookTickets)
	}
	for name, want := range map[string]string{"packed.csv.gz": "it is packed", "4111 1111 1111 1111.csv": "looks like a card number", "long.csv": "more than 50000 lines", "link.csv": "not a link to it"} {
		if said := reason(t, dir, name); !strings.Contains(said, want) {
			t.Errorf("%s: %q", name, said)
		}
	}
	if q := queue(t, c); strings.Count(q, "feed ticket_file/") != 4 || ticketsOf(t, c) != 1 {
		t.Errorf("%s", q)
	}
	// A mapping that is not there holds everything up, and nothing is lost.
	c.Office.Settings.Intake.Mapping = "other"
	f.Tickets = c.Office.TicketFiles()
	drop(t, dir, "c.csv", ticketRows(50, "GKB 495"))
	drop(t, dir, "c.csv.totals.toml", "rows = 1\n")
	twice(t, f.LookTickets)
	if !strings.Contains(inside(t, dir), "c.csv c.csv.totals.toml") || !strings.Contains(c.Log.String(), "alarm=ticket_file_waits") {
		t.Errorf("%s", inside(t, dir))
	}
}

// A working day without a file of tickets by its hour is put before a person once, and leaves the queue when a file comes,
// by whatever way. No weekend and no holiday is missed.
func TestAWorkingDayWithoutAFileOfTicketsIsSaid(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		f, dir := ticketCity(t, c, city.IntakeSettings{ExpectedBy: "18:00"})
		at := func(day, clock string) {
			t.Helper()
			now, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, c.Settings.City().Zone)
			do(t, err)
			c.SetNow(now)
			round(t, f.Watch)
			round(t, f.Watch)
		}
		at("2027-03-03", "12:00") // a Wednesday: from now on it is expected
		at("2027-03-03", "17:59")
		if q := queue(t, c); q != "" {
			t.Errorf("before its hour: %s", q)
		}
		at("2027-03-03", "18:01")
		if q := queue(t, c); q != "feed tickets/2027-03-03" {
			t.Errorf("after its hour: %s", q)
		}
		drop(t, dir, "late.csv", ticketRows(1, "GKB 481"))
		twice(t, f.LookTickets)
		if q := queue(t, c); q != "" {
			t.Errorf("it came late: %s", q)
		}
		at("2027-03-04", "17:00")
		drop(t, dir, "early.csv", ticketRows(2, "GKB 482"))
		twice(t, f.LookTickets)
		at("2027-03-04", "23:00")
		if q := queue(t, c); q != "" {
			t.Errorf("it came in time: %s", q)
		}
		at("2027-03-08", "17:00") // Monday: Friday was missed, the weekend was not
		if q := queue(t, c); q != "feed tickets/2027-03-05" {
			t.Errorf("over the weekend: %s", q)
		}
		at("2027-03-09", "19:00")
		if q := queue(t, c); strings.Count(q, "feed tickets/") != 3 {
			t.Errorf("three days: %s", q)
		}
		// One that a person brings is one that came.
		do(t, f.TicketsBrought(context.Background(), store.FolderFile{Digest: strings.Repeat("ab", 32), Name: "brought.csv", Mapping: "handheld", Who: "fern"}))
		if q := queue(t, c); q != "" {
			t.Errorf("a person has brought one: %s", q)
		}
	})
}
