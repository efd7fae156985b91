package settle_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// item is what bea found in the mail: a cheque of 30.00 of today.
func (h *hall) item(reason payment.ItemReason) payment.Item {
	return payment.Item{
		Kind: payment.Cheque, Amount: money.FromMinor(3000), Currency: "CAD", Reason: reason, ReceivedOn: dayOf(h.today()), Reference: "77", EnteredBy: "bea",
	}
}

func (h *hall) enter(i payment.Item) payment.Item {
	h.t.Helper()
	i, err := h.s.EnterItem(context.Background(), i, nil, true)
	if err != nil {
		h.t.Fatal(err)
	}
	return i
}

// Each kind of item is kept with an owner and an age, posts nothing, and goes back with a letter.
func TestEachKindOfItemIsKeptWithAnOwner(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, today := context.Background(), dayOf(h.today())
		bend := map[payment.ItemReason]func(*payment.Item){
			payment.ItemPostDated: func(i *payment.Item) { i.DrawnOn = today.AddDays(1) },
			payment.ItemStale:     func(i *payment.Item) { i.DrawnOn = dayOf("2025-12-09") },
			payment.ItemForeign:   func(i *payment.Item) { i.Currency = "USD" },
			payment.ItemShort:     func(i *payment.Item) { i.Amount = money.FromMinor(2900) },
			payment.ItemNoTicket:  func(i *payment.Item) { i.Kind, i.Reference = payment.Cash, "" },
		}
		var all []payment.Item
		for _, reason := range payment.ItemReasons {
			i := h.item(reason)
			if bend[reason] != nil {
				bend[reason](&i)
			}
			all = append(all, h.enter(i))
		}
		open := h.exceptions(payment.ExceptionItem)
		if len(open) != len(payment.ItemReasons) {
			t.Fatalf("%d of %d are in the queue", len(open), len(payment.ItemReasons))
		}
		for _, e := range open {
			if e.Owner != payment.RoleSupervisor || e.DueAt.Sub(e.OpenedAt) != 5*24*time.Hour {
				t.Errorf("%+v", e)
			}
		}
		if no := payment.ActOnException(open[0], payment.ExceptionClosed, "dora", "gone"); no == nil || no.Reason != payment.RefusedStands {
			t.Errorf("an item that is here leaves the queue by a word: %v", no)
		}
		if check := h.books(nil); check.Postings != 0 {
			t.Errorf("%d postings", check.Postings)
		}
		if _, err := h.s.ReturnItem(ctx, all[0].ID, today.AddDays(-1), "dora", true); why(err) != payment.RefusedItemDate {
			t.Errorf("a letter from before it came: %v", err)
		}
		for _, i := range all {
			if _, err := h.s.ReturnItem(ctx, i.ID, today, "dora", false); err != nil {
				t.Error(err)
			}
			back, err := h.s.ReturnItem(ctx, i.ID, today, "dora", true)
			if err != nil || back.State != payment.ItemWentBack || back.LetterOn != today {
				t.Errorf("%s: %+v, %v", i.Reason, back, err)
			}
			if _, err := h.s.ReturnItem(ctx, i.ID, today, "dora", true); why(err) != payment.RefusedItemState {
				t.Errorf("%s twice: %v", i.Reason, err)
			}
		}
		if len(h.exceptions(payment.ExceptionItem)) != 0 {
			t.Error("they are gone, and in the queue")
		}
		h.books(nil)
	})
}

func TestAnItemThatIsNotWhatItSaysIsRefused(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		today := dayOf(h.today())
		for _, c := range []struct {
			name   string
			bend   func(*payment.Item)
			reason string
		}{
			{"who", func(i *payment.Item) { i.EnteredBy = "Bea B" }, payment.RefusedWho},
			{"kind", func(i *payment.Item) { i.Kind = "gold" }, payment.RefusedItemKind},
			{"unsigned cash", func(i *payment.Item) { i.Reason, i.Kind, i.Reference = payment.ItemUnsigned, payment.Cash, "" }, payment.RefusedItemKind},
			{"reason", func(i *payment.Item) { i.Reason = "ugly" }, payment.RefusedItemReason},
			{"nothing", func(i *payment.Item) { i.Amount = money.Zero }, payment.RefusedAmount},
			{"dollars of another country", func(i *payment.Item) { i.Currency = "USD" }, payment.RefusedItemCurrency},
			{"foreign, in the city's money", func(i *payment.Item) { i.Reason = payment.ItemForeign }, payment.RefusedItemCurrency},
			{"tomorrow", func(i *payment.Item) { i.ReceivedOn = today.AddDays(1) }, payment.RefusedItemDate},
			{"post-dated by nothing", func(i *payment.Item) { i.Reason, i.DrawnOn = payment.ItemPostDated, today }, payment.RefusedItemDrawn},
			{"stale by five months", func(i *payment.Item) { i.Reason, i.DrawnOn = payment.ItemStale, dayOf("2026-01-10") }, payment.RefusedItemDrawn},
			{"without a number", func(i *payment.Item) { i.Reference = "" }, payment.RefusedItemReference},
			{"a card's number", func(i *payment.Item) { i.Reference = "4242424242424242" }, payment.RefusedItemReference},
			{"no such batch", func(i *payment.Item) { i.Batch = "bat_none" }, payment.TakeNoBatch},
		} {
			i := h.item(payment.ItemUnidentified)
			c.bend(&i)
			if _, err := h.s.EnterItem(context.Background(), i, nil, true); why(err) != c.reason {
				t.Errorf("%s: %v, want %s", c.name, err, c.reason)
			}
		}
		if len(h.exceptions(payment.ExceptionItem)) != 0 {
			t.Error("something was written")
		}
	})
}

// What came by mail is payments and items together: the batch closes at what two people added up, and never without
// an item that lies beside it.
func TestItemsCountInTheMailsTotal(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(city.CounterSettings{})
		b, err := h.s.OpenMail(ctx, "anne", "bert", money.FromMinor(9000))
		if err != nil {
			t.Fatal(err)
		}
		mail := func(id ticket.ID, number string) {
			t.Helper()
			r := request([]ticket.ID{id}, cheque(3000, number))
			r.Batch, r.ReceivedOn = b.ID, dayOf(h.today())
			if _, err := h.s.TakeTender(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		mail(h.add(given{number: "1"}), "71")
		if _, err := h.s.CloseBatch(ctx, b.ID, money.Zero, "anne"); refused(err) != payment.BatchDiffers {
			t.Errorf("closed without what lies beside it: %v", err)
		}
		kept := h.item(payment.ItemPostDated)
		kept.Batch, kept.DrawnOn = b.ID, dayOf(h.today()).AddDays(20)
		h.enter(kept)
		unknown := h.item(payment.ItemUnidentified)
		unknown.Batch, unknown.Reference = b.ID, "73"
		unknown = h.enter(unknown)
		foreign := h.item(payment.ItemForeign)
		foreign.Batch, foreign.Currency, foreign.Reference = b.ID, "USD", "74"
		h.enter(foreign) // of another currency: in no total of ours
		if _, _, err := h.s.DepositItem(ctx, kept.ID, "anne", true); err == nil {
			t.Error("an item without an id is deposited")
		}
		got, e, err := h.s.DepositItem(ctx, unknown.ID, "anne", true)
		if err != nil || got.Attempt != e.Attempt.ID || e.Series != payment.MailSeries || e.Attempt.Receipt != "" {
			t.Fatalf("%+v, %+v, %v", got, e, err)
		}
		if _, _, err := h.s.DepositItem(ctx, unknown.ID, "anne", true); why(err) != payment.RefusedItemDeposited {
			t.Errorf("twice: %v", err)
		}
		if _, err := h.s.ReturnItem(ctx, unknown.ID, dayOf(h.today()), "dora", true); why(err) != payment.RefusedItemDeposited {
			t.Errorf("returned, and its money is at the bank: %v", err)
		}
		check := h.books(map[string]int64{"undeposited:cheque": 6000, "unallocated:counter": -3000})
		if check.Unallocated != 3000 || len(h.exceptions(payment.ExceptionUnallocated)) != 1 || len(h.exceptions(payment.ExceptionItem)) != 3 {
			t.Errorf("%+v", check)
		}
		if _, err := h.s.CloseBatch(ctx, b.ID, money.Zero, "anne"); err != nil {
			t.Fatal(err)
		}
		if s := h.slip(d, "1001", b.ID); s.Amount.Minor() != 6000 {
			t.Errorf("the slip is %s: what is kept uncashed is on it", s.Amount)
		}
		h.books(map[string]int64{"undeposited:cheque": 0, "in_transit:deposit": 6000})
		if h.state(e.Attempt.ID) != payment.Settled {
			t.Error(h.state(e.Attempt.ID))
		}
		r := h.report(d, h.today())
		if r.Gross.Minor() != 6000 || r.Counter[0].Count != 2 {
			t.Errorf("%+v", r)
		}
	})
}

// What came on an earlier day counts for that day, by the city's calendar and not by hours: a day of spring has 23 of
// them, and at half past midnight what came on it is of the day before.
func TestADepositedItemIsOfTheDayOnWhichItCame(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		for _, c := range []struct {
			name, day string
			at        time.Duration // after the beginning of that day
			same      bool
		}{
			{"the same day, late", "2027-03-13", 23*time.Hour + 30*time.Minute, true},
			{"the day of 23 hours, half an hour after it", "2027-03-14", 23*time.Hour + 30*time.Minute, false},
			{"the same day of 25 hours, late", "2027-11-07", 24*time.Hour + 30*time.Minute, true},
			{"the first second of the next day", "2027-11-08", 24 * time.Hour, false},
		} {
			day := dayOf(c.day)
			h.mu.Lock()
			h.now = day.Start(h.city.Zone).Add(c.at - 2*time.Second)
			h.mu.Unlock()
			i := h.item(payment.ItemUnidentified)
			i.ReceivedOn, i.Reference = day, "7"+strings.ReplaceAll(c.day, "-", "")
			i = h.enter(i)
			_, e, err := h.s.DepositItem(context.Background(), i.ID, "anne", true)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if got := city.DateOf(e.Payment.QuotedAt, h.city.Zone); got != day {
				t.Errorf("%s: it counts for %s", c.name, got)
			}
			if began := e.Payment.QuotedAt.Equal(day.Start(h.city.Zone)); began == c.same {
				t.Errorf("%s: it counts at %s", c.name, e.Payment.QuotedAt.In(h.city.Zone))
			}
		}
	})
}

// Cash that nobody has counted but who has entered it: another says that it was sent back, and another that it became a
// payment, for any payment of that amount would do. A cheque can be looked up; who has entered it may send it back.
func TestCashThatIsKeptIsEndedByAnother(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, today := context.Background(), dayOf(h.today())
		h.drawer("A", "anne")
		paid := h.take([]ticket.ID{h.add(given{number: "1"})}, cash(3000)).Attempt.ID
		money := func() payment.Item {
			i := h.item(payment.ItemUnidentified)
			i.Kind, i.Reference = payment.Cash, ""
			return h.enter(i)
		}
		back, became, letter := money(), money(), h.enter(h.item(payment.ItemUnidentified))
		if _, err := h.s.ReturnItem(ctx, back.ID, today, "bea", true); why(err) != payment.RefusedItemOwn {
			t.Errorf("bea has entered it and sends it back: %v", err)
		}
		if _, err := h.s.ResolveItem(ctx, became.ID, paid, "bea", true); why(err) != payment.RefusedItemOwn {
			t.Errorf("bea has entered it and says which payment it became: %v", err)
		}
		if open := h.exceptions(payment.ExceptionItem); len(open) != 3 {
			t.Errorf("%d are in the queue", len(open))
		}
		// The store itself holds it, whoever asks it.
		err := h.write(func(ctx context.Context, tx *store.Tx) error {
			i, err := tx.LockItem(ctx, back.ID)
			if err != nil {
				return err
			}
			i.LetterOn = today
			return tx.MoveItem(ctx, &i, payment.ItemSentBack, "bea", "", h.Now())
		})
		if err == nil {
			t.Error("the store lets it")
		}
		for name, err := range map[string]error{
			"back by another":      last(h.s.ReturnItem(ctx, back.ID, today, "carl", true)),
			"became, by another":   last(h.s.ResolveItem(ctx, became.ID, paid, "carl", true)),
			"a cheque, by oneself": last(h.s.ReturnItem(ctx, letter.ID, today, "bea", true)),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if open := h.exceptions(payment.ExceptionItem); len(open) != 0 {
			t.Errorf("%d are in the queue", len(open))
		}
	})
}

// last is the error of an act.
func last(_ payment.Item, err error) error { return err }

// An item that is cashed after all becomes the payment in which it is a tender: of the same kind and amount.
func TestAnItemIsResolvedIntoAPayment(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		h.drawer("A", "anne")
		i := h.enter(h.item(payment.ItemNoTicket))
		wrong := h.take([]ticket.ID{h.add(given{number: "1", age: 20})}, cheque(4000, "71"))
		cashed := h.take([]ticket.ID{h.add(given{number: "2"})}, cash(3000))
		for name, e := range map[string]settle.Entry{"another amount": wrong, "another kind": cashed} {
			if _, err := h.s.ResolveItem(ctx, i.ID, e.Attempt.ID, "dora", true); why(err) != payment.RefusedItemOther {
				t.Errorf("%s: %v", name, err)
			}
		}
		e := h.take([]ticket.ID{h.add(given{number: "3"})}, cheque(3000, "77"))
		if got, err := h.s.ResolveItem(ctx, i.ID, e.Attempt.ID, "dora", true); err != nil || got.State != payment.ItemResolved || got.Attempt != e.Attempt.ID {
			t.Errorf("%+v, %v", got, err)
		}
		if len(h.exceptions(payment.ExceptionItem)) != 0 {
			t.Error("it became a payment, and is in the queue")
		}
		undone := h.take([]ticket.ID{h.add(given{number: "4"})}, cheque(3000, "79"))
		if _, err := h.s.ReverseEntry(ctx, undone.Attempt.ID, "anne", "wrong ticket"); err != nil {
			t.Fatal(err)
		}
		other := h.item(payment.ItemUnidentified)
		other.Reference = "79"
		other = h.enter(other)
		if _, err := h.s.ResolveItem(ctx, other.ID, undone.Attempt.ID, "dora", true); why(err) != payment.RefusedItemNotTaken {
			t.Errorf("a payment that was undone: %v", err)
		}
		h.books(nil)
	})
}

// A note is sealed before it is written: nothing of it stands in the store in clear.
func TestANoteIsSealed(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		sealed := []byte("sealed to itm")
		i, err := h.s.EnterItem(context.Background(), h.item(payment.ItemUnidentified), func(id payment.ItemID) ([]byte, error) {
			return append(bytes.Clone(sealed), id...), nil
		}, true)
		if err != nil {
			t.Fatal(err)
		}
		h.read(func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.Items(ctx, payment.ItemKept, 10)
			if err != nil || len(all) != 1 || !bytes.Equal(all[0].Note, append(sealed, i.ID...)) {
				t.Errorf("%+v, %v", all, err)
			}
			return nil
		})
	})
}

// An item that was deposited is kept again where the entry is undone, and where the bank does not pay it.
func TestADepositedItemThatComesBackIsKeptAgain(t *testing.T) {
	t.Parallel()
	counters(t, nsf, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(nsf)
		h.drawer("A", "anne")
		i := h.enter(h.item(payment.ItemUnidentified))
		_, e, err := h.s.DepositItem(ctx, i.ID, "anne", true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.ReverseEntry(ctx, e.Attempt.ID, "anne", "too early"); err != nil {
			t.Fatal(err)
		}
		h.books(map[string]int64{"undeposited:cheque": 0, "unallocated:counter": 0})
		if len(h.exceptions(payment.ExceptionUnallocated)) != 0 || len(h.exceptions(payment.ExceptionItem)) != 1 {
			t.Error("the money is gone, and in the queue; or the item is not")
		}
		if _, e, err = h.s.DepositItem(ctx, i.ID, "anne", true); err != nil {
			t.Fatal(err)
		}
		h.closeDrawer("A", 0)
		h.slip(d, "1001", h.closed(d)[payment.ChequeBatch]...)
		h.bank(d, h.today(), slipLine(3000, "SLIP 1001"))
		h.later(24 * time.Hour)
		if b := h.bank(d, h.today(), bounced(3000, "77")); b.Counter.Returned != 1 || h.state(e.Attempt.ID) != payment.Returned {
			t.Errorf("%+v, %s", b, h.state(e.Attempt.ID))
		}
		h.books(map[string]int64{"unallocated:counter": 0, "in_transit:deposit": 0, "bank:operating": 0, "receivable:nsf_fee": 0})
		if len(h.exceptions(payment.ExceptionUnallocated)) != 0 || len(h.exceptions(payment.ExceptionItem)) != 1 {
			t.Error("the money is gone, and in the queue; or the item is not")
		}
		if _, err := h.s.ReturnItem(ctx, i.ID, dayOf(h.today()), "dora", true); err != nil {
			t.Error(err)
		}
		h.books(nil)
	})
}

// Money of the mail counts on the day on which it came. Where that day is being closed, it waits, and goes into an open
// one: a closed day stays as it is.
func TestMailWaitsForTheDayThatIsBeingClosed(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		h.drawer("A", "anne")
		yesterday := dayOf(h.today()).AddDays(-1)
		b, err := h.s.OpenMail(ctx, "anne", "bert", money.FromMinor(6000))
		if err != nil {
			t.Fatal(err)
		}
		r := request([]ticket.ID{h.add(given{number: "1", age: 3})}, cheque(3000, "5"))
		r.Batch, r.ReceivedOn = b.ID, yesterday
		i := h.item(payment.ItemUnidentified)
		i.ReceivedOn, i.Batch, i.EnteredBy = yesterday, b.ID, "anne"
		i = h.enter(i)
		ends := yesterday.AddDays(1).Start(h.city.Zone)
		done, errs := make(chan struct{}), make([]error, 2)
		err = h.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.LockSettlement(ctx); err != nil {
				return err
			}
			go func() {
				defer close(done)
				var both sync.WaitGroup
				both.Go(func() { _, errs[0] = h.s.TakeTender(context.Background(), r) })
				both.Go(func() { _, _, errs[1] = h.s.DepositItem(context.Background(), i.ID, "anne", true) })
				both.Wait()
			}()
			select {
			case <-done:
			case <-time.After(time.Second / 2):
			}
			return tx.CloseDay(ctx, yesterday, ends, h.Now(), "{}")
		})
		if err != nil {
			t.Fatal(err)
		}
		<-done
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		h.read(func(ctx context.Context, tx *store.Tx) error {
			late, err := tx.DayTenders(ctx, yesterday.Start(h.city.Zone), ends)
			if len(late) > 0 {
				t.Errorf("in the closed day: %+v", late)
			}
			return err
		})
		h.books(map[string]int64{"undeposited:cheque": 6000})
	})
}
