package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"fundy/fault"
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
	Digest        []byte                 // of the row's content: the same digest is the same row
	Hold          func() ([]byte, error) // seals the whole row: kept only when it contradicts a ticket we have
	Entries       []ledger.Entry
	Repeat        *Repeat // nil: the price does not depend on tickets before
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
	// Took is how long the batch kept others from writing: from the lock to the commit, without the wait before.
	Took time.Duration
	// Others says that another process has written since the batch before. On PostgreSQL it is always false:
	// there nobody waits for a batch.
	Others bool
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
		ids := make([]ticket.ID, len(keys))
		for i, k := range keys {
			ids[i] = k.ID
		}
		standing, err := tx.digests(ctx, ids)
		for i, k := range keys {
			states[i] = compare(standing, k)
		}
		return err
	})
	return states, err
}

const digestSelect = `
select id, digest
from ticket
where id in `

// digests are what the store has of tickets: none where there is no such ticket. Many are asked for at once; a
// last, smaller chunk asks for its first again, so that one text serves all.
func (tx *Tx) digests(ctx context.Context, ids []ticket.ID) (map[ticket.ID][]byte, error) {
	standing := make(map[ticket.ID][]byte, len(ids))
	chunk := tx.dialect.many
	text := values(digestSelect, chunk, 1)
	for len(ids) > 0 {
		args := make([]any, chunk)
		for i := range args {
			args[i] = string(ids[0])
			if i < len(ids) {
				args[i] = string(ids[i])
			}
		}
		ids = ids[min(chunk, len(ids)):]
		if err := tx.digestsInto(ctx, standing, text, args); err != nil {
			return nil, fmt.Errorf("compare tickets: %w", err)
		}
	}
	return standing, nil
}

func (tx *Tx) digestsInto(ctx context.Context, standing map[ticket.ID][]byte, text string, args []any) error {
	rows, err := tx.rows(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id ticket.ID
		var digest []byte
		if err := rows.Scan(&id, &digest); err != nil {
			return err
		}
		standing[id] = digest
	}
	return rows.Err()
}

func compare(standing map[ticket.ID][]byte, k ImportKey) RowState {
	digest, ok := standing[k.ID]
	switch {
	case !ok:
		return RowNew
	case string(digest) == string(k.Digest):
		return RowSame
	}
	return RowChanged
}

// ApplyImport writes a batch in one transaction: new tickets with their postings, contradicting rows
// into quarantine, one leaf. What is there is never overwritten, so a batch that was written before a
// crash changes nothing when it comes again. Another import that writes the same rows at the same time,
// such as a killed one whose last commit was still on its way, is waited for: then they are the same again.
func (s *Store) ApplyImport(ctx context.Context, b ImportBatch) (out ImportOutcome, err error) {
	for range importTries {
		if out, err = s.applyImport(ctx, b); !errors.Is(err, ErrConflict) {
			break
		}
	}
	return out, err
}

// importTries is how often a batch is compared anew. Each try but the last has met a batch of another import.
const importTries = 5

func (s *Store) applyImport(ctx context.Context, b ImportBatch) (ImportOutcome, error) {
	var out ImportOutcome
	var began time.Time
	err := s.Write(ctx, fault.ImportBatch, func(ctx context.Context, tx *Tx) (err error) {
		out, began = ImportOutcome{}, time.Now()
		if out.Others, err = s.othersWrote(ctx, tx); err != nil {
			return err
		}
		return tx.importRows(ctx, b, &out)
	})
	out.Took = time.Since(began)
	return out, err
}

// importRows writes a batch's rows, and counts what became of them.
func (tx *Tx) importRows(ctx context.Context, b ImportBatch, out *ImportOutcome) error {
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
	if err := tx.countPriors(ctx, fresh); err != nil {
		return err
	}
	if err := tx.openEntries(ctx, fresh); err != nil {
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
	return tx.recordBatch(ctx, b, fresh, *out)
}

// EnterTicket writes the one ticket of a batch that a person has entered by hand, and who that was. may is asked first,
// in the same transaction. A ticket of that key is never written over, and nothing is put into quarantine: a person is
// told, as a ticket.WrittenRefusal.
func (s *Store) EnterTicket(ctx context.Context, b ImportBatch, who string, may, then func(ctx context.Context, tx *Tx) error) error {
	there := &ticket.WrittenRefusal{Field: "number", Reason: ticket.WrittenThere}
	err := s.Write(ctx, fault.EnterTicket, func(ctx context.Context, tx *Tx) error {
		if err := may(ctx, tx); err != nil {
			return err
		}
		var out ImportOutcome
		if err := tx.importRows(ctx, b, &out); err != nil {
			return err
		}
		if out.New != 1 {
			return there
		}
		if err := tx.AddTicketEventBy(ctx, b.Rows[0].Ticket.ID, ticket.EnteredEvent, b.At, b.At, who, ""); err != nil {
			return err
		}
		return then(ctx, tx)
	})
	if errors.Is(err, ErrConflict) {
		return there
	}
	return err
}

// othersWrote says whether another process has committed since the last call. SQLite counts such commits for
// each connection, and the store has one that writes.
func (s *Store) othersWrote(ctx context.Context, tx *Tx) (bool, error) {
	if tx.dialect.changes == "" {
		return false, nil
	}
	var now int64
	if err := tx.row(ctx, tx.dialect.changes).Scan(&now); err != nil {
		return false, fmt.Errorf("read who wrote: %w", err)
	}
	before := s.changes.Swap(now)
	return before != 0 && before != now, nil
}

// sortRows tells new rows from those that contradict; the rest are the same again. Within one
// batch the first row of a key counts, a second that differs contradicts it.
func (tx *Tx) sortRows(ctx context.Context, rows []ImportRow) (fresh, held []ImportRow, err error) {
	ids := make([]ticket.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.Ticket.ID
	}
	standing, err := tx.digests(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range rows {
		switch compare(standing, ImportKey{ID: r.Ticket.ID, Digest: r.Digest}) {
		case RowNew:
			standing[r.Ticket.ID] = r.Digest
			fresh = append(fresh, r)
		case RowChanged:
			held = append(held, r)
		}
	}
	return fresh, held, nil
}

// openEntries makes what is posted of new rows count in an open day: a ticket that comes in after the books of its
// day of issue were closed is issued in them on the first open day. The lock keeps a day from being closed meanwhile.
func (tx *Tx) openEntries(ctx context.Context, fresh []ImportRow) error {
	if err := tx.LockSettlement(ctx); err != nil {
		return err
	}
	until, err := tx.ClosedUntil(ctx)
	if err != nil || until.IsZero() {
		return err
	}
	for i := range fresh {
		entries := slices.Clone(fresh[i].Entries)
		for j := range entries {
			if entries[j].Effective.Before(until) {
				entries[j].Effective = until
			}
		}
		fresh[i].Entries = entries
	}
	return nil
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
		sealed, err := r.Hold()
		if err != nil {
			return 0, fmt.Errorf("seal held row: %w", err)
		}
		added, err := tx.exec(ctx, qHoldRow, b.ID+"-"+strconv.Itoa(r.Line), string(r.Ticket.ID), "other content", r.Digest, sealed, r.DataKey, b.Source, r.Line, micros(b.At))
		if err != nil {
			return 0, fmt.Errorf("hold row: %w", err)
		}
		n += added
	}
	return int(n), nil
}
