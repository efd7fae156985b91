package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"fundy/backup"
	"fundy/fault"
	"fundy/office"
	"fundy/store"
)

type backupCommand struct {
	City       string   `required:"" placeholder:"DIR" help:"The city's folder. Its office may run."`
	To         string   `required:"" placeholder:"FILE" help:"Where the backup goes. It is never written over."`
	Recipient  []string `required:"" placeholder:"age1…" help:"Who can open it. Say it again for each further recipient."`
	VerifyWith string   `placeholder:"FILE" help:"Identities of age: the backup is opened again at once, and the proof recorded."`
}

// Run writes a backup of a SQLite city.
func (c *backupCommand) Run(ctx context.Context) error {
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	if f.settings.Store.Driver == "postgres" {
		return fmt.Errorf("%w: this city's store is PostgreSQL: back it up with pg_basebackup, pg_dump or your provider's own backup; docs/operator.md says how", errUsage)
	}
	recipients, err := backup.Recipients(c.Recipient)
	if err != nil {
		return fmt.Errorf("%w: --recipient %w", errUsage, err)
	}
	var identities []age.Identity
	if c.VerifyWith != "" {
		if identities, err = backup.Identities(c.VerifyWith); err != nil {
			return fmt.Errorf("%w: --verify-with: %w", errUsage, err)
		}
	}
	m, digest, err := f.writeBackup(ctx, c.To, recipients)
	if err != nil {
		return err
	}
	fmt.Printf("Backup of %s (%s) as of %s: %s, %d bytes of store, SHA-256 %s.\n", m.City, m.Kind, m.At.Format(time.RFC3339), c.To, m.Size, hex.EncodeToString(digest))
	if identities == nil {
		fmt.Printf("Nobody has opened it yet. Where the identity is: fundy backup verify %s --identity FILE\n", c.To)
		return nil
	}
	return verify(ctx, c.To, identities, &f)
}

// writeBackup copies the store into the city's own folder, and from there, encrypted, to where it goes.
// A crash leaves the copy, which the next backup removes.
func (f folder) writeBackup(ctx context.Context, to string, recipients []age.Recipient) (m backup.Manifest, digest []byte, err error) {
	if _, err := os.Lstat(to); err == nil {
		return m, nil, fmt.Errorf("%s %w", to, backup.ErrExists)
	}
	if m.Keys, err = f.keyIDs(); err != nil {
		return m, nil, err
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return m, nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	work, done, err := f.workFolder("backup")
	if err != nil {
		return m, nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	path := filepath.Join(work, backup.StoreName)
	m.What, m.City, m.Kind, m.At = backup.OfStore, f.settings.ID, string(f.settings.Kind), time.Now().UTC()
	if err := s.CopyTo(ctx, path); err != nil {
		return m, nil, err
	}
	have, err := store.Inspect(ctx, path)
	if err != nil {
		return m, nil, err
	}
	m.Schema, m.Rows = have.Schema, have.Rows
	if m.Digest, m.Size, err = backup.Digest(path); err != nil {
		return m, nil, fmt.Errorf("read the copy: %w", err)
	}
	settings, err := os.ReadFile(f.path("city.toml"))
	if err != nil {
		return m, nil, fmt.Errorf("read city.toml: %w", err)
	}
	digest, err = backup.Write(to, recipients, m, []backup.Part{{Name: backup.SettingsName, Text: settings}, {Name: backup.StoreName, Path: path}})
	return m, digest, err
}

// keyIDs name the keys without which a store is worth nothing.
func (f folder) keyIDs() (map[string]string, error) {
	index, err := f.indexKey()
	if err != nil {
		return nil, err
	}
	private, err := f.key("office", "seal.private")
	if err != nil {
		return nil, err
	}
	public, err := office.PublicOf(private)
	if err != nil {
		return nil, err
	}
	return map[string]string{"seal": public.ID(), "index": index.ID()}, nil
}

// workFolder is an empty folder inside the city's for one command at a time: what is in it is as the
// store is, and is gone when done is called. What a crash left of it is removed.
func (f folder) workFolder(name string) (path string, done func() error, err error) {
	unlock, err := store.Lock(f.path("run", name+".lock"), "another "+name+" of this city is under way (process %s): wait for it")
	if err != nil {
		return "", nil, err
	}
	path = f.path("run", name)
	if err := errors.Join(os.RemoveAll(path), os.Mkdir(path, 0o700)); err != nil {
		unlock()
		return "", nil, fmt.Errorf("make a folder to work in: %w", err)
	}
	return path, func() error {
		err := os.RemoveAll(path)
		unlock()
		return err
	}, nil
}

type backupVerifyCommand struct {
	File     string `arg:"" help:"The backup."`
	Identity string `required:"" placeholder:"FILE" help:"Identities of age that can open it."`
	City     string `placeholder:"DIR" help:"The city's folder: the proof is recorded there. Without it, the backup is only looked at."`
}

// Run opens a backup and looks at all of it.
func (c *backupVerifyCommand) Run(ctx context.Context) error {
	identities, err := backup.Identities(c.Identity)
	if err != nil {
		return fmt.Errorf("%w: --identity: %w", errUsage, err)
	}
	if c.City == "" {
		return verify(ctx, c.File, identities, nil)
	}
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	return verify(ctx, c.File, identities, &f)
}

// verify restores a backup into a folder that is thrown away, and records that it could be.
func verify(ctx context.Context, path string, identities []age.Identity, f *folder) (err error) {
	var work string
	done := func() error { return os.RemoveAll(work) }
	if f != nil {
		work, done, err = f.workFolder("verify")
	} else {
		work, err = os.MkdirTemp("", "fundy-verify-")
	}
	if err != nil {
		return fmt.Errorf("make a folder to work in: %w", err)
	}
	defer func() { err = errors.Join(err, done()) }()
	restored := filepath.Join(work, backup.StoreName)
	o, err := backup.Read(path, identities, backup.OfStore, restored)
	if err != nil {
		return err
	}
	if f != nil {
		if err := f.fits(o.Manifest); err != nil {
			return err
		}
	}
	ledger, err := backup.Check(ctx, o.Manifest, restored)
	if err != nil {
		return err
	}
	if len(ledger.Faults) > 0 {
		ledger.Print(os.Stderr)
		return fmt.Errorf("the backup's ledger does not agree: %d findings", len(ledger.Faults))
	}
	fmt.Printf("Proved: %s opens, is whole, and its ledger agrees (%d tickets, %d of them paid). As of %s.\n", path, ledger.Tickets, ledger.PaidTickets, o.At.Format(time.RFC3339))
	if f == nil {
		return nil
	}
	return f.recordProof(ctx, o)
}

// fits wants a file to be this city's.
func (f folder) fits(m backup.Manifest) error {
	if m.City != f.settings.ID || m.Kind != string(f.settings.Kind) {
		return fmt.Errorf("it is of city %s (%s), city.toml says %s (%s): one of them is in the wrong place", m.City, m.Kind, f.settings.ID, f.settings.Kind)
	}
	return nil
}

// recordProof keeps in the store when which backup was last proved, with a leaf.
func (f folder) recordProof(ctx context.Context, o backup.Opened) error {
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	digest, err := hex.DecodeString(o.Digest)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	proof := store.BackupProof{BackupAt: o.At, ProvedAt: time.Now(), FileDigest: o.FileDigest, StoreDigest: digest}
	opening := map[string]any{"backup_at": o.At.UnixMicro(), "file": hex.EncodeToString(o.FileDigest), "store": o.Digest}
	err = s.Write(ctx, fault.RecordProof, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.AddBackupProof(ctx, proof), tx.Tell(ctx, "backup_proved", proof.ProvedAt, opening))
	})
	return errors.Join(err, s.Close())
}
