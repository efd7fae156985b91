package staff

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"fundy/ident"
	"fundy/payment"
	"fundy/seal"
)

// Key makes what the store holds of codes and sessions, and signs what a browser brings back. Each HMAC carries a
// prefix for its kind and the key's id.
type Key struct {
	ID  byte
	Key []byte // 32 bytes
}

// String keeps the key out of logs.
func (Key) String() string { return "[sealed]" }

// The kinds of HMAC.
const (
	macCode     = "fundy staff code v1"
	macSession  = "fundy staff session v1"
	macForm     = "fundy staff form v1"
	macCeremony = "fundy staff ceremony v1"
	macAgent    = "fundy staff agent v1"
	macPhone    = "fundy phone code v1"        // by which a code is found
	macDigits   = "fundy phone code digits v1" // of which its digits are made
)

func (k Key) mac(kind string, text []byte) []byte {
	h := hmac.New(sha256.New, k.Key)
	h.Write(seal.Join([]byte{k.ID}, kind, string(text)))
	return h.Sum(nil)
}

// newCode is a one-time code as it is read aloud: 80 random bits in four groups.
func newCode() string {
	text := ident.Encode(random(10))
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand stops the program instead
	return b
}

// code is the HMAC of a code that was typed: letters that look like digits are taken for them.
func (k Key) code(typed string) []byte {
	plain := strings.NewReplacer("-", "", " ", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(typed))
	return k.mac(macCode, []byte(plain))
}

// PhoneDigits are the digits of the one-time code with an id. They are made of it each time, so that they stand nowhere.
func (k Key) PhoneDigits(id string) string {
	n := binary.BigEndian.Uint64(k.mac(macDigits, []byte(id))) % 1_000_000_000
	return fmt.Sprintf("%0*d", payment.CodeDigits, n)
}

// PhoneMAC is the HMAC by which the code of these digits is found.
func (k Key) PhoneMAC(digits string) []byte { return k.mac(macPhone, []byte(digits)) }

// The kinds of ceremony.
const (
	toSignIn = "sign_in" // a passkey answers: signing in, unlocking, going on
	toJoin   = "join"    // a first passkey, by invitation
	toAdd    = "add"     // a further one
)

// ceremony is what has to come back with a passkey's answer. It travels in the page, signed: the server keeps
// nothing until the answer is there, and keeps then that it was used.
type ceremony struct {
	Kind  string               `json:"k"`
	Name  string               `json:"n,omitempty"` // whose passkey is made
	Code  []byte               `json:"c,omitempty"` // the invitation
	Until int64                `json:"u"`           // seconds
	Data  webauthn.SessionData `json:"d"`
}

// ceremonyFor is how long a page waits for the passkey.
const ceremonyFor = 10 * time.Minute

var errCeremony = errors.New("the page was open for too long, or its answer has been used")

func (k Key) sign(c ceremony) (string, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("write ceremony: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(append(k.mac(macCeremony, b), b...)), nil
}

func (k Key) read(text, kind string, now time.Time) (ceremony, error) {
	var c ceremony
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < sha256.Size || !hmac.Equal(b[:sha256.Size], k.mac(macCeremony, b[sha256.Size:])) {
		return c, errCeremony
	}
	if err := json.Unmarshal(b[sha256.Size:], &c); err != nil || c.Kind != kind || now.After(time.Unix(c.Until, 0)) {
		return c, errCeremony
	}
	return c, nil
}
