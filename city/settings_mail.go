package city

import (
	"fmt"
	netmail "net/mail"
	"strings"
)

// MailSettings says how receipts go out by e-mail. Without a host nothing is sent, and what is to be sent waits.
type MailSettings struct {
	Host         string `toml:"host"          comment:"The mail server that takes the city's messages. Empty: nothing is sent, and receipts wait."`
	Port         int    `toml:"port"          comment:"587 with starttls, 465 with tls."`
	TLS          string `toml:"tls"           comment:"starttls, tls, or none: none only to this machine."`
	User         string `toml:"user"          comment:"Who signs in there. Empty: nobody does."`
	PasswordFile string `toml:"password_file" comment:"A file with that user's password, which only the office's user can read."`
	CAFile       string `toml:"ca_file"       comment:"PEM, where the server's certificate is from an authority of the city's own. Empty: those that this machine trusts."`
	From         string `toml:"from"          comment:"The city's own address, which messages come from: parking@example.ca. Its domain is in their ids."`
	ReplyTo      string `toml:"reply_to"      comment:"Where an answer goes. Empty: to from."`
}

// On says whether messages are sent.
func (m MailSettings) On() bool { return m.Host != "" }

func (s *Settings) checkMail(f *faultList) {
	m := s.Mail
	if !m.On() {
		return
	}
	if strings.ContainsAny(m.Host, " /@\t\r\n") {
		f.add("mail.host", fmt.Sprintf("%q is not a host: write it as \"mail.example.ca\", without port", m.Host))
	}
	f.between("mail.port", m.Port, 1, 65535)
	switch m.TLS {
	case "starttls", "tls":
	case "none":
		if !loopback(m.Host) {
			f.add("mail.tls", "none is for a server on this machine only: what is sent could be read on the way. Write \"starttls\" or \"tls\"")
		}
	default:
		f.add("mail.tls", fmt.Sprintf("%q is none of starttls, tls, none", m.TLS))
	}
	if (m.User == "") != (m.PasswordFile == "") {
		f.add("mail.user", "user and password_file go together: name both, or neither")
	}
	if !bareAddress(m.From) {
		f.add("mail.from", fmt.Sprintf("%q is not an address: write it as \"parking@example.ca\", without a name; the city's own is put before it", m.From))
	}
	if m.ReplyTo != "" && !bareAddress(m.ReplyTo) {
		f.add("mail.reply_to", fmt.Sprintf("%q is not an address: write it as \"parking@example.ca\", or leave it empty", m.ReplyTo))
	}
}

// bareAddress says whether a text is an address alone.
func bareAddress(s string) bool {
	a, err := netmail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254
}
