package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
)

// LedgerExport is a file that went to the city's general ledger.
type LedgerExport struct {
	ID          string
	From, Until city.Date
	Basis       ledger.Basis
	Provisional bool
	Mapping     string // SHA-256 of what the file was made by
	Digest      string // of the file
	Lines       int
	Debit       money.Amount
	By          string
	At          time.Time
}

var qInsertExport = query("insert ledger export", `
insert into ledger_export
  (id, from_day, until_day, basis, provisional, mapping, digest, lines, debit_minor, made_by, made_at)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)

// AddExport keeps that a file was made.
func (tx *Tx) AddExport(ctx context.Context, e LedgerExport) error {
	_, err := tx.exec(ctx, qInsertExport, e.ID, e.From.String(), e.Until.String(), string(e.Basis), flag(e.Provisional), e.Mapping, e.Digest,
		e.Lines, e.Debit.Minor(), e.By, micros(e.At))
	if err != nil {
		return fmt.Errorf("insert ledger export: %w", err)
	}
	return nil
}

var qExportsOf = query("final ledger exports of range", `
select digest
from ledger_export
where from_day = $1
  and until_day = $2
  and basis = $3
  and mapping = $4
  and provisional = 0
order by made_at, id
limit 1`)

// FirstExport is the digest of the first final file of a range, basis and mapping; "" when there is none.
func (tx *Tx) FirstExport(ctx context.Context, e LedgerExport) (string, error) {
	var digest string
	err := tx.row(ctx, qExportsOf, e.From.String(), e.Until.String(), string(e.Basis), e.Mapping).Scan(&digest)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read ledger exports: %w", err)
	}
	return digest, nil
}
