package settle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"fundy/city"
	"fundy/desk"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
)

// BooksConfig is what Books is made of.
type BooksConfig struct {
	Store *store.Store
	City  city.City
	Rules city.Rules // for the price at which a debt stands
	Now   func() time.Time
	Log   *slog.Logger
}

// Books is what finance takes out of the ledger: balances, the journal for the city's own general ledger, the year.
type Books struct {
	BooksConfig
	mover *Settler
}

// NewBooks makes a Books.
func NewBooks(c BooksConfig) *Books {
	return &Books{BooksConfig: c, mover: New(Config{Store: c.Store, City: c.City, Now: c.Now, Log: c.Log})}
}

// readsFor bounds a reading of the books: millions of postings are read through.
const readsFor = 6 * time.Hour

func (b *Books) read(ctx context.Context, fn func(ctx context.Context, tx *store.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, readsFor)
	defer cancel()
	return b.Store.Read(ctx, fn)
}

// start is the first instant of a day, and after that of the day after it.
func (b *Books) start(d city.Date) time.Time { return d.Start(b.City.Zone) }
func (b *Books) after(d city.Date) time.Time { return d.AddDays(1).Start(b.City.Zone) }

// Balances are the accounts as of the end of a day. Closed: the day is, and they stay so for ever.
type Balances struct {
	AsOf     city.Date        `json:"as_of"`
	Closed   bool             `json:"closed"`
	Accounts []ledger.Balance `json:"accounts"`
}

// Balances adds every account up as of the end of a day.
func (b *Books) Balances(ctx context.Context, day city.Date) (out Balances, err error) {
	out.AsOf = day
	err = b.read(ctx, func(ctx context.Context, tx *store.Tx) error {
		until, err := tx.ClosedUntil(ctx)
		if err != nil {
			return err
		}
		out.Closed = !until.Before(b.after(day))
		out.Accounts, err = tx.BalancesAsOf(ctx, b.after(day))
		return err
	})
	if err != nil {
		return out, err
	}
	sum := money.Zero
	for _, a := range out.Accounts {
		if sum, err = sum.Add(a.Balance); err != nil {
			return out, err
		}
	}
	if !sum.IsZero() {
		return out, fmt.Errorf("the accounts as of %s come to %s and not to nothing: run fundy ledger check", day, sum)
	}
	return out, nil
}

func (b *Books) leaf(ctx context.Context, tx *store.Tx, kind string, opening any, now time.Time) error {
	return tx.Tell(ctx, kind, now, opening)
}

// mayAct wants a name that staff can have.
func mayAct(by string) error {
	if !payment.StaffName(by) {
		return fmt.Errorf("%q is not a name that staff can have: small letters, digits and . _ -", by)
	}
	return nil
}

// longestResolution bounds the number of a council's or a treasurer's resolution.
const longestResolution = 60

// resolution is a resolution's number, fit for the log.
func resolution(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", errors.New("say by which resolution, as --resolution 2027-114: a debt is given up by somebody's decision")
	case len(text) > longestResolution || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ./#-") != "":
		return "", fmt.Errorf("%q is no resolution's number: at most %d letters, digits and . / # -", text, longestResolution)
	case desk.HasCard(text):
		return "", errors.New("a resolution's number does not look like a card's")
	}
	return text, nil
}
