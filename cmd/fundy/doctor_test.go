package main_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fundy/city"
	main "fundy/cmd/fundy"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
	"fundy/store/storetest"
)

// verdicts are what fundy doctor says of a city, by check.
func verdicts(t *testing.T, dir string, wanted int) map[string]string {
	t.Helper()
	out, code := fundy(t, "doctor", "--city", dir, "--json")
	var said struct {
		Failed   int
		Findings []struct{ Check, Verdict, What, Fix string }
	}
	line, _, _ := strings.Cut(out, "\n")
	if err := json.Unmarshal([]byte(line), &said); err != nil || code != wanted || (said.Failed > 0) != (code == 1) {
		t.Fatalf("exit %d, want %d: %v\n%s", code, wanted, err, out)
	}
	all := map[string]string{}
	for _, f := range said.Findings {
		if f.Verdict != "OK" && f.Fix == "" || f.What == "" {
			t.Errorf("%s has no fix: %+v", f.Check, f)
		}
		if all[f.Check] == "" || f.Verdict == "FAIL" {
			all[f.Check] = f.Verdict + " " + f.What
		}
	}
	return all
}

// certificate writes a certificate that ends after so long, with its key.
func certificate(t *testing.T, dir string, left time.Duration) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(left), DNSNames: []string{"x.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text(t, filepath.Join(dir, "cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	text(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})))
}

// The doctor looks at a live city on each store: what is wrong with it is said, each with the fix, and a call that finds
// something bad fails. Once it is put right, it is well.
func TestTheDoctorSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, config store.Config) {
		root := t.TempDir()
		dir, answers := filepath.Join(root, "city"), liveAnswers
		if config.Driver == "postgres" {
			answers += fmt.Sprintf("[store]\ndriver = \"postgres\"\ndsn_file = %q\n", text(t, filepath.Join(root, "dsn"), config.DSN))
		}
		must(t, "init", dir, "--answers", text(t, filepath.Join(root, "answers.toml"), answers))
		put := func(name, content string) { text(t, filepath.Join(dir, name), content) }
		has := func(all map[string]string, wanted map[string]string) {
			t.Helper()
			for check, want := range wanted {
				if !strings.HasPrefix(all[check], strings.Fields(want)[0]) || !strings.Contains(all[check], want[strings.Index(want, " ")+1:]) {
					t.Errorf("%s: %q, want %q", check, all[check], want)
				}
			}
		}
		if err := os.Mkdir(filepath.Join(dir, "tls"), 0o700); err != nil {
			t.Fatal(err)
		}
		backup := "FAIL no backup was ever proved"
		if config.Driver == "postgres" {
			backup = "OK PostgreSQL's backups"
		}
		has(verdicts(t, dir, 1), map[string]string{
			"settings": "OK city x (live)", "keys": "OK all there", "processor": "FAIL begins with none of", "certificate": "FAIL no such file", "store": "OK its schema is this program's",
			"by-law": "FAIL has no rules yet", "backup": backup, "restore": "OK no mark", "deposits": "WARN deposits.toml is missing", "queue": "OK 0 things", "days": "OK none is open",
		})

		rules, err := os.ReadFile("../../examples/cities/demo/rules.toml")
		if err != nil {
			t.Fatal(err)
		}
		logo, err := os.ReadFile("../../examples/cities/demo/logo.svg")
		if err != nil {
			t.Fatal(err)
		}
		text(t, filepath.Join(root, "logo.svg"), string(logo))
		must(t, "city", "apply", "--city", dir, "--apply", text(t, filepath.Join(root, "rules.toml"), strings.ReplaceAll(string(rules), "@C_FROM@", "2026-01-01")))
		put("keys/office/processor.key", "sk_test_1")
		put("keys/office/webhook.secret", "whsec_1")
		put("deposits.toml", "[[account]]\n")
		certificate(t, filepath.Join(dir, "tls"), 10*24*time.Hour)
		if err := os.Chmod(filepath.Join(dir, "keys/office/token.key"), 0o604); err != nil {
			t.Fatal(err)
		}
		has(verdicts(t, dir, 1), map[string]string{
			"keys": "FAIL token.key is open to every user", "processor": "FAIL a live city needs a live key", "certificate": "WARN it ends on", "by-law": "OK the schedule ", "deposits": "FAIL account 1: give it a number",
		})

		if err := os.Chmod(filepath.Join(dir, "keys/office/token.key"), 0o600); err != nil {
			t.Fatal(err)
		}
		put("keys/office/processor.key", "sk_live_1")
		deposits, err := os.ReadFile("../../examples/cities/demo/deposits.toml")
		if err != nil {
			t.Fatal(err)
		}
		put("deposits.toml", string(deposits))
		certificate(t, filepath.Join(dir, "tls"), 60*24*time.Hour)
		if config.Driver == "sqlite" {
			identity, recipient := keyPair(t, root, "id")
			must(t, "backup", "--city", dir, "--recipient", recipient, "--to", filepath.Join(root, "a.age"), "--verify-with", identity)
			backup = "OK proved, of "
		}
		well := verdicts(t, dir, 0)
		has(well, map[string]string{"keys": "OK all there", "processor": "OK its key is of a live city", "certificate": "OK ends on", "deposits": "OK 1 accounts", "backup": backup})

		if config.Driver == "sqlite" {
			wal, err := os.Create(filepath.Join(dir, "fundy.db-wal"))
			if err == nil {
				err = errors.Join(wal.Truncate(300<<20), wal.Close()) // no bytes on the disk
			}
			if err != nil {
				t.Fatal(err)
			}
			out, code := fundy(t, "doctor", "--city", dir)
			want(t, out, code, 0, "WARN  disk", "SQLite's log is 300 MB", "OK    disk", "MB are free at ")
		}
		must(t, "restore", "--city", dir, "--mark", time.Now().Add(-time.Hour).UTC().Format(time.RFC3339))
		has(verdicts(t, dir, 0), map[string]string{"restore": "WARN no payment begins before the processor was asked"})
		certificate(t, filepath.Join(dir, "tls"), time.Hour)
		out, code := fundy(t, "doctor", "--city", dir)
		want(t, out, code, 1, "FAIL  certificate  it ends on ", "-> look at your ACME client", "1 of ", " checks failed")
	})
}

// What the store says, at a fixed instant: each age has its word.
func TestTheDoctorReckonsAges(t *testing.T) {
	t.Parallel()
	settings, faults := city.ReadSettings([]byte(liveAnswers))
	deposits, more := payout.ParseRules([]byte("[[account]]\nnumber = \"1\"\nname = \"a\"\n[[rule]]\nas = \"not_ours\"\n"), "CAD")
	if len(faults)+len(more) > 0 {
		t.Fatal(faults, more)
	}
	now := time.Date(2027, 10, 1, 15, 0, 0, 0, time.UTC)
	this := city.Holiday{Day: city.Date{Year: 2027, Month: 7, Day: 1}}
	next := city.Holiday{Day: city.Date{Year: 2028, Month: 7, Day: 1}}
	well := main.Seen{Settings: settings, Deposits: deposits, Now: now, Proof: now.Add(-26 * time.Hour), Rules: city.Rules{Holidays: []city.Holiday{this, next}}}
	for _, c := range []struct {
		change      func(s *main.Seen)
		check, want string
	}{
		{func(s *main.Seen) {}, "backup", "OK proved, of "},
		{func(s *main.Seen) { s.Proof = s.Proof.Add(-time.Second) }, "backup", "FAIL the last backup that was proved is of 2027-09-30 09:59, 26 hours ago"},
		{func(s *main.Seen) { s.Settings.Kind, s.Proof = city.Test, time.Time{} }, "backup", "WARN no backup was ever proved"},
		{func(s *main.Seen) {}, "holidays", "OK 1 of 2027"},
		{func(s *main.Seen) { s.Rules.Holidays = s.Rules.Holidays[:1] }, "holidays", "WARN there are none of 2028 yet"},
		{func(s *main.Seen) {
			s.Rules.Holidays, s.Now = s.Rules.Holidays[:1], time.Date(2027, 9, 30, 15, 0, 0, 0, time.UTC)
		}, "holidays", "OK 1 of 2027"},
		{func(s *main.Seen) { s.Rules.Holidays = s.Rules.Holidays[1:] }, "holidays", "WARN there are none of 2027"},
		{func(s *main.Seen) { s.Newest = now.Add(6 * time.Minute) }, "clock", "FAIL the newest entry of the ledger is 6m0s ahead of it"},
		{func(s *main.Seen) { s.Mark = now.Add(-50 * time.Minute) }, "restore", "WARN the store is a copy of "},
		{func(s *main.Seen) { s.Mark = now.Add(-70 * time.Minute) }, "restore", "FAIL the store is a copy of "},
		{func(s *main.Seen) { s.FirstOpen = time.Date(2027, 9, 21, 15, 0, 0, 0, time.UTC) }, "days", "WARN 2027-09-21 is not closed after 8 business days"},
		{func(s *main.Seen) { s.FirstOpen = time.Date(2027, 9, 22, 15, 0, 0, 0, time.UTC) }, "days", "OK the first open one is 2027-09-22"},
		{func(s *main.Seen) {
			s.Exceptions = []payment.Exception{{DueAt: now.Add(-time.Second)}, {DueAt: now.Add(time.Hour)}}
		}, "queue", "WARN 2 things wait for a person, 1 of them for too long"},
		{func(s *main.Seen) {
			s.Feeds = []payout.Feed{{Name: "bank:a", LastDay: this.Day, Raised: city.Date{Year: 2027, Month: 7, Day: 2}, Since: now}}
		}, "feed bank:a", "WARN what was expected for 2027-07-02 has not come"},
		{func(s *main.Seen) {
			s.Feeds = []payout.Feed{{Name: "payouts", NextAt: now.Add(-61 * time.Minute), Since: now}}
		}, "feed payouts", "WARN the payouts were to be read at 2027-10-01 10:59, and no office did"},
		{func(s *main.Seen) {
			s.Feeds = []payout.Feed{{Name: "payouts", NextAt: now, Since: now, Trouble: "config 401"}}
		}, "feed payouts", "WARN it could not be had the last time (config 401)"},
		{func(s *main.Seen) {
			s.Feeds = []payout.Feed{{Name: "payouts", NextAt: now, Since: now, LastAt: now}}
		}, "feed payouts", "OK came last on 2027-10-01 12:00"},
	} {
		s := well
		c.change(&s)
		if got := s.Said()[c.check]; !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", c.check, got, c.want)
		}
	}
}

// A schema of another program, and a store of another city, are said with the fix.
func TestTheDoctorSaysWhoseTheStoreIs(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	one, two := filepath.Join(root, "one"), filepath.Join(root, "two")
	for dir, id := range map[string]string{one: "one", two: "two"} {
		must(t, "init", dir, "--answers", text(t, filepath.Join(root, id+".toml"), strings.Replace(liveAnswers, "\"x\"", "\""+id+"\"", 1)))
	}
	b, err := os.ReadFile(filepath.Join(one, "fundy.db"))
	if err != nil {
		t.Fatal(err)
	}
	text(t, filepath.Join(two, "fundy.db"), string(b))
	if said := verdicts(t, two, 1)["store"]; !strings.Contains(said, "the store is of city one (live), city.toml says two (live)") {
		t.Errorf("%q", said)
	}
	if out, code := fundy(t, "doctor", "--city", root); code != 1 || !strings.Contains(out, "has no city.toml") {
		t.Errorf("exit %d: %s", code, out)
	}
}
