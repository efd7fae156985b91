package citytest

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// A chargeback that is as the model says is not found; made wrong in one place after the other, it is.
func TestTheModelOfAChargebackFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, time.March, 3, 12, 0, 0, 0, time.UTC)
	right := func() (returned, debt, map[string]int) {
		c := returned{
			ID: "dp_1", Attempt: "a", State: "won", End: "reopened", Amount: 5000, Reopened: true,
			Moves: []returnedMove{{"new", "needs_response", at}, {"needs_response", "lost", at.Add(time.Hour)}, {"lost", "won", at.Add(2 * time.Hour)}},
			// that it was answered nobody has read
			theirs: theirDispute{ID: "dp_1", Amount: 5000, Was: []string{"needs_response", "under_review", "lost", "won"}},
		}
		return c, debt{amount: 5000, receipt: true}, map[string]int{"dispute_held": 1, "dispute_lost": 1, "dispute_reopen": 1, "dispute_regained": 1}
	}
	c, d, made := right()
	b, lost, doubled, stuck := c.wrong(d, made)
	if all := slices.Concat(lost, doubled, stuck); len(all) > 0 || b.free != 5000 {
		t.Fatalf("%v, %d cents are a payer's", all, b.free)
	}
	for what, change := range map[string]func(c *returned, d *debt, made map[string]int){
		"has 2 entries dispute_held":     func(_ *returned, _ *debt, made map[string]int) { made["dispute_held"]++ },
		"has 0 entries dispute_regained": func(_ *returned, _ *debt, made map[string]int) { delete(made, "dispute_regained") },
		"and at the processor through": func(c *returned, _ *debt, _ map[string]int) {
			c.Moves = append(c.Moves, returnedMove{"won", "lost", at}, returnedMove{"lost", "won", at})
		},
		"is won, and at the processor lost":      func(c *returned, _ *debt, _ map[string]int) { c.theirs.Was = append(c.theirs.Was, "lost") },
		"is of 4999 cents":                       func(c *returned, _ *debt, _ map[string]int) { c.Amount-- },
		`the model says "person" "part_of_it"`:   func(_ *returned, d *debt, _ map[string]int) { d.amount = 6000 },
		`the model says "person" "ticket_state"`: func(_ *returned, d *debt, _ map[string]int) { d.disputes = []returned{{ID: "dp_0", Reopened: true}} },
		`the model says "person" "refunded_before"`: func(_ *returned, d *debt, _ map[string]int) {
			d.refunds = []givenBack{{Moves: []returnedMove{{"new", "asked", at.Add(-time.Hour)}}}}
		},
		"owed again false": func(c *returned, _ *debt, _ map[string]int) { c.Reopened = false },
		"does not understand": func(c *returned, _ *debt, _ map[string]int) {
			c.Moves[2] = returnedMove{"won", "won", at}
		},
	} {
		c, d, made := right()
		made = maps.Clone(made)
		change(&c, &d, made)
		_, lost, doubled, stuck := c.wrong(d, made)
		if all := strings.Join(slices.Concat(lost, doubled, stuck), "\n"); !strings.Contains(all, what) {
			t.Errorf("%s is not found: %s", what, all)
		}
	}
}

// The same of a refund.
func TestTheModelOfARefundFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	one := theirRefund{ID: "re_1", Status: "failed", Amount: 700, Ref: "r"}
	r := givenBack{ID: "r", State: "failed_later", Amount: 700, Reopen: true, Reopened: true}
	made := map[string]int{"refund": 1, "refund_failed": 1, "reopen": 1}
	if lost, doubled, stuck := r.wrong([]theirRefund{one}, made); len(lost)+len(doubled)+len(stuck) > 0 {
		t.Fatal(lost, doubled, stuck)
	}
	gone, less := one, one
	gone.Status, less.Amount = "succeeded", 699
	for what, wrong := range map[string]struct {
		theirs []theirRefund
		made   map[string]int
	}{
		"is 2 refunds at the processor":                   {[]theirRefund{one, one}, made},
		"is failed_later, and at the processor succeeded": {[]theirRefund{gone}, made},
		"is failed_later, and at the processor none":      {nil, made},
		"is of 700 cents, and at the processor of 699":    {[]theirRefund{less}, made},
		"has 2 entries refund":                            {[]theirRefund{one}, map[string]int{"refund": 2, "refund_failed": 1, "reopen": 1}},
		"has 0 entries refund_failed":                     {[]theirRefund{one}, map[string]int{"refund": 1, "reopen": 1}},
	} {
		lost, doubled, stuck := r.wrong(wrong.theirs, wrong.made)
		if all := strings.Join(slices.Concat(lost, doubled, stuck), "\n"); !strings.Contains(all, what) {
			t.Errorf("%s is not found: %s", what, all)
		}
	}
}
