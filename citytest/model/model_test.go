package model_test

import (
	"flag"
	"fmt"
	"runtime/debug"
	"testing"
	"testing/cryptotest"

	"pgregory.net/rapid"

	"fundy/payment"
)

var atLeast = flag.Int("steps", 100_000, "how many steps are walked at least")

// stepsPerWalk is how many actions a walk has on average.
const stepsPerWalk = 120

// Walks at random, each compared step by step with what must always hold (see the package's list).
func TestWalks(t *testing.T) {
	for name, value := range map[string]string{"rapid.steps": fmt.Sprint(stepsPerWalk), "rapid.checks": fmt.Sprint(*atLeast/stepsPerWalk + 1)} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	p := newTemplate(t)
	s := &steps{ends: map[payment.State]int{}}
	for s.all < *atLeast && !t.Failed() {
		rapid.Check(t, func(r *rapid.T) {
			cryptotest.SetGlobalRandom(t, 1) // ids are the same when a walk is made again
			s.walks++
			w := newWalk(r, p, s)
			defer w.close()
			r.Repeat(w.actions())
			w.end(r)
		})
	}
	t.Logf("%d steps: %+v", s.all, *s)
}
