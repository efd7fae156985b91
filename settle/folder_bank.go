package settle

import (
	"context"
	"errors"
	"time"
	"unicode"
	"unicode/utf8"

	"fundy/desk"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
	"fundy/ticket"
)

// holdBankFile keeps where a refused file of the bank lies, so that a person can look at it on the page for files. The one
// that was refused before is the same one, in another place.
func holdBankFile(ctx context.Context, tx *store.Tx, digest, name, place string, why error, now time.Time) error {
	if !plainName(name) {
		return nil // it is in the queue, and in its folder
	}
	file, err := tx.FolderFile(ctx, store.FileID(digest))
	if errors.Is(err, store.ErrNotFound) {
		var gap *payout.Gap
		held := ticket.HoldFault
		if errors.As(why, &gap) {
			held = ticket.HoldGap
		}
		return tx.AddFolderFile(ctx, &store.FolderFile{Kind: store.BanksFile, Digest: digest, Name: name, Place: place, State: store.FileHeld, Why: string(held), CameAt: now})
	}
	if err != nil || file.Digest != digest || file.Kind != store.BanksFile {
		return err
	}
	file.State, file.Place, file.Who, file.Note, file.EndedAt = store.FileHeld, place, "", "", time.Time{}
	return tx.MoveFolderFile(ctx, &file)
}

// bankFileTaken takes a refused file of the bank out of the queue that was taken at last. who is "" for the office itself.
func bankFileTaken(ctx context.Context, tx *store.Tx, digest, who string, now time.Time) error {
	file, err := tx.FolderFile(ctx, store.FileID(digest))
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	case err == nil && file.Digest == digest && file.State != store.FileApplied:
		file.State, file.Who, file.Note, file.EndedAt = store.FileApplied, who, "", now
		if err := tx.MoveFolderFile(ctx, &file); err != nil {
			return err
		}
	}
	return Settled(ctx, tx, payment.ExceptionFeed, refusedRef(digest), "taken", who, now)
}

// plainName says whether a file's name can stand in the store and on a page.
func plainName(name string) bool {
	if !utf8.ValidString(name) || desk.HasCard(name) {
		return false
	}
	for _, c := range name {
		if unicode.IsControl(c) {
			return false
		}
	}
	return true
}
