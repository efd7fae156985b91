package store_test

import (
	"strings"
	"testing"

	"fundy/payment"
	"fundy/store"
)

// The statements that add refunds up leave out the states that payment says do not count, and no other.
func TestTheSumLeavesOutWhatDoesNotCount(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"refund sum", "check refunds"} {
		text := store.Queries()[name]
		_, list, found := strings.Cut(text, "r.state not in (")
		list, _, closed := strings.Cut(list, ")")
		if !found || !closed {
			t.Fatalf("%s leaves nothing out:\n%s", name, text)
		}
		left := map[string]bool{}
		for one := range strings.SplitSeq(list, ", ") {
			left[strings.Trim(one, "'")] = true
		}
		for _, l := range payment.RefundTable {
			if counts := !left[string(l.To)]; counts != l.To.Counts() {
				t.Errorf("%s: %s counts: %v, want %v", name, l.To, counts, l.To.Counts())
			}
		}
		for one := range left {
			if payment.RefundState(one).Counts() {
				t.Errorf("%s leaves out %q, which counts", name, one)
			}
		}
	}
}
