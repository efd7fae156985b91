package lived_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/examples"
	"fundy/fault"
	"fundy/lived"
	"fundy/office"
	"fundy/payout"
	"fundy/seal"
	"fundy/store"
)

var now = time.Date(2026, time.November, 25, 18, 0, 0, 0, time.UTC) // a Wednesday, in the afternoon

// made is a small city that has lived, in memory.
func made(t *testing.T, tickets int, seed uint64, until time.Time) (lived.Config, lived.Summary) {
	t.Helper()
	ctx := context.Background()
	b, err := examples.Files.ReadFile("cities/demo/answers.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("@PORTAL_PORT@", "8400", "@SANDBOX_PORT@", "8402").Replace(string(b)) + lived.Counter
	settings, faults := city.ReadSettings([]byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	deposits, err := examples.Files.ReadFile("cities/demo/deposits.toml")
	if err != nil {
		t.Fatal(err)
	}
	rules, faults := payout.ParseRules(lived.Expecting(deposits), "CAD")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	private, public, err := office.NewSealKeys()
	if err != nil {
		t.Fatal(err)
	}
	config := store.Config{Driver: "sqlite", Path: "/" + strings.ReplaceAll(t.Name(), "/", "-"), Memory: true, ReadConns: 1}
	s := memory(t, config)
	err = s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetCityIdentity(ctx, settings.ID, settings.Kind, until)
	})
	if err != nil {
		t.Fatal(err)
	}
	c := lived.Config{
		Settings: settings, Store: s, Index: seal.NewIndexKey(), Public: public, Private: []byte(private), Token: office.TokenKey{ID: 1, Key: make([]byte, 32)},
		CardKey: "sk_test_lived", Deposits: rules, Scratch: t.TempDir(), CardData: t.TempDir() + "/sandbox.json", Seed: seed, Tickets: tickets, Until: until,
	}
	started := time.Now()
	sum, err := lived.Make(ctx, c)
	if err != nil {
		t.Fatalf("%v\nafter %s: %s", err, time.Since(started), sum)
	}
	t.Logf("%s in %s", sum, time.Since(started).Round(time.Millisecond))
	return c, sum
}

func TestLives(t *testing.T) {
	c, _ := made(t, 1200, 1, now)
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		check, err := tx.CheckLedger(ctx)
		t.Log(check.Faults, check.ByAccount)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
