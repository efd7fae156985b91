package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const ticketInsert = `
insert into ticket
  (id, regime, series, number, number_key, issued_on, issued_at, time_known, offence, schedule, fine_minor, priors, place, make,
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

// insertTickets writes tickets in the order of their numbers, whatever that of their file: two imports of the same rows then
// wait for each other once, and neither holds what the other wants.
func (tx *Tx) insertTickets(ctx context.Context, b ImportBatch, fresh []ImportRow) error {
	sorted := slices.Clone(fresh)
	slices.SortStableFunc(sorted, func(a, b ImportRow) int {
		return cmp.Or(cmp.Compare(a.NumberKey, b.NumberKey), a.Ticket.IssuedOn.Compare(b.Ticket.IssuedOn), cmp.Compare(a.Ticket.ID, b.Ticket.ID))
	})
	var tickets, entries, postings, events []any
	for _, r := range sorted {
		tickets = append(tickets, ticketArgs(b, r)...)
		for _, e := range r.Ticket.Events {
			events = append(events, string(r.Ticket.ID), e.Kind, micros(e.At), micros(b.At), "import")
		}
		for _, e := range r.Entries {
			entries = append(entries, e.ID, string(e.Kind), e.Ref, micros(e.Entered), micros(e.Effective))
			postings = append(postings, postingArgs(e)...)
		}
	}
	for _, many := range []struct {
		insert  string
		columns int
		args    []any
	}{{ticketInsert, 30, tickets}, {eventInsert, 5, events}, {entryInsert, 5, entries}, {postingInsert, 7, postings}} {
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
		string(t.ID), t.Regime, t.Series, t.Number, r.NumberKey, t.IssuedOn.String(), micros(t.IssuedAt), flag(t.TimeKnown), t.Offence, t.Schedule, fine, t.Priors, t.Place, t.Make,
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
