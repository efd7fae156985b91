package intake_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"fundy/city"
	"fundy/intake"
	"fundy/office/unseal"
	"fundy/seal"
	"fundy/store"
	"fundy/store/storetest"
)

// now is the instant at which tests import: a Tuesday.
var now = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

type fixture struct {
	config  intake.Config
	private unseal.PrivateKey
	store   *store.Store
}

// setUp is an import of files by a shipped mapping into a new store.
func setUp(t *testing.T, mapping, rules, zone string, languages []city.Language, files ...string) fixture {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	regime := "generic"
	if len(languages) > 1 {
		regime = "nb-lga"
	}
	c := city.City{ID: "testville", Kind: city.Test, Zone: location, Languages: languages, Currency: "CAD", Regime: regime, Province: "NB"}
	private, public, err := unseal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, store.Config{Driver: "sqlite", Path: filepath.Join(t.TempDir(), "city.db")})
	return fixture{private: private, store: s, config: intake.Config{
		City: c, Rules: rulesOf(t, rules, c), Mapping: mappingOf(t, mapping), Files: files, Store: s,
		Index: seal.NewIndexKey(), Public: public, Now: now,
	}}
}

func rulesOf(t *testing.T, name string, c city.City) city.Rules {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	rules, faults := city.ParseRules(text, nil, c)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return rules
}

func mappingOf(t *testing.T, name string) intake.Mapping {
	t.Helper()
	m, faults := intake.LoadMapping(filepath.Join("..", "examples", "mappings", name+".toml"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return m
}

// write puts a text into a file of the test's own.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func run(t *testing.T, c intake.Config) intake.Totals {
	t.Helper()
	totals, err := intake.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return totals
}

var (
	english = []city.Language{city.English}
	both    = []city.Language{city.English, city.French}
)
