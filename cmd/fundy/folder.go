package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"fundy/city"
	"fundy/office"
	"fundy/seal"
	"fundy/store"
)

// folder is a city on disk:
//
//	city.toml             what only an operator changes
//	keys/office/…         seal.private, index.key, token.key, processor.key, webhook.secret, city
//	keys/portal/…         seal.public, cookie.key, city
//	fundy.db              the store (SQLite)
//	run/desk.sock         where portal and office meet
type folder struct {
	dir      string
	settings city.Settings
}

// openFolder reads city.toml.
func openFolder(dir string) (folder, error) {
	b, err := os.ReadFile(filepath.Join(dir, "city.toml"))
	if errors.Is(err, os.ErrNotExist) {
		return folder{}, fmt.Errorf("%s has no city.toml: make a city with fundy init %s --answers FILE", dir, dir)
	}
	if err != nil {
		return folder{}, fmt.Errorf("read city.toml: %w", err)
	}
	settings, faults := city.ReadSettings(b)
	if len(faults) > 0 {
		return folder{}, fmt.Errorf("city.toml:\n  %w", joinLines(faults))
	}
	return folder{dir: dir, settings: settings}, nil
}

func (f folder) path(parts ...string) string {
	return filepath.Join(append([]string{f.dir}, parts...)...)
}

// relative is a path of city.toml, from the city's folder.
func (f folder) relative(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(f.dir, path)
}

func (f folder) storeConfig() (store.Config, error) {
	c := store.Config{Driver: f.settings.Store.Driver, Path: f.relative(f.settings.Store.Path)}
	if c.Driver != "postgres" {
		return c, nil
	}
	path := f.relative(f.settings.Store.DSNFile)
	if err := onlyOwners(path); err != nil {
		return c, fmt.Errorf("store.dsn_file: %w", err)
	}
	dsn, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("read store.dsn_file: %w", err)
	}
	c.DSN = strings.TrimSpace(string(dsn))
	return c, nil
}

// openStore opens the store and checks that it is this city's.
func (f folder) openStore(ctx context.Context) (*store.Store, error) {
	c, err := f.storeConfig()
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	err = s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		id, kind, err := tx.CityIdentity(ctx)
		if err == nil && (id != f.settings.ID || kind != f.settings.Kind) {
			return fmt.Errorf("the store is of city %s (%s), city.toml says %s (%s): one of them is in the wrong place", id, kind, f.settings.ID, f.settings.Kind)
		}
		return err
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// checkKeys wants the key files of an owner to be this city's.
func (f folder) checkKeys(owner string) error {
	b, err := os.ReadFile(f.path("keys", owner, "city"))
	if err != nil {
		return fmt.Errorf("read the keys of the %s: %w", owner, err)
	}
	if want := f.identity(); strings.TrimSpace(string(b)) != want {
		return fmt.Errorf("the keys of the %s are of city %s, city.toml says %s: one of them is in the wrong place", owner, strings.TrimSpace(string(b)), want)
	}
	return nil
}

func (f folder) identity() string { return f.settings.ID + " " + string(f.settings.Kind) }

func (f folder) key(owner, name string) ([]byte, error) {
	path := f.path("keys", owner, name)
	if name != "seal.public" {
		if err := onlyOwners(path); err != nil {
			return nil, err
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	return []byte(strings.TrimSpace(string(b))), nil
}

// onlyOwners refuses a secret that every user of the machine may read or write. It may have been read
// already, so it is not mended in silence.
func onlyOwners(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read key: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o007 != 0 {
		return fmt.Errorf("%s is open to every user of this machine (mode %04o): chmod o= %s, and replace it if another could have read it", path, mode, path)
	}
	return nil
}

// secretKey reads 32 random bytes in base64.
func (f folder) secretKey(owner, name string) ([]byte, error) {
	text, err := f.key(owner, name)
	if err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || len(b) != 32 {
		return nil, fmt.Errorf("keys/%s/%s is not 32 bytes in base64", owner, name)
	}
	return b, nil
}

func (f folder) indexKey() (seal.IndexKey, error) {
	b, err := f.key("office", "index.key")
	if err != nil {
		return seal.IndexKey{}, err
	}
	return seal.ParseIndexKey(b)
}

func (f folder) publicKey() (seal.PublicKey, error) {
	b, err := f.key("portal", "seal.public")
	if err != nil {
		return seal.PublicKey{}, err
	}
	return seal.ParsePublicKey(b)
}

// makeKeys writes fresh keys, each readable by its owner alone. It never writes over one.
func (f folder) makeKeys() error {
	private, public, err := office.NewSealKeys()
	if err != nil {
		return err
	}
	files := map[string]string{
		"office/seal.private":   private,
		"office/index.key":      seal.NewIndexKey().Text(),
		"office/token.key":      randomKey(),
		"office/city":           f.identity(),
		"portal/seal.public":    public.Text(),
		"portal/cookie.key":     randomKey(),
		"portal/city":           f.identity(),
		"office/processor.key":  "put the processor's secret key here, on one line",
		"office/webhook.secret": "put the webhook's secret here, on one line; while one replaces the other, two lines",
	}
	if f.settings.Kind == city.Demo {
		files["office/processor.key"] = "sk_test_" + rand.Text()
		files["office/webhook.secret"] = "whsec_" + rand.Text()
	}
	for name, text := range files {
		if err := writeNew(f.path("keys", name), text+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func randomKey() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}

// writeNew writes a file that is not there yet, on disk when it returns.
func writeNew(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	_, err = w.WriteString(text)
	if err = errors.Join(err, w.Sync(), w.Close()); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

func joinLines(errs []error) error {
	lines := make([]string, 0, len(errs))
	for _, e := range errs {
		lines = append(lines, e.Error())
	}
	return errors.New(strings.Join(lines, "\n  "))
}
