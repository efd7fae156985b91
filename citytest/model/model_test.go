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
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	p := newTemplate(t)
	s := &steps{ends: map[payment.State]int{}}
	for s.all < *atLeast && !t.Failed() {
		setFlag(t, "rapid.steps", stepsPerWalk)
		setFlag(t, "rapid.checks", (*atLeast-s.all)/stepsPerWalk+1)
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

func setFlag(t *testing.T, name string, n int) {
	t.Helper()
	if err := flag.Set(name, fmt.Sprint(n)); err != nil {
		t.Fatal(err)
	}
}
