package ticket

import (
	"slices"
	"time"

	"fundy/city"
	"fundy/money"
)

// Regime is the law that a ticket stands under, as a table: each line says of a state whether it can
// be paid here, if not where and why, and the section of law that says so.
type Regime struct {
	Name         string
	Kinds        map[city.TierKind]bool // what its prices may be made of
	Most         money.Amount           // of a penalty; zero: no limit
	PartPayments bool
	NoticeMonths int // within how many months of the contravention a notice is given; 0: no such rule
	States       []StateLine
}

// StateLine is one line of a regime's table.
type StateLine struct {
	State   State
	Payable bool
	Box     bool    // payable only with a box ticked
	Reason  string  // key of the words
	Where   string  // "here", "court", "counter", "nowhere"
	Section string  // of the law: the Act is named in each language by the words of the regime
	To      []State // where a person may move it from here
	Money   []State // where only money moves it: a payment, or one that is given back, lapses or is moved
}

// regimes are all that Fundy knows. nb-lga: reference is the Act, ss. 156-159; "review" there is a
// request that the city withdraw the notice, with one decision: no screening and no hearing was found. Paying is
// deemed contravention (159(4)), and closes the matter for the payer; a notice that should not have been given (157)
// can be withdrawn by the city all the same, and what was paid is then given back in full.
var regimes = map[string]Regime{
	"nb-lga": {
		Name:  "nb-lga",
		Kinds: map[city.TierKind]bool{city.Absolute: true, city.Discount: true},
		Most:  city.PenaltyMost,
		// 157(6).
		NoticeMonths: 6,
		States: []StateLine{
			{State: Open, Payable: true, Reason: "open", Where: "here", Section: "159(2)", To: []State{Review, Hold, Court, Withdrawn, Void, WrittenOff}, Money: []State{Confirming, Paid}},
			{State: Reopened, Payable: true, Reason: "open", Where: "here", Section: "159(2)", To: []State{Review, Hold, Court, Withdrawn, Void, WrittenOff}, Money: []State{Confirming, Paid}},
			{State: Review, Payable: true, Box: true, Reason: "review", Where: "here", Section: "159(4)", To: []State{Open, Hold, Withdrawn, Void}, Money: []State{Confirming, Paid}},
			{State: Warned, Reason: "nothing_to_pay", Where: "nowhere", Section: "156", To: []State{Void, Withdrawn}},
			{State: Hold, Reason: "hold", Where: "counter", Section: "156", To: []State{Open, Review, Court, Withdrawn, Void, WrittenOff}},
			{State: Confirming, Reason: "confirming", Where: "nowhere", Section: "159(2)", Money: []State{Paid, Reopened, Review}},
			{State: Paid, Reason: "paid", Where: "nowhere", Section: "159(4)", To: []State{Withdrawn, Void}, Money: []State{Reopened, Review}},
			{State: Court, Reason: "court", Where: "court", Section: "156(2)(c)", To: []State{Withdrawn}},
			{State: Withdrawn, Reason: "withdrawn", Where: "nowhere", Section: "157", To: nil},
			{State: Void, Reason: "void", Where: "nowhere", Section: "157", To: nil},
			{State: WrittenOff, Reason: "written_off", Where: "counter", Section: "156", To: []State{Reopened}},
		},
	},
	"generic": {
		Name:         "generic",
		Kinds:        map[city.TierKind]bool{city.Absolute: true, city.Discount: true, city.Fee: true},
		PartPayments: true,
		States: []StateLine{
			{State: Open, Payable: true, Reason: "open", Where: "here", Section: "the city's by-law", To: []State{Review, Hold, Court, Withdrawn, Cancelled, Void, WrittenOff}, Money: []State{Confirming, Paid}},
			{State: Reopened, Payable: true, Reason: "open", Where: "here", Section: "the city's by-law", To: []State{Review, Hold, Court, Withdrawn, Cancelled, Void, WrittenOff}, Money: []State{Confirming, Paid}},
			{State: Review, Payable: true, Box: true, Reason: "review", Where: "here", Section: "the city's by-law", To: []State{Open, Hold, Cancelled, Withdrawn, Void}, Money: []State{Confirming, Paid}},
			{State: Warned, Reason: "nothing_to_pay", Where: "nowhere", Section: "the city's by-law", To: []State{Void, Withdrawn}},
			{State: Hold, Reason: "hold", Where: "counter", Section: "the city's by-law", To: []State{Open, Review, Court, Cancelled, Withdrawn, Void, WrittenOff}},
			{State: Confirming, Reason: "confirming", Where: "nowhere", Section: "the city's by-law", Money: []State{Paid, Reopened, Review}},
			{State: Paid, Reason: "paid", Where: "nowhere", Section: "the city's by-law", To: []State{Withdrawn, Cancelled, Void}, Money: []State{Reopened, Review}},
			{State: Court, Reason: "court", Where: "court", Section: "the city's by-law", To: []State{Withdrawn, Cancelled}},
			{State: Withdrawn, Reason: "withdrawn", Where: "nowhere", Section: "the city's by-law", To: nil},
			{State: Cancelled, Reason: "cancelled", Where: "nowhere", Section: "the city's by-law", To: nil},
			{State: Void, Reason: "void", Where: "nowhere", Section: "the city's by-law", To: nil},
			{State: WrittenOff, Reason: "written_off", Where: "counter", Section: "the city's by-law", To: []State{Reopened}},
		},
	},
}

// RegimeOf is the regime of a name.
func RegimeOf(name string) (Regime, bool) {
	r, ok := regimes[name]
	return r, ok
}

// Allows says whether an offence's prices are made of what the regime knows. One city can have tickets
// of two regimes under one schedule, so it is not enough that the rules were checked for the city's own.
func (r Regime) Allows(o city.Offence) bool {
	all := [][]city.Tier{o.Tiers}
	for _, repeat := range o.Repeats {
		all = append(all, repeat.Tiers)
	}
	for _, tiers := range all {
		for _, t := range tiers {
			if !r.Kinds[t.Kind] {
				return false
			}
		}
	}
	return len(o.Charges) == 0 || r.Kinds[city.Fee]
}

// Owed says whether a person can be asked for the money of a ticket in a state: it is payable, or would be but for a hold.
func (r Regime) Owed(s State) bool {
	l, known := r.Line(s)
	return known && (l.Payable || s == Hold)
}

// Line is a state's line of the table.
func (r Regime) Line(s State) (StateLine, bool) {
	for _, l := range r.States {
		if l.State == s {
			return l, true
		}
	}
	return StateLine{}, false
}

// May says whether a ticket may go from one state to another, whoever moves it.
func (r Regime) May(from, to State) bool {
	l, _ := r.Line(from)
	return slices.Contains(l.To, to) || slices.Contains(l.Money, to)
}

// Decides says whether a person may move a ticket from one state to another: what is being paid is nobody's to
// decide.
func (r Regime) Decides(from, to State) bool {
	l, _ := r.Line(from)
	return slices.Contains(l.To, to)
}

// Stand says whether a ticket can be paid here at an instant, and if not, where and why. A state that
// the regime does not know is payable nowhere and sends the visitor to the counter: never a silent no.
func Stand(r Regime, t Ticket, _ time.Time) Standing {
	l, ok := r.Line(t.State)
	if !ok {
		return Standing{Reason: "unknown", Where: "counter"}
	}
	return Standing{Payable: l.Payable, Box: l.Box, Reason: l.Reason, Section: l.Section, Where: l.Where}
}
