package citytest_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/payment"
	settling "fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// Events may come once, twice, late, in any order or never: the refund ends the same, and is posted once.
func TestEventsOfARefundMayComeAnyhow(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"normal", "duplicate", "reorder", "delay", "bad_signature", "off"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			citytest.Both(t, func(t *testing.T, c *citytest.City) {
				c.Add(citytest.Spec{Number: "X1", Plate: "XXX 111", Offence: "LOADING", Age: 1})
				a := paid(t, c, "X1", "XXX 111", failingCard)
				control(t, c, "webhooks", map[string]any{"mode": mode})
				id := approved(t, c, a.ID, asks(2000, 5000))
				goesOn(t, c, id, payment.RefundSending)
				c.SetNow(c.Now().Add(23 * time.Hour)) // the events of its failure, before the sweeper looks
				time.Sleep(300 * time.Millisecond)    // the sandbox sends; whatever has come by then
				c.SetNow(c.Now().Add(2 * time.Hour))
				if r := goesOn(t, c, id, payment.RefundSucceeded); r.State != payment.RefundFailedLater {
					t.Errorf("ends %s", r.State)
				}
				if check := c.CheckLedger(); check.Refunded != 0 || check.Clearing != 5000 {
					t.Errorf("%+v", check)
				}
			})
		})
	}
}

// An event alone is enough: the sweeper would look only a day later.
func TestAnEventAloneMovesARefund(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "X2", Plate: "XXX 222", Offence: "LOADING", Age: 1})
		a := paid(t, c, "X2", "XXX 222", failingCard)
		id := approved(t, c, a.ID, asks(5000, 5000))
		goesOn(t, c, id, payment.RefundSending)
		control(t, c, "webhooks", map[string]any{"mode": "normal"})
		c.SetNow(c.Now().Add(time.Hour))
		var r payment.Refund
		for range 200 {
			if r = refundOf(t, c, id); r.State != payment.RefundSucceeded {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if r.State != payment.RefundFailedLater {
			t.Errorf("ends %s", r.State)
		}
	})
}

// Of several tickets one is given back, then all the rest at once.
func TestARefundIsOfItsTicket(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		one := c.Add(citytest.Spec{Number: "X3", Plate: "XXX 333", Offence: "LOADING", Age: 1})
		two := c.Add(citytest.Spec{Number: "X4", Plate: "XXX 333", Offence: "ACCESSIBLE", Age: 3})
		v := toCardPage(c, "en", "", [2]string{"X3", "XXX 333"}, [2]string{"X4", "XXX 333"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full: $175.00")
		a := capturedFor(t, c, one)
		of := func(id ticket.ID) func(*payment.RefundAsk) { return func(ask *payment.RefundAsk) { ask.Ticket = id } }
		if _, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(100, 17500)); refusal(err) != payment.RefusedWhichTicket {
			t.Errorf("a part of two tickets: %v", err)
		}
		if _, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(5001, 17500, of(one))); refusal(err) != payment.RefusedTooMuch {
			t.Errorf("a cent more than its part: %v", err)
		}
		c.SetNow(c.Now())
		goesOn(t, c, approved(t, c, a.ID, asks(5000, 17500, of(one))), payment.RefundSending)
		goesOn(t, c, approved(t, c, a.ID, asks(2500, 12500, of(two))), payment.RefundSending)
		goesOn(t, c, approved(t, c, a.ID, asks(10000, 10000)), payment.RefundSending)
		if check := c.CheckLedger(); check.Refunded != 17500 || check.Clearing != 0 || check.PaidTickets != 2 {
			t.Errorf("%+v", check)
		}
	})
}

func capturedFor(t *testing.T, c *citytest.City, id ticket.ID) payment.Attempt {
	t.Helper()
	var refs []store.ReceiptRef
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		refs, err = tx.ReceiptsOfTicket(ctx, id)
		return err
	})
	if err != nil || len(refs) == 0 {
		t.Fatalf("%d receipts, %v", len(refs), err)
	}
	return attemptOf(t, c, refs[len(refs)-1].Attempt)
}

// A ticket whose payment was given back and which is owed again is paid by somebody else.
func TestAReopenedTicketIsPaidAgain(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		tk := c.Add(citytest.Spec{Number: "X5", Plate: "XXX 555", Offence: "NOPARK", Age: 20})
		a := paid(t, c, "X5", "XXX 555", good)
		if _, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(3999, 4000, reopened)); refusal(err) != payment.RefusedReopen {
			t.Errorf("a part only: %v", err)
		}
		goesOn(t, c, approved(t, c, a.ID, asks(4000, 4000, reopened)), payment.RefundSending)
		if s := ticketOf(t, c, tk).State; s != ticket.Reopened {
			t.Errorf("the ticket is %s", s)
		}
		check := c.CheckLedger()
		if check.Clearing != 0 || check.Reopened != 4000 || check.ByAccount["receivable:penalty"] != 6500 || check.ByAccount["receivable:discount"] != -2500 {
			t.Errorf("owed again: %+v", check)
		}
		b := paid(t, c, "X5", "XXX 555", good)
		if check := c.CheckLedger(); check.Captured != 8000 || check.Clearing != 4000 || check.PaidTickets != 1 || check.ByAccount["receivable:penalty"] != 0 {
			t.Errorf("paid again: %+v", check)
		}
		if _, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(1, 0)); refusal(err) != payment.RefusedNotTaken {
			t.Errorf("the first payment once more: %v", err)
		}
		goesOn(t, c, approved(t, c, b.ID, asks(4000, 4000)), payment.RefundSending)
		if check := c.CheckLedger(); check.Clearing != 0 || check.PaidTickets != 1 {
			t.Errorf("given back again: %+v", check)
		}
	})
}

// The refund of a ticket that is owed again fails later: the money is the payer's, put to no ticket, and is
// given back in another try.
func TestAReopenedTicketsRefundThatFailsLaterIsThePayers(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		tk := c.Add(citytest.Spec{Number: "X6", Plate: "XXX 666", Offence: "LOADING", Age: 1})
		a := paid(t, c, "X6", "XXX 666", failingCard)
		id := approved(t, c, a.ID, asks(5000, 5000, reopened))
		goesOn(t, c, id, payment.RefundSending)
		b := paid(t, c, "X6", "XXX 666", good)
		c.SetNow(c.Now().Add(25 * time.Hour))
		if r := goesOn(t, c, id, payment.RefundSucceeded); r.State != payment.RefundFailedLater {
			t.Fatalf("ends %s", r.State)
		}
		if check := c.CheckLedger(); check.Captured != 10000 || check.Unallocated != 5000 || check.Clearing != 10000 || check.PaidTickets != 1 {
			t.Errorf("%+v", check)
		}
		if got := capturedFor(t, c, tk).ID; got != b.ID {
			t.Error("the ticket's receipt is not the second payment's")
		}
		goesOn(t, c, approved(t, c, a.ID, asks(5000, 5000)), payment.RefundSending)
		if check := c.CheckLedger(); check.Unallocated != 0 || check.Clearing != 5000 || check.Refunded != 0 {
			t.Errorf("given back after all: %+v", check)
		}
	})
}

// Money that is put to no ticket is given back in part and in full; so is what a stopped attempt took.
func TestMoneyOfNoTicketIsGivenBack(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		control(t, c, "webhooks", map[string]any{"mode": "off"})
		c.SetNow(c.Now().Truncate(time.Second))
		c.Add(citytest.Spec{Number: "X7", Plate: "XXX 777", Offence: "LOADING", Age: 1})
		var twice [2]payment.Attempt
		for i := range twice {
			twice[i] = settle(t, c, begin(t, c, "X7", "XXX 777"), payment.Creating)
		}
		for _, a := range twice {
			takenByHand(t, c, a, "")
		}
		second := attemptOf(t, c, twice[1].ID)
		if check := c.CheckLedger(); second.State != payment.CorrectedPaid || second.Receipt != "" || check.Unallocated != 5000 {
			t.Fatalf("%s, %+v", second.State, check)
		}
		waits(t, c, payment.ExceptionUnallocated, second.ID.Ref(), 5000)
		goesOn(t, c, approved(t, c, second.ID, asks(1000, 5000)), payment.RefundSending)
		waits(t, c, payment.ExceptionUnallocated, second.ID.Ref(), 5000)
		goesOn(t, c, approved(t, c, second.ID, asks(4000, 4000)), payment.RefundSending)
		waits(t, c, payment.ExceptionUnallocated, second.ID.Ref(), 0)
		if check := c.CheckLedger(); check.Unallocated != 0 || check.Clearing != 5000 || check.Refunded != 0 || check.PaidTickets != 1 {
			t.Errorf("%+v", check)
		}

		c.Add(citytest.Spec{Number: "X8", Plate: "XXX 888", Offence: "LOADING", Age: 1})
		part := settle(t, c, begin(t, c, "X8", "XXX 888"), payment.Creating)
		takenByHand(t, c, part, "1000")
		if a := attemptOf(t, c, part.ID); a.State != payment.Stopped || a.ProcessorRef == "" {
			t.Fatalf("%s, %q", a.State, a.ProcessorRef)
		}
		waits(t, c, payment.ExceptionStopped, part.ID.Ref(), 5000)
		waits(t, c, payment.ExceptionUnallocated, part.ID.Ref(), 1000)
		if _, err := c.Office.Settler().AskRefund(context.Background(), part.ID, asks(1001, 1000)); refusal(err) != payment.RefusedTooMuch {
			t.Errorf("a cent more than was taken: %v", err)
		}
		goesOn(t, c, approved(t, c, part.ID, asks(1000, 1000)), payment.RefundSending)
		if check := c.CheckLedger(); check.Unallocated != 0 || check.Clearing != 5000 {
			t.Errorf("%+v", check)
		}
	})
}

// takenByHand pays an attempt and has a person capture it at the processor before the office looks.
func takenByHand(t *testing.T, c *citytest.City, a payment.Attempt, cents string) {
	t.Helper()
	payWithCard(t, c, a.Session)
	form := url.Values{}
	if cents != "" {
		form.Set("amount_to_capture", cents)
	}
	dashboard(t, c, http.MethodPost, "/v1/payment_intents/"+paymentOf(t, c, a.Session)+"/capture", form)
	if _, err := c.Office.Settler().Refresh(context.Background(), a.ID); err != nil {
		t.Fatal(err)
	}
}

// A ticket that was withdrawn after it was paid is given back in full or not at all.
func TestAWithdrawnTicketsPartIsGivenBackInFull(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	tk := c.Add(citytest.Spec{Number: "X9", Plate: "XXX 999", Offence: "LOADING", Age: 1})
	a := paid(t, c, "X9", "XXX 999", good)
	withdraw(t, c, tk)
	if _, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(4999, 5000)); refusal(err) != payment.RefusedInFull {
		t.Errorf("a cent less: %v", err)
	}
	goesOn(t, c, approved(t, c, a.ID, asks(5000, 5000)), payment.RefundSending)
	if check := c.CheckLedger(); check.Refunded != 5000 || check.Clearing != 0 {
		t.Errorf("%+v", check)
	}
}

// Many workers on one refund, each with the same key, give it back and post it once.
func TestManyWorkersOnOneRefundPostOnce(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "Y1", Plate: "YYY 111", Offence: "LOADING", Age: 1})
		a := paid(t, c, "Y1", "YYY 111", good)
		id := approved(t, c, a.ID, asks(5000, 5000))
		task := store.Task{
			ID: "tsk_of_another", Kind: settling.TaskRefund, Ref: string(id), N: 1, Key: "fundy/" + string(id) + "/refund/1", CreatedAt: c.Now(),
			Params: `{"payment":"` + a.ProcessorRef + `","amount_minor":5000,"reason":"requested_by_customer"}`,
		}
		done := make(chan error, 12)
		for range cap(done) {
			go func() {
				if err := c.Office.Settler().Do(context.Background(), task); err != nil {
					done <- err
					return
				}
				_, err := c.Office.Settler().RefreshRefund(context.Background(), id)
				done <- err
			}()
		}
		for range cap(done) {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded {
			t.Errorf("ends %s", r.State)
		}
		if cents, n := givenBack(t, c, a); cents != 5000 || n != 1 {
			t.Errorf("%d cents in %d refunds", cents, n)
		}
		c.CheckLedger()
	})
}
