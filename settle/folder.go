package settle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"fundy/bank"
	"fundy/payout"
	"fundy/store"
)

// The bank's files come into a folder of the city's:
//
//	mapping.toml                how the bank writes CSV, where it does
//	NAME                        a file of the bank
//	taken/NAME                  one that was taken
//	refused/NAME                one that was not, and beside it
//	refused/NAME.reason.txt     why
//
// A file is touched when it has been the same at two looks, and moved once what it says is in the store: a crash
// between the two leaves it where it was, and the next look finds that the same file has come before. Nothing
// outside the folder can be read or moved, whatever a link in it says.
const (
	mappingName   = "mapping.toml"
	takenFolder   = "taken"
	refusedFolder = "refused"
	reasonSuffix  = ".reason.txt"
)

// Limits of one look.
const (
	filesPerLook   = 20
	entriesPerLook = 1_000
	longestName    = 200
	takeLimit      = 5 * time.Minute // one file
	takeAgain      = time.Minute     // after one that the store could not take now
)

// unfinished are the ends of names that programs give to files that they are still writing.
var unfinished = []string{".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~"}

// look is how a file was when it was first seen so.
type look struct {
	size     int64
	modified time.Time
	times    int
	rest     time.Time // not to be looked at before
}

// dropFolder is a folder into which somebody brings files, and what one process remembers of it. What it forgets costs a
// look.
type dropFolder struct {
	whose   string                 // for a person: "the bank's folder"
	what    string                 // comes by it: "a file of the bank"
	kind    string                 // begins its files' alarms, and what its refusals are about: "bank"
	alarm   string                 // when it can't be looked into
	limit   int64                  // bytes of a file
	smaller string                 // what to do about one that is larger
	refusal string                 // what is noted of one that was refused
	aside   func(name string) bool // what is no file to be taken: it is looked at all the same
	seen    map[string]*look
	said    time.Time
}

// bankFolder remembers the folder of the bank's files.
func bankFolder() dropFolder {
	return dropFolder{
		whose: "the bank's folder", what: "a file of the bank", kind: store.BanksFile, alarm: "bank_folder", limit: bank.MaxFile, smaller: "ask the bank for a file per month or day",
		refusal: "a file of the bank was refused: the reason stands beside it in " + refusedFolder + "/", seen: map[string]*look{},
		aside: func(name string) bool { return name == mappingName || strings.HasSuffix(name, reasonSuffix) },
	}
}

// Look takes the bank's files that have come.
func (f *Feeds) Look(ctx context.Context) error {
	if f.Folder == nil {
		return nil
	}
	d, found := f.deposits()
	root, err := f.Folder()
	if err != nil {
		return f.bank.say(d, fmt.Errorf("open the bank's folder: %w", err))
	}
	defer root.Close()
	if !found {
		return f.bank.say(d, errors.New("deposits.toml is missing, which says whose the bank's lines are: nothing is taken"))
	}
	ready, more, err := f.bank.ready(root, d.Now())
	if err != nil {
		return f.bank.say(d, fmt.Errorf("look into the bank's folder: %w", err))
	}
	return f.takeAll(ctx, d, root, ready, more)
}

// say says once in ten minutes what is wrong with the folder.
func (b *dropFolder) say(d *Deposits, err error) error {
	if now := d.Now(); now.Sub(b.said) >= 10*time.Minute {
		d.Log.Error("settle: "+b.whose+" can't be looked into", "alarm", b.alarm, "err", err)
		b.said = now
	}
	return nil
}

// ready lists the files that have been the same at two looks, by name. more: others are still coming.
func (b *dropFolder) ready(root *os.Root, now time.Time) (names []string, more bool, err error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, false, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(entriesPerLook)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	seen := map[string]*look{}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasPrefix(name, ".") {
			continue
		}
		if slices.ContainsFunc(unfinished, func(end string) bool { return strings.HasSuffix(strings.ToLower(name), end) }) {
			more = true
			continue
		}
		info, err := root.Lstat(name)
		if err != nil {
			continue // it has gone meanwhile
		}
		l := b.seen[name]
		if l == nil || l.size != info.Size() || !l.modified.Equal(info.ModTime()) {
			l = &look{size: info.Size(), modified: info.ModTime()}
		}
		l.times++
		seen[name] = l
		switch {
		case b.aside(name):
		case l.times < 2:
			more = true
		case !now.Before(l.rest):
			names = append(names, name)
		}
	}
	b.seen = seen // what is gone is forgotten
	slices.Sort(names)
	more = more || len(names) > filesPerLook
	return names[:min(len(names), filesPerLook)], more, nil
}

// takeAll takes files in the order in which their statements follow each other: one that begins after a statement
// that is missing waits for the others of this look, and for those that are still coming.
func (f *Feeds) takeAll(ctx context.Context, d *Deposits, root *os.Root, names []string, more bool) error {
	for len(names) > 0 {
		var waiting []string
		var gaps []error
		for _, name := range names {
			err := f.take(ctx, d, root, name)
			var gap *payout.Gap
			switch {
			case errors.As(err, &gap):
				waiting, gaps = append(waiting, name), append(gaps, err)
			case err != nil:
				return err
			}
		}
		if len(waiting) == len(names) {
			if more && f.young(waiting) {
				for _, name := range waiting { // of more files than one look takes, the others have their turn
					f.bank.seen[name].rest = d.Now().Add(3 * folderLook)
				}
				return nil
			}
			for i, name := range waiting {
				if err := f.bank.refuse(ctx, d, root, name, gaps[i]); err != nil {
					return err
				}
			}
			return nil
		}
		names = waiting
	}
	return nil
}

// gapLooks is how many looks a file waits for another one that is still coming: ten minutes.
const gapLooks = 60

func (f *Feeds) young(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return f.bank.seen[name].times < gapLooks })
}

// errNotAFile is what is refused without being read.
type errNotAFile string

func (e errNotAFile) Error() string { return string(e) }

// take takes one file, or refuses it with the reason. A payout.Gap is returned: whether it is one depends on the
// files beside it.
func (f *Feeds) take(ctx context.Context, d *Deposits, root *os.Root, name string) error {
	content, err := f.bank.read(root, name)
	if err == nil {
		err = f.takeContent(ctx, d, root, name, content)
	}
	var fault *bank.Fault
	var gap *payout.Gap
	var odd errNotAFile
	switch {
	case err == nil:
		return f.bank.move(d, root, name, takenFolder+"/"+freeName(root, takenFolder, name))
	case errors.As(err, &gap):
		return err
	case errors.As(err, &fault), errors.As(err, &odd):
		return f.bank.refuse(ctx, d, root, name, err)
	case errors.Is(err, errStillComing), errors.Is(err, fs.ErrNotExist):
		delete(f.bank.seen, name)
		return nil
	}
	f.bank.wait(d, name, err)
	return nil
}

func (f *Feeds) takeContent(ctx context.Context, d *Deposits, root *os.Root, name string, content []byte) error {
	var mapping *bank.Mapping
	if bank.NeedsMapping(content) {
		var err error
		if mapping, err = readMapping(root); err != nil {
			return err
		}
	}
	limited, cancel := context.WithTimeout(ctx, takeLimit)
	defer cancel()
	got, err := d.Bank(limited, name, content, mapping, true)
	if err != nil {
		return err
	}
	d.Log.Info("settle: a file of the bank was taken", "file", digestOf(content)[:16], "format", got.Format, "statements", got.Statements, "known", got.Known,
		"lines_new", got.New, "lines_known", got.Same, "matched", got.Matched, "unknown", len(got.Problems))
	return nil
}

// readMapping reads the folder's mapping; nil where there is none: what is wrong with the bank's file then says so.
func readMapping(root *os.Root) (*bank.Mapping, error) {
	text, err := root.ReadFile(mappingName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", mappingName, err)
	}
	m, err := bank.ParseMapping(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", mappingName, err) // the file waits until it is mended
	}
	return m, nil
}
