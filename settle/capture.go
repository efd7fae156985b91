package settle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// captureParams and releaseParams are frozen in the task: every try sends the same.
type captureParams struct {
	Payment     string `json:"payment"`
	AmountMinor int64  `json:"amount_minor"`
}

type releaseParams struct {
	Payment string                  `json:"payment"`
	Reason  processor.ReleaseReason `json:"reason"`
}

// capture takes the money that is set aside. Whatever the processor answers, the attempt is moved
// by what it then says of the payment, not by the answer alone.
func (s *Settler) capture(ctx context.Context, t store.Task) (string, error) {
	var p captureParams
	if err := json.Unmarshal([]byte(t.Params), &p); err != nil {
		return "", fmt.Errorf("read task parameters: %w", err)
	}
	return s.callAndApply(ctx, t, payment.Capturing, func() (processor.Snapshot, error) {
		return s.outside.capture(ctx, fault.CallCapture, p.Payment, money.FromMinor(p.AmountMinor), t.Key)
	}, p.Payment)
}

// release gives the money back.
func (s *Settler) release(ctx context.Context, t store.Task) (string, error) {
	var p releaseParams
	if err := json.Unmarshal([]byte(t.Params), &p); err != nil {
		return "", fmt.Errorf("read task parameters: %w", err)
	}
	return s.callAndApply(ctx, t, payment.Releasing, func() (processor.Snapshot, error) {
		return s.outside.release(ctx, fault.CallRelease, p.Payment, p.Reason, t.Key)
	}, p.Payment)
}

// callAndApply makes one foreign call of an attempt in state, and applies what the processor says. A
// definite no is read back before anything is concluded from it, and so is every third try. Where the
// processor then says that nothing has been done, the next try has a key of its own.
func (s *Settler) callAndApply(ctx context.Context, t store.Task, state payment.State, call func() (processor.Snapshot, error), ref string) (string, error) {
	a, err := s.attempt(ctx, payment.AttemptID(t.Ref))
	if err != nil {
		return "", err
	}
	if a.State != state {
		return "done before", nil
	}
	snap, err := processor.Snapshot{}, error(&processor.Error{Class: processor.Unknown, Op: t.Kind, Code: "key_too_old"})
	if !s.keyTooOld(t) {
		snap, err = call()
	}
	if err != nil && processor.ClassOf(err) != processor.Misfit {
		if !s.readBack(t, err) {
			return "", err
		}
		var readErr error
		if snap, readErr = s.readPayment(ctx, ref); readErr != nil {
			return "", errors.Join(err, readErr)
		}
		if _, moves := EventOf(state, snap); !moves && s.fits(a, snap) {
			return "", errors.Join(errKeySpent, err)
		}
		err = nil
	}
	if err != nil {
		return "misfit", s.move(ctx, a, payment.DoesNotFit, processor.CodeOf(err), func(a *payment.Attempt) { a.Reason = "does_not_fit" })
	}
	after, err := s.apply(context.WithoutCancel(ctx), a.ID, snap, &t)
	if err != nil {
		return "", err
	}
	if after.State == state {
		return "", fmt.Errorf("%s: the processor has not moved the payment yet", t.Kind)
	}
	return Ended, nil
}

// readPayment reads with a time of its own: the call before it may have used up the task's.
func (s *Settler) readPayment(ctx context.Context, ref string) (processor.Snapshot, error) {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), callLimit)
	defer cancel()
	return s.outside.getPayment(call, fault.CallPayment, ref)
}
