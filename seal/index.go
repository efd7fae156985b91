package seal

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"
)

// IndexPrefix begins the text form of an index key.
const IndexPrefix = "fundy-index-key-v1:"

// IndexSize is the length of an index in bytes.
const IndexSize = 16

const indexKeySize = 32

// IndexKey makes the keyed indexes by which the store finds what it can't read: a ticket by its number
// and plate, a plate's tickets. It is HMAC-SHA-256 over the kind of index, the key's id and the fields, each
// after its length. Without the key nobody can try plates one after the other against a stolen store.
// The office alone holds it. It is safe for use by several goroutines.
type IndexKey struct {
	Hidden
	inner *indexKey
}

type indexKey struct {
	key  [indexKeySize]byte
	id   string
	macs sync.Pool // of *macState: an HMAC that has its key already
}

type macState struct {
	mac hash.Hash
	buf []byte
	sum [sha256.Size]byte
}

// ErrNoIndexKey is what a zero IndexKey panics with: an index without a key must never reach a store.
var ErrNoIndexKey = errors.New("no index key")

// NewIndexKey makes a random index key.
func NewIndexKey() IndexKey {
	var key [indexKeySize]byte
	_, _ = rand.Read(key[:]) // never fails: crypto/rand stops the program instead
	return indexKeyOf(key)
}

// ParseIndexKey reads the text form: IndexPrefix and base64, one line.
func ParseIndexKey(b []byte) (IndexKey, error) {
	text, ok := bytes.CutPrefix(bytes.TrimSpace(b), []byte(IndexPrefix))
	if !ok {
		return IndexKey{}, fmt.Errorf("read index key: does not begin with %q", IndexPrefix)
	}
	raw, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || len(raw) != indexKeySize {
		return IndexKey{}, fmt.Errorf("read index key: not base64 of %d bytes", indexKeySize)
	}
	return indexKeyOf([indexKeySize]byte(raw)), nil
}

func indexKeyOf(key [indexKeySize]byte) IndexKey {
	sum := sha256.Sum256(append([]byte("fundy/index-key-id/v1"), key[:]...))
	inner := &indexKey{key: key, id: hex.EncodeToString(sum[:KeyIDSize])}
	inner.macs.New = func() any { return &macState{mac: hmac.New(sha256.New, inner.key[:])} }
	return IndexKey{inner: inner}
}

// Text is the key as one line, for its file and nothing else.
func (k IndexKey) Text() string {
	return IndexPrefix + base64.StdEncoding.EncodeToString(k.inner.key[:])
}

// IsZero says whether k is no key.
func (k IndexKey) IsZero() bool { return k.inner == nil }

// ID names the key; it says nothing of it.
func (k IndexKey) ID() string { return k.inner.id }

// Lookup is the index of the public look-up: a ticket's number with its plate's skeleton.
func (k IndexKey) Lookup(city, numberKey, skeleton string) []byte {
	return k.index("lookup", city, numberKey, skeleton)
}

// LookupDay is the index, in the same column, of a ticket without a plate: its number with its day of issue,
// written 2026-03-01.
func (k IndexKey) LookupDay(city, numberKey, day string) []byte {
	return k.index("lookup-day", city, numberKey, day)
}

// Plate is the index of a plate: its canonical form and where it is registered. Liability goes by it.
func (k IndexKey) Plate(city, canonical, jurisdiction string) []byte {
	return k.index("plate", city, canonical, jurisdiction)
}

// Skeleton is the index of all plates that look like this one. It lists candidates and decides nothing.
func (k IndexKey) Skeleton(city, skeleton string) []byte {
	return k.index("skeleton", city, skeleton)
}

// TicketID is the id of the ticket with this key: 128 bits in text that nobody without the index key can tell
// from random. A row imported again is so the same ticket, after a crash too.
func (k IndexKey) TicketID(city, series, numberKey, day string) string {
	return strings.ToLower(idText.EncodeToString(k.index("ticket-id", city, series, numberKey, day)))
}

// Digest is a keyed digest of a row's content, at its full length: without the key, a plate can't be tried against it.
func (k IndexKey) Digest(city string, fields ...string) []byte {
	sum := k.mac("row-digest", city, fields)
	return sum[:]
}

var idText = base32.StdEncoding.WithPadding(base32.NoPadding)

func (k IndexKey) index(kind, city string, fields ...string) []byte {
	sum := k.mac(kind, city, fields)
	return sum[:IndexSize:IndexSize]
}

// mac is HMAC(kind ‖ key id ‖ city ‖ fields). Setting up the key costs as much as the rest, so states are kept.
func (k IndexKey) mac(kind, city string, fields []string) [sha256.Size]byte {
	if k.inner == nil {
		panic(ErrNoIndexKey)
	}
	s := k.inner.macs.Get().(*macState)
	s.mac.Reset()
	s.buf = Join(s.buf[:0], "fundy/index/v1", kind, k.inner.id, city)
	s.buf = Join(s.buf, fields...)
	s.mac.Write(s.buf)
	s.mac.Sum(s.sum[:0])
	sum := s.sum
	clear(s.buf)
	k.inner.macs.Put(s)
	return sum
}
