package citytest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
	"fundy/ticket"
)

// disputedCard is a test card whose payments are disputed as soon as they are taken.
const disputedCard = "4000000000000259"

// chargeback lets the office's worker go on, an hour a round, until the newest chargeback stands in a state.
func chargeback(t *testing.T, c *citytest.City, want payment.DisputeState) payment.Dispute {
	t.Helper()
	var newest payment.Dispute
	for range 60 {
		newest = payment.Dispute{}
		for _, d := range chargebacks(t, c) {
			if !d.OpenedAt.Before(newest.OpenedAt) {
				newest = d
			}
		}
		if newest.State == want {
			return newest
		}
		c.SetNow(c.Now().Add(61 * time.Minute))
		_ = c.Office.Settler().Round(context.Background()) // what it could not do now it does later
	}
	t.Fatalf("still %q, want %s", newest.State, want)
	return newest
}

func chargebacks(t *testing.T, c *citytest.City) (all []payment.Dispute) {
	t.Helper()
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = tx.Disputes(ctx, 100)
		return err
	})
	do(t, err)
	return all
}

// queued is what stands in the queue of a kind, about ref; false where it is closed or was never there.
func queued(t *testing.T, c *citytest.City, kind payment.ExceptionKind, ref string) (e payment.Exception, open bool) {
	t.Helper()
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.OpenExceptions(ctx, 100)
		for _, one := range all {
			if one.Kind == kind && one.Ref == ref {
				e, open = one, true
			}
		}
		return err
	})
	do(t, err)
	return e, open
}

// owes wants accounts to stand at so many cents, and the ledger to agree.
func owes(t *testing.T, c *citytest.City, accounts map[string]int64) store.LedgerCheck {
	t.Helper()
	check := c.CheckLedger()
	for account, want := range accounts {
		if got := check.ByAccount[account]; got != want {
			t.Errorf("%s is %d, want %d", account, got, want)
		}
	}
	return check
}

// A payment is taken back by the payer's bank, answered, and lost: the money and the fee are followed to the bank's
// own line, the ticket is owed again at the price of the day of the payment, and is paid again.
func TestAChargebackThatIsLostMakesItsTicketOwedAgain(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, d := context.Background(), c.Deposits()
		tk := c.Add(citytest.Spec{Number: "K1", Plate: "KKK 111", Offence: "LOADING", Age: 1})
		a := paid(t, c, "K1", "KKK 111", disputedCard)
		cb := chargeback(t, c, payment.DisputeOpen)
		if cb.Attempt != a.ID || cb.Amount.Minor() != 5000 || cb.Fee.Minor() != 1500 || cb.Reason != "fraudulent" || cb.DueAt.Before(wednesday.AddDate(0, 0, 8)) {
			t.Fatalf("%+v", cb)
		}
		if e, open := queued(t, c, payment.ExceptionChargeback, string(cb.ID)); !open || !e.DueAt.Equal(cb.DueAt) || e.Owner != payment.RoleFinance || e.Amount != cb.Amount {
			t.Errorf("in the queue: %+v", e)
		}
		owes(t, c, map[string]int64{"disputes:held": 5000, "chargebacks:card": -5000, "clearing:card": 5000, "fees:card": 0})
		if _, err := c.Office.Settler().AskRefund(ctx, a.ID, asks(5000, 5000)); refusal(err) != payment.RefusedDisputed {
			t.Errorf("a refund of what the bank has: %v", err)
		}
		err := c.Store.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error { // as if the rules above the store were not there
			cent := money.FromMinor(1)
			_, err := tx.InsertRefund(ctx, payment.Refund{
				ID: "rfd_k1", Attempt: a.ID, Way: payment.ByProcessor, Amount: cent, Reason: payment.ReasonCityError, Parts: []payment.RefundPart{{Ticket: tk, Amount: cent}},
				AskedBy: "anne", AskedAt: c.Now(),
			})
			return err
		})
		if !errors.Is(err, store.ErrRule) {
			t.Errorf("the store takes a cent of what the bank has: %v", err)
		}

		days(t, c, 4)
		if f, err := d.Fetch(ctx, false); err != nil || f.Payouts != 2 || f.Unknown != 0 {
			t.Fatalf("dry run: %+v, %v", f, err)
		}
		if f := fetch(t, d); f.Payouts != 2 || f.Lines != 2 || len(f.Problems) != 0 {
			t.Fatalf("%+v", f)
		}
		if n := counted(t, c, "select count(*) from payout where amount_minor in (-6500, 4825)"); n != 2 {
			t.Errorf("%d payouts of -65.00 and 48.25", n)
		}
		takeBank(t, d, "a.bai", c.BankFile("2027-03-03", "2027-03-07", 2, ""))
		owes(t, c, map[string]int64{"disputes:held": 5000, "chargebacks:card": 0, "clearing:card": 0, "fees:card": 1675, "bank:operating": -1675, "in_transit:card": 0})
		if r := report(t, d, "2027-03-03"); r.Unknown() != 0 || r.Classes[payout.Chargeback].Minor() != 5000 || r.Classes[payout.Fee].Minor() != 1675 || r.Bank.Minor() != -1675 {
			t.Errorf("%+v\n%s", r, unknowns(r))
		}
		right(t, c)

		control(t, c, "dispute/answer", map[string]any{"payment": a.ProcessorRef})
		if cb = chargeback(t, c, payment.DisputeAnswered); !cb.ClosedAt.IsZero() {
			t.Errorf("%+v", cb)
		}
		if e, open := queued(t, c, payment.ExceptionChargeback, string(cb.ID)); open {
			t.Errorf("answered, and still in the queue: %+v", e)
		}
		days(t, c, 20) // by the clock alone, the ticket would cost 75.00
		control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "lost"})
		if cb = chargeback(t, c, payment.DisputeLost); cb.End != payment.EndReopened || cb.ReopenedAt.IsZero() || cb.ClosedAt.IsZero() {
			t.Errorf("%+v", cb)
		}
		if s := ticketOf(t, c, tk).State; s != ticket.Reopened {
			t.Errorf("the ticket is %s", s)
		}
		check := owes(t, c, map[string]int64{"disputes:held": 0, "chargebacks:lost": 0, "chargebacks:card": 0, "receivable:penalty": 10000, "receivable:discount": -5000})
		if check.ChargedBack != 5000 || check.PaidTickets != 0 {
			t.Errorf("%+v", check)
		}
		right(t, c)
		for range 3 { // whoever reads it again changes nothing
			c.SetNow(c.Now().Add(61 * time.Minute))
			do(t, c.Office.Settler().Round(ctx))
		}
		if n := counted(t, c, "select count(*) from dispute_event"); n != 3 {
			t.Errorf("%d moves, want 3", n)
		}
		again := paid(t, c, "K1", "KKK 111", good)
		if again.Amount != a.Amount {
			t.Errorf("owed again at %s, want the price of the day of the payment, %s", again.Amount, a.Amount)
		}
		owes(t, c, map[string]int64{"receivable:penalty": 0, "receivable:discount": 0})
		right(t, c)
	})
}

// One that is won: the money and the fee are back, and nothing has happened to the ticket. A processor that keeps its
// fee is taken at its line.
func TestAChargebackThatIsWonLeavesTheTicketPaid(t *testing.T) {
	t.Parallel()
	for name, fees := range map[string]int64{"fee back": 175, "fee kept": 1675} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
				d := c.Deposits()
				tk := c.Add(citytest.Spec{Number: "K2", Plate: "KKK 222", Offence: "LOADING", Age: 1})
				a := paid(t, c, "K2", "KKK 222", disputedCard)
				chargeback(t, c, payment.DisputeOpen)
				days(t, c, 2)
				control(t, c, "dispute/answer", map[string]any{"payment": a.ProcessorRef})
				control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "won", "keep_fee": fees > 1000})
				cb := chargeback(t, c, payment.DisputeWon)
				if e, open := queued(t, c, payment.ExceptionChargeback, string(cb.ID)); open {
					t.Errorf("won, and still in the queue: %+v", e)
				}
				owes(t, c, map[string]int64{"disputes:held": 0, "chargebacks:card": 0, "chargebacks:lost": 0})
				days(t, c, 3)
				if f := fetch(t, d); f.Payouts != 3 || f.Lines != 3 || len(f.Problems) != 0 {
					t.Fatalf("%+v", f)
				}
				takeBank(t, d, "a.bai", c.BankFile("2027-03-03", "2027-03-08", 2, ""))
				owes(t, c, map[string]int64{"disputes:held": 0, "chargebacks:card": 0, "fees:card": fees, "clearing:card": 0, "bank:operating": 5000 - fees})
				if s := ticketOf(t, c, tk).State; s != ticket.Paid {
					t.Errorf("the ticket is %s", s)
				}
				right(t, c)
				goesOn(t, c, approved(t, c, a.ID, asks(5000, 5000)), payment.RefundSending)
				if cents, _ := givenBack(t, c, a); cents != 5000 {
					t.Errorf("what was won can't be given back: %d", cents)
				}
			})
		})
	}
}

// A dispute of a payment that we never made stops, its line is unknown, and the day does not close, until a person has
// said what it is.
func TestAChargebackOfAPaymentThatWeNeverMade(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, d := context.Background(), c.Deposits()
		control(t, c, "dispute", map[string]any{"stranger": true, "amount": 3000, "reason": "duplicate"})
		cb := chargeback(t, c, payment.DisputeStopped)
		if cb.Attempt != "" || cb.Why != "not_ours" {
			t.Fatalf("%+v", cb)
		}
		if e, open := queued(t, c, payment.ExceptionChargeback, string(cb.ID)); !open || e.Amount.Minor() != 3000 || !e.DueAt.Equal(cb.DueAt) {
			t.Errorf("in the queue: %+v", e)
		}
		days(t, c, 3)
		if f := fetch(t, d); f.Payouts != 1 || f.Unknown != 1 {
			t.Fatalf("%+v", f)
		}
		takeBank(t, d, "a.bai", c.BankFile("2027-03-03", "2027-03-06", 2, ""))
		owes(t, c, map[string]int64{"suspense:card": 3000, "disputes:held": 0, "chargebacks:card": 0, "fees:card": 1500})
		r := report(t, d, "2027-03-03")
		want(t, unknowns(r), "a chargeback of none of our payments")
		if _, err := d.Close(ctx, date("2027-03-03"), true); err == nil || !strings.Contains(err.Error(), "unexplained") {
			t.Errorf("the day was closed: %v", err)
		}
		for _, v := range r.Variances {
			if v.Class == payout.Unknown {
				do(t, d.Explain(ctx, v.Ref, payout.Chargeback, "the library takes cards on this account too", true))
			}
		}
		owes(t, c, map[string]int64{"suspense:card": 0, "chargebacks:card": 3000})
		if e, open := queued(t, c, payment.ExceptionChargeback, string(cb.ID)); open {
			t.Errorf("explained, and still in the queue: %+v", e)
		}
		if r, err := d.Close(ctx, date("2027-03-03"), true); err != nil || r.Unknown() != 0 || r.Classes[payout.Chargeback].Minor() != 3000 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// The payout comes before the sweep has met the dispute: its line is asked for by its source, and is known at once.
func TestAPayoutThatComesBeforeTheSweepKnowsItsChargeback(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		d := c.Deposits()
		c.Add(citytest.Spec{Number: "K3", Plate: "KKK 333", Offence: "LOADING", Age: 1})
		a := paid(t, c, "K3", "KKK 333", good)
		c.StopSweep(t)
		control(t, c, "dispute", map[string]any{"payment": a.ProcessorRef})
		days(t, c, 4)
		if n := len(chargebacks(t, c)); n != 0 {
			t.Fatalf("%d chargebacks are known", n)
		}
		if f, err := d.Fetch(context.Background(), false); err != nil || f.Unknown != 0 || len(chargebacks(t, c)) != 0 {
			t.Fatalf("dry run: %+v, %v", f, err)
		}
		if f := fetch(t, d); f.Unknown != 0 || len(f.Problems) != 0 {
			t.Fatalf("%+v", f)
		}
		owes(t, c, map[string]int64{"disputes:held": 5000, "chargebacks:card": 0, "suspense:card": 0})
	})
}

// What was lost comes back after all, when the ticket has been paid by somebody else: the money is the payer's, and is
// given back to him.
func TestAChargebackThatIsWonAfterItWasLostIsThePayers(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		tk := c.Add(citytest.Spec{Number: "K4", Plate: "KKK 444", Offence: "LOADING", Age: 1})
		a := paid(t, c, "K4", "KKK 444", disputedCard)
		chargeback(t, c, payment.DisputeOpen)
		control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "lost"})
		if cb := chargeback(t, c, payment.DisputeAccepted); cb.End != payment.EndReopened || !strings.Contains(c.Log.String(), "alarm=dispute_accepted") {
			t.Errorf("nobody had answered: %+v", cb)
		}
		b := paid(t, c, "K4", "KKK 444", good)
		if _, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(5000, 5000)); refusal(err) != payment.RefusedDisputed {
			t.Errorf("a refund of what was lost: %v", err)
		}
		control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "won"})
		chargeback(t, c, payment.DisputeWon)
		if check := owes(t, c, map[string]int64{"unallocated:card": -5000, "chargebacks:card": 0, "disputes:held": 0}); check.PaidTickets != 1 || check.Captured != 10000 {
			t.Errorf("%+v", check)
		}
		if _, open := queued(t, c, payment.ExceptionUnallocated, a.ID.Ref()); !open {
			t.Error("the payer's money is in nobody's queue")
		}
		if got := capturedFor(t, c, tk).ID; got != b.ID {
			t.Error("the ticket's receipt is not the second payment's")
		}
		goesOn(t, c, approved(t, c, a.ID, asks(5000, 5000)), payment.RefundSending)
		if _, open := queued(t, c, payment.ExceptionUnallocated, a.ID.Ref()); open {
			t.Error("given back, and still in the queue")
		}
		owes(t, c, map[string]int64{"unallocated:card": 0, "clearing:card": 5000})
	})
}
