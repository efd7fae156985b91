package backup_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"fundy/backup"
)

// pair makes a key that opens backups: what it is sealed to, and the file that opens it.
func pair(t *testing.T) ([]age.Recipient, []age.Identity) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	to, err := backup.Recipients([]string{id.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "identity")
	if err := os.WriteFile(path, []byte("# kept elsewhere\n"+id.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ids, err := backup.Identities(path)
	if err != nil {
		t.Fatal(err)
	}
	return to, ids
}

// written makes a backup of a store of these bytes, and says where it is.
func written(t *testing.T, to []age.Recipient, content []byte, change func(*backup.Manifest)) string {
	t.Helper()
	dir := t.TempDir()
	store := filepath.Join(dir, "fundy.db")
	if err := os.WriteFile(store, content, 0o600); err != nil {
		t.Fatal(err)
	}
	digest, size, err := backup.Digest(store)
	if err != nil {
		t.Fatal(err)
	}
	m := backup.Manifest{What: backup.OfStore, City: "saint-john", Kind: "live", At: time.Unix(1_700_000_000, 0).UTC(), Size: size, Digest: digest}
	if change != nil {
		change(&m)
	}
	path := filepath.Join(dir, "city.age")
	parts := []backup.Part{{Name: backup.SettingsName, Text: []byte("city = 1\n")}, {Name: backup.StoreName, Path: store}}
	if _, err := backup.Write(path, to, m, parts); err != nil {
		t.Fatal(err)
	}
	return path
}

// nothingAt fails when a store was left of a backup that was not believed.
func nothingAt(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a store was left: %v", err)
	}
}

var content = bytes.Repeat([]byte("a city's store. "), 20_000)

func TestWhatWasWrittenIsRead(t *testing.T) {
	to, ids := pair(t)
	path := written(t, to, content, nil)
	if sealed, err := os.ReadFile(path); err != nil || bytes.Contains(sealed, content[:64]) || bytes.Contains(sealed, []byte("saint-john")) {
		t.Fatalf("the file can be read without its key, or not at all: %v", err)
	}
	store := filepath.Join(t.TempDir(), "restored.db")
	o, err := backup.Read(path, ids, backup.OfStore, store)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(store)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, want %d; %v", len(got), len(content), err)
	}
	if o.City != "saint-john" || string(o.Small[backup.SettingsName]) != "city = 1\n" || len(o.FileDigest) != 32 {
		t.Errorf("%+v", o)
	}
	names, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if err != nil || len(names) > 0 {
		t.Errorf("unfinished files: %q, %v", names, err)
	}
}

// The last bytes alone are missing, and the store's were all there: it is taken back.
func TestAStoreWhoseBackupHasNoEndIsNotLeft(t *testing.T) {
	to, ids := pair(t)
	// age seals 64 KiB at a time. The tar's end, 1,024 bytes, is to begin a piece: what stands before it is three heads
	// with what belongs to them, and the store.
	for size := 3 << 16; ; size -= 512 {
		path := written(t, to, content[:size], nil)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		const end, tag = 1024, 16
		if size < 2<<16 {
			t.Fatal("no store of a size that ends with a piece")
		}
		head := bytes.Index(whole, []byte("\n---")) // the recipients end with a line of this and a MAC; then 16 bytes
		head += bytes.IndexByte(whole[head+1:], '\n') + 2 + 16
		if (len(whole)-head)%(1<<16+tag) != end+tag {
			continue
		}
		cut, store := filepath.Join(t.TempDir(), "cut.age"), filepath.Join(t.TempDir(), "restored.db")
		if err := os.WriteFile(cut, whole[:len(whole)-end-tag], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Read(cut, ids, backup.OfStore, store); err == nil {
			t.Error("believed")
		}
		nothingAt(t, store)
		return
	}
}

// A byte changed anywhere, or the end cut off anywhere: nothing of it is believed, and no store is left.
func TestAChangedOrCutFileIsNotBelieved(t *testing.T) {
	to, ids := pair(t)
	path := written(t, to, content, nil)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{10, 150, len(whole) / 3, len(whole) / 2, len(whole) - 1} {
		changed := bytes.Clone(whole)
		changed[at] ^= 1
		for name, bad := range map[string][]byte{"changed": changed, "cut": whole[:at], "longer": append(bytes.Clone(whole), 'x')} {
			file, store := filepath.Join(t.TempDir(), "bad.age"), filepath.Join(t.TempDir(), "restored.db")
			if err := os.WriteFile(file, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := backup.Read(file, ids, backup.OfStore, store); err == nil {
				t.Errorf("%s at %d of %d: believed", name, at, len(whole))
			}
			nothingAt(t, store)
		}
	}
}

func TestWhatABackupIsRefusedFor(t *testing.T) {
	to, ids := pair(t)
	_, others := pair(t)
	for name, c := range map[string]struct {
		change func(*backup.Manifest)
		ids    []age.Identity
		what   string
		says   string
	}{
		"another's key":      {nil, others, backup.OfStore, "identity did not match"},
		"keys asked for":     {nil, ids, backup.OfKeys, "it holds the city's store, not its keys"},
		"another store":      {func(m *backup.Manifest) { m.Digest = strings.Repeat("0", 64) }, ids, backup.OfStore, "digest is another one"},
		"another size":       {func(m *backup.Manifest) { m.Size++ }, ids, backup.OfStore, "digest is another one"},
		"no store's a store": {func(m *backup.Manifest) { m.What = backup.OfKeys }, ids, backup.OfStore, "it holds the city's keys"},
	} {
		store := filepath.Join(t.TempDir(), "restored.db")
		_, err := backup.Read(written(t, to, content, c.change), c.ids, c.what, store)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
		nothingAt(t, store)
	}
}

func TestNoFileIsWrittenOver(t *testing.T) {
	to, ids := pair(t)
	path := written(t, to, content, nil)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Write(path, to, backup.Manifest{What: backup.OfKeys}, nil); !errors.Is(err, backup.ErrExists) {
		t.Errorf("a second backup of one name: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the first one was touched: %v", err)
	}
	mine := filepath.Join(t.TempDir(), "running.db")
	if err := os.WriteFile(mine, []byte("a city that runs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Read(path, ids, backup.OfStore, mine); !errors.Is(err, os.ErrExist) {
		t.Errorf("read over a store: %v", err)
	}
	if kept, err := os.ReadFile(mine); err != nil || string(kept) != "a city that runs" {
		t.Errorf("%q, %v", kept, err)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	if _, err := backup.Recipients([]string{"age1no"}); !errors.Is(err, backup.ErrRecipient) {
		t.Errorf("%v", err)
	}
	path := filepath.Join(t.TempDir(), "identity")
	if err := os.WriteFile(path, []byte("AGE-SECRET-KEY-1SECRET\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Identities(path); !errors.Is(err, backup.ErrIdentity) || strings.Contains(err.Error(), "1SECRET") {
		t.Errorf("%v", err)
	}
}
