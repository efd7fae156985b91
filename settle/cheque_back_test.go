package settle_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// banked takes a cheque for a ticket, and has it deposited and at the bank.
func (h *hall) banked(d *settle.Deposits, id ticket.ID, number string, tenders ...payment.Tender) settle.Entry {
	h.t.Helper()
	e := h.take([]ticket.ID{id}, tenders...)
	cash := int64(0)
	for _, t := range e.Tenders {
		if t.Kind == payment.Cash {
			cash += t.Tendered.Minor() - t.Change.Minor()
		}
	}
	h.closeDrawer("A", cash)
	all := h.closed(d)
	s := h.slip(d, number, append(all[payment.ChequeBatch], all[payment.CashBatch]...)...)
	h.bank(d, h.today(), slipLine(s.Amount.Minor(), "SLIP "+number))
	if got := h.state(e.Attempt.ID); got != payment.Banked {
		h.t.Fatalf("the payment is %s", got)
	}
	h.open("A", "anne")
	return e
}

// The bank takes a cheque back: by its number and amount the payment is found and undone, the ticket is owed at the
// price that it had when the cheque came, the fee is a debt of its own, and no further cheque is taken.
func TestACheckThatTheBankTakesBack(t *testing.T) {
	t.Parallel()
	for tier, price := range map[string]int64{city.NSFReceived: 3000, city.NSFNow: 4000} {
		t.Run(tier, func(t *testing.T) {
			t.Parallel()
			set := nsf
			set.NSFTier = tier
			counters(t, set, func(t *testing.T, h *hall) {
				ctx, d := context.Background(), h.deposits(set)
				h.drawer("A", "anne")
				tk := h.add(given{number: "1", age: 10})
				e := h.banked(d, tk, "1001", cheque(3000, "000451"))
				h.later(10 * 24 * time.Hour)
				day := h.today()
				if b := h.bank(d, day, bounced(3000, "451")); b.Counter.Returned != 1 || len(b.Problems) != 0 {
					t.Fatalf("%+v", b)
				}
				if b := h.bank(d, day, bounced(3000, "451")); b.Counter.Returned != 0 || b.New != 0 {
					t.Errorf("the same file again: %+v", b)
				}
				if s := h.ticket(tk); h.state(e.Attempt.ID) != payment.Returned || s.State != ticket.Reopened || h.due(tk) != price {
					t.Errorf("%s, ticket %s, due %d, want %d", h.state(e.Attempt.ID), s.State, h.due(tk), price)
				}
				h.books(map[string]int64{
					"undeposited:cheque": 0, "in_transit:deposit": 0, "bank:operating": 0, "receivable:nsf_fee": 2500, "revenue:fees:nsf_fee": -2500, "receivable:penalty": 6500,
				})
				r := h.report(d, day)
				if r.Classes[payout.Chargeback].Minor() != 3000 || r.Bank.Minor() != -3000 || !r.Gross.IsZero() || r.Unknown() != 0 {
					t.Errorf("%+v\n%s", r, unknowns(r))
				}
				if open := h.exceptions(payment.ExceptionReturned); len(open) != 1 || open[0].Amount.Minor() != 3000 || open[0].Owner != payment.RoleFinance {
					t.Fatalf("%+v", open)
				}
				// The fee is no part of what the ticket costs, and no cheque is taken for either.
				if _, err := h.s.TakeTender(ctx, request([]ticket.ID{tk}, cheque(price, "452"))); refused(err) != payment.TakeChequeRefused {
					t.Errorf("another cheque: %v", err)
				}
				h.take([]ticket.ID{tk}, cash(price))
				if len(h.exceptions(payment.ExceptionReturned)) != 1 {
					t.Error("it is closed, and its charge is owed")
				}
				var charges []payment.Charge
				h.read(func(ctx context.Context, tx *store.Tx) (err error) {
					charges, err = tx.ChargesOwed(ctx, 10)
					return err
				})
				if len(charges) != 1 || charges[0].Amount.Minor() != 2500 || charges[0].Clause != nsf.NSFClause {
					t.Fatalf("%+v", charges)
				}
				for _, wrong := range []struct {
					tender payment.Tender
					reason string
				}{
					{cheque(2500, "453"), payment.TakeChequeRefused}, {cash(2000), payment.TakeShort}, {terminal(2600, "AUTH1"), payment.TakeAmount}, {cash(2501), payment.TakeCoins},
				} {
					if _, err := h.s.PayCharge(ctx, charges[0].ID, wrong.tender, "anne", true); refused(err) != wrong.reason {
						t.Errorf("%+v: %v, want %s", wrong.tender, err, wrong.reason)
					}
				}
				if _, err := h.s.PayCharge(ctx, charges[0].ID, cash(3000), "anne", false); err != nil || len(h.exceptions(payment.ExceptionReturned)) != 1 {
					t.Errorf("a dry run: %v", err)
				}
				paid, err := h.s.PayCharge(ctx, charges[0].ID, cash(3000), "anne", true)
				if err != nil || paid.Change().Minor() != 500 || paid.Printed() != "A-000003" || len(h.exceptions(payment.ExceptionReturned)) != 0 {
					t.Errorf("%+v, %v, %v", paid, err, h.exceptions(payment.ExceptionReturned))
				}
				check := h.books(map[string]int64{"receivable:nsf_fee": 0, "undeposited:cash": price + 2500})
				if check.ChargesPaid != 2500 || check.Captured != price+2500 {
					t.Errorf("%+v", check)
				}
				// An entry that is reversed makes it owed again.
				if _, err := h.s.ReverseEntry(ctx, paid.Attempt.ID, "anne", "wrong charge"); err != nil {
					t.Error(err)
				}
				h.books(map[string]int64{"receivable:nsf_fee": 2500, "undeposited:cash": price})
				if len(h.exceptions(payment.ExceptionReturned)) != 1 {
					t.Error("its charge is owed again, and nobody has it")
				}
				if c, err := h.s.WaiveCharge(ctx, charges[0].ID, "dora", "an error of the bank's", true); err != nil || c.State != payment.ChargeWaived {
					t.Errorf("%+v, %v", c, err)
				}
				h.books(map[string]int64{"receivable:nsf_fee": 0, "revenue:fees:nsf_fee": 0})
				if len(h.exceptions(payment.ExceptionReturned)) != 0 {
					t.Error("nothing is owed, and it is in the queue")
				}
			})
		})
	}
}

// A person enters it first: the money is owed to the bank until its line comes, which is found then.
func TestACheckThatAPersonEntersAsReturned(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		tk := h.add(given{number: "1"})
		e := h.banked(d, tk, "1001", cheque(3000, "451"))
		day := h.today()
		ask := settle.ReturnAsk{Number: "452", Reason: "nsf", Day: dayOf(day), By: "dora"}
		for reason, bend := range map[string]func(*settle.ReturnAsk){
			payment.RefusedReturnTender: func(*settle.ReturnAsk) {},
			payment.RefusedReturnReason: func(a *settle.ReturnAsk) { a.Number, a.Reason = "451", "bad" },
			payment.RefusedReturnDay:    func(a *settle.ReturnAsk) { a.Number, a.Day = "451", dayOf(day).AddDays(1) },
			payment.RefusedWho:          func(a *settle.ReturnAsk) { a.Number, a.By = "451", "Dora!" },
		} {
			one := ask
			bend(&one)
			if _, err := d.ReturnCheque(ctx, e.Attempt.ID, one, true); why(err) != reason {
				t.Errorf("%s: %v", reason, err)
			}
		}
		ask.Number = "0451"
		if _, err := d.ReturnCheque(ctx, e.Attempt.ID, ask, false); err != nil || h.state(e.Attempt.ID) != payment.Banked {
			t.Errorf("a dry run: %v, %s", err, h.state(e.Attempt.ID))
		}
		r, err := d.ReturnCheque(ctx, e.Attempt.ID, ask, true)
		if err != nil || r.Charge.ID != "" || len(r.Tickets) != 1 || r.InHand {
			t.Fatalf("%+v, %v", r, err)
		}
		if _, err := d.ReturnCheque(ctx, e.Attempt.ID, ask, true); why(err) != payment.RefusedReturnState {
			t.Errorf("twice: %v", err)
		}
		h.books(map[string]int64{"in_transit:deposit": -3000, "bank:operating": 3000, "receivable:nsf_fee": 0})
		rep := h.report(d, day)
		if rep.Classes[payout.Chargeback].Minor() != 3000 || rep.Classes[payout.Timing].Minor() != -3000 || rep.Bank.Minor() != 3000 || rep.Unknown() != 0 {
			t.Errorf("%+v", rep)
		}
		h.later(8 * 24 * time.Hour)
		want(t, unknowns(h.report(d, day)), "a cheque of 30.00 came back on "+day+", and no line of the bank takes it")
		if b := h.bank(d, h.today(), bounced(3000, "00451")); b.Counter.Returned != 1 {
			t.Errorf("%+v", b)
		}
		h.books(map[string]int64{"in_transit:deposit": 0, "bank:operating": 0})
		if rep = h.report(d, day); rep.Unknown() != 0 || !rep.Bank.IsZero() {
			t.Errorf("%+v\n%s", rep, unknowns(rep))
		}
		// Paid on the card page or by cash: what it had opened is closed.
		h.take([]ticket.ID{tk}, cash(h.due(tk)))
		if len(h.exceptions(payment.ExceptionReturned)) != 0 {
			t.Error("it is paid, and in the queue still")
		}
	})
}

// Cash beside the cheque stays, and is the payer's: with an owner, and to be given back.
func TestWhatWasHandedOverBesideAReturnedChequeIsThePayers(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		tk := h.add(given{number: "1", cents: 9003})
		e := h.banked(d, tk, "1001", cheque(4000, "77"), cash(6000))
		r, err := d.ReturnCheque(ctx, e.Attempt.ID, settle.ReturnAsk{Number: "77", Reason: "stopped", Day: dayOf(h.today()), By: "dora"}, true)
		if err != nil || r.Left.Minor() != 5005 || r.Amount.Minor() != 4000 {
			t.Fatalf("%+v, %v", r, err)
		}
		check := h.books(map[string]int64{"in_transit:deposit": -4000, "unallocated:counter": -5005, "rounding:cash": 0, "bank:operating": 9005})
		if check.Captured != 0 || check.Unallocated != 5005 {
			t.Errorf("%+v", check)
		}
		if open := h.exceptions(payment.ExceptionUnallocated); len(open) != 1 || open[0].Amount.Minor() != 5005 || open[0].Ref != e.Attempt.ID.Ref() {
			t.Errorf("%+v", open)
		}
		h.read(func(ctx context.Context, tx *store.Tx) error {
			a, err := tx.Attempt(ctx, e.Attempt.ID)
			if err != nil {
				return err
			}
			sources, err := settle.Sources(ctx, tx, a)
			if err != nil || len(sources) != 1 || sources[0].Taken.Minor() != 5005 || sources[0].Ticket != "" {
				t.Errorf("what can be given back: %+v, %v", sources, err)
			}
			return nil
		})
		if _, err := h.s.AskRefundTo(ctx, e.Attempt.ID, payment.RefundAsk{Way: payment.ByCheque, Amount: money.FromMinor(5005), Expected: money.FromMinor(5005), Reason: payment.ReasonNotOwed, By: "dora"},
			somePayee); err != nil {
			t.Error(err)
		}
	})
}

func somePayee(payment.RefundID, int) ([]byte, error) { return []byte("sealed"), nil }

// More was received than was due, and it came by the cheque that comes back: nothing of it is the payer's any more.
func TestTheExcessOfAReturnedChequeIsGone(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		e := h.banked(d, h.add(given{number: "1"}), "1001", cheque(3500, "77"))
		if len(h.exceptions(payment.ExceptionOverpaid)) != 1 {
			t.Fatal("no excess")
		}
		if _, err := d.ReturnCheque(ctx, e.Attempt.ID, settle.ReturnAsk{Number: "77", Reason: "nsf", Day: dayOf(h.today()), By: "dora"}, true); err != nil {
			t.Fatal(err)
		}
		h.books(map[string]int64{"in_transit:deposit": -3500, "unallocated:counter": 0})
		if len(h.exceptions(payment.ExceptionOverpaid)) != 0 {
			t.Error("what was too much is in the queue still")
		}
		h.read(func(ctx context.Context, tx *store.Tx) error {
			left, err := tx.UnallocatedOf(ctx, e.Attempt.ID)
			if !left.IsZero() {
				t.Errorf("%s can be given back", left)
			}
			return err
		})
	})
}

// Where its batch is not deposited, the bank is owed nothing; where it is open, the entry is reversed instead; where
// some of it is being given back, a person decides.
func TestAReturnedChequeThatNeverWentToTheBank(t *testing.T) {
	t.Parallel()
	counters(t, nsf, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(nsf)
		h.drawer("A", "anne")
		e := h.take([]ticket.ID{h.add(given{number: "1"})}, cheque(3000, "77"))
		other := h.take([]ticket.ID{h.add(given{number: "2"})}, cheque(3000, "78"))
		day := h.today()
		ask := settle.ReturnAsk{Number: "77", Reason: "stopped", Day: dayOf(day), By: "dora"}
		if _, err := d.ReturnCheque(ctx, e.Attempt.ID, ask, true); why(err) != payment.RefusedReturnOpen {
			t.Errorf("its batch is open: %v", err)
		}
		h.closeDrawer("A", 0)
		r, err := d.ReturnCheque(ctx, e.Attempt.ID, ask, true)
		if err != nil || !r.InHand {
			t.Fatalf("%+v, %v", r, err)
		}
		h.books(map[string]int64{"undeposited:cheque": 3000, "in_transit:deposit": 0, "receivable:nsf_fee": 2500})
		if s := h.slip(d, "1001", h.closed(d)[payment.ChequeBatch]...); s.Amount.Minor() != 3000 {
			t.Errorf("%+v", s)
		}
		rep := h.report(d, day)
		if rep.Gross.Minor() != 6000 || rep.Classes[payout.Chargeback].Minor() != 3000 || rep.Classes[payout.Timing].Minor() != 3000 || rep.Unknown() != 0 {
			t.Errorf("%+v", rep)
		}
		h.bank(d, h.today(), slipLine(3000, "SLIP 1001"))
		if _, err := h.s.AskRefundTo(ctx, other.Attempt.ID, payment.RefundAsk{Way: payment.ByCheque, Amount: money.FromMinor(3000), Expected: money.FromMinor(3000), Reason: payment.ReasonCityError, By: "dora"}, somePayee); err != nil {
			t.Fatal(err)
		}
		ask.Number = "78"
		if _, err := d.ReturnCheque(ctx, other.Attempt.ID, ask, true); why(err) != payment.RefusedReturnRefunded {
			t.Errorf("it is being given back: %v", err)
		}
		// The bank's own line of it: nothing is done, and a person has it.
		if b := h.bank(d, h.today(), bounced(3000, "78")); b.Counter.Returned != 0 || len(h.exceptions(payment.ExceptionLine)) != 1 {
			t.Errorf("%+v, %v", b, h.exceptions(payment.ExceptionLine))
		}
		want(t, unknowns(h.report(d, h.today())), `the bank took 30.00 back on `+h.today()+` for the cheque "78"`)
	})
}

// One number and amount twice, or none: the line is unknown, and nothing is undone.
func TestAReturnedItemThatIsNoOneChequeIsUnknown(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d := h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		first := h.banked(d, h.add(given{number: "1"}), "1001", cheque(3000, "77"))
		h.banked(d, h.add(given{number: "2"}), "1002", cheque(3000, "077"))
		b := h.bank(d, h.today(), bounced(3000, "77"), bounced(3000, "99"), bounced(2999, "77"))
		if b.Counter.Returned != 0 || h.ticket("tkt_1").State != ticket.Paid || h.ticket("tkt_2").State != ticket.Paid {
			t.Errorf("%+v", b)
		}
		r := h.report(d, h.today())
		want(t, unknowns(r), `the cheque "77"`, `the cheque "99"`, "took 29.99 back")
		if r.Unknown() != 3 {
			t.Errorf("%d unknown", r.Unknown())
		}
		h.books(map[string]int64{"bank:operating": 6000})
		// A person says which it was: the line that waits is its.
		if _, err := d.ReturnCheque(context.Background(), first.Attempt.ID, settle.ReturnAsk{Number: "77", Reason: "nsf", Day: dayOf(h.today()), By: "dora"}, true); err != nil {
			t.Fatal(err)
		}
		h.books(map[string]int64{"bank:operating": 3000, "in_transit:deposit": 0})
		if r = h.report(d, h.today()); r.Unknown() != 2 || h.ticket("tkt_2").State != ticket.Paid {
			t.Errorf("%s", unknowns(r))
		}
	})
}

// A part payment by cheque comes back: what is due is the whole again. One of a ticket that somebody has paid whole
// since is a person's.
func TestAReturnedPartPayment(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		tk := h.add(given{number: "1", regime: "generic"})
		e := h.banked(d, tk, "1001", cheque(1000, "77"))
		if h.due(tk) != 2000 {
			t.Fatal(h.due(tk))
		}
		ask := settle.ReturnAsk{Number: "77", Reason: "nsf", Day: dayOf(h.today()), By: "dora"}
		if _, err := d.ReturnCheque(ctx, e.Attempt.ID, ask, true); err != nil {
			t.Fatal(err)
		}
		if h.due(tk) != 3000 || h.ticket(tk).State != ticket.Open {
			t.Errorf("%d, %s", h.due(tk), h.ticket(tk).State)
		}
		h.books(map[string]int64{"receivable:part_payment": 0, "in_transit:deposit": -1000})
		tk = h.add(given{number: "2", regime: "generic"})
		e = h.banked(d, tk, "1002", cheque(1000, "78"))
		h.take([]ticket.ID{tk}, cash(2000))
		ask.Number = "78"
		if _, err := d.ReturnCheque(ctx, e.Attempt.ID, ask, true); why(err) != payment.RefusedReturnPart {
			t.Errorf("%v", err)
		}
	})
}

// Money that a person has put to another ticket since is not taken from the one that it had paid first.
func TestAReturnedChequeWhoseMoneyWasMoved(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d := h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		e, other := h.banked(d, h.add(given{number: "1"}), "1001", cheque(3000, "77")), h.add(given{number: "2"})
		if err := h.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.UndoAllocations(ctx, e.Attempt.ID, h.Now()); err != nil {
				return err
			}
			return tx.Allocate(ctx, other, e.Attempt.ID, money.FromMinor(3000), ticket.Open, h.Now())
		}); err != nil {
			t.Fatal(err)
		}
		_, err := d.ReturnCheque(context.Background(), e.Attempt.ID, settle.ReturnAsk{Number: "77", Reason: "nsf", Day: dayOf(h.today()), By: "dora"}, true)
		if why(err) != payment.RefusedReturnMoved || h.state(e.Attempt.ID) != payment.Banked {
			t.Errorf("%v, %s", err, h.state(e.Attempt.ID))
		}
	})
}

// A bank that says no number of the cheque: nothing comes back by its word, and a person's entry finds its line.
func TestAReturnedItemWithoutANumber(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d := h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		e := h.banked(d, h.add(given{number: "1"}), "1001", cheque(3000, "77"))
		if b := h.bank(d, h.today(), shown{-3000, 555, "RTN", "RETURNED ITEM"}); b.Counter.Returned != 0 || h.state(e.Attempt.ID) != payment.Banked {
			t.Errorf("%+v", b)
		}
		want(t, unknowns(h.report(d, h.today())), `the bank took 30.00 back`)
		_, err := d.ReturnCheque(context.Background(), e.Attempt.ID, settle.ReturnAsk{Number: "77", Reason: "nsf", Day: dayOf(h.today()), By: "dora"}, true)
		if err != nil {
			t.Fatal(err)
		}
		h.books(map[string]int64{"in_transit:deposit": 0, "bank:operating": 0})
		if r := h.report(d, h.today()); r.Unknown() != 0 {
			t.Errorf("%s", unknowns(r))
		}
	})
}

// A ticket is withdrawn after a cheque paid it, or a part of it, and then the bank takes the cheque back: nothing is to
// be given back any more, nothing is owed, and the rest of the bank's file is entered as any other.
func TestTheChequeOfAnEndedTicketComesBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		regime string
		cents  int64
	}{"whole": {"nb-lga", 3000}, "part": {"generic", 1000}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			counters(t, nsf, func(t *testing.T, h *hall) {
				ctx, d := context.Background(), h.deposits(nsf)
				h.drawer("A", "anne")
				tk := h.add(given{number: "1", regime: c.regime})
				e := h.banked(d, tk, "1001", cheque(c.cents, "000451"))
				if _, err := h.s.DecideTicket(ctx, tk, ticket.Withdrawn, "the sign was down", "dora", true); err != nil {
					t.Fatal(err)
				}
				h.later(3 * 24 * time.Hour)
				if b := h.bank(d, h.today(), bounced(c.cents, "451")); b.Counter.Returned != 1 || len(b.Problems) != 0 {
					t.Fatalf("%+v", b)
				}
				if s := h.ticket(tk); s.State != ticket.Withdrawn || !s.PartPaid.IsZero() || h.state(e.Attempt.ID) != payment.Returned {
					t.Errorf("%s, part paid %s, the payment is %s", s.State, s.PartPaid, h.state(e.Attempt.ID))
				}
				if open := h.exceptions(payment.ExceptionTicket); len(open) != 0 {
					t.Errorf("to be given back: %+v", open)
				}
				check := h.books(map[string]int64{"undeposited:cheque": 0, "in_transit:deposit": 0, "bank:operating": 0, "receivable:nsf_fee": 2500})
				for account, balance := range check.ByAccount {
					if strings.HasPrefix(account, "receivable:") && account != "receivable:nsf_fee" && balance != 0 {
						t.Errorf("%s has %d", account, balance)
					}
				}
			})
		})
	}
}

// The rest of a ticket of which a part was paid is written off. The part can't be taken back from under that: the ticket
// is made owed again first.
func TestAPartOfAWrittenOffTicketStays(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		h.drawer("A", "anne")
		e := h.take([]ticket.ID{h.add(given{number: "1", regime: "generic"})}, cash(1000))
		b := settle.NewBooks(settle.BooksConfig{Store: h.store, City: h.city, Rules: h.rules, Now: h.Now, Log: h.s.Log})
		list := []settle.TicketNumber{{Number: "1"}}
		if _, err := b.WriteOff(ctx, list, "carl", "2026-1", true); err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.ReverseEntry(ctx, e.Attempt.ID, "anne", "the wrong ticket"); refused(err) != payment.ReversePaidSince {
			t.Errorf("undone: %v", err)
		}
		h.books(nil)
		if _, err := b.Recover(ctx, list, "carl", "2026-2", true); err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.ReverseEntry(ctx, e.Attempt.ID, "anne", "the wrong ticket"); err != nil {
			t.Error(err)
		}
		h.books(map[string]int64{"undeposited:cash": 0, "receivable:part_payment": 0})
	})
}
