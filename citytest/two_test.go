package citytest_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"sync"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/desk/deskpb"
	"fundy/desk/deskpb/deskpbconnect"
	"fundy/payment"
	"fundy/store"
	"fundy/store/storetest"
)

// two is a city with two offices on one PostgreSQL database.
func two(t *testing.T, wire http.RoundTripper) (*citytest.City, *citytest.Second) {
	t.Helper()
	c := citytest.New(t, store.Config{Driver: "postgres", DSN: storetest.Postgres(t), ReadConns: 6})
	return c, c.Second(wire)
}

func quote(t *testing.T, d deskpbconnect.DeskClient, number, plate string) string {
	t.Helper()
	found, err := d.FindTicket(context.Background(), &deskpb.FindTicketRequest{Number: number, Plate: plate})
	if err != nil {
		t.Fatal(err)
	}
	return found.GetTicket().GetQuote().GetToken()
}

func ask(request, token string) *deskpb.StartPaymentRequest {
	return &deskpb.StartPaymentRequest{RequestId: request, Tokens: []string{token}, Language: "en", ReviewBox: true}
}

// watch waits for an outcome at a desk, as the page that waits does.
func watch(d deskpbconnect.DeskClient, attempt string, returned bool) (*deskpb.WatchPaymentResponse, error) {
	for range 3 {
		w, err := d.WatchPayment(context.Background(), &deskpb.WatchPaymentRequest{Attempt: attempt, Returned: returned, WaitSeconds: 20})
		if err != nil || w.GetOutcome() != "waiting" {
			return w, err
		}
	}
	return nil, fmt.Errorf("still waiting")
}

// Many payers at two offices, each event to both, rounds of both at once: each ticket is paid once, each task
// done once in effect, and what the processor took is what the ledger has.
func TestTwoOfficesOnOneDatabaseTakeEachPaymentOnce(t *testing.T) {
	t.Parallel()
	c, other := two(t, nil)
	desks := []deskpbconnect.DeskClient{c.Desk(), other.Desk()}
	const tickets = 16
	for n := range tickets {
		c.Add(citytest.Spec{Number: fmt.Sprint("T", n), Plate: "TTT 111", Offence: "LOADING", Age: 1})
	}
	load, stop := context.WithCancel(context.Background())
	var rounds sync.WaitGroup
	for _, s := range []interface{ Round(context.Context) error }{c.Office.Settler(), other.Office.Settler()} {
		rounds.Go(func() {
			for load.Err() == nil {
				_ = s.Round(load) // an error is the other office that was quicker
			}
		})
	}
	var payers sync.WaitGroup
	for n := range tickets {
		token := quote(t, desks[n%2], fmt.Sprint("T", n), "TTT 111")
		// Each request is sent to both offices at once, as when a button is pressed twice; and every other
		// ticket is paid by two people at once, one at each office.
		for people := range 1 + n%2 {
			payers.Go(func() { payAtBoth(t, c, desks, people, token, 1+n%2) })
		}
	}
	payers.Wait()
	stop()
	rounds.Wait()
	if check := c.CheckLedger(); check.PaidTickets != tickets || check.Captured != tickets*5000 || check.Unallocated != 0 {
		t.Errorf("%d tickets paid, %d cents captured, %d unallocated", check.PaidTickets, check.Captured, check.Unallocated)
	}
	sessions := sessions(t, c)
	taken := int64(0)
	for ref, all := range sessions {
		if len(all) != 1 {
			t.Errorf("%d sessions of one attempt", len(all))
		}
		a := attemptOf(t, c, payment.AttemptID(ref))
		if a.State != payment.Captured && a.State != payment.Released || (a.State == payment.Captured) != (all[0].Received == 5000) {
			t.Errorf("an attempt is %s, %d cents are taken", a.State, all[0].Received)
		}
		taken += all[0].Received
	}
	if taken != tickets*5000 || len(sessions) != tickets+tickets/2 {
		t.Errorf("the processor took %d cents in %d sessions", taken, len(sessions))
	}
}

// payAtBoth is one payer: he begins at both offices at once, and asks the one that he did not begin at.
func payAtBoth(t *testing.T, c *citytest.City, desks []deskpbconnect.DeskClient, first int, token string, people int) {
	request := rand.Text()
	var begun [2]*deskpb.Begun
	var both sync.WaitGroup
	for i, d := range desks {
		both.Go(func() {
			res, err := d.StartPayment(context.Background(), ask(request, token))
			if err != nil || res.GetBegun() == nil {
				t.Errorf("begin: %v, %v", res, err)
			}
			begun[i] = res.GetBegun()
		})
	}
	both.Wait()
	attempt := begun[0].GetAttempt()
	if attempt == "" || attempt != begun[1].GetAttempt() {
		t.Errorf("one request began %q and %q", attempt, begun[1].GetAttempt())
		return
	}
	w, err := watch(desks[first%2], attempt, false)
	if err != nil || w.GetCardUrl() == "" {
		t.Errorf("no card page: %v, %v", w, err)
		return
	}
	control(t, c, "pay", map[string]string{"session": path.Base(w.GetCardUrl()), "card": "4242424242424242"})
	w, err = watch(desks[(first+1)%2], attempt, true)
	if out := w.GetOutcome(); err != nil || out != "paid" && !(people == 2 && out == "released") {
		t.Errorf("ends %v, %v", w, err)
	}
}

type cardSession struct {
	Ref      string `json:"ref"`
	Received int64  `json:"received"`
}

// sessions are the processor's, by attempt.
func sessions(t *testing.T, c *citytest.City) map[string][]cardSession {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, c.Sandbox.URL+"/_sandbox/state", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Sandbox-Token", c.Control)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var state struct {
		Sessions []cardSession `json:"sessions"`
	}
	if err := json.NewDecoder(res.Body).Decode(&state); err != nil {
		t.Fatal(err)
	}
	all := map[string][]cardSession{}
	for _, s := range state.Sessions {
		all[s.Ref] = append(all[s.Ref], s)
	}
	return all
}

// silent is a way to the processor on which nothing is ever answered: who is dead hears nothing, not even that he
// has waited long enough. It says when a card page is asked for: an office asks for other things too.
type silent struct{ asked, over chan struct{} }

// RoundTrip waits until the test is over.
func (s silent) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost {
		s.asked <- struct{}{}
	}
	<-s.over
	return nil, errors.New("nobody answers")
}

// An office that dies in a call leaves its lease. The other office, which was asked how the payment stands,
// takes it over when the lease has ended, not before, and its visitor sees it.
func TestAnOfficeTakesOverWhatADeadOneHadLeased(t *testing.T) {
	t.Parallel()
	asked, over := make(chan struct{}, 8), make(chan struct{})
	c, other := two(t, silent{asked, over})
	t.Cleanup(func() { close(over) })
	c.SetNow(c.Now())
	c.Add(citytest.Spec{Number: "D1", Plate: "DDD 111", Offence: "LOADING", Age: 1})
	token, request := quote(t, c.Desk(), "D1", "DDD 111"), rand.Text()
	go other.Desk().StartPayment(context.Background(), ask(request, token)) //nolint:errcheck // its office dies
	<-asked
	other.Kill()
	res, err := c.Desk().StartPayment(context.Background(), ask(request, token))
	if err != nil || res.GetBegun().GetAttempt() == "" || res.GetBegun().GetCardUrl() != "" {
		t.Fatalf("the same request at the other office: %v, %v", res, err)
	}
	id := res.GetBegun().GetAttempt()
	if err := c.Office.Settler().Round(context.Background()); err != nil {
		t.Fatal(err)
	}
	if a := attemptOf(t, c, payment.AttemptID(id)); a.State != payment.Creating {
		t.Fatalf("%s although the lease is another's", a.State)
	}
	c.SetNow(c.Now().Add(31 * time.Second))
	w, err := watch(c.Desk(), id, false)
	if err != nil || w.GetCardUrl() == "" {
		t.Fatalf("after the lease: %v, %v", w, err)
	}
	if all := sessions(t, c); len(all[id]) != 1 {
		t.Errorf("%d sessions", len(all[id]))
	}
}

// What one office moves, a visitor who waits at the other sees within his wait.
func TestAVisitorAtOneOfficeSeesWhatTheOtherMoved(t *testing.T) {
	t.Parallel()
	c, other := two(t, nil)
	c.Add(citytest.Spec{Number: "W1", Plate: "WWW 111", Offence: "LOADING", Age: 1})
	token, request := quote(t, c.Desk(), "W1", "WWW 111"), rand.Text()
	control(t, c, "faults", map[string]any{"match": map[string]any{"method": "POST", "path": "^/v1/checkout/sessions$", "nth": 1}, "kind": "delay"})
	var begun *deskpb.StartPaymentResponse
	var first sync.WaitGroup
	first.Go(func() {
		var err error
		if begun, err = c.Desk().StartPayment(context.Background(), ask(request, token)); err != nil {
			t.Error(err)
		}
	})
	id := ""
	for n := 0; id == ""; n++ {
		if n == 1000 {
			t.Fatal("the first office has not begun")
		}
		time.Sleep(5 * time.Millisecond)
		_ = c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			p, err := tx.PaymentByRequest(ctx, request)
			if err != nil {
				return err
			}
			all, err := tx.AttemptsOfPayment(ctx, p.ID)
			if err == nil {
				id = string(all[0].ID)
			}
			return err
		})
	}
	w, err := other.Desk().WatchPayment(context.Background(), &deskpb.WatchPaymentRequest{Attempt: id, WaitSeconds: 20})
	if err != nil {
		t.Error(err)
	}
	first.Wait()
	if w.GetOutcome() != "open" || w.GetCardUrl() == "" || w.GetCardUrl() != begun.GetBegun().GetCardUrl() {
		t.Errorf("the waiting visitor was told %v, the other %v", w, begun)
	}
}
