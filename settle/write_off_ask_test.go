package settle_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"fundy/city"
	"fundy/settle"
)

func againstBooks(err error) string {
	var no *settle.BooksRefusal
	if errors.As(err, &no) {
		return no.Reason
	}
	return ""
}

// Two who ask at once that the same debts are given up: one has asked, and the other is told what waits.
func TestDebtsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		b := settle.NewBooks(settle.BooksConfig{Store: h.store, City: h.city, Rules: h.rules, Now: h.Now, Log: h.s.Log})
		for n := range 10 {
			ask := settle.DebtAsk{Resolution: "2026-21", Why: "nobody was found"}
			for _, number := range []string{"A" + strconv.Itoa(n), "B" + strconv.Itoa(n)} {
				h.add(given{number: number, age: 200})
				ask.List = append(ask.List, settle.TicketNumber{Number: number})
			}
			looked, err := b.LookDebts(t.Context(), ask)
			if err != nil || len(looked.All) != 2 {
				t.Fatalf("%+v, %v", looked, err)
			}
			ask.Digest = looked.Digest
			var wait sync.WaitGroup
			errs := make([]error, 4)
			for i := range errs {
				wait.Go(func() {
					mine := ask
					mine.By = []string{"carl", "dora", "emil", "fay"}[i]
					_, errs[i] = b.AskWriteOff(context.Background(), mine)
				})
			}
			wait.Wait()
			asked := 0
			for _, err := range errs {
				if err == nil {
					asked++
				} else if againstBooks(err) != settle.RefusedPending && againstBooks(err) != settle.RefusedList {
					t.Errorf("a second one: %v", err)
				}
			}
			if asked != 1 {
				t.Fatalf("%d of them were taken", asked)
			}
		}
	})
}
