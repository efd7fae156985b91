package citytest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"fundy/examples"
	"fundy/payout"
	"fundy/settle"
	"fundy/store"
	"fundy/store/storetest"
)

// What tests need the names of.
type (
	Deposits  = settle.Deposits
	Fetched   = settle.Fetched
	Deposited = settle.Deposited
)

// BothAt runs a test on both databases, with a clock that stands still at an instant from the first day on.
func BothAt(t *testing.T, now time.Time, test func(t *testing.T, c *City)) {
	t.Helper()
	storetest.Both(t, func(t *testing.T, config store.Config) { test(t, start(t, config, now)) })
}

// Deposits is the city's way to the bank, by the demonstration's deposits.toml.
func (c *City) Deposits() *settle.Deposits {
	c.T.Helper()
	b, err := examples.Files.ReadFile("cities/demo/deposits.toml")
	if err != nil {
		c.T.Fatal(err)
	}
	return c.DepositsOf(string(b))
}

// DepositsOf is the city's way to the bank by a deposits.toml.
func (c *City) DepositsOf(text string) *settle.Deposits {
	c.T.Helper()
	rules, faults := payout.ParseRules([]byte(text), c.Settings.Currency)
	if len(faults) > 0 {
		c.T.Fatal(faults)
	}
	return settle.NewDeposits(settle.DepositsConfig{
		Store: c.Store, Processor: c.Adapter, Adapter: "stripe", City: c.Settings.City(), Rules: rules, Calendar: c.Rules,
		Digest: func(fields ...string) []byte { return c.index.Digest(c.Settings.ID, fields...) }, Now: c.Now, Log: slog.New(slog.NewTextHandler(c.Log, nil)),
	})
}

// BankFile is the bank's file of some days, as the sandbox has it: others is how many lines of other people
// stand in each day, wrong an error to plant.
func (c *City) BankFile(from, to string, others int, wrong string) []byte {
	c.T.Helper()
	q := url.Values{"from": {from}, "to": {to}, "others": {strconv.Itoa(others)}, "wrong": {wrong}}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, c.Sandbox.URL+"/_sandbox/bank?"+q.Encode(), nil)
	if err != nil {
		c.T.Fatal(err)
	}
	r.Header.Set("X-Sandbox-Token", c.Control)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		c.T.Fatal(err)
	}
	defer res.Body.Close()
	var out struct {
		File string `json:"file"`
	}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || out.File == "" {
		c.T.Fatalf("bank file: %d, %v", res.StatusCode, err)
	}
	return []byte(out.File)
}

// StoreHas says whether a text stands anywhere in the store's files: on SQLite.
func (c *City) StoreHas(text string) bool {
	c.T.Helper()
	files, err := filepath.Glob(c.config.Path + "*")
	if err != nil || len(files) == 0 {
		c.T.Fatalf("no files of the store: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			c.T.Fatal(err)
		}
		if bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}
