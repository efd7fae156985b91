package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const liveAnswers = "id = \"x\"\nkind = \"live\"\n[portal]\npublic_url = \"https://x.example\"\ntls_dir = \"tls\"\n"

// A secret that every user of the machine could read is refused, with what to do; so is a certificate that
// is not there. What is public may be read by all.
func TestAKeyThatEverybodyCanReadIsRefused(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir, answers := filepath.Join(root, "city"), filepath.Join(root, "answers.toml")
	text(t, answers, liveAnswers)
	if out, code := fundy(t, "init", dir, "--answers", answers); code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	refused := func(verb, want string) {
		t.Helper()
		if out, code := fundy(t, verb, "--city", dir); code != 1 || !strings.Contains(out, want) {
			t.Errorf("fundy %s: exit %d, want 1 with %q:\n%s", verb, code, want, out)
		}
	}
	mode := func(name string, mode os.FileMode) {
		t.Helper()
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	mode("keys/portal/seal.public", 0o644)
	refused("portal", "portal.tls_dir: ")
	refused("office", "processor key: begins with none of")
	for verb, name := range map[string]string{"portal": "keys/portal/cookie.key", "office": "keys/office/seal.private"} {
		mode(name, 0o604)
		refused(verb, name+" is open to every user of this machine (mode 0604): chmod o= ")
		mode(name, 0o640)
	}
	refused("office", "processor key: begins with none of")
	if err := os.Mkdir(filepath.Join(dir, "tls"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cert.pem", "key.pem"} {
		text(t, filepath.Join(dir, "tls", name), "not one")
	}
	refused("portal", "portal.tls_dir: read certificate")
	mode("tls/key.pem", 0o644)
	refused("portal", "tls/key.pem is open to every user")
}
