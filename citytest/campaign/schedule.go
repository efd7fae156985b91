package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"fundy/fault"
)

// schedule is what happens to one city: who pays what and when, and what goes wrong when. It follows from its
// seed alone; what the processes make of it also depends on the machine.
type schedule struct {
	Seed     uint64
	Store    string
	People   []person
	Troubles []trouble
	Crashes  []string  // steps at which the office dies, one life after the other
	Second   []string  // the same of a second office; nil: there is none
	Later    []trouble // once all is paid: money goes back while things go wrong
	Dies     []string  // steps at which the office dies then
}

// person is one payer.
type person struct {
	Tickets  []int
	Start    time.Duration
	Again    bool   // begins a second time from the confirm page
	Declined bool   // types a card first that is declined
	Card     string // types this one in the end; empty: one that simply pays
	Leaves   bool   // never types a card
	Calls    bool   // pays with a one-time code, of a clerk on the telephone
	Thinks   time.Duration
}

// trouble is one fault.
type trouble struct {
	At   time.Duration
	What string
	Arg  string
	For  time.Duration // how long it lasts
	N    int
	Pick int // which payment it is about, of those that there are then
}

func (t trouble) String() string {
	return fmt.Sprintf("%s %s %s (for %s, %d, %d)", t.At, t.What, t.Arg, t.For, t.N, t.Pick)
}

// Bounds of one schedule, in the machine's time.
const (
	during     = 4 * time.Second
	ticketsOf  = 3
	peopleMost = 5
	troubleMin = 3
	troubleMax = 14
	laterFor   = 2 * time.Second
	laterMin   = 2
	laterMax   = 8
	backMost   = 4
)

// The faults, with what each can be about. One that is named more often comes more often.
var troubles = []struct {
	what string
	args []string
}{
	{"kill", []string{"office", "office", "office", "portal", "sandbox"}},
	{"kill", []string{"office", "office", "portal", "sandbox", "second"}},
	{"answer", []string{"409", "429", "lock_timeout", "500_saved", "html_502", "drop_before", "drop_after_commit", "truncate", "delay"}},
	{"answer", []string{"409", "429", "lock_timeout", "500_saved", "html_502", "drop_before", "drop_after_commit", "truncate", "delay"}},
	{"answer", []string{"500_saved", "drop_before", "drop_after_commit"}},
	{"events", []string{"off", "duplicate", "reorder", "delay", "bad_signature", "old_timestamp", "other_api_version"}},
	{"refuse", links}, {"hang", links}, {"late", links}, {"lose answer", links}, {"lose answer", links},
	{"clock", []string{"31s", "3m", "3m", "20m", "61m", "25h", "48h", "192h", "-40s"}},
	{"clock", []string{"31s", "3m", "20m"}},
	{"database", []string{"cut", "restart", "crash"}}, // PostgreSQL
	{"disk full", []string{"0", "4096", "40000"}},     // SQLite
	{"withdraw", []string{"0", "1", "2"}},             // a ticket, while people pay it
	{"review", []string{"0", "1", "2"}},               // of a ticket is asked for, while people pay it
	{"decide", []string{"0", "1", "2"}},               // is asked for and decided: the ticket is kept
	{"counter", []string{"0", "1", "2"}},              // takes cash for a ticket, while people pay it; or undoes it again
	{"dispute", sortedKeys(endings)}, {"dispute", sortedKeys(endings)},
	{"refund", []string{"part", "whole", "reopen"}},
}

// later are those that come once all is paid: what goes back, the clock, and whatever hits the office and its way to the
// processor meanwhile.
var later = []string{"dispute", "refund", "answer", "events", "refuse", "hang", "late", "lose answer", "clock", "database", "disk full", "kill"}

// cards are what people type in the end: one that simply pays most often, and those of which the money comes back.
var cards = []string{"", "", "", "", "4000 0000 0000 0259", "4000 0000 0000 7726", "4000 0000 0000 5126"}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

var links = []string{"browser", "processor", "events", "desk"}

// calls are the requests that the sandbox can answer wrongly.
var calls = [][2]string{
	{"POST", "^/v1/checkout/sessions$"}, {"POST", "/capture$"}, {"POST", "/cancel$"}, {"POST", "/expire$"}, {"GET", "^/v1/checkout/sessions/"},
	{"GET", "^/v1/payment_intents/"}, {"POST", "/capture$"}, {"POST", "^/v1/checkout/sessions$"},
	{"GET", "^/v1/disputes$"}, {"GET", "^/v1/disputes/"}, {"POST", "^/v1/refunds$"}, {"GET", "^/v1/refunds"},
}

// callsBack is the first of them that is about what goes back.
const callsBack = 8

func upTo(r *rand.Rand, d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }

func crashes(r *rand.Rand, steps []fault.Step) (all []string) {
	for range r.IntN(4) {
		place := []string{"before", "after"}[r.IntN(2)]
		all = append(all, fmt.Sprintf("%s:%s:%d", place, steps[r.IntN(len(steps))], 1+r.IntN(3)))
	}
	return all
}

// newSchedule makes a seed's schedule.
func newSchedule(seed uint64, store string) schedule {
	r := rand.New(rand.NewPCG(seed, 0x46756e6479)) //nolint:gosec // to be repeated, not a secret
	s := schedule{Seed: seed, Store: store}
	rush := r.IntN(4) == 0 // all come at once, for the same ticket too
	for range 2 + r.IntN(peopleMost-1) {
		s.People = append(s.People, person{
			Tickets: r.Perm(ticketsOf)[:1+r.IntN(2)], Start: upTo(r, during/2), Again: r.IntN(4) == 0, Declined: r.IntN(6) == 0,
			Leaves: r.IntN(6) == 0, Calls: r.IntN(4) == 0, Thinks: upTo(r, during/3), Card: cards[r.IntN(len(cards))],
		})
		if p := &s.People[len(s.People)-1]; rush {
			p.Tickets, p.Start, p.Thinks = append(p.Tickets[:0:0], 0), 0, 0
		}
	}
	back := slices.Concat(fault.DisputeSteps, []fault.Step{fault.CallRefund, fault.CallFindBack, fault.CallGetBack, fault.ApplyRefund, fault.ClaimRefunds, fault.LeaseTasks, fault.FinishTask})
	steps := slices.Concat(fault.PaymentSteps, fault.TroubleSteps, []fault.Step{fault.OpenCode, fault.OvertakeReview}, fault.DisputeSteps)
	s.Crashes, s.Dies = crashes(r, steps), crashes(r, back)
	if store == "postgres" && r.IntN(2) == 0 {
		s.Second = append(crashes(r, steps), "") // at its last life it dies nowhere
	}
	for range troubleMin + r.IntN(troubleMax-troubleMin) {
		s.add(&s.Troubles, r, during, func(string) bool { return true })
	}
	for range 1 + r.IntN(backMost) {
		s.add(&s.Later, r, laterFor, func(what string) bool { return what == "dispute" || what == "refund" })
	}
	for range laterMin + r.IntN(laterMax-laterMin) {
		s.add(&s.Later, r, laterFor, func(what string) bool { return slices.Contains(later, what) })
	}
	return s
}

// add draws a trouble of the kinds that come now; one that this city can't have is left out.
func (s *schedule) add(to *[]trouble, r *rand.Rand, within time.Duration, comes func(what string) bool) {
	kind := troubles[r.IntN(len(troubles))]
	for !comes(kind.what) {
		kind = troubles[r.IntN(len(troubles))]
	}
	t := trouble{
		At: upTo(r, within), What: kind.what, Arg: kind.args[r.IntN(len(kind.args))], For: 100*time.Millisecond + upTo(r, time.Second), N: 1 + r.IntN(3), Pick: r.IntN(1000),
	}
	if t.What == "database" && s.Store != "postgres" || t.What == "disk full" && s.Store != "sqlite" || t.Arg == "second" && s.Second == nil {
		return
	}
	switch {
	case t.What == "hang" && t.Arg == "processor" && r.IntN(3) == 0:
		t.For = 21*time.Second + upTo(r, 3*time.Second) // longer than a call waits: what was asked comes late
	case t.What == "answer":
		t.N = r.IntN(len(calls))
		if to == &s.Later {
			t.N = callsBack + r.IntN(len(calls)-callsBack)
		}
	case t.What == "dispute":
		t.For /= 3
		s.spoil(to, r, t, callsBack, callsBack+1)
	case t.What == "refund":
		s.spoil(to, r, t, callsBack+2, callsBack+3)
	}
	*to = append(*to, t)
}

// spoil lets, as often as not, the answer go wrong by which the office learns of what goes back: twice, since what it asks
// with asks again by itself.
func (s *schedule) spoil(to *[]trouble, r *rand.Rand, t trouble, calls ...int) {
	kinds := []string{"drop_after_commit", "drop_after_commit", "500_saved", "truncate", "delay", "html_502"}
	if r.IntN(2) == 0 {
		wrong := trouble{At: t.At, What: "answer", Arg: kinds[r.IntN(len(kinds))], N: calls[r.IntN(len(calls))]}
		*to = append(*to, wrong, wrong)
	}
}
