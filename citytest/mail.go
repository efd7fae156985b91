package citytest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"fundy/city"
	"fundy/mail"
	"fundy/mail/mailtest"
)

// mailFrom is the city's address in tests.
const mailFrom = "stationnement@fundy-harbour.example"

func mailSettings(s *mailtest.Server) city.MailSettings {
	return city.MailSettings{Host: "127.0.0.1", Port: s.Port, TLS: "starttls", User: mailtest.User, PasswordFile: "mail.password", CAFile: "mail.pem", From: mailFrom}
}

// SendMail gives the city a mail server: the office is ended, and another one started that has it.
func (c *City) SendMail(s *mailtest.Server) {
	c.T.Helper()
	c.mail = s
	c.Settings.Mail = mailSettings(s)
	c.StopOffice()
	c.StartOffice(c.config)
}

// sender is the office's way to its mail server; nil where it has none.
func (c *City) sender() *mail.Sender {
	if c.mail == nil {
		return nil
	}
	roots, err := mail.Roots(c.mail.CA)
	if err != nil {
		c.T.Fatal(err)
	}
	m, err := mail.New(mail.Config{Settings: c.Settings.Mail, Password: mailtest.Password, Roots: roots})
	if err != nil {
		c.T.Fatal(err)
	}
	return m
}

// mails looks at what was sent: a reader's address is on the envelope, and nothing personal is in the letter.
func (t *tripwire) mails(s *mailtest.Server) {
	if s == nil {
		return
	}
	for _, m := range s.Taken() {
		r, err := m.Decode()
		if err != nil {
			t.add(Finding{Place: PlaceMail, Where: "message", Form: "not read: " + err.Error()})
			continue
		}
		t.rest(PlaceMail, "message", strings.NewReader(strings.Join([]string{r.Subject, r.From.String(), r.Header.Get("Message-ID"), r.Text, r.HTML}, "\n")))
	}
}

// SendMail gives the office a mail server, before it is started.
func (c *Processes) SendMail(s *mailtest.Server) error {
	settings := c.Settings
	settings.Mail = mailSettings(s)
	at := func(name string) string { return filepath.Join(c.dir, "office", name) }
	return errors.Join(
		os.WriteFile(at(settings.Mail.PasswordFile), []byte(mailtest.Password+"\n"), 0o600),
		os.WriteFile(at(settings.Mail.CAFile), s.CA, 0o600),
		c.write("office", settings))
}

// Query reads beside the store, as a person with a database client would.
func (c *City) Query(text string) [][]any {
	c.T.Helper()
	db, err := openBeside(c.config)
	if err != nil {
		c.T.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(text)
	if err != nil {
		c.T.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		c.T.Fatal(err)
	}
	var all [][]any
	for rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			c.T.Fatal(err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		c.T.Fatal(err)
	}
	return all
}
