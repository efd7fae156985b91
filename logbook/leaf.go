// Package logbook holds the leaf: one entry on the tamper-evident log. A leaf is written in the
// transaction that it tells of; the public log gets its commitment only, the office keeps the
// opening. The log itself (sequencer, checkpoints, proofs) is not built yet.
package logbook

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"fundy/ident"
)

// Leaf is one entry on the log. Opening is JSON and holds nothing personal.
type Leaf struct {
	ID         string
	At         time.Time
	Kind       string
	Salt       []byte // 32 random bytes
	Opening    string
	Commitment [32]byte
}

// NewLeaf makes a leaf of an opening, salted out of random.
func NewLeaf(kind string, at time.Time, opening any, random io.Reader) (Leaf, error) {
	b, err := json.Marshal(opening)
	if err != nil {
		return Leaf{}, fmt.Errorf("write opening: %w", err)
	}
	l := Leaf{ID: ident.New("leaf"), At: at, Kind: kind, Salt: make([]byte, 32), Opening: string(b)}
	if _, err := io.ReadFull(random, l.Salt); err != nil {
		return Leaf{}, fmt.Errorf("salt leaf: %w", err)
	}
	l.Commitment = Commit(l.Salt, kind, l.Opening)
	return l, nil
}

// Commit is what the public log holds of a leaf: SHA-256 over a prefix and the length-prefixed
// salt, kind and opening. Without the salt it tells nothing; with salt and opening anyone can check it.
func Commit(salt []byte, kind, opening string) [32]byte {
	h := sha256.New()
	h.Write([]byte("fundy leaf v1\x00"))
	for _, part := range [][]byte{salt, []byte(kind), []byte(opening)} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write(part)
	}
	return [32]byte(h.Sum(nil))
}
