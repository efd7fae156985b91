package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
)

// DataKeySize is the length of a data key in bytes: AES-256.
const DataKeySize = 32

// maxFields is how many fields one data key seals. With random nonces of 96 bits, 2^32 is the limit
// of NIST SP 800-38D; an import that needs more takes a second key.
const maxFields = 1 << 32

// ErrSpent is returned when a data key has sealed as many fields as it may.
var ErrSpent = errors.New("data key has sealed as many fields as it may")

// DataKey is the key of one import as the store keeps it: sealed to the office's public key.
type DataKey struct {
	ID     string
	Sealed []byte
}

// DataKeyInfo is the HPKE info of a sealed data key; its associated data is the data key's id.
func DataKeyInfo() []byte { return []byte("fundy/data-key/v1") }

// Sealer seals the fields of one import. It is safe for use by several goroutines. Once it is gone,
// nothing outside the office opens what it sealed.
type Sealer struct {
	Hidden
	id    string
	aead  cipher.AEAD
	count *atomic.Uint64
}

// NewDataKey makes a random data key, sealed to pub, and what seals with it.
func NewDataKey(pub PublicKey) (DataKey, Sealer, error) {
	var key [DataKeySize]byte
	_, _ = rand.Read(key[:]) // never fails: crypto/rand stops the program instead
	defer clear(key[:])
	id := strings.ToLower(rand.Text())
	sealed, err := pub.Seal(key[:], DataKeyInfo(), []byte(id))
	if err != nil {
		return DataKey{}, Sealer{}, fmt.Errorf("make data key: %w", err)
	}
	aead, err := FieldCipher(key[:])
	if err != nil {
		return DataKey{}, Sealer{}, fmt.Errorf("make data key: %w", err)
	}
	return DataKey{ID: id, Sealed: sealed}, Sealer{id: id, aead: aead, count: new(atomic.Uint64)}, nil
}

// FieldCipher is the cipher of fields under an opened data key: AES-256-GCM, its random nonce before the text.
func FieldCipher(key []byte) (cipher.AEAD, error) {
	if len(key) != DataKeySize {
		return nil, fmt.Errorf("data key is of %d bytes, want %d", len(key), DataKeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// FieldAAD is the associated data of a sealed field.
func FieldAAD(city, ticketID, field string) []byte {
	return Join(make([]byte, 0, 96), "fundy/field/v1", city, ticketID, field)
}

// KeyID is the id of the data key that the fields are sealed under.
func (s Sealer) KeyID() string { return s.id }

// SealField seals one field of one ticket. It opens only with the same city, ticket and field.
func (s Sealer) SealField(city, ticketID, field string, plaintext []byte) ([]byte, error) {
	if s.aead == nil {
		return nil, errors.New("seal field: no data key")
	}
	if s.count.Add(1) > maxFields {
		return nil, fmt.Errorf("seal field: %w", ErrSpent)
	}
	return s.aead.Seal(nil, nil, plaintext, FieldAAD(city, ticketID, field)), nil
}
