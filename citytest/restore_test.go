package citytest_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/fault"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
	"fundy/visitor"
)

// copied makes a copy of a city's store as it stands, on SQLite while it runs, on PostgreSQL by its own means,
// and returns what throws the store away and puts the copy in its place.
func copied(t *testing.T, c *citytest.City) (back func() store.Config) {
	t.Helper()
	ctx, config := context.Background(), c.Config()
	if config.Driver == "postgres" {
		return copiedPostgres(t, c, config)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := c.Store.CopyTo(ctx, path); err != nil {
		t.Fatal(err)
	}
	return func() store.Config {
		files, err := filepath.Glob(config.Path + "*")
		for _, f := range files {
			err = errors.Join(err, os.Remove(f))
		}
		if err = errors.Join(err, os.Rename(path, config.Path)); err != nil {
			t.Fatal(err)
		}
		return config
	}
}

func copiedPostgres(t *testing.T, c *citytest.City, config store.Config) (back func() store.Config) {
	t.Helper()
	u, err := url.Parse(config.DSN)
	if err != nil {
		t.Fatal(err)
	}
	name, copy := strings.TrimPrefix(u.Path, "/"), "c_"+strings.ToLower(rand.Text()[:16])
	u.Path = "/postgres"
	admin, err := sql.Open("pgx", u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	do := func(statements ...string) {
		for _, s := range statements {
			if _, err := admin.Exec(s); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.StopOffice() // a database is copied when nobody is in it
	do("create database " + copy + " template " + name)
	c.StartOffice(config)
	return func() store.Config {
		do("drop database "+name+" with (force)", "create database "+name+" template "+copy, "drop database "+copy)
		return config
	}
}

// restored throws the city's store away and goes on with the copy, which was made at an instant.
func restored(t *testing.T, c *citytest.City, back func() store.Config, at time.Time) {
	t.Helper()
	c.StopOffice()
	ctx, config := context.Background(), back()
	s, err := store.Open(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error { return tx.MarkRestored(ctx, at, c.Now()) })
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	c.StartOffice(config)
}

func restoring(t *testing.T, c *citytest.City) (standing bool) {
	t.Helper()
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		_, standing, err = tx.Restoring(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return standing
}

// until waits for what comes by itself.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 300 {
		if ok() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// persist pays a ticket as somebody does who does not give up: he comes back until the page says that it is
// paid, and never pays when it says that it is. refused counts the pages that said that no payment begins.
func persist(c *citytest.City, number, plate string, refused *atomic.Int64) error {
	var page string
	for range 100 {
		v := walk(elsewhere(), c, "en", "", [2]string{number, plate})
		page = v.Text()
		switch {
		case strings.Contains(page, "Payments can’t begin right now"):
			refused.Add(1)
		case strings.Contains(page, "Card number"):
			typeCard(v, good)
			page = v.Text()
		}
		if v.Err == nil && strings.Contains(page, "Paid in full") {
			return nil
		}
		w := elsewhere()
		w.Open(context.Background(), c.Portal.URL+"/pay")
		w.Send(context.Background(), "find", "/pay/find", map[string]string{"number": number, "plate": plate})
		if w.Err == nil && strings.Contains(w.Text(), "This ticket is paid") {
			return nil
		}
		time.Sleep(300 * time.Millisecond)
	}
	return fmt.Errorf("%s was never paid: %s", number, page)
}

var addresses atomic.Uint32

// elsewhere is a visitor from an address of his own: the portal limits what one may send.
func elsewhere() *visitor.Visitor {
	n := addresses.Add(1)
	from := &net.TCPAddr{IP: net.IPv4(127, 7, byte(n>>8), byte(n))}
	return &visitor.Visitor{Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{LocalAddr: from}).DialContext}}
}

// all pays tickets at once.
func all(t *testing.T, c *citytest.City, refused *atomic.Int64, numbers ...string) (wait func()) {
	t.Helper()
	var wg sync.WaitGroup
	for _, n := range numbers {
		wg.Go(func() {
			if err := persist(c, n, plateOf(n), refused); err != nil {
				t.Error(err)
			}
		})
	}
	return wg.Wait
}

func plateOf(number string) string { return "RRR " + number[len(number)-3:] }

// taken is what the processor has taken, in cents, and for each ticket how often.
func taken(t *testing.T, c *citytest.City) (sum int64, times map[string]int, waiting int) {
	t.Helper()
	list := dashboard(t, c, http.MethodGet, "/v1/checkout/sessions?limit=100&expand[]=data.payment_intent", nil)
	sessions, _ := list["data"].([]any)
	if more, _ := list["has_more"].(bool); more || len(sessions) == 0 {
		t.Fatalf("%d sessions and more", len(sessions))
	}
	times = map[string]int{}
	for _, s := range sessions {
		session, _ := s.(map[string]any)
		pi, _ := session["payment_intent"].(map[string]any)
		switch pi["status"] {
		case "requires_capture":
			waiting++
		case "succeeded":
			received, _ := pi["amount_received"].(float64)
			sum += int64(received)
			meta, _ := session["metadata"].(map[string]any)
			line, _ := meta["ticket_1"].(string)
			id, _, _ := strings.Cut(line, " ")
			times[id]++
		}
	}
	return sum, times, waiting
}

// Yesterday's copy is brought back under load. Whatever was captured, set aside or only begun since, every cent
// that the processor took is in the ledger, no ticket is taken twice, and payments flow again.
func TestYesterdaysCopyIsBroughtBackUnderLoad(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		control(t, c, "webhooks", map[string]any{"mode": "off"})
		ids := map[string]ticket.ID{}
		add := func(numbers ...string) {
			for _, n := range numbers {
				ids[n] = c.Add(citytest.Spec{Number: n, Plate: plateOf(n), Offence: "LOADING", Age: 1})
			}
		}
		add("B101", "B102", "B103", "K201", "K202", "K203", "N301", "N302", "N303", "N304", "N311", "N312", "D401", "D402", "D403", "F501", "F502", "F503")
		var refused atomic.Int64
		ctx := context.Background()

		// Before the copy: paid, at the card page, and one whose capture is being tried again.
		all(t, c, &refused, "B101", "B102")()
		knownPaid, s1 := begun(t, c, "K201", plateOf("K201"))
		knownHeld, s2 := begun(t, c, "K202", plateOf("K202"))
		knownOpen, s3 := begun(t, c, "K203", plateOf("K203"))
		control(t, c, "faults", map[string]any{"kind": "html_502", "match": map[string]any{"method": "POST", "path": "/capture$", "nth": 1}})
		knownTwice, s8 := begun(t, c, "D403", plateOf("D403"))
		load := all(t, c, &refused, "B103", "N301")
		at := c.Now()
		back := copied(t, c)
		load()

		// After it: captured, set aside only, begun only; two payers of one ticket; tickets that came in since.
		all(t, c, &refused, "N302", "N303", "N304")()
		payWithCard(t, c, s1)
		if _, err := c.Office.Settler().Refresh(ctx, knownPaid); err != nil {
			t.Fatal(err)
		}
		payWithCard(t, c, s2)
		held, s4 := begun(t, c, "N311", plateOf("N311"))
		payWithCard(t, c, s4)
		open, s5 := begun(t, c, "N312", plateOf("N312"))
		first, s6 := begun(t, c, "D401", plateOf("D401"))
		payWithCard(t, c, s6)
		all(t, c, &refused, "D401")()
		payWithCard(t, c, s8)
		all(t, c, &refused, "D403")()
		add("L601", "L602", "L603")
		all(t, c, &refused, "L601")()
		lateHeld, s7 := begun(t, c, "L602", plateOf("L602"))
		payWithCard(t, c, s7)
		lateOpen, _ := begun(t, c, "L603", plateOf("L603"))

		// The store is gone. The payers go on meanwhile; the processor can't be asked at the first try.
		control(t, c, "faults", map[string]any{"kind": "html_502", "match": map[string]any{"method": "GET", "path": "^/v1/checkout/sessions$", "nth": 1}})
		load = all(t, c, &refused, "F501", "F502", "D402")
		restored(t, c, back, at)
		until(t, "somebody is told that no payment begins", func() bool { return refused.Load() > 0 })
		if s := ticketOf(t, c, ids["F503"]).State; s != ticket.Open || !restoring(t, c) {
			t.Errorf("while it is restored: %s", s)
		}
		// Somebody else has paid this one's ticket, which the store does not know yet: nothing is taken of it.
		if a, err := c.Office.Settler().Refresh(ctx, knownTwice); err != nil || a.State != payment.Authorized {
			t.Errorf("while it is restored, one that is set aside is %s, %v", a.State, err)
		}
		v := toCardPage(c, "fr", "", [2]string{"F503", plateOf("F503")})
		want(t, text(t, v), "en cours de restauration", "Aucun montant n’a été prélevé", "506-555-0142")
		load()
		until(t, "the mark is lifted", func() bool { return !restoring(t, c) })

		payWithCard(t, c, s3)
		payWithCard(t, c, s5)
		for id, state := range map[payment.AttemptID]payment.State{
			knownPaid: payment.Captured, knownHeld: payment.Captured, knownOpen: payment.Captured, held: payment.Captured, open: payment.Captured,
			first: payment.Released, knownTwice: payment.Released, lateHeld: payment.Released, lateOpen: payment.Expired,
		} {
			until(t, fmt.Sprint(id.Ref(), " is ", state), func() bool {
				a, err := c.Office.Settler().Refresh(ctx, id)
				return err == nil && a.State == state
			})
		}
		all(t, c, &refused, "F503")()
		sum, times, waiting := taken(t, c)
		check := c.CheckLedger()
		if check.Clearing != sum || check.Captured+check.Unallocated != sum || check.Unallocated != 5000 || waiting > 0 {
			t.Errorf("the processor took %d, %d are set aside; the ledger has %+v", sum, waiting, check)
		}
		if len(check.Exceptions) != 1 || !strings.Contains(check.Exceptions[0], "unallocated") {
			t.Errorf("a person is told of: %v", check.Exceptions)
		}
		for n, id := range ids {
			if times[string(id)] != 1 && n != "L602" && n != "L603" {
				t.Errorf("%s was taken %d times", n, times[string(id)])
			}
			if n[0] != 'L' && ticketOf(t, c, id).State != ticket.Paid {
				t.Errorf("%s is %s", n, ticketOf(t, c, id).State)
			}
		}
	})
}
