package citytest_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"fundy/citytest"
	"fundy/fault"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	inner "fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// ended asks for the end of an attempt that stopped, in anne's name, and has ben approve it.
func ended(t *testing.T, c *citytest.City, id payment.AttemptID, kind payment.CorrectionKind) payment.Attempt {
	t.Helper()
	corrected(t, c, func() (payment.Correction, error) { return end(c, id, kind) })
	if _, waits := openByKind(t, c)[payment.ExceptionStopped]; waits {
		t.Error("what stopped is still in the queue")
	}
	return settle(t, c, id, payment.Releasing)
}

func end(c *citytest.City, id payment.AttemptID, kind payment.CorrectionKind) (payment.Correction, error) {
	return c.Office.Settler().AskStopped(context.Background(), id, payment.StoppedAsk{Kind: kind, Why: "compared with the processor's pages", By: "anne"}, true)
}

// capturing takes a payment of one ticket to where its money is being taken, and the answer does not come.
func capturing(t *testing.T, c *citytest.City, number, plate string) payment.Attempt {
	t.Helper()
	control(t, c, "webhooks", map[string]any{"mode": "off"})
	a := settle(t, c, begin(t, c, number, plate), payment.Creating)
	payWithCard(t, c, a.Session)
	control(t, c, "faults", map[string]any{"kind": "html_502", "match": map[string]any{"method": "POST", "path": "/capture$", "nth": 1}})
	if _, err := c.Office.Settler().Refresh(context.Background(), a.ID); err != nil {
		t.Fatal(err)
	}
	if a = attemptOf(t, c, a.ID); a.State != payment.Capturing {
		t.Fatalf("the attempt is %s", a.State)
	}
	return a
}

// byHand stops an attempt as a reading that does not fit would, of which so many cents were taken.
func byHand(t *testing.T, c *citytest.City, id payment.AttemptID, cents int64) {
	t.Helper()
	err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.LockAttempt(ctx, id)
		if err != nil {
			return err
		}
		a.Reason = "does_not_fit"
		if _, err := tx.MoveAttempt(ctx, &a, payment.DoesNotFit, c.Now(), "test"); err != nil || cents == 0 {
			return err
		}
		taken := money.FromMinor(cents)
		return errors.Join(inner.Raise(ctx, tx, payment.ExceptionUnallocated, id.Ref(), taken, a.Reason, c.Now()), tx.AddEntry(ctx, ledger.Entry{
			ID: "unallocated-" + id.Ref(), Kind: ledger.Unallocated, Ref: string(id), Entered: c.Now(), Effective: c.Now(), Postings: ledger.ForUnallocated(taken),
		}))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A part of the money was taken by hand while the office was taking all of it: the ticket waits no more once two people
// have decided, what somebody asked about it is still to be decided, and the part is given back.
func TestAPaymentThatStoppedLetsItsTicketsGo(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.SetNow(c.Now())
		tk := c.Add(citytest.Spec{Number: "S1", Plate: "SSS 111", Offence: "LOADING", Age: 1, State: ticket.Review})
		a := capturing(t, c, "S1", "SSS 111")
		dashboard(t, c, http.MethodPost, "/v1/payment_intents/"+a.ProcessorRef+"/capture", url.Values{"amount_to_capture": {"1000"}})
		if a = settle(t, c, a.ID, payment.Capturing); a.State != payment.Stopped || statesOf(t, c, tk) != "confirming" {
			t.Fatalf("the attempt is %s, its ticket %s", a.State, statesOf(t, c, tk))
		}
		for kind, reason := range map[payment.CorrectionKind]string{
			payment.CorrectRelease: payment.RefusedWasTaken, payment.CorrectPut: payment.RefusedNotTheSum, payment.CorrectFree: payment.RefusedWasTaken,
		} {
			if _, err := end(c, a.ID, kind); against(err) != reason {
				t.Errorf("%s: %v, want %s", kind, err, reason)
			}
		}
		if a = ended(t, c, a.ID, payment.CorrectKeep); a.State != payment.CorrectedPaid || a.Receipt != "" || statesOf(t, c, tk) != "review" {
			t.Errorf("the attempt is %s, receipt %q, its ticket %s", a.State, a.Receipt, statesOf(t, c, tk))
		}
		if e := openByKind(t, c)[payment.ExceptionUnallocated]; e.Amount.Minor() != 1000 {
			t.Errorf("in the queue: %+v", e)
		}
		want(t, shown(t, c, "/r/"+string(a.ID)), "A person is looking at your payment")
		id := approved(t, c, a.ID, asks(1000, 1000))
		if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded {
			t.Errorf("the refund ends %s", r.State)
		}
		if check := c.CheckLedger(); check.Clearing != 0 || check.Unallocated != 0 || check.PaidTickets != 0 || len(openByKind(t, c)) != 0 {
			t.Errorf("%+v, %v", check, openByKind(t, c))
		}
	})
}

// What is set aside is given back, whatever it was that did not fit, and the payer reads it. A second person is needed.
func TestAStoppedPaymentIsReleased(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.SetNow(c.Now())
		tk := c.Add(citytest.Spec{Number: "S2", Plate: "SSS 222", Offence: "LOADING", Age: 1})
		a := capturing(t, c, "S2", "SSS 222")
		byHand(t, c, a.ID, 0)
		asked, err := end(c, a.ID, payment.CorrectRelease)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Office.Settler().ApproveCorrection(context.Background(), asked.ID, "anne", true); against(err) != payment.RefusedSamePerson {
			t.Errorf("anne approves: %v", err)
		}
		if _, err := end(c, a.ID, payment.CorrectFree); against(err) != payment.RefusedUnderWay {
			t.Errorf("asked twice: %v", err)
		}
		if _, err := c.Office.Settler().RefuseCorrection(context.Background(), asked.ID, "ben", true); err != nil {
			t.Fatal(err)
		}
		if a = ended(t, c, a.ID, payment.CorrectRelease); a.State != payment.Released || statesOf(t, c, tk) != "reopened" {
			t.Errorf("the attempt is %s, its ticket %s", a.State, statesOf(t, c, tk))
		}
		if s, _ := dashboard(t, c, http.MethodGet, "/v1/payment_intents/"+a.ProcessorRef, nil)["status"].(string); s != "canceled" {
			t.Errorf("at the processor it is %s", s)
		}
		want(t, shown(t, c, "/r/"+string(a.ID)), "You were not charged", "Something did not fit, so we took nothing")
		want(t, shown(t, c, "/r/"+string(a.ID)+"?lang=fr"), "nous n’avons donc rien prélevé")
		if check := c.CheckLedger(); check.Clearing != 0 || check.Captured != 0 {
			t.Errorf("%+v", check)
		}
	})
}

// It had stopped because it was for another amount, and was released: that it is for another amount does not matter to
// what is given back whole. And where it had been taken after all, it pays the tickets that it still has.
func TestAReleaseEndsWhateverTheProcessorHas(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.SetNow(c.Now())
	c.Add(citytest.Spec{Number: "S3", Plate: "SSS 333", Offence: "LOADING", Age: 1})
	control(t, c, "webhooks", map[string]any{"mode": "off"})
	a := settle(t, c, begin(t, c, "S3", "SSS 333"), payment.Creating)
	payWithCard(t, c, a.Session)
	do(t, c.Tamper("update attempt set amount_minor = 6000"))
	if a = settle(t, c, a.ID, payment.Opened); a.State != payment.Stopped {
		t.Fatalf("the attempt is %s", a.State)
	}
	if a = ended(t, c, a.ID, payment.CorrectRelease); a.State != payment.Released {
		t.Errorf("ends %s", a.State)
	}
	tk := c.Add(citytest.Spec{Number: "S4", Plate: "SSS 444", Offence: "LOADING", Age: 1})
	b := capturing(t, c, "S4", "SSS 444")
	byHand(t, c, b.ID, 0)
	dashboard(t, c, http.MethodPost, "/v1/payment_intents/"+b.ProcessorRef+"/capture", url.Values{"amount_to_capture": {"5000"}})
	if b = ended(t, c, b.ID, payment.CorrectRelease); b.State != payment.CorrectedPaid || b.Receipt == "" || statesOf(t, c, tk) != "paid" {
		t.Errorf("taken before: the attempt is %s, its ticket %s", b.State, statesOf(t, c, tk))
	}
	if check := c.CheckLedger(); check.Captured != 5000 || check.Clearing != 5000 {
		t.Errorf("%+v", check)
	}
}

// The whole was taken: two people put it to its tickets, whether it still has them or they are owed as they were. Then
// it is a payment like any other: it has a receipt, and can be moved and given back.
func TestWhatWasTakenForAStoppedPaymentPaysItsTickets(t *testing.T) {
	t.Parallel()
	for _, has := range []bool{true, false} {
		citytest.Both(t, func(t *testing.T, c *citytest.City) {
			c.SetNow(c.Now())
			tk := c.Add(citytest.Spec{Number: "S5", Plate: "SSS 555", Offence: "LOADING", Age: 1})
			other := c.Add(citytest.Spec{Number: "S6", Plate: "SSS 555", Offence: "LOADING", Age: 1})
			control(t, c, "webhooks", map[string]any{"mode": "off"})
			var a payment.Attempt
			if has {
				a = capturing(t, c, "S5", "SSS 555")
			} else {
				a = settle(t, c, begin(t, c, "S5", "SSS 555"), payment.Creating)
				payWithCard(t, c, a.Session)
			}
			dashboard(t, c, http.MethodPost, "/v1/payment_intents/"+paymentOf(t, c, a.Session)+"/capture", url.Values{"amount_to_capture": {"5000"}})
			byHand(t, c, a.ID, 5000)
			if a = ended(t, c, a.ID, payment.CorrectPut); a.State != payment.CorrectedPaid || a.Receipt == "" || statesOf(t, c, tk) != "paid" {
				t.Fatalf("the attempt is %s, receipt %q, its ticket %s", a.State, a.Receipt, statesOf(t, c, tk))
			}
			if _, waits := openByKind(t, c)[payment.ExceptionUnallocated]; waits {
				t.Error("what pays its tickets is still in the queue")
			}
			check := c.CheckLedger()
			if check.Captured != 5000 || check.Unallocated != 0 || check.Clearing != 5000 {
				t.Errorf("%+v", check)
			}
			want(t, shown(t, c, "/r/"+string(a.ID)+"/receipt"), "Paid in full: $50.00", "Ticket S5")
			transferred(t, c, a.ID, tk, other)
			if s := statesOf(t, c, tk, other); s != "reopened paid" {
				t.Errorf("moved: %s", s)
			}
			if _, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(5001, 5000)); refusal(err) != payment.RefusedTooMuch && refusal(err) != payment.RefusedNoPayment {
				t.Errorf("more than was taken: %v", err)
			}
			c.CheckLedger()
		})
	}
}

// The processor has nothing: the ticket is owed again.
func TestAStoppedPaymentOfNothingIsFreed(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.SetNow(c.Now())
		tk := c.Add(citytest.Spec{Number: "S7", Plate: "SSS 777", Offence: "LOADING", Age: 1})
		a := capturing(t, c, "S7", "SSS 777")
		byHand(t, c, a.ID, 0)
		dashboard(t, c, http.MethodPost, "/v1/payment_intents/"+a.ProcessorRef+"/cancel", nil)
		if _, err := end(c, a.ID, payment.CorrectKeep); against(err) != payment.RefusedNotHere {
			t.Errorf("keep nothing: %v", err)
		}
		if a = ended(t, c, a.ID, payment.CorrectFree); a.State != payment.Released || statesOf(t, c, tk) != "reopened" {
			t.Errorf("the attempt is %s, its ticket %s", a.State, statesOf(t, c, tk))
		}
		c.CheckLedger()
	})
}
