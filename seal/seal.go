// Package seal encrypts to the office's public key, and holds no way to open: whoever takes a
// process that links only this package takes nothing that was sealed.
//
// Two ways to seal:
//   - PublicKey.Seal is HPKE (RFC 9180) with the hybrid KEM ML-KEM-768 + X25519, HKDF-SHA256 and
//     AES-256-GCM, for single things: a receipt's address, a data key;
//   - Sealer.SealField is AES-256-GCM under a data key that is itself sealed so, for the fields of an import.
//
// Invariants:
//   - a sealed field opens only with the city, ticket id and field name that it was sealed for;
//   - nonces are random and stand before the text; a data key seals at most maxFields fields;
//   - a value that holds a secret prints as [sealed], whatever it is printed with.
//
// On disk: the public key, one line of text, in the files of portal and office. An attacker who
// controls this package's process learns what is sealed from then on, and nothing from before.
package seal

import (
	"bytes"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

// PublicPrefix begins the text form of a public key.
const PublicPrefix = "fundy-seal-public-v1:"

// Version is the first byte of what PublicKey.Seal returns.
const Version = 1

// KeyIDSize is the length of the key id that follows the version.
const KeyIDSize = 8

// ErrNoKey is returned when a zero PublicKey is asked to seal.
var ErrNoKey = errors.New("no public key to seal to")

// Suite is the one set of algorithms in use. It is a function, so that office/unseal says the same.
func Suite() (hpke.KEM, hpke.KDF, hpke.AEAD) {
	return hpke.MLKEM768X25519(), hpke.HKDFSHA256(), hpke.AES256GCM()
}

// PublicKey is the office's public key. The zero value seals nothing and says so.
type PublicKey struct {
	key hpke.PublicKey
	raw []byte
}

// ParsePublicKey reads a key in its text form (PublicPrefix and base64, one line) or its raw bytes.
func ParsePublicKey(b []byte) (PublicKey, error) {
	raw := b
	if text, ok := bytes.CutPrefix(bytes.TrimSpace(b), []byte(PublicPrefix)); ok {
		decoded, err := base64.StdEncoding.DecodeString(string(text))
		if err != nil {
			return PublicKey{}, fmt.Errorf("read public key: %w", err)
		}
		raw = decoded
	}
	kem, _, _ := Suite()
	key, err := kem.NewPublicKey(raw)
	if err != nil {
		return PublicKey{}, fmt.Errorf("read public key (one line that begins with %q): %w", PublicPrefix, err)
	}
	return PublicKey{key: key, raw: bytes.Clone(raw)}, nil
}

// Bytes is the raw key.
func (k PublicKey) Bytes() []byte { return bytes.Clone(k.raw) }

// Text is the key as one line, as it stands in its file.
func (k PublicKey) Text() string { return PublicPrefix + base64.StdEncoding.EncodeToString(k.raw) }

// IsZero says whether k is no key.
func (k PublicKey) IsZero() bool { return k.key == nil }

// ID names the key in logs and in what is sealed to it: the first bytes of its SHA-256.
func (k PublicKey) ID() string {
	sum := sha256.Sum256(k.raw)
	return hex.EncodeToString(sum[:KeyIDSize])
}

// Seal encrypts plaintext. info says what kind of thing it is ("fundy/receipt-address/v1"), aad binds it
// to its place; both are needed to open and neither is in the result. The result is the version, the key's id,
// the encapsulated key and the ciphertext.
func (k PublicKey) Seal(plaintext, info, aad []byte) ([]byte, error) {
	if k.IsZero() {
		return nil, ErrNoKey
	}
	_, kdf, aead := Suite()
	enc, sender, err := hpke.NewSender(k.key, kdf, aead, info)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	text, err := sender.Seal(aad, plaintext)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	sum := sha256.Sum256(k.raw)
	sealed := append([]byte{Version}, sum[:KeyIDSize]...)
	sealed = append(sealed, enc...)
	return append(sealed, text...), nil
}

// Join writes fields one after the other, each after its length in four bytes, so that no two lists
// of fields give the same bytes.
func Join(to []byte, fields ...string) []byte {
	for _, f := range fields {
		to = binary.BigEndian.AppendUint32(to, uint32(len(f)))
		to = append(to, f...)
	}
	return to
}

// ReceiptAddress is the info of an e-mail address for a receipt; its associated data is the request's id.
const ReceiptAddress = "fundy/receipt-address/v1"

// CallerAddress is the info of an e-mail address that somebody has dictated on the telephone; its associated data is
// the id of what is sent there.
const CallerAddress = "fundy/caller-address/v1"

// RefundPayee is the info of the payee of a refund's cheque; its associated data is the city, the refund's id and the
// number of the payee.
const RefundPayee = "fundy/refund-payee/v1"

// ItemNote is the info of a note on an item that came in; its associated data is the item's id.
const ItemNote = "fundy/item-note/v1"

// ReviewContact, ReviewStatement and ReviewFile are the infos of what a person sends who asks for a review; their associated
// data is the request's id, of a file also its number.
const (
	ReviewContact   = "fundy/review-contact/v1"
	ReviewStatement = "fundy/review-statement/v1"
	ReviewFile      = "fundy/review-file/v1"
)

// ReviewWords is the info of what an officer says to the party with a decision; its associated data is the review's id.
const ReviewWords = "fundy/review-words/v1"

// ReviewFilePlace is the associated data of the n-th file of a request.
func ReviewFilePlace(request string, n int) []byte { return Join(nil, request, strconv.Itoa(n)) }

// TicketPhoto and TicketPhotoCopy are the infos of a photograph of a contravention and of its copy for who has the ticket;
// their associated data is the photograph's id.
const (
	TicketPhoto     = "fundy/ticket-photo/v1"
	TicketPhotoCopy = "fundy/ticket-photo-copy/v1"
)
