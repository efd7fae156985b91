package settle_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// What one has counted happens once, whoever confirms at the same moment; the store itself refuses that one person be
// both; and a count over which money was taken is counted anew.
func TestWhatTwoCountHappensOnce(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		h.drawer("A", "anne")
		ask := payment.Second{Kind: payment.SecondClose, Drawer: "A", Count: count(t, "20x5"), AskedBy: "anne"}
		asked, err := h.s.AskSecond(ctx, ask)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.AskSecond(ctx, ask); refused(err) != payment.SecondOpen {
			t.Errorf("asked twice: %v", err)
		}
		short := payment.Second{Kind: payment.SecondClose, Drawer: "A", Count: count(t, "20x1"), AskedBy: "ben"}
		var no *payment.CounterRefusal
		if _, err := h.s.AskSecond(ctx, short); !errors.As(err, &no) || no.Reason != payment.SecondOpen || !no.Due.IsZero() {
			t.Errorf("who is to count it again asks with a wrong count, and is told what should be there: %v, %+v", err, no)
		}
		if _, err := h.s.TakeTender(ctx, request([]ticket.ID{h.add(given{number: "1"})}, cash(3000))); err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.ConfirmSecond(ctx, asked.ID, money.FromMinor(10000), "ben"); refused(err) != payment.SecondMoved {
			t.Errorf("confirmed over money that was taken since: %v", err)
		}
		if _, err := h.s.WithdrawSecond(ctx, asked.ID, "anne"); err != nil {
			t.Fatal(err)
		}
		ask.Count = count(t, "20x6 10x1")
		if asked, err = h.s.AskSecond(ctx, ask); err != nil {
			t.Fatal(err)
		}
		err = h.write(func(ctx context.Context, tx *store.Tx) error {
			same := asked
			same.State, same.EndedBy, same.EndedAt = payment.SecondConfirmed, "anne", h.Now()
			return tx.EndSecond(ctx, same)
		})
		if err == nil {
			t.Error("the store lets one person be both")
		}
		var done int
		var mu sync.Mutex
		var all sync.WaitGroup
		for _, who := range []string{"ben", "carl", "dora"} {
			all.Go(func() {
				_, err := h.s.ConfirmSecond(ctx, asked.ID, money.FromMinor(13000), who)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					done++
				} else if r := refused(err); r != payment.SecondDone && r != payment.DrawerNotOpen {
					t.Errorf("%s: %v", who, err)
				}
			})
		}
		all.Wait()
		if done != 1 {
			t.Errorf("it happened %d times", done)
		}
		of, err := h.session("A")
		if err != nil || of.State != payment.SessionClosed || of.ClosedBy != "anne" || of.CheckedBy == "anne" || of.Closings != 1 {
			t.Errorf("%+v, %v", of, err)
		}

		// The mail: its batch is there with the confirmation, opened by both.
		mail, err := h.s.AskSecond(ctx, payment.Second{Kind: payment.SecondMail, Amount: money.FromMinor(4000), AskedBy: "anne"})
		if err != nil {
			t.Fatal(err)
		}
		if mail, err = h.s.ConfirmSecond(ctx, mail.ID, money.FromMinor(4000), "ben"); err != nil || mail.Batch == "" {
			t.Fatalf("%+v, %v", mail, err)
		}
		err = h.store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			b, err := tx.Batch(ctx, mail.Batch)
			if b.OpenedBy != "anne" || b.Second != "ben" || b.Announced.Minor() != 4000 || b.State != payment.BatchOpen {
				t.Errorf("%+v", b)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// session is the newest session of a drawer.
func (h *hall) session(name string) (of payment.Session, err error) {
	err = h.store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		of, err = tx.LastSession(ctx, name)
		return err
	})
	return of, err
}
