package settle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"fundy/store"
	"fundy/ticket"
)

// Files of tickets come into a folder of their own:
//
//	NAME                        a file of tickets
//	NAME.totals.toml            what its sender has counted, where he says so; he brings it first, or with it
//	taken/NAME                  one that was applied
//	held/ID-NAME                one that a person looks at, on the page for files
//	refused/NAME                one that a person has refused, or that is no file
//
// As in the bank's folder, a file is touched when it has been the same at two looks. It is run dry first, what it would come
// to is kept by its content's digest, then it is applied or held, and moved at last. A crash leaves it where it was: what was
// kept of it says how to go on, and what was written of it is the same again.
const (
	heldFolder   = "held"
	totalsSuffix = ".totals.toml"
)

// Limits of a file of tickets: those of the page for files, on which a held one is looked at.
const (
	ticketFileMost = 16 << 20
	ticketRowsMost = 50_000
	totalsMost     = 4 << 10
)

// TicketFiles is how files of tickets come by themselves. What reads, seals and writes them is the office's.
type TicketFiles struct {
	Folder  func() (*os.Root, error) // nil: none come by a folder
	Mapping string                   // of the files that come by it
	Rule    ticket.FileRule
	// By is when on each working day a file is here at the latest; Expected says that somebody is told when none comes.
	By       time.Duration
	Expected string // By for a person; "": none is expected
	// Run imports a file, or says what it would come to. One that can't be read by its mapping is an UnreadFile.
	Run func(ctx context.Context, name string, content []byte, mapping string, apply bool) (ticket.FileTotals, error)
}

// UnreadFile is why a file of tickets can't be read by its mapping.
type UnreadFile struct{ Why error }

func (e *UnreadFile) Error() string { return e.Why.Error() }

func (e *UnreadFile) Unwrap() error { return e.Why }

// ticketFolder remembers the folder of files of tickets.
func ticketFolder() dropFolder {
	return dropFolder{
		whose: "the folder of files of tickets", what: "a file of tickets", kind: "ticket", alarm: "ticket_folder", limit: ticketFileMost, smaller: "split it, or take it with fundy import",
		refusal: "a file of tickets was refused: the reason stands beside it in " + refusedFolder + "/", seen: map[string]*look{},
		aside: func(name string) bool { return strings.HasSuffix(name, totalsSuffix) },
	}
}

// LookTickets takes the files of tickets that have come.
func (f *Feeds) LookTickets(ctx context.Context) error {
	if f.Tickets.Folder == nil {
		return nil
	}
	d, _ := f.deposits()
	root, err := f.Tickets.Folder()
	if err != nil {
		return f.tickets.say(d, fmt.Errorf("open the folder: %w", err))
	}
	defer root.Close()
	names, _, err := f.tickets.ready(root, d.Now())
	if err != nil {
		return f.tickets.say(d, fmt.Errorf("look into the folder: %w", err))
	}
	for _, name := range names {
		if f.totalsComing(name) {
			continue
		}
		if err := f.takeTickets(ctx, d, root, name); err != nil {
			return err
		}
	}
	return nil
}

// totalsComing says whether a file's sender is still writing what he has counted, or may bring it yet.
func (f *Feeds) totalsComing(name string) bool {
	if l := f.tickets.seen[name+totalsSuffix]; l != nil {
		return l.times < 2
	}
	return f.Tickets.Rule.WantTotals && f.tickets.seen[name].times < gapLooks
}

// takeTickets takes one file, holds it, or refuses what is no file.
func (f *Feeds) takeTickets(ctx context.Context, d *Deposits, root *os.Root, name string) error {
	content, err := f.tickets.read(root, name)
	to := ""
	if err == nil {
		err = ticketFileOdd(name, content)
	}
	if err == nil {
		to, err = f.ticketsIn(ctx, d, root, name, content)
	}
	var odd errNotAFile
	switch {
	case err == nil:
		return f.moveTickets(d, root, name, to)
	case errors.As(err, &odd):
		return f.tickets.refuse(ctx, d, root, name, err)
	case errors.Is(err, errStillComing), errors.Is(err, fs.ErrNotExist):
		delete(f.tickets.seen, name)
		return nil
	case errors.Is(err, store.ErrConflict): // another office takes it too
		f.tickets.rest(name, d.Now())
		return nil
	}
	f.tickets.wait(d, name, err)
	return nil
}

// ticketFileOdd is what keeps a file from being looked at on a page.
func ticketFileOdd(name string, content []byte) error {
	switch {
	case !plainName(name):
		return errNotAFile("its name has signs in it that can't be shown, or what looks like a card number: give it another one")
	case bytes.HasPrefix(content, []byte{0x1f, 0x8b}):
		return errNotAFile("it is packed: bring it unpacked, or take it with fundy import")
	case bytes.Count(content, []byte("\n")) > ticketRowsMost:
		return errNotAFile(fmt.Sprintf("it has more than %d lines: split it, or take it with fundy import", ticketRowsMost))
	}
	return nil
}

// ticketsIn does what is to be done with a file, and says where it goes then.
func (f *Feeds) ticketsIn(ctx context.Context, d *Deposits, root *os.Root, name string, content []byte) (to string, err error) {
	limited, cancel := context.WithTimeout(ctx, takeLimit)
	defer cancel()
	digest := digestOf(content)
	file, err := f.fileOf(limited, d, digest)
	if errors.Is(err, store.ErrNotFound) {
		file, err = f.lookAtTickets(limited, d, root, name, content)
	}
	if err != nil {
		return "", err
	}
	if file.State == store.FileTaking && file.Who == "" {
		if err := f.applyTickets(limited, d, &file, content); err != nil {
			return "", err
		}
	}
	switch file.State {
	case store.FileApplied:
		return takenFolder + "/" + freeName(root, takenFolder, name), nil
	case store.FileRefused:
		d.Log.Warn("settle: a file of tickets has come again that a person has refused", "file", file.ID)
		return refusedFolder + "/" + freeName(root, refusedFolder, name), nil
	}
	return file.Place, nil
}

// fileOf is the file of a digest as it stands, or store.ErrNotFound.
func (f *Feeds) fileOf(ctx context.Context, d *Deposits, digest string) (file store.FolderFile, err error) {
	err = d.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		file, err = tx.FolderFile(ctx, store.FileID(digest))
		return err
	})
	if err == nil && (file.Digest != digest || file.Kind != store.TicketsFile) {
		err = errNotAFile("the same file, or one whose digest begins like its own, has come as another: change a letter of it")
	}
	return file, err
}

// lookAtTickets runs a file dry, and keeps what it would come to: it is to be applied, or held with that before a person.
func (f *Feeds) lookAtTickets(ctx context.Context, d *Deposits, root *os.Root, name string, content []byte) (store.FolderFile, error) {
	file := store.FolderFile{Kind: store.TicketsFile, Digest: digestOf(content), Name: name, Mapping: f.Tickets.Mapping, State: store.FileTaking, CameAt: d.Now()}
	file.Place = heldFolder + "/" + store.FileID(file.Digest) + "-" + name
	sender, legible := senderTotals(root, name)
	var unread *UnreadFile
	totals, err := f.Tickets.Run(ctx, name, content, f.Tickets.Mapping, false)
	switch {
	case errors.As(err, &unread):
		file.Why = string(ticket.HoldUnread)
	case err != nil:
		return file, err
	case !legible:
		file.Why = string(ticket.HoldTotals)
	default:
		file.Why = string(f.Tickets.Rule.Hold(totals, sender))
	}
	file.Totals = totals
	if file.Why != "" {
		file.State = store.FileHeld
	}
	if err := f.keepTickets(ctx, d, &file); err != nil {
		return file, err
	}
	if file.State == store.FileHeld {
		d.Log.Error("settle: a file of tickets waits for a person", "alarm", "ticket_file_held", "file", file.ID, "why", file.Why, "rows", totals.Rows, "rejected", totals.Rejected, "changed", totals.Changed)
	}
	return file, nil
}

// applyTickets applies a file that was looked at. What was written of it before a crash is the same again.
func (f *Feeds) applyTickets(ctx context.Context, d *Deposits, file *store.FolderFile, content []byte) error {
	got, err := f.Tickets.Run(ctx, file.Name, content, file.Mapping, true)
	if err != nil {
		return err
	}
	file.State, file.EndedAt, file.Place = store.FileApplied, d.Now(), ""
	if err := f.endTickets(ctx, d, file, "applied"); err != nil {
		return err
	}
	d.Log.Info("settle: a file of tickets was taken", "file", file.ID, "rows", got.Rows, "new", got.New, "same", got.Same, "changed", got.Changed, "rejected", got.Rejected)
	return nil
}

// senderTotals are what the sender has counted; nil where he says nothing. legible is false where he says something that
// can't be read.
func senderTotals(root *os.Root, name string) (said *ticket.SenderTotals, legible bool) {
	info, err := root.Lstat(name + totalsSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true
	}
	if err != nil || !info.Mode().IsRegular() || info.Size() > totalsMost {
		return nil, false
	}
	text, err := root.ReadFile(name + totalsSuffix)
	if err != nil {
		return nil, false
	}
	read, err := ticket.ParseSenderTotals(text)
	return &read, err == nil
}

// moveTickets moves a file with what its sender says of it, that first: what is left of a crash between the two is known.
func (f *Feeds) moveTickets(d *Deposits, root *os.Root, name, to string) error {
	if f.tickets.seen[name+totalsSuffix] != nil {
		if err := f.tickets.move(d, root, name+totalsSuffix, to+totalsSuffix); err != nil {
			return err
		}
	}
	return f.tickets.move(d, root, name, to)
}
