package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"
)

// Mail is a message as the server has taken it.
type Mail struct {
	Hello string // whom the sender said to be
	User  string // who had signed in; "" nobody
	TLS   bool
	From  string // of the envelope
	To    string
	Raw   string
}

// Read is a message with its parts decoded.
type Read struct {
	Header  netmail.Header
	Subject string
	From    netmail.Address
	Text    string
	HTML    string
}

// Read decodes a message as a reader's program does, and wants it to be plain text with HTML beside it.
func (m Mail) Read(t testing.TB) Read {
	t.Helper()
	r, err := m.Decode()
	if err != nil {
		t.Fatalf("the message can't be read: %v\n%s", err, m.Raw)
	}
	return r
}

// Decode is Read for one who says himself what is wrong.
func (m Mail) Decode() (r Read, err error) {
	msg, err := netmail.ReadMessage(strings.NewReader(m.Raw))
	if err != nil {
		return r, err
	}
	r.Header = msg.Header
	if r.Subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject")); err != nil {
		return r, err
	}
	from, err := netmail.ParseAddress(msg.Header.Get("From"))
	if err != nil {
		return r, err
	}
	r.From = *from
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return r, fmt.Errorf("it is %s: %w", kind, err)
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for _, into := range []struct {
		kind string
		text *string
	}{{"text/plain", &r.Text}, {"text/html", &r.HTML}} {
		part, err := parts.NextRawPart()
		if err != nil {
			return r, err
		}
		if *into.text, err = decode(part, into.kind); err != nil {
			return r, err
		}
	}
	if _, err := parts.NextRawPart(); !errors.Is(err, io.EOF) {
		return r, errors.New("it has more parts than two")
	}
	return r, nil
}

func decode(part *multipart.Part, want string) (string, error) {
	kind, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil || kind != want || !strings.EqualFold(params["charset"], "utf-8") {
		return "", fmt.Errorf("a part is %s, %v, want %s: %w", kind, params, want, err)
	}
	var body io.Reader = part
	switch part.Header.Get("Content-Transfer-Encoding") {
	case "quoted-printable":
		body = quotedprintable.NewReader(part)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, part)
	}
	b, err := io.ReadAll(body)
	return string(b), err
}

// certificate is one for 127.0.0.1, of an authority of its own.
func certificate() (*tls.Config, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return config, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
