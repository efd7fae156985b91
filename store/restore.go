package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/ident"
	"fundy/payment"
)

// Restoring is what stands of the marks of a restored store.
type Restoring struct {
	Since  time.Time // the earliest backup's time: whatever came later may be missing here
	Marked time.Time // when the last of the marks was set
}

var qMarkRestored = query("mark restored", `
insert into restore_mark
  (id, backup_at, marked_at, listed, attached, unplaced, lifted_at)
values
  ($1, $2, $3, 0, 0, 0, null)`)

// MarkRestored says that this store was restored from a copy of backupAt. Until LiftRestore, no payment
// begins. Sessions and codes of staff are good no more: who had ended or used them since is not known here.
func (tx *Tx) MarkRestored(ctx context.Context, backupAt, now time.Time) error {
	_, err := tx.exec(ctx, qMarkRestored, ident.New("rst"), micros(backupAt), micros(now))
	if err != nil {
		return fmt.Errorf("mark restored: %w", err)
	}
	return tx.endStaffRestored(ctx, now)
}

var qRestoring = query("restoring", `
select min(backup_at), max(marked_at)
from restore_mark
where lifted_at is null`)

// Restoring says whether a mark stands.
func (tx *Tx) Restoring(ctx context.Context) (r Restoring, standing bool, err error) {
	var since, marked sql.NullInt64
	if err := tx.row(ctx, qRestoring).Scan(&since, &marked); err != nil {
		return r, false, fmt.Errorf("read restore mark: %w", err)
	}
	return Restoring{Since: fromNull(since), Marked: fromNull(marked)}, since.Valid, nil
}

// Restored is what asking the processor came to.
type Restored struct {
	Listed   int `json:"listed"`
	Attached int `json:"attached"`
	Unplaced int `json:"unplaced"`
}

var qLiftRestore = query("lift restore mark", `
update restore_mark
set lifted_at = $1, listed = $2, attached = $3, unplaced = $4
where lifted_at is null
  and marked_at <= $5`)

// LiftRestore lifts the marks that were read as r; lifted is false where another office has done so.
func (tx *Tx) LiftRestore(ctx context.Context, r Restoring, found Restored, now time.Time) (lifted bool, err error) {
	n, err := tx.exec(ctx, qLiftRestore, micros(now), found.Listed, found.Attached, found.Unplaced, micros(r.Marked))
	if err != nil {
		return false, fmt.Errorf("lift restore mark: %w", err)
	}
	return n > 0, nil
}

var qUnfinished = query("unfinished attempts", `
select id
from attempt
where id > $1
  and state in ('new', 'creating', 'open', 'expiring', 'processing', 'authorized', 'corrected_authorized', 'capturing', 'releasing')
order by id
limit $2`)

// Unfinished lists the attempts after an id whose money may still move, in ascending id.
func (tx *Tx) Unfinished(ctx context.Context, after payment.AttemptID, limit int) ([]payment.AttemptID, error) {
	rows, err := tx.rows(ctx, qUnfinished, string(after), limit)
	if err != nil {
		return nil, fmt.Errorf("read unfinished attempts: %w", err)
	}
	defer rows.Close()
	var ids []payment.AttemptID
	for rows.Next() {
		var id payment.AttemptID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read unfinished attempt: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// BackupProof is a backup that was opened again and found whole.
type BackupProof struct {
	BackupAt    time.Time
	ProvedAt    time.Time
	FileDigest  []byte
	StoreDigest []byte
}

var qInsertProof = query("insert backup proof", `
insert into backup_proof
  (id, backup_at, proved_at, file_digest, store_digest)
values
  ($1, $2, $3, $4, $5)`)

// AddBackupProof records that a backup was opened again and found whole.
func (tx *Tx) AddBackupProof(ctx context.Context, p BackupProof) error {
	_, err := tx.exec(ctx, qInsertProof, ident.New("prf"), micros(p.BackupAt), micros(p.ProvedAt), p.FileDigest, p.StoreDigest)
	if err != nil {
		return fmt.Errorf("insert backup proof: %w", err)
	}
	return nil
}

var qLastProof = query("last backup proof", `
select backup_at, proved_at, file_digest, store_digest
from backup_proof
order by backup_at desc, proved_at desc
limit 1`)

// LastBackupProof is the proof of the youngest backup that has one, or ErrNotFound.
func (tx *Tx) LastBackupProof(ctx context.Context) (BackupProof, error) {
	var p BackupProof
	var backup, proved int64
	err := tx.row(ctx, qLastProof).Scan(&backup, &proved, &p.FileDigest, &p.StoreDigest)
	if errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("backup proof: %w", ErrNotFound)
	}
	if err != nil {
		return p, fmt.Errorf("read backup proof: %w", err)
	}
	p.BackupAt, p.ProvedAt = fromMicros(backup), fromMicros(proved)
	return p, nil
}
