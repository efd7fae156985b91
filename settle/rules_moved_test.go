package settle_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"fundy/city"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// declared is an outage with clock times, asked for by anne.
func (h *hall) declared(b *settle.Books, from, until time.Time) string {
	h.t.Helper()
	o := city.Outage{From: from, Until: until, Why: city.Text{"en": "The pages were away", "fr": "Les pages étaient hors service"}}
	row, err := o.Row(h.city.Zone)
	if err != nil {
		h.t.Fatal(err)
	}
	id, err := b.AskRules(context.Background(), settle.RulesAsk{Kind: store.RuleOutage, Why: o.Why["en"], Rows: []city.RuleRow{row}, By: "anne"})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// rulebook puts the rules into the store, as a city's are.
func (h *hall) rulebook() *settle.Books {
	h.t.Helper()
	rows, err := h.rules.Rows()
	if err == nil {
		err = h.write(func(ctx context.Context, tx *store.Tx) error { return tx.AddRules(ctx, rows, h.Now()) })
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return settle.NewBooks(settle.BooksConfig{Store: h.store, City: h.city, Rules: h.rules, Now: h.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

// ruleLeaf is what the log was told of a decision about rules.
func (h *hall) ruleLeaf(id string) (leaf settle.RulesLeaf) {
	h.t.Helper()
	driver, name := "sqlite", h.where.Path
	if h.where.Driver == "postgres" {
		driver, name = "pgx", h.where.DSN
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(context.Background(), "select opening from leaf where kind = 'rules'")
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var opening string
		var one settle.RulesLeaf
		if err := rows.Scan(&opening); err != nil {
			h.t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(opening), &one); err != nil {
			h.t.Fatal(err)
		}
		if one.Change == id {
			leaf = one
		}
	}
	if err := rows.Err(); err != nil || leaf.Change != id {
		h.t.Fatalf("no leaf tells of %s: %v", id, err)
	}
	return leaf
}

// Nobody could pay for three hours in the evening: the deadlines that fall in them move to the end of the next whole working day,
// those of the evenings before and after do not, nor does that of a ticket that is paid; the list, its digest and the log agree.
func TestAnOutageOfSomeHoursMovesWhatFellInIt(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		b := h.rulebook()
		// The first price of 15 days holds to the end of the last of them: of a ticket of 14 days ago that is Thursday.
		h.add(given{number: "BEFORE", age: 15})
		h.add(given{number: "AFTER", age: 13})
		in, paid := h.add(given{number: "IN", age: 14}), h.add(given{number: "PAID", age: 14})
		h.drawer("A", "anne")
		h.take([]ticket.ID{paid}, cash(3000))
		ends := city.DateOf(h.Now(), h.city.Zone).AddDays(2).Start(h.city.Zone)
		h.later(36 * time.Hour) // an hour before, and nobody can pay for an hour now
		id := h.declared(b, ends.Add(-2*time.Hour), ends.Add(time.Hour))
		looked, err := b.RuleChange(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if len(looked.Moved) != 1 {
			t.Fatalf("moves %v", looked.Moved)
		}
		// It is over on Friday at one in the morning: the first whole working day after it is Monday.
		if m := looked.Moved[0]; m.Ticket != in || m.Tier != 1 || !m.From.Equal(ends) || !m.To.Equal(ends.AddDate(0, 0, 4)) {
			t.Errorf("moves %v", m)
		}
		for _, by := range []string{"anne", "bert"} {
			if _, err := b.DecideRules(ctx, id, true, by); (err == nil) != (by == "bert") {
				t.Errorf("%s approves: %v", by, err)
			}
		}
		if leaf := h.ruleLeaf(id); leaf.Moved != 1 || leaf.MovedList != looked.MovedList() || leaf.MovedList == "" || leaf.DecidedBy != "bert" || leaf.State != store.RuleApproved {
			t.Errorf("the log: %+v", leaf)
		}
	})
}

// A ticket is withdrawn while an outage is being approved. The leaf has the deadlines that were moved, and not those that would have
// been a moment before.
func TestTheLogHasTheDeadlinesThatMoved(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		b := h.rulebook()
		h.add(given{number: "IN", age: 14})
		gone := h.add(given{number: "GONE", age: 14})
		ends := city.DateOf(h.Now(), h.city.Zone).AddDays(2).Start(h.city.Zone)
		h.later(36 * time.Hour)
		id := h.declared(b, ends.Add(-2*time.Hour), ends.Add(time.Hour))
		holds, decided := make(chan struct{}), make(chan error, 1)
		go func() {
			<-holds
			_, err := b.DecideRules(context.Background(), id, true, "bert")
			decided <- err
		}()
		err := h.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.LockSettlement(ctx); err != nil { // what DecideRules waits for
				return err
			}
			t, err := tx.Ticket(ctx, gone)
			if err != nil {
				return err
			}
			close(holds)
			time.Sleep(500 * time.Millisecond)
			return tx.MoveTicket(ctx, gone, t.Version, ticket.Withdrawn, h.Now(), "a mistake")
		})
		if err := errors.Join(err, <-decided); err != nil {
			t.Fatal(err)
		}
		looked, err := b.RuleChange(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		if leaf := h.ruleLeaf(id); len(looked.Moved) != 1 || leaf.Moved != 1 || leaf.MovedList != looked.MovedList() {
			t.Errorf("%d deadlines moved, and the log has %d", len(looked.Moved), leaf.Moved)
		}
	})
}
