package settle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// Limits of a year's report. A list that is longer is refused: it would not be looked at.
const (
	firstYear       = 2000
	lastYear        = 2200
	mostAdjustments = 100_000
)

// Year is what a year came to at its end: a locked one's as it was locked.
func (b *Books) Year(ctx context.Context, year int) (y ledger.Year, err error) {
	if year < firstYear || year > lastYear {
		return y, refuse(RefusedYear, "%d is not a year from %d to %d", year, firstYear, lastYear)
	}
	err = b.read(ctx, func(ctx context.Context, tx *store.Tx) error {
		body, err := tx.LockedYear(ctx, year)
		if err == nil {
			return json.Unmarshal([]byte(body), &y)
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		y, err = b.yearIn(ctx, tx, year)
		return err
	})
	return y, err
}

func (b *Books) yearIn(ctx context.Context, tx *store.Tx, year int) (ledger.Year, error) {
	end := city.Date{Year: year, Month: time.December, Day: 31}
	y := ledger.Year{Year: year, End: end, Basis: string(ledger.BasisOf(b.City.Ledger))}
	until, err := tx.ClosedUntil(ctx)
	if err != nil {
		return y, err
	}
	y.Final = !until.Before(b.after(end))
	for _, part := range []func(context.Context, *store.Tx, *ledger.Year) error{b.receivable, b.transit, b.standing, b.writeOffs, b.adjusted} {
		if err := part(ctx, tx, &y); err != nil {
			return y, err
		}
	}
	y.Balances, err = tx.BalancesAsOf(ctx, b.after(end))
	return y, err
}

// bounds are the first instant of the year, and the first after it.
func (b *Books) bounds(y *ledger.Year) (from, until time.Time) {
	return b.start(city.Date{Year: y.Year, Month: time.January, Day: 1}), b.after(y.End)
}

// receivable adds up what is owed at the end, by where each ticket stood then and which price held.
func (b *Books) receivable(ctx context.Context, tx *store.Tx, y *ledger.Year) error {
	ages, owed, err := b.ages(ctx, tx, y.End)
	if err != nil {
		return err
	}
	y.Owed, y.Receivable = owed, ages.Lines()
	for _, l := range y.Receivable {
		if y.Allowance, err = y.Allowance.Add(l.Allowance); err != nil {
			return err
		}
	}
	return nil
}

// ages adds up what is owed at the end of a day.
func (b *Books) ages(ctx context.Context, tx *store.Tx, end city.Date) (ledger.Ages, money.Amount, error) {
	until, owed := b.after(end), money.Zero
	ages := ledger.Ages{End: end, Policy: b.City.Ledger}
	moved, err := tx.MovesSince(ctx, until)
	if err != nil {
		return ages, owed, err
	}
	dated, err := tx.DatedEvents(ctx, until)
	if err != nil {
		return ages, owed, err
	}
	err = tx.EachReceivable(ctx, until, func(r store.Receivable) error {
		t := r.Ticket
		t.Events = dated[t.ID]
		var err error
		if owed, err = owed.Add(r.Owed); err != nil {
			return err
		}
		return ages.Add(stateAt(t, moved[t.ID], until), b.tierAt(t, until.Add(-time.Microsecond)), t.IssuedOn, r.Owed)
	})
	return ages, owed, err
}

// stateAt is where a ticket stood before an instant. One whose first move came later was open until then: that is
// what an issued ticket is.
func stateAt(t ticket.Ticket, moves []store.StateMove, before time.Time) ticket.State {
	if t.StateSince.Before(before) || len(moves) == 0 {
		return t.State
	}
	state := ticket.Open
	for _, m := range moves {
		if m.At.Before(before) {
			state = m.To
		}
	}
	return state
}

// tierAt is the price that held at an instant, 1-based; 0 where the rules give none.
func (b *Books) tierAt(t ticket.Ticket, at time.Time) int {
	q, err := ticket.Price(t, b.Rules, b.City, at)
	if err != nil {
		return 0
	}
	for _, row := range q.Tiers {
		if row.Now {
			return row.Tier
		}
	}
	return 0
}

// transit lists the card money that crosses an end of the year.
func (b *Books) transit(ctx context.Context, tx *store.Tx, y *ledger.Year) error {
	from, until := b.bounds(y)
	y.Transit = []ledger.Transit{}
	sent, err := tx.SentBefore(ctx, until, from)
	if err != nil {
		return err
	}
	for _, c := range sent {
		t := ledger.Transit{Payout: c.ID, Amount: c.Amount, Sent: city.DateOf(c.SentAt, b.City.Zone), Arrival: c.Arrival, BankedOn: c.Banked}
		later := c.AtBank.IsZero() || !c.AtBank.Before(until)
		back := !c.Failed.IsZero() && c.Failed.Before(until)
		switch {
		case later && !back:
			t.Side = ledger.TransitAtEnd
		case !later && c.SentAt.Before(from):
			t.Side = ledger.FromBefore
		default:
			continue
		}
		y.Transit = append(y.Transit, t)
	}
	for _, of := range []struct {
		side string
		read func(context.Context, time.Time) ([]store.Crossing, error)
	}{{ledger.WithProcessor, tx.PaidOutLater}, {ledger.RefundNotTaken, tx.RefundedLater}} {
		held, err := of.read(ctx, until)
		if err != nil {
			return err
		}
		for _, c := range held {
			t := ledger.Transit{Side: of.side, Payout: c.ID, Amount: c.Here, Captures: c.Captures, Arrival: c.Arrival, BankedOn: c.Banked}
			if !c.SentAt.IsZero() {
				t.Sent = city.DateOf(c.SentAt, b.City.Zone)
			}
			y.Transit = append(y.Transit, t)
		}
	}
	return nil
}

// standing lists payers' money that is still here: refunds that nobody has claimed, and receipts put to no ticket.
func (b *Books) standing(ctx context.Context, tx *store.Tx, y *ledger.Year) error {
	_, until := b.bounds(y)
	y.Unclaimed, y.Unallocated = []ledger.Standing{}, []ledger.Standing{}
	owing, err := tx.OwedToOthers(ctx, until)
	if err != nil {
		return err
	}
	for _, o := range owing {
		s := ledger.Standing{Account: o.Account, Ref: o.Ref, Since: city.DateOf(o.Since, b.City.Zone), Amount: o.Amount}
		if o.Attempt {
			s.Ref = payment.AttemptID(o.Ref).Ref()
		}
		s.Days = int(y.End.Start(time.UTC).Sub(s.Since.Start(time.UTC)) / (24 * time.Hour))
		if o.Account == "refunds_payable" || o.Account == "cheques:outstanding" {
			y.Unclaimed = append(y.Unclaimed, s)
		} else {
			y.Unallocated = append(y.Unallocated, s)
		}
	}
	return nil
}

// writeOffs lists the debts that were given up in the year, and those recovered.
func (b *Books) writeOffs(ctx context.Context, tx *store.Tx, y *ledger.Year) (err error) {
	from, until := b.bounds(y)
	y.WriteOffs, err = tx.WriteOffs(ctx, from, until, b.City.Zone)
	return err
}

// adjusted lists what counts in the year and is of one that is locked.
func (b *Books) adjusted(ctx context.Context, tx *store.Tx, y *ledger.Year) error {
	y.Adjustments = []ledger.Adjustment{}
	last, err := tx.LastLocked(ctx, y.Year)
	if err != nil || last == 0 {
		return err
	}
	from, until := b.bounds(y)
	firstOpen := city.Date{Year: last + 1, Month: time.January, Day: 1}
	all, err := tx.Adjusted(ctx, from, until, b.start(firstOpen), firstOpen, mostAdjustments+1)
	if err != nil {
		return err
	}
	if len(all) > mostAdjustments {
		return fmt.Errorf("%d has more than %d adjustments of years before: that is not a year that anybody has closed", y.Year, mostAdjustments)
	}
	for _, c := range all {
		a := ledger.Adjustment{
			Entry: c.Entry, Kind: c.Kind, Day: city.DateOf(c.At, b.City.Zone), Debit: c.Debit, Credit: c.Credit, Component: c.Component, Amount: c.Amount,
		}
		if !c.Of.IsZero() {
			a.Of = city.DateOf(c.Of, b.City.Zone)
		}
		y.Adjustments = append(y.Adjustments, a)
	}
	return nil
}

// YearLeaf is what the log is told of a year that is locked.
type YearLeaf struct {
	Year   int    `json:"year"`
	Report string `json:"report_sha256"`
	Who    string `json:"who"`
}

// CloseYear locks a year with what it came to. Every day of it has to be closed, so its figures do not move; what is
// entered later and is of it counts in an open year, on the same accounts, and is listed there apart.
func (b *Books) CloseYear(ctx context.Context, year int, by string, apply bool) (y ledger.Year, err error) {
	if err := mayAct(by); err != nil {
		return y, err
	}
	if year < firstYear || year > lastYear {
		return y, refuse(RefusedYear, "%d is not a year from %d to %d", year, firstYear, lastYear)
	}
	// The days are closed, so what is read here is the same when it is written: the lock is not held meanwhile.
	err = b.read(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := b.mayCloseYear(ctx, tx, year); err != nil {
			return err
		}
		y, err = b.yearIn(ctx, tx, year)
		return err
	})
	if err != nil {
		return y, err
	}
	y.Locked, y.LockedBy = true, by
	body, err := json.Marshal(y)
	if err != nil {
		return y, fmt.Errorf("write the year: %w", err)
	}
	_, until := b.bounds(&y)
	return y, tried(ctx, b.Store, fault.CloseYear, apply, func(ctx context.Context, tx *store.Tx) error {
		if err := b.mayCloseYear(ctx, tx, year); err != nil {
			return err
		}
		now := b.Now()
		if err := tx.LockYear(ctx, year, until, by, now, string(body)); err != nil {
			return err
		}
		return b.leaf(ctx, tx, "year_closed", YearLeaf{Year: year, Report: digestOf(body), Who: by}, now)
	})
}

func (b *Books) mayCloseYear(ctx context.Context, tx *store.Tx, year int) error {
	if last, err := tx.LastLocked(ctx, lastYear+1); err != nil || last >= year {
		return errors.Join(err, lockedAlready(last, year))
	}
	end := city.Date{Year: year, Month: time.December, Day: 31}
	until, err := tx.ClosedUntil(ctx)
	if err != nil {
		return err
	}
	if until.Before(b.after(end)) {
		return refuse(RefusedYearOpen, "%d can't be locked: its last day is not closed yet; close its days with fundy settle close, up to %s", year, end)
	}
	return nil
}

func lockedAlready(last, year int) error {
	switch {
	case last == year:
		return refuse(RefusedLocked, "%d is locked already: fundy ledger year --year %d shows what it came to", year, year)
	case last > year:
		return refuse(RefusedYearOrder, "%d can't be locked after %d: years are locked in their order", year, last).with("year", last)
	}
	return nil
}
