package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"fundy/ledger"
	"fundy/logbook"
	"fundy/ticket"
)

// ImportRow is a ticket ready to be written: its plate sealed and indexed, its content digested.
type ImportRow struct {
	Ticket        ticket.Ticket
	NumberKey     string
	Lookup        []byte // the public look-up's index
	PlateIndex    []byte // nil: no plate
	SkeletonIndex []byte
	PlateSealed   []byte
	DataKey       string
	Digest        []byte // of the row's content: the same digest is the same row
	Sealed        []byte // the whole row, sealed, kept only when it contradicts a ticket we have
	Entries       []ledger.Entry
	Line          int
}

// ImportBatch is a few hundred rows that are written together.
type ImportBatch struct {
	ID        string
	Source    string // the file's name
	Mapping   string
	FirstLine int
	At        time.Time
	DataKey   DataKey
	Rows      []ImportRow
	// Leaf tells of the new rows, their ids and digests.
	Leaf func(newRows []ImportRow) (logbook.Leaf, error)
}

// ImportOutcome counts what became of a batch's rows.
type ImportOutcome struct {
	New  int // written
	Same int // there already, with the same content
	Held int // contradict a ticket we have: quarantined
}

// RowState is what an import would do with a row.
type RowState string

// The states of a row against the store.
const (
	RowNew     RowState = "new"
	RowSame    RowState = "same"
	RowChanged RowState = "changed"
)

// ImportKey is what a row is compared by.
type ImportKey struct {
	ID     ticket.ID
	Digest []byte
}

// CompareImport says of each row what applying it would do. A ticket's id follows from its key, so
// the id finds the ticket.
func (s *Store) CompareImport(ctx context.Context, keys []ImportKey) ([]RowState, error) {
	states := make([]RowState, len(keys))
	err := s.Read(ctx, func(ctx context.Context, tx *Tx) error {
		for i, k := range keys {
			state, err := tx.compare(ctx, k)
			if err != nil {
				return err
			}
			states[i] = state
		}
		return nil
	})
	return states, err
}

var qTicketDigest = query("ticket digest", `
select digest
from ticket
where id = $1`)

func (tx *Tx) compare(ctx context.Context, k ImportKey) (RowState, error) {
	var digest []byte
	err := tx.row(ctx, qTicketDigest, string(k.ID)).Scan(&digest)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return RowNew, nil
	case err != nil:
		return "", fmt.Errorf("compare ticket: %w", err)
	case string(digest) == string(k.Digest):
		return RowSame, nil
	}
	return RowChanged, nil
}

// ApplyImport writes a batch in one transaction: new tickets with their postings, contradicting rows
// into quarantine, one leaf. What is there is never overwritten, so a batch that was written before a
// crash changes nothing when it comes again.
func (s *Store) ApplyImport(ctx context.Context, b ImportBatch) (ImportOutcome, error) {
	var out ImportOutcome
	err := s.Write(ctx, func(ctx context.Context, tx *Tx) error {
		out = ImportOutcome{}
		fresh, held, err := tx.sortRows(ctx, b.Rows)
		if err != nil {
			return err
		}
		out.New, out.Held, out.Same = len(fresh), len(held), len(b.Rows)-len(fresh)-len(held)
		if out.New == 0 && out.Held == 0 {
			return nil
		}
		if err := tx.AddDataKey(ctx, b.DataKey, b.At); err != nil {
			return err
		}
		if err := tx.insertTickets(ctx, b, fresh); err != nil {
			return err
		}
		if out.Held, err = tx.holdRows(ctx, b, held); err != nil {
			return err
		}
		if out.New == 0 && out.Held == 0 {
			return nil // all that contradicts is in quarantine already
		}
		return tx.recordBatch(ctx, b, fresh, out)
	})
	return out, err
}

// sortRows tells new rows from those that contradict; the rest are the same again. Within one
// batch the first row of a key counts, a second that differs contradicts it.
func (tx *Tx) sortRows(ctx context.Context, rows []ImportRow) (fresh, held []ImportRow, err error) {
	first := map[ticket.ID][]byte{}
	for _, r := range rows {
		state := RowNew
		if digest, ok := first[r.Ticket.ID]; ok {
			state = RowSame
			if string(digest) != string(r.Digest) {
				state = RowChanged
			}
		} else if state, err = tx.compare(ctx, ImportKey{ID: r.Ticket.ID, Digest: r.Digest}); err != nil {
			return nil, nil, err
		}
		switch state {
		case RowNew:
			first[r.Ticket.ID] = r.Digest
			fresh = append(fresh, r)
		case RowChanged:
			held = append(held, r)
		}
	}
	return fresh, held, nil
}

var qInsertImportBatch = query("insert import batch", `
insert into import_batch
  (id, source, mapping, first_line, rows_new, rows_same, rows_held, applied_at)
values
  ($1, $2, $3, $4, $5, $6, $7, $8)`)

func (tx *Tx) recordBatch(ctx context.Context, b ImportBatch, fresh []ImportRow, out ImportOutcome) error {
	_, err := tx.exec(ctx, qInsertImportBatch, b.ID, b.Source, b.Mapping, b.FirstLine, out.New, out.Same, out.Held, micros(b.At))
	if err != nil {
		return fmt.Errorf("insert import batch: %w", err)
	}
	leaf, err := b.Leaf(fresh)
	if err != nil {
		return fmt.Errorf("make leaf: %w", err)
	}
	return tx.AddLeaf(ctx, leaf)
}

var qHoldRow = query("hold import row", `
insert into import_quarantine
  (id, ticket_id, reason, digest, sealed, data_key, source, line, held_at, resolved_at)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, null)
on conflict (ticket_id, digest) do nothing`)

// holdRows puts contradicting rows into quarantine, each once. It returns how many were new there.
func (tx *Tx) holdRows(ctx context.Context, b ImportBatch, held []ImportRow) (int, error) {
	var n int64
	for _, r := range held {
		added, err := tx.exec(ctx, qHoldRow, b.ID+"-"+strconv.Itoa(r.Line), string(r.Ticket.ID), "other content", r.Digest, r.Sealed, r.DataKey, b.Source, r.Line, micros(b.At))
		if err != nil {
			return 0, fmt.Errorf("hold row: %w", err)
		}
		n += added
	}
	return int(n), nil
}

const ticketInsert = `
insert into ticket
  (id, regime, series, number, number_key, issued_on, issued_at, time_known, offence, schedule, fine_minor, place, make,
   no_plate, jurisdiction, plate_type, delivery, served_on, state, state_since, lookup, plate_index, skeleton_index,
   plate_sealed, data_key, digest, batch, arrived_at, version)
values
  `

const entryInsert = `
insert into ledger_entry
  (id, kind, ref, entered_at, effective_at)
values
  `

const postingInsert = `
insert into posting
  (entry_id, line, debit, credit, amount_minor, ticket_id, component)
values
  `

const eventInsert = `
insert into ticket_event
  (ticket_id, kind, at, recorded_at, why)
values
  `

// values writes an insert of many rows. Full chunks share one text; a last, smaller chunk has its own, so at
// most dialect.many texts of each kind are ever prepared.
func values(insert string, columns, rows int) string {
	var b strings.Builder
	b.WriteString(insert)
	n := 1
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for c := range columns {
			if c > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			n++
		}
		b.WriteByte(')')
	}
	return b.String()
}

// insertMany writes rows of columns values each, in chunks.
func (tx *Tx) insertMany(ctx context.Context, insert string, columns int, args []any) error {
	chunk := tx.dialect.many * columns
	for len(args) > 0 {
		part := args[:min(chunk, len(args))]
		if _, err := tx.exec(ctx, values(insert, columns, len(part)/columns), part...); err != nil {
			return err
		}
		args = args[len(part):]
	}
	return nil
}

func (tx *Tx) insertTickets(ctx context.Context, b ImportBatch, fresh []ImportRow) error {
	var tickets, entries, postings, events []any
	for _, r := range fresh {
		tickets = append(tickets, ticketArgs(b, r)...)
		for _, e := range r.Ticket.Events {
			events = append(events, string(r.Ticket.ID), e.Kind, micros(e.At), micros(b.At), "import")
		}
		for _, e := range r.Entries {
			entries = append(entries, e.ID, string(e.Kind), e.Ref, micros(e.Entered), micros(e.Effective))
			for i, p := range e.Postings {
				postings = append(postings, e.ID, i+1, string(p.Debit), string(p.Credit), p.Amount.Minor(), string(p.Ticket), string(p.Component))
			}
		}
	}
	for _, many := range []struct {
		insert  string
		columns int
		args    []any
	}{{ticketInsert, 29, tickets}, {eventInsert, 5, events}, {entryInsert, 5, entries}, {postingInsert, 7, postings}} {
		if err := tx.insertMany(ctx, many.insert, many.columns, many.args); err != nil {
			return fmt.Errorf("insert imported rows: %w", err)
		}
	}
	return nil
}

func ticketArgs(b ImportBatch, r ImportRow) []any {
	t := r.Ticket
	var fine sql.NullInt64
	if t.Fine != nil {
		fine = sql.NullInt64{Int64: t.Fine.Minor(), Valid: true}
	}
	since := t.StateSince
	if since.IsZero() {
		since = b.At
	}
	key := sql.NullString{String: r.DataKey, Valid: r.DataKey != ""}
	return []any{
		string(t.ID), t.Regime, t.Series, t.Number, r.NumberKey, t.IssuedOn.String(), micros(t.IssuedAt), flag(t.TimeKnown), t.Offence, t.Schedule, fine, t.Place, t.Make,
		flag(t.NoPlate), t.Jurisdiction, t.PlateType, string(t.Delivery), t.ServedOn.String(), string(t.State), micros(since), r.Lookup, r.PlateIndex, r.SkeletonIndex,
		r.PlateSealed, key, r.Digest, b.ID, micros(b.At), int64(1),
	}
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
