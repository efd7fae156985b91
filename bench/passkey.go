package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"fundy/city"
)

// A staffed city has staff pages. Their address is a name, for passkeys; requests go to the number, so that no name is
// looked up while something is measured.
type staffed struct {
	*benched       // its address is the staff pages'
	origin, cookie string
	form           string // the token of the session's forms
}

// openStaff gives a city that does not run yet staff pages of its own.
func (c *benched) openStaff() error {
	path := filepath.Join(c.dir, "city.toml")
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	s, faults := city.ReadSettings(b)
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.Office.Listen, s.Office.PublicURL = "127.0.0.1:"+port, "http://localhost:"+port
	text, err := s.TOML()
	if err != nil {
		return err
	}
	c.settings = s
	return os.WriteFile(path, text, 0o600)
}

var (
	ceremonyField = regexp.MustCompile(`name="ceremony" value="([^"]*)"`)
	optionsField  = regexp.MustCompile(`data-options="([^"]*)"`)
	formField     = regexp.MustCompile(`name="form" value="([^"]*)"`)
)

// signIn invites somebody and signs in as him, with a passkey that a device of software makes.
func (c *benched) signIn(ctx context.Context, name, role string) (*staffed, error) {
	out, err := c.fundy(ctx, "staff", "invite", "--city", c.dir, "--name", name, "--as-role", role, "--apply")
	if err != nil {
		return nil, err
	}
	code, _, _ := strings.Cut(string(out), "\n")
	desk := *c
	desk.settings.Portal.PublicURL = "http://" + c.settings.Office.Listen
	s := &staffed{benched: &desk, origin: c.settings.Office.PublicURL}
	_, page, err := s.ask(ctx, http.MethodPost, "/invite", url.Values{"code": {code}}.Encode(), "", "", http.StatusOK)
	if err != nil {
		return nil, err
	}
	ceremony, options := ceremonyField.FindSubmatch(page), optionsField.FindSubmatch(page)
	if ceremony == nil || options == nil {
		return nil, errors.New("the code lets nobody in")
	}
	answer, err := s.makePasskey([]byte(html.UnescapeString(string(options[1]))))
	if err != nil {
		return nil, err
	}
	body := url.Values{"ceremony": {html.UnescapeString(string(ceremony[1]))}, "answer": {string(answer)}}.Encode()
	if s.cookie, _, err = s.ask(ctx, http.MethodPost, "/invite/key", body, "", "", http.StatusSeeOther); err != nil {
		return nil, err
	}
	if _, page, err = s.ask(ctx, http.MethodGet, "/", "", s.cookie, "", http.StatusOK); err != nil {
		return nil, err
	}
	form := formField.FindSubmatch(page)
	if form == nil {
		return nil, errors.New("nobody is signed in")
	}
	s.form = string(form[1])
	return s, nil
}

// makePasskey is what a browser answers that has made a passkey, attested by nobody (WebAuthn level 2, 6.5 and 8.7).
func (s *staffed) makePasskey(options []byte) ([]byte, error) {
	var asked struct {
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal(options, &asked); err != nil {
		return nil, fmt.Errorf("read options: %w", err)
	}
	at, err := url.Parse(s.origin)
	if err != nil {
		return nil, err
	}
	client, err := json.Marshal(map[string]any{"type": "webauthn.create", "challenge": asked.Challenge, "origin": s.origin, "crossOrigin": false})
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return nil, err
	}
	id := make([]byte, 16)
	rand.Read(id) // never fails
	host := sha256.Sum256([]byte(at.Hostname()))
	const presentVerifiedAttested = 0x45
	data := append(host[:], presentVerifiedAttested, 0, 0, 0, 0)
	data = append(data, make([]byte, 16)...) // of no make
	data = binary.BigEndian.AppendUint16(data, uint16(len(id)))
	data = append(data, id...)
	// The key, in CBOR: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}.
	data = append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32)
	data = append(data, point[1:33]...)
	data = append(data, 0x22, 0x58, 32)
	data = append(data, point[33:]...)
	// {"fmt": "none", "attStmt": {}, "authData": data}.
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	object = append(object, data...)
	encode := base64.RawURLEncoding.EncodeToString
	return json.Marshal(map[string]any{
		"id": encode(id), "rawId": encode(id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"attestationObject": encode(object), "clientDataJSON": encode(client), "transports": []string{}},
	})
}
