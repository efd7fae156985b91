package backup

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"golang.org/x/sys/unix"
)

// Part is one file of the tar: text, or what stands at a path.
type Part struct {
	Name string
	Text []byte
	Path string
}

// Recipients reads age recipients, one each.
func Recipients(texts []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, text := range texts {
		r, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(r) != 1 {
			return nil, fmt.Errorf("%q: %w", text, ErrRecipient)
		}
		all = append(all, r...)
	}
	return all, nil
}

// Write makes a file that only the recipients can open, and returns its SHA-256. It is under its name only
// once it is whole and on disk; a crash leaves at most a file whose name begins with a dot.
func Write(path string, recipients []age.Recipient, m Manifest, parts []Part) (digest []byte, err error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("%s %w", path, ErrExists)
	}
	unfinished := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:8])
	f, err := os.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(unfinished))
		}
	}()
	sum := sha256.New()
	err = seal(io.MultiWriter(f, sum), recipients, m, parts)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("write backup: %w", err)
	}
	if err := rename(unfinished, path); err != nil {
		return nil, err
	}
	return sum.Sum(nil), syncFolder(filepath.Dir(path))
}

func seal(w io.Writer, recipients []age.Recipient, m Manifest, parts []Part) error {
	sealed, err := age.Encrypt(w, recipients...)
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	t := tar.NewWriter(sealed)
	m.Format = Format
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	for _, p := range append([]Part{{Name: manifestName, Text: append(text, '\n')}}, parts...) {
		if err := put(t, p, m); err != nil {
			return fmt.Errorf("put %s in: %w", p.Name, err)
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return sealed.Close()
}

func put(t *tar.Writer, p Part, m Manifest) error {
	size, from := int64(len(p.Text)), io.Reader(bytes.NewReader(p.Text))
	if p.Path != "" {
		f, err := os.Open(p.Path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		size, from = info.Size(), f
	}
	err := t.WriteHeader(&tar.Header{Name: p.Name, Size: size, Mode: 0o600, ModTime: m.At, Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	_, err = io.Copy(t, from)
	return err
}

// rename gives a file its name, unless another has it. Where the file system can't do that in one step,
// there is a moment in which somebody else's file of that name would be lost.
func rename(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		if _, there := os.Lstat(to); there == nil {
			err = unix.EEXIST
		} else {
			err = os.Rename(from, to)
		}
	}
	if errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("%s %w", to, ErrExists)
	}
	if err != nil {
		return fmt.Errorf("name backup: %w", err)
	}
	return nil
}

// syncFolder puts a folder's names on disk.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("flush folder: %w", err)
	}
	err = d.Sync()
	if errors.Is(err, unix.EINVAL) {
		err = nil // a network's file system that has no such thing
	}
	if err = errors.Join(err, d.Close()); err != nil {
		return fmt.Errorf("flush folder: %w", err)
	}
	return nil
}

// Digest is the SHA-256 of a file, in hex, and its size.
func Digest(path string) (digest string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	sum := sha256.New()
	if size, err = io.Copy(sum, f); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(sum.Sum(nil)), size, nil
}
