package ledger

import (
	"sort"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

// Balance is what an account came to: Debit less Credit.
type Balance struct {
	Account string       `json:"account"`
	Debit   money.Amount `json:"debit"`
	Credit  money.Amount `json:"credit"`
	Balance money.Amount `json:"balance"`
}

// Year is what a year came to at its end. Figures are those of the ledger here, whatever the basis of the city's.
type Year struct {
	Year        int          `json:"year"`
	End         city.Date    `json:"end"`
	Basis       string       `json:"basis"`
	Final       bool         `json:"final"` // every day of it is closed: its figures do not move any more
	Locked      bool         `json:"locked"`
	LockedBy    string       `json:"locked_by,omitempty"`
	Receivable  []AgeLine    `json:"receivable"`
	Owed        money.Amount `json:"receivable_total"`
	Allowance   money.Amount `json:"allowance_total"`
	Transit     []Transit    `json:"transit"`
	Unclaimed   []Standing   `json:"unclaimed_refunds"`
	Unallocated []Standing   `json:"unallocated"`
	WriteOffs   []GivenUpRow `json:"write_offs"`
	Adjustments []Adjustment `json:"prior_year_adjustments"`
	Balances    []Balance    `json:"balances"`
}

// Ages of a receivable, in days since the day of issue, up to and with each bound.
var ageBounds = []int{30, 90, 365}

// AgeOf is the class of an age in days: 0 for the youngest, 3 for more than a year.
func AgeOf(days int) int {
	for i, bound := range ageBounds {
		if days <= bound {
			return i
		}
	}
	return len(ageBounds)
}

// AgeLine is what is owed by tickets of one stage and age.
type AgeLine struct {
	State     ticket.State `json:"state"`
	Tier      int          `json:"tier"` // the price that holds at the end, 1-based; 0: none does
	Age       int          `json:"age"`  // as AgeOf
	Tickets   int          `json:"tickets"`
	Owed      money.Amount `json:"owed"`
	Allowance money.Amount `json:"allowance"`
}

// Ages adds receivables up by stage and age, each with what part of it is doubtful.
type Ages struct {
	End    city.Date
	Policy city.Ledger
	lines  map[AgeLine]*AgeLine
}

// Add takes what is owed on a ticket.
func (a *Ages) Add(state ticket.State, tier int, issued city.Date, owed money.Amount) error {
	days := int(a.End.Start(time.UTC).Sub(issued.Start(time.UTC)) / (24 * time.Hour))
	key := AgeLine{State: state, Tier: tier, Age: AgeOf(days)}
	if a.lines == nil {
		a.lines = map[AgeLine]*AgeLine{}
	}
	line := a.lines[key]
	if line == nil {
		l := key
		line = &l
		a.lines[key] = line
	}
	line.Tickets++
	var err error
	if line.Owed, err = line.Owed.Add(owed); err != nil || owed.IsNegative() {
		return err
	}
	doubtful, err := owed.Percent(int64(a.Policy.PercentAt(days)) * 100)
	if err != nil {
		return err
	}
	line.Allowance, err = line.Allowance.Add(doubtful)
	return err
}

// Lines are the sums, by state, tier and age.
func (a *Ages) Lines() []AgeLine {
	all := make([]AgeLine, 0, len(a.lines))
	for _, l := range a.lines {
		all = append(all, *l)
	}
	sort.Slice(all, func(i, j int) bool {
		x, y := all[i], all[j]
		if x.State != y.State {
			return x.State < y.State
		}
		if x.Tier != y.Tier {
			return x.Tier < y.Tier
		}
		return x.Age < y.Age
	})
	return all
}

// Side of the year's end on which money was.
const (
	TransitAtEnd  = "in_transit"   // sent before the end, at the bank after it
	WithProcessor = "not_paid_out" // captured before the end, sent after it
	// RefundNotTaken is given back before the end, and taken out of a payout after it: it is negative.
	RefundNotTaken = "refund_not_taken"
	FromBefore     = "of_the_year_before" // sent before the year began, at the bank in it
)

// Transit is money of a payout that crosses an end of the year.
type Transit struct {
	Side     string       `json:"side"`
	Payout   string       `json:"payout"`
	Amount   money.Amount `json:"amount"` // of not_paid_out: the captures before the end, less what was kept of them by then
	Captures int          `json:"captures,omitempty"`
	Sent     city.Date    `json:"sent"`
	Arrival  city.Date    `json:"arrival"`
	BankedOn city.Date    `json:"banked_on"`
}

// Standing is money that is somebody else's and still here.
type Standing struct {
	Account string       `json:"account"`
	Ref     string       `json:"ref"`
	Since   city.Date    `json:"since"`
	Days    int          `json:"days"`
	Amount  money.Amount `json:"amount"`
}

// GivenUpRow is a debt that was written off in the year, or recovered.
type GivenUpRow struct {
	Kind       Kind         `json:"kind"`
	Day        city.Date    `json:"day"`
	Ticket     string       `json:"ticket"`
	IssuedOn   city.Date    `json:"issued_on"`
	Resolution string       `json:"resolution"`
	Amount     money.Amount `json:"amount"`
	By         string       `json:"by"`
}

// Adjustment is what was entered in the year and is of one that is locked: on the same accounts, and listed apart.
type Adjustment struct {
	Entry     string       `json:"entry"`
	Kind      Kind         `json:"kind"`
	Day       city.Date    `json:"day"`
	Of        city.Date    `json:"of"` // the day in the locked year that it is of
	Debit     Account      `json:"debit"`
	Credit    Account      `json:"credit"`
	Component string       `json:"component,omitempty"`
	Amount    money.Amount `json:"amount"`
}
