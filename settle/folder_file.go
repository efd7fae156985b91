package settle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
)

// errStillComing is a file that changed while it was read.
var errStillComing = errors.New("it is still being written")

// read reads a file as it was at the last looks.
func (b *dropFolder) read(root *os.Root, name string) ([]byte, error) {
	as := b.seen[name]
	info, err := root.Lstat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errNotAFile("it is no file: put the file itself here, not a link to it")
	case len(name) > longestName:
		return nil, errNotAFile(fmt.Sprintf("its name is longer than %d bytes: give it a shorter one", longestName))
	case info.Size() > b.limit:
		return nil, errNotAFile(fmt.Sprintf("it is larger than %d MB: %s", b.limit>>20, b.smaller))
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, b.limit+1))
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

// refuse keeps a file that can't be taken apart, with the reason beside it, and puts that before a person. What stands in
// it can name people: it stands in the reason's file only.
func (b *dropFolder) refuse(ctx context.Context, d *Deposits, root *os.Root, name string, why error) error {
	content, err := b.read(root, name)
	whole := err == nil
	if !whole {
		content = fmt.Appendf(nil, "%s %d", name, b.seen[name].size) // it was not read
	}
	digest := digestOf(content)
	to := refusedFolder + "/" + freeName(root, refusedFolder, name)
	err = d.Store.Write(ctx, fault.RefuseFile, func(ctx context.Context, tx *store.Tx) error {
		if whole && b.kind == store.BanksFile {
			if err := holdBankFile(ctx, tx, digest, name, to, why, d.Now()); err != nil {
				return err
			}
		}
		return Raise(ctx, tx, payment.ExceptionFeed, b.kind+"_file/"+digest[:16], money.Zero, b.refusal, d.Now())
	})
	if err != nil {
		b.rest(name, d.Now())
		return fmt.Errorf("put a refused file before a person: %w", err)
	}
	d.Log.Error("settle: "+b.what+" was refused", "alarm", b.kind+"_file_refused", "file", digest[:16])
	if err := makeFolder(root, refusedFolder); err != nil {
		return b.say(d, err)
	}
	if err := root.WriteFile(to+reasonSuffix, []byte(why.Error()+"\n"), 0o600); err != nil {
		return b.say(d, fmt.Errorf("write the reason: %w", err))
	}
	return b.move(d, root, name, to)
}

// wait leaves a file where it is: the store or the disk could not take it now, or what the operator has written is wrong.
func (b *dropFolder) wait(d *Deposits, name string, err error) {
	b.rest(name, d.Now())
	d.Log.Error("settle: "+b.what+" could not be taken now; it stays where it is", "alarm", b.kind+"_file_waits", "err", err)
}

// move moves a file to a place in one of the folders.
func (b *dropFolder) move(d *Deposits, root *os.Root, name, to string) error {
	folder, _, _ := strings.Cut(to, "/")
	err := makeFolder(root, folder)
	if err == nil {
		err = root.Rename(name, to)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // another office has moved it
		b.rest(name, d.Now())
		return b.say(d, fmt.Errorf("move a file: %w", err))
	}
	delete(b.seen, name)
	return nil
}

// rest lets a file be until it is tried again.
func (b *dropFolder) rest(name string, now time.Time) {
	if l := b.seen[name]; l != nil {
		l.rest = now.Add(takeAgain)
	}
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
