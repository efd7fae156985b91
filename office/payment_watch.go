package office

import (
	"context"
	"errors"
	"time"

	"fundy/desk"
	pb "fundy/desk/deskpb"
	"fundy/payment"
	"fundy/store"
)

// readPause is how long a visitor's reading of the processor serves before another is made: event,
// return page and sweeper do the same, so nothing is lost by waiting.
const readPause = 2 * time.Second

// watchPayment says how an attempt stands, and holds its answer while the outcome is not known.
func (o *Office) watchPayment(ctx context.Context, r *pb.WatchPaymentRequest) (*pb.WatchPaymentResponse, error) {
	id := payment.AttemptID(r.GetAttempt())
	if !opaque(r.GetAttempt()) {
		return &pb.WatchPaymentResponse{State: "unknown", Outcome: "unknown"}, nil
	}
	end := o.Now().Add(min(time.Duration(max(r.GetWaitSeconds(), 0))*time.Second, desk.MaxWait))
	for {
		moved, stop := o.settler.Watch(id)
		var a payment.Attempt
		err := o.patiently(ctx, func() (err error) {
			a, err = o.look(ctx, id, r.GetReturned())
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			stop()
			return &pb.WatchPaymentResponse{State: "unknown", Outcome: "unknown"}, nil
		}
		if err != nil {
			stop()
			return nil, err
		}
		left := end.Sub(o.Now())
		waiting := a.State.Waiting() || (r.GetReturned() && a.State == payment.Opened)
		if !waiting || left <= 0 {
			stop()
			return o.watched(ctx, a)
		}
		err = pause(ctx, moved, min(left, readPause))
		stop()
		if err != nil {
			return nil, err
		}
	}
}

func pause(ctx context.Context, moved <-chan struct{}, long time.Duration) error {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-moved:
	case <-timer.C:
	}
	return nil
}

// look reads an attempt; where the visitor has come back from the card page, the processor is asked
// too, at most once in readPause. A reading that fails is no answer to the visitor: he sees where
// the attempt stands.
func (o *Office) look(ctx context.Context, id payment.AttemptID, returned bool) (payment.Attempt, error) {
	a, err := o.attempt(ctx, id)
	if err != nil || !returned || o.Now().Sub(a.RefreshedAt) < readPause {
		return a, err
	}
	if a.State != payment.Opened && !a.State.Waiting() {
		return a, nil
	}
	now, err := o.settler.RefreshSeldom(context.WithoutCancel(ctx), id, readPause)
	if err != nil {
		o.Log.Warn("office: attempt not refreshed", "attempt", id.Ref(), "err", err)
		return o.attempt(ctx, id)
	}
	return now, nil
}

// outcomes is what each state means to the payer: a key of the portal's words.
var outcomes = map[payment.State]string{
	payment.New: "waiting", payment.Creating: "waiting", payment.Processing: "waiting",
	payment.Authorized: "waiting", payment.CorrectedAuth: "waiting", payment.Capturing: "waiting",
	payment.Releasing: "waiting", payment.Expiring: "waiting", payment.Opened: "open",
	payment.Captured: "paid", payment.Settled: "paid", payment.Banked: "paid", payment.CorrectedPaid: "stopped",
	payment.Released: "released", payment.CaptureFailed: "released", payment.CorrectedBack: "stopped",
	payment.Expired: "expired", payment.Failed: "failed", payment.Abandoned: "failed", payment.Stopped: "stopped",
}

func (o *Office) watched(ctx context.Context, a payment.Attempt) (*pb.WatchPaymentResponse, error) {
	outcome := outcomes[a.State]
	if a.State == payment.CorrectedPaid && a.Receipt != "" {
		outcome = "paid"
	}
	out := &pb.WatchPaymentResponse{
		State: string(a.State), Outcome: outcome, TotalMinor: a.Amount.Minor(), ReleaseReason: a.Reason,
	}
	if a.State == payment.Opened && desk.CheckCardURL(a.SessionURL, o.Settings.Processor.CardHost) == nil {
		out.CardUrl = a.SessionURL
	}
	read := func(ctx context.Context, tx *store.Tx) error {
		p, err := tx.Payment(ctx, a.Payment)
		if err != nil {
			return err
		}
		d, declined, err := tx.LastDecline(ctx, a.ID)
		if err != nil {
			return err
		}
		if declined {
			out.Declined, out.DeclinedAt = d.Reason, d.SeenAt.UnixMicro()
		}
		out.Language, out.TicketNumbers = p.Language, nil
		for _, f := range p.Tickets {
			t, err := tx.Ticket(ctx, f.Ticket)
			if err != nil {
				return err
			}
			out.TicketNumbers = append(out.TicketNumbers, t.Number)
			if t.ID == a.Blocked {
				out.BlockedTicket = t.Number
			}
		}
		return nil
	}
	return out, o.patiently(ctx, func() error { return o.Store.Read(ctx, read) })
}
