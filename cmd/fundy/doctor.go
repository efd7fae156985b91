package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/office"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
)

type doctorCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder. Its office may run."`
	JSON bool   `name:"json" help:"Print the findings as JSON."`
}

// verdict says how bad a finding is.
type verdict string

// The verdicts. One fail makes the call fail.
const (
	healthy verdict = "OK"
	warning verdict = "WARN"
	failing verdict = "FAIL"
)

// finding is what was looked at, what it is like, and what to do about it.
type finding struct {
	Check   string  `json:"check"`
	Verdict verdict `json:"verdict"`
	What    string  `json:"what"`
	Fix     string  `json:"fix,omitempty"`
}

// doctor looks at one city, and changes nothing.
type doctor struct {
	f      folder
	now    time.Time
	found  []finding
	rules  city.Rules
	priced bool // there are rules
}

func (d *doctor) ok(check, what string, args ...any) {
	d.found = append(d.found, finding{check, healthy, fmt.Sprintf(what, args...), ""})
}

func (d *doctor) say(v verdict, check, fix, what string, args ...any) {
	d.found = append(d.found, finding{check, v, fmt.Sprintf(what, args...), fix})
}

// Run says what is wrong with a city, each with the fix.
func (c *doctorCommand) Run(ctx context.Context) error {
	d := &doctor{now: fault.Now()}
	var err error
	if d.f, err = openFolder(c.City); err != nil {
		d.say(failing, "settings", "mend city.toml as it says", "%v", err)
	} else {
		d.ok("settings", "city %s (%s), %s", d.f.settings.ID, d.f.settings.Kind, d.f.settings.Zone)
		d.look(ctx)
	}
	failed := 0
	for _, f := range d.found {
		if f.Verdict == failing {
			failed++
		}
	}
	if c.JSON {
		err = json.NewEncoder(os.Stdout).Encode(map[string]any{"city": d.f.settings.ID, "at": d.now.Format(time.RFC3339), "findings": d.found, "failed": failed})
	} else {
		printFindings(os.Stdout, d.found)
		err = nil
	}
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %d checks failed", failed, len(d.found))
	}
	return err
}

func printFindings(w io.Writer, all []finding) {
	for _, f := range all {
		fmt.Fprintf(w, "%-4s  %-12s %s\n", f.Verdict, f.Check, f.What)
		if f.Fix != "" {
			fmt.Fprintf(w, "%20s-> %s\n", "", f.Fix)
		}
	}
}

// look does all checks: those of the machine first, then those of the store.
func (d *doctor) look(ctx context.Context) {
	d.keys()
	d.processorKey()
	d.certificate()
	d.clock()
	d.disk()
	rules := d.depositRules()
	d.bankFolder()
	d.ticketFolder()
	s, err := d.f.openStore(ctx)
	if err != nil {
		d.say(failing, "store", "do what it says; nothing else of the store was looked at", "%v", err)
		return
	}
	defer s.Close()
	d.ok("store", "%s, its schema is this program's, and it is this city's", d.f.settings.Store.Driver)
	d.byLaw(ctx, s)
	if err := d.staff(ctx, s); err != nil {
		d.say(failing, "staff", "look at the office's log", "who works here can't be read: %v", err)
	}
	if err := d.lookIntoStore(ctx, s, rules); err != nil {
		d.say(failing, "store", "look at the office's log", "it can't be read: %v", err)
	}
}

// byLaw wants a price for a ticket of today, and the holidays of the year to come.
func (d *doctor) byLaw(ctx context.Context, s *store.Store) {
	rules, err := office.LoadRules(ctx, s)
	if err != nil {
		d.say(failing, "by-law", "fundy city apply --city DIR RULES.toml --apply", "%v", err)
		return
	}
	d.rules, d.priced = rules, true
	today := city.DateOf(d.now, d.f.settings.City().Zone)
	schedule, found := rules.ScheduleFor(today)
	_, named := rules.ProfileOn(today)
	if !found || !named {
		d.say(failing, "by-law", "give a profile and a schedule that hold today in the rules file, and apply it", "nothing says who the city is, or what a ticket of %s costs", today)
	} else {
		d.ok("by-law", "the schedule %s of %s holds today", schedule.ID, schedule.From)
	}
	d.holidays(today)
}

// holidays wants those of this year, and from October on those of the next.
func (d *doctor) holidays(today city.Date) {
	const fix = "ask for them on the page Prices, holidays and outages, or apply a rules file: deadlines and the days of payouts count by them"
	year, missing := d.rules.HolidaysMissing(today)
	switch {
	case missing && year == today.Year:
		d.say(warning, "holidays", fix, "there are none of %d", year)
	case missing:
		d.say(warning, "holidays", fix, "there are none of %d yet", year)
	default:
		n := 0
		for _, h := range d.rules.Holidays {
			if h.Day.Year == today.Year {
				n++
			}
		}
		d.ok("holidays", "%d of %d", n, today.Year)
	}
}

// stored is what is read of the store, at one instant.
type stored struct {
	deposits   payout.Rules
	newest     time.Time // of the ledger
	proof      store.BackupProof
	proved     bool
	mark       store.Restoring
	restoring  bool
	firstOpen  time.Time
	exceptions []payment.Exception
	feeds      []payout.Feed
}

func (d *doctor) lookIntoStore(ctx context.Context, s *store.Store, rules payout.Rules) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	at := stored{deposits: rules}
	err := s.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if at.newest, err = tx.NewestEntry(ctx); err != nil {
			return err
		}
		if at.proof, err = tx.LastBackupProof(ctx); err == nil {
			at.proved = true
		} else if !isNotFound(err) {
			return err
		}
		if at.mark, at.restoring, err = tx.Restoring(ctx); err != nil {
			return err
		}
		if at.firstOpen, err = tx.FirstOpen(ctx); err != nil {
			return err
		}
		if at.exceptions, err = tx.OpenExceptions(ctx, exceptionsListed); err != nil {
			return err
		}
		at.feeds, err = tx.Feeds(ctx)
		return err
	})
	if err != nil {
		return err
	}
	d.judge(at)
	return nil
}

// judge says what the store's state is worth.
func (d *doctor) judge(at stored) {
	d.storesClock(at)
	d.backup(at)
	d.restore(at)
	d.days(at)
	d.exceptions(at)
	for _, f := range at.feeds {
		d.feed(f)
	}
}
