package settle_test

import (
	"context"
	"slices"
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

// A day of the counter goes to the bank: cash and cheques on a slip that is found among other people's lines, and the
// day closes with every cent in its place.
func TestADayOfTheCounterGoesToTheBank(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		day := h.today()
		both := h.take([]ticket.ID{h.add(given{number: "1", cents: 9003})}, cheque(4000, "77"), cash(6000))
		mine := h.take([]ticket.ID{h.add(given{number: "2"})}, cheque(3000, "78"))
		r := h.report(d, day)
		if r.Gross.Minor() != 12005 || r.Classes[payout.Timing] != r.Gross || r.Unknown() != 0 || len(r.Counter) != 2 || r.Counter[0].Kind != "cash" || r.Counter[0].Amount.Minor() != 5005 {
			t.Fatalf("before any deposit: %+v", r)
		}
		open := payout.SlipAsk{Account: "operating", Day: dayOf(day), Reference: "1001", Batches: []payment.BatchID{both.Tenders[0].Batch}, By: "carl"}
		if _, err := d.MakeSlip(ctx, open, true); why(err) != payout.RefusedNotClosed {
			t.Errorf("an open batch: %v", err)
		}
		h.closeDrawer("A", 5005)
		batches := h.closed(d)
		if len(batches[payment.CashBatch]) != 1 || len(batches[payment.ChequeBatch]) != 1 {
			t.Fatalf("%v", batches)
		}
		first := h.slip(d, "1001", batches[payment.CashBatch][0])
		if first.Amount.Minor() != 5005 || h.state(both.Attempt.ID) != payment.Captured {
			t.Errorf("%+v, %s", first, h.state(both.Attempt.ID))
		}
		h.books(map[string]int64{"undeposited:cash": 0, "undeposited:cheque": 7000, "in_transit:deposit": 5005})
		again := payout.SlipAsk{Account: "operating", Day: dayOf(day), Reference: "1009", Batches: batches[payment.CashBatch], By: "carl"}
		if _, err := d.MakeSlip(ctx, again, true); why(err) != payout.RefusedNotClosed {
			t.Errorf("a batch in two deposits: %v", err)
		}
		second := payout.SlipAsk{Account: "operating", Day: dayOf(day), Reference: "1002", Batches: batches[payment.ChequeBatch], By: "carl"}
		if _, err := d.MakeSlip(ctx, second, false); err != nil || h.state(mine.Attempt.ID) != payment.Captured {
			t.Errorf("a dry run: %v, %s", err, h.state(mine.Attempt.ID))
		}
		h.slip(d, "1002", batches[payment.ChequeBatch]...)
		if h.state(both.Attempt.ID) != payment.Settled || h.state(mine.Attempt.ID) != payment.Settled {
			t.Errorf("%s, %s", h.state(both.Attempt.ID), h.state(mine.Attempt.ID))
		}
		h.later(24 * time.Hour)
		if b := h.bank(d, day, slipLine(5005, "SLIP 1001")); b.Counter.Deposits != 1 || len(b.Problems) != 0 {
			t.Errorf("%+v", b)
		}
		if h.state(both.Attempt.ID) != payment.Settled || h.state(mine.Attempt.ID) != payment.Settled {
			t.Error("a payment is at the bank of which a part is not")
		}
		if b := h.bank(d, h.today(), slipLine(7000, "SLIP 1002")); b.Counter.Deposits != 1 || h.state(both.Attempt.ID) != payment.Banked || h.state(mine.Attempt.ID) != payment.Banked {
			t.Errorf("%+v, %s, %s", b, h.state(both.Attempt.ID), h.state(mine.Attempt.ID))
		}
		check := h.books(map[string]int64{"in_transit:deposit": 0, "bank:operating": 12005, "rounding:cash": -2})
		if check.AtBank != 12005 {
			t.Errorf("%+v", check)
		}
		r = h.report(d, day)
		if r.Bank.Minor() != 12005 || r.Gross != r.Bank || r.Unknown() != 0 || len(r.Deposits) != 2 || r.Counter[1].Bank.Minor() != 7000 {
			t.Errorf("at the bank: %+v\n%s", r, unknowns(r))
		}
		if r, err := d.Close(ctx, dayOf(day), true); err != nil || !r.Closed {
			t.Errorf("close: %v", err)
		}
	})
}

// Each error in the bank's file is found, and said so that a clerk knows what to do: the slip and the line are named.
func TestDepositsAndLinesThatDoNotAgreeAreUnknown(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		day := h.today()
		e := h.take([]ticket.ID{h.add(given{number: "1"})}, cheque(3000, "78"))
		h.closeDrawer("A", 0)
		s := h.slip(d, "1001", h.closed(d)[payment.ChequeBatch]...)
		h.later(24 * time.Hour)
		next := h.today()

		// A cent off: both are named, by the slip's own reference.
		h.bank(d, next, slipLine(2999, "SLIP 01001"))
		r := h.report(d, next)
		want(t, unknowns(r), "line 13 of "+next+".bai: the bank has 29.99 on "+next+", and the deposit slip 1001 is 30.00: they differ by -0.01")
		line := ""
		for _, v := range r.Variances {
			if v.Class == payout.Unknown {
				line = v.Ref
			}
		}
		if _, err := d.AcceptSlip(ctx, s.ID, line, "the bank's count", "carl", true); why(err) != payout.RefusedSame {
			t.Errorf("accepted by who has made it: %v", err)
		}
		if _, err := d.AcceptSlip(ctx, s.ID, "bnk_none", "the bank's count", "dora", true); why(err) != payout.RefusedLine {
			t.Errorf("a line that is none: %v", err)
		}
		// A line without a slip, and one whose reference is another slip's although the amount is this one's.
		h.bank(d, next, slipLine(1234, "SLIP 2000"))
		want(t, unknowns(h.report(d, next)), "the bank has 12.34 on "+next+" as a deposit of ours, and no slip is that")
		// The slip itself is late: the line is missing.
		h.later(7 * 24 * time.Hour)
		r = h.report(d, day)
		want(t, unknowns(r), s.ID+" 30.00 the deposit slip 1001 of 30.00 is of "+day+": it was to be at the bank by ", "no line of the bank is it")
		if r.Gross != r.Classes[payout.Unknown] {
			t.Errorf("%+v", r)
		}
		if _, err := d.AcceptSlip(ctx, s.ID, line, "the bank's count", "dora", true); err != nil {
			t.Error(err)
		}
		if h.state(e.Attempt.ID) != payment.Banked {
			t.Error(h.state(e.Attempt.ID))
		}
		h.books(map[string]int64{"in_transit:deposit": 0, "bank:operating": 2999, "over_short:cash": 1})
		r = h.report(d, day)
		if r.Gross.Minor() != 2999 || r.Bank.Minor() != 2999 || r.Unknown() != 0 {
			t.Errorf("accepted: %+v\n%s", r, unknowns(r))
		}
		// The same line again, in another file: the bank has entered it twice.
		twice := h.today()
		h.add(given{number: "2"})
		h.open("A", "anne")
		h.take([]ticket.ID{"tkt_2"}, cheque(4000, "79"))
		h.closeDrawer("A", 0)
		h.slip(d, "1002", h.closed(d)[payment.ChequeBatch]...)
		if b := h.bank(d, twice, slipLine(4000, "SLIP 1002"), slipLine(4000, "SLIP 1002")); b.Counter.Deposits != 1 {
			t.Errorf("%+v", b)
		}
		want(t, unknowns(h.report(d, twice)), "the deposit of that amount has its line already: did the bank enter it twice?")
	})
}

// The bank can be quicker than the slip: its line waits, and is found as the slip is made. What was undone before that
// is in neither.
func TestTheBanksLineCanComeBeforeTheSlip(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d := h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		e := h.take([]ticket.ID{h.add(given{number: "1"})}, cheque(3000, "71"))
		undone := h.take([]ticket.ID{h.add(given{number: "2"})}, cheque(3000, "72"))
		if _, err := h.s.ReverseEntry(context.Background(), undone.Attempt.ID, "anne", "the wrong ticket"); err != nil {
			t.Fatal(err)
		}
		h.closeDrawer("A", 0)
		h.bank(d, h.today(), slipLine(3000, "SLIP 1001"))
		if r := h.report(d, h.today()); r.Gross.Minor() != 3000 || r.Unknown() != 1 {
			t.Errorf("%+v", r)
		}
		if s := h.slip(d, "1001", h.closed(d)[payment.ChequeBatch]...); s.State != payout.SlipBanked || h.state(e.Attempt.ID) != payment.Banked {
			t.Errorf("%+v, %s", s, h.state(e.Attempt.ID))
		}
		if r := h.report(d, h.today()); r.Bank.Minor() != 3000 || r.Unknown() != 0 {
			t.Errorf("%+v\n%s", r, unknowns(r))
		}
		h.books(map[string]int64{"in_transit:deposit": 0, "bank:operating": 3000})
	})
}

// A slip of the same amount does not take the line that names another.
func TestALineIsTheSlipsThatItNames(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d := h.deposits(city.CounterSettings{})
		for i, number := range []string{"1", "2"} {
			if i == 0 {
				h.drawer("A", "anne")
			} else {
				h.open("A", "anne")
			}
			h.take([]ticket.ID{h.add(given{number: number})}, cheque(3000, "7"+number))
			h.closeDrawer("A", 0)
			h.slip(d, "10"+number, h.closed(d)[payment.ChequeBatch]...)
		}
		// The bank's line is here before the slip is made of the third.
		h.bank(d, h.today(), slipLine(3000, "SLIP 102"))
		_, slips, err := d.Slips(context.Background(), dayOf("2026-01-01"))
		if err != nil || len(slips) != 2 {
			t.Fatal(slips, err)
		}
		for _, s := range slips {
			if (s.State == payout.SlipBanked) != (s.Reference == "102") {
				t.Errorf("%s is %s", s.Reference, s.State)
			}
		}
		h.books(map[string]int64{"in_transit:deposit": 3000, "bank:operating": 3000})
	})
}

// What was given back on a terminal is less in its next report: exactly that much is no difference.
func TestATerminalsReportHasWhatWasGivenBackThere(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		day := h.today()
		e := h.take([]ticket.ID{h.add(given{number: "1", cents: 10000})}, terminal(10000, "AUTH1"))
		r, err := h.s.AskRefund(ctx, e.Attempt.ID, payment.RefundAsk{
			Way: payment.ByTerminal, Amount: money.FromMinor(2000), Expected: money.FromMinor(10000), Reason: payment.ReasonCityError, By: "dora",
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.ApproveRefund(ctx, r.ID, "carl"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.TerminalRefund(ctx, r.ID, "004512", "dora", true); err != nil {
			t.Fatal(err)
		}
		h.closeDrawer("A", 0)
		ask := payout.SlipAsk{Account: "operating", Day: dayOf(day), Reference: "051", Batches: h.closed(d)[payment.TerminalBatch], Total: money.FromMinor(8000), By: "carl"}
		if _, err := d.MakeTerminal(ctx, ask, true); err != nil {
			t.Fatal(err)
		}
		h.books(map[string]int64{"clearing:terminal": 0, "in_transit:terminal": 8000, "suspense:terminal": 0})
		if open := h.exceptions(payment.ExceptionDeposit); len(open) != 0 {
			t.Errorf("%+v", open)
		}
		rep := h.report(d, day)
		if rep.Gross.Minor() != 10000 || rep.Classes[payout.Refund].Minor() != 2000 || rep.Classes[payout.Timing].Minor() != 8000 || rep.Unknown() != 0 {
			t.Errorf("%+v", rep)
		}
		h.later(24 * time.Hour)
		h.open("A", "anne")
		h.take([]ticket.ID{h.add(given{number: "2", cents: 10000})}, terminal(10000, "AUTH2"))
		h.closeDrawer("A", 0)
		ask.Day, ask.Reference, ask.Batches = dayOf(h.today()), "052", h.closed(d)[payment.TerminalBatch]
		if _, err := d.MakeTerminal(ctx, ask, true); err != nil {
			t.Fatal(err)
		}
		h.books(map[string]int64{"clearing:terminal": 0, "in_transit:terminal": 16000, "suspense:terminal": 2000}) // it counts once
	})
}

// Terminals: net of fees up to what the city allows, whole with a monthly fee, less than that is a question; and a
// report that differs from our entries is in suspense until somebody says why.
func TestTerminalBatches(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		day := h.today()
		terminalDay := func(number string, total int64, reference string) (settle.Entry, payout.Slip) {
			t.Helper()
			e := h.take([]ticket.ID{h.add(given{number: number, cents: 10000})}, terminal(10000, "AUTH"+number))
			h.closeDrawer("A", 0)
			ask := payout.SlipAsk{Account: "operating", Day: dayOf(h.today()), Reference: reference, Batches: h.closed(d)[payment.TerminalBatch], Total: money.FromMinor(total), By: "carl"}
			if _, err := d.MakeSlip(ctx, ask, true); why(err) != payout.RefusedKind {
				t.Errorf("a terminal's batch on a slip: %v", err)
			}
			s, err := d.MakeTerminal(ctx, ask, true)
			if err != nil {
				t.Fatal(err)
			}
			h.open("A", "anne")
			return e, s
		}
		e, _ := terminalDay("1", 10000, "041")
		h.books(map[string]int64{"clearing:terminal": 0, "in_transit:terminal": 10000})
		if b := h.bank(d, h.today(), acquirer(9725, "BATCH 041")); b.Counter.Deposits != 1 {
			t.Errorf("%+v", b)
		}
		h.books(map[string]int64{"in_transit:terminal": 0, "fees:terminal": 275, "bank:operating": 9725})
		if h.state(e.Attempt.ID) != payment.Banked {
			t.Error(h.state(e.Attempt.ID))
		}
		r := h.report(d, day)
		if r.Gross.Minor() != 10000 || r.Classes[payout.Fee].Minor() != 275 || r.Bank.Minor() != 9725 || r.Unknown() != 0 {
			t.Errorf("%+v\n%s", r, unknowns(r))
		}
		h.later(24 * time.Hour)
		day = h.today()
		_, s := terminalDay("2", 10000, "042")
		h.bank(d, day, acquirer(9724, "BATCH 042"), shown{-1500, 495, "FEE", "ACQUIRER FEE MAY"}) // more than 2.75 %
		want(t, unknowns(h.report(d, day)), "the bank has 97.24 on "+day+", and the terminal batch 042 is 100.00: they differ by -2.76")
		h.books(map[string]int64{"fees:terminal": 1775, "in_transit:terminal": 10000, "bank:operating": 8225})
		line := strings.Fields(unknowns(h.report(d, day)))[0]
		if _, err := d.AcceptSlip(ctx, s.ID, line, "a new tariff", "dora", true); err != nil {
			t.Error(err)
		}
		h.books(map[string]int64{"fees:terminal": 2051, "in_transit:terminal": 0})

		h.later(24 * time.Hour)
		day = h.today()
		_, s = terminalDay("3", 9500, "043")
		h.books(map[string]int64{"suspense:terminal": 500, "in_transit:terminal": 9500})
		r = h.report(d, day)
		want(t, unknowns(r), s.DifferenceRef()+" 5.00 the terminal batch 043: its report says 95.00, and our entries come to 100.00")
		if r.Gross.Minor() != 10000 || len(h.exceptions(payment.ExceptionDeposit)) != 1 {
			t.Errorf("%+v, %v", r, h.exceptions(payment.ExceptionDeposit))
		}
		for by, reason := range map[string]string{"carl": payout.WordOwnSlip, "": payout.WordNoName, "Carl Two": payout.WordNoName} {
			if err := d.ExplainAs(ctx, s.DifferenceRef(), payout.Word{Class: payout.Refund, Why: "given back", By: by}, true); refused(err) != reason {
				t.Errorf("explained by %q: %v", by, err)
			}
		}
		if err := d.ExplainAs(ctx, s.DifferenceRef(), payout.Word{Class: payout.Stray, Why: "none of ours", By: "dora"}, true); refused(err) != settle.RefusedClass {
			t.Errorf("a difference is not ours: %v", err)
		}
		if err := d.ExplainAs(ctx, s.DifferenceRef(), payout.Word{Class: payout.Refund, Why: "given back at the terminal the same hour", By: "dora"}, true); err != nil {
			t.Error(err)
		}
		h.books(map[string]int64{"suspense:terminal": 0, "refunds:card": 500})
		if r = h.report(d, day); r.Unknown() != 0 || r.Classes[payout.Refund].Minor() != 500 || len(h.exceptions(payment.ExceptionDeposit)) != 0 {
			t.Errorf("%+v\n%s", r, unknowns(r))
		}
	})
}

// What is in no deposit is a matter of time, and a question when it is late.
func TestMoneyThatIsNotDepositedBecomesAQuestion(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d := h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		day := h.today()
		e := h.take([]ticket.ID{h.add(given{number: "1"})}, cash(3000))
		h.later(5 * 24 * time.Hour)
		if r := h.report(d, day); r.Unknown() != 0 || r.Classes[payout.Timing].Minor() != 3000 {
			t.Errorf("%+v", r)
		}
		h.later(4 * 24 * time.Hour)
		r := h.report(d, day)
		want(t, unknowns(r), string(e.Tenders[0].Batch)+" 30.00 taken at the counter, and after 7 business days on no deposit slip: make one")
		h.read(func(ctx context.Context, tx *store.Tx) error {
			refused, err := tx.ChequeRefused(ctx, "tkt_1")
			if refused {
				t.Error("a cheque is refused for a ticket that had none")
			}
			return err
		})
		// It belongs to each later day that is to close.
		later := h.report(d, h.today())
		want(t, unknowns(later), "of a day before: taken at the counter")
		for _, one := range []payout.Report{r, later} {
			if v := one.Variances[0]; v.Class != payout.Unknown || !slices.Equal(v.Makers, []string{"anne"}) {
				t.Errorf("%+v", one.Variances)
			}
		}
		batch := string(e.Tenders[0].Batch)
		for by, reason := range map[string]string{"anne": payout.WordOwnMoney, "": payout.WordNoName} {
			if err := d.ExplainAs(context.Background(), batch, payout.Word{Class: payout.Fee, Why: "it is in the safe", By: by}, true); refused(err) != reason {
				t.Errorf("explained by %q: %v", by, err)
			}
		}
		if err := d.ExplainAs(context.Background(), batch, payout.Word{Class: payout.Fee, Why: "stolen: the police have been told", By: "dora"}, true); err != nil {
			t.Error(err)
		}
	})
}

// What a drawer was short is not in the bag: the slip is what was counted, and the day's takings are too.
func TestADrawersShortageIsNotOnTheSlip(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d := h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		day := h.today()
		h.take([]ticket.ID{h.add(given{number: "1"})}, cash(3000))
		if _, err := h.s.CloseDrawer(context.Background(), "A", "anne", "bert", "a coin is missing", payment.Count{5: 2599}); err != nil {
			t.Fatal(err)
		}
		s := h.slip(d, "1001", h.closed(d)[payment.CashBatch]...)
		if s.Amount.Minor() != 2995 {
			t.Errorf("%+v", s)
		}
		h.books(map[string]int64{"undeposited:cash": 0, "in_transit:deposit": 2995, "over_short:cash": 5})
		h.bank(d, day, slipLine(2995, "SLIP 1001"))
		r := h.report(d, day)
		if r.Gross.Minor() != 2995 || r.Bank != r.Gross || len(r.Counter) != 2 || r.Counter[1].Kind != payout.OverShort || r.Counter[1].Amount.Minor() != -5 {
			t.Errorf("%+v", r)
		}
	})
}

// What came by mail counts for the day on which it was received, whenever it is entered.
func TestMailCountsForTheDayOnWhichItWasReceived(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(city.CounterSettings{})
		day, tk := h.today(), h.add(given{number: "1"})
		h.later(2 * 24 * time.Hour)
		b, err := h.s.OpenMail(ctx, "anne", "bert", money.FromMinor(3000))
		if err != nil {
			t.Fatal(err)
		}
		r := request([]ticket.ID{tk}, cheque(3000, "77"))
		r.Batch, r.ReceivedOn = b.ID, dayOf(day)
		if _, err := h.s.TakeTender(ctx, r); err != nil {
			t.Fatal(err)
		}
		if got := h.report(d, day); got.Gross.Minor() != 3000 {
			t.Errorf("the day on which it came: %+v", got)
		}
		if got := h.report(d, h.today()); !got.Gross.IsZero() {
			t.Errorf("the day on which it was entered: %+v", got)
		}
	})
}

// Two who put the same batch on a slip at once, and two who enter the same cheque as returned: one does, and the other
// is told.
func TestTwoAtOnceDepositAndReturnOnce(t *testing.T) {
	t.Parallel()
	counters(t, nsf, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(nsf)
		h.drawer("A", "anne")
		e := h.take([]ticket.ID{h.add(given{number: "1"})}, cheque(3000, "77"))
		h.closeDrawer("A", 0)
		day, batches := dayOf(h.today()), h.closed(d)[payment.ChequeBatch]
		both := func(do func(n int) error) (ok int) {
			results := make(chan error, 2)
			for n := range 2 {
				go func() { results <- do(n) }()
			}
			for range 2 {
				if err := <-results; err == nil {
					ok++
				} else if why(err) == err.Error() {
					t.Errorf("not said in words: %v", err)
				}
			}
			return ok
		}
		if ok := both(func(n int) error {
			_, err := d.MakeSlip(ctx, payout.SlipAsk{Account: "operating", Day: day, Reference: []string{"1001", "1002"}[n], Batches: batches, By: "carl"}, true)
			return err
		}); ok != 1 {
			t.Errorf("%d slips of one batch", ok)
		}
		h.books(map[string]int64{"in_transit:deposit": 3000})
		if ok := both(func(int) error {
			_, err := d.ReturnCheque(ctx, e.Attempt.ID, settle.ReturnAsk{Number: "77", Reason: "nsf", Day: day, By: "dora"}, true)
			return err
		}); ok != 1 {
			t.Errorf("returned %d times", ok)
		}
		h.books(map[string]int64{"in_transit:deposit": 0, "receivable:nsf_fee": 2500})
	})
}
