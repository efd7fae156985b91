package citytest

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
)

// backBooks are what the city's books have of what went back to payers.
type backBooks struct {
	disputes []returned
	refunds  []givenBack
	made     map[string]map[string]int // entries in the ledger, by what they are of, then by kind
	accounts map[string]int64
	queue    map[string]string // kind and reference: open, closed, or by whom
	payouts  int
}

// backBooks reads what the city's books have.
func (c auditor) backBooks(ctx context.Context, their theirBooks) (our backBooks, err error) {
	our = backBooks{made: map[string]map[string]int{}, accounts: map[string]int64{}, queue: map[string]string{}}
	theirs := map[string]theirDispute{}
	for _, d := range their.Disputes {
		theirs[d.ID] = d
	}
	disputed, err1 := c.moves(ctx, "select dispute_id, from_state, to_state, at from dispute_event order by dispute_id, version")
	refunded, err2 := c.moves(ctx, "select refund_id, from_state, to_state, at from refund_event order by refund_id, version")
	err3 := c.rows(ctx, `
		select id, coalesce(attempt_id, ''), state, ending, why, amount_minor, reopened_at is not null
		from dispute
		order by opened_at, id`, func(r *sql.Rows) error {
		var d returned
		err := r.Scan(&d.ID, &d.Attempt, &d.State, &d.End, &d.Why, &d.Amount, &d.Reopened)
		d.theirs, d.Moves = theirs[d.ID], disputed[d.ID]
		our.disputes = append(our.disputes, d)
		return err
	})
	err4 := c.rows(ctx, `
		select r.id, r.attempt_id, r.state, r.amount_minor, r.reopen = 1, r.reopened_at is not null, r.asked_at,
		  coalesce((select cast(sum(amount_minor) as bigint) from refund_part rp where rp.refund_id = r.id and rp.ticket_id = ''), 0)
		from refund r
		where r.way = 'processor'
		order by r.asked_at, r.id`, func(r *sql.Rows) error {
		var g givenBack
		var at int64
		err := r.Scan(&g.ID, &g.Attempt, &g.State, &g.Amount, &g.Reopen, &g.Reopened, &at, &g.Free)
		g.At, g.Moves = time.UnixMicro(at), refunded[g.ID]
		our.refunds = append(our.refunds, g)
		return err
	})
	return our, errors.Join(err1, err2, err3, err4, c.backLedger(ctx, &our))
}

// moves are all that something went through, by its id.
func (c auditor) moves(ctx context.Context, q string) (map[string][]returnedMove, error) {
	all := map[string][]returnedMove{}
	err := c.rows(ctx, q, func(r *sql.Rows) error {
		var id string
		var m returnedMove
		var at int64
		err := r.Scan(&id, &m.From, &m.To, &at)
		m.At = time.UnixMicro(at)
		all[id] = append(all[id], m)
		return err
	})
	return all, err
}

// backLedger reads the ledger and the queue.
func (c auditor) backLedger(ctx context.Context, our *backBooks) error {
	return errors.Join(
		c.rows(ctx, `
		select kind, ref
		from ledger_entry
		where kind in ('dispute_held', 'dispute_returned', 'dispute_lost', 'dispute_regained', 'dispute_reopen', 'refund', 'refund_failed', 'reopen')`,
			func(r *sql.Rows) error {
				var kind, ref string
				err := r.Scan(&kind, &ref)
				if strings.HasPrefix(kind, "dispute_") {
					ref, _, _ = strings.Cut(ref, ".") // its version follows
				}
				if our.made[ref] == nil {
					our.made[ref] = map[string]int{}
				}
				our.made[ref][kind]++
				return err
			}),
		c.rows(ctx, `
		select account, cast(sum(cents) as bigint)
		from (select debit as account, amount_minor as cents from posting union all select credit, -amount_minor from posting) moved
		group by account`, func(r *sql.Rows) error {
			var account string
			var cents int64
			err := r.Scan(&account, &cents)
			our.accounts[account] = cents
			return err
		}),
		c.rows(ctx, "select kind, ref, case when closed_at is null then 'open' when closed_by = '' then 'closed' else closed_by end from exception", func(r *sql.Rows) error {
			var kind, ref, is string
			err := r.Scan(&kind, &ref, &is)
			our.queue[kind+" "+ref] = is
			return err
		}),
		c.rows(ctx, "select count(*) from payout", func(r *sql.Rows) error { return r.Scan(&our.payouts) }))
}
