// Package city holds what a city has set: who it is, its clock, its languages, and the by-law's
// prices. It holds types and checks them; ticket prices.
//
// Settings have one home each. city.toml (Settings) holds what only an operator changes; names,
// contacts, texts, offences, schedules and holidays are effective-dated rows (Rules) that come in
// by `fundy city apply`.
//
// Invariants:
//   - a city's kind never changes;
//   - what an effective day has set stays true for that day for ever: a new row never rewrites an old one;
//   - every offence of a schedule has a title in each of the city's languages.
package city

import (
	"time"

	"fundy/money"
)

// Language is a language that the city serves its people in.
type Language string

// The languages that Fundy has words for.
const (
	English Language = "en"
	French  Language = "fr"
)

// Text is the same words in each of the city's languages.
type Text map[Language]string

// Kind says what a city is for. It is made once, for ever.
type Kind string

// The kinds of city.
const (
	Live Kind = "live"
	Test Kind = "test"
	Demo Kind = "demo"
)

// City is what the domain rooms need to know of a city.
type City struct {
	ID        string
	Kind      Kind
	Zone      *time.Location // the city's clock
	Languages []Language     // first is listed first; none is preferred
	Currency  string         // ISO 4217, upper case; a city has one
	Regime    string         // the default regime of its tickets: "nb-lga", "generic"
	Province  string         // two letters; a plate of another is out of province
	Reopen    Reopen         // what a lost chargeback makes of its tickets; "" is as never
	Ledger    Ledger         // how its general ledger wants our figures
	Ticket    TicketSettings // what takes two people, and how numbers begin that look like cards'
}

// Reopen says whether the tickets of a payment that a payer's bank has taken back for good are owed again, and at
// which price.
type Reopen string

// The settings.
const (
	ReopenNever      Reopen = "never"       // it is written off
	ReopenOriginal   Reopen = "original"    // with as many days left as on the day of the payment
	ReopenDisputeDay Reopen = "dispute_day" // with as many as on the day on which the chargeback was opened
)

// Rules are the effective-dated rows, all of them; which one holds is asked by day.
type Rules struct {
	Profiles  []Profile
	Schedules []Schedule
	Holidays  []Holiday
	Outages   []Outage
}

// Profile is how the city presents itself from a day on.
type Profile struct {
	From    Date
	Name    Text
	Address Text   // postal address, lines separated by \n
	Phone   string // as dialled
	Email   string
	Hours   Text   // when the telephone is answered
	Counter Text   // where to pay in person, and when
	Mail    Text   // where to send a cheque
	Colour  string // #rrggbb, for the header; checked for contrast with white
	Court   Text   // where a ticket that went to court is dealt with
	NewDays int    // how many days a new ticket can take to be in the system
	// Logo is the picture in the header, PNG or SVG; none: the name alone. It is left out of the row
	// where there is none, so that rows from before there were logos stay the same.
	Logo []byte `json:",omitempty"`
}

// Holiday is a day on which the city does not work.
type Holiday struct {
	Day  Date
	Name Text
}

// Schedule is the by-law's prices for tickets issued from a day on. A ticket keeps the schedule of
// its day of issue for ever.
type Schedule struct {
	ID       string
	From     Date // first day of issue that it holds for
	ByLaw    Text // default for its offences
	Clock    Clock
	Offences []Offence
}

// Clock is how a schedule counts days. The zero value is stated here.
type Clock struct {
	FirstDay    FirstDay      // "" is exclusive: the day after the base date is day 1
	CutOff      time.Duration // time of day at which a day ends for payment; 0 is midnight at its end
	RollForward bool          // a deadline on a weekend or holiday moves to the next working day
	MailDays    int           // deemed service: a mailed ticket's base date is this many days after mailing
}

// FirstDay says whether the base date itself is day 1.
type FirstDay string

// The two ways of counting.
const (
	Exclusive FirstDay = "exclusive"
	Inclusive FirstDay = "inclusive"
)

// Offence is a row of the schedule.
type Offence struct {
	Code    string
	ByLaw   Text
	Section string
	Title   Text
	Ledger  string // ledger key of its revenue
	Warning bool   // a warning: nothing is due
	Tiers   []Tier // in order of time; the last has no deadline
	// Charges are due beside every price from the first day on. None under nb-lga.
	Charges []Charge `json:",omitempty"`
	// RepeatDays and Repeats are the prices of a vehicle that has had tickets for the same offence in so
	// many days before; in ascending order of their number.
	RepeatDays int      `json:",omitempty"`
	Repeats    []Repeat `json:",omitempty"`
}

// Charge is a line that stands beside the penalty whatever the day: a contribution to a fund.
type Charge struct {
	Component string // one of FeeComponents
	Amount    money.Amount
	Clause    string
}

// Repeat is the prices from so many earlier tickets on.
type Repeat struct {
	Priors int
	Tiers  []Tier
}

// TiersFor is the prices of a ticket that so many others of its vehicle came before.
func (o Offence) TiersFor(priors int) []Tier {
	tiers := o.Tiers
	for _, r := range o.Repeats {
		if r.Priors <= priors {
			tiers = r.Tiers
		}
	}
	return tiers
}

// FeeComponents are what a fee or charge can be called: each has its account in the ledger and its
// words on the pages.
var FeeComponents = []string{"late_fee", "search_fee", "denial_fee", "costs", "contribution", "other_fee"}

// TierKind says what a tier's amount is.
type TierKind string

// The kinds of tier. Which a regime allows is the regime's to say (nb-lga: absolute and discount).
const (
	Absolute TierKind = "absolute" // the whole price while the tier holds
	Discount TierKind = "discount" // taken off the last tier's amount
	Fee      TierKind = "fee"      // added to the price, named by Component
)

// Tier is a price that holds until a deadline.
type Tier struct {
	Kind        TierKind
	Amount      money.Amount // minor units
	BasisPoints int64        // instead of Amount: hundredths of a percent of the fine
	Component   string       // for Fee: one of FeeComponents
	Clause      string       // the by-law's clause
	Until       *Deadline    // nil: for ever
}

// DeadlineForm is one of the ways in which a by-law sets a limit in time.
type DeadlineForm string

// The forms of deadline.
const (
	DaysAfterBase     DeadlineForm = "days_after_base"     // to the end of the Nth day
	DayBeforeEvent    DeadlineForm = "day_before_event"    // to the end of the day before an event
	WorkingDaysBefore DeadlineForm = "working_days_before" // HH:MM on the Nth working day before an event
)

// Deadline is a limit in time.
type Deadline struct {
	Form  DeadlineForm
	Days  int           // N
	Event string        // the ticket's dated event that it counts from: "appearance"
	At    time.Duration // WorkingDaysBefore: time of day
}
