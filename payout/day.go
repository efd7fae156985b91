package payout

import (
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
)

// Taken is a capture that counts for a day.
type Taken struct {
	Attempt payment.AttemptID
	At      time.Time
	Amount  money.Amount
	Fee     money.Amount
	Line    string // of the payout, "" while in none
	Payout  string
}

// Where is how a payout stands.
type Where struct {
	ID       string
	Amount   money.Amount
	Arrival  city.Date
	Made     city.Date
	Fault    string    // it could not be entered
	Failed   city.Date // zero: it has not
	AgainIn  string    // the payout with which a failed one's money went out again
	BankedOn city.Date // zero: the bank has not shown it
}

// Shown is a line of the bank on a day.
type Shown struct {
	BankLine
	Type   string
	Claim  Claim
	Rule   string
	Entry  string // of the ledger, once it is a payout's, a deposit's or a cheque's; "" before
	Twins  int    // lines of the same day, amount and claim that are in the ledger
	Cheque string // a refund's cheque that has its number, as it was written; "": none has
	Paid   bool   // that cheque is this line
	Slip   string // the reference of the deposit that the line is; "" : none
	By     string // who has accepted it as that deposit, where the two differ
}

// AccountLine is what an account moved by on a day, by offence and component, on the basis of the city's books.
type AccountLine struct {
	Account   string       `json:"account"`
	Key       string       `json:"key,omitempty"` // the offence's ledger key
	Offence   string       `json:"offence,omitempty"`
	Component string       `json:"component,omitempty"`
	Tax       string       `json:"tax,omitempty"` // the component's tax code
	Debit     money.Amount `json:"debit"`
	Credit    money.Amount `json:"credit"`
}

// AccountLines are sums of the ledger, with the tax code that the city has for each component.
func AccountLines(sides []ledger.Side, tax map[string]string) []AccountLine {
	var all []AccountLine
	for _, s := range sides {
		all = append(all, AccountLine{
			Account: string(s.Account), Key: s.Key, Offence: s.Offence, Component: string(s.Component), Tax: s.Tax(tax),
			Debit: s.Debit, Credit: s.Credit,
		})
	}
	return all
}

// ChannelTotal is what came in by a channel on a day: web, counter, mail, terminal.
type ChannelTotal struct {
	Channel  string       `json:"channel"`
	Payments int          `json:"payments"`
	Received money.Amount `json:"received"`
	Reversed money.Amount `json:"reversed"` // entries that were undone, and items that were returned
}

// Book is everything that a day's report is made of.
type Book struct {
	Day, Today city.Date
	Zone       *time.Location
	Calendar   Calendar
	Taken      []Taken
	Lines      []Line // of the day, that are of no capture
	Before     []Taken
	LinesAfore []Line // of the days before, as far back as money can still be on its way
	Payouts    map[string]Where
	Bank       []Shown
	Accounts   []AccountLine
	Basis      string
	Channels   []ChannelTotal
	NoTicket   money.Amount // received on the day and put to no ticket
	GivenBack  money.Amount // on the day, in every way, of whichever day's money
	// Of money that came without the card page: what was taken on the day, and what came back.
	Counter       []Counted
	CounterBefore []Counted
	Back          []CameBack
	BackBefore    []CameBack
	Slips         map[string]Slip
}

// Variance is a difference, or several of one kind, with its class and its age in business days.
type Variance struct {
	Class  Class        `json:"class"`
	Amount money.Amount `json:"amount"`
	Count  int          `json:"count"`
	Age    int          `json:"age_business_days"`
	Ref    string       `json:"ref,omitempty"`
	What   string       `json:"what"`
	Summed bool         `json:"in_the_sums"`        // it is part of the day's gross; else it is noted beside it
	Line   bool         `json:"line,omitempty"`     // it is a line of the bank's
	By     string       `json:"by,omitempty"`       // who has explained it
	Of     string       `json:"of,omitempty"`       // what it was before it was explained
	Could  []CouldBe    `json:"could_be,omitempty"` // the deposits that the bank's line can be
	Makers []string     `json:"makers,omitempty"`   // who can't explain it: they have made what it is about
}

// OnPayout is a payout with what of the day's money is in it.
type OnPayout struct {
	ID       string       `json:"id"`
	Amount   money.Amount `json:"amount"`
	OfDay    money.Amount `json:"of_this_day"`
	Arrival  city.Date    `json:"arrival"`
	BankedOn city.Date    `json:"banked_on"`
	Failed   city.Date    `json:"failed_on"`
}

// ClaimTotal is the bank's lines of a day by whose they are.
type ClaimTotal struct {
	Account string       `json:"account"`
	Claim   Claim        `json:"claim"`
	Count   int          `json:"count"`
	Sum     money.Amount `json:"sum"`
}

// Report is what a day came to: Gross is Bank and the classes together, to the cent.
type Report struct {
	Day       city.Date              `json:"day"`
	AsOf      city.Date              `json:"as_of"`
	Closed    bool                   `json:"closed"`
	ClosedBy  string                 `json:"closed_by,omitempty"` // "": on the city's own machine
	Captures  int                    `json:"captures"`            // by card
	Gross     money.Amount           `json:"gross"`
	Net       money.Amount           `json:"net"` // what the processor pays out of it
	PaidOut   money.Amount           `json:"paid_out"`
	Bank      money.Amount           `json:"bank"`
	Classes   map[Class]money.Amount `json:"classes"`
	Variances []Variance             `json:"variances"`
	Payouts   []OnPayout             `json:"payouts"`
	Counter   []TenderTotal          `json:"counter"` // of the gross: what came without the card page, by kind
	Deposits  []OnSlip               `json:"deposits"`
	BankLines []ClaimTotal           `json:"bank_lines"`
	Basis     string                 `json:"basis,omitempty"` // of the ledger lines; a day closed before there was one has both
	Accounts  []AccountLine          `json:"ledger"`
	Channels  []ChannelTotal         `json:"channels,omitempty"`
	NoTicket  money.Amount           `json:"no_ticket,omitzero"`  // of the gross: received, and put to no ticket
	GivenBack money.Amount           `json:"given_back,omitzero"` // beside the gross: on this day, in every way, of whichever day's money
	Overtaken []Overtaken            `json:"overtaken,omitempty"`

	things []thing // of the day, that persons may have explained
}

// Empty says whether nothing at all is in a day: no money, no line of the bank's, nothing to explain.
func (r Report) Empty() bool {
	return r.Payments() == 0 && r.Gross.IsZero() && len(r.Variances) == 0 && len(r.BankLines) == 0 && len(r.Counter) == 0
}

// Ticketed is what of the gross is put to tickets, but for the cents that cash is rounded by: neither what is put to none, nor
// what drawers had over or short.
func (r Report) Ticketed() (money.Amount, error) {
	sum, err := r.Gross.Sub(r.NoTicket)
	for _, k := range r.Counter {
		if k.Kind == OverShort && err == nil {
			sum, err = sum.Sub(k.Amount)
		}
	}
	return sum, err
}

// Unknown counts what a person has to look at before the day can close.
func (r Report) Unknown() int {
	n := 0
	for _, v := range r.Variances {
		if v.Class == Unknown {
			n += v.Count
		}
	}
	return n
}

// UnknownSum is how much money a person has to look at, whichever way each of it differs.
func (r Report) UnknownSum() money.Amount {
	sum := money.Zero
	for _, v := range r.Variances {
		if v.Class != Unknown {
			continue
		}
		amount := v.Amount
		if amount.IsNegative() {
			amount = amount.Neg()
		}
		sum, _ = sum.Add(amount) // each was added to a sum of the day before
	}
	return sum
}

// UnknownBeside is what of UnknownSum is no part of what was taken on the day: lines of the bank that are nothing yet, payouts
// that are not in the books, money of days before.
func (r Report) UnknownBeside() money.Amount {
	var beside Report
	for _, v := range r.Variances {
		if !v.Summed {
			beside.Variances = append(beside.Variances, v)
		}
	}
	return beside.UnknownSum()
}

// Oldest is the age in business days of the oldest difference of a class; 0 where there is none.
func (r Report) Oldest(c Class) int {
	oldest := 0
	for _, v := range r.Variances {
		if v.Class == c {
			oldest = max(oldest, v.Age)
		}
	}
	return oldest
}

// Payments counts what was taken, by card and without. A day that was closed before channels were kept has its cards only.
func (r Report) Payments() int {
	if len(r.Channels) == 0 {
		return r.Captures
	}
	n := 0
	for _, c := range r.Channels {
		n += c.Payments
	}
	return n
}

// Report adds a day up.
func (r Rules) Report(b Book) (Report, error) {
	s := r.sheet(b)
	for _, t := range b.Taken {
		s.taken(t)
	}
	for _, l := range b.Lines {
		s.line(l)
	}
	s.counters()
	if s.err != nil {
		return Report{}, s.err
	}
	if err := s.adds(); err != nil {
		return Report{}, err
	}
	s.payouts()
	s.slips()
	s.carried(r)
	s.bank()
	for _, key := range s.order {
		s.report.Variances = append(s.report.Variances, *s.sums[key])
	}
	s.report.Basis, s.report.Accounts, s.report.Channels = b.Basis, b.Accounts, b.Channels
	s.report.NoTicket, s.report.GivenBack = b.NoTicket, b.GivenBack
	return s.report, s.err
}
