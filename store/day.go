package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payout"
)

var qDayCaptures = query("captures of day", `
select e.ref, e.effective_at,
  (select coalesce(cast(sum(p.amount_minor) as bigint), 0)
   from posting p
   where p.entry_id = e.id
     and p.debit = 'clearing:card'),
  coalesce(l.id, ''), coalesce(l.fee_minor, 0), coalesce(l.payout_id, '')
from ledger_entry e
left join processor_line l on l.attempt_id = e.ref and l.attempt_id <> ''
where e.kind in ('capture', 'unallocated')
  and e.effective_at >= $1
  and e.effective_at < $2
  and not exists (
    select 1
    from counter_entry ce
    where ce.attempt_id = e.ref)
order by e.effective_at, e.id`)

// DayCaptures lists what counts as taken from cards in [from, until), with where it is at the processor.
func (tx *Tx) DayCaptures(ctx context.Context, from, until time.Time) ([]payout.Taken, error) {
	rows, err := tx.rows(ctx, qDayCaptures, micros(from), micros(until))
	if err != nil {
		return nil, fmt.Errorf("read captures of day: %w", err)
	}
	defer rows.Close()
	var all []payout.Taken
	for rows.Next() {
		var t payout.Taken
		var at, amount, fee int64
		if err := rows.Scan(&t.Attempt, &at, &amount, &t.Line, &fee, &t.Payout); err != nil {
			return nil, fmt.Errorf("read capture of day: %w", err)
		}
		if amount == 0 {
			continue // cash, a cheque, a terminal: they go to the bank in deposits of our own
		}
		t.At, t.Amount, t.Fee = fromMicros(at), money.FromMinor(amount), money.FromMinor(fee)
		all = append(all, t)
	}
	return all, rows.Err()
}

var qDayLines = query("other lines of day", `
select l.id, l.payout_id, l.kind, l.word, l.amount_minor, l.fee_minor, l.net_minor, l.class, l.why, e.effective_at
from ledger_entry e
join processor_line l on l.id = e.ref
where e.kind = 'processor_line'
  and l.attempt_id = ''
  and e.effective_at >= $1
  and e.effective_at < $2
order by e.effective_at, l.id`)

// DayLines lists the lines in [from, until) that are of no capture of ours.
func (tx *Tx) DayLines(ctx context.Context, from, until time.Time) ([]payout.Line, error) {
	rows, err := tx.rows(ctx, qDayLines, micros(from), micros(until))
	if err != nil {
		return nil, fmt.Errorf("read lines of day: %w", err)
	}
	defer rows.Close()
	var all []payout.Line
	for rows.Next() {
		var l payout.Line
		var amount, fee, net, at int64
		if err := rows.Scan(&l.ID, &l.Payout, &l.Kind, &l.Word, &amount, &fee, &net, &l.Class, &l.Why, &at); err != nil {
			return nil, fmt.Errorf("read line of day: %w", err)
		}
		l.Amount, l.Fee, l.Net, l.CreatedAt = money.FromMinor(amount), money.FromMinor(fee), money.FromMinor(net), fromMicros(at)
		all = append(all, l)
	}
	return all, rows.Err()
}

var qDayBank = query("bank lines of day", `
select l.id, l.file, l.line, l.account, l.value_day, l.amount_minor, l.type, l.reference, l.claim, l.rule, f.name, l.text, coalesce(e.id, ''),
  case when l.claim in ('processor', 'deposit', 'terminal') and e.id is null then
    (select count(*)
     from bank_line t
     join ledger_entry u on u.kind = 'bank_line' and u.ref = t.id
     where t.account = l.account
       and t.value_day = l.value_day
       and t.amount_minor = l.amount_minor
       and t.claim = l.claim
       and t.id <> l.id)
  else 0 end,
  coalesce(c.number, ''), coalesce(c.refund_id, ''), coalesce(c.amount_minor, 0), coalesce(c.ended, ''), case when c.bank_line_id = l.id then 1 else 0 end,
  coalesce(dp.reference, ''), coalesce(dp.accepted_by, '')
from bank_line l
join bank_file f on f.digest = l.file
left join ledger_entry e on e.kind = 'bank_line' and e.ref = l.id
left join deposit dp on dp.bank_line_id = l.id
left join refund_cheque c on l.claim = 'cheque' and c.number = ltrim(l.reference, '0')
where l.value_day = $1
  or (l.claim in ('unknown', 'processor', 'deposit', 'terminal', 'returned_item') and l.value_day < $1 and (l.claim = 'unknown' or e.id is null))
  or (l.claim = 'cheque' and l.value_day < $1 and c.number is not null and (c.bank_line_id is null or c.bank_line_id <> l.id))
order by l.account, l.value_day, l.line, l.id`)

// DayBank lists the bank's lines of a value date, and those of days before that are still unexplained.
func (tx *Tx) DayBank(ctx context.Context, day city.Date) ([]payout.Shown, error) {
	rows, err := tx.rows(ctx, qDayBank, day.String())
	if err != nil {
		return nil, fmt.Errorf("read bank lines of day: %w", err)
	}
	defer rows.Close()
	var all []payout.Shown
	for rows.Next() {
		var s payout.Shown
		var value, digest, number, refund, ended string
		var amount, written, paid int64
		err := rows.Scan(&s.ID, &digest, &s.At, &s.Account, &value, &amount, &s.Type, &s.Reference, &s.Claim, &s.Rule, &s.File, &s.Text, &s.Entry, &s.Twins,
			&number, &refund, &written, &ended, &paid, &s.Slip, &s.By)
		if err = errors.Join(err, dayInto(&s.Value, value)); err != nil {
			return nil, fmt.Errorf("read bank line of day: %w", err)
		}
		s.Amount, s.Paid = money.FromMinor(amount), paid == 1
		if s.Cheque = ""; number != "" {
			s.Cheque = fmt.Sprintf("cheque %s of %s, for the refund %s", number, money.FromMinor(written), refund)
		}
		if number != "" && ended != "" {
			s.Cheque += ", which is " + ended
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

var qWaitingOfDay = query("attempts still open of day", `
select count(*)
from payment p
join attempt a on a.payment_id = p.id
where p.quoted_at >= $1
  and p.quoted_at < $2
  and a.state in ('new', 'creating', 'open', 'expiring', 'processing', 'authorized', 'corrected_authorized', 'capturing', 'releasing')`)

// WaitingOfDay counts the attempts quoted in [from, until) whose outcome is not yet known. (Money
// of one that stopped is in the books, as an unallocated receipt.)
func (tx *Tx) WaitingOfDay(ctx context.Context, from, until time.Time) (int, error) {
	var n int
	if err := tx.sum(ctx, qWaitingOfDay, micros(from), micros(until)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count attempts still open: %w", err)
	}
	return n, nil
}

// LockSettlement lets one after the other work on the way to the bank: a day is not closed while something is
// entered in it. SQLite has one writer anyway.
func (tx *Tx) LockSettlement(ctx context.Context) error {
	rows, err := tx.rows(ctx, qLockCityIdentity+tx.lockSuffix())
	if err != nil {
		return fmt.Errorf("lock settlement: %w", err)
	}
	return rows.Close()
}

var qClosedUntil = query("closed until", `
select coalesce(max(ends_at), 0)
from settlement_day`)

// ClosedUntil is the end of the last closed day: nothing is entered before it any more. The zero time when no
// day is closed.
func (tx *Tx) ClosedUntil(ctx context.Context) (time.Time, error) {
	var at int64
	if err := tx.row(ctx, qClosedUntil).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("read closed days: %w", err)
	}
	if at == 0 {
		return time.Time{}, nil
	}
	return fromMicros(at), nil
}

// OpenInstant is at, or the first instant that is not in a closed day: a correction goes to an open one.
func (tx *Tx) OpenInstant(ctx context.Context, at time.Time) (time.Time, error) {
	until, err := tx.ClosedUntil(ctx)
	if err != nil || !at.Before(until) {
		return at, err
	}
	return until, nil
}

var qFirstOpen = query("first open entry", `
select coalesce(min(effective_at), 0)
from ledger_entry
where kind in ('capture', 'unallocated', 'processor_line', 'payout', 'bank_line', 'reverse', 'over_short', 'over_short_back', 'deposit', 'returned_cheque', 'charge')
  and effective_at >= $1`)

// FirstOpen is when the first entry after the closed days counts; zero when there is none.
func (tx *Tx) FirstOpen(ctx context.Context) (time.Time, error) {
	until, err := tx.ClosedUntil(ctx)
	if err != nil {
		return until, err
	}
	from, at := int64(0), int64(0)
	if !until.IsZero() {
		from = micros(until)
	}
	if err := tx.row(ctx, qFirstOpen, from).Scan(&at); err != nil || at == 0 {
		return time.Time{}, err
	}
	return fromMicros(at), nil
}

var qBegan = query("beginning of the books", `
select
  (select created_at from city_identity),
  (select min(effective_at)
   from ledger_entry
   where kind in ('capture', 'unallocated', 'processor_line', 'payout', 'bank_line', 'reverse', 'over_short', 'over_short_back', 'deposit', 'returned_cheque', 'charge')),
  (select coalesce(min(value_day), '') from bank_line),
  (select coalesce(min(day), '') from settlement_day)`)

// Began is the first day that is a city's own: on which its store was made, or from which there is money, or a line of the
// bank's, or a closed day, whichever is earlier.
func (tx *Tx) Began(ctx context.Context, zone *time.Location) (city.Date, error) {
	var made, entry sql.NullInt64
	var line, closed string
	var began, other city.Date
	if err := tx.row(ctx, qBegan).Scan(&made, &entry, &line, &closed); err != nil {
		return began, fmt.Errorf("read beginning of the books: %w", err)
	}
	earlier := func(day city.Date) {
		if !day.IsZero() && (began.IsZero() || day.Compare(began) < 0) {
			began = day
		}
	}
	for _, at := range []sql.NullInt64{made, entry} {
		if at.Valid {
			earlier(city.DateOf(fromMicros(at.Int64), zone))
		}
	}
	for _, text := range []string{line, closed} {
		other = city.Date{}
		if err := dayInto(&other, text); err != nil {
			return began, fmt.Errorf("read beginning of the books: %w", err)
		}
		earlier(other)
	}
	return began, nil
}

var qInsertDay = query("insert settlement day", `
insert into settlement_day
  (day, ends_at, closed_at, body)
values
  ($1, $2, $3, $4)`)

// CloseDay locks a day with what it came to. One that is closed is ErrConflict.
func (tx *Tx) CloseDay(ctx context.Context, day city.Date, ends, at time.Time, body string) error {
	_, err := tx.exec(ctx, qInsertDay, day.String(), micros(ends), micros(at), body)
	if err != nil {
		return fmt.Errorf("insert settlement day: %w", err)
	}
	return nil
}

var qClosedDay = query("closed day", `
select body
from settlement_day
where day = $1`)

// ClosedDay is what a closed day came to, or ErrNotFound.
func (tx *Tx) ClosedDay(ctx context.Context, day city.Date) (string, error) {
	var body string
	err := tx.row(ctx, qClosedDay, day.String()).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("closed day: %w", ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("read closed day: %w", err)
	}
	return body, nil
}
