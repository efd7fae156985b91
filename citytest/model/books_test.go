package model_test

import (
	"database/sql"
	"errors"

	"fundy/payment"
	"fundy/ticket"
)

// books reads the store's rows beside the store's own code.
type books struct {
	db       *sql.DB
	prepared map[string]*sql.Stmt
	version  int64 // of the data, when last read
	attempts []attempt
	tickets  map[ticket.ID]row
	live     map[ticket.ID][]allocation
	booked   map[payment.AttemptID]*booked
	lines    []line // of attempts' histories, all
	moves    []move // of tickets' histories, all
	events   int64
	moved    int64
}

type attempt struct {
	ID                   payment.AttemptID
	Request              string
	State                payment.State
	Session, Ref, Reason string
	Receipt              string
	Blocked              ticket.ID
	Amount, Version      int64
	Seen                 bool // a task is left of it, or it is to be looked at
}

type row struct {
	State   ticket.State
	Version int64
}

type allocation struct {
	Attempt payment.AttemptID
	Amount  int64
}

// booked is what the ledger has of an attempt.
type booked struct{ Captured, Unallocated int64 }

type line struct {
	Attempt  payment.AttemptID
	Version  int64
	From, To payment.State
	Event    payment.Event
}

type move struct {
	Ticket ticket.ID
	To     ticket.State
}

func newBooks(db *sql.DB) *books { return &books{db: db, prepared: map[string]*sql.Stmt{}} }

func (b *books) close() {
	for _, s := range b.prepared {
		s.Close()
	}
	b.db.Close()
}

// each reads the rows of a query.
func (b *books) each(q string, args []any, row func(scan func(...any) error) error) error {
	s, ok := b.prepared[q]
	if !ok {
		var err error
		if s, err = b.db.Prepare(q); err != nil {
			return err
		}
		b.prepared[q] = s
	}
	rows, err := s.Query(args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// read reads everything that is compared, where anything has been written since.
func (b *books) read() error {
	var version int64
	err := b.each("pragma data_version", nil, func(scan func(...any) error) error { return scan(&version) })
	if err != nil || version == b.version {
		return err
	}
	b.version = version
	b.attempts, b.tickets, b.live, b.booked = nil, map[ticket.ID]row{}, map[ticket.ID][]allocation{}, map[payment.AttemptID]*booked{}
	return errors.Join(
		b.each("select a.id, p.request_id, a.state, a.session, a.processor_ref, a.reason, a.receipt, a.blocked_ticket, a.amount_minor, a.version, a.next_at is not null or exists (select 1 from outbox o where o.ref = a.id and o.done_at is null and o.kind <> 'mail_receipt') from attempt a join payment p on p.id = a.payment_id order by a.rowid", nil,
			func(scan func(...any) error) error {
				var a attempt
				err := scan(&a.ID, &a.Request, &a.State, &a.Session, &a.Ref, &a.Reason, &a.Receipt, &a.Blocked, &a.Amount, &a.Version, &a.Seen)
				b.attempts = append(b.attempts, a)
				return err
			}),
		b.each("select id, state, version from ticket", nil, func(scan func(...any) error) error {
			var id ticket.ID
			var r row
			err := scan(&id, &r.State, &r.Version)
			b.tickets[id] = r
			return err
		}),
		b.each("select ticket_id, attempt_id, amount_minor from allocation where undone_at is null", nil, func(scan func(...any) error) error {
			var id ticket.ID
			var a allocation
			err := scan(&id, &a.Attempt, &a.Amount)
			b.live[id] = append(b.live[id], a)
			return err
		}),
		b.each(`select e.kind, e.ref, case when p.debit = 'clearing:card' then p.amount_minor when p.credit = 'clearing:card' then -p.amount_minor else 0 end
			from ledger_entry e join posting p on p.entry_id = e.id where e.kind <> 'issue'`, nil, func(scan func(...any) error) error {
			var kind string
			var ref payment.AttemptID
			var amount int64
			err := scan(&kind, &ref, &amount)
			if b.booked[ref] == nil {
				b.booked[ref] = &booked{}
			}
			if kind == "capture" {
				b.booked[ref].Captured += amount
			} else {
				b.booked[ref].Unallocated += amount
			}
			return err
		}),
		b.each("select rowid, attempt_id, version, from_state, event, to_state from attempt_event where rowid > $1 order by rowid", []any{b.events},
			func(scan func(...any) error) error {
				var l line
				err := scan(&b.events, &l.Attempt, &l.Version, &l.From, &l.Event, &l.To)
				b.lines = append(b.lines, l)
				return err
			}),
		b.each("select rowid, ticket_id, substr(kind, 7) from ticket_event where rowid > $1 and kind like 'state:%' order by rowid", []any{b.moved},
			func(scan func(...any) error) error {
				var m move
				err := scan(&b.moved, &m.Ticket, &m.To)
				b.moves = append(b.moves, m)
				return err
			}))
}

// number reads one number.
func (b *books) number(q string) (n int64, err error) {
	err = b.each(q, nil, func(scan func(...any) error) error { return scan(&n) })
	return n, err
}
