package citytest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/payment"
)

// late is a way to the processor on which one answer about disputes is read, and handed on only when the test says so.
type late struct {
	armed      atomic.Bool
	read, goOn chan struct{}
}

func (l *late) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.HasPrefix(r.URL.Path, "/v1/disputes") || !l.armed.CompareAndSwap(true, false) {
		return res, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	close(l.read)
	<-l.goOn
	return res, err
}

// An office reads that a payer's bank has the money; while that answer is on its way the city wins, and the other
// office has read it. The late answer takes nothing back.
func TestALateReadingOfAChargebackIsNotBelieved(t *testing.T) {
	t.Parallel()
	slow := &late{read: make(chan struct{}), goOn: make(chan struct{})}
	c, second := two(t, slow)
	c.SetNow(wednesday)
	c.Add(citytest.Spec{Number: "K8", Plate: "KKK 888", Offence: "LOADING", Age: 1})
	a := paid(t, c, "K8", "KKK 888", disputedCard)
	chargeback(t, c, payment.DisputeOpen)
	slow.armed.Store(true)
	var asking sync.WaitGroup
	for asked, n := false, 0; !asked; n++ {
		if n == 60 {
			t.Fatal("the second office never asks")
		}
		c.SetNow(c.Now().Add(61 * time.Minute)) // one of the two offices asks, mostly the one that is told to
		done := make(chan struct{})
		asking.Go(func() {
			defer close(done)
			_ = second.Office.Settler().Round(context.Background())
		})
		select {
		case <-slow.read:
			asked = true
		case <-done:
		}
	}
	control(t, c, "dispute/answer", map[string]any{"payment": a.ProcessorRef})
	control(t, c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "won"})
	chargeback(t, c, payment.DisputeWon)
	moves := counted(t, c, "select count(*) from dispute_event")
	close(slow.goOn)
	asking.Wait()
	time.Sleep(200 * time.Millisecond) // where the office's own round has the late answer, it reads it meanwhile
	if all := chargebacks(t, c); len(all) != 1 || all[0].State != payment.DisputeWon || counted(t, c, "select count(*) from dispute_event") != moves {
		t.Errorf("%+v", all)
	}
	owes(t, c, map[string]int64{"disputes:held": 0, "chargebacks:card": 0, "chargebacks:lost": 0})
}
