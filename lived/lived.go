// Package lived makes a demonstration's city that has lived: fourteen months of tickets, payments, days at the counter,
// deposits and refunds, and in every queue cases of several ages.
//
// Nothing is written past the domain: tickets come by intake, payers by the desk, clerks and finance by settle, the card
// processor is the sandbox and the bank a file, and all of them read one clock that is moved from day to day. So the
// ledger of such a city must check as any other's. What happens is drawn from a seed: the same seed, day and number of
// tickets make the same history; ids and receipts are random, as everywhere.
//
// What waits at the end stands in cases.go, a line for each: who adds a queue to the program adds its cases there.
package lived

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/office"
	"fundy/payout"
	"fundy/seal"
	"fundy/store"
)

// Config is what a city that has lived is made of.
type Config struct {
	Settings city.Settings // of kind demo
	Store    *store.Store  // migrated, of this city, and empty
	Index    seal.IndexKey
	Public   seal.PublicKey
	Private  []byte // the text of the seal's private key
	Token    office.TokenKey
	CardKey  string       // the card processor's, sk_test_…
	Deposits payout.Rules // whose first account is the city's
	// Scratch is a folder for the files of tickets that come in each day.
	Scratch string
	// CardData is the file in which the card processor's own state is left, for fundy sandbox; "": nowhere.
	CardData string
	Seed     uint64
	Tickets  int       // at least Fewest
	Until    time.Time // the end, which is now
	// Progress is told of each day that is over; nil: nobody is.
	Progress func(day, days int)
}

// Limits of a city that has lived.
const (
	Days   = 425 // fourteen months
	Fewest = 600 // tickets: with fewer there is not one for each case
	Most   = 200_000
)

// Summary is what a city has lived through.
type Summary struct {
	Tickets int
	Cards   int          // payments by card
	Counter int          // entries over the counter
	Mail    int          // entries by mail
	Taken   money.Amount // by all of them
	Cases   int
	Closed  int       // days
	ByLaw   city.Date // from which the newer schedule holds
	Snow    city.Date // the night of the snow ban
	// Samples are some of the tickets, for who wants to try the public pages.
	Samples []Sample
}

// Sample is a ticket that somebody may look for.
type Sample struct {
	Number, Plate, Jurisdiction, Offence, Schedule, State, IssuedOn, Delivery string
	NoPlate                                                                   bool
}

// The states of samples that are worth a look.
const (
	Answered = "answered" // its review was decided, and its party is told by post
	Pictured = "pictured" // it has a photograph that is shown to who has it
)

// String is the summary in a line.
func (s Summary) String() string {
	return fmt.Sprintf("%d tickets, %d paid by card, %d at the counter, %d by mail, %s taken, %d days closed; new prices from %s, snow ban on %s",
		s.Tickets, s.Cards, s.Counter, s.Mail, s.Taken, s.Closed, s.ByLaw, s.Snow)
}

// Make has a city live. A crash leaves a city that has lived for less: make another.
func Make(ctx context.Context, c Config) (Summary, error) {
	switch {
	case c.Settings.Kind != city.Demo:
		return Summary{}, errors.New("only a demonstration's city has a made-up life")
	case c.Tickets < Fewest || c.Tickets > Most:
		return Summary{}, fmt.Errorf("a city that has lived has %d to %d tickets", Fewest, Most)
	}
	t, err := newTown(ctx, c)
	if err != nil {
		return Summary{}, err
	}
	for day := range Days {
		if err := t.live(ctx, t.first.AddDays(day)); err != nil {
			return t.sum, fmt.Errorf("live through %s: %w", t.first.AddDays(day), err)
		}
		if c.Progress != nil {
			c.Progress(day+1, Days)
		}
	}
	t.samples()
	if c.CardData != "" {
		err = t.card.Keep(c.CardData)
	}
	return t.sum, err
}
