package settle_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"fundy/fault"
	"fundy/settle"
	"fundy/store"
	"fundy/store/storetest"
)

// A mail server that does not answer is in the way of other mail, and of no money.
func TestAMailServerThatHangsHoldsUpNoMoney(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		st := storetest.Open(t, c)
		hung, money := make(chan struct{}, 100), make(chan struct{})
		s := settle.New(settle.Config{Store: st, Now: time.Now, Log: slog.New(slog.DiscardHandler), Poll: 10 * time.Millisecond, AtOnce: 2})
		s.Register(settle.TaskMail, func(ctx context.Context, _ store.Task) (string, error) {
			hung <- struct{}{}
			<-ctx.Done()
			return "", ctx.Err()
		})
		s.Register("capture_by_test", func(context.Context, store.Task) (string, error) {
			close(money)
			return "done", nil
		})
		add := func(kind, id string) {
			t.Helper()
			err := st.Write(t.Context(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
				return tx.AddTask(ctx, store.Task{ID: id, Kind: kind, Ref: id, Key: id, N: 1, Params: "{}", CreatedAt: time.Now()}, time.Now(), time.Time{})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range []string{"1", "2", "3", "4"} {
			add(settle.TaskMail, id)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); s.Run(ctx) }() //nolint:errcheck // it ends with the test
		defer func() { stop(); <-ended }()
		<-hung
		<-hung
		add("capture_by_test", "5")
		select {
		case <-money:
		case <-time.After(10 * time.Second):
			t.Error("money waits for the mail server")
		}
	})
}
