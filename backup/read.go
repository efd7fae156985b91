package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
)

// Identities reads a file of age identities.
func Identities(path string) ([]age.Identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read identities: %w", err)
	}
	defer f.Close()
	all, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, ErrIdentity) // the library's words might hold a line of it
	}
	return all, nil
}

// Opened is what a file held, once every byte of it has been read and found right.
type Opened struct {
	Manifest
	FileDigest []byte            // SHA-256 of the encrypted file
	Small      map[string][]byte // by name: everything but the store
}

// Read opens a file of what. The store, where there is one, is written to a new file at store, which is
// there only when Read returns nil.
func Read(path string, identities []age.Identity, what, store string) (o Opened, err error) {
	f, err := os.Open(path)
	if err != nil {
		return o, fmt.Errorf("read backup: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	all := io.TeeReader(f, sum)
	plain, err := age.Decrypt(all, identities...)
	if err != nil {
		return o, fmt.Errorf("open %s: %w", path, err)
	}
	t := tar.NewReader(plain)
	if o.Manifest, err = readManifest(t, what); err != nil {
		return o, fmt.Errorf("open %s: %w", path, err)
	}
	o.Small = map[string][]byte{}
	made, err := o.parts(t, store)
	// The tar's end is not the file's: the last bytes are read too, so that age has looked at all of them.
	for _, rest := range []io.Reader{plain, all} {
		if err == nil {
			_, err = io.Copy(io.Discard, rest)
		}
	}
	if err != nil {
		err = fmt.Errorf("open %s: %w", path, err)
		if made {
			err = errors.Join(err, os.Remove(store))
		}
		return o, err
	}
	o.FileDigest = sum.Sum(nil)
	return o, nil
}

func readManifest(t *tar.Reader, what string) (m Manifest, err error) {
	head, err := t.Next()
	if err != nil || head.Name != manifestName || head.Size > manifestMost {
		return m, fmt.Errorf("%w: it does not begin with a manifest of Fundy's", ErrDamaged)
	}
	if err := json.NewDecoder(t).Decode(&m); err != nil {
		return m, fmt.Errorf("%w: its manifest can't be read", ErrDamaged)
	}
	switch {
	case m.Format != Format:
		return m, fmt.Errorf("it is of format %d, and this program knows %d: use the program that made it", m.Format, Format)
	case m.What != what:
		return m, fmt.Errorf("it holds the city's %s, not its %s", m.What, what)
	}
	return m, nil
}

// parts reads what follows the manifest. made says whether there is a file at store now that was not there before.
func (o *Opened) parts(t *tar.Reader, store string) (made bool, err error) {
	for n := 0; ; n++ {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || n == partsMost || head.Typeflag != tar.TypeReg {
			return made, fmt.Errorf("%w: it can't be read to its end", errors.Join(ErrDamaged, err))
		}
		switch {
		case o.What == OfStore && head.Name == StoreName && !made:
			if made, err = o.store(t, head.Size, store); err != nil {
				return made, err
			}
		case head.Size > smallMost:
			return made, fmt.Errorf("%w: %s is too large", ErrDamaged, head.Name)
		default:
			var b bytes.Buffer
			if _, err := io.Copy(&b, t); err != nil {
				return made, err
			}
			o.Small[head.Name] = b.Bytes()
		}
	}
	if o.What == OfStore && !made {
		return made, fmt.Errorf("%w: there is no store in it", ErrDamaged)
	}
	return made, nil
}

func (o *Opened) store(t io.Reader, size int64, path string) (made bool, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false, err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, sum), t)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil && (size != o.Size || hex.EncodeToString(sum.Sum(nil)) != o.Digest) {
		err = fmt.Errorf("%w: the store's digest is another one", ErrDamaged)
	}
	return true, err
}
