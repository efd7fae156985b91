package staff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"fundy/store"
)

// passkeys are made for the host of the pages' address, and are good there alone. The user is verified each time,
// by the device: what lies about signs nobody in.
func passkeys(at *url.URL) (*webauthn.WebAuthn, error) {
	w, err := webauthn.New(&webauthn.Config{
		RPID: at.Hostname(), RPDisplayName: at.Hostname(), RPOrigins: []string{at.Scheme + "://" + at.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("office.public_url: passkeys can't be made for it: %w", err)
	}
	return w, nil
}

// holder is a person as the library knows one.
type holder struct {
	store.Person
	keys []webauthn.Credential
}

// WebAuthnID is the person's handle: random.
func (h *holder) WebAuthnID() []byte { return h.Handle }

// WebAuthnName is what the device shows beside the passkey.
func (h *holder) WebAuthnName() string { return h.Name }

// WebAuthnDisplayName is what the device shows beside the passkey.
func (h *holder) WebAuthnDisplayName() string { return h.Name }

// WebAuthnCredentials are the person's passkeys.
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

func holderOf(ctx context.Context, tx *store.Tx, p store.Person) (*holder, error) {
	h := &holder{Person: p}
	keys, err := tx.StaffKeys(ctx, p.Name)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Record, &c); err != nil {
			return nil, fmt.Errorf("read passkey: %w", err)
		}
		h.keys = append(h.keys, c)
	}
	return h, nil
}

// asked is what a page hands to the browser's script.
type asked struct {
	Options  string // JSON for the browser
	Ceremony string // comes back with the answer
}

// askPasskey begins signing in: whoever answers says who he is.
func (p *Pages) askPasskey() (asked, error) {
	options, data, err := p.keys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return asked{}, fmt.Errorf("begin passkey: %w", err)
	}
	return p.asked(options.Response, ceremony{Kind: toSignIn, Data: *data})
}

// askNewPasskey begins the making of a passkey. One device makes one.
func (p *Pages) askNewPasskey(h *holder, kind string, code []byte) (asked, error) {
	options, data, err := p.keys.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return asked{}, fmt.Errorf("begin new passkey: %w", err)
	}
	return p.asked(options.Response, ceremony{Kind: kind, Name: h.Name, Code: code, Data: *data})
}

func (p *Pages) asked(options any, c ceremony) (asked, error) {
	c.Until = p.Now().Add(ceremonyFor).Unix()
	b, err := json.Marshal(options)
	if err != nil {
		return asked{}, fmt.Errorf("write options: %w", err)
	}
	token, err := p.Key.sign(c)
	return asked{Options: string(b), Ceremony: token}, err
}

// errAnswer is a passkey's answer that lets nobody in.
var errAnswer = errors.New("the passkey does not let anybody in here")

// answered checks a passkey's answer, in the transaction in which it is used: whose it is. It is good once, and
// its counter must have gone on.
func (p *Pages) answered(ctx context.Context, tx *store.Tx, token, answer string, now time.Time) (store.Person, error) {
	c, err := p.Key.read(token, toSignIn, now)
	if err != nil {
		return store.Person{}, err
	}
	if name, ok := p.StandIn.says(token, answer); ok {
		if err := p.useOnce(ctx, tx, c, now); err != nil {
			return store.Person{}, err
		}
		return standIn(ctx, tx, name)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return store.Person{}, fmt.Errorf("%w: %w", errAnswer, err)
	}
	var inside error
	user, key, err := p.keys.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		person, err := tx.PersonByHandle(ctx, handle)
		if err != nil {
			inside = err
			return nil, err
		}
		h, err := holderOf(ctx, tx, person)
		inside = err
		return h, err
	}, c.Data, parsed)
	switch {
	case inside != nil && !errors.Is(inside, store.ErrNotFound):
		return store.Person{}, inside
	case err != nil:
		return store.Person{}, fmt.Errorf("%w: %w", errAnswer, err)
	}
	h, ok := user.(*holder)
	if !ok {
		return store.Person{}, errAnswer
	}
	if key.Authenticator.CloneWarning {
		p.Log.Error("staff: a passkey's counter has not gone on: it may have been copied", "alarm", "passkey_copied", "person", h.Name)
		return store.Person{}, errAnswer
	}
	if err := p.useOnce(ctx, tx, c, now); err != nil {
		return store.Person{}, err
	}
	record, err := json.Marshal(key)
	if err != nil {
		return store.Person{}, fmt.Errorf("write passkey: %w", err)
	}
	return h.Person, tx.UseStaffKey(ctx, store.StaffKey{ID: key.ID, Name: h.Name, Record: record, UsedAt: now})
}

func (p *Pages) useOnce(ctx context.Context, tx *store.Tx, c ceremony, now time.Time) error {
	err := tx.UseAnswer(ctx, c.Data.Challenge, now, now.Add(-2*ceremonyFor))
	if errors.Is(err, store.ErrConflict) {
		return errCeremony
	}
	return err
}

// made checks a new passkey and keeps it, in the transaction in which its ceremony is used.
func (p *Pages) made(ctx context.Context, tx *store.Tx, c ceremony, answer string, now time.Time) (store.Person, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return store.Person{}, fmt.Errorf("%w: %w", errAnswer, err)
	}
	person, err := tx.LockPerson(ctx, c.Name)
	if err != nil {
		return store.Person{}, err
	}
	h, err := holderOf(ctx, tx, person)
	if err != nil {
		return store.Person{}, err
	}
	key, err := p.keys.CreateCredential(h, c.Data, parsed)
	if err != nil {
		return store.Person{}, fmt.Errorf("%w: %w", errAnswer, err)
	}
	if err := p.useOnce(ctx, tx, c, now); err != nil {
		return store.Person{}, err
	}
	key.Attestation = webauthn.CredentialAttestation{} // says which device; nothing here asks
	record, err := json.Marshal(key)
	if err != nil {
		return store.Person{}, fmt.Errorf("write passkey: %w", err)
	}
	err = tx.AddStaffKey(ctx, store.StaffKey{ID: key.ID, Name: person.Name, Host: p.keys.Config.RPID, Record: record, MadeAt: now, UsedAt: now})
	if err != nil {
		return store.Person{}, err
	}
	return person, note(ctx, tx, store.StaffEvent{Name: person.Name, Act: "key_made", Who: person.Name}, now)
}
