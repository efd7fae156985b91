package settle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
)

// FolderLeaf is what the log is told of a file that came by a folder. Its name and what stands in it stay here.
type FolderLeaf struct {
	File     string `json:"file"`
	Kind     string `json:"kind"`
	Digest   string `json:"sha256"`
	Mapping  string `json:"mapping,omitempty"`
	State    string `json:"state"`
	Why      string `json:"why,omitempty"` // it was held
	Rows     int    `json:"rows"`
	New      int    `json:"new"`
	Same     int    `json:"same"`
	Changed  int    `json:"changed"`
	Rejected int    `json:"rejected"`
	Fines    int64  `json:"fines_minor"`
	Who      string `json:"who"` // "": the office itself
}

func folderLeaf(ctx context.Context, tx *store.Tx, f store.FolderFile, now time.Time) error {
	t := f.Totals
	return tx.Tell(ctx, "folder_file", now, FolderLeaf{
		File: f.ID, Kind: f.Kind, Digest: f.Digest, Mapping: f.Mapping, State: f.State, Why: f.Why, Rows: t.Rows, New: t.New, Same: t.Same, Changed: t.Changed, Rejected: t.Rejected,
		Fines: t.Fines.Minor(), Who: f.Who,
	})
}

// heldRef is what the exception about a held file of tickets is about.
func heldRef(id string) string { return "ticket_file/" + id }

// keepTickets keeps a file that was looked at. One that is held is put before a person with its totals.
func (f *Feeds) keepTickets(ctx context.Context, d *Deposits, file *store.FolderFile) error {
	now := d.Now()
	err := d.Store.Write(ctx, fault.KeepFile, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockSettlement(ctx); err != nil {
			return err
		}
		if err := tx.AddFolderFile(ctx, file); err != nil {
			return err
		}
		if err := folderLeaf(ctx, tx, *file, now); err != nil {
			return err
		}
		if file.State == store.FileHeld {
			t := file.Totals
			note := fmt.Sprintf("a file of tickets is held, %s: %d rows, %d new, %d the same again, %d changed, %d rejected, sum of fines %s", file.Why, t.Rows, t.New, t.Same, t.Changed, t.Rejected, t.Fines)
			if err := Raise(ctx, tx, payment.ExceptionFile, heldRef(file.ID), t.Fines, note, now); err != nil {
				return err
			}
		}
		return f.ticketsCame(ctx, tx, d, now)
	})
	if err != nil {
		return fmt.Errorf("keep a file of tickets: %w", err)
	}
	return nil
}

// endTickets writes that a file was applied or refused, and takes it out of the queue.
func (f *Feeds) endTickets(ctx context.Context, d *Deposits, file *store.FolderFile, outcome string) error {
	err := d.Store.Write(ctx, fault.EndFile, func(ctx context.Context, tx *store.Tx) error {
		next := *file
		if err := tx.MoveFolderFile(ctx, &next); err != nil {
			return err
		}
		kind, ref := payment.ExceptionFile, heldRef(file.ID)
		if file.Kind == store.BanksFile {
			kind, ref = payment.ExceptionFeed, refusedRef(file.Digest)
		}
		if err := Settled(ctx, tx, kind, ref, outcome, file.Who, d.Now()); err != nil {
			return err
		}
		return folderLeaf(ctx, tx, next, d.Now())
	})
	if err != nil {
		return fmt.Errorf("end a file: %w", err)
	}
	return nil
}

// ErrFileGone is a file that is held and does not lie in its folder: somebody has taken it away, or it is about to be moved.
var ErrFileGone = errors.New("the file is not in its folder")

// root opens the folder of a kind of file.
func (f *Feeds) root(kind string) (*os.Root, error) {
	open := f.Tickets.Folder
	if kind == store.BanksFile {
		open = f.Folder
	}
	if open == nil {
		return nil, ErrFileGone
	}
	return open()
}

// Held is a file that a person has to look at, with its content; ErrFileGone where that is not in its folder, and
// store.ErrNotFound where no such file waits.
func (f *Feeds) Held(ctx context.Context, id string) (store.FolderFile, []byte, error) {
	var file store.FolderFile
	err := f.Deposits.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		file, err = tx.FolderFile(ctx, id)
		return err
	})
	if err != nil {
		return file, nil, err
	}
	if !waits(file) {
		return file, nil, store.ErrNotFound
	}
	root, err := f.root(file.Kind)
	if err != nil {
		return file, nil, err
	}
	defer root.Close()
	content, err := heldContent(root, file)
	return file, content, err
}

// waits says whether a person has a file before him: one that is held, or that somebody began to apply.
func waits(f store.FolderFile) bool {
	return f.State == store.FileHeld || f.State == store.FileTaking && f.Who != ""
}

func heldContent(root *os.Root, file store.FolderFile) ([]byte, error) {
	info, err := root.Lstat(file.Place)
	if err != nil || !info.Mode().IsRegular() {
		return nil, ErrFileGone
	}
	in, err := root.Open(file.Place)
	if err != nil {
		return nil, ErrFileGone
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, max(ticketFileMost, info.Size())))
	if err != nil {
		return nil, fmt.Errorf("read a held file: %w", err)
	}
	if digestOf(content) != file.Digest {
		return nil, ErrFileGone // another one lies under its name
	}
	return content, nil
}

// BeginHeld writes that a person applies a held file of tickets. A crash after it leaves the file with who has begun: it is
// applied once more, and what was written is the same again. store.ErrConflict: somebody else was first.
func (f *Feeds) BeginHeld(ctx context.Context, file store.FolderFile, who string) (store.FolderFile, error) {
	file.State, file.Who = store.FileTaking, who
	return f.moveHeld(ctx, file)
}

// LeaveHeld writes that a file which a person began to apply could not be: it waits as before.
func (f *Feeds) LeaveHeld(ctx context.Context, file store.FolderFile) error {
	file.State, file.Who = store.FileHeld, ""
	_, err := f.moveHeld(ctx, file)
	return err
}

func (f *Feeds) moveHeld(ctx context.Context, file store.FolderFile) (store.FolderFile, error) {
	d, _ := f.deposits()
	err := d.Store.Write(ctx, fault.KeepFile, func(ctx context.Context, tx *store.Tx) error {
		next := file
		if err := tx.MoveFolderFile(ctx, &next); err != nil {
			return err
		}
		return folderLeaf(ctx, tx, next, d.Now())
	})
	if err != nil {
		return file, fmt.Errorf("move a held file: %w", err)
	}
	file.Version++
	return file, nil
}

// EndHeld writes that a person has applied a file, or has refused it and why, and moves it out of the way.
func (f *Feeds) EndHeld(ctx context.Context, file store.FolderFile, state, who, why string) error {
	d, _ := f.deposits()
	if state == store.FileRefused {
		if no := payment.CheckNote(why); no != nil {
			return no
		}
	}
	was := file.Place
	file.State, file.Who, file.Note, file.EndedAt = state, who, why, d.Now()
	outcome := state
	if why != "" {
		outcome = why
	}
	if file.Kind == store.TicketsFile || state == store.FileRefused { // the bank's reader has kept that it took one
		if err := f.endTickets(ctx, d, &file, outcome); err != nil {
			return err
		}
	}
	f.putAway(d, file, was)
	return nil
}

// putAway moves a file that is done with. One that stays where it was changes nothing, and is said.
func (f *Feeds) putAway(d *Deposits, file store.FolderFile, was string) {
	to := takenFolder
	if file.State == store.FileRefused {
		to = refusedFolder
	}
	folder, name, _ := strings.Cut(was, "/")
	if folder == to {
		return
	}
	root, err := f.root(file.Kind)
	if err == nil {
		defer root.Close()
		err = makeFolder(root, to)
	}
	if err == nil {
		free := to + "/" + freeName(root, to, file.Name)
		for _, suffix := range []string{totalsSuffix, reasonSuffix} {
			if moved := root.Rename(folder+"/"+name+suffix, free+suffix); moved != nil && !errors.Is(moved, fs.ErrNotExist) {
				err = errors.Join(err, moved)
			}
		}
		err = errors.Join(err, root.Rename(was, free))
	}
	if err != nil {
		d.Log.Warn("settle: a file that is done with could not be moved", "file", file.ID, "err", err)
	}
}

// TicketsBrought keeps that a person has applied a file of tickets which he brought himself: the folder reads it no more, and
// who looks for one is told that it came. Where the same file was held, it is done with.
func (f *Feeds) TicketsBrought(ctx context.Context, file store.FolderFile) error {
	d, _ := f.deposits()
	standing, err := f.fileOf(ctx, d, file.Digest)
	var odd errNotAFile
	switch {
	case errors.As(err, &odd):
		return nil // the other one stands
	case errors.Is(err, store.ErrNotFound):
		file.Kind, file.State, file.CameAt, file.EndedAt = store.TicketsFile, store.FileApplied, d.Now(), d.Now()
		return dropConflict(f.keepTickets(ctx, d, &file))
	case err != nil:
		return err
	case waits(standing):
		return dropConflict(f.EndHeld(ctx, standing, store.FileApplied, file.Who, ""))
	}
	return nil
}

func dropConflict(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return nil // somebody has kept it meanwhile
	}
	return err
}

// ticketsCame takes out of the queue what the files of tickets have answered that came, by whatever way. A file is of the
// day on which it came.
func (f *Feeds) ticketsCame(ctx context.Context, tx *store.Tx, d *Deposits, now time.Time) error {
	if f.Tickets.Expected == "" {
		return nil
	}
	feed, err := feedIn(ctx, tx, payout.TicketFeed, f.Tickets.Expected, now)
	if err != nil {
		return err
	}
	at, err := tx.LastTicketFile(ctx)
	if err != nil || !at.After(feed.LastAt) && feed.Expected == f.Tickets.Expected {
		return err
	}
	if at.After(feed.LastAt) {
		day := city.DateOf(at, d.City.Zone)
		for _, missed := range feed.Came(day) {
			if err := Settled(ctx, tx, payment.ExceptionFeed, feed.Ref(missed), "it has come", "", now); err != nil {
				return err
			}
		}
		feed.LastAt, feed.LastDay = at, day
	}
	feed.Expected = f.Tickets.Expected
	return tx.MoveFeed(ctx, feed)
}

// ticketsMissing puts each working day before a person on which a file of tickets should have come by now.
func (f *Feeds) ticketsMissing(ctx context.Context, tx *store.Tx, d *Deposits, now time.Time) error {
	if f.Tickets.Expected == "" {
		return nil
	}
	feed, err := feedIn(ctx, tx, payout.TicketFeed, f.Tickets.Expected, now)
	if err != nil {
		return err
	}
	days := feed.MissingOn(f.Tickets.By, now, d.Calendar, d.City.Zone)
	for _, day := range days {
		note := fmt.Sprintf("a file of tickets was to be here by %s", payout.DueOn(day, f.Tickets.By, d.City.Zone).Format(time.DateTime))
		if err := Raise(ctx, tx, payment.ExceptionFeed, feed.Ref(day), money.Zero, note, now); err != nil {
			return err
		}
		d.Log.Error("settle: a file of tickets has not come", "alarm", "feed_missing", "feed", feed.Name, "day", day)
		feed.Raised = day
	}
	if len(days) == 0 {
		return nil
	}
	return tx.MoveFeed(ctx, feed)
}
