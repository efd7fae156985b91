package main

import (
	"time"

	"fundy/city"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
)

// Seen is what a doctor reads of a city's store.
type Seen struct {
	Settings                       city.Settings
	Rules                          city.Rules
	Deposits                       payout.Rules
	Now                            time.Time
	Newest, Proof, Mark, FirstOpen time.Time // zero: none
	Exceptions                     []payment.Exception
	Feeds                          []payout.Feed
}

// Said is what the doctor says of it, by check: the verdict and the words.
func (s Seen) Said() map[string]string {
	d := &doctor{f: folder{settings: s.Settings}, now: s.Now, rules: s.Rules, priced: true}
	d.holidays(city.DateOf(s.Now, s.Settings.City().Zone))
	d.judge(stored{
		deposits: s.Deposits, newest: s.Newest, proof: store.BackupProof{BackupAt: s.Proof}, proved: !s.Proof.IsZero(),
		mark: store.Restoring{Since: s.Mark, Marked: s.Mark}, restoring: !s.Mark.IsZero(), firstOpen: s.FirstOpen, exceptions: s.Exceptions, feeds: s.Feeds,
	})
	all := map[string]string{}
	for _, f := range d.found {
		all[f.Check] = string(f.Verdict) + " " + f.What
	}
	return all
}

// The demonstration's sign-in.
var (
	HandOver    = handOver
	StandIn     = standIn
	StartedByUs = startedByUs
)
