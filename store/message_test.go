package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"fundy/fault"
	"fundy/ident"
	"fundy/payment"
	"fundy/store"
	"fundy/store/storetest"
)

// A task has one message; it moves by its table, once; its history stays.
func TestATaskHasOneMessage(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s, ctx := storetest.Open(t, c), context.Background()
		at := time.Unix(1_800_000_000, 0).UTC()
		write := func(do func(ctx context.Context, tx *store.Tx) error) error { return s.Write(ctx, fault.ByTest, do) }
		mk := func() (m payment.Message, isNew bool) {
			t.Helper()
			err := write(func(ctx context.Context, tx *store.Tx) (err error) {
				m, isNew, err = tx.MakeMessage(ctx, payment.Message{Reference: ident.Message(), Task: "fundy/a/mail_receipt/1", Kind: "mail_receipt", Ref: "r", Language: "fr", MadeAt: at})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return m, isNew
		}
		first, isNew := mk()
		if !isNew || first.State != payment.MessageReady || first.Version != 1 {
			t.Fatalf("%+v", first)
		}
		if again, isNew := mk(); isNew || again != first {
			t.Errorf("again: %+v, want %+v", again, first)
		}
		move := func(m payment.Message, e payment.MessageEvent) (payment.Message, error) {
			err := write(func(ctx context.Context, tx *store.Tx) error {
				moved := m
				err := tx.MoveMessage(ctx, &moved, e, "", "250", at.Add(time.Hour))
				if err == nil {
					m = moved
				}
				return err
			})
			return m, err
		}
		sent, err := move(first, payment.MessageTaken)
		if err != nil || sent.State != payment.MessageSent || !sent.SentAt.Equal(at.Add(time.Hour)) {
			t.Errorf("sent: %+v, %v", sent, err)
		}
		if _, err := move(first, payment.MessageTaken); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a worker that is late: %v", err)
		}
		if _, err := move(sent, payment.MessageTurned); err == nil {
			t.Error("a message that was taken was turned away")
		}
		if back, err := move(sent, payment.MessageCameBack); err != nil || back.State != payment.MessageBounced || !back.SentAt.Equal(sent.SentAt) {
			t.Errorf("come back: %+v, %v", back, err)
		}
		err = s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			if m, err := tx.Message(ctx, first.Reference); err != nil || m.State != payment.MessageBounced || m.Version != 3 || m.Language != "fr" {
				t.Errorf("%+v, %v", m, err)
			}
			_, err := tx.Message(ctx, "none")
			return err
		})
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("none: %v", err)
		}
	})
}

// Mail and money are two queues: neither is leased with the other. What is parked is in neither.
func TestMailDoesNotWaitWithMoney(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		s, ctx := storetest.Open(t, c), context.Background()
		now := time.Unix(1_800_000_000, 0).UTC()
		err := s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			for _, task := range []struct {
				id, kind string
				due      time.Time
			}{{"1", "capture", now}, {"2", "mail_receipt", now}, {"3", "mail_receipt", time.Time{}}, {"4", "mail_other", now}, {"5", "refund", now}} {
				if err := tx.AddTask(ctx, store.Task{ID: task.id, Kind: task.kind, Ref: "r", Key: task.id, N: 1, Params: "{}", CreatedAt: now}, task.due, time.Time{}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, lane := range []struct {
			lane store.Lane
			want string
		}{{store.MoneyTasks, "15"}, {store.MailTasks, "24"}} {
			got := ""
			err := s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
				got = ""
				if due, err := tx.TaskDue(ctx, lane.lane, now); err != nil || !due {
					t.Errorf("%s: due %v, %v", lane.want, due, err)
				}
				all, err := tx.LeaseTasks(ctx, lane.lane, now, now.Add(time.Minute), 10)
				for _, one := range all {
					got += one.ID
				}
				if due, dueErr := tx.TaskDue(ctx, lane.lane, now); dueErr != nil || due {
					t.Errorf("%s: still due %v, %v", lane.want, due, dueErr)
				}
				return err
			})
			if err != nil || got != lane.want && got != string([]byte{lane.want[1], lane.want[0]}) {
				t.Errorf("leased %q, %v, want %q", got, err, lane.want)
			}
		}
		err = s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			n, err := tx.Parked(ctx, "mail_receipt")
			parked, listErr := tx.ParkedTasks(ctx, "mail_receipt", 10)
			if n != 1 || len(parked) != 1 || parked[0].ID != "3" {
				t.Errorf("parked: %d, %+v", n, parked)
			}
			return errors.Join(err, listErr)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
