// Package mail writes the city's messages and gives them to a mail server.
//
// Invariants:
//   - a message is plain text and HTML that say the same, made of the same lines; nothing in it is fetched from
//     anywhere, and its only link is the portal's address as it is printed on the ticket;
//   - a message holds no plate, no place and no vehicle, and no id but the receipt's number, the tickets' numbers
//     and its own reference;
//   - a message is sent over TLS, or to this machine;
//   - no error and no log of this package holds the reader's address, or what a server has said about it.
//
// One who controls this package reads the addresses that it is given from then on, and can write to their owners in
// the city's name.
package mail

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"fundy/city"
)

// Config is what a Sender is made of.
type Config struct {
	Settings city.MailSettings
	Password string
	Roots    *x509.CertPool // nil: those that this machine trusts
}

// Sender gives messages to the city's mail server.
type Sender struct {
	settings city.MailSettings
	password string
	roots    *x509.CertPool
}

// New makes a Sender of settings that city.ReadSettings has checked.
func New(c Config) (*Sender, error) {
	if !c.Settings.On() {
		return nil, errors.New("mail: no server is set")
	}
	return &Sender{settings: c.Settings, password: c.Password, roots: c.Roots}, nil
}

// Roots reads the certificates of a city's own authority, PEM.
func Roots(pem []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("holds no certificate: PEM is wanted")
	}
	return pool, nil
}

// patience bounds the way to a signed-in connection, and again a message's way over it. Both are shorter together
// than the lease of a task.
const patience = 12 * time.Second

// Line is a connection to the mail server, signed in. It takes one message.
type Line struct {
	client *gomail.Client
	sender *Sender
}

// Connect reaches the mail server and signs in there, before anything personal is opened. Its error is an *Error.
func (s *Sender) Connect(ctx context.Context) (*Line, error) {
	client, err := gomail.NewClient(s.settings.Host, s.options()...)
	if err != nil {
		return nil, connectError(err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return nil, connectError(err)
	}
	return &Line{client: client, sender: s}, nil
}

func (s *Sender) options() []gomail.Option {
	all := []gomail.Option{
		gomail.WithTimeout(patience), gomail.WithHELO(s.domain()),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.settings.Host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}),
	}
	auth := gomail.SMTPAuthAutoDiscover
	switch s.settings.TLS {
	case "tls":
		all = append(all, gomail.WithSSL())
	case "none": // only to this machine: the settings were checked
		all, auth = append(all, gomail.WithTLSPolicy(gomail.NoTLS)), gomail.SMTPAuthPlainNoEnc
	default:
		all = append(all, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.settings.User != "" {
		all = append(all, gomail.WithSMTPAuth(auth), gomail.WithUsername(s.settings.User), gomail.WithPassword(s.password))
	}
	return append(all, gomail.WithPort(s.settings.Port))
}

func (s *Sender) domain() string {
	return s.settings.From[strings.LastIndexByte(s.settings.From, '@')+1:]
}

// MessageID is the id of the message that a key stands for: the same however often it is sent, and telling nothing.
func (s *Sender) MessageID(key string) string {
	sum := sha256.Sum256([]byte("fundy message id\x00" + key))
	return hex.EncodeToString(sum[:16]) + "@" + s.domain()
}

// Close ends the connection.
func (l *Line) Close() { _ = l.client.Close() } // the server has answered, or it has not: nothing hangs on its goodbye

// sizeMost bounds a message, in bytes of its texts: ten tickets are some 12 KB.
const sizeMost = 128 << 10

// Send gives a message to the server for one reader, and returns the server's answer: for the operator's eyes only, it
// may name the reader. key stands for the message, at is its date. An error is an *Error.
func (l *Line) Send(to, key string, m Message, at time.Time) (answer string, err error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if len(m.Text)+len(m.HTML) > sizeMost {
		return "", &Error{Stage: "size", Permanent: true}
	}
	from := l.sender.settings.From
	if err := msg.FromFormat(m.From, from); err != nil {
		return "", &Error{Stage: "from"}
	}
	if err := msg.To(to); err != nil { // the portal has let through what our reader of addresses does not
		return "", &Error{Stage: "address", Permanent: true}
	}
	if reply := l.sender.settings.ReplyTo; reply != "" {
		if err := msg.ReplyTo(reply); err != nil {
			return "", &Error{Stage: "reply_to"}
		}
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(at)
	msg.SetMessageIDWithValue(l.sender.MessageID(key))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("Content-Language", m.Language)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	err = l.client.Send(msg)
	if msg.IsDelivered() { // what fails after the server's yes does not take it back
		return msg.ServerResponse(), nil
	}
	return "", sendError(err)
}

// Error says at which stage a message was not taken. It never carries what the server said: that names the reader.
type Error struct {
	Stage     string // connect, from, reader, text, …
	Code      int    // of the server's answer; 0: there was none
	Enhanced  string // its enhanced code, "5.1.1"
	Permanent bool   // this message will not be taken: not now, not later
	cause     string // of a connection that was not made: nothing personal is known then
}

func (e *Error) Error() string {
	text := "mail server: " + e.Why()
	if e.cause != "" {
		text += ": " + e.cause
	}
	return text
}

// Why is what a task is put off for, or what it ended with.
func (e *Error) Why() string {
	parts := []string{"mail", e.Stage}
	if e.Code != 0 {
		parts = append(parts, fmt.Sprint(e.Code))
	}
	if e.Enhanced != "" {
		parts = append(parts, e.Enhanced)
	}
	return strings.Join(parts, " ")
}

// connectError is never permanent: that we are not let in says nothing about the message.
func connectError(err error) *Error {
	e := &Error{Stage: "connect"}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		e.Code = answer.Code
		return e
	}
	e.cause = strings.Join(strings.Fields(err.Error()), " ")
	e.cause = strings.ToValidUTF8(e.cause[:min(len(e.cause), 200)], "")
	return e
}

func sendError(err error) *Error {
	e := &Error{Stage: "connection"}
	said, ok := errors.AsType[*gomail.SendError](err)
	if !ok {
		return e
	}
	e.Code, e.Enhanced = said.ErrorCode(), said.EnhancedStatusCode()
	about := true // the reader, or the text
	switch said.Reason {
	case gomail.ErrSMTPMailFrom:
		e.Stage, about = "from", false
	case gomail.ErrSMTPRcptTo:
		e.Stage = "reader"
	case gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		e.Stage = "text"
	default:
		about = false
	}
	e.Permanent = about && e.Code >= 500 && e.Code < 600
	return e
}
