package citytest_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/desk/deskpb"
	"fundy/fault"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
	"fundy/visitor"
)

// begun takes a visitor to the card page of one ticket and returns the attempt and the session.
func begun(t *testing.T, c *citytest.City, number, plate string) (payment.AttemptID, string) {
	t.Helper()
	v := toCardPage(c, "en", "", [2]string{number, plate})
	text(t, v)
	session := v.At[strings.LastIndex(v.At, "/")+1:]
	for n := range v.Page.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "href" && strings.Contains(a.Val, "/r/") {
				id, _, _ := strings.Cut(a.Val[strings.LastIndex(a.Val, "/r/")+3:], "?")
				return payment.AttemptID(id), session
			}
		}
	}
	t.Fatalf("no way back on the card page:\n%s", v.Text())
	return "", ""
}

func payWithCard(t *testing.T, c *citytest.City, session string) {
	t.Helper()
	control(t, c, "pay", map[string]string{"session": session, "card": "4242424242424242"})
}

// dashboard is what a person does at the processor by hand.
func dashboard(t *testing.T, c *citytest.City, method, path string, form url.Values) map[string]any {
	t.Helper()
	r, err := http.NewRequest(method, c.Sandbox.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer sk_test_city")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if method == http.MethodPost {
		r.Header.Set("Idempotency-Key", fmt.Sprint("by-hand-", time.Now().UnixNano()))
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(body, &out); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, body)
	}
	return out
}

func paymentOf(t *testing.T, c *citytest.City, session string) string {
	t.Helper()
	id, _ := dashboard(t, c, http.MethodGet, "/v1/checkout/sessions/"+session, nil)["payment_intent"].(string)
	if id == "" {
		t.Fatal("the session has no payment")
	}
	return id
}

// settle lets the office's worker go on, ten minutes a round, until an attempt has left the states.
func settle(t *testing.T, c *citytest.City, id payment.AttemptID, not ...payment.State) payment.Attempt {
	t.Helper()
	var a payment.Attempt
	for range 40 {
		a = attemptOf(t, c, id)
		waits := false
		for _, s := range not {
			waits = waits || a.State == s
		}
		if !waits {
			return a
		}
		c.SetNow(c.Now().Add(10 * time.Minute))
		_ = c.Office.Settler().Round(context.Background()) // what it could not do now it does later
	}
	t.Fatalf("still %s", a.State)
	return a
}

func attemptOf(t *testing.T, c *citytest.City, id payment.AttemptID) (a payment.Attempt) {
	t.Helper()
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = tx.Attempt(ctx, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func ticketOf(t *testing.T, c *citytest.City, id ticket.ID) (f store.FoundTicket) {
	t.Helper()
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		f, err = tx.Ticket(ctx, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A person takes the money at the processor before the office has looked: the ticket is paid by it, a
// second payment is refused, and a person is told.
func TestMoneyTakenByHandPaysItsTicketOnce(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		control(t, c, "webhooks", map[string]any{"mode": "off"})
		c.Add(citytest.Spec{Number: "Q1", Plate: "QQQ 111", Offence: "LOADING", Age: 1})
		id, session := begun(t, c, "Q1", "QQQ 111")
		payWithCard(t, c, session)
		dashboard(t, c, http.MethodPost, "/v1/payment_intents/"+paymentOf(t, c, session)+"/capture", url.Values{"amount_to_capture": {"5000"}})
		if _, err := c.Office.Settler().Refresh(context.Background(), id); err != nil {
			t.Fatal(err)
		}
		if a := attemptOf(t, c, id); a.State != payment.CorrectedPaid || a.Receipt == "" {
			t.Errorf("ends %s, receipt %q", a.State, a.Receipt)
		}
		if check := c.CheckLedger(); check.Captured != 5000 || check.PaidTickets != 1 || len(check.Exceptions) != 1 {
			t.Errorf("%+v", check)
		}
		v := &visitor.Visitor{}
		v.Open(context.Background(), c.Portal.URL+"/pay")
		v.Send(context.Background(), "find", "/pay/find", map[string]string{"number": "Q1", "plate": "QQQ 111"})
		want(t, text(t, v), "This ticket is paid")
		v.Open(context.Background(), c.Portal.URL+"/r/"+string(id))
		want(t, text(t, v), "Paid in full: $50.00")
	})
}

// Two payers, and a person takes both payments' money by hand: one pays the ticket, the other is owed back.
func TestMoneyTakenTwiceByHandIsOwedBackOnce(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	control(t, c, "webhooks", map[string]any{"mode": "off"})
	c.Add(citytest.Spec{Number: "Q2", Plate: "QQQ 222", Offence: "LOADING", Age: 1})
	var ids [2]payment.AttemptID
	var sessions [2]string
	for i := range ids {
		ids[i], sessions[i] = begun(t, c, "Q2", "QQQ 222")
	}
	for i := range ids {
		payWithCard(t, c, sessions[i])
		dashboard(t, c, http.MethodPost, "/v1/payment_intents/"+paymentOf(t, c, sessions[i])+"/capture", nil)
		if _, err := c.Office.Settler().Refresh(context.Background(), ids[i]); err != nil {
			t.Fatal(err)
		}
	}
	if check := c.CheckLedger(); check.Captured != 5000 || check.Unallocated != 5000 || check.Clearing != 10000 || len(check.Exceptions) != 2 {
		t.Errorf("%+v", check)
	}
}

// Less was taken than was asked for: the attempt stops, what was taken is in the books, nothing is paid.
func TestAPartOfTheMoneyPaysNothing(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		control(t, c, "webhooks", map[string]any{"mode": "off"})
		tk := c.Add(citytest.Spec{Number: "Q3", Plate: "QQQ 333", Offence: "LOADING", Age: 1})
		id, session := begun(t, c, "Q3", "QQQ 333")
		payWithCard(t, c, session)
		dashboard(t, c, http.MethodPost, "/v1/payment_intents/"+paymentOf(t, c, session)+"/capture", url.Values{"amount_to_capture": {"1000"}})
		if _, err := c.Office.Settler().Refresh(context.Background(), id); err != nil {
			t.Fatal(err)
		}
		if a := attemptOf(t, c, id); a.State != payment.Stopped {
			t.Errorf("ends %s", a.State)
		}
		if check := c.CheckLedger(); check.Captured != 0 || check.Unallocated != 1000 || check.Clearing != 1000 || len(check.Exceptions) != 1 {
			t.Errorf("%+v", check)
		}
		if s := ticketOf(t, c, tk).State; s != ticket.Open {
			t.Errorf("the ticket is %s", s)
		}
	})
}

// The hold was given back at the processor before the office looked: the attempt ends, and the ticket can
// be paid again.
func TestAHoldGivenBackByHandEndsTheAttempt(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	control(t, c, "webhooks", map[string]any{"mode": "off"})
	c.Add(citytest.Spec{Number: "Q4", Plate: "QQQ 444", Offence: "LOADING", Age: 1})
	id, session := begun(t, c, "Q4", "QQQ 444")
	payWithCard(t, c, session)
	dashboard(t, c, http.MethodPost, "/v1/payment_intents/"+paymentOf(t, c, session)+"/cancel", nil)
	if a, err := c.Office.Settler().Refresh(context.Background(), id); err != nil || a.State != payment.Released {
		t.Errorf("ends %s, %v", a.State, err)
	}
	v := toCardPage(c, "en", "", [2]string{"Q4", "QQQ 444"})
	typeCard(v, good)
	want(t, text(t, v), "Paid in full: $50.00")
}

// An error that the processor has saved under a key is replayed for ever: the next key ends it.
func TestASavedErrorIsNotReplayedForEver(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"^/v1/checkout/sessions$", "/capture$", "/cancel$"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			citytest.Both(t, func(t *testing.T, c *citytest.City) {
				control(t, c, "webhooks", map[string]any{"mode": "off"})
				c.SetNow(time.Now().Truncate(time.Second))
				tk := c.Add(citytest.Spec{Number: "Q5", Plate: "QQQ 555", Offence: "LOADING", Age: 1})
				fault := map[string]any{"kind": "500_saved", "match": map[string]any{"method": "POST", "path": path, "nth": 1}}
				if strings.Contains(path, "sessions") {
					control(t, c, "faults", fault)
				}
				id := begin(t, c, "Q5", "QQQ 555")
				a := settle(t, c, id, payment.Creating)
				if a.State != payment.Opened {
					t.Fatalf("the card page: %s", a.State)
				}
				payWithCard(t, c, a.Session)
				want := payment.Captured
				if path == "/cancel$" {
					want = payment.Released
					withdraw(t, c, tk)
				}
				if !strings.Contains(path, "sessions") {
					control(t, c, "faults", fault)
				}
				if a := settle(t, c, id, payment.Opened, payment.Authorized, payment.Capturing, payment.Releasing); a.State != want {
					t.Errorf("ends %s, want %s", a.State, want)
				}
				if check := c.CheckLedger(); want == payment.Captured && check.Captured != 5000 {
					t.Errorf("captured %d", check.Captured)
				}
			})
		})
	}
}

// A capture that fails because the hold is gone gives the ticket back as it was: a review goes on.
func TestALapsedHoldKeepsTheReview(t *testing.T) {
	t.Parallel()
	for _, was := range []ticket.State{ticket.Open, ticket.Review} {
		t.Run(string(was), func(t *testing.T) {
			t.Parallel()
			c := citytest.SQLite(t)
			control(t, c, "webhooks", map[string]any{"mode": "off"})
			c.SetNow(time.Now().Truncate(time.Second))
			tk := c.Add(citytest.Spec{Number: "Q6", Plate: "QQQ 666", Offence: "LOADING", Age: 1, State: was})
			id := begin(t, c, "Q6", "QQQ 666")
			a := settle(t, c, id, payment.Creating)
			payWithCard(t, c, a.Session)
			control(t, c, "faults", map[string]any{"kind": "html_502", "match": map[string]any{"method": "POST", "path": "/capture$", "nth": 1}})
			if _, err := c.Office.Settler().Refresh(context.Background(), id); err != nil {
				t.Fatal(err)
			}
			if s := ticketOf(t, c, tk).State; s != ticket.Confirming {
				t.Fatalf("the ticket is %s while it is being confirmed", s)
			}
			dashboard(t, c, http.MethodPost, "/v1/payment_intents/"+attemptOf(t, c, id).ProcessorRef+"/cancel", nil)
			if a := settle(t, c, id, payment.Capturing); a.State != payment.CaptureFailed {
				t.Errorf("ends %s", a.State)
			}
			want := map[ticket.State]ticket.State{ticket.Open: ticket.Reopened, ticket.Review: ticket.Review}[was]
			if s := ticketOf(t, c, tk).State; s != want {
				t.Errorf("the ticket is %s, want %s", s, want)
			}
			if check := c.CheckLedger(); check.Captured != 0 || check.Clearing != 0 {
				t.Errorf("%+v", check)
			}
		})
	}
}

// begin begins a payment over the desk, as the portal would, and returns its attempt: the card page may
// not be there yet.
func begin(t *testing.T, c *citytest.City, number, plate string) payment.AttemptID {
	t.Helper()
	return beginIn(t, c, "en", number, plate)
}

func beginIn(t *testing.T, c *citytest.City, lang, number, plate string) payment.AttemptID {
	t.Helper()
	desk := c.Desk()
	found, err := desk.FindTicket(context.Background(), &deskpb.FindTicketRequest{Number: number, Plate: plate})
	if err != nil {
		t.Fatal(err)
	}
	res, err := desk.StartPayment(context.Background(), &deskpb.StartPaymentRequest{
		RequestId: rand.Text(), Tokens: []string{found.GetTicket().GetQuote().GetToken()}, Language: lang, ReviewBox: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	id := payment.AttemptID(res.GetBegun().GetAttempt())
	if id == "" {
		t.Fatalf("not begun: %v", res)
	}
	return id
}

func withdraw(t *testing.T, c *citytest.City, id ticket.ID) {
	t.Helper()
	now := ticketOf(t, c, id)
	err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		return tx.MoveTicket(ctx, id, now.Version, ticket.Withdrawn, c.Now(), "test")
	})
	if err != nil {
		t.Fatal(err)
	}
}
