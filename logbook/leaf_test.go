package logbook_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"fundy/logbook"
)

// The value was worked out from the form alone, by another program than this one.
func TestACommitmentIsTheFormsOwn(t *testing.T) {
	salt := make([]byte, 32)
	for i := range salt {
		salt[i] = byte(i)
	}
	got := logbook.Commit(salt, "payment", `{"ticket":"t1"}`)
	if want := "2a19a938f9cb65ec3b8b8d106373bdc578abb3251052a17a45aac93ebbf24137"; hex.EncodeToString(got[:]) != want {
		t.Errorf("%x, want %s", got, want)
	}
	// What ends the kind can't begin the opening.
	if logbook.Commit(salt, "ab", "c") == logbook.Commit(salt, "a", "bc") {
		t.Error("two leaves, one commitment")
	}
}

func TestALeafIsSaltedAndCommittedTo(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	one, err := logbook.NewLeaf("payment", at, map[string]int{"cents": 2500}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	two, err := logbook.NewLeaf("payment", at, map[string]int{"cents": 2500}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if one.Opening != `{"cents":2500}` || !one.At.Equal(at) || len(one.Salt) != 32 || one.Commitment != logbook.Commit(one.Salt, "payment", one.Opening) {
		t.Errorf("%+v", one)
	}
	if one.ID == two.ID || bytes.Equal(one.Salt, two.Salt) || one.Commitment == two.Commitment {
		t.Error("two leaves of one opening can be told to be of one")
	}
}

func TestALeafWithoutSaltIsNone(t *testing.T) {
	broken := errors.New("no random bytes")
	if _, err := logbook.NewLeaf("payment", time.Time{}, 1, iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := logbook.NewLeaf("payment", time.Time{}, 1, strings.NewReader("short")); err == nil {
		t.Error("salted out of five bytes")
	}
	if _, err := logbook.NewLeaf("payment", time.Time{}, func() {}, rand.Reader); err == nil {
		t.Error("an opening that is no JSON")
	}
}
