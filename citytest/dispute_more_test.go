package citytest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/citytest"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// A part of a payment, one of which some was given back before, and a refund that waited when the bank took the
// money: none of them makes a debt by itself, or pays twice; a person is told.
func TestAChargebackThatIsNotTheWholePaymentIsBeforeAPerson(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx := context.Background()
		lost := func(a payment.Attempt, why string) payment.Dispute {
			t.Helper()
			control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "lost"})
			cb := chargeback(t, c, payment.DisputeAccepted)
			if cb.End != payment.EndPerson || cb.Why != why {
				t.Errorf("%+v, want %s", cb, why)
			}
			if _, open := queued(t, c, payment.ExceptionTicket, string(cb.ID)); !open {
				t.Errorf("%s: nobody is told", why)
			}
			return cb
		}
		part := c.Add(citytest.Spec{Number: "K5", Plate: "KKK 555", Offence: "LOADING", Age: 1})
		a := paid(t, c, "K5", "KKK 555", good)
		control(t, c, "dispute", map[string]any{"payment": a.ProcessorRef, "amount": 2000})
		chargeback(t, c, payment.DisputeOpen)
		lost(a, payment.WhyPart)
		if s := ticketOf(t, c, part).State; s != ticket.Paid {
			t.Errorf("the ticket is %s", s)
		}
		if _, err := c.Office.Settler().AskRefund(ctx, a.ID, asks(3001, 3000)); refusal(err) != payment.RefusedDisputed {
			t.Errorf("a cent of what the bank has: %v", err)
		}
		if _, err := c.Office.Settler().AskRefund(ctx, a.ID, asks(3000, 3000)); err != nil {
			t.Errorf("what is left: %v", err)
		}

		c.SetNow(c.Now().Add(time.Hour))
		c.Add(citytest.Spec{Number: "K6", Plate: "KKK 666", Offence: "LOADING", Age: 1})
		b := paid(t, c, "K6", "KKK 666", good)
		goesOn(t, c, approved(t, c, b.ID, asks(2000, 5000)), payment.RefundSending)
		control(t, c, "dispute", map[string]any{"payment": b.ProcessorRef})
		chargeback(t, c, payment.DisputeOpen)
		lost(b, payment.WhyRefunded)
		owes(t, c, map[string]int64{"chargebacks:lost": 7000, "disputes:held": 0})

		c.SetNow(c.Now().Add(time.Hour))
		c.Add(citytest.Spec{Number: "K7", Plate: "KKK 777", Offence: "LOADING", Age: 1})
		e := paid(t, c, "K7", "KKK 777", good)
		r, err := c.Office.Settler().AskRefund(ctx, e.ID, asks(5000, 5000))
		do(t, err)
		control(t, c, "dispute", map[string]any{"payment": e.ProcessorRef})
		chargeback(t, c, payment.DisputeOpen)
		if _, err := c.Office.Settler().ApproveRefund(ctx, r.ID, "ben"); refusal(err) != payment.RefusedDisputed {
			t.Errorf("approved what the bank has: %v", err)
		}
		if cents, _ := givenBack(t, c, e); cents != 0 {
			t.Errorf("%d cents were given back", cents)
		}
	})
}

// What a person was to decide, because a part was lost, is out of the queue when the part comes back after all.
func TestAPartThatIsWonAfterItWasLostIsBeforeNobody(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "K13", Plate: "KKK 131", Offence: "LOADING", Age: 1})
		a := paid(t, c, "K13", "KKK 131", good)
		control(t, c, "dispute", map[string]any{"payment": a.ProcessorRef, "amount": 2000})
		control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "lost"})
		cb := chargeback(t, c, payment.DisputeAccepted)
		if _, open := queued(t, c, payment.ExceptionTicket, string(cb.ID)); !open {
			t.Error("nobody is told")
		}
		if n := len(c.CheckLedger().Exceptions); n != 1 {
			t.Errorf("the ledger's check has %d for a person", n)
		}
		control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "won"})
		chargeback(t, c, payment.DisputeWon)
		if e, open := queued(t, c, payment.ExceptionTicket, string(cb.ID)); open {
			t.Errorf("won, and still in the queue: %+v", e)
		}
		if check := owes(t, c, map[string]int64{"chargebacks:lost": 0, "disputes:held": 0, "chargebacks:card": 0}); len(check.Exceptions) != 0 {
			t.Errorf("%v", check.Exceptions)
		}
	})
}

// An inquiry that was over grows and is answered, or is decided, while nobody reads it: it is what it is then.
func TestWhatNobodyReadBetweenIsFollowed(t *testing.T) {
	t.Parallel()
	for to, held := range map[payment.DisputeState]int64{payment.DisputeAnswered: 5000, payment.DisputeWon: 0} {
		t.Run(string(to), func(t *testing.T) {
			t.Parallel()
			c := citytest.SQLiteAt(t, wednesday)
			c.Add(citytest.Spec{Number: "K14", Plate: "KKK 141", Offence: "LOADING", Age: 1})
			a := paid(t, c, "K14", "KKK 141", good)
			of := map[string]any{"payment": a.ProcessorRef, "inquiry": true}
			control(t, c, "dispute", of)
			control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "warning_closed"})
			chargeback(t, c, payment.DisputeInquiryOver)
			control(t, c, "dispute/escalate", of)
			control(t, c, "dispute/answer", of)
			if to == payment.DisputeWon {
				control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "won"})
			}
			chargeback(t, c, to)
			owes(t, c, map[string]int64{"disputes:held": held, "chargebacks:card": -held})
			if strings.Contains(c.Log.String(), "alarm=unexpected_event") {
				t.Error("it is not understood")
			}
			right(t, c)
		})
	}
}

// Money that was put to no ticket was the payer's all along: when his bank keeps it, nothing is owed to him any more;
// when it comes back after all, it is his again.
func TestAChargebackOfMoneyOfNoTicket(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		control(t, c, "webhooks", map[string]any{"mode": "off"})
		c.Add(citytest.Spec{Number: "K12", Plate: "KKK 121", Offence: "LOADING", Age: 1})
		var twice [2]payment.Attempt
		for i := range twice {
			twice[i] = settle(t, c, begin(t, c, "K12", "KKK 121"), payment.Creating)
		}
		for _, a := range twice {
			takenByHand(t, c, a, "")
		}
		a := attemptOf(t, c, twice[1].ID)
		owes(t, c, map[string]int64{"unallocated:card": -5000})
		control(t, c, "dispute", map[string]any{"payment": a.ProcessorRef})
		chargeback(t, c, payment.DisputeOpen)
		if _, err := c.Office.Settler().AskRefund(context.Background(), a.ID, asks(5000, 5000)); refusal(err) != payment.RefusedDisputed {
			t.Errorf("a refund of what the bank has: %v", err)
		}
		control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "lost"})
		if cb := chargeback(t, c, payment.DisputeAccepted); cb.End != payment.EndPayers {
			t.Errorf("%+v", cb)
		}
		owes(t, c, map[string]int64{"unallocated:card": 0, "disputes:held": 0, "chargebacks:lost": 0})
		if _, open := queued(t, c, payment.ExceptionUnallocated, a.ID.Ref()); open {
			t.Error("the payer has it, and it is still in the queue")
		}
		control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "won"})
		chargeback(t, c, payment.DisputeWon)
		owes(t, c, map[string]int64{"unallocated:card": -5000, "chargebacks:card": 0})
		if _, open := queued(t, c, payment.ExceptionUnallocated, a.ID.Ref()); !open {
			t.Error("it came back, and is in nobody's queue")
		}
		goesOn(t, c, approved(t, c, a.ID, asks(5000, 5000)), payment.RefundSending)
		owes(t, c, map[string]int64{"unallocated:card": 0})
		if _, open := queued(t, c, payment.ExceptionUnallocated, a.ID.Ref()); open {
			t.Error("given back, and still in the queue")
		}
	})
}

// An inquiry moves no money, and a payment under one can be given back. One that grows into a chargeback is one.
func TestAnInquiryMovesNoMoney(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "K8", Plate: "KKK 888", Offence: "LOADING", Age: 1})
		a := paid(t, c, "K8", "KKK 888", good)
		still := map[string]int64{"disputes:held": 0, "chargebacks:card": 0, "chargebacks:lost": 0, "clearing:card": 5000}
		control(t, c, "dispute", map[string]any{"payment": a.ProcessorRef, "inquiry": true})
		cb := chargeback(t, c, payment.DisputeInquiry)
		owes(t, c, still)
		if _, open := queued(t, c, payment.ExceptionChargeback, string(cb.ID)); !open {
			t.Error("nobody is told")
		}
		control(t, c, "dispute/answer", map[string]any{"payment": a.ProcessorRef})
		chargeback(t, c, payment.DisputeInquired)
		control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "warning_closed"})
		chargeback(t, c, payment.DisputeInquiryOver)
		owes(t, c, still)
		right(t, c)
		control(t, c, "dispute/escalate", map[string]any{"payment": a.ProcessorRef})
		chargeback(t, c, payment.DisputeOpen)
		owes(t, c, map[string]int64{"disputes:held": 5000, "chargebacks:card": -5000})
		if !strings.Contains(c.Log.String(), "alarm=dispute_needs_response") {
			t.Error("an inquiry that was over has become a chargeback, and no alarm was raised")
		}
		right(t, c)
	})
}

// The city's setting rules: never writes off; dispute_day gives the days back that were left on the day on which the
// chargeback was opened.
func TestTheCityHasSetWhatALostChargebackIs(t *testing.T) {
	t.Parallel()
	for rule, wanted := range map[city.Reopen]struct {
		end   payment.DisputeEnd
		state ticket.State
		price int64
	}{
		city.ReopenNever: {payment.EndWrittenOff, ticket.Paid, 0}, city.ReopenOriginal: {payment.EndReopened, ticket.Reopened, 5000},
		city.ReopenDisputeDay: {payment.EndReopened, ticket.Reopened, 7500},
	} {
		t.Run(string(rule), func(t *testing.T) {
			t.Parallel()
			c := citytest.SQLiteAt(t, wednesday)
			c.SetReopen(rule)
			tk := c.Add(citytest.Spec{Number: "K9", Plate: "KKK 999", Offence: "LOADING", Age: 1})
			a := paid(t, c, "K9", "KKK 999", good)
			days(t, c, 20) // the bank takes it back in the second tier, and keeps it in the third
			control(t, c, "dispute", map[string]any{"payment": a.ProcessorRef})
			chargeback(t, c, payment.DisputeOpen)
			days(t, c, 20)
			control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "lost"})
			if cb := chargeback(t, c, payment.DisputeAccepted); cb.End != wanted.end {
				t.Errorf("%+v", cb)
			}
			if s := ticketOf(t, c, tk).State; s != wanted.state {
				t.Errorf("the ticket is %s", s)
			}
			if wanted.price == 0 {
				owes(t, c, map[string]int64{"chargebacks:lost": 5000})
				return
			}
			if again := paid(t, c, "K9", "KKK 999", good); again.Amount.Minor() != wanted.price {
				t.Errorf("owed again at %s, want %d", again.Amount, wanted.price)
			}
			right(t, c)
		})
	}
}

// The payer's name, address and e-mail are in each dispute that the processor shows, and stay on the wire.
func TestADisputeNamesThePayerAndNothingOfItComesIn(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		control(t, c, "webhooks", map[string]any{"mode": "off"})
		c.SetNow(time.Now().Truncate(time.Second))
		c.Add(citytest.Spec{Number: "K10", Plate: "KKK 101", Offence: "LOADING", Age: 1})
		v := toCardPage(c, "en", citytest.ReceiptAddress, [2]string{"K10", "KKK 101"})
		typeCard(v, disputedCard)
		want(t, text(t, v), "Paid in full")
		list := dashboard(t, c, http.MethodGet, "/v1/disputes", nil)["data"].([]any)
		evidence := list[0].(map[string]any)["evidence"].(map[string]any)
		if evidence["customer_name"] != citytest.PayerName || evidence["customer_email_address"] != citytest.PayerEmail {
			t.Fatalf("the processor's own dispute does not name the payer: %v", evidence)
		}
		before := c.Heard(citytest.PlaceEntered)
		cb := chargeback(t, c, payment.DisputeOpen)
		if _, err := c.Adapter.GetDispute(context.Background(), string(cb.ID)); err != nil {
			t.Error(err)
		}
		for _, f := range c.Findings() {
			t.Error(f)
		}
		if c.Heard(citytest.PlaceEntered) < before+200 || !c.Saw(citytest.PlaceWire, citytest.Payer) {
			t.Error("the dispute was not heard on its way in")
		}
	})
}

// A processor that does not tell of disputes for a day is before a person, until it does again.
func TestAProcessorThatTellsOfNoDisputesIsNoticed(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx := context.Background()
		asked := func() bool {
			n, err := c.Count(ctx, "select count(*) from dispute_list where answered_at > 0")
			return err == nil && n == 1
		}
		for range 60 {
			if asked() {
				break
			}
			c.SetNow(c.Now().Add(10 * time.Minute))
			_ = c.Office.Settler().Round(ctx)
		}
		if !asked() {
			t.Fatal("nobody has asked for disputes")
		}
		for range 60 {
			control(t, c, "faults", map[string]any{"kind": "html_502", "match": map[string]any{"method": "GET", "path": "^/v1/disputes$", "nth": 1}})
		}
		open := false
		for range 40 {
			c.SetNow(c.Now().Add(61 * time.Minute))
			_ = c.Office.Settler().Round(ctx)
			if _, open = queued(t, c, payment.ExceptionFeed, "disputes"); open {
				break
			}
		}
		if !open {
			t.Fatal("nobody is told")
		}
		for range 80 {
			c.SetNow(c.Now().Add(61 * time.Minute))
			_ = c.Office.Settler().Round(ctx)
			if _, open = queued(t, c, payment.ExceptionFeed, "disputes"); !open {
				return
			}
		}
		t.Error("it came, and is still in the queue")
	})
}

// Several read the same dispute at once: it is one chargeback, and posts once.
func TestOfSeveralWhoReadADisputeOnePosts(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "K11", Plate: "KKK 112", Offence: "LOADING", Age: 1})
		a := paid(t, c, "K11", "KKK 112", good)
		c.StopSweep(t)
		control(t, c, "dispute", map[string]any{"payment": a.ProcessorRef})
		days(t, c, 4)
		errs := make(chan error, 8)
		for range cap(errs) {
			go func() {
				_, err := c.Deposits().Fetch(context.Background(), true)
				errs <- err
			}()
		}
		for range cap(errs) {
			// Of several who enter one payout, those who come late may be refused: not the dispute's.
			if err := <-errs; err != nil && (!errors.Is(err, store.ErrConflict) || strings.Contains(err.Error(), "dispute")) {
				t.Error(err)
			}
		}
		fetch(t, c.Deposits())
		if n := counted(t, c, "select count(*) from ledger_entry where kind = 'dispute_held'"); n != 1 || len(chargebacks(t, c)) != 1 {
			t.Errorf("%d entries of what is held by %d chargebacks", n, len(chargebacks(t, c)))
		}
		owes(t, c, map[string]int64{"disputes:held": 5000, "chargebacks:card": 0})
	})
}
