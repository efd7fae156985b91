package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"fundy/fault"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// moves takes the newest payment of a ticket through events of the payment's table.
func (b *bench) moves(a payment.Attempt, events ...payment.Event) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) error {
		now, err := tx.LockAttempt(ctx, a.ID)
		for _, e := range events {
			if err == nil {
				_, err = tx.MoveAttempt(ctx, &now, e, b.now, "")
			}
		}
		return err
	})
}

// A payment that was begun with a code, in each state that it can have, is said to its clerk in words; the digits are gone
// from the page, and the code begins no second payment.
func TestWhatBecameOfACode(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		token := b.session("anne")
		for i, c := range []struct {
			state payment.State
			then  []payment.Event
			words string
		}{
			{payment.Creating, nil, "At the card page"},
			{payment.Opened, nil, "At the card page"},
			{payment.Authorized, nil, "is being confirmed"},
			{payment.Captured, nil, "Paid."},
			{payment.Opened, []payment.Event{payment.PageExpired}, "Not paid: the card was declined, or the caller left the card page"},
			{payment.Creating, []payment.Event{payment.SessionRefused}, "Not paid: the card was declined, or the caller left the card page"},
			{payment.Authorized, []payment.Event{payment.NotOwed}, "Not paid: a ticket was paid or changed meanwhile"},
			{payment.Authorized, []payment.Event{payment.NotOwed, payment.MoneyGivenBack}, "Not paid: a ticket was paid or changed meanwhile"},
			{payment.Authorized, []payment.Event{payment.DoesNotFit}, "Don’t let the caller pay again"},
		} {
			id := b.ticketIn(fmt.Sprint("SJ010", i), "ABC 123")
			code := b.code(id)
			a := b.paidAs(id, fmt.Sprintf("0000-0000-000%d", i), "pi_"+fmt.Sprint(i), c.state)
			b.write(func(ctx context.Context, tx *store.Tx) error { return settle.UseCode(ctx, tx, code, a.Payment, b.now) })
			b.moves(a, c.then...)
			got, page := b.get(token, "/phone/"+code.ID)
			b.wants(got, page, http.StatusOK, c.words)
			if strings.Contains(page, payment.ShowCode(b.pages.Key.PhoneDigits(code.ID))) {
				t.Error("the page still shows the digits")
			}
			if err := b.pages.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
				return settle.UseCode(ctx, tx, code, "another", b.now)
			}); !errors.Is(err, store.ErrConflict) {
				t.Errorf("a second payment with the code: %v", err)
			}
		}
	})
}

// A caller who has paid another way is seen to have paid, whether the code was never typed or its card page was left.
func TestACodeWhoseTicketIsPaidAnotherWay(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		token := b.session("anne")
		id := b.ticketIn("SJ0100", "ABC 123")
		never, left := b.code(id), b.code(id)
		a := b.paidAs(id, someReceipt, "pi_1", payment.Opened)
		b.write(func(ctx context.Context, tx *store.Tx) error { return settle.UseCode(ctx, tx, left, a.Payment, b.now) })
		b.moves(a, payment.PageExpired)
		receipt := b.takenAtCounter(id)
		for _, code := range []payment.Code{never, left} {
			got, page := b.get(token, "/phone/"+code.ID)
			b.wants(got, page, http.StatusOK, "The tickets are paid, in another way than by this code", receipt)
		}
	})
}

// What became of the receipt by e-mail is the last thing that a clerk can tell a caller.
func TestTheReceiptOfACodesPayment(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		token := b.session("anne")
		id := b.ticketIn("SJ0100", "ABC 123")
		code := b.code(id)
		a := b.paidWith(id, []byte("sealed"))
		b.write(func(ctx context.Context, tx *store.Tx) error { return settle.UseCode(ctx, tx, code, a.Payment, b.now) })
		m := payment.Message{Reference: "MAAAAAAAAAAAA", Task: "mail:1", Kind: settle.TaskMail, Ref: a.ID.Ref(), Language: "en", MadeAt: b.now}
		for _, step := range []struct {
			event payment.MessageEvent
			words string
		}{{payment.MessageTaken, "Paid, and the receipt was sent by e-mail"}, {payment.MessageCameBack, "Paid, but the receipt could not be sent by e-mail"}} {
			b.write(func(ctx context.Context, tx *store.Tx) (err error) {
				if m, _, err = tx.MakeMessage(ctx, m); err != nil {
					return err
				}
				return tx.MoveMessage(ctx, &m, step.event, "", "", b.now)
			})
			got, page := b.get(token, "/phone/"+code.ID)
			b.wants(got, page, http.StatusOK, step.words)
		}
	})
}

// paidWith writes a payment that was taken whose payer has left an address, as it is sealed.
func (b *bench) paidWith(id ticket.ID, sealed []byte) payment.Attempt {
	return b.paidFor(payment.Payment{SealedEmail: sealed}, id, someReceipt, "pi_1", payment.Captured)
}
