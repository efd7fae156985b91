package staff

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"fundy/city"
	"fundy/seal"
	"fundy/store"
)

// StandIn stands in for the passkeys of a demonstration's people: one click says who somebody is, and is as good as a
// touch. No office has one but that which fundy demo starts (docs/decisions/0013-demo-sign-in.md).
//
// Who can reach the pages of an office that has one is any of its people.
type StandIn struct {
	// Secret is what fundy demo has handed over. Only what was made with it lets somebody in: a form of another
	// office, or one of before a restart, does not.
	Secret []byte
	People []StandInPerson
}

// StandInPerson is somebody who can be chosen.
type StandInPerson struct{ Name, Role string }

// standInSecret is how many bytes the secret has.
const standInSecret = 32

// check refuses a stand-in that must not be.
func (s *StandIn) check(kind city.Kind) error {
	switch {
	case s == nil:
		return nil
	case kind != city.Demo:
		return fmt.Errorf("a city of kind %s has no stand-in for passkeys: only a demonstration has one", kind)
	case len(s.Secret) != standInSecret || len(s.People) == 0:
		return errors.New("a stand-in for passkeys without secret or people")
	}
	return nil
}

// standInAnswer begins an answer that no device has made: a device's is JSON.
const standInAnswer = "demo."

// answer is what a person's button sends back with a page's ceremony.
func (s *StandIn) answer(name, ceremony string) string {
	h := hmac.New(sha256.New, s.Secret)
	h.Write(seal.Join([]byte{1}, "fundy staff demo sign-in v1", name, ceremony))
	return standInAnswer + name + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// says is whose button an answer is of. Where there is no stand-in, it is nobody's.
func (s *StandIn) says(ceremony, answer string) (name string, ok bool) {
	if s == nil || !strings.HasPrefix(answer, standInAnswer) {
		return "", false
	}
	for _, p := range s.People {
		if hmac.Equal([]byte(answer), []byte(s.answer(p.Name, ceremony))) {
			return p.Name, true
		}
	}
	return "", false
}

// standIn lets the person in whose button was pressed, in the transaction in which the page's ceremony is used up.
func standIn(ctx context.Context, tx *store.Tx, name string) (store.Person, error) {
	person, err := tx.Person(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return person, errAnswer
	}
	return person, err
}

// standInButton is a person to choose on the page that asks for the passkey.
type standInButton struct {
	StandInPerson
	Answer string
}

// buttons are the people to choose: the session's own where it is somebody's. None: there is no stand-in.
func (s *StandIn) buttons(person, ceremony string) []standInButton {
	if s == nil {
		return nil
	}
	var all []standInButton
	for _, p := range s.People {
		if person == "" || p.Name == person {
			all = append(all, standInButton{p, s.answer(p.Name, ceremony)})
		}
	}
	return all
}
