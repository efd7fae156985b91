package unseal

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"strings"
	"sync"

	"fundy/seal"
)

// defaultCachedKeys is enough for a report over a year of daily imports.
const defaultCachedKeys = 400

// What says who opens what and why. It is what Record puts on the log, so it holds nothing personal:
// ids and words of our own only.
type What struct {
	Actor   string // the person's or process's id: "staff:…", "mail", "report"
	Purpose string // why, from a fixed list of the caller's: "receipt", "notice", "lookup"
	Subject string // the id of what is opened: a ticket's, a payment's
	Field   string // which field of it: "plate", "email"
}

// Config is what an Opener is made from.
type Config struct {
	// PrivateKey opens. Required.
	PrivateKey PrivateKey
	// Record puts an opening on the log. When it returns nil, the leaf is on disk; when it errors,
	// nothing is opened. Required.
	Record func(context.Context, What) error
	// CachedKeys is how many opened data keys are kept in memory. 0 is 400.
	CachedKeys int
}

// Opener opens what is sealed, after recording it. It is safe for use by several goroutines.
type Opener struct {
	seal.Hidden
	key    PrivateKey
	record func(context.Context, What) error
	limit  int

	mu     sync.Mutex
	opened map[string]cipher.AEAD // by data key id
	order  []string               // of opened, oldest first
}

// New makes an Opener, or says what is missing.
func New(c Config) (*Opener, error) {
	if c.PrivateKey.key == nil {
		return nil, errors.New("unseal: no private key")
	}
	if c.Record == nil {
		return nil, errors.New("unseal: no Record; an opening that leaves no leaf is not allowed")
	}
	if c.CachedKeys <= 0 {
		c.CachedKeys = defaultCachedKeys
	}
	return &Opener{key: c.PrivateKey, record: c.Record, limit: c.CachedKeys, opened: map[string]cipher.AEAD{}}, nil
}

// Open opens what seal.PublicKey.Seal sealed with the same info and aad.
func (o *Opener) Open(ctx context.Context, what What, sealed, info, aad []byte) ([]byte, error) {
	if err := o.record(ctx, what); err != nil {
		return nil, fmt.Errorf("record opening: %w", err)
	}
	plain, err := o.key.open(sealed, info, aad)
	if err != nil {
		return nil, fmt.Errorf("open %s of %s: %w", what.Field, what.Subject, err)
	}
	return plain, nil
}

// OpenField opens a field of a ticket that seal.Sealer.SealField sealed under key. The ticket's id is
// what.Subject and the field's name is what.Field: what is on the log is what was opened.
func (o *Opener) OpenField(ctx context.Context, what What, key seal.DataKey, city string, sealed []byte) ([]byte, error) {
	if err := o.record(ctx, what); err != nil {
		return nil, fmt.Errorf("record opening: %w", err)
	}
	aead, err := o.dataKey(key)
	if err != nil {
		return nil, fmt.Errorf("open data key %s: %w", key.ID, err)
	}
	plain, err := aead.Open(nil, nil, sealed, seal.FieldAAD(city, what.Subject, what.Field))
	if err != nil {
		return nil, fmt.Errorf("open %s of %s: %w: %v", what.Field, what.Subject, ErrCannotOpen, err)
	}
	return plain, nil
}

// Field is a field of one of several tickets that are opened together.
type Field struct {
	Ticket string // its id
	Key    seal.DataKey
	Sealed []byte
}

// OpenFields opens the same field of several tickets, each as OpenField does, with one leaf that names them all:
// what.Subject is their ids, with spaces between. The leaf is on record before the first is opened.
func (o *Opener) OpenFields(ctx context.Context, what What, city string, fields []Field) ([][]byte, error) {
	ids := make([]string, 0, len(fields))
	for _, f := range fields {
		ids = append(ids, f.Ticket)
	}
	what.Subject = strings.Join(ids, " ")
	if err := o.record(ctx, what); err != nil {
		return nil, fmt.Errorf("record opening: %w", err)
	}
	plains := make([][]byte, 0, len(fields))
	for _, f := range fields {
		aead, err := o.dataKey(f.Key)
		if err != nil {
			return nil, fmt.Errorf("open data key %s: %w", f.Key.ID, err)
		}
		plain, err := aead.Open(nil, nil, f.Sealed, seal.FieldAAD(city, f.Ticket, what.Field))
		if err != nil {
			return nil, fmt.Errorf("open %s of %s: %w: %v", what.Field, f.Ticket, ErrCannotOpen, err)
		}
		plains = append(plains, plain)
	}
	return plains, nil
}

// dataKey opens a data key, or takes it from memory. A data key opens nothing that the caller sees, so it
// leaves no leaf of its own.
func (o *Opener) dataKey(key seal.DataKey) (cipher.AEAD, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if aead, ok := o.opened[key.ID]; ok {
		return aead, nil
	}
	raw, err := o.key.open(key.Sealed, seal.DataKeyInfo(), []byte(key.ID))
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	aead, err := seal.FieldCipher(raw)
	if err != nil {
		return nil, err
	}
	if len(o.order) >= o.limit {
		delete(o.opened, o.order[0])
		o.order = o.order[1:]
	}
	o.opened[key.ID] = aead
	o.order = append(o.order, key.ID)
	return aead, nil
}
