package mail_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/mail"
	"fundy/mail/mailtest"
)

// sender is a way to a server with the settings that an operator would write.
func sender(t *testing.T, s *mailtest.Server, change func(*mail.Config)) *mail.Sender {
	t.Helper()
	roots, err := mail.Roots(s.CA)
	if err != nil {
		t.Fatal(err)
	}
	c := mail.Config{Roots: roots, Password: mailtest.Password, Settings: city.MailSettings{
		Host: "127.0.0.1", Port: s.Port, TLS: "starttls", User: mailtest.User, From: "stationnement@fundy-harbour.test", ReplyTo: "comptoir@fundy-harbour.test",
	}}
	if change != nil {
		change(&c)
	}
	m, err := mail.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var message = mail.Message{Language: "fr", From: "Ville de Havre-de-Fundy (été)", Subject: "Reçu – « été »", Text: "Payé : 40,00 $\n.\n..deux\n", HTML: "<p>Payé : 40,00&nbsp;$</p>"}

func send(t *testing.T, m *mail.Sender, to, key string) (string, error) {
	t.Helper()
	line, err := m.Connect(t.Context())
	if err != nil {
		return "", err
	}
	defer line.Close()
	return line.Send(to, key, message, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
}

// What arrives is what was written, over TLS, signed in, with an id that is the same for the same key.
func TestAMessageArrives(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*mailtest.Server{"starttls": mailtest.Start(t), "tls": mailtest.StartTLS(t)} {
		m := sender(t, s, func(c *mail.Config) { c.Settings.TLS = name })
		for _, key := range []string{"fundy/abc/mail_receipt/1", "fundy/abc/mail_receipt/1", "fundy/abd/mail_receipt/1"} {
			if answer, err := send(t, m, "reader@example.test", key); err != nil || !strings.Contains(answer, "queued as 4711") {
				t.Fatalf("%s: %q, %v", name, answer, err)
			}
		}
		all := s.Wait(t, 3)
		r := all[0].Read(t)
		if !all[0].TLS || all[0].User != mailtest.User || all[0].To != "reader@example.test" || all[0].From != "stationnement@fundy-harbour.test" || all[0].Hello != "fundy-harbour.test" {
			t.Errorf("%s: %+v", name, all[0])
		}
		if r.Text != strings.ReplaceAll(message.Text, "\n", "\r\n") && r.Text != message.Text || r.HTML != message.HTML || r.Subject != message.Subject || r.From.Name != message.From {
			t.Errorf("%s: %q", name, r)
		}
		for field, want := range map[string]string{"Auto-Submitted": "auto-generated", "Reply-To": "<comptoir@fundy-harbour.test>", "Content-Language": "fr", "Date": "Sun, 01 Mar 2026 12:00:00 +0000", "X-Mailer": "", "User-Agent": "", "List-Unsubscribe": ""} {
			if got := r.Header.Get(field); got != want {
				t.Errorf("%s: %s: %q, want %q", name, field, got, want)
			}
		}
		id := func(i int) string { return all[i].Read(t).Header.Get("Message-ID") }
		if id(0) != id(1) || id(0) == id(2) || !strings.HasSuffix(id(0), "@fundy-harbour.test>") || strings.Contains(id(0), "abc") {
			t.Errorf("%s: ids %s %s %s", name, id(0), id(1), id(2))
		}
	}
}

// Each answer is for now or for good, and no error says what the server said.
func TestWhatAServerAnswersIsForNowOrForGood(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		command, answer string
		permanent       bool
		why             string
	}{
		{"rcpt", "550 5.1.1 <reader@example.test> is unknown", true, "mail reader 550 5.1.1"},
		{"rcpt", "451 4.7.1 reader@example.test: come again", false, "mail reader 451 4.7.1"},
		{"text", "554 5.7.1 reader@example.test does not want it", true, "mail text 554 5.7.1"},
		{"data", "452 4.3.1 no room for reader@example.test", false, "mail text 452 4.3.1"},
		{"mail", "550 5.7.1 reader@example.test is not yours to write to", false, "mail from 550 5.7.1"},
		{"auth", "535 5.7.8 reader@example.test is not you", false, "mail connect 535"},
	} {
		s := mailtest.Start(t)
		s.Order(c.command, c.answer)
		_, err := send(t, sender(t, s, nil), "reader@example.test", "k")
		var no *mail.Error
		if !errors.As(err, &no) || no.Permanent != c.permanent || no.Why() != c.why || strings.Contains(err.Error(), "reader@") {
			t.Errorf("%s %s: %v", c.command, c.answer, err)
		}
		if n := len(s.Taken()); n != 0 {
			t.Errorf("%s %s: %d taken", c.command, c.answer, n)
		}
	}
}

// Nothing goes out over a connection that another could read or answer.
func TestNothingIsSentToAServerThatIsNotKnown(t *testing.T) {
	t.Parallel()
	s, other := mailtest.Start(t), mailtest.Start(t)
	for name, change := range map[string]func(*mail.Config){
		"no authority of ours": func(c *mail.Config) { c.Roots = nil },
		"another's authority":  func(c *mail.Config) { c.Roots, _ = mail.Roots(other.CA) },
		"another name":         func(c *mail.Config) { c.Settings.Host = "localhost" },
		"a wrong password":     func(c *mail.Config) { c.Password = "wrong" },
		"no TLS to sign in on": func(c *mail.Config) { c.Settings.TLS = "none" },
	} {
		_, err := send(t, sender(t, s, change), "reader@example.test", "k")
		var no *mail.Error
		if !errors.As(err, &no) || no.Stage != "connect" || no.Permanent || strings.Contains(err.Error(), mailtest.Password) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(s.Taken()); n != 0 {
		t.Errorf("%d taken", n)
	}
	s.Down()
	if _, err := send(t, sender(t, s, nil), "reader@example.test", "k"); err == nil {
		t.Error("a server that is away took it")
	}
}

// An address that can't be written to ends at once, and is not in the error.
func TestAnAddressThatIsNoneIsForGood(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t)
	for _, to := range []string{"", "nobody", "a@b@c", "x@example.test\r\nRCPT TO:<y@example.test>"} {
		_, err := send(t, sender(t, s, nil), to, "k")
		var no *mail.Error
		if !errors.As(err, &no) || !no.Permanent || strings.Contains(err.Error(), "@") {
			t.Errorf("%q: %v", to, err)
		}
	}
	if n := len(s.Taken()); n != 0 {
		t.Errorf("%d taken", n)
	}
}
