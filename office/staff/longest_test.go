package staff

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/review"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// asksBack puts a refund of a payment that the processor took before a second person, as of now.
func (b *bench) asksBack(a payment.Attempt, by string) payment.RefundID {
	b.t.Helper()
	r := payment.Refund{
		ID: payment.RefundID("re-" + a.ID.Ref()), Attempt: a.ID, Way: payment.ByCheque, Amount: money.FromMinor(100), Reason: payment.ReasonDuplicate, AskedBy: by, AskedAt: b.now,
		Parts: []payment.RefundPart{{Amount: money.FromMinor(100)}},
	}
	b.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.InsertRefund(ctx, r)
		return err
	})
	return r.ID
}

// What waits longest is first on each list, and it is what came last that a list is cut by.
func TestAListIsCutAtWhatCameLast(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		first := b.now
		var ids []payment.AttemptID
		var refunds []payment.RefundID
		for day := range 3 {
			b.now = first.AddDate(0, 0, day)
			id := b.ticketIn(fmt.Sprintf("SJ%d", 100+day), "ABC 123")
			a := b.takenOnceMore(id, fmt.Sprintf("%04d-0000-0000", day))
			ids, refunds = append(ids, a.ID), append(refunds, b.asksBack(a, "anne"))
			b.write(func(ctx context.Context, tx *store.Tx) error {
				err := tx.AddRuleChange(ctx, store.RuleChange{ID: fmt.Sprint("rul_", day), Kind: store.RuleHoliday, Body: "[]", Digest: "d", AskedBy: "ada", AskedAt: b.now})
				if err != nil {
					return err
				}
				return tx.AddTicketAsk(ctx, store.TicketAsk{
					ID: fmt.Sprint("ask_", day), Kind: string(ticket.Withdrawn), Why: "w", Digest: "d", Tickets: 1, AskedBy: "anne", AskedAt: b.now,
				}, []store.AskedTicket{{Ticket: id}})
			})
		}
		// One of each that is decided: it comes after all that wait, although it is the newest.
		b.now = b.now.Add(time.Hour)
		b.write(func(ctx context.Context, tx *store.Tx) error {
			r, err := tx.LockRefund(ctx, refunds[2])
			if err != nil {
				return err
			}
			_, err = tx.MoveRefund(ctx, &r, payment.Refuse, b.now, "ben", "")
			return err
		})
		err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			for limit, want := range [][]int{{}, {0}, {0, 1}, {0, 1, 2}} {
				put, err := tx.Unallocated(ctx, limit)
				if err != nil {
					return err
				}
				back, err := tx.Refunds(ctx, limit)
				if err != nil {
					return err
				}
				rules, err := tx.RuleChanges(ctx, limit)
				if err != nil {
					return err
				}
				asks, err := tx.TicketAsks(ctx, limit)
				if err != nil {
					return err
				}
				for name, at := range map[string]func(i int) (string, string){
					"money that is put to no ticket": func(i int) (string, string) { return string(put[i]), string(ids[want[i]]) },
					"refunds":                        func(i int) (string, string) { return string(back[i].ID), string(refunds[want[i]]) },
					"rules":                          func(i int) (string, string) { return rules[i].ID, fmt.Sprint("rul_", want[i]) },
					"decisions":                      func(i int) (string, string) { return asks[i].ID, fmt.Sprint("ask_", want[i]) },
				} {
					for i := range want {
						if have, want := at(i); have != want {
							t.Errorf("%s, %d at most: the %dth is %s, want %s", name, limit, i+1, have, want)
						}
					}
				}
				if len(put) != limit || len(back) != limit || len(rules) != limit || len(asks) != limit {
					t.Errorf("%d at most: %d, %d, %d and %d", limit, len(put), len(back), len(rules), len(asks))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// What a list of the queue is narrowed to is asked of the store: what else waits takes no place of it.
func TestTheQueueIsNarrowedBeforeItIsCut(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		var mails, lines []string
		for i := range 3 {
			lines = append(lines, b.raise(payment.ExceptionLine, fmt.Sprint("line-", i)))
			b.now = b.now.Add(time.Hour)
			mails = append(mails, b.raise(payment.ExceptionMail, fmt.Sprint("mail-", i))) // due four days later
		}
		err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			mail, err := tx.OpenExceptionsOf(ctx, payment.ExceptionMail, 2)
			if err != nil {
				return err
			}
			other, err := tx.OpenExceptionsBut(ctx, payment.ExceptionMail, 3)
			if err != nil {
				return err
			}
			if have := exceptionIDs(mail); !slices.Equal(have, mails[:2]) {
				t.Errorf("of messages: %v, want %v", have, mails[:2])
			}
			if have := exceptionIDs(other); !slices.Equal(have, lines) {
				t.Errorf("of all else: %v, want %v", have, lines)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func exceptionIDs(all []payment.Exception) (ids []string) {
	for _, e := range all {
		ids = append(ids, e.ID)
	}
	return ids
}

// A list that is cut says so, on the page of each of the three that have one more than they show; a queue of one kind that
// is short says nothing.
func TestAListThatIsCutSaysSo(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("sue", "supervisor")
	a := b.takenOnceMore(b.ticketIn("SJ100", "ABC 123"), "1111-0000-0000")
	raise := func(from, to int) {
		b.write(func(ctx context.Context, tx *store.Tx) error {
			for i := from; i < to; i++ {
				if err := settle.Raise(ctx, tx, payment.ExceptionLine, fmt.Sprint("line-", i), money.Zero, "", b.now); err != nil {
					return err
				}
			}
			return nil
		})
	}
	asks := func(from, to int) {
		b.write(func(ctx context.Context, tx *store.Tx) error {
			for i := from; i < to; i++ {
				_, err := tx.InsertRefund(ctx, payment.Refund{
					ID: payment.RefundID(fmt.Sprint("re-", i)), Attempt: a.ID, Way: payment.ByCheque, Amount: money.FromMinor(1), Reason: payment.ReasonDuplicate, AskedBy: "anne",
					AskedAt: b.now.Add(time.Duration(i)), Parts: []payment.RefundPart{{Amount: money.FromMinor(1)}},
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.ticketsIn(reviewsShown + 1)
	reviews := func(from, to int) {
		b.write(func(ctx context.Context, tx *store.Tx) error {
			for i := from; i < to; i++ {
				r := review.Review{
					ID: review.ID(fmt.Sprint("rev-", i)), Reference: fmt.Sprint("R", i), Ticket: ticket.ID(fmt.Sprintf("tktSJ%06d", 100000+7*i)), Regime: "nb-lga", Way: review.ByPost, Language: "en",
					Channel: "portal", RequestID: fmt.Sprint("q", i), ReceivedOn: b.pages.today(), AskedAt: b.now, DueOn: b.pages.today().AddDays(9), Contact: []byte{1}, Statement: []byte{1},
				}
				if err := tx.InsertReview(ctx, &r); err != nil {
					return err
				}
			}
			return nil
		})
	}
	raise(0, queueShown-1) // takenOnceMore has raised one
	b.raise(payment.ExceptionMail, "mail-1")
	asks(0, refundsShown)
	reviews(0, reviewsShown)
	says := func(path string, cut bool, words string) {
		t.Helper()
		code, page := b.get(b.session("sue"), path)
		b.wants(code, page, 200)
		if strings.Contains(page, words) != cut {
			t.Errorf("%s says %q: %v, want %v", path, words, !cut, cut)
		}
	}
	says("/queue", true, "Only 500 are shown: there are more.")
	says("/queue?kind=mail", false, "are shown: there are more.")
	says("/refunds", false, "are shown: there are more.")
	says("/reviews", false, "are shown: there are more.")
	asks(refundsShown, refundsShown+1)
	reviews(reviewsShown, reviewsShown+1)
	says("/reviews", true, "Only 300 are shown: there are more.")
	says("/refunds", true, "Only 200 are shown: there are more.")
}
