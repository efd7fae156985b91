package settle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ledger"
	"fundy/payment"
	"fundy/payout"
	"fundy/processor"
	"fundy/store"
)

// Banking is what the way to the bank needs of an adapter. It only reads.
type Banking interface {
	processor.Settlements
	GetPayment(ctx context.Context, payment string) (processor.Snapshot, error)
}

// DepositsConfig is what Deposits is made of.
type DepositsConfig struct {
	Store     *store.Store
	Processor Banking // nil: payouts can't be fetched
	Adapter   string  // its name
	City      city.City
	Rules     payout.Rules
	Calendar  payout.Calendar
	Digest    func(fields ...string) []byte // keyed: what a bank's line says can't be guessed from its id
	Now       func() time.Time
	Log       *slog.Logger
}

// Deposits follows captured money through the processor's payouts to the bank, and closes days.
//
// Each of its steps may be done any number of times: what is known already changes nothing. Unless apply is
// asked for, a step is tried and taken back.
type Deposits struct{ DepositsConfig }

// NewDeposits makes a Deposits.
func NewDeposits(c DepositsConfig) *Deposits {
	return &Deposits{DepositsConfig: c}
}

// errDryRun takes a transaction back that was only tried.
var errDryRun = errors.New("tried only")

// write is a store.Write that stands only where apply is asked for.
func (d *Deposits) write(ctx context.Context, step fault.Step, apply bool, fn func(ctx context.Context, tx *store.Tx) error) error {
	err := d.Store.Write(ctx, step, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockSettlement(ctx); err != nil {
			return err
		}
		if err := fn(ctx, tx); err != nil {
			return err
		}
		if !apply {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// Limits of one fetch, and how far back it looks: a payout that is paid can fail within some days, and its
// banks' reference can come as late.
const (
	overlap   = 14 * 24 * time.Hour
	listLimit = 2 * time.Minute // one list of the processor's, page by page
)

// ErrRestoring is a city that came back from a backup and has not asked for everything yet: what it does not know of
// its own captures would be entered as nobody's.
var ErrRestoring = errors.New("the store was restored from a backup, and the processor has not been asked yet for all that came since: the office does it, then fetch again")

// Fetched is what a fetch found.
type Fetched struct {
	Charges  int      `json:"charges_learned"`
	Payouts  int      `json:"payouts_new"`
	Lines    int      `json:"lines_new"`
	Unknown  int      `json:"lines_unknown"`
	Failed   int      `json:"payouts_failed"`
	Same     int      `json:"payouts_known"`
	Waiting  int      `json:"payouts_not_complete"`
	Matched  int      `json:"matched_to_bank"`
	Problems []string `json:"problems"`
}

// Fetch reads the processor's payouts and their lines, and enters those that add up.
func (d *Deposits) Fetch(ctx context.Context, apply bool) (Fetched, error) {
	out := Fetched{Problems: []string{}}
	if err := d.restored(ctx); err != nil {
		return out, err
	}
	if err := d.learnCharges(ctx, &out); err != nil {
		return out, err
	}
	var newest time.Time
	var standing []store.Payout
	err := d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if newest, err = tx.NewestPayout(ctx); err != nil || newest.IsZero() {
			return err
		}
		standing, err = tx.Payouts(ctx, newest.Add(-matchSince))
		return err
	})
	if err != nil {
		return out, err
	}
	since := time.Time{}
	if !newest.IsZero() {
		since = newest.Add(-overlap)
	}
	before := map[string]store.Payout{}
	for _, p := range standing {
		before[p.ID] = p
		if p.PostedAt.IsZero() && p.Automatic && p.CreatedAt.Before(since) {
			since = p.CreatedAt // not in the books yet: looked at until it is
		}
	}
	payouts, err := d.listPayouts(ctx, since)
	if err != nil {
		return out, fmt.Errorf("list payouts: %w", err)
	}
	for _, p := range payouts {
		err := d.fetchOne(ctx, p, before[p.ID], apply, &out)
		if c := processor.ClassOf(err); err != nil && (c == processor.Definite || c == processor.Misfit) {
			// The processor says no to this one, for good or until it is asked about: it is in no other's way.
			err = d.problem(ctx, p, fmt.Sprintf("its lines can't be read (%s %s): ask the processor", c, processor.CodeOf(err)), apply, &out)
		}
		if err != nil {
			return out, fmt.Errorf("payout %s: %w", p.ID, err)
		}
	}
	matched, err := d.match(ctx, apply)
	out.Matched = matched
	return out, err
}

// restored wants no mark of a restore to stand.
func (d *Deposits) restored(ctx context.Context) error {
	var standing bool
	err := d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		_, standing, err = tx.Restoring(ctx)
		return err
	})
	if err == nil && standing {
		return ErrRestoring
	}
	return err
}

// problem says what is wrong with a payout of which nothing is entered, and puts it before a person.
func (d *Deposits) problem(ctx context.Context, p processor.Payout, why string, apply bool, out *Fetched) error {
	out.Problems = append(out.Problems, fmt.Sprintf("payout %s: %s", p.ID, why))
	d.Log.Error("settle: a payout is not what it should be", "alarm", "payout_fault", "payout", p.ID, "why", why)
	return d.write(ctx, fault.AddPayout, apply, func(ctx context.Context, tx *store.Tx) error {
		return raiseOnce(ctx, tx, payment.ExceptionPayout, p.ID, p.Amount, why, d.Now())
	})
}

func (d *Deposits) listPayouts(ctx context.Context, since time.Time) ([]processor.Payout, error) {
	ctx, cancel := context.WithTimeout(ctx, listLimit)
	defer cancel()
	fault.Before(fault.CallPayouts)
	defer fault.After(fault.CallPayouts)
	return d.Processor.Payouts(ctx, since)
}

func (d *Deposits) listLines(ctx context.Context, id string) ([]processor.BalanceLine, error) {
	ctx, cancel := context.WithTimeout(ctx, listLimit)
	defer cancel()
	fault.Before(fault.CallLines)
	defer fault.After(fault.CallLines)
	return d.Processor.PayoutLines(ctx, id)
}

// fetchOne brings one payout up to date.
func (d *Deposits) fetchOne(ctx context.Context, p processor.Payout, old store.Payout, apply bool, out *Fetched) error {
	now := d.Now()
	next := store.Payout{Payout: p, Adapter: d.Adapter, ReadAt: now, PostedAt: old.PostedAt, FailedAt: old.FailedAt}
	if old.ID != "" && (old.Amount != p.Amount || old.Currency != p.Currency) {
		return d.problem(ctx, p, fmt.Sprintf("it was %s %s and is now %s %s: nothing of it was changed; ask the processor", old.Amount, old.Currency, p.Amount, p.Currency), apply, out)
	}
	failed := p.State == processor.PayoutFailed || p.State == processor.PayoutCanceled
	switch {
	case !old.PostedAt.IsZero() && failed && old.FailedAt.IsZero():
		next.FailedAt = now
		out.Failed++
		return d.write(ctx, fault.AddPayout, apply, func(ctx context.Context, tx *store.Tx) error {
			if _, already, err := tx.PayoutStands(ctx, p.ID); err != nil || !already.IsZero() {
				return err // another office has seen it fail
			}
			return d.failIn(ctx, tx, next, now)
		})
	case !old.PostedAt.IsZero():
		out.Same++
		if old.State == p.State && old.Trace == p.Trace {
			return nil
		}
		return d.write(ctx, fault.AddPayout, apply, func(ctx context.Context, tx *store.Tx) error { return tx.PutPayout(ctx, next) })
	case p.Automatic && !p.Complete:
		out.Waiting++
		return d.write(ctx, fault.AddPayout, apply, func(ctx context.Context, tx *store.Tx) error { return tx.PutPayout(ctx, next) })
	}
	var lines []processor.BalanceLine
	if p.Automatic {
		var err error
		if lines, err = d.listLines(ctx, p.ID); err != nil {
			return fmt.Errorf("list its lines: %w", err)
		}
	}
	err := d.enter(ctx, next, lines, failed, apply, out)
	if errors.Is(err, errEntered) {
		return nil
	}
	return err
}

// after moves an instant that lies before until to it.
func after(until time.Time) func(time.Time) time.Time {
	return func(at time.Time) time.Time {
		if at.Before(until) {
			return until
		}
		return at
	}
}

// failIn takes a payout's money back from the way to the bank: it is with the processor again.
func (d *Deposits) failIn(ctx context.Context, tx *store.Tx, p store.Payout, now time.Time) error {
	if err := tx.PutPayout(ctx, p); err != nil {
		return err
	}
	d.Log.Error("settle: a payout failed", "alarm", "payout_failed", "payout", p.ID, "why", p.Failure)
	return errors.Join(
		Raise(ctx, tx, payment.ExceptionPayout, p.ID, p.Amount, "it failed: "+p.Failure, now),
		tx.AddEntry(ctx, ledger.Entry{
			ID: string(ledger.PayoutFailed) + "-" + p.ID, Kind: ledger.PayoutFailed, Ref: p.ID, Entered: now, Effective: now,
			Postings: ledger.ForPayoutFailed(p.Amount),
		}))
}
