// Package unseal opens what seal has sealed. It holds the office's private key, so it is importable
// only under office/.
//
// Invariants:
//   - nothing is opened before the opening has been recorded: when Record says no, no key is touched;
//   - a sealed thing opens only as the kind and in the place that it was sealed for;
//   - at most Config.CachedKeys data keys are in memory.
//
// On disk: the private key, one line of text, in a file that only the office's user may read. An
// attacker who controls this process opens everything that the store holds, and each opening that goes through
// here is on the log.
package unseal

import (
	"bytes"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"fundy/seal"
)

// PrivatePrefix begins the text form of a private key.
const PrivatePrefix = "fundy-seal-private-v1:"

// ErrCannotOpen is returned for whatever does not open: another key, another place, or changed bytes.
var ErrCannotOpen = errors.New("does not open")

// PrivateKey is the office's private key.
type PrivateKey struct {
	seal.Hidden
	key   hpke.PrivateKey
	keyID [seal.KeyIDSize]byte
}

// Generate makes a pair of keys.
func Generate() (PrivateKey, seal.PublicKey, error) {
	kem, _, _ := seal.Suite()
	key, err := kem.GenerateKey()
	if err != nil {
		return PrivateKey{}, seal.PublicKey{}, fmt.Errorf("make the seal's keys: %w", err)
	}
	public, err := seal.ParsePublicKey(key.PublicKey().Bytes())
	if err != nil {
		return PrivateKey{}, seal.PublicKey{}, fmt.Errorf("make the seal's keys: %w", err)
	}
	return privateOf(key), public, nil
}

// Parse reads the text form of a private key: PrivatePrefix and base64, one line. Its errors never hold any of it.
func Parse(b []byte) (PrivateKey, error) {
	text, ok := bytes.CutPrefix(bytes.TrimSpace(b), []byte(PrivatePrefix))
	if !ok {
		return PrivateKey{}, fmt.Errorf("read private key: does not begin with %q", PrivatePrefix)
	}
	raw, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return PrivateKey{}, errors.New("read private key: not base64")
	}
	kem, _, _ := seal.Suite()
	key, err := kem.NewPrivateKey(raw)
	if err != nil {
		return PrivateKey{}, errors.New("read private key: not a key of ML-KEM-768 with X25519")
	}
	return privateOf(key), nil
}

func privateOf(key hpke.PrivateKey) PrivateKey {
	sum := sha256.Sum256(key.PublicKey().Bytes())
	return PrivateKey{key: key, keyID: [seal.KeyIDSize]byte(sum[:])}
}

// Text is the key as one line, for its file and nothing else.
func (k PrivateKey) Text() (string, error) {
	if k.key == nil {
		return "", errors.New("no private key")
	}
	raw, err := k.key.Bytes()
	if err != nil {
		return "", fmt.Errorf("write private key: %w", err)
	}
	return PrivatePrefix + base64.StdEncoding.EncodeToString(raw), nil
}

// Public is the public half.
func (k PrivateKey) Public() (seal.PublicKey, error) {
	if k.key == nil {
		return seal.PublicKey{}, errors.New("no private key")
	}
	return seal.ParsePublicKey(k.key.PublicKey().Bytes())
}

// ID names the pair of keys; it is seal.PublicKey.ID of the public half.
func (k PrivateKey) ID() string { return hex.EncodeToString(k.keyID[:]) }

// open is the reverse of seal.PublicKey.Seal.
func (k PrivateKey) open(sealed, info, aad []byte) ([]byte, error) {
	if k.key == nil {
		return nil, fmt.Errorf("%w: no private key", ErrCannotOpen)
	}
	_, kdf, aead := seal.Suite()
	const head = 1 + seal.KeyIDSize
	if len(sealed) < head+encapsulatedSize || sealed[0] != seal.Version {
		return nil, fmt.Errorf("%w: not a sealed thing of version %d", ErrCannotOpen, seal.Version)
	}
	if !bytes.Equal(sealed[1:head], k.keyID[:]) {
		return nil, fmt.Errorf("%w: sealed to key %x, and this is key %s", ErrCannotOpen, sealed[1:head], k.ID())
	}
	recipient, err := hpke.NewRecipient(sealed[head:head+encapsulatedSize], k.key, kdf, aead, info)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrCannotOpen, err)
	}
	plain, err := recipient.Open(aad, sealed[head+encapsulatedSize:])
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrCannotOpen, err)
	}
	return plain, nil
}

// encapsulatedSize is the length of an encapsulated key: ML-KEM-768's ciphertext (1,088) and X25519's share (32).
const encapsulatedSize = 1088 + 32
