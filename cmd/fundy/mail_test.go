package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fundy/city"
	"fundy/mail/mailtest"
	"fundy/store"
	"fundy/store/storetest"
)

// mailTo gives a city a mail server.
func mailTo(t *testing.T, dir string, s *mailtest.Server) {
	t.Helper()
	settings := settingsOf(t, dir)
	settings.Mail = city.MailSettings{
		Host: "127.0.0.1", Port: s.Port, TLS: "starttls", User: mailtest.User, PasswordFile: "keys/office/mail.password", CAFile: "mail.pem", From: "parking@harbour.example",
	}
	b, err := settings.TOML()
	if err != nil {
		t.Fatal(err)
	}
	text(t, filepath.Join(dir, "city.toml"), string(b))
	text(t, filepath.Join(dir, "mail.pem"), string(s.CA))
	text(t, filepath.Join(dir, "keys", "office", "mail.password"), mailtest.Password+"\n")
}

// An operator sends himself a message: what the server answered is said, the portal's page will know it, and what is in
// the way is said with what to do. One that has come back is put before a supervisor.
func TestAnOperatorSendsHimselfAMessage(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		dir := importCity(t, c, "")
		to := text(t, filepath.Join(t.TempDir(), "to"), "operator@harbour.example\n")
		say := func(want string, code int, args ...string) string {
			t.Helper()
			out, got := fundy(t, append(args, "--city", dir)...)
			if got != code || !strings.Contains(out, want) || strings.Contains(out, mailtest.Password) {
				t.Errorf("fundy %s: exit %d, want %d with %q:\n%s", strings.Join(args, " "), got, code, want, out)
			}
			return out
		}
		send := []string{"mail", "test", "--to-file", to}
		say("no mail server is set", 1, send...)
		server := mailtest.Start(t)
		mailTo(t, dir, server)
		say("no words in \"de\"", 2, append(send, "--language", "de")...)
		password := filepath.Join(dir, "keys", "office", "mail.password")
		if err := os.Chmod(password, 0o644); err != nil {
			t.Fatal(err)
		}
		say("open to every user", 1, send...)
		if err := os.Chmod(password, 0o600); err != nil {
			t.Fatal(err)
		}
		server.Order("rcpt", "550 5.1.1 <operator@harbour.example> is unknown")
		if out := say("mail reader 550 5.1.1", 1, send...); strings.Contains(out, "operator@") {
			t.Errorf("the address is said:\n%s", out)
		}
		out := say("The server took it: 2.0.0 queued as 4711", 0, append(send, "--language", "fr")...)
		reference := regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}`).FindString(out)
		sent := server.Wait(t, 1)[0]
		if r := sent.Read(t); sent.To != "operator@harbour.example" || !strings.HasPrefix(r.Subject, "Message d’essai – ") || !strings.Contains(r.Text, reference) || !strings.Contains(r.HTML, reference) {
			t.Errorf("%+v", r)
		}

		bounced := []string{"mail", "bounced", strings.ToLower(reference), "--as", "anne"}
		say("is no reference", 2, "mail", "bounced", "12345", "--as", "anne")
		say("no message has the reference", 1, "mail", "bounced", "4F7QK-8R2M2", "--as", "anne")
		say("Nothing waits", 0, "queue", "list")
		say("this was a dry run", 0, bounced...)
		say("waits in fundy queue", 0, append(bounced, "--apply")...)
		say("can't be came_back", 1, append(bounced, "--apply")...)
		if out := say(reference, 0, "queue", "list"); !strings.Contains(out, "supervisor") {
			t.Errorf("the queue:\n%s", out)
		}
		server.Down()
		say("Nothing was sent: look at host", 1, send...)
	})
}
