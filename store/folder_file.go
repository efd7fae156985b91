package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/ticket"
)

// The kinds of a FolderFile.
const (
	TicketsFile = "tickets"
	BanksFile   = "bank"
)

// The states of a FolderFile.
const (
	FileTaking  = "taking"  // it is being applied: what of it is written is the same again
	FileHeld    = "held"    // a person looks at it
	FileApplied = "applied" // for good
	FileRefused = "refused" // by a person, for good
)

// FolderFile is a file that came by a folder, or that somebody has brought. Nothing that stands in it is here.
type FolderFile struct {
	ID      string // the first letters of its digest
	Kind    string
	Digest  string // hex SHA-256 of its content
	Name    string
	Place   string // in its folder, while it is held; "": it did not come by one
	Mapping string
	State   string
	Why     string // it is held
	Totals  ticket.FileTotals
	CameAt  time.Time
	EndedAt time.Time // zero: it has not
	Who     string    // applies it, has applied it or has refused it; "": the office itself
	Note    string    // why it was refused
	Version int64
}

// FileID is what a file is called whose digest this is.
func FileID(digest string) string { return digest[:16] }

var qInsertFolderFile = query("insert folder file", `
insert into folder_file
  (id, kind, digest, name, place, mapping, state, why, rows_read, rows_new, rows_same, rows_changed, rows_rejected, fines_minor, came_at, ended_at, who, note, version)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1)`)

// AddFolderFile keeps a file that has come, and sets its id and version. One of the same content is an ErrConflict.
func (tx *Tx) AddFolderFile(ctx context.Context, f *FolderFile) error {
	f.ID, f.Version = FileID(f.Digest), 1
	_, err := tx.exec(ctx, qInsertFolderFile, f.ID, f.Kind, f.Digest, f.Name, f.Place, f.Mapping, f.State, f.Why, f.Totals.Rows, f.Totals.New, f.Totals.Same, f.Totals.Changed, f.Totals.Rejected,
		f.Totals.Fines.Minor(), micros(f.CameAt), nullMicros(f.EndedAt), f.Who, f.Note)
	if err != nil {
		return fmt.Errorf("insert folder file: %w", err)
	}
	return nil
}

var qMoveFolderFile = query("move folder file", `
update folder_file
set state = $1, place = $2, who = $3, note = $4, ended_at = $5, version = version + 1
where id = $6
  and version = $7`)

// MoveFolderFile writes what became of a file as it was read, or says ErrConflict where somebody else was first.
func (tx *Tx) MoveFolderFile(ctx context.Context, f *FolderFile) error {
	err := tx.one(ctx, qMoveFolderFile, f.State, f.Place, f.Who, f.Note, nullMicros(f.EndedAt), f.ID, f.Version)
	if err != nil {
		return fmt.Errorf("move folder file: %w", err)
	}
	f.Version++
	return nil
}

const folderFileColumns = `
select id, kind, digest, name, place, mapping, state, why, rows_read, rows_new, rows_same, rows_changed, rows_rejected, fines_minor, came_at, ended_at, who, note, version
from folder_file`

var qFolderFile = query("folder file", folderFileColumns+`
where id = $1`)

// FolderFile is a file that has come, by its id, or ErrNotFound.
func (tx *Tx) FolderFile(ctx context.Context, id string) (FolderFile, error) {
	return scanFolderFile(tx.row(ctx, qFolderFile, id))
}

var qOpenFolderFiles = query("open folder files", folderFileColumns+`
where state in ('taking', 'held')
order by came_at, id
limit $1`)

// OpenFolderFiles lists the files that are neither applied nor refused yet, oldest first.
func (tx *Tx) OpenFolderFiles(ctx context.Context, limit int) ([]FolderFile, error) {
	rows, err := tx.rows(ctx, qOpenFolderFiles, limit)
	if err != nil {
		return nil, fmt.Errorf("read folder files: %w", err)
	}
	defer rows.Close()
	var all []FolderFile
	for rows.Next() {
		f, err := scanFolderFile(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, rows.Err()
}

func scanFolderFile(row scanner) (FolderFile, error) {
	var f FolderFile
	var fines, came int64
	var ended sql.NullInt64
	err := row.Scan(&f.ID, &f.Kind, &f.Digest, &f.Name, &f.Place, &f.Mapping, &f.State, &f.Why, &f.Totals.Rows, &f.Totals.New, &f.Totals.Same, &f.Totals.Changed, &f.Totals.Rejected,
		&fines, &came, &ended, &f.Who, &f.Note, &f.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return f, fmt.Errorf("folder file: %w", ErrNotFound)
	}
	if err != nil {
		return f, fmt.Errorf("read folder file: %w", err)
	}
	f.Totals.Fines, f.CameAt, f.EndedAt = money.FromMinor(fines), fromMicros(came), fromNull(ended)
	return f, nil
}

var qLastTicketFile = query("last ticket file", `
select coalesce(max(came_at), 0)
from folder_file
where kind = 'tickets'`)

var qLastImport = query("last import", `
select applied_at
from import_batch
where source <> $1
order by applied_at desc
limit 1`)

// ByHand is the source of a ticket that a person has entered.
const ByHand = "by hand"

// LastTicketFile is when a file of tickets came last, by whatever way. The zero time: none has.
func (tx *Tx) LastTicketFile(ctx context.Context) (time.Time, error) {
	var came, applied int64
	if err := tx.row(ctx, qLastTicketFile).Scan(&came); err != nil {
		return time.Time{}, fmt.Errorf("read last ticket file: %w", err)
	}
	if err := tx.row(ctx, qLastImport, ByHand).Scan(&applied); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("read last import: %w", err)
	}
	if last := max(came, applied); last > 0 {
		return fromMicros(last), nil
	}
	return time.Time{}, nil
}
