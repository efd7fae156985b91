// Package backup is the form of a city's backups: one file, encrypted with age (age-encryption.org/v1) to
// recipients whose identities are not on the city's machine, and in it a tar: manifest.json, city.toml and
// the store, or the key files. Whoever holds the identity needs no Fundy to open it:
// age -d -i IDENTITY FILE | tar -x.
//
// Invariants:
//   - a file under its own name is whole and on disk: it is written under another name, flushed, renamed;
//   - no file is ever written over;
//   - a backup of the store holds no key, and what it holds of people is sealed as in the store;
//   - what is read is believed only when every byte of it has been read: age refuses a changed or a cut
//     file, and the store's digest is the manifest's.
//
// An attacker who has a backup and its identity has what a stolen store gives: no plate, no address. One who has the
// keys' export and its identity has the keys.
package backup

import (
	"errors"
	"time"
)

// What is in a file.
const (
	OfStore = "store"
	OfKeys  = "keys"
)

// Format is the version of the form.
const Format = 1

// The names in the tar.
const (
	manifestName = "manifest.json"
	SettingsName = "city.toml"
	StoreName    = "fundy.db"
)

// Limits of what is read from a file: it may be anybody's.
const (
	manifestMost = 1 << 20
	smallMost    = 1 << 20 // city.toml, a key
	partsMost    = 64
)

// Manifest comes first and says what follows.
type Manifest struct {
	Format int               `json:"format"`
	What   string            `json:"what"` // store or keys
	City   string            `json:"city"`
	Kind   string            `json:"kind"`
	At     time.Time         `json:"at"` // everything committed before this instant is in it
	Schema int64             `json:"schema,omitempty"`
	Rows   map[string]int64  `json:"rows,omitempty"`   // of each table
	Size   int64             `json:"size,omitempty"`   // of the store, in bytes
	Digest string            `json:"digest,omitempty"` // SHA-256 of the store, in hex
	Keys   map[string]string `json:"keys"`             // which keys open what is sealed in it: their ids, never they themselves
}

// The kinds of error that a caller tells apart.
var (
	ErrExists    = errors.New("is there already: a backup is never written over")
	ErrRecipient = errors.New("not a recipient that age knows (age1…)")
	ErrIdentity  = errors.New("not a file of age identities (AGE-SECRET-KEY-1…)")
	ErrDamaged   = errors.New("not what the manifest says")
)
