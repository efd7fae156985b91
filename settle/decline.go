package settle

import (
	"context"
	"fmt"

	"fundy/fault"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// seeDecline asks for the last declined try of a card page that is open still, and records its reason and when it was
// seen, once for each try. The attempt stays as it is: another card may pay on the same page. Only who is looked at by a
// person is asked about (RefreshSeldom), never by the sweeper: the answer has more of the card than we want near us.
func (s *Settler) seeDecline(ctx context.Context, a payment.Attempt, snap processor.Snapshot) error {
	decliner, can := s.outside.p.(processor.Decliner)
	if !s.TellDeclines || !can || a.State != payment.Opened || snap.State != processor.SessionOpen || snap.Payment == "" {
		return nil
	}
	call, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	d, declined, err := s.outside.lastDecline(call, fault.CallDecline, decliner, snap.Payment)
	if err != nil || !declined {
		return err
	}
	err = s.Store.Write(ctx, fault.SeeDecline, func(ctx context.Context, tx *store.Tx) error {
		return tx.AddDecline(ctx, a.ID, d.Ref, payment.Decline{Reason: payment.DeclineReason(d.Code), SeenAt: s.Now()})
	})
	if err != nil {
		return fmt.Errorf("record decline: %w", err)
	}
	return nil
}

func (o outside) lastDecline(ctx context.Context, step fault.Step, d processor.Decliner, payment string) (processor.Decline, bool, error) {
	fault.Before(step)
	defer fault.After(step)
	return d.LastDecline(ctx, payment)
}
