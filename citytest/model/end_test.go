package model_test

import (
	"context"
	"strings"
	"time"

	"fundy/payment"
	"fundy/store"
)

func (w *walk) ledger(t tb) store.LedgerCheck {
	var c store.LedgerCheck
	err := w.store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = tx.CheckLedger(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Faults {
		w.fail("11: %s", f)
	}
	return c
}

// end lets the workers go on for two days, less than a hold lasts, and looks at what is left.
func (w *walk) end(t tb) {
	w.wire.asides = nil
	for _, part := range []struct {
		rounds int
		every  time.Duration
	}{{12, time.Minute}, {12, 10 * time.Minute}, {46, time.Hour}} {
		for i := range part.rounds {
			w.clock.at = w.clock.at.Add(part.every)
			w.work(w.workers[i%2])
		}
	}
	w.check(t)
	sessions := w.sessions(t)
	c := w.ledger(t)
	taken, exceptions := int64(0), 0
	for _, s := range sessions {
		taken += s.Received
		if s.PaymentStatus == "requires_capture" {
			w.fail("12: an authorisation stands")
		}
	}
	for _, a := range w.books.attempts {
		w.steps.ends[a.State]++
		w.agree(t, a.ID)
		switch {
		case !a.State.Final() && a.State != payment.Captured && a.State != payment.Stopped:
			w.fail("12: an attempt is still %s", a.State)
		case a.State == payment.Stopped || a.State == payment.CorrectedPaid:
			exceptions++
		}
	}
	if c.Clearing != taken {
		w.fail("11: in clearing is %d, the processor has taken %d", c.Clearing, taken)
	}
	if len(c.Exceptions) != min(exceptions, 20) {
		w.fail("12: %d attempts need a person, the check tells of %d", exceptions, len(c.Exceptions))
	}
	tasks, err := w.books.number("select count(*) from outbox where done_at is null and kind <> 'mail_receipt'")
	owed, err2 := w.books.number(`select count(*) from (
		select t.id from ticket t join posting p on p.ticket_id = t.id where t.state = 'paid' group by t.id, p.component
		having sum(case when p.debit = 'receivable:' || p.component then p.amount_minor else 0 end - case when p.credit = 'receivable:' || p.component then p.amount_minor else 0 end) <> 0)`)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	if tasks != 0 || owed != 0 {
		w.fail("11, 12: %d tasks are left, %d components of paid tickets are owed", tasks, owed)
	}
	if len(w.wrong) > 0 {
		t.Fatalf("%s", strings.Join(w.wrong, "\n"))
	}
}
