package citytest_test

import (
	"context"
	"errors"
	"testing"

	"fundy/citytest"
	"fundy/payment"
	"fundy/store"
)

// waits wants an open exception about ref, of an amount in minor units; 0: it is closed, or there is none.
func waits(t *testing.T, c *citytest.City, kind payment.ExceptionKind, ref string, minor int64) payment.Exception {
	t.Helper()
	var e payment.Exception
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.OpenExceptions(ctx, 1000)
		for _, one := range all {
			if one.Kind == kind && one.Ref == ref {
				e = one
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if (e.ID == "") != (minor == 0) || e.Amount.Minor() != minor {
		t.Errorf("exception %s about %s: %+v, want one of %d", kind, ref, e, minor)
	}
	return e
}

// A person takes an exception, notes something and closes it; what money hangs on closes by itself alone.
func TestAnExceptionHasAnOwner(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		control(t, c, "webhooks", map[string]any{"mode": "off"})
		c.Add(citytest.Spec{Number: "X1", Plate: "XXX 111", Offence: "LOADING", Age: 1})
		part := settle(t, c, begin(t, c, "X1", "XXX 111"), payment.Creating)
		takenByHand(t, c, part, "1000")
		s, ctx := c.Office.Settler(), context.Background()
		stopped := waits(t, c, payment.ExceptionStopped, part.ID.Ref(), 5000)
		if stopped.Owner != payment.RoleSupervisor || !stopped.DueAt.After(stopped.OpenedAt) {
			t.Errorf("%+v", stopped)
		}
		taken, err := s.ActOnException(ctx, stopped.ID, payment.ExceptionTaken, "lea", "")
		if err != nil || taken.Owner != "lea" || taken.Version != 2 {
			t.Errorf("%+v, %v", taken, err)
		}
		if _, err := s.ActOnException(ctx, stopped.ID, payment.ExceptionNoted, "lea", "asked the processor"); err != nil {
			t.Error(err)
		}
		for _, no := range []struct {
			act    payment.ExceptionAct
			by     string
			note   string
			reason string
		}{
			{payment.ExceptionClosed, "lea", "done", payment.RefusedStands},
			{payment.ExceptionNoted, "lea", " ", payment.RefusedNote},
			{payment.ExceptionNoted, "lea", "two\nlines", payment.RefusedNote},
			{payment.ExceptionNoted, "Léa", "hm", payment.RefusedWho},
		} {
			var refused *payment.ExceptionRefusal
			if _, err := s.ActOnException(ctx, stopped.ID, no.act, no.by, no.note); !errors.As(err, &refused) || refused.Reason != no.reason {
				t.Errorf("%s by %q, %q: %v, want %s", no.act, no.by, no.note, err, no.reason)
			}
		}
		if _, err := s.ActOnException(ctx, "exc_none", payment.ExceptionTaken, "lea", ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("none: %v", err)
		}
		var history []store.ExceptionEvent
		err = c.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			history, err = tx.ExceptionEvents(ctx, stopped.ID)
			return err
		})
		if err != nil || len(history) != 3 || history[2].Note != "asked the processor" || history[2].Who != "lea" {
			t.Errorf("%+v, %v", history, err)
		}
	})
}
