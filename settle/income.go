package settle

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/store"
)

// Limits of a report of a range.
const (
	MostReportDays = 366
	mostMoves      = 2_000_000 // postings of one range
)

// Period adds a range of days up, both ends in it. Of closed days its figures are the same for ever: no entry is ever
// made to count in one.
func (b *Books) Period(ctx context.Context, from, until city.Date) (out ledger.Period, err error) {
	if n := daysBetween(from, until) + 1; n < 1 || n > MostReportDays {
		return out, fmt.Errorf("%s to %s are %d days: at most %d", from, until, n, MostReportDays)
	}
	err = b.read(ctx, func(ctx context.Context, tx *store.Tx) error {
		out = ledger.Period{Income: ledger.Income{From: from, Until: until}}
		closed, err := tx.ClosedUntil(ctx)
		if err != nil {
			return err
		}
		out.Closed = !closed.Before(b.after(until))
		if err := b.incomeIn(ctx, tx, &out.Income); err != nil {
			return err
		}
		if out.Refunds, err = tx.RefundSums(ctx, b.start(from), b.after(until)); err != nil {
			return err
		}
		if out.Collection, err = b.collectionIn(ctx, tx, from, until); err != nil {
			return err
		}
		ages, owed, err := b.ages(ctx, tx, until)
		out.Aging, out.Owed = ages.Lines(), owed
		return err
	})
	return out, err
}

func daysBetween(a, z city.Date) int {
	return int(z.Start(time.UTC).Sub(a.Start(time.UTC)) / (24 * time.Hour))
}

func (b *Books) incomeIn(ctx context.Context, tx *store.Tx, r *ledger.Income) error {
	var days, channels, offences, tiers ledger.IncomeSums
	seen := map[string]bool{}
	n := 0
	err := tx.EachTicketMoney(ctx, b.start(r.From), b.after(r.Until), func(m store.TicketMoney) (err error) {
		if n++; n > mostMoves {
			return fmt.Errorf("%s to %s have more than %d postings: ask for fewer days", r.From, r.Until, mostMoves)
		}
		moved := ledger.Cashed(m.Kind, m.Debit, m.Credit, m.Amount)
		if moved == (ledger.Takings{}) {
			return nil
		}
		if r.Takings, err = r.Takings.Add(moved); err != nil {
			return err
		}
		for _, side := range []struct {
			sums *ledger.IncomeSums
			key  string
		}{{&days, city.DateOf(m.At, b.City.Zone).String()}, {&channels, m.Channel}, {&offences, m.Offence}, {&tiers, strconv.Itoa(m.Tier)}} {
			once := m.Entry + "\x00" + side.key
			first := m.Kind == ledger.Captured && !seen[once]
			seen[once] = true
			if err := side.sums.Add(side.key, moved, first); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.Days, r.Channels, r.Offences, r.Tiers = days.Lines(), channels.Lines(), offences.Lines(), tiers.Lines()
	if r.NoTicketIn, err = tx.ReceivedForNoTicket(ctx, b.start(r.From), b.after(r.Until)); err != nil {
		return err
	}
	r.NoTicket, err = tx.PutToNoTicket(ctx, b.start(r.From), b.after(r.Until))
	return err
}

// collectionIn counts the tickets issued in a range by month, and how soon each was paid.
func (b *Books) collectionIn(ctx context.Context, tx *store.Tx, from, until city.Date) ([]ledger.Collection, error) {
	months := map[string]*ledger.Collection{}
	err := tx.EachCollected(ctx, from, until, b.after(until), func(issued city.Date, paid time.Time) error {
		month := fmt.Sprintf("%04d-%02d", issued.Year, issued.Month)
		if months[month] == nil {
			months[month] = &ledger.Collection{Month: month}
		}
		days := -1
		if !paid.IsZero() {
			days = max(0, daysBetween(issued, city.DateOf(paid, b.City.Zone)))
		}
		months[month].Add(days)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var all []ledger.Collection
	for _, c := range months {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, z ledger.Collection) int {
		if a.Month < z.Month {
			return -1
		}
		return 1
	})
	return all, nil
}
