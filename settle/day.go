package settle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ledger"
	"fundy/money"
	"fundy/payout"
	"fundy/store"
)

// carriedFor is how far back a day's report looks for money that has not come.
const carriedFor = 60 * 24 * time.Hour

// Report is what a business day came to, on the city's clock: a closed day's as it was closed.
func (d *Deposits) Report(ctx context.Context, day city.Date) (r payout.Report, err error) {
	err = d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		body, err := tx.ClosedDay(ctx, day)
		if err == nil {
			return json.Unmarshal([]byte(body), &r)
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		r, err = d.reportIn(ctx, tx, day)
		return err
	})
	return r, err
}

func (d *Deposits) reportIn(ctx context.Context, tx *store.Tx, day city.Date) (payout.Report, error) {
	from, until := day.Start(d.City.Zone), day.AddDays(1).Start(d.City.Zone)
	b := payout.Book{Day: day, Today: city.DateOf(d.Now(), d.City.Zone), Zone: d.City.Zone, Calendar: d.Calendar, Payouts: map[string]payout.Where{}}
	var errs [15]error
	b.Taken, errs[0] = tx.DayCaptures(ctx, from, until)
	b.Lines, errs[1] = tx.DayLines(ctx, from, until)
	b.Before, errs[2] = tx.DayCaptures(ctx, from.Add(-carriedFor), from)
	b.LinesAfore, errs[3] = tx.DayLines(ctx, from.Add(-carriedFor), from)
	b.Bank, errs[4] = tx.DayBank(ctx, day)
	moves, err := tx.Moves(ctx, from, until)
	errs[5] = err
	payouts, err := tx.Payouts(ctx, from.Add(-carriedFor))
	errs[6] = err
	b.Counter, errs[7] = tx.DayTenders(ctx, from, until)
	b.CounterBefore, errs[8] = tx.DayTenders(ctx, from.Add(-carriedFor), from)
	b.Back, errs[9] = tx.DayBack(ctx, from, until)
	b.BackBefore, errs[10] = tx.DayBack(ctx, from.Add(-carriedFor), from)
	slips, err := tx.Deposits(ctx, city.DateOf(from.Add(-carriedFor), d.City.Zone))
	errs[11] = err
	b.Channels, errs[12] = tx.DayChannels(ctx, from, until)
	b.NoTicket, errs[13] = tx.ReceivedForNoTicket(ctx, from, until)
	refunds, err := tx.RefundSums(ctx, from, until)
	errs[14] = err
	if err := errors.Join(errs[:]...); err != nil {
		return payout.Report{}, err
	}
	if b.GivenBack, err = ledger.GivenBack(refunds); err != nil {
		return payout.Report{}, err
	}
	basis := ledger.BasisOf(d.City.Ledger)
	sides, err := basis.Sum(moves)
	if err != nil {
		return payout.Report{}, err
	}
	b.Basis, b.Accounts = string(basis), payout.AccountLines(sides, d.City.Ledger.Tax)
	for _, p := range payouts {
		w := payout.Where{
			ID: p.ID, Amount: p.Amount, Arrival: payout.DayOf(p.Arrival), Made: city.DateOf(p.CreatedAt, d.City.Zone), Fault: p.Fault,
			AgainIn: p.AgainIn, BankedOn: p.BankedOn,
		}
		if !p.FailedAt.IsZero() {
			w.Failed = city.DateOf(p.FailedAt, d.City.Zone)
		}
		b.Payouts[p.ID] = w
	}
	b.Slips = make(map[string]payout.Slip, len(slips))
	for _, one := range slips {
		b.Slips[one.ID] = one
	}
	words, err := tx.Words(ctx)
	if err != nil {
		return payout.Report{}, err
	}
	r, err := d.Rules.Report(b)
	if err != nil {
		return r, err
	}
	return r.Explained(words), nil
}

// Close locks a day, or says what stands in the way.
func (d *Deposits) Close(ctx context.Context, day city.Date, apply bool) (r payout.Report, err error) {
	return d.CloseAs(ctx, day, "", apply)
}

// CloseAs is Close by a person who is named.
func (d *Deposits) CloseAs(ctx context.Context, day city.Date, by string, apply bool) (r payout.Report, err error) {
	err = d.write(ctx, fault.CloseDay, apply, func(ctx context.Context, tx *store.Tx) error {
		if err := d.mayClose(ctx, tx, day); err != nil {
			return err
		}
		if r, err = d.reportIn(ctx, tx, day); err != nil {
			return err
		}
		if n := r.Unknown(); n > 0 {
			return refuse(RefusedUnknown, "%s is not closed: %d things are unexplained; fundy settle report --day %s lists them", day, n, day).with("count", n)
		}
		r.Closed, r.ClosedBy = true, by
		body, err := json.Marshal(r)
		if err != nil {
			return err
		}
		now := d.Now()
		if err := tx.CloseDay(ctx, day, day.AddDays(1).Start(d.City.Zone), now, string(body)); err != nil {
			return err
		}
		return tx.Tell(ctx, "day_closed", now, dayLeaf(r, body))
	})
	return r, err
}

// DayLeaf is what the log is told of a closed day: its sums, and the digest of the whole report. What persons wrote
// in it stays here.
type DayLeaf struct {
	Day    city.Date    `json:"day"`
	Gross  money.Amount `json:"gross"`
	Bank   money.Amount `json:"bank"`
	Report string       `json:"report_sha256"`
	Who    string       `json:"who,omitempty"`
}

func dayLeaf(r payout.Report, body []byte) DayLeaf {
	return DayLeaf{Day: r.Day, Gross: r.Gross, Bank: r.Bank, Report: digestOf(body), Who: r.ClosedBy}
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// mayClose wants the day to be over, the days before it closed, no payment of it under way, and the bank's
// statement of it read.
func (d *Deposits) mayClose(ctx context.Context, tx *store.Tx, day city.Date) error {
	from, until := day.Start(d.City.Zone), day.AddDays(1).Start(d.City.Zone)
	if d.Now().Before(until) {
		return refuse(RefusedNotOver, "%s is not over yet", day)
	}
	closed, err := tx.ClosedUntil(ctx)
	if err != nil {
		return err
	}
	if from.Before(closed) {
		return refuse(RefusedClosed, "%s can't be closed: it is closed already, or lies before the last closed day, which ended at %s", day, closed.In(d.City.Zone).Format(time.DateTime))
	}
	first, err := tx.FirstOpen(ctx)
	if err != nil {
		return err
	}
	if !first.IsZero() && first.Before(from) {
		before := city.DateOf(first, d.City.Zone)
		return refuse(RefusedOrder, "days are closed in their order: close %s first", before).with("day", before)
	}
	half, err := tx.HalfEntered(ctx)
	if err != nil {
		return err
	}
	if len(half) > 0 {
		return refuse(RefusedHalf, "the payout %s is entered in part, because a fetch was cut off: fundy settle fetch --apply first", half[0]).with("payout", half[0])
	}
	waiting, err := tx.WaitingOfDay(ctx, from, until)
	if err != nil {
		return err
	}
	if waiting > 0 {
		return refuse(RefusedWaiting, "%d payments of %s are still under way or wait for a person: see fundy ledger check", waiting, day).with("count", waiting)
	}
	for _, a := range d.Rules.Accounts {
		last, err := tx.LastStatement(ctx, a.Number)
		if err != nil {
			return err
		}
		if last.Compare(day) < 0 {
			return refuse(RefusedStatement, "the bank's statement of %s for the account %s has not been read: fundy settle bank FILE --apply", day, a.Name).with("account", a.Name)
		}
	}
	return nil
}
