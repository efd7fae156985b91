package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"fundy/backup"
)

type keysExportCommand struct {
	City      string   `required:"" placeholder:"DIR" help:"The city's folder."`
	To        string   `required:"" placeholder:"FILE" help:"Where the keys go. It is never written over."`
	Recipient []string `required:"" placeholder:"age1…" help:"Who can open it. Say it again for each further recipient."`
}

// Run writes every key file, sealed. It is the one way by which keys leave the machine, so it is not part
// of a backup.
func (c *keysExportCommand) Run(_ context.Context) error {
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	recipients, err := backup.Recipients(c.Recipient)
	if err != nil {
		return fmt.Errorf("%w: --recipient %w", errUsage, err)
	}
	m := backup.Manifest{What: backup.OfKeys, City: f.settings.ID, Kind: string(f.settings.Kind), At: time.Now().UTC()}
	if m.Keys, err = f.keyIDs(); err != nil {
		return err
	}
	parts, err := f.keyFiles()
	if err != nil {
		return err
	}
	if _, err := backup.Write(c.To, recipients, m, parts); err != nil {
		return err
	}
	fmt.Printf("%d key files of %s (%s) sealed in %s. Keep it apart from the backups.\n", len(parts), m.City, m.Kind, c.To)
	return nil
}

// keyName is what a key's file may be called: nothing else is written.
var keyName = regexp.MustCompile(`^keys/[a-z]+/[a-z0-9][a-z0-9._-]*$`)

func (f folder) keyFiles() ([]backup.Part, error) {
	var parts []backup.Part
	err := fs.WalkDir(os.DirFS(f.dir), "keys", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !keyName.MatchString(path) {
			return fmt.Errorf("%s is no key's name: move it out of the keys' folder", path)
		}
		text, err := os.ReadFile(f.path(filepath.FromSlash(path)))
		parts = append(parts, backup.Part{Name: path, Text: text})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return parts, nil
}

type keysImportCommand struct {
	City     string `required:"" placeholder:"DIR" help:"The city's folder, with its city.toml."`
	From     string `required:"" placeholder:"FILE" help:"What fundy keys export has written."`
	Identity string `required:"" placeholder:"FILE" help:"Identities of age that can open it."`
}

// Run brings key files back. One that is there already is left alone when it is the same, and refused
// when it is another: then nothing is written.
func (c *keysImportCommand) Run(_ context.Context) error {
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	identities, err := backup.Identities(c.Identity)
	if err != nil {
		return fmt.Errorf("%w: --identity: %w", errUsage, err)
	}
	o, err := backup.Read(c.From, identities, backup.OfKeys, "")
	if err != nil {
		return err
	}
	if err := f.fits(o.Manifest); err != nil {
		return err
	}
	var missing []string
	for name, text := range o.Small {
		if !keyName.MatchString(name) {
			return fmt.Errorf("%s is no key's name: nothing was written", name)
		}
		have, err := os.ReadFile(f.path(filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, name)
		case err != nil:
			return fmt.Errorf("read key: %w", err)
		case !bytes.Equal(have, text):
			return fmt.Errorf("%s is there already and is another key: nothing was written. Move it away if it is to be replaced", name)
		}
	}
	slices.Sort(missing)
	for _, name := range missing {
		if err := writeNew(f.path(filepath.FromSlash(name)), string(o.Small[name])); err != nil {
			return err
		}
	}
	fmt.Printf("%d key files written, %d were there. Each is readable by you alone: give keys/portal to the portal's user where it is another.\n", len(missing), len(o.Small)-len(missing))
	return nil
}
