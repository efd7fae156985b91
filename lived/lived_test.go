package lived_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/examples"
	"fundy/fault"
	"fundy/lived"
	"fundy/office"
	"fundy/payment"
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

// queue is what waits, by kind: the ages in days.
func queue(t *testing.T, c lived.Config) map[payment.ExceptionKind][]int {
	t.Helper()
	all := map[payment.ExceptionKind][]int{}
	read(t, c, func(ctx context.Context, tx *store.Tx) error {
		open, err := tx.OpenExceptions(ctx, 1000)
		for _, e := range open {
			all[e.Kind] = append(all[e.Kind], int(c.Until.Sub(e.OpenedAt)/(24*time.Hour)))
		}
		return err
	})
	return all
}

func read(t *testing.T, c lived.Config, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := c.Store.Read(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestLives(t *testing.T) {
	n := 1200
	if v := os.Getenv("LIV"); v != "" {
		n, _ = strconv.Atoi(v)
	}
	c, _ := made(t, n, 1, now)
	for k, a := range queue(t, c) {
		t.Log(k, a)
	}
	read(t, c, func(ctx context.Context, tx *store.Tx) error {
		check, err := tx.CheckLedger(ctx)
		t.Log(check.Faults)
		st, _ := tx.AttemptStates(ctx)
		t.Log(st)
		rs, _ := tx.Refunds(ctx, 100)
		for _, r := range rs {
			t.Log(r.Way, r.State, r.AskedAt)
		}
		ch, _ := tx.ChargesOwed(ctx, 100)
		t.Log(len(ch), "charges")
		ds, _ := tx.Disputes(ctx, 100)
		for _, d := range ds { t.Log("dispute", d.State) }
		return err
	})
}
