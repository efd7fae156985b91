package settle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"fundy/fault"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// ByPhone is the channel of a payment that was begun with a one-time code.
const ByPhone = "phone"

// CodeLeaf is what the log is told of a one-time code: never its digits.
type CodeLeaf struct {
	Code    string   `json:"code"` // its id
	Act     string   `json:"act"`  // made, opened, used, ended, mail_asked
	Who     string   `json:"who"`  // the clerk; "" for its caller
	Tickets []string `json:"tickets,omitempty"`
	Payment string   `json:"payment,omitempty"` // that was begun with it
}

// MakeCode writes a one-time code for the tickets that its clerk has picked, each of which can be paid here now.
// instead is a code that it takes the place of, and that is good no more; "" for none. A payment.CodeRefusal says why
// none is made. Digits that are another code's are store.ErrConflict: the caller makes others. A code whose id its clerk
// has given one already is that one: who was not answered asks again.
func (s *Settler) MakeCode(ctx context.Context, c payment.Code, tickets int, instead string) error {
	if !payment.StaffName(c.MadeBy) {
		return &payment.CorrectionRefusal{Reason: payment.RefusedWho}
	}
	if len(c.Tickets) == 0 {
		return &payment.CodeRefusal{Reason: payment.CodeNoTicket}
	}
	if len(c.Tickets) > tickets {
		return &payment.CodeRefusal{Reason: payment.CodeTooMany}
	}
	now := s.Now()
	c.MadeAt, c.Until = now, now.Add(payment.CodeLife)
	err := s.Store.Write(ctx, fault.MakeCode, func(ctx context.Context, tx *store.Tx) error {
		if stands, err := codeStands(ctx, tx, c); err != nil || stands {
			return err
		}
		if made, err := tx.CodesMade(ctx, c.MadeBy, now.Add(-payment.CodeLife)); err != nil {
			return err
		} else if made >= payment.CodesOpen {
			return &payment.CodeRefusal{Reason: payment.CodeBusy}
		}
		if err := mayBePaid(ctx, tx, c.Tickets, now); err != nil {
			return err
		}
		if instead != "" {
			if err := endCodeIn(ctx, tx, instead, c.MadeBy, now); err != nil {
				return err
			}
		}
		if err := tx.AddCode(ctx, c); err != nil {
			return err
		}
		return tellCode(ctx, tx, c, CodeLeaf{Act: "made", Who: c.MadeBy}, now)
	})
	if err != nil {
		return fmt.Errorf("make code: %w", err)
	}
	return nil
}

// codeStands says whether a code was made before, by the same clerk for the same tickets. One that is somebody else's, or
// is for others, is store.ErrConflict.
func codeStands(ctx context.Context, tx *store.Tx, c payment.Code) (bool, error) {
	before, err := tx.Code(ctx, c.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err == nil && (before.MadeBy != c.MadeBy || !slices.Equal(before.Tickets, c.Tickets)) {
		err = store.ErrConflict
	}
	return err == nil, err
}

// mayBePaid refuses tickets that no page takes money for now.
func mayBePaid(ctx context.Context, tx *store.Tx, ids []ticket.ID, now time.Time) error {
	for _, id := range ids {
		t, err := tx.Ticket(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return &payment.CodeRefusal{Reason: payment.CodeNoTicket}
		}
		if err != nil {
			return err
		}
		regime, ok := ticket.RegimeOf(t.Regime)
		if !ok {
			return fmt.Errorf("ticket of unknown regime %q", t.Regime)
		}
		if !ticket.Stand(regime, t.Ticket, now).Payable {
			return &payment.CodeRefusal{Reason: payment.CodeNotPayable}
		}
	}
	return nil
}

// OpenCode opens a code by the HMAC of its digits, and records the first time. A code that is not there is
// store.ErrNotFound; one that is good no more is returned as it stands, and nothing is recorded.
func (s *Settler) OpenCode(ctx context.Context, mac []byte) (payment.Code, error) {
	var c payment.Code
	err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = tx.CodeByMAC(ctx, mac)
		return err
	})
	if err != nil {
		return c, err
	}
	if c.State(s.Now()) != payment.CodeWaiting {
		return c, nil
	}
	err = s.Store.Write(ctx, fault.OpenCode, func(ctx context.Context, tx *store.Tx) error {
		now := s.Now()
		if c, err = tx.LockCode(ctx, c.ID); err != nil || c.State(now) != payment.CodeWaiting {
			return err
		}
		c.OpenedAt = now
		if _, err := tx.OpenCode(ctx, c.ID, now); err != nil {
			return err
		}
		return tellCode(ctx, tx, c, CodeLeaf{Act: "opened"}, now)
	})
	if err != nil {
		return c, fmt.Errorf("open code: %w", err)
	}
	return c, nil
}

// UseCode uses a code up, in the transaction that begins a payment with it. It was read by LockCode there, and is good.
func UseCode(ctx context.Context, tx *store.Tx, c payment.Code, p payment.ID, now time.Time) error {
	if err := tx.UseCode(ctx, c.ID, p, now); err != nil {
		return err
	}
	return tellCode(ctx, tx, c, CodeLeaf{Act: "used", Payment: string(p)}, now)
}

// EndCode ends a code that nobody has used: its caller has hung up.
func (s *Settler) EndCode(ctx context.Context, id, by string) error {
	err := s.Store.Write(ctx, fault.EndCode, func(ctx context.Context, tx *store.Tx) error {
		return endCodeIn(ctx, tx, id, by, s.Now())
	})
	if err != nil {
		return fmt.Errorf("end code: %w", err)
	}
	return nil
}

func endCodeIn(ctx context.Context, tx *store.Tx, id, by string, now time.Time) error {
	c, err := tx.LockCode(ctx, id)
	if err != nil {
		return err
	}
	ended, err := tx.EndCode(ctx, id, now)
	if err != nil || !ended {
		return err
	}
	return tellCode(ctx, tx, c, CodeLeaf{Act: "ended", Who: by}, now)
}

func tellCode(ctx context.Context, tx *store.Tx, c payment.Code, l CodeLeaf, now time.Time) error {
	l.Code = c.ID
	for _, id := range c.Tickets {
		l.Tickets = append(l.Tickets, string(id))
	}
	return tx.Tell(ctx, "code", now, l)
}

// TaskMailCode sends a code to the address that its caller has dictated. Its ref is the code's id.
const TaskMailCode = "mail_code"

// CodeMail is what a task that sends a code has to know.
type CodeMail struct {
	Sealed []byte `json:"sealed"` // the address, with the code's id as associated data
}

// MailCode asks for the sending of a code, once. A code that is good no more, or that has been sent, is
// store.ErrConflict. Who has no handler for it must not ask.
func (s *Settler) MailCode(ctx context.Context, id, by string, sealed []byte) error {
	params, err := json.Marshal(CodeMail{Sealed: sealed})
	if err != nil {
		return fmt.Errorf("write task parameters: %w", err)
	}
	err = s.Store.Write(ctx, fault.MailCode, func(ctx context.Context, tx *store.Tx) error {
		now := s.Now()
		c, err := tx.LockCode(ctx, id)
		if err != nil {
			return err
		}
		if !c.Good(now) || !c.MailedAt.IsZero() {
			return store.ErrConflict
		}
		if err := tx.MailCode(ctx, id, now); err != nil {
			return err
		}
		if err := tx.AddTask(ctx, newTask(TaskMailCode, id, 1, string(params), now), now, time.Time{}); err != nil {
			return err
		}
		return tellCode(ctx, tx, c, CodeLeaf{Act: "mail_asked", Who: by}, now)
	})
	if err != nil {
		return fmt.Errorf("mail code: %w", err)
	}
	return nil
}
