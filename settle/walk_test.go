package settle_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/review"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

var walkSeed = flag.Uint64("walk", 0, "the seed of the walk through the office's acts; 0: another one each time")

// walkActs is how many acts a walk has.
const walkActs = 150

// walk is an office in which anything is done next.
type walk struct {
	*hall
	rnd     *rand.Rand
	d       *settle.Deposits
	b       *settle.Books
	tickets []ticket.ID
	entries []settle.Entry
	done    map[string]int // acts, by name, that were not refused
}

// Whatever an office does and in whatever order, the ledger agrees with itself after each act, and the reports of the
// days come to what its accounts have moved by, to the cent.
func TestAnyWalkThroughTheOfficeKeepsTheBooks(t *testing.T) {
	t.Parallel()
	seed := *walkSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("go test ./settle -run %s -walk %d", t.Name(), seed)
	set := nsf
	set.ShortTolerance = money.FromMinor(5)
	counters(t, set, func(t *testing.T, h *hall) {
		h.city.Ledger.Basis = city.ReceivableBasis // every account is in the reports
		h.s.City = h.city
		h.s.Review = review.Settings{DecideDays: 10, KeepDays: 400, FilesMost: 2}
		w := &walk{
			hall: h, rnd: rand.New(rand.NewPCG(seed, 1)), d: h.deposits(set), done: map[string]int{},
			b: settle.NewBooks(settle.BooksConfig{Store: h.store, City: h.city, Rules: h.rules, Now: h.Now, Log: h.s.Log}),
		}
		w.drawer("A", "anne")
		for i := range 20 {
			g := given{number: fmt.Sprint(i + 1), age: w.rnd.IntN(60), cents: int64(3000 + w.rnd.IntN(200))}
			if i%2 == 1 {
				g.regime = "generic"
			}
			w.tickets = append(w.tickets, w.add(g))
		}
		first := dayOf(w.today())
		var path []string
		for range walkActs {
			act := acts[w.rnd.IntN(len(acts))]
			err := act.do(w)
			path = append(path, fmt.Sprintf("%s: %v", act.name, err))
			if err == nil {
				w.done[act.name]++
			} else if !refusal(err) {
				t.Errorf("not refused, but failed: %s: %v", act.name, err)
			}
			if w.books(nil); t.Failed() {
				break
			}
		}
		w.reports(first)
		for from, last := first, dayOf(w.today()); from.Compare(last) <= 0; from = from.AddDays(settle.MostReportDays) {
			until := from.AddDays(settle.MostReportDays - 1)
			if until.Compare(last) > 0 {
				until = last
			}
			w.period(from, until)
		}
		if t.Failed() {
			t.Logf("seed %d", seed)
			for _, p := range path {
				t.Log(p)
			}
		}
		t.Logf("done: %v", w.done)
	})
}

// errNothing is what an act says that has nothing to act on.
var errNothing = errors.New("nothing to do it to")

// refusal says whether an act was refused, by the office's own rules.
func refusal(err error) bool {
	var counter *payment.CounterRefusal
	var refund *payment.RefundRefusal
	var correction *payment.CorrectionRefusal
	var decision *ticket.DecisionRefusal
	var asked *review.Refusal
	var books *settle.BooksRefusal
	return why(err) != err.Error() || errors.Is(err, errNothing) || errors.As(err, &counter) || errors.As(err, &refund) || errors.As(err, &correction) ||
		errors.As(err, &decision) || errors.As(err, &asked) || errors.As(err, &books)
}

// acts are what an office can do.
var acts = []struct {
	name string
	do   func(w *walk) error
}{
	{"take", (*walk).takes}, {"take", (*walk).takes}, {"take", (*walk).takes}, {"undo", (*walk).undoes}, {"refund", (*walk).refunds}, {"refund", (*walk).refunds},
	{"transfer", (*walk).transfers}, {"transfer", (*walk).transfers}, {"cheque back", (*walk).chequeBack}, {"to the bank", (*walk).toTheBank}, {"review", (*walk).reviewed},
	{"review", (*walk).reviewed}, {"write off", (*walk).writesOff}, {"recover", (*walk).recovers}, {"end", (*walk).ends}, {"hold", (*walk).holds}, {"release", (*walk).releases},
	{"sweep", (*walk).sweepsReviews}, {"lay a charge", (*walk).laysCharge}, {"pay a charge", (*walk).paysCharge}, {"waive a charge", (*walk).waivesCharge}, {"reopen the drawer", (*walk).reopens}, {"wait", (*walk).waits},
}

func (w *walk) ticket() ticket.ID { return w.tickets[w.rnd.IntN(len(w.tickets))] }

// owed is mostly a ticket that can be paid.
func (w *walk) owed() (id ticket.ID) {
	for range 4 {
		id = w.ticket()
		if s := w.hall.ticket(id).State; s == ticket.Open || s == ticket.Reopened {
			break
		}
	}
	return id
}

func (w *walk) entry() (settle.Entry, error) {
	if len(w.entries) == 0 {
		return settle.Entry{}, errNothing
	}
	return w.entries[w.rnd.IntN(len(w.entries))], nil
}

// takes money for one ticket or two: all, in cash or by something else, too much by cheque, or a part.
func (w *walk) takes() error {
	ids := []ticket.ID{w.owed()}
	if other := w.owed(); other != ids[0] && w.rnd.IntN(3) == 0 {
		ids = append(ids, other)
	}
	sum := int64(0)
	for _, id := range ids {
		sum += w.due(id)
	}
	number := fmt.Sprint(1000 + w.rnd.IntN(1000))
	r := request(ids)
	r.ReviewBox = w.rnd.IntN(2) == 0
	switch w.rnd.IntN(6) {
	case 0, 1:
		r.Tenders = []payment.Tender{cash((sum + 2) / 5 * 5)}
	case 2:
		r.Tenders = []payment.Tender{cheque(sum, number)}
	case 3:
		r.Tenders = []payment.Tender{cheque(sum+int64(w.rnd.IntN(900)), number)}
	case 4:
		r.Tenders = []payment.Tender{terminal(sum/2, "T"+number), cheque(sum-sum/2, number)}
	case 5:
		r.Tenders = []payment.Tender{cash(sum / 10 * 5)}
	}
	e, err := w.s.TakeTender(context.Background(), r)
	if err == nil {
		w.entries = append(w.entries, e)
	}
	return err
}

func (w *walk) undoes() error {
	e, err := w.entry()
	if err != nil {
		return err
	}
	_, err = w.s.ReverseEntry(context.Background(), e.Attempt.ID, "anne", "the wrong one")
	return err
}

// refunds what can be given back of an entry: all of it, what is at one ticket or at none, or a part; a cheque may come
// back.
func (w *walk) refunds() error {
	ctx := context.Background()
	e, err := w.entry()
	if err != nil {
		return err
	}
	left, sum := w.sources(e.Attempt.ID), int64(0)
	var of []ticket.ID
	for _, id := range slices.Sorted(maps.Keys(left)) {
		if sum += left[id]; left[id] > 0 {
			of = append(of, id)
		}
	}
	if sum == 0 || len(of) == 0 {
		return errNothing
	}
	ask := payment.RefundAsk{Way: payment.ByCheque, Amount: money.FromMinor(sum), Expected: money.FromMinor(sum), Reason: payment.ReasonCityError, By: "dora", Reopen: w.rnd.IntN(3) == 0}
	payee := settle.SealPayee(somePayee)
	if w.rnd.IntN(4) == 0 {
		ask.Way, payee = payment.ByTerminal, nil
	}
	if w.rnd.IntN(2) == 0 {
		ask.Ticket = of[w.rnd.IntN(len(of))]
		ask.Free = ask.Ticket == ""
		ask.Amount = money.FromMinor(left[ask.Ticket])
		if w.rnd.IntN(3) == 0 {
			ask.Amount = money.FromMinor(1 + w.rnd.Int64N(left[ask.Ticket]))
		}
	}
	r, err := w.s.AskRefundTo(ctx, e.Attempt.ID, ask, payee)
	if err != nil {
		return err
	}
	switch w.rnd.IntN(5) {
	case 0:
		_, err = w.s.RefuseRefund(ctx, r.ID, "fred")
		return err
	case 1:
		return nil // it waits
	}
	if _, err = w.s.ApproveRefund(ctx, r.ID, "fred"); err == nil && r.Way == payment.ByTerminal {
		_, err = w.s.TerminalRefund(ctx, r.ID, "AB12CD", "dora", true)
	}
	return err
}

func (w *walk) transfers() error {
	e, err := w.entry()
	if err != nil {
		return err
	}
	left := w.sources(e.Attempt.ID)
	for _, from := range slices.Sorted(maps.Keys(left)) {
		if from != "" && left[from] > 0 {
			for range 5 {
				if _, err = w.moved(e.Attempt.ID, from, w.owed()); err == nil {
					break
				}
			}
			return err
		}
	}
	return errNothing
}

func (w *walk) chequeBack() error {
	e, err := w.entry()
	if err != nil {
		return err
	}
	for _, t := range e.Tenders {
		if t.Kind == payment.Cheque {
			_, err := w.d.ReturnCheque(context.Background(), e.Attempt.ID, settle.ReturnAsk{Number: t.Reference, Reason: "nsf", Day: dayOf(w.today()), By: "dora"}, true)
			return err
		}
	}
	return errNothing
}

// toTheBank closes the drawer, with some cents over or short, puts all that is closed on a slip, and has the bank show it.
func (w *walk) toTheBank() error {
	ctx := context.Background()
	var of payment.Session
	expected := int64(0)
	w.read(func(ctx context.Context, tx *store.Tx) (err error) {
		if of, err = tx.LastSession(ctx, "A"); err != nil {
			return err
		}
		e, err := tx.ExpectedCash(ctx, of.ID)
		expected = e.Minor()
		return err
	})
	if of.State == payment.SessionClosed {
		w.open("A", "anne")
		return nil
	}
	off := int64(w.rnd.IntN(3)-1) * 5
	if _, err := w.s.CloseDrawer(ctx, "A", "anne", "bert", "counted twice", payment.Count{5: (expected + off) / 5}); err != nil {
		return err
	}
	if w.rnd.IntN(3) == 0 {
		w.later(time.Duration(w.rnd.IntN(2)) * 24 * time.Hour)
		return w.reopens()
	}
	all := w.closed(w.d)
	batches := append(all[payment.ChequeBatch], all[payment.CashBatch]...)
	number := fmt.Sprint(10000 + w.rnd.IntN(90000))
	s, err := w.d.MakeSlip(ctx, payout.SlipAsk{Account: "operating", Day: dayOf(w.today()), Reference: number, Batches: batches, By: "carl"}, true)
	if err == nil && w.rnd.IntN(4) > 0 {
		w.bank(w.d, w.today(), slipLine(s.Amount.Minor(), "SLIP "+number))
	}
	w.open("A", "anne")
	return err
}

func (w *walk) reopens() error {
	_, err := w.s.ReopenDrawer(context.Background(), "A", "dora", "it is counted again", true)
	return err
}

// reviewed asks for a ticket's review, or decides the one that is under way.
func (w *walk) reviewed() error {
	id := w.ticket()
	var open *review.Review
	w.read(func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.ReviewsOfTicket(ctx, id, 10)
		for _, r := range all {
			if r.State == review.Asked {
				open = &r
			}
		}
		return err
	})
	if open == nil {
		_, err := w.asks(id)
		return err
	}
	event := review.Withdraw
	if w.rnd.IntN(2) == 0 {
		event = review.Keep
	}
	_, err := w.decides(*open, event, "olga", nil)
	return err
}

func (w *walk) sweepsReviews() error { return w.s.SweepReviews(context.Background()) }

func (w *walk) numbered() []settle.TicketNumber {
	return []settle.TicketNumber{{Number: w.hall.ticket(w.ticket()).Number}}
}

// inWords is an error of the books, which say in words alone why not: all but what the store says is a refusal.
func inWords(err error) error {
	if err == nil || errors.Is(err, store.ErrRule) || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
		return err
	}
	return fmt.Errorf("%w: %w", errNothing, err)
}

func (w *walk) writesOff() error {
	_, err := w.b.WriteOff(context.Background(), w.numbered(), "carl", "2026-1", true)
	return inWords(err)
}

func (w *walk) recovers() error {
	_, err := w.b.Recover(context.Background(), w.numbered(), "carl", "2026-2", true)
	return inWords(err)
}

func (w *walk) ends() error {
	to := []ticket.State{ticket.Withdrawn, ticket.Cancelled, ticket.Void}[w.rnd.IntN(3)]
	_, err := w.s.DecideTicket(context.Background(), w.ticket(), to, "the sign was down", "dora", true)
	return err
}

func (w *walk) holds() error {
	return w.s.HoldTicket(context.Background(), w.ticket(), "the officer is asked", "dora")
}

func (w *walk) releases() error {
	return w.s.ReleaseTicket(context.Background(), w.ticket(), "he has said", "dora")
}

func (w *walk) laysCharge() error {
	return w.s.ChargeTicket(context.Background(), w.ticket(), "laid in court", "dora")
}

func (w *walk) charge() (payment.Charge, error) {
	var all []payment.Charge
	w.read(func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = tx.ChargesOwed(ctx, 10)
		return err
	})
	if len(all) == 0 {
		return payment.Charge{}, errNothing
	}
	return all[w.rnd.IntN(len(all))], nil
}

func (w *walk) paysCharge() error {
	c, err := w.charge()
	if err != nil {
		return err
	}
	e, err := w.s.PayCharge(context.Background(), c.ID, cash(c.Amount.Minor()+500), "anne", true)
	if err == nil {
		w.entries = append(w.entries, e)
	}
	return err
}

func (w *walk) waivesCharge() error {
	c, err := w.charge()
	if err == nil {
		_, err = w.s.WaiveCharge(context.Background(), c.ID, "dora", "an error of the bank's", true)
	}
	return err
}

func (w *walk) waits() error {
	w.later(time.Duration(1+w.rnd.IntN(40)) * time.Hour)
	return nil
}

// reports compares each day's report with what the ledger's accounts have moved by.
func (w *walk) reports(first city.Date) {
	w.t.Helper()
	balances := func(day city.Date) map[ledger.Account]int64 {
		of := map[ledger.Account]int64{}
		w.read(func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.BalancesAsOf(ctx, day.Start(w.city.Zone))
			for _, b := range all {
				of[ledger.Account(b.Account)] = b.Balance.Minor()
			}
			return err
		})
		return of
	}
	before := balances(first)
	for day := first; day.Compare(dayOf(w.today())) <= 0; day = day.AddDays(1) {
		after, moved := balances(day.AddDays(1)), map[ledger.Account]int64{}
		r := w.report(w.d, day.String())
		for _, l := range r.Accounts {
			moved[ledger.Account(l.Account)] += l.Debit.Minor() - l.Credit.Minor()
		}
		for account, balance := range after {
			if got, want := moved[account], balance-before[account]; got != want {
				w.t.Errorf("%s: %s moved by %d in the report, by %d in the ledger", day, account, got, want)
			}
			delete(moved, account)
		}
		if len(moved) > 0 {
			w.t.Errorf("%s: only in the report: %v", day, moved)
		}
		over := int64(0)
		for _, l := range r.Counter {
			if l.Kind == payout.OverShort {
				over += l.Amount.Minor()
			}
		}
		if want := before[ledger.CashOverShort] - after[ledger.CashOverShort]; over != want {
			w.t.Errorf("%s: %d over or short in the report, %d in the ledger", day, over, want)
		}
		before = after
	}
}
