package citytest_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// The test cards whose refunds turn out otherwise than they are made.
const (
	pendingCard = "4000000000007726" // pending, then succeeded
	failingCard = "4000000000005126" // succeeded, then failed
)

// paid begins a payment of one ticket, pays with a card and returns the captured attempt. The city's clock
// stands still from then on, and no event comes.
func paid(t *testing.T, c *citytest.City, number, plate, card string) payment.Attempt {
	t.Helper()
	control(t, c, "webhooks", map[string]any{"mode": "off"})
	c.SetNow(c.Now().Truncate(time.Second))
	a := settle(t, c, begin(t, c, number, plate), payment.Creating)
	control(t, c, "pay", map[string]string{"session": a.Session, "card": card})
	a = settle(t, c, a.ID, payment.Opened, payment.Authorized, payment.Capturing)
	if a.State != payment.Captured || a.Receipt == "" {
		t.Fatalf("the payment ends %s", a.State)
	}
	return a
}

// asks is what anne asks for: so many cents of so many.
func asks(cents, expected int64, change ...func(*payment.RefundAsk)) payment.RefundAsk {
	ask := payment.RefundAsk{
		Way: payment.ByProcessor, Amount: money.FromMinor(cents), Expected: money.FromMinor(expected), Reason: payment.ReasonCityError, By: "anne",
	}
	for _, f := range change {
		f(&ask)
	}
	return ask
}

func reopened(ask *payment.RefundAsk) { ask.Reopen = true }

// approved asks for a refund and has ben approve it.
func approved(t *testing.T, c *citytest.City, id payment.AttemptID, ask payment.RefundAsk) payment.RefundID {
	t.Helper()
	r, err := c.Office.Settler().AskRefund(context.Background(), id, ask)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Office.Settler().ApproveRefund(context.Background(), r.ID, "ben"); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func refundOf(t *testing.T, c *citytest.City, id payment.RefundID) (r payment.Refund) {
	t.Helper()
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = tx.Refund(ctx, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// goesOn lets the office's worker go on, ten minutes a round, until a refund has left the states.
func goesOn(t *testing.T, c *citytest.City, id payment.RefundID, not ...payment.RefundState) payment.Refund {
	t.Helper()
	var r payment.Refund
	for range 40 {
		r = refundOf(t, c, id)
		waits := false
		for _, s := range not {
			waits = waits || r.State == s
		}
		if !waits {
			return r
		}
		c.SetNow(c.Now().Add(10 * time.Minute))
		_ = c.Office.Settler().Round(context.Background()) // what it could not do now it does later
	}
	t.Fatalf("still %s", r.State)
	return r
}

// givenBack is what the processor has given back of an attempt's payment.
func givenBack(t *testing.T, c *citytest.City, a payment.Attempt) (cents int64, refunds int) {
	t.Helper()
	list, _ := dashboard(t, c, http.MethodGet, "/v1/refunds?payment_intent="+a.ProcessorRef, nil)["data"].([]any)
	for _, one := range list {
		r := one.(map[string]any)
		if r["status"] == "succeeded" || r["status"] == "pending" {
			cents += int64(r["amount"].(float64))
		}
	}
	return cents, len(list)
}

func refusal(err error) string {
	var no *payment.RefundRefusal
	if errors.As(err, &no) {
		return no.Reason
	}
	return ""
}

// Parts are given back until nothing is left; a cent more is refused, and the ticket stays paid.
func TestRefundsInPartsUpToTheWholeAndNotACentMore(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		tk := c.Add(citytest.Spec{Number: "V1", Plate: "VVV 111", Offence: "LOADING", Age: 1})
		a := paid(t, c, "V1", "VVV 111", good)
		for _, step := range []struct {
			cents, expected int64
			refused         string
		}{
			{5001, 5000, payment.RefusedTooMuch}, {2000, 4999, payment.RefusedExpected}, {2000, 5000, ""}, {3001, 3000, payment.RefusedTooMuch},
			{1000, 5000, payment.RefusedExpected}, {3000, 3000, ""}, {1, 0, payment.RefusedTooMuch},
		} {
			_, before := givenBack(t, c, a)
			if step.refused != "" {
				_, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(step.cents, step.expected))
				if refusal(err) != step.refused {
					t.Errorf("%d of %d: %v, want %s", step.cents, step.expected, err, step.refused)
				}
				continue
			}
			id := approved(t, c, a.ID, asks(step.cents, step.expected))
			if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded || !strings.HasPrefix(r.ProcessorRef, "re_") {
				t.Errorf("%d cents end %s, %q", step.cents, r.State, r.ProcessorRef)
			}
			if _, after := givenBack(t, c, a); after != before+1 {
				t.Errorf("%d refunds at the processor, want %d", after, before+1)
			}
		}
		if cents, _ := givenBack(t, c, a); cents != 5000 {
			t.Errorf("the processor gave %d back", cents)
		}
		if s := ticketOf(t, c, tk).State; s != ticket.Paid {
			t.Errorf("the ticket is %s", s)
		}
		check := c.CheckLedger()
		if check.Captured != 5000 || check.Refunded != 5000 || check.Clearing != 0 || check.PaidTickets != 1 {
			t.Errorf("%+v", check)
		}
		if check.ByAccount["refunds:parking:penalty"] != check.Refunded {
			t.Errorf("the refunds account: %v", check.ByAccount)
		}
	})
}

// Two clerks ask for the whole at the same moment: one waits for a second person, the others are refused.
func TestTwoClerksAtOnceRefundOnce(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "V2", Plate: "VVV 222", Offence: "LOADING", Age: 1})
		a := paid(t, c, "V2", "VVV 222", good)
		const clerks = 8
		var errs [clerks]error
		var wg sync.WaitGroup
		for i := range clerks {
			wg.Go(func() { _, errs[i] = c.Office.Settler().AskRefund(context.Background(), a.ID, asks(5000, 5000)) })
		}
		wg.Wait()
		taken := 0
		for _, err := range errs {
			switch {
			case err == nil:
				taken++
			case refusal(err) != payment.RefusedExpected:
				t.Errorf("refused with %v", err)
			}
		}
		if taken != 1 {
			t.Errorf("%d of %d were taken", taken, clerks)
		}
		// Two at once who do not look at what is left, as if the rules above the store were not there.
		c.Add(citytest.Spec{Number: "V3", Plate: "VVV 333", Offence: "LOADING", Age: 1})
		b := paid(t, c, "V3", "VVV 333", good)
		ids := []payment.RefundID{"rfd_x0", "rfd_x1", "rfd_x2", "rfd_x3"}
		results := make([]error, len(ids))
		for i, id := range ids {
			wg.Go(func() {
				results[i] = c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
					if _, err := tx.LockAttempt(ctx, b.ID); err != nil {
						return err
					}
					_, err := tx.InsertRefund(ctx, payment.Refund{
						ID: id, Attempt: b.ID, Way: payment.ByProcessor, Amount: money.FromMinor(2501), Reason: payment.ReasonCityError, AskedBy: "anne", AskedAt: c.Now(),
						Parts: []payment.RefundPart{{Ticket: "x", Amount: money.FromMinor(2501)}},
					})
					return err
				})
			})
		}
		wg.Wait()
		taken = 0
		for _, err := range results {
			if err == nil {
				taken++
			} else if !errors.Is(err, store.ErrRule) {
				t.Errorf("the store says %v", err)
			}
		}
		if taken != 1 {
			t.Errorf("the store took %d", taken)
		}
	})
}

// Who has asked does not approve: not by the rules, and not by the store.
func TestOnePersonGivesNothingBack(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "V4", Plate: "VVV 444", Offence: "LOADING", Age: 1})
		a := paid(t, c, "V4", "VVV 444", good)
		ctx, s := context.Background(), c.Office.Settler()
		r, err := s.AskRefund(ctx, a.ID, asks(5000, 5000))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ApproveRefund(ctx, r.ID, "anne"); refusal(err) != payment.RefusedSamePerson {
			t.Errorf("anne approves what she has asked for: %v", err)
		}
		err = c.Store.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			r, err := tx.LockRefund(ctx, r.ID)
			if err != nil {
				return err
			}
			r.DecidedBy = "anne"
			_, err = tx.MoveRefund(ctx, &r, payment.Approve, c.Now(), "anne", "")
			return err
		})
		if !errors.Is(err, store.ErrRule) {
			t.Errorf("the store lets anne approve: %v", err)
		}
		if _, err := s.RefuseRefund(ctx, r.ID, "anne"); err != nil {
			t.Errorf("anne takes it back: %v", err)
		}
		if _, err := s.ApproveRefund(ctx, r.ID, "ben"); refusal(err) != payment.RefusedDecided {
			t.Errorf("ben approves what was taken back: %v", err)
		}
		if id := approved(t, c, a.ID, asks(5000, 5000)); goesOn(t, c, id, payment.RefundSending).State != payment.RefundSucceeded {
			t.Error("what was taken back can't be asked for again")
		}
		if cents, n := givenBack(t, c, a); cents != 5000 || n != 1 {
			t.Errorf("%d cents in %d refunds", cents, n)
		}
	})
}

// A refund that fails after it had succeeded is posted back, a person is told, and it can be asked for again.
func TestARefundThatFailsLaterIsPostedBack(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "V5", Plate: "VVV 555", Offence: "LOADING", Age: 1})
		a := paid(t, c, "V5", "VVV 555", failingCard)
		id := approved(t, c, a.ID, asks(5000, 5000))
		if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded {
			t.Fatalf("at first: %s", r.State)
		}
		if check := c.CheckLedger(); check.Refunded != 5000 || check.Clearing != 0 {
			t.Errorf("at first: %+v", check)
		}
		c.SetNow(c.Now().Add(24 * time.Hour))
		if r := goesOn(t, c, id, payment.RefundSucceeded); r.State != payment.RefundFailedLater || r.Failure != "expired_or_canceled_card" {
			t.Errorf("later: %s, %q", r.State, r.Failure)
		}
		if check := c.CheckLedger(); check.Refunded != 0 || check.Clearing != 5000 || check.ByAccount["refunds:parking:penalty"] != 0 || len(check.Exceptions) != 1 {
			t.Errorf("later: %+v", check)
		}
		want(t, c.Log.String(), "alarm=refund_failed_later")
		if _, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(5000, 5000)); err != nil {
			t.Errorf("again: %v", err)
		}
	})
}

// The sweeper alone finds out what became of a pending refund.
func TestAPendingRefundIsAskedForAgain(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "V6", Plate: "VVV 666", Offence: "LOADING", Age: 1})
		a := paid(t, c, "V6", "VVV 666", pendingCard)
		id := approved(t, c, a.ID, asks(3000, 5000))
		for range 3 {
			if err := c.Office.Settler().Round(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if check := c.CheckLedger(); check.Refunded != 0 || check.Clearing != 5000 {
			t.Errorf("while it is pending: %+v", check)
		}
		if r := goesOn(t, c, id, payment.RefundSending, payment.RefundPending); r.State != payment.RefundSucceeded {
			t.Errorf("ends %s", r.State)
		}
		if check := c.CheckLedger(); check.Refunded != 3000 || check.Clearing != 2000 {
			t.Errorf("%+v", check)
		}
	})
}

// Whatever happens to the call, the money goes back once.
func TestFaultsOfTheProcessorGiveBackOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"drop_before", "drop_after_commit", "409", "429", "lock_timeout", "html_502", "truncate", "500_saved"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			citytest.Both(t, func(t *testing.T, c *citytest.City) {
				c.Add(citytest.Spec{Number: "V7", Plate: "VVV 777", Offence: "LOADING", Age: 1})
				a := paid(t, c, "V7", "VVV 777", good)
				for range 2 { // the library sends a request again by itself when a kept connection breaks
					control(t, c, "faults", map[string]any{"kind": kind, "match": map[string]any{"method": "POST", "path": "^/v1/refunds$", "nth": 1}})
				}
				id := approved(t, c, a.ID, asks(2000, 5000))
				if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded {
					t.Errorf("ends %s", r.State)
				}
				if cents, n := givenBack(t, c, a); cents != 2000 || n != 1 {
					t.Errorf("%d cents in %d refunds", cents, n)
				}
				if check := c.CheckLedger(); check.Refunded != 2000 || check.Clearing != 3000 {
					t.Errorf("%+v", check)
				}
			})
		})
	}
}

// The answer was lost and the key has become too old: the refund is found, and not made a second time.
func TestAKeyThatIsTooOldIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "V8", Plate: "VVV 888", Offence: "LOADING", Age: 1})
		a := paid(t, c, "V8", "VVV 888", good)
		for range 2 {
			control(t, c, "faults", map[string]any{"kind": "drop_after_commit", "match": map[string]any{"method": "POST", "path": "^/v1/refunds$", "nth": 1}})
		}
		id := approved(t, c, a.ID, asks(2000, 5000))
		for range 50 {
			if _, n := givenBack(t, c, a); n > 0 {
				break
			}
			_ = c.Office.Settler().Round(context.Background())
			time.Sleep(20 * time.Millisecond) // the office's own worker may have it
		}
		c.SetNow(c.Now().Add(25 * time.Hour))
		if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded {
			t.Errorf("ends %s", r.State)
		}
		if cents, n := givenBack(t, c, a); cents != 2000 || n != 1 {
			t.Errorf("%d cents in %d refunds", cents, n)
		}
	})
}

// A person has given it back at the processor by hand: nothing more is, and we know that it was not us.
func TestWhatTheProcessorRefusesIsNotGivenBack(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Add(citytest.Spec{Number: "V9", Plate: "VVV 999", Offence: "LOADING", Age: 1})
	a := paid(t, c, "V9", "VVV 999", good)
	dashboard(t, c, http.MethodPost, "/v1/refunds", url.Values{"payment_intent": {a.ProcessorRef}})
	id := approved(t, c, a.ID, asks(5000, 5000))
	if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundFailed || r.Failure != "charge_already_refunded" {
		t.Errorf("ends %s, %q", r.State, r.Failure)
	}
	want(t, c.Log.String(), "alarm=refund_failed")
	if check := c.CheckLedger(); check.Refunded != 0 || check.Clearing != 5000 {
		t.Errorf("%+v", check)
	}
}

// Two refunds at the processor say that they are ours: a person decides, nothing is posted.
func TestASecondRefundUnderOurNameStops(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Add(citytest.Spec{Number: "W1", Plate: "WWW 111", Offence: "LOADING", Age: 1})
	a := paid(t, c, "W1", "WWW 111", good)
	r, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(1000, 5000))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		dashboard(t, c, http.MethodPost, "/v1/refunds", url.Values{"payment_intent": {a.ProcessorRef}, "amount": {"1000"}, "metadata[refund_id]": {string(r.ID)}})
	}
	control(t, c, "faults", map[string]any{"kind": "500_saved", "match": map[string]any{"method": "POST", "path": "^/v1/refunds$", "nth": 1}})
	if _, err := c.Office.Settler().ApproveRefund(context.Background(), r.ID, "ben"); err != nil {
		t.Fatal(err)
	}
	if r := goesOn(t, c, r.ID, payment.RefundSending); r.State != payment.RefundStopped || r.Failure != "two_refunds" {
		t.Errorf("ends %s, %q", r.State, r.Failure)
	}
	if check := c.CheckLedger(); check.Refunded != 0 || len(check.Exceptions) != 1 {
		t.Errorf("%+v", check)
	}
	if _, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(5000, 5000)); refusal(err) != payment.RefusedExpected {
		t.Errorf("what is stopped still counts: %v", err)
	}
}
