package store

import (
	"context"
	"fmt"

	"fundy/ledger"
	"fundy/money"
	"fundy/ticket"
)

var qInsertEntry = query("insert ledger entry", `
insert into ledger_entry
  (id, kind, ref, entered_at, effective_at)
values
  ($1, $2, $3, $4, $5)`)

// AddEntry writes a ledger entry with its postings. The same kind and ref again is ErrConflict:
// an event posts once.
func (tx *Tx) AddEntry(ctx context.Context, e ledger.Entry) error {
	_, err := tx.exec(ctx, qInsertEntry, e.ID, string(e.Kind), e.Ref, micros(e.Entered), micros(e.Effective))
	if err != nil {
		return fmt.Errorf("insert ledger entry: %w", err)
	}
	if err := tx.insertMany(ctx, postingInsert, 7, postingArgs(e)); err != nil {
		return fmt.Errorf("insert postings: %w", err)
	}
	return nil
}

func postingArgs(e ledger.Entry) []any {
	args := make([]any, 0, 7*len(e.Postings))
	for i, p := range e.Postings {
		args = append(args, e.ID, i+1, string(p.Debit), string(p.Credit), p.Amount.Minor(), string(p.Ticket), string(p.Component))
	}
	return args
}

var qPostingsOfTicket = query("postings of ticket", `
select debit, credit, amount_minor, ticket_id, component
from posting
where ticket_id = $1`)

var qPostingsOfEntry = query("postings of entry", `
select debit, credit, amount_minor, ticket_id, component
from posting
where entry_id = $1
order by line`)

// PostingsOfTicket lists all postings of one ticket.
func (tx *Tx) PostingsOfTicket(ctx context.Context, id ticket.ID) ([]ledger.Posting, error) {
	return tx.postings(ctx, qPostingsOfTicket, string(id))
}

// PostingsOfEntry lists the postings of one entry.
func (tx *Tx) PostingsOfEntry(ctx context.Context, id string) ([]ledger.Posting, error) {
	return tx.postings(ctx, qPostingsOfEntry, id)
}

func (tx *Tx) postings(ctx context.Context, q, id string) ([]ledger.Posting, error) {
	rows, err := tx.rows(ctx, q, id)
	if err != nil {
		return nil, fmt.Errorf("read postings: %w", err)
	}
	defer rows.Close()
	var all []ledger.Posting
	for rows.Next() {
		var p ledger.Posting
		var amount int64
		if err := rows.Scan(&p.Debit, &p.Credit, &amount, &p.Ticket, &p.Component); err != nil {
			return nil, fmt.Errorf("read posting: %w", err)
		}
		p.Amount = money.FromMinor(amount)
		all = append(all, p)
	}
	return all, rows.Err()
}
