package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"fundy/city"
	"fundy/payout"
	"fundy/settle"
	"fundy/store"
)

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }

// storesClock wants the machine's clock not to lie before what is written already.
func (d *doctor) storesClock(at stored) {
	if ahead := at.newest.Sub(d.now); ahead > 5*time.Minute {
		d.say(failing, "clock", "set the machine's clock (timedatectl): prices and deadlines are reckoned by it", "the newest entry of the ledger is %s ahead of it", ahead.Round(time.Second))
	}
}

// backup wants a backup of the last 26 hours that was opened again.
func (d *doctor) backup(at stored) {
	const fix = "fundy backup --city DIR --to FILE --recipient age1…, then fundy backup verify FILE --identity FILE --city DIR: docs/operator.md"
	kind := d.f.settings.Kind
	bad := failing
	if kind != city.Live {
		bad = warning
	}
	age := d.now.Sub(at.proof.BackupAt)
	switch {
	case d.f.settings.Store.Driver == "postgres":
		d.ok("backup", "PostgreSQL's backups are its operator's own: docs/operator.md")
	case !at.proved && kind == city.Demo:
		d.ok("backup", "none was proved: a demonstration needs none")
	case !at.proved:
		d.say(bad, "backup", fix, "no backup was ever proved by opening it again")
	case age > settle.BackupSilent:
		d.say(bad, "backup", fix, "the last backup that was proved is of %s, %d hours ago", d.clockOf(at.proof.BackupAt), int(age.Hours()))
	default:
		d.ok("backup", "proved, of %s, %d hours ago", d.clockOf(at.proof.BackupAt), int(age.Hours()))
	}
}

func (d *doctor) clockOf(t time.Time) string {
	return t.In(d.f.settings.City().Zone).Format("2006-01-02 15:04")
}

// restoreSoon is how long the office may take to ask the processor for everything after a restore.
const restoreSoon = time.Hour

func (d *doctor) restore(at stored) {
	if !at.restoring {
		d.ok("restore", "no mark stands")
		return
	}
	v := warning
	if d.now.Sub(at.mark.Marked) > restoreSoon {
		v = failing
	}
	d.say(v, "restore", "start the office where it does not run; where it does, its alarm settle_round says why the processor can't be asked",
		"the store is a copy of %s, and no payment begins before the processor was asked for what came since", d.clockOf(at.mark.Since))
}

// daysOpen is after how many business days a day that is not closed is worth a word.
const daysOpen = 7

func (d *doctor) days(at stored) {
	zone := d.f.settings.City().Zone
	today := city.DateOf(d.now, zone)
	switch {
	case !d.priced || at.firstOpen.IsZero():
		d.ok("days", "none is open")
	case len(at.deposits.Accounts) == 0:
		d.ok("days", "none can be closed without deposits.toml")
	default:
		first := city.DateOf(at.firstOpen, zone)
		if age := payout.Age(d.rules, first, today); age > daysOpen {
			d.say(warning, "days", "fundy settle report --city DIR --day "+first.String()+", then fundy settle close", "%s is not closed after %d business days", first, age)
			return
		}
		d.ok("days", "the first open one is %s", first)
	}
}

func (d *doctor) exceptions(at stored) {
	late := 0
	for _, e := range at.exceptions {
		if e.Overdue(d.now) {
			late++
		}
	}
	if late > 0 {
		d.say(warning, "queue", "fundy queue list --city DIR", "%d things wait for a person, %d of them for too long", len(at.exceptions), late)
		return
	}
	d.ok("queue", "%d things wait for a person, none for too long", len(at.exceptions))
}

// fetchStale is how long after it was due a fetch may be: then no office does it.
const fetchStale = time.Hour

// feed says of one thing that is expected whether it has come.
func (d *doctor) feed(f payout.Feed) {
	check := "feed " + f.Name
	switch {
	case f.Name == payout.BackupFeed: // said above, and better
	case f.Name == payout.TicketFeed && d.f.settings.Intake.ExpectedBy == "": // nobody expects one any more
	case f.LastDay.Compare(f.Raised) < 0:
		d.say(warning, check, "ask for it: fundy queue list --city DIR", "what was expected for %s has not come", f.Raised)
	case f.Name == payout.PayoutFeed && d.f.settings.Settlement.FetchMinutes > 0 && d.now.Sub(f.NextAt) > fetchStale:
		d.say(warning, check, "start the office: fundy serve --city DIR", "the payouts were to be read at %s, and no office did", d.clockOf(f.NextAt))
	case f.Trouble != "":
		d.say(warning, check, "look at the office's log for the alarm payouts_not_read", "it could not be had the last time (%s)", f.Trouble)
	case f.LastAt.IsZero():
		d.ok(check, "has not come yet, and is not late")
	default:
		d.ok(check, "%s", strings.TrimSpace(fmt.Sprintf("came last on %s %s", d.clockOf(f.LastAt), f.LastDay)))
	}
}
