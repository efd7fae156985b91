package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sort"
	"time"
)

// failed is what a failover left behind.
type failed struct {
	acknowledged int           // payments that a payer was told are paid
	lost         int           // of these, those that the store does not have as paid
	unknown      int           // payments that were taken and no payer was told of: most of these payers had gone away
	doubled      int           // tickets or attempts for which money was taken twice
	stuck        int           // attempts that did not come to an end
	flow         time.Duration // from the promotion to the first payment begun after it that was told to be paid
	busy, broken int           // answers to the payers: "try again", "something went wrong"
	logged       int           // lines of the city's log
	faults       []string      // what else does not agree
}

// judge waits until every attempt has ended, and compares residents, store and processor.
func (p *payers) judge(ctx context.Context, primary *cluster, promoted time.Time) (r failed, err error) {
	r = failed{acknowledged: len(p.told), busy: p.busy, broken: p.broken}
	for how, n := range p.ends {
		r.faults = append(r.faults, fmt.Sprintf("%d payers: %s", n, how))
	}
	sort.Strings(r.faults)
	for attempt, at := range p.told {
		if p.begun[attempt].After(promoted) && (r.flow == 0 || at.Sub(promoted) < r.flow) {
			r.flow = at.Sub(promoted)
		}
	}
	db, err := sql.Open("pgx", primary.dsn("city"))
	if err != nil {
		return r, err
	}
	defer db.Close()
	states, err := settled(ctx, db)
	if err != nil {
		return r, err
	}
	taken, cents, err := p.c.takenAtProcessor(ctx)
	if err != nil {
		return r, err
	}
	for attempt, state := range states {
		_, told := p.told[attempt]
		switch {
		case !ended[state]:
			r.stuck++
		case taken[attempt] > 1:
			r.doubled++
		case (taken[attempt] == 1) != (state == "captured"):
			r.faults = append(r.faults, fmt.Sprintf("an attempt is %s here and taken %d times at the processor", state, taken[attempt]))
		case state == "captured" && !told:
			r.unknown++
		}
	}
	for attempt := range p.told {
		if states[attempt] != "captured" || taken[attempt] == 0 {
			r.lost++
		}
	}
	twice, ledger, err := books(ctx, db)
	if err != nil {
		return r, err
	}
	r.doubled += twice
	if ledger != cents {
		r.faults = append(r.faults, fmt.Sprintf("%d cents in the ledger, %d taken at the processor", ledger, cents))
	}
	_, err = p.c.fundy(ctx, "ledger", "check", "--city", p.c.dir)
	if err != nil {
		r.faults = append(r.faults, err.Error())
	}
	return r, nil
}

// ended are the states in which nothing is under way any more.
var ended = map[string]bool{"captured": true, "released": true, "expired": true, "failed": true, "abandoned": true, "capture_failed": true}

// settled reads the state of every attempt once all have ended, or when the time for it is over.
func settled(ctx context.Context, db *sql.DB) (map[string]string, error) {
	for deadline := time.Now().Add(settledMost); ; time.Sleep(time.Second) {
		states, left := map[string]string{}, 0
		rows, err := db.QueryContext(ctx, "select id, state from attempt")
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var id, state string
			if err := rows.Scan(&id, &state); err != nil {
				return nil, err
			}
			states[id] = state
			if !ended[state] {
				left++
			}
		}
		if err := rows.Close(); err != nil {
			return nil, err
		}
		if left == 0 || time.Now().After(deadline) {
			return states, nil
		}
	}
}

// books are the tickets that more than one payment was put to, and what the ledger says was captured.
func books(ctx context.Context, db *sql.DB) (twice int, cents int64, err error) {
	err = db.QueryRowContext(ctx, `
select count(*)
from (
  select pt.ticket_id
  from payment_ticket pt
  join attempt a on a.payment_id = pt.payment_id
  where a.receipt <> ''
  group by pt.ticket_id
  having count(*) > 1
) twice`).Scan(&twice)
	if err != nil {
		return 0, 0, err
	}
	err = db.QueryRowContext(ctx, `
select coalesce(sum(case when debit = 'clearing:card' then amount_minor else -amount_minor end), 0)
from posting
where debit = 'clearing:card'
   or credit = 'clearing:card'`).Scan(&cents)
	return twice, cents, err
}

// takenAtProcessor is how often money was taken for each attempt, and all of it.
func (c *benched) takenAtProcessor(ctx context.Context) (times map[string]int, cents int64, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.settings.Processor.BaseURL+"/_sandbox/state", nil)
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("X-Sandbox-Token", c.token)
	res, err := pool.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	var state struct {
		Sessions []struct {
			Ref      string `json:"ref"`
			Status   string `json:"payment_status"`
			Received int64  `json:"received"`
			Refunded int64  `json:"refunded"`
		} `json:"sessions"`
	}
	if err := json.NewDecoder(res.Body).Decode(&state); err != nil {
		return nil, 0, err
	}
	times = map[string]int{}
	for _, s := range state.Sessions {
		if s.Received > 0 {
			times[s.Ref]++
			cents += s.Received - s.Refunded
		}
	}
	return times, cents, nil
}

// lines adds how much the city had to say about it.
func (r *failed) lines(log string) {
	b, err := os.ReadFile(log)
	if err == nil {
		r.logged = bytes.Count(b, []byte("\n"))
	}
}
