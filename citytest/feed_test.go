package citytest_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fundy/city"
	"fundy/citytest"
	"fundy/examples"
	"fundy/fault"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
	"fundy/store/storetest"
)

// demoDeposits is the demonstration's deposits.toml, with more in its account.
func demoDeposits(t *testing.T, more string) *string {
	t.Helper()
	b, err := examples.Files.ReadFile("cities/demo/deposits.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), "name   = \"operating\"", "name   = \"operating\"\n"+more, 1)
	return &text
}

// queue is what waits for a person: kind and what it is about.
func queue(t *testing.T, c *citytest.City) string {
	t.Helper()
	var all []payment.Exception
	err := c.Store.ReadOne(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = tx.OpenExceptions(ctx, 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range all {
		lines = append(lines, string(e.Kind)+" "+e.Ref)
	}
	return strings.Join(lines, "\n")
}

func feedOf(t *testing.T, c *citytest.City, name string) payout.Feed {
	t.Helper()
	var f payout.Feed
	err := c.Store.ReadOne(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		f, err = tx.Feed(ctx, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func round(t *testing.T, do func(context.Context) error) {
	t.Helper()
	if err := do(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// banking stands between an office and its processor: it counts the lists that are asked for, and can fail.
type banking struct {
	citytest.Banking
	lists atomic.Int64
	fail  atomic.Bool
	hold  chan struct{} // nil: nobody waits
}

func (b *banking) Payouts(ctx context.Context, since time.Time) ([]citytest.Payout, error) {
	b.lists.Add(1)
	if b.hold != nil {
		<-b.hold
	}
	if b.fail.Load() {
		return nil, errors.New("connection refused")
	}
	return b.Banking.Payouts(ctx, since)
}

// The office reads the payouts by itself, when it is time, without deposits.toml too; an unknown line of theirs waits
// for a person until it is explained.
func TestTheOfficeReadsThePayoutsByItself(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		none := ""
		f := c.Feeds(time.Hour, &none, "")
		round(t, f.Fetch)
		payOne(t, c, "F1")
		control(t, c, "adjust", map[string]any{"type": "moon_dust", "category": "moon", "amount": -123})
		c.SetNow(c.Now().Add(59 * time.Minute))
		reads := c.Reads()
		round(t, f.Fetch)
		if c.Reads() != reads {
			t.Error("read before it is time")
		}
		days(t, c, 4)
		round(t, f.Fetch)
		if states(t, c)[payment.Settled] != 1 || !strings.HasPrefix(queue(t, c), "line txn_") {
			t.Fatalf("%v\n%s", states(t, c), queue(t, c))
		}
		line := strings.TrimPrefix(queue(t, c), "line ")
		if err := c.Deposits().Explain(context.Background(), line, payout.Fee, "a levy", true); err != nil {
			t.Fatal(err)
		}
		if q := queue(t, c); q != "" {
			t.Errorf("explained, and still there: %s", q)
		}
		c.CheckLedger()
	})
}

// Two offices on one city: one reads, and both at once do no harm.
func TestTwoOfficesReadThePayoutsOnce(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		none := ""
		b := &banking{Banking: c.Adapter, hold: make(chan struct{})}
		one, two := c.FeedsOf(time.Hour, &none, "", b), c.FeedsOf(time.Hour, &none, "", b)
		payOne(t, c, "F1")
		days(t, c, 4)
		var both sync.WaitGroup
		both.Go(func() { one.Fetch(context.Background()) }) //nolint:errcheck // looked at below
		for b.lists.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		round(t, two.Fetch) // the first is at it: this one has nothing to do
		if n := b.lists.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
		// An office that died at it leaves a lease: a quarter of an hour later another one reads, and both enter once.
		c.SetNow(c.Now().Add(16 * time.Minute))
		both.Go(func() { two.Fetch(context.Background()) }) //nolint:errcheck // looked at below
		for b.lists.Load() == 1 {
			time.Sleep(time.Millisecond)
		}
		close(b.hold)
		both.Wait()
		check := c.CheckLedger()
		if states(t, c)[payment.Settled] != 1 || check.Clearing != 0 || queue(t, c) != "" {
			t.Errorf("%v, %+v, %s", states(t, c), check, queue(t, c))
		}
	})
}

// A list that can't be read for a day is put before a person, once, and leaves the queue when it can.
func TestAProcessorThatIsAwayForADayIsSaidSo(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		none := ""
		b := &banking{Banking: c.Adapter}
		f := c.FeedsOf(time.Hour, &none, "", b)
		round(t, f.Fetch)
		b.fail.Store(true)
		for range 150 {
			c.SetNow(c.Now().Add(10 * time.Minute))
			round(t, f.Fetch)
			round(t, f.Watch)
		}
		if q := queue(t, c); q != "feed payouts/2027-03-03" {
			t.Errorf("after 25 hours: %q", q)
		}
		log := c.Log.String()
		if strings.Count(log, "alarm=feed_missing feed=payouts") != 1 || !strings.Contains(log, "alarm=payouts_not_read") {
			t.Error("the log does not say it once")
		}
		if feed := feedOf(t, c, payout.PayoutFeed); feed.Trouble == "" {
			t.Errorf("%+v", feed)
		}
		b.fail.Store(false)
		days(t, c, 1)
		round(t, f.Fetch)
		if q := queue(t, c); q != "" {
			t.Errorf("it came: %q", q)
		}
		if feed := feedOf(t, c, payout.PayoutFeed); feed.Trouble != "" || !feed.LastAt.Equal(c.Now()) {
			t.Errorf("%+v", feed)
		}
	})
}

// While a restored city has not asked for what came since its backup, payouts are not entered: they would be nobody's.
func TestARestoredCityReadsNoPayoutsYet(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, config store.Config) {
		s, ctx := storetest.Open(t, config), context.Background()
		b := &banking{}
		b.fail.Store(true)
		d := citytest.NewDeposits(citytest.DepositsConfig{
			Store: s, Processor: b, City: city.City{ID: "x", Zone: time.UTC, Currency: "CAD"}, Rules: payout.NoRules(), Now: func() time.Time { return wednesday },
			Log: slog.New(slog.DiscardHandler),
		})
		mark := func(fn func(ctx context.Context, tx *store.Tx) error) {
			t.Helper()
			if err := s.Write(ctx, fault.ByTest, fn); err != nil {
				t.Fatal(err)
			}
		}
		mark(func(ctx context.Context, tx *store.Tx) error { return tx.MarkRestored(ctx, wednesday, wednesday) })
		if _, err := d.Fetch(ctx, true); !errors.Is(err, citytest.ErrRestoring) || b.lists.Load() != 0 {
			t.Errorf("fetched while a mark stands: %v", err)
		}
		mark(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.LiftRestore(ctx, store.Restoring{Marked: wednesday}, store.Restored{}, wednesday)
			return err
		})
		if _, err := d.Fetch(ctx, true); err == nil || errors.Is(err, citytest.ErrRestoring) || b.lists.Load() != 1 {
			t.Errorf("not fetched after the mark: %v", err)
		}
	})
}

// The bank's statement of each working day is expected by an hour on the next: what is not there is put before a
// person once, and leaves the queue when a statement comes that goes so far.
func TestAStatementThatDoesNotComeIsSaidSo(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		rules := demoDeposits(t, "expected_by = \"11:00\"")
		f := c.Feeds(0, rules, "")
		at := func(text string) {
			t.Helper()
			v, err := time.ParseInLocation("2006-01-02 15:04", text, c.Settings.City().Zone)
			if err != nil {
				t.Fatal(err)
			}
			c.SetNow(v)
			round(t, f.Watch)
			round(t, f.Watch)
		}
		prove(t, c, c.Now().AddDate(1, 0, 0))
		at("2027-03-03 12:00")
		at("2027-03-04 10:59")
		if q := queue(t, c); q != "" {
			t.Errorf("before the hour: %q", q)
		}
		at("2027-03-04 11:00")
		if q := queue(t, c); q != "feed bank:operating/2027-03-03" {
			t.Errorf("at the hour: %q", q)
		}
		at("2027-03-07 15:00") // a Sunday: Thursday's was due on Friday, Friday's is not
		if q := queue(t, c); !strings.Contains(q, "bank:operating/2027-03-04") || strings.Contains(q, "2027-03-05") {
			t.Errorf("on Sunday: %q", q)
		}
		takeBank(t, c.DepositsOf(*rules), "a.bai", c.BankFile("2027-03-03", "2027-03-04", 2, ""))
		if q := queue(t, c); q != "" {
			t.Errorf("they came: %q", q)
		}
		at("2027-03-15 10:59") // the clocks went forward in the night to Sunday
		if q := queue(t, c); strings.Contains(q, "2027-03-12") || !strings.Contains(q, "2027-03-11") {
			t.Errorf("before the hour, after the clocks changed: %q", q)
		}
		at("2027-03-15 11:00")
		if q := queue(t, c); !strings.Contains(q, "2027-03-12") {
			t.Errorf("at the hour, after the clocks changed: %q", q)
		}
		if strings.Count(c.Log.String(), "alarm=feed_missing feed=bank:operating day=2027-03-12") != 1 {
			t.Error("not said once")
		}
	})
}

// prove says that a backup of an instant was opened again.
func prove(t *testing.T, c *citytest.City, at time.Time) {
	t.Helper()
	err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		return tx.AddBackupProof(ctx, store.BackupProof{BackupAt: at, ProvedAt: at, FileDigest: []byte{1}, StoreDigest: []byte{2}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A backup that nobody has opened for 26 hours is said at the start, once a day, and in the queue.
func TestABackupThatNobodyProvesIsSaidSo(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		none := ""
		said := func() int { return strings.Count(c.Log.String(), "alarm=backup_proof") }
		f := c.Feeds(0, &none, "")
		round(t, f.Watch)
		prove(t, c, c.Now())
		c.SetNow(c.Now().Add(26 * time.Hour))
		round(t, f.Watch)
		if said() != 0 || queue(t, c) != "" {
			t.Fatalf("26 hours: %d, %q", said(), queue(t, c))
		}
		c.SetNow(c.Now().Add(time.Minute))
		for range 3 {
			round(t, f.Watch)
		}
		if said() != 1 || queue(t, c) != "feed backup/2027-03-03" {
			t.Fatalf("a minute more: %d, %q", said(), queue(t, c))
		}
		again := c.Feeds(0, &none, "") // the office starts anew
		round(t, again.Watch)
		if said() != 2 {
			t.Errorf("at the start: %d", said())
		}
		days(t, c, 1)
		round(t, again.Watch)
		if said() != 3 || queue(t, c) != "feed backup/2027-03-03" {
			t.Errorf("a day later: %d, %q", said(), queue(t, c))
		}
		prove(t, c, c.Now())
		round(t, again.Watch)
		round(t, again.Watch)
		if said() != 3 || queue(t, c) != "" {
			t.Errorf("proved: %d, %q", said(), queue(t, c))
		}
	})
}
