package staff

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"fundy/fault"
	"fundy/store"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// mePage is a person's own passkeys, sessions and history.
type mePage struct {
	Keys     []store.StaffKey
	Sessions []store.StaffSession
	Current  string // the session's id
	Events   []store.StaffEvent
	Roles    []string
	May      []Permission
}

// eventsShown bounds a history on a page.
const eventsShown = 50

// KeyID is a passkey's id as a form's field.
func (*mePage) KeyID(k store.StaffKey) string { return base64.RawURLEncoding.EncodeToString(k.ID) }

// KeyKind is where a passkey lives, as its browser said when it was made: "plugged" (a security key), "own" (the device's own
// fingerprint, face or PIN), "carried" (a telephone), or "" where it said nothing. It tells two apart, and decides nothing.
func (*mePage) KeyKind(k store.StaffKey) (string, error) {
	var c webauthn.Credential
	if err := json.Unmarshal(k.Record, &c); err != nil {
		return "", fmt.Errorf("read passkey: %w", err)
	}
	for _, kind := range []struct {
		name string
		ways []protocol.AuthenticatorTransport
	}{
		{"plugged", []protocol.AuthenticatorTransport{protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard}},
		{"own", []protocol.AuthenticatorTransport{protocol.Internal}},
		{"carried", []protocol.AuthenticatorTransport{protocol.Hybrid}},
	} {
		for _, way := range kind.ways {
			if slices.Contains(c.Transport, way) {
				return kind.name, nil
			}
		}
	}
	return "", nil
}

func (p *Pages) showMe(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &mePage{Current: v.visit.session.ID, Roles: v.visit.person.Roles}
	for _, may := range Permissions {
		if p.roles.May(v.visit.person, may) {
			page.May = append(page.May, may)
		}
	}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Keys, err = tx.StaffKeys(ctx, v.Name()); err != nil {
			return err
		}
		if page.Sessions, err = tx.StaffSessions(ctx, v.Name(), p.Now().Add(-sessionMost)); err != nil {
			return err
		}
		page.Events, err = tx.StaffEvents(ctx, v.Name(), eventsShown)
		return err
	})
	if err != nil {
		return err
	}
	v.Data = page
	return p.answer(w, v, "me")
}

// showNewKey lets a person make a further passkey, on another device.
func (p *Pages) showNewKey(w http.ResponseWriter, r *http.Request, v *view) error {
	var h *holder
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		h, err = holderOf(ctx, tx, v.visit.person)
		return err
	})
	if err != nil {
		return err
	}
	asked, err := p.askNewPasskey(h, toAdd, nil)
	if err != nil {
		return err
	}
	v.Data = &joinPage{asked, h.Name}
	return p.show(w, v, http.StatusOK, "key")
}

// addKey keeps a further passkey. Its answer is another thing than the guard's: it comes in a field of its own.
func (p *Pages) addKey(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := p.Key.read(r.PostForm.Get("making"), toAdd, p.Now())
	if err == nil && c.Name != v.Name() {
		err = errCeremony
	}
	if err == nil {
		err = p.Store.Write(r.Context(), fault.ChangeKeys, func(ctx context.Context, tx *store.Tx) error {
			_, err := p.made(ctx, tx, c, r.PostForm.Get("made"), p.Now())
			return err
		})
	}
	if refusedAnswer(err) {
		v.Problem = &problem{Field: "keys", Key: "key.refused"}
		return p.showMe(w, r, v)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/me", "key_made")
}

// removeKey takes a passkey away that is not the last, and ends the person's other sessions: one may be open where it was lost.
func (p *Pages) removeKey(w http.ResponseWriter, r *http.Request, v *view) error {
	id, err := base64.RawURLEncoding.DecodeString(r.PostForm.Get("id"))
	if err == nil {
		err = p.Store.Write(r.Context(), fault.ChangeKeys, func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.LockPerson(ctx, v.Name()); err != nil {
				return err
			}
			keys, err := tx.StaffKeys(ctx, v.Name())
			if err != nil {
				return err
			}
			if len(keys) < 2 {
				return &Refusal{RefusedLast}
			}
			now := p.Now()
			if err := tx.RemoveStaffKey(ctx, v.Name(), id, now); err != nil {
				return err
			}
			others, err := tx.StaffSessions(ctx, v.Name(), now.Add(-sessionMost))
			if err != nil {
				return err
			}
			for _, s := range others {
				if s.ID == v.visit.session.ID {
					continue
				}
				if err := tx.EndStaffSession(ctx, v.Name(), s.ID, "key_removed", now); err != nil {
					return err
				}
			}
			return note(ctx, tx, store.StaffEvent{Name: v.Name(), Act: "key_removed", Who: v.Name()}, now)
		})
	}
	var no *Refusal
	switch {
	case errors.As(err, &no):
		v.Problem = &problem{Field: "keys", Key: "refused." + no.Reason}
		return p.showMe(w, r, v)
	case errors.Is(err, store.ErrConflict):
		return done(w, r, "/me", "key_removed") // it is gone already
	case err != nil:
		return err
	}
	return done(w, r, "/me", "key_removed")
}

func (p *Pages) endOwnSession(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := p.endSession(r.Context(), v.Name(), r.PostForm.Get("id"), "session_ended", v.Name()); err != nil {
		return err
	}
	return done(w, r, "/me", "session_ended")
}
