package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"fundy/desk/deskpb"
)

// commitsPerPayment are the transactions of one payment, by the code's steps: begin_payment, move_attempt (the
// session), claim_reading (the payer is back), apply_reading (set aside), allocate, apply_reading (taken).
const commitsPerPayment = 6

// quotes looks open tickets up and returns their tokens, until there are enough of them. A ticket
// that cannot be paid is passed over. from is where in the samples to begin.
func (c *benched) quotes(ctx context.Context, from, most int) (tokens chan string, next int, err error) {
	tokens = make(chan string, most)
	d := c.desk()
	var at atomic.Int64
	at.Store(int64(from))
	_, err = hammer(time.Minute, func(int, int) error {
		i := int(at.Add(1)) - 1
		if i >= len(c.samples) || len(tokens) == cap(tokens) {
			return errDone
		}
		s := c.samples[i]
		if s.State != "open" {
			return nil
		}
		res, err := d.FindTicket(ctx, &deskpb.FindTicketRequest{Number: s.Number, Plate: s.Plate})
		if err != nil {
			return err
		}
		t := res.GetTicket()
		if t.GetStanding().GetPayable() && !t.GetQuote().GetBelowMinimum() {
			select {
			case tokens <- t.GetQuote().GetToken():
			default:
			}
		}
		return nil
	})
	return tokens, int(at.Load()), err
}

// payments makes whole payments, start to captured, over the desk: begin, pay with a test card, come
// back from the card page.
func (c *benched) payments(ctx context.Context, span time.Duration, tokens chan string) (float64, error) {
	return c.paymentsBy(ctx, clients, span, tokens)
}

func (c *benched) paymentsBy(ctx context.Context, payers int, span time.Duration, tokens chan string) (float64, error) {
	d := c.desk()
	return hammerBy(payers, span, func(int, int) error {
		var token string
		select {
		case token = <-tokens:
		default:
			return errDone
		}
		begun, err := d.StartPayment(ctx, &deskpb.StartPaymentRequest{
			RequestId: rand.Text(), Tokens: []string{token}, Language: "en", ReviewBox: true,
		})
		if err != nil {
			return err
		}
		b := begun.GetBegun()
		if b.GetCardUrl() == "" {
			return fmt.Errorf("payment not begun: %v", begun)
		}
		if err := c.pay(ctx, path.Base(b.GetCardUrl())); err != nil {
			return err
		}
		for range 3 {
			w, err := d.WatchPayment(ctx, &deskpb.WatchPaymentRequest{Attempt: b.GetAttempt(), Returned: true, WaitSeconds: 20})
			if err != nil {
				return err
			}
			if w.GetOutcome() == "paid" {
				return nil
			}
		}
		return fmt.Errorf("payment not captured")
	})
}

// pay is what the card page does when a card has been typed.
func (c *benched) pay(ctx context.Context, session string) error {
	body, err := json.Marshal(map[string]string{"session": session, "card": "4242424242424242"})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.settings.Processor.BaseURL+"/_sandbox/pay", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("X-Sandbox-Token", c.token)
	res, err := pool.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && !bytes.Contains(answer, []byte(`"paid"`)) {
		err = fmt.Errorf("the card was not taken: %d %s", res.StatusCode, answer)
	}
	return err
}

// bareItems are the rows that the bare loops update: as many as the city has tickets.
const bareItems = 10_000

// barePayments is the ceiling on SQLite: the same driver and pragmas, the same number of commits a
// payment, each of one insert and one guarded update of one row.
func (b *bench) barePayments(ctx context.Context) (float64, error) {
	dsn := "file:" + filepath.Join(b.work, "barepay.db") + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=cache_size(-8000)&_pragma=temp_store(MEMORY)"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	_, err = conn.ExecContext(ctx, `
		create table entry (id integer primary key, item integer not null, at integer not null, body text not null);
		create table item (id integer primary key, version integer not null, at integer not null);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)
		insert into item select i, 1, 0 from n`)
	if err != nil {
		return 0, err
	}
	insert, err := conn.PrepareContext(ctx, "insert into entry (item, at, body) values ($1, $2, $3)")
	if err != nil {
		return 0, err
	}
	update, err := conn.PrepareContext(ctx, "update item set version = version + 1, at = $1 where id = $2 and version = $3")
	if err != nil {
		return 0, err
	}
	var mu sync.Mutex // SQLite has one writer: callers queue in Go, as in the store
	versions := make([]int64, bareItems+1)
	commit := func(item int) error {
		mu.Lock()
		defer mu.Unlock()
		if _, err := conn.ExecContext(ctx, "begin immediate"); err != nil {
			return err
		}
		now := time.Now().UnixMicro()
		if _, err := insert.ExecContext(ctx, item, now, "a payment's row"); err != nil {
			return err
		}
		versions[item]++
		res, err := update.ExecContext(ctx, now, item, versions[item])
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return fmt.Errorf("the guard did not hold: %w", err)
		}
		_, err = conn.ExecContext(ctx, "commit")
		return err
	}
	return hammer(b.span, func(client, n int) error {
		for range commitsPerPayment {
			if err := commit(1 + (client*613+n)%bareItems); err != nil {
				return err
			}
		}
		return nil
	})
}
