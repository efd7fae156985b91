package office

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	pb "fundy/desk/deskpb"
	"fundy/office/staff"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// Limits of wrong codes, for the whole city. What one source may do wrong the portal counts: the desk has no sources.
const (
	wrongCodesFree = 60 // a minute; beyond it everybody waits
	wrongCodesWait = 2 * time.Second
)

// wrongCodes counts the wrong codes of the last minute. In memory only: what a restart forgets, an attacker gains
// sixty guesses by, of a thousand million.
type wrongCodes struct {
	mu   sync.Mutex
	last []time.Time // of the last minute, oldest first, at most wrongCodesFree and one
}

// many says whether so many wrong codes came within the last minute that everybody waits.
func (w *wrongCodes) many(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(now)
	return len(w.last) > wrongCodesFree
}

// add counts a wrong code, and says whether it was one too many.
func (w *wrongCodes) add(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(now)
	if len(w.last) > wrongCodesFree {
		w.last = w.last[1:]
	}
	w.last = append(w.last, now)
	return len(w.last) > wrongCodesFree
}

func (w *wrongCodes) forget(now time.Time) {
	for len(w.last) > 0 && now.Sub(w.last[0]) >= time.Minute {
		w.last = w.last[1:]
	}
}

// openCode opens the tickets of a one-time code. One that is used or over is said to be: who has it in hand asks his
// clerk for another.
func (o *Office) openCode(ctx context.Context, r *pb.OpenCodeRequest) (*pb.OpenCodeResponse, error) {
	if !o.slow.city.AllowN(o.Now(), 1) {
		return &pb.OpenCodeResponse{Outcome: &pb.OpenCodeResponse_SlowDown{SlowDown: &pb.SlowDown{Seconds: 1}}}, nil
	}
	if o.wrong.many(o.Now()) {
		if err := pause(ctx, nil, wrongCodesWait); err != nil {
			return nil, err
		}
	}
	digits, ok := payment.ReadCode(r.GetCode())
	if !ok {
		return o.wrongCode("none"), nil
	}
	var c payment.Code
	err := o.patiently(ctx, func() (err error) {
		c, err = o.settler.OpenCode(ctx, o.staffKey().PhoneMAC(digits))
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return o.wrongCode("none"), nil
	case err != nil:
		return nil, fmt.Errorf("open code: %w", err)
	case !c.UsedAt.IsZero():
		return o.wrongCode("used"), nil
	case !c.Good(o.Now()):
		return o.wrongCode("over"), nil
	}
	tickets, err := o.showCode(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("show code: %w", err)
	}
	return &pb.OpenCodeResponse{Outcome: &pb.OpenCodeResponse_Opened{Opened: &pb.OpenedCode{Id: c.ID, Tickets: tickets}}}, nil
}

func (o *Office) wrongCode(why string) *pb.OpenCodeResponse {
	now := o.Now()
	if o.wrong.add(now) {
		if times, say := o.guessed.now(now); say {
			o.Log.Error("office: so many wrong one-time codes that somebody may be guessing: everybody waits now", "alarm", "codes_guessed", "more_than_a_minute", wrongCodesFree, "times_since_start", times)
		}
	}
	return &pb.OpenCodeResponse{Outcome: &pb.OpenCodeResponse_Wrong{Wrong: why}}
}

// showCode shows the tickets of a code as number and plate would, but for their receipts.
func (o *Office) showCode(ctx context.Context, c payment.Code) ([]*pb.Ticket, error) {
	var all []*pb.Ticket
	err := o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		all = nil
		for _, id := range c.Tickets {
			f, err := tx.Ticket(ctx, id)
			if err != nil {
				return err
			}
			shown, err := o.show(ctx, tx, f, by{code: true}, o.Now())
			if err != nil {
				return err
			}
			all = append(all, shown)
		}
		return nil
	})
	return all, err
}

// codeOf locks the one-time code that a payment is to be begun with, and makes it a payment by phone. The zero Code
// is none: none was brought, or the payment is of other tickets. A payment.Refusal says that it begins no payment.
func codeOf(ctx context.Context, tx *store.Tx, id string, ask *payment.Ask, now time.Time) (payment.Code, error) {
	if id == "" {
		return payment.Code{}, nil
	}
	c, err := tx.LockCode(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return payment.Code{}, &payment.Refusal{Reason: payment.RefusedCodeOver}
	}
	if err != nil || !c.Fits(ask.Quotes) {
		return payment.Code{}, err
	}
	if why := c.Against(now); why != "" {
		return payment.Code{}, &payment.Refusal{Reason: why, Tickets: append([]ticket.ID(nil), c.Tickets...)}
	}
	ask.Channel = settle.ByPhone
	return c, nil
}

// staffKey is the token key as the staff pages have it: it makes codes and finds them.
func (o *Office) staffKey() staff.Key { return staff.Key{ID: o.Token.ID, Key: o.Token.Key} }
