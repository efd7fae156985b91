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
	"fundy/fault"
)

// intakeFolder makes the folder of a city of processes into which files of tickets come.
func intakeFolder(t *testing.T, c *citytest.Processes) string {
	t.Helper()
	from := filepath.Join(c.Dir("office"), "tickets")
	do(t, c.Demo())
	do(t, os.Mkdir(from, 0o700))
	do(t, c.Set(func(s *city.Settings) { s.Intake = city.IntakeSettings{Folder: "tickets", Mapping: "template"} }))
	return from
}

// dropTickets puts a file of one ticket of an offence into a folder.
func dropTickets(t *testing.T, c *citytest.Processes, from, name string, number int, offences ...string) {
	t.Helper()
	rows, day := "number,day,time,code,plate\n", c.Clock.Now().AddDate(0, 0, -3).Format(time.DateOnly)
	for i, offence := range offences {
		rows += fmt.Sprintf("T-%d,%s,10:00,%s,PLT %d\n", number+i, day, offence, number+i)
	}
	drop(t, from, name, rows)
}

// soon waits until something is so.
func soon(t *testing.T, within time.Duration, so func() bool) bool {
	t.Helper()
	for began := time.Now(); time.Since(began) < within; time.Sleep(250 * time.Millisecond) {
		if so() {
			return true
		}
	}
	return false
}

// An office is killed at each step at which it takes a file of tickets from its folder, and at that at which it holds one.
// Whatever dies where: the good one's tickets go in once, the other one waits once, and both lie where they belong.
func TestAnOfficeKilledWhileItTakesFilesOfTickets(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, template *citytest.Template) {
		eachPlace(t, template, fault.IntakeSteps, killedTaking)
	})
}

func killedTaking(t *testing.T, c *citytest.Processes, crash string) {
	ctx, cancel := context.WithTimeout(context.Background(), 150*time.Second)
	defer cancel()
	from := intakeFolder(t, c)
	c.Office.KeepAlive()
	do(t, c.Start(ctx, ""))
	was := counted(t, c, "select count(*) from ticket")
	dropTickets(t, c, from, "a.csv", 700, "LOADING", "METER")
	dropTickets(t, c, from, "b.csv", 800, "LOADING", "NOSUCH")
	c.Office.KeepAlive(crash) // the next one dies there
	c.Office.Kill()
	taken := func() bool {
		_, err := os.Stat(filepath.Join(from, "taken", "a.csv"))
		held, _ := filepath.Glob(filepath.Join(from, "held", "*-b.csv"))
		return err == nil && len(held) == 1
	}
	if !soon(t, 60*time.Second, taken) {
		t.Fatalf("not taken: %s\n%s", inside(t, from), c.Tail())
	}
	if c.Office.Kills() == 1 {
		t.Error("the office has not come to this place")
	}
	for q, want := range map[string]int{
		fmt.Sprintf("select count(*) - %d from ticket", was): 2, "select count(*) from folder_file where state = 'applied' and rows_new = 2": 1,
		"select count(*) from folder_file where state = 'held' and rows_new = 1 and rows_rejected = 1":                                         1,
		"select count(*) from exception where kind = 'file' and closed_at is null":                                                             1,
		"select count(*) from (select exception_id from exception_event where act = 'opened' group by exception_id having count(*) > 1) twice": 0,
	} {
		if n := counted(t, c, q); n != want {
			t.Errorf("%d, want %d: %s", n, want, q)
		}
	}
	right(t, c)
}

// A person applies files that are held, and the office dies at each step of it: each is applied once, by who sends his form
// again, and the one who was not answered is told that it waits no more.
func TestAnOfficeKilledWhileAHeldFileIsApplied(t *testing.T) {
	t.Parallel()
	ids := func(w *killing) []string {
		return strings.Fields(w.one("select min(id) || ' ' || max(id) from folder_file") + " " +
			w.one("select id from folder_file where id not in (select min(id) from folder_file) and id not in (select max(id) from folder_file)"))
	}
	begin := func(w *killing) {
		from := intakeFolder(w.t, w.Processes)
		do(w.t, w.Office.Start(""))
		w.answers()
		for i, name := range []string{"a.csv", "b.csv", "c.csv"} {
			dropTickets(w.t, w.Processes, from, name, 700+10*i, "LOADING", "NOSUCH")
		}
		if !soon(w.t, 60*time.Second, func() bool { return counted(w.t, w, "select count(*) from folder_file where state = 'held'") == 3 }) {
			w.t.Fatalf("not held: %s\n%s", inside(w.t, from), w.Tail())
		}
		if !soon(w.t, 30*time.Second, func() bool { return strings.Count(inside(w.t, from), "held/") == 3 }) {
			w.t.Fatalf("not moved: %s", inside(w.t, from))
		}
	}
	killedWalk(t, fault.IntakeSteps, begin, func(w *killing) []deed {
		all := ids(w)
		applies := func(i int) func(w *killing) error {
			at := "/finance/files/held/" + all[i]
			return func(w *killing) error { return w.presses(w.anne, at, at+"/apply") }
		}
		w.after = func() {
			if n := counted(w.t, w, "select count(*) from folder_file where state = 'applied' and who = 'anne'"); n != 3 {
				w.t.Errorf("%d are applied", n)
			}
		}
		return []deed{
			{step: fault.KeepFile, made: "select count(*) from folder_file where version > 1", says: "Applied.", do: applies(0)},
			{step: fault.ImportBatch, nth: 2, made: "select count(*) from ticket", says: "Applied.", do: applies(1)},
			{step: fault.EndFile, nth: 2, made: "select count(*) from folder_file where state = 'applied'", says: "waits no more", do: applies(2)},
		}
	})
}
