package settle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"fundy/bank"
	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
)

// errStillComing is a file that changed while it was read.
var errStillComing = errors.New("it is still being written")

// read reads a file as it was at the last looks.
func read(root *os.Root, name string, as *look) ([]byte, error) {
	info, err := root.Lstat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errNotAFile("it is no file: put the file itself here, not a link to it")
	case len(name) > longestName:
		return nil, errNotAFile(fmt.Sprintf("its name is longer than %d bytes: give it a shorter one", longestName))
	case info.Size() > bank.MaxFile:
		return nil, errNotAFile(fmt.Sprintf("it is larger than %d MB: ask the bank for a file per month or day", bank.MaxFile>>20))
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, bank.MaxFile+1))
	if err != nil {
		return nil, err
	}
	after, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if int64(len(content)) != as.size || after.Size() != as.size || !after.ModTime().Equal(as.modified) {
		return nil, errStillComing
	}
	return content, nil
}

// refuse keeps a file that can't be taken apart, with the reason beside it, and puts that before a person. What the
// bank wrote in it can name people: it stands in the reason's file only.
func (f *Feeds) refuse(ctx context.Context, d *Deposits, root *os.Root, name string, why error) error {
	content, err := read(root, name, f.looks.seen[name])
	if err != nil {
		content = fmt.Appendf(nil, "%s %d", name, f.looks.seen[name].size) // it was not read
	}
	digest := digestOf(content)
	err = d.Store.Write(ctx, fault.RefuseFile, func(ctx context.Context, tx *store.Tx) error {
		return Raise(ctx, tx, payment.ExceptionFeed, refusedRef(digest), money.Zero, "a file of the bank was refused: the reason stands beside it in "+refusedFolder+"/", d.Now())
	})
	if err != nil {
		f.looks.seen[name].rest = d.Now().Add(takeAgain)
		return fmt.Errorf("put a refused file before a person: %w", err)
	}
	d.Log.Error("settle: a file of the bank was refused", "alarm", "bank_file_refused", "file", digest[:16])
	if err := makeFolder(root, refusedFolder); err != nil {
		return f.sayFolder(d, err)
	}
	reason := refusedFolder + "/" + freeName(root, refusedFolder, name) + reasonSuffix
	if err := root.WriteFile(reason, []byte(why.Error()+"\n"), 0o600); err != nil {
		return f.sayFolder(d, fmt.Errorf("write the reason: %w", err))
	}
	return f.move(d, root, name, refusedFolder)
}

// move moves a file into one of the folders, under a name that is free there.
func (f *Feeds) move(d *Deposits, root *os.Root, name, to string) error {
	err := makeFolder(root, to)
	if err == nil {
		err = root.Rename(name, to+"/"+freeName(root, to, name))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // another office has moved it
		f.looks.seen[name].rest = d.Now().Add(takeAgain)
		return f.sayFolder(d, fmt.Errorf("move a file: %w", err))
	}
	delete(f.looks.seen, name)
	return nil
}

func makeFolder(root *os.Root, name string) error {
	if err := root.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the folder %s: %w", name, err)
	}
	return nil
}

// freeName is a name that nothing in a folder has: nothing that was taken is written over.
func freeName(root *os.Root, folder, name string) string {
	free := name
	for n := 2; n < 10_000; n++ {
		if _, err := root.Lstat(folder + "/" + free); err != nil {
			return free
		}
		free = fmt.Sprintf("%d-%s", n, name)
	}
	return free
}
