package citytest_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/desk/deskpb"
	"fundy/store/storetest"
)

// A payer whose payment was committed, and the answer lost, is on his way to the card page all the same: it
// is found by his request, and begun once.
func TestALostAnswerToACommitIsNoFaultToThePayer(t *testing.T) {
	t.Parallel()
	relay, config := storetest.BehindRelay(t)
	c := citytest.New(t, config)
	c.Add(citytest.Spec{Number: "L1", Plate: "LLL 111", Offence: "LOADING", Age: 1})
	token := quote(t, c.Desk(), "L1", "LLL 111")
	relay.CutAfter("commit\x00")
	res, err := c.Desk().StartPayment(context.Background(), ask(rand.Text(), token))
	if err != nil {
		t.Fatal(err)
	}
	id := res.GetBegun().GetAttempt()
	if all := sessions(t, c); id == "" || len(all) > 1 {
		t.Errorf("begun %v, %d sessions", res, len(all))
	}
}

// Who waits for the outcome waits on while the store is away for a moment.
func TestAStoreThatIsAwayForAMomentIsWaitedFor(t *testing.T) {
	t.Parallel()
	relay, config := storetest.BehindRelay(t)
	c := citytest.New(t, config)
	c.Add(citytest.Spec{Number: "A1", Plate: "AAA 111", Offence: "LOADING", Age: 1})
	token := quote(t, c.Desk(), "A1", "AAA 111")
	res, err := c.Desk().StartPayment(context.Background(), ask(rand.Text(), token))
	if err != nil || res.GetBegun().GetCardUrl() == "" {
		t.Fatalf("begin: %v, %v", res, err)
	}
	control(t, c, "webhooks", map[string]any{"mode": "off"})
	card := res.GetBegun().GetCardUrl()
	control(t, c, "pay", map[string]string{"session": card[strings.LastIndex(card, "/")+1:], "card": "4242424242424242"})
	relay.Away(true)
	time.AfterFunc(2*time.Second, func() { relay.Away(false) })
	for range 3 {
		w, err := c.Desk().WatchPayment(context.Background(), &deskpb.WatchPaymentRequest{Attempt: res.GetBegun().GetAttempt(), Returned: true, WaitSeconds: 20})
		if err != nil {
			t.Fatal(err)
		}
		if w.GetOutcome() == "paid" {
			c.CheckLedger()
			return
		}
	}
	t.Error("not paid")
}
