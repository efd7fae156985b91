package main_test

import (
	"archive/tar"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"fundy/citytest"
	"fundy/fault"
	"fundy/store"
	"fundy/store/storetest"
	"fundy/visitor"
)

// keyPair makes an age identity's file and its recipient.
func keyPair(t *testing.T, dir, name string) (identity, recipient string) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return text(t, filepath.Join(dir, name), "# a test's\n"+id.String()+"\n"), id.Recipient().String()
}

// decrypted is every byte inside a backup.
func decrypted(t *testing.T, path, identity string) []byte {
	t.Helper()
	f, err := os.Open(identity)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := age.Decrypt(bytes.NewReader(b), ids...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// keyTexts are the contents of the key files that are secrets.
func keyTexts(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	texts := map[string][]byte{}
	err := filepath.WalkDir(filepath.Join(dir, "keys"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "city" {
			return err // "city" holds the city's name
		}
		b, err := os.ReadFile(path)
		texts[path] = bytes.TrimSpace(b)
		return err
	})
	if err != nil || len(texts) < 7 {
		t.Fatalf("%d keys, %v", len(texts), err)
	}
	return texts
}

// A city burns down while people pay. Its backup was taken while the office ran and proved; another machine has the
// keys' export, city.toml and the backup. What was paid after the backup is found at the processor, although the
// office that asks is killed at each of its steps, and the next payer pays.
func TestACityComesBackFromItsBackup(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "kept")
	must(t, "demo", "--once", "--keep", root)
	dir, safe := filepath.Join(root, "city"), t.TempDir()
	identity, recipient := keyPair(t, safe, "identity")
	settings := settingsOf(t, dir)
	var logs [5]bytes.Buffer
	start(t, &logs[0], "sandbox", "--city", dir)
	killPortal := start(t, &logs[1], "portal", "--city", dir)
	killOffice := start(t, &logs[2], "office", "--city", dir)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	pay := payable(t, filepath.Join(root, "samples.jsonl"), 4)
	ready(t, ctx, settings.Portal.PublicURL+"/pay")
	ready(t, ctx, settings.Processor.BaseURL+"/page.css")

	before := check(t, dir)
	known := payer(ctx, settings.Portal.PublicURL, pay[3])
	file, keys := filepath.Join(safe, "city.age"), filepath.Join(safe, "keys.age")
	out := must(t, "backup", "--city", dir, "--to", file, "--recipient", recipient, "--verify-with", identity)
	if !strings.Contains(out, "Proved:") {
		t.Errorf("backup says:\n%s", out)
	}
	must(t, "keys", "export", "--city", dir, "--to", keys, "--recipient", recipient)
	inside := decrypted(t, file, identity)
	for path, key := range keyTexts(t, dir) {
		if bytes.Contains(inside, key) {
			t.Errorf("%s is in the backup", path)
		}
		if !bytes.Contains(decrypted(t, keys, identity), key) {
			t.Errorf("%s is not in the keys' export: the search finds nothing", path)
		}
	}
	if !bytes.Contains(inside, []byte("manifest.json")) || !bytes.Contains(inside, []byte("SQLite format 3")) {
		t.Error("the backup is not what it should be: the search finds nothing")
	}

	v := payer(ctx, settings.Portal.PublicURL, pay[0])
	citytest.TypeCard(ctx, v, citytest.CardNumber)
	if !strings.Contains(v.Text(), "Paid in full") {
		t.Fatalf("paid after the backup: %s, %v", v.Text(), v.Err)
	}
	citytest.TypeCard(ctx, known, citytest.CardNumber)
	open := payer(ctx, settings.Portal.PublicURL, pay[1])
	killOffice()
	killPortal()
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "keys")), removeAll(filepath.Join(dir, "fundy.db*"))); err != nil {
		t.Fatal(err)
	}

	if out, code := fundy(t, "restore", "--city", dir, "--from", file, "--identity", identity); code != 1 || !strings.Contains(out, "keys") {
		t.Errorf("without keys: exit %d\n%s", code, out)
	}
	must(t, "keys", "import", "--city", dir, "--from", keys, "--identity", identity)
	must(t, "restore", "--city", dir, "--from", file, "--identity", identity)
	if out, code := fundy(t, "restore", "--city", dir, "--from", file, "--identity", identity); code != 1 || !strings.Contains(out, "move ") {
		t.Errorf("over a store: exit %d\n%s", code, out)
	}
	killedAtEachStep(t, ctx, dir)
	start(t, &logs[3], "portal", "--city", dir)
	start(t, &logs[4], "office", "--city", dir)
	ready(t, ctx, settings.Portal.PublicURL+"/pay")
	for range 200 {
		if v.Open(ctx, v.At); v.Err != nil || strings.Contains(v.Text(), "Paid in full") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if !strings.Contains(v.Text(), "Paid in full") {
		t.Fatalf("the receipt of what the backup does not have: %s, %v", v.Text(), v.Err)
	}
	citytest.TypeCard(ctx, open, citytest.CardNumber)
	late := payer(ctx, settings.Portal.PublicURL, pay[2])
	citytest.TypeCard(ctx, late, citytest.CardNumber)
	for i, v := range []*visitor.Visitor{open, late} {
		if !strings.Contains(v.Text(), "Paid in full") {
			t.Errorf("payer %d: %s, %v", i, v.Text(), v.Err)
		}
	}
	if after := check(t, dir); after.PaidTickets != before.PaidTickets+4 || after.Captured != before.Captured+4*10000 || after.Captured != after.Clearing || len(after.Exceptions) > 0 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func check(t *testing.T, dir string) (c store.LedgerCheck) {
	t.Helper()
	if err := json.Unmarshal([]byte(must(t, "ledger", "check", "--json", "--city", dir)), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// payer takes a visitor to the card page of one ticket.
func payer(ctx context.Context, address string, s sample) *visitor.Visitor {
	v := &visitor.Visitor{}
	v.Open(ctx, address+"/pay")
	v.Send(ctx, "find", "/pay/find", map[string]string{"number": s.Number, "plate": s.Plate})
	v.Open(ctx, address+"/pay/confirm")
	v.Send(ctx, "confirm", "/pay/start", nil)
	return v
}

func removeAll(pattern string) error {
	files, err := filepath.Glob(pattern)
	for _, path := range files {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// What is wrong with a backup or its place is said, and nothing is changed.
func TestABackupThatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	safe := t.TempDir()
	config := store.Config{Driver: "sqlite", Path: "fundy.db"}
	dir := importCity(t, config, "")
	identity, recipient := keyPair(t, safe, "identity")
	stranger, _ := keyPair(t, safe, "stranger")
	file := filepath.Join(safe, "city.age")
	must(t, "backup", "--city", dir, "--to", file, "--recipient", recipient)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	changed := text(t, filepath.Join(safe, "changed.age"), string(flipped))
	cut := text(t, filepath.Join(safe, "cut.age"), string(whole[:len(whole)-1]))
	more := text(t, filepath.Join(safe, "more.age"), string(whole)+"x")
	other := rebuilt(t, file, identity, recipient, filepath.Join(safe, "other.age"), func(m string) string { return strings.Replace(m, `"harbour"`, `"elsewhere"`, 1) })
	newer := rebuilt(t, file, identity, recipient, filepath.Join(safe, "newer.age"), func(m string) string { return strings.Replace(m, `"schema": `, `"schema": 9`, 1) })
	rows := rebuilt(t, file, identity, recipient, filepath.Join(safe, "rows.age"), func(m string) string { return strings.Replace(m, `"city_rule": `, `"city_rule": 9`, 1) })
	digest := rebuilt(t, file, identity, recipient, filepath.Join(safe, "digest.age"), func(m string) string { return strings.Replace(m, `"digest": "`, `"digest": "0`, 1) })

	empty := filepath.Join(t.TempDir(), "empty")
	answers := text(t, filepath.Join(safe, "answers.toml"), "id = \"harbour\"\nkind = \"test\"\nregime = \"generic\"\n[portal]\npublic_url = \"http://localhost:1\"\n")
	must(t, "init", empty, "--answers", answers)
	for want, c := range map[string][]string{
		"is there already":                  {"backup", "--city", dir, "--to", file, "--recipient", recipient},
		"not a recipient":                   {"backup", "--city", dir, "--to", filepath.Join(safe, "x"), "--recipient", "age1wrong"},
		"not a file of age identities":      {"backup", "verify", file, "--identity", file},
		"incorrect identity":                {"backup", "verify", file, "--identity", stranger},
		"open " + changed:                   {"backup", "verify", changed, "--identity", identity},
		"open " + cut:                       {"backup", "verify", cut, "--identity", identity},
		"open " + more:                      {"backup", "verify", more, "--identity", identity},
		"is of city elsewhere":              {"backup", "verify", other, "--identity", identity, "--city", dir},
		"use the newer fundy":               {"backup", "verify", newer, "--identity", identity},
		"rows, and should have 9":           {"backup", "verify", rows, "--identity", identity},
		"the store's digest is another one": {"backup", "verify", digest, "--identity", identity},
		"there is a store at":               {"restore", "--city", dir, "--from", file, "--identity", identity},
		"the backup needs key":              {"restore", "--city", empty, "--from", file, "--identity", identity},
		"give --from and --identity":        {"restore", "--city", empty, "--from", file},
		"is in the future":                  {"restore", "--city", empty, "--mark", "2999-01-01T00:00:00Z"},
		"holds the city's store, not":       {"keys", "import", "--city", empty, "--from", file, "--identity", identity},
	} {
		out, code := fundy(t, c...)
		if code == 0 || !strings.Contains(out, want) {
			t.Errorf("fundy %s: exit %d, want %q:\n%s", strings.Join(c, " "), code, want, out)
		}
	}
	if left, err := filepath.Glob(filepath.Join(safe, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	must(t, "backup", "verify", file, "--identity", identity)
	must(t, "backup", "verify", file, "--identity", identity, "--city", dir)
	db := database(t, store.Config{Driver: "sqlite", Path: filepath.Join(dir, "fundy.db")})
	var proofs int
	if err := db.QueryRow("select count(*) from backup_proof").Scan(&proofs); err != nil || proofs != 1 {
		t.Errorf("%d proofs, %v", proofs, err)
	}

	keys := filepath.Join(safe, "keys.age")
	must(t, "keys", "export", "--city", dir, "--to", keys, "--recipient", recipient)
	if out, code := fundy(t, "keys", "import", "--city", empty, "--from", keys, "--identity", identity); code != 1 || !strings.Contains(out, "is another key: nothing was written") {
		t.Errorf("over other keys: exit %d\n%s", code, out)
	}
	if err := os.RemoveAll(filepath.Join(empty, "keys")); err != nil {
		t.Fatal(err)
	}
	must(t, "keys", "import", "--city", empty, "--from", keys, "--identity", identity)
	must(t, "restore", "--city", empty, "--from", file, "--identity", identity)
	marks := database(t, store.Config{Driver: "sqlite", Path: filepath.Join(empty, "fundy.db")})
	if n := standing(t, marks); n != 1 {
		t.Errorf("%d marks stand after a restore", n)
	}
}

func standing(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRow("select count(*) from restore_mark where lifted_at is null").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// rebuilt is a backup whose manifest says something else.
func rebuilt(t *testing.T, from, identity, recipient, to string, change func(string) string) string {
	t.Helper()
	r, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, r)
	if err != nil {
		t.Fatal(err)
	}
	in, out := tar.NewReader(bytes.NewReader(decrypted(t, from, identity))), tar.NewWriter(w)
	for {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		part, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if head.Name == "manifest.json" {
			after := change(string(part))
			if after == string(part) {
				t.Fatalf("the manifest is as it was: %s", part)
			}
			part = []byte(after)
		}
		head.Size = int64(len(part))
		if err := errors.Join(out.WriteHeader(head), second(out.Write(part))); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(out.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	return text(t, to, b.String())
}

func second(_ int, err error) error { return err }

// PostgreSQL has its own means: the verb says so, and a store that they restored is marked.
func TestAPostgresCityIsMarkedAndNotBackedUp(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, config store.Config) {
		if config.Driver != "postgres" {
			t.Skip("the other one")
		}
		dir := importCity(t, config, "")
		out, code := fundy(t, "backup", "--city", dir, "--to", filepath.Join(t.TempDir(), "x"), "--recipient", "age1")
		if code != 2 || !strings.Contains(out, "pg_basebackup") || !strings.Contains(out, "docs/operator.md") {
			t.Errorf("exit %d\n%s", code, out)
		}
		if out, code := fundy(t, "restore", "--city", dir, "--from", "x", "--identity", "y"); code != 2 || !strings.Contains(out, "--mark") {
			t.Errorf("exit %d\n%s", code, out)
		}
		must(t, "restore", "--city", dir, "--mark", time.Now().Add(-time.Hour).UTC().Format(time.RFC3339))
		if n := standing(t, database(t, config)); n != 1 {
			t.Errorf("%d marks stand", n)
		}
	})
}

// killedAtEachStep runs an office that asks for what came since the backup, and kills it at each of its steps, one
// after the other, on the one restored store. What has been done is found done.
func killedAtEachStep(t *testing.T, ctx context.Context, dir string) {
	t.Helper()
	faulty := filepath.Join(t.TempDir(), "fundy")
	if out, err := exec.Command("go", "build", "-tags", "faults", "-o", faulty, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for _, step := range fault.RestoreSteps {
		for _, when := range []string{"before", "after"} {
			at := when + ":" + step.String() + ":1"
			cmd := exec.CommandContext(ctx, faulty, "office", "--city", dir)
			cmd.Env = append(os.Environ(), "FUNDY_CRASH="+at)
			out, err := cmd.CombinedOutput()
			var died *exec.ExitError
			if !errors.As(err, &died) || died.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL || ctx.Err() != nil {
				t.Fatalf("%s: %v\n%s", at, err, out)
			}
		}
	}
	if n := standing(t, database(t, store.Config{Driver: "sqlite", Path: filepath.Join(dir, "fundy.db")})); n != 0 {
		t.Errorf("%d marks stand", n)
	}
}
