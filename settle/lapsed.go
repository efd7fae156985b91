package settle

import (
	"context"
	"time"

	"fundy/city"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// ourFault says whether money that is back on its card came to nothing through us: it had been set aside for so
// long that taking it was alarmed as late. What a person at the processor gives back before that was decided there.
func ourFault(ctx context.Context, tx *store.Tx, a payment.Attempt, now time.Time) (bool, error) {
	switch a.State {
	case payment.Capturing, payment.Opened, payment.Expiring:
	default:
		return false, nil
	}
	since, err := tx.SetAsideAt(ctx, a.ID)
	if err != nil {
		return false, err
	}
	if since.IsZero() {
		since = a.ExpiresAt // we never saw it: it was set aside before the page closed
	}
	return now.Sub(since) >= lateAfter, nil
}

// PromiseLeaf is what the log is told of a price that holds again.
type PromiseLeaf struct {
	Ticket  string `json:"ticket"`
	Attempt string `json:"attempt"`
	Amount  int64  `json:"amount_minor"`
	Until   int64  `json:"until"` // microseconds UTC
}

// lapsedIn makes good, as far as it can be, that a payment came to nothing through us: each of its tickets that is
// owed can be paid for what it cost then, to the end of a day, and the payer is told, where he left an address.
func (s *Settler) lapsedIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, now time.Time) error {
	s.Log.Error("settle: a hold lapsed before it was taken", "alarm", "hold_lapsed", "attempt", a.ID.Ref(), "state", string(a.State))
	p, err := tx.Payment(ctx, a.Payment)
	if err != nil {
		return err
	}
	note := "the payer left no address"
	if len(p.SealedEmail) > 0 {
		note = "the payer left an address, and is told by e-mail where the city sends any"
	}
	if err := Raise(ctx, tx, payment.ExceptionLapsed, a.ID.Ref(), a.Amount, note, now); err != nil {
		return err
	}
	if s.LapsedDays > 0 {
		if err := s.promiseIn(ctx, tx, a, p, now); err != nil {
			return err
		}
	}
	return s.parkMail(ctx, tx, TaskMailLapsed, a, p, now)
}

// promiseIn keeps the prices of a payment's tickets. The days are the city's: the last one counts to its end.
func (s *Settler) promiseIn(ctx context.Context, tx *store.Tx, a *payment.Attempt, p payment.Payment, now time.Time) error {
	until := city.DateOf(now, s.City.Zone).AddDays(s.LapsedDays + 1).Start(s.City.Zone)
	for _, f := range p.Tickets {
		found, err := tx.LockTickets(ctx, []ticket.ID{f.Ticket})
		if err != nil {
			return err
		}
		for _, t := range found {
			regime, ok := ticket.RegimeOf(t.Regime)
			if !ok || !ticket.Stand(regime, t.Ticket, now).Payable {
				continue // somebody else has paid it, or it is owed no more
			}
			if err := promise(ctx, tx, a, f, now, until); err != nil {
				return err
			}
		}
	}
	return nil
}

func promise(ctx context.Context, tx *store.Tx, a *payment.Attempt, f payment.Frozen, now, until time.Time) error {
	made, err := tx.Promise(ctx, f, a.ID, now, until)
	if err != nil || !made {
		return err
	}
	return tx.Tell(ctx, "price_promise", now, PromiseLeaf{
		Ticket: string(f.Ticket), Attempt: a.ID.Ref(), Amount: f.Total.Minor(), Until: until.UnixMicro(),
	})
}
