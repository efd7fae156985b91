package city

import (
	"fmt"

	"fundy/money"
)

// CounterSettings is how money is taken without the card page: over the counter, by mail, on a terminal.
type CounterSettings struct {
	MailDate       string       `toml:"mail_date"       comment:"The day whose price a payment by mail has: received or postmark, as the by-law says."`
	UnreadableDays int          `toml:"unreadable_days" comment:"Where the postmark's day counts and it can't be read: so many days before it was received a letter counts as sent, in its payer's favour. 0: the day on which it was received counts."`
	ShortTolerance money.Amount `toml:"short_tolerance" comment:"What may be short of what is due, and is written off: 0.00 to 5.00."`
	DrawerLimit    money.Amount `toml:"drawer_limit"    comment:"A drawer that is over or short by more than this is put before a supervisor."`
	Supervisors    []string     `toml:"supervisors"     comment:"The staff who may open a closed drawer again."`
	NSFTier        string       `toml:"nsf_tier"        comment:"The price that a ticket has again whose cheque came back: of the day on which it was received, or of now."`
	NSFFee         money.Amount `toml:"nsf_fee"         comment:"What such a cheque costs its payer, beside the ticket: 0.00 for nothing."`
	NSFClause      string       `toml:"nsf_clause"      comment:"The clause of the by-law on fees that says so. Without one there is no fee."`
}

// ByPostmark says whether a payment by mail has the price of the day of its postmark.
func (c CounterSettings) ByPostmark() bool { return c.MailDate == "postmark" }

// Which price a ticket has again whose cheque came back.
const (
	NSFReceived = "received"
	NSFNow      = "now"
)

// nsfMost bounds what a city can ask for a cheque that came back.
var nsfMost = money.FromMinor(100_00)

// shortMost bounds what a city may write off without looking.
var shortMost = money.FromMinor(500)

func (s *Settings) checkCounter(f *faultList) {
	c := s.Counter
	if c.MailDate != "received" && c.MailDate != "postmark" {
		f.add("counter.mail_date", fmt.Sprintf("%q is neither received nor postmark: the by-law says which day counts", c.MailDate))
	}
	f.between("counter.unreadable_days", c.UnreadableDays, 0, 14)
	if c.ShortTolerance.IsNegative() || c.ShortTolerance.Cmp(shortMost) > 0 {
		f.add("counter.short_tolerance", fmt.Sprintf("%s is not between 0.00 and %s", c.ShortTolerance, shortMost))
	}
	if c.DrawerLimit.IsNegative() {
		f.add("counter.drawer_limit", fmt.Sprintf("%s is less than nothing", c.DrawerLimit))
	}
	if c.NSFTier != NSFReceived && c.NSFTier != NSFNow {
		f.add("counter.nsf_tier", fmt.Sprintf("%q is neither received nor now", c.NSFTier))
	}
	if c.NSFFee.IsNegative() || c.NSFFee.Cmp(nsfMost) > 0 {
		f.add("counter.nsf_fee", fmt.Sprintf("%s is not between 0.00 and %s", c.NSFFee, nsfMost))
	}
	if !c.NSFFee.IsZero() && c.NSFClause == "" || len(c.NSFClause) > 60 {
		f.add("counter.nsf_clause", "a fee needs the clause of the by-law on fees that sets it, in at most 60 letters: name it, or set nsf_fee to 0.00")
	}
	if len(c.Supervisors) > 100 {
		f.add("counter.supervisors", fmt.Sprintf("there are %d: at most 100", len(c.Supervisors)))
	}
}
