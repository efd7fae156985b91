package settle

import (
	"context"
	"time"

	"fundy/fault"
	"fundy/money"
	"fundy/processor"
)

// outside is the only way from here to the processor. Each call names its step and stands alone between two
// transactions: a crash before it has done nothing, one after it has done what nobody knows yet, and the
// same key finds it again.
type outside struct {
	p Processor
	r processor.Refunder // nil: this processor gives nothing back
	d processor.Disputes // nil: this processor tells of no disputes
}

func (o outside) createSession(ctx context.Context, step fault.Step, c processor.CreateSession, key string) (processor.Snapshot, error) {
	fault.Before(step)
	defer fault.After(step)
	return o.p.CreateSession(ctx, c, processor.Key(key))
}

func (o outside) getSession(ctx context.Context, step fault.Step, session string) (processor.Snapshot, error) {
	fault.Before(step)
	defer fault.After(step)
	return o.p.GetSession(ctx, session)
}

func (o outside) findSession(ctx context.Context, step fault.Step, attempt string, from, to time.Time) (processor.Snapshot, bool, error) {
	fault.Before(step)
	defer fault.After(step)
	return o.p.FindSession(ctx, attempt, from, to)
}

func (o outside) listSessions(ctx context.Context, step fault.Step, from, to time.Time, each func(processor.Listed) error) error {
	fault.Before(step)
	defer fault.After(step)
	return o.p.ListSessions(ctx, from, to, each)
}

func (o outside) expireSession(ctx context.Context, step fault.Step, session, key string) (processor.Snapshot, error) {
	fault.Before(step)
	defer fault.After(step)
	return o.p.ExpireSession(ctx, session, processor.Key(key))
}

func (o outside) getPayment(ctx context.Context, step fault.Step, payment string) (processor.Snapshot, error) {
	fault.Before(step)
	defer fault.After(step)
	return o.p.GetPayment(ctx, payment)
}

func (o outside) capture(ctx context.Context, step fault.Step, payment string, amount money.Amount, key string) (processor.Snapshot, error) {
	fault.Before(step)
	defer fault.After(step)
	return o.p.Capture(ctx, payment, amount, processor.Key(key))
}

func (o outside) release(ctx context.Context, step fault.Step, payment string, reason processor.ReleaseReason, key string) (processor.Snapshot, error) {
	fault.Before(step)
	defer fault.After(step)
	return o.p.Release(ctx, payment, reason, processor.Key(key))
}

func (o outside) refund(ctx context.Context, step fault.Step, c processor.CreateRefund, key string) (processor.RefundSnapshot, error) {
	fault.Before(step)
	defer fault.After(step)
	return o.r.Refund(ctx, c, processor.Key(key))
}

func (o outside) getRefund(ctx context.Context, step fault.Step, refund string) (processor.RefundSnapshot, error) {
	fault.Before(step)
	defer fault.After(step)
	return o.r.GetRefund(ctx, refund)
}

func (o outside) findRefund(ctx context.Context, step fault.Step, payment, ourRefund string) (processor.RefundSnapshot, bool, error) {
	fault.Before(step)
	defer fault.After(step)
	return o.r.FindRefund(ctx, payment, ourRefund)
}

func (o outside) disputes(ctx context.Context, step fault.Step, since time.Time) ([]processor.Dispute, error) {
	fault.Before(step)
	defer fault.After(step)
	return o.d.Disputes(ctx, since)
}

func (o outside) getDispute(ctx context.Context, step fault.Step, dispute string) (processor.Dispute, error) {
	fault.Before(step)
	defer fault.After(step)
	return o.d.GetDispute(ctx, dispute)
}
