package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payment"
)

var qInsertTakenAttempt = query("insert taken attempt", `
insert into attempt
  (id, payment_id, adapter, state, session, session_url, processor_ref, amount_minor, reason, blocked_ticket,
   receipt, created_at, expires_at, captured_at, refreshed_at, next_at, shown_at, version)
values
  ($1, $2, $3, $4, '', '', '', $5, '', '', $6, $7, $8, $9, 0, null, null, 1)`)

// InsertTakenAttempt is InsertAttempt of money that is here already: it is captured as it is written.
func (tx *Tx) InsertTakenAttempt(ctx context.Context, a payment.Attempt) (payment.Line, error) {
	line, err := payment.Next(payment.New, payment.TenderTaken)
	if err != nil {
		return line, err
	}
	_, err = tx.exec(ctx, qInsertTakenAttempt, string(a.ID), string(a.Payment), a.Adapter, string(line.To), a.Amount.Minor(),
		a.Receipt, micros(a.CreatedAt), micros(a.ExpiresAt), micros(a.CapturedAt))
	if err != nil {
		return line, fmt.Errorf("insert taken attempt: %w", err)
	}
	_, err = tx.exec(ctx, qInsertAttemptEvent, string(a.ID), 1, micros(a.CreatedAt), string(line.From), string(line.Event), string(line.To), "")
	if err != nil {
		return line, fmt.Errorf("insert attempt event: %w", err)
	}
	return line, nil
}

var qInsertTender = query("insert tender", `
insert into tender
  (id, attempt_id, kind, state, amount_minor, tendered_minor, change_minor, rounding_minor, excess_minor, reference, bank,
   drawn_on, batch_id, received_on, postmark_on, unreadable, priced_on, entered_at, version)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1)`)

var qInsertTenderEvent = query("insert tender event", `
insert into tender_event
  (tender_id, version, at, from_state, event, to_state, who, note)
values
  ($1, $2, $3, $4, $5, $6, $7, $8)`)

// InsertTender writes a tender of an entry, with its first history line. Its batch has been locked and is open.
func (tx *Tx) InsertTender(ctx context.Context, t payment.Tender, who string) error {
	line, ok := payment.NextTender("", payment.TenderEntered)
	if !ok {
		return fmt.Errorf("a tender can't be entered: %w", ErrRule)
	}
	_, err := tx.exec(ctx, qInsertTender, string(t.ID), string(t.Attempt), string(t.Kind), string(line.To), t.Amount.Minor(), t.Tendered.Minor(),
		t.Change.Minor(), t.Rounding.Minor(), t.Excess.Minor(), t.Reference, t.Bank, t.DrawnOn.String(), string(t.Batch), t.ReceivedOn.String(),
		t.PostmarkOn.String(), t.Unreadable, t.PricedOn.String(), micros(t.EnteredAt))
	if err != nil {
		return fmt.Errorf("insert tender: %w", err)
	}
	_, err = tx.exec(ctx, qInsertTenderEvent, string(t.ID), 1, micros(t.EnteredAt), string(line.From), string(line.Event), string(line.To), who, "")
	if err != nil {
		return fmt.Errorf("insert tender event: %w", err)
	}
	return nil
}

var qTenders = query("tenders of attempt", `
select id, attempt_id, kind, state, amount_minor, tendered_minor, change_minor, rounding_minor, excess_minor, reference, bank,
       drawn_on, batch_id, received_on, postmark_on, unreadable, priced_on, entered_at, version
from tender
where attempt_id = $1
order by entered_at, id`)

var qTendersOfBatch = query("tenders of batch", `
select id, attempt_id, kind, state, amount_minor, tendered_minor, change_minor, rounding_minor, excess_minor, reference, bank,
       drawn_on, batch_id, received_on, postmark_on, unreadable, priced_on, entered_at, version
from tender
where batch_id = $1
order by entered_at, id`)

var qTender = query("tender", `
select id, attempt_id, kind, state, amount_minor, tendered_minor, change_minor, rounding_minor, excess_minor, reference, bank,
       drawn_on, batch_id, received_on, postmark_on, unreadable, priced_on, entered_at, version
from tender
where id = $1`)

// Tenders lists what an entry was paid with. They change only where their attempt is locked.
func (tx *Tx) Tenders(ctx context.Context, id payment.AttemptID) ([]payment.Tender, error) {
	return tx.tendersOf(ctx, qTenders, string(id))
}

// TendersOfBatch lists what is in a batch, and what was.
func (tx *Tx) TendersOfBatch(ctx context.Context, id payment.BatchID) ([]payment.Tender, error) {
	return tx.tendersOf(ctx, qTendersOfBatch, string(id))
}

// Tender reads a tender, or ErrNotFound.
func (tx *Tx) Tender(ctx context.Context, id payment.TenderID) (payment.Tender, error) {
	t, err := scanTender(tx.row(ctx, qTender, string(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return t, fmt.Errorf("tender: %w", ErrNotFound)
	}
	return t, err
}

func (tx *Tx) tendersOf(ctx context.Context, q, id string) ([]payment.Tender, error) {
	rows, err := tx.rows(ctx, q, id)
	if err != nil {
		return nil, fmt.Errorf("read tenders: %w", err)
	}
	defer rows.Close()
	var all []payment.Tender
	for rows.Next() {
		t, err := scanTender(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

func scanTender(row scanner) (payment.Tender, error) {
	var t payment.Tender
	var amount, tendered, change, rounding, excess, entered int64
	var drawn, received, postmark, priced string
	err := row.Scan(&t.ID, &t.Attempt, &t.Kind, &t.State, &amount, &tendered, &change, &rounding, &excess, &t.Reference, &t.Bank,
		&drawn, &t.Batch, &received, &postmark, &t.Unreadable, &priced, &entered, &t.Version)
	if err != nil {
		return t, fmt.Errorf("read tender: %w", err)
	}
	t.Amount, t.Tendered, t.Change = money.FromMinor(amount), money.FromMinor(tendered), money.FromMinor(change)
	t.Rounding, t.Excess, t.EnteredAt = money.FromMinor(rounding), money.FromMinor(excess), fromMicros(entered)
	err = errors.Join(dayInto(&t.DrawnOn, drawn), dayInto(&t.ReceivedOn, received), dayInto(&t.PostmarkOn, postmark), dayInto(&t.PricedOn, priced))
	if err != nil {
		return t, fmt.Errorf("read tender: %w", err)
	}
	return t, nil
}

var qMoveTender = query("move tender", `
update tender
set state = $1, version = version + 1
where id = $2
  and version = $3`)

// MoveTender moves a tender along its table and writes its history line. A move that has no line is ErrRule.
func (tx *Tx) MoveTender(ctx context.Context, t *payment.Tender, event payment.TenderEvent, at time.Time, who, note string) error {
	line, ok := payment.NextTender(t.State, event)
	if !ok {
		return fmt.Errorf("tender in state %s does not know the event %s: %w", t.State, event, ErrRule)
	}
	if err := tx.one(ctx, qMoveTender, string(line.To), string(t.ID), t.Version); err != nil {
		return fmt.Errorf("move tender: %w", err)
	}
	t.State = line.To
	t.Version++
	_, err := tx.exec(ctx, qInsertTenderEvent, string(t.ID), t.Version, micros(at), string(line.From), string(event), string(line.To), who, note)
	if err != nil {
		return fmt.Errorf("insert tender event: %w", err)
	}
	return nil
}

var qNextNumber = query("next receipt number", `
insert into receipt_series
  (name, last_number)
values
  ($1, 1)
on conflict (name) do update
set last_number = receipt_series.last_number + 1
returning last_number`)

// NextNumber is the next printed number of a series: it is used in the same transaction, so that none is left out.
// Its row stays locked until then.
func (tx *Tx) NextNumber(ctx context.Context, series string) (int64, error) {
	var n int64
	if err := tx.row(ctx, qNextNumber, series).Scan(&n); err != nil {
		return 0, fmt.Errorf("next receipt number: %w", kind(err))
	}
	return n, nil
}

// CounterEntry is what belongs to an entry as a whole.
type CounterEntry struct {
	Attempt   payment.AttemptID
	Series    string // the drawer's name, or payment.MailSeries
	Number    int64
	Session   payment.SessionID // "" for the mail
	EnteredBy string
	EnteredAt time.Time
	Short     money.Amount // written off
}

// Printed is an entry's number as it is printed: "A-000012".
func (e CounterEntry) Printed() string { return fmt.Sprintf("%s-%06d", e.Series, e.Number) }

var qInsertCounterEntry = query("insert counter entry", `
insert into counter_entry
  (attempt_id, series, number, session_id, entered_by, entered_at, short_minor)
values
  ($1, $2, $3, $4, $5, $6, $7)`)

// InsertCounterEntry writes what belongs to an entry as a whole.
func (tx *Tx) InsertCounterEntry(ctx context.Context, e CounterEntry) error {
	session := sql.NullString{String: string(e.Session), Valid: e.Session != ""}
	_, err := tx.exec(ctx, qInsertCounterEntry, string(e.Attempt), e.Series, e.Number, session, e.EnteredBy, micros(e.EnteredAt), e.Short.Minor())
	if err != nil {
		return fmt.Errorf("insert counter entry: %w", err)
	}
	return nil
}

var qCounterEntry = query("counter entry", `
select attempt_id, series, number, session_id, entered_by, entered_at, short_minor
from counter_entry
where attempt_id = $1`)

var qCounterEntryByNumber = query("counter entry by number", `
select attempt_id, series, number, session_id, entered_by, entered_at, short_minor
from counter_entry
where series = $1
  and number = $2`)

var qCounterEntriesOfSession = query("counter entries of session", `
select attempt_id, series, number, session_id, entered_by, entered_at, short_minor
from counter_entry
where session_id = $1
order by number`)

// CounterEntry reads what belongs to an entry, or ErrNotFound: the attempt is none of the counter's.
func (tx *Tx) CounterEntry(ctx context.Context, id payment.AttemptID) (CounterEntry, error) {
	return scanCounterEntry(tx.row(ctx, qCounterEntry, string(id)))
}

// CounterEntryByNumber reads the entry that has a printed number, or ErrNotFound.
func (tx *Tx) CounterEntryByNumber(ctx context.Context, series string, number int64) (CounterEntry, error) {
	return scanCounterEntry(tx.row(ctx, qCounterEntryByNumber, series, number))
}

// CounterEntriesOfSession lists what was entered while a clerk had a drawer, in the order of its numbers.
func (tx *Tx) CounterEntriesOfSession(ctx context.Context, id payment.SessionID) ([]CounterEntry, error) {
	rows, err := tx.rows(ctx, qCounterEntriesOfSession, string(id))
	if err != nil {
		return nil, fmt.Errorf("read counter entries: %w", err)
	}
	defer rows.Close()
	var all []CounterEntry
	for rows.Next() {
		e, err := scanCounterEntry(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

func scanCounterEntry(row scanner) (CounterEntry, error) {
	var e CounterEntry
	var session sql.NullString
	var entered, short int64
	err := row.Scan(&e.Attempt, &e.Series, &e.Number, &session, &e.EnteredBy, &entered, &short)
	if errors.Is(err, sql.ErrNoRows) {
		return e, fmt.Errorf("counter entry: %w", ErrNotFound)
	}
	if err != nil {
		return e, fmt.Errorf("read counter entry: %w", err)
	}
	e.Session, e.EnteredAt, e.Short = payment.SessionID(session.String), fromMicros(entered), money.FromMinor(short)
	return e, nil
}
