package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

// result is what a campaign came to.
type result struct {
	Seed      uint64         `json:"seed"`
	Schedules int            `json:"schedules"`
	ByStore   map[string]int `json:"schedules_by_store"`
	Faults    int            `json:"faults"`
	ByKind    map[string]int `json:"faults_by_kind"`
	Payments  int            `json:"payments"` // begun
	Paid      int            `json:"paid"`
	Tickets   int64          `json:"tickets_paid"`
	Disputes  int            `json:"disputes_opened"`
	Settled   int            `json:"disputes_settled"`
	Refunds   int            `json:"refunds"`           // that went to their payers
	CameBack  int            `json:"refunds_came_back"` // that went, and failed later
	Lost      int            `json:"lost"`
	Doubled   int            `json:"doubled"`
	Mispriced int            `json:"mispriced"`
	Stuck     int            `json:"stuck"`
	Persons   int            `json:"needs_person"` // attempts of which a person is told
	Seconds   int            `json:"seconds"`
	Failures  []failure      `json:"failures"`
	LeftOut   []string       `json:"left_out"`
	began     time.Time
}

type failure struct {
	Seed  uint64   `json:"seed"`
	Store string   `json:"store"`
	What  []string `json:"what"`
}

func newResult(seed uint64) *result {
	return &result{Seed: seed, ByStore: map[string]int{}, ByKind: map[string]int{}, Failures: []failure{}, LeftOut: []string{}, began: time.Now()}
}

func (r *result) add(o outcome) {
	r.Schedules++
	r.ByStore[o.schedule.Store]++
	for kind, n := range o.faults {
		r.Faults += n
		r.ByKind[kind] += n
	}
	r.Payments += o.books.Begun
	r.Paid += o.books.Paid
	r.Tickets += o.books.Ledger.PaidTickets
	r.Disputes += o.books.Disputes
	r.Settled += o.books.Settled
	r.Refunds += o.books.Refunds
	r.CameBack += o.books.CameBack
	r.Persons += len(o.books.Ledger.Exceptions)
	counts := map[string]*int{"lost": &r.Lost, "doubled": &r.Doubled, "mispriced": &r.Mispriced, "stuck": &r.Stuck, "ledger": &r.Lost}
	f := failure{Seed: o.schedule.Seed, Store: o.schedule.Store}
	for _, w := range o.wrong {
		kind, _, _ := strings.Cut(w, ":")
		*counts[kind]++
		first, _, _ := strings.Cut(w, "\n")
		f.What = append(f.What, first)
	}
	if len(f.What) > 0 {
		r.Failures = append(r.Failures, f)
	}
	r.Seconds = int(time.Since(r.began).Seconds())
}

func (r *result) print() {
	fmt.Printf("seed %d: %d schedules, %d faults, %d payments (%d paid), %d disputes (%d settled), %d refunds (%d came back), %d lost, %d doubled, %d mispriced, %d stuck\n",
		r.Seed, r.Schedules, r.Faults, r.Payments, r.Paid, r.Disputes, r.Settled, r.Refunds+r.CameBack, r.CameBack, r.Lost, r.Doubled, r.Mispriced, r.Stuck)
}

func (r *result) write(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}
