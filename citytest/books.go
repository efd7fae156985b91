package citytest

import (
	"context"
	"database/sql"
	"fmt"

	"fundy/city"
	"fundy/ledger"
	"fundy/office"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// Books are what the city's books and the processor's say, and where they break an invariant of the package
// comment.
type Books struct {
	Begun     int      // attempts
	Paid      int      // attempts that were captured
	Lost      []string // money that one side has and the other has not, or that is left standing
	Doubled   []string // tickets taken twice
	Mispriced []string // captured at another price than the by-law's at the quote's instant
	Stuck     []string // attempts that are neither final nor known to wait, and what the office has not read as it is
	Disputes  int      // chargebacks and inquiries that payers' banks opened
	Settled   int      // of them, those that ended
	Refunds   int      // that went to their payers
	CameBack  int      // refunds that went, and failed later
	Ledger    store.LedgerCheck
}

// Wrong is all that breaks an invariant.
func (b Books) Wrong() []string {
	var all []string
	for name, found := range map[string][]string{"lost": b.Lost, "doubled": b.Doubled, "mispriced": b.Mispriced, "stuck": b.Stuck, "ledger": b.Ledger.Faults} {
		for _, f := range found {
			all = append(all, name+": "+f)
		}
	}
	return all
}

// ours is an attempt in the city's books.
type ours struct {
	id, adapter, state, session, receipt string
	amount                               int64
	unallocated                          int64 // of an entry that puts its money to no ticket
	disputed                             int64 // that payers' banks have taken back
	refunded                             int64 // that went back to the card, or is on its way there
}

func (o ours) took() bool {
	return o.receipt != ""
}

// theirs is a session in the processor's books.
type theirs struct {
	ID       string `json:"id"`
	Ref      string `json:"ref"`
	Status   string `json:"status"`
	Amount   int64  `json:"amount"`
	Payment  string `json:"payment"`
	Money    string `json:"payment_status"`
	Received int64  `json:"received"`
	Refunded int64  `json:"refunded"`
	Disputed int64  `json:"disputed"` // off its balance, by disputes that are open or lost
}

// auditor looks into a city's store, by its own code and beside it, and into the processor's books.
type auditor struct {
	store *store.Store
	db    *sql.DB
	city  city.City
}

// openBeside opens a store's database beside the store, only to read.
func openBeside(c store.Config) (*sql.DB, error) {
	driver, dsn := "pgx", c.DSN
	if c.Driver == "sqlite" {
		driver, dsn = "sqlite", "file:"+c.Path+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)"
	}
	db, err := sql.Open(driver, dsn)
	if err == nil {
		db.SetMaxOpenConns(2)
	}
	return db, err
}

// Check reads both sides' books and compares them.
func (c *Processes) Check(ctx context.Context) (Books, error) {
	their, err := c.sandbox.books(ctx)
	if err != nil {
		return Books{}, err
	}
	b, err := c.auditor.check(ctx, their.Sessions)
	if err != nil {
		return b, err
	}
	attempts, err := c.auditor.attempts(ctx)
	if err != nil {
		return b, err
	}
	err = c.auditor.back(ctx, their, attempts, &b)
	return b, err
}

// Check reads both sides' books and compares them.
func (c *City) Check(ctx context.Context) (Books, error) {
	sessions, err := controls{c.Sandbox.URL, c.Control}.sessions(ctx)
	if err != nil {
		return Books{}, err
	}
	db, err := openBeside(c.config)
	if err != nil {
		return Books{}, err
	}
	defer db.Close()
	return auditor{c.Store, db, c.Settings.City()}.check(ctx, sessions)
}

func (c auditor) check(ctx context.Context, sessions []theirs) (b Books, err error) {
	attempts, err := c.attempts(ctx)
	if err != nil {
		return b, err
	}
	final := true
	for _, a := range attempts {
		b.Begun++
		if a.took() {
			b.Paid++
		}
		if s := payment.State(a.state); !s.Final() && s != payment.Captured && s != payment.Settled {
			final = false
			b.Stuck = append(b.Stuck, a.id+" is "+a.state)
		}
	}
	b.Lost = compare(attempts, sessions, final)
	if b.Doubled, err = c.doubled(ctx); err != nil {
		return b, err
	}
	doubled, stuck, err := c.desk(ctx)
	if err != nil {
		return b, err
	}
	b.Doubled, b.Stuck = append(b.Doubled, doubled...), append(b.Stuck, stuck...)
	err = c.store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if b.Mispriced, err = c.mispriced(ctx, tx, attempts); err != nil {
			return err
		}
		b.Ledger, err = tx.CheckLedger(ctx)
		return err
	})
	return b, err
}

// compare wants each cent that was taken there to be in the books here, and the other way round.
func compare(attempts map[string]ours, sessions []theirs, final bool) (lost []string) {
	say := func(format string, args ...any) { lost = append(lost, fmt.Sprintf(format, args...)) }
	taken := map[string]int64{}
	for _, s := range sessions {
		a, known := attempts[s.Ref]
		switch {
		case s.Payment == "":
			continue
		case !known:
			say("the processor has %s of an attempt that nobody knows: %s", s.Payment, s.Ref)
		case a.session != s.ID:
			say("the processor has %s of a session that its attempt does not know: %s", s.Payment, s.ID)
		case s.Money == "requires_capture" && final:
			say("%s of %s (%s) is left standing", s.Payment, a.id, a.state)
		case s.Money == "canceled" && a.took():
			say("%s was given back, and %s is %s", s.Payment, a.id, a.state)
		case s.Money == "succeeded" && !a.took() && a.unallocated != s.Received && final:
			say("%d cents of %s were taken, and %s is %s", s.Received, s.Payment, a.id, a.state)
		case s.Money == "succeeded" && a.took() && (s.Received != a.amount || s.Amount != a.amount):
			say("%d cents of %s were taken, and %s is of %d", s.Received, s.Payment, a.id, a.amount)
		case s.Refunded != a.refunded:
			say("%d cents of %s were given back, and by our books %d of %s", s.Refunded, s.Payment, a.refunded, a.id)
		case s.Disputed != a.disputed:
			say("payers' banks have %d cents of %s, and by our books %d of %s", s.Disputed, s.Payment, a.disputed, a.id)
		}
		if s.Money == "succeeded" {
			taken[s.Ref] += s.Received
		}
	}
	for _, a := range attempts {
		if a.took() && a.adapter != payment.CounterAdapter && taken[a.id] != a.amount {
			say("%s is %s with %d cents, and the processor took %d", a.id, a.state, a.amount, taken[a.id])
		}
	}
	return lost
}

func (c auditor) attempts(ctx context.Context) (map[string]ours, error) {
	all := map[string]ours{}
	err := c.rows(ctx, `
		select a.id, a.adapter, a.state, a.session, a.receipt, a.amount_minor, cast(coalesce(sum(p.amount_minor), 0) as bigint),
		  (select cast(coalesce(sum(d.amount_minor), 0) as bigint)
		   from dispute d
		   where d.attempt_id = a.id
		     and d.state in ('needs_response', 'under_review', 'lost', 'accepted')),
		  (select cast(coalesce(sum(r.amount_minor), 0) as bigint)
		   from refund r
		   where r.attempt_id = a.id
		     and r.way = 'processor'
		     and r.state in ('pending', 'succeeded'))
		from attempt a
		left join ledger_entry e on e.ref = a.id and e.kind = '`+string(ledger.Unallocated)+`'
		left join posting p on p.entry_id = e.id
		group by a.id, a.adapter, a.state, a.session, a.receipt, a.amount_minor`, func(r *sql.Rows) error {
		var a ours
		err := r.Scan(&a.id, &a.adapter, &a.state, &a.session, &a.receipt, &a.amount, &a.unallocated, &a.disputed, &a.refunded)
		all[a.id] = a
		return err
	})
	return all, err
}

// doubled finds the tickets that were taken more than once: by attempts with a receipt, or in the ledger. One that
// is owed again, because a bank took its payment back or the city gave it back, is rightly paid again.
func (c auditor) doubled(ctx context.Context) (found []string, err error) {
	for what, q := range map[string]string{
		"receipts": `
			select pt.ticket_id, count(*)
			from attempt a
			join payment_ticket pt on pt.payment_id = a.payment_id
			where a.receipt <> ''
			  and a.state <> 'reversed'
			  and not exists (select 1 from part_payment pp where pp.attempt_id = a.id and pp.ticket_id = pt.ticket_id)
			  and not exists (select 1 from dispute d where d.attempt_id = a.id and d.reopened_at is not null)
			  and not exists (
			    select 1 from refund r join refund_part rp on rp.refund_id = r.id
			    where r.attempt_id = a.id and rp.ticket_id = pt.ticket_id and r.reopened_at is not null)
			group by pt.ticket_id
			having count(*) > 1`,
		"captures": `
			select p.ticket_id, count(distinct e.id)
			from ledger_entry e
			join posting p on p.entry_id = e.id
			where e.kind = '` + string(ledger.Captured) + `'
			  and p.ticket_id <> ''
			  and not exists (select 1 from ledger_entry back where back.kind = '` + string(ledger.EntryUndone) + `' and back.ref = e.ref)
			  and not exists (select 1 from part_payment pp where pp.attempt_id = e.ref and pp.ticket_id = p.ticket_id)
			  and not exists (select 1 from dispute d where d.attempt_id = e.ref and d.reopened_at is not null)
			  and not exists (
			    select 1 from refund r join refund_part rp on rp.refund_id = r.id
			    where r.attempt_id = e.ref and rp.ticket_id = p.ticket_id and r.reopened_at is not null)
			group by p.ticket_id
			having count(distinct e.id) > 1`,
	} {
		err := c.rows(ctx, q, func(r *sql.Rows) error {
			var id string
			var n int
			err := r.Scan(&id, &n)
			found = append(found, fmt.Sprintf("ticket %s has %d %s", id, n, what))
			return err
		})
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// mispriced prices each captured ticket anew, at its quote's instant.
func (c auditor) mispriced(ctx context.Context, tx *store.Tx, attempts map[string]ours) (found []string, err error) {
	rules, err := office.LoadRules(ctx, c.store)
	if err != nil {
		return nil, err
	}
	for id, a := range attempts {
		if !a.took() || payment.State(a.state) == payment.Reversed {
			continue
		}
		full, err := tx.Attempt(ctx, payment.AttemptID(id))
		if err != nil {
			return found, err
		}
		p, err := tx.Payment(ctx, full.Payment)
		if err != nil {
			return found, err
		}
		sum := int64(0) // a charge's payment has no tickets
		err = c.rows(ctx, "select amount_minor from charge where attempt_id = '"+id+"'", func(r *sql.Rows) error { return r.Scan(&sum) })
		if err != nil {
			return found, err
		}
		for _, f := range p.Tickets {
			if f.Components[0].Kind == ticket.PartPayment { // whatever was handed over
				sum += f.Total.Minor()
				continue
			}
			t, err := tx.Ticket(ctx, f.Ticket)
			if err != nil {
				return found, err
			}
			q, err := ticket.Price(t.Ticket, rules, c.city, f.QuotedAt)
			if err != nil {
				return found, err
			}
			if q.Total.Cmp(f.Total) != 0 {
				found = append(found, fmt.Sprintf("%s: %s was taken for %s, which cost %s then", id, f.Total, t.Number, q.Total))
			}
			sum += q.Total.Minor()
		}
		if sum != a.amount {
			found = append(found, fmt.Sprintf("%s: %d cents were taken, and the tickets cost %d", id, a.amount, sum))
		}
	}
	return found, nil
}

func (c auditor) rows(ctx context.Context, q string, each func(*sql.Rows) error) error {
	rows, err := c.db.QueryContext(ctx, q)
	if err != nil && ctx.Err() == nil { // the server has been started anew, and the connection is of the one before
		rows, err = c.db.QueryContext(ctx, q)
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
