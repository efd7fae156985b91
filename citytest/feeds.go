package citytest

import (
	"log/slog"
	"os"
	"time"

	"fundy/payout"
	"fundy/processor"
	"fundy/settle"
)

// Feeds is what an office fetches by itself. The rules are deposits.toml as it stands; "" is a city that has none.
// folder is where the bank's files come; "" is none.
func (c *City) Feeds(every time.Duration, rules *string, folder string) *settle.Feeds {
	return c.FeedsOf(every, rules, folder, c.Adapter)
}

// FeedsOf is Feeds with a processor of its own.
func (c *City) FeedsOf(every time.Duration, rules *string, folder string, processor settle.Banking) *settle.Feeds {
	c.T.Helper()
	f := settle.FeedsConfig{
		Deposits: settle.DepositsConfig{
			Store: c.Store, Processor: processor, Adapter: "stripe", City: c.Settings.City(), Now: c.Now,
			Digest: func(fields ...string) []byte { return c.index.Digest(c.Settings.ID, fields...) }, Log: slog.New(slog.NewTextHandler(c.Log, nil)),
		},
		Rules: func() (payout.Rules, bool, error) {
			if *rules == "" {
				return payout.NoRules(), false, nil
			}
			r, faults := payout.ParseRules([]byte(*rules), c.Settings.Currency)
			if len(faults) > 0 {
				return r, false, faults[0]
			}
			return r, true, nil
		},
		Calendar: func() payout.Calendar { return c.Rules }, Every: every, Backups: true,
	}
	if folder != "" {
		f.Folder = func() (*os.Root, error) { return os.OpenRoot(folder) }
	}
	return settle.NewFeeds(f)
}

// What tests need the names of that stand between the office and its processor.
type (
	Banking        = settle.Banking
	DepositsConfig = settle.DepositsConfig
	Despite        = settle.Despite
	Payout         = processor.Payout
	BalanceLine    = processor.BalanceLine
)

// The same, of what is made and what is refused.
var (
	NewDeposits  = settle.NewDeposits
	ErrRestoring = settle.ErrRestoring
)

// Leaves are the openings of the log's leaves of a kind, oldest first.
func (c *City) Leaves(kind string) (all []string) {
	c.T.Helper()
	db, err := openBeside(c.config)
	if err != nil {
		c.T.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("select opening from leaf where kind = $1 order by at, id", kind)
	if err != nil {
		c.T.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var opening string
		if err := rows.Scan(&opening); err != nil {
			c.T.Fatal(err)
		}
		all = append(all, opening)
	}
	return all
}
