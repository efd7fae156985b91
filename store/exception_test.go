package store_test

import (
	"context"
	"testing"
	"time"

	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/store/storetest"
)

// What is found again is in the queue once; what was closed and comes back is opened again, with its history.
func TestAnExceptionOpensOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		at := time.Unix(1_800_000_000, 0).UTC()
		open := func(minor int64, at time.Time) (e payment.Exception, opened bool) {
			t.Helper()
			err := s.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) (err error) {
				e = payment.Raise(payment.ExceptionLine, "txn_1", money.FromMinor(minor), time.Time{}, at)
				opened, err = tx.OpenException(ctx, &e, "why")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return e, opened
		}
		first, opened := open(100, at)
		if !opened || first.Version != 1 || first.DueAt != at.AddDate(0, 0, 3) || first.Owner != payment.RoleFinance {
			t.Fatalf("%+v, %v", first, opened)
		}
		if again, opened := open(200, at.Add(time.Hour)); opened || again.ID != first.ID || again.Amount.Minor() != 100 {
			t.Errorf("again: %+v, %v", again, opened)
		}
		closed := first
		err := s.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			closed = first
			closed.ClosedAt, closed.ClosedBy, closed.Outcome = at.Add(time.Hour), "lea", "explained"
			return tx.MoveException(ctx, &closed, payment.ExceptionClosed, "lea", "explained", at.Add(time.Hour))
		})
		if err != nil {
			t.Fatal(err)
		}
		back, opened := open(300, at.Add(2*time.Hour))
		if !opened || back.ID != first.ID || back.Version != 3 || !back.ClosedAt.IsZero() || back.Amount.Minor() != 300 {
			t.Errorf("back: %+v, %v", back, opened)
		}
		err = s.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.OpenExceptions(ctx, 10)
			if err != nil || len(all) != 1 {
				t.Errorf("open: %+v, %v", all, err)
			}
			history, err := tx.ExceptionEvents(ctx, first.ID)
			if err != nil || len(history) != 3 || history[1].Act != payment.ExceptionClosed || history[2].Act != payment.ExceptionOpened {
				t.Errorf("history: %+v, %v", history, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
