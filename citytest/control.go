package citytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"fundy/fault"
	"fundy/store"
	"fundy/ticket"
)

// controls is the way to a sandbox's control page, past every link.
type controls struct{ address, token string }

// sessions are the processor's own books.
func (c controls) sessions(ctx context.Context) ([]theirs, error) {
	var out struct {
		Sessions []theirs `json:"sessions"`
	}
	err := c.ask(ctx, http.MethodGet, "state", nil, &out)
	return out.Sessions, err
}

func (c controls) ask(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, c.address+"/_sandbox/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("X-Sandbox-Token", c.token)
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("%s: answered %d: %s", path, res.StatusCode, answer), err)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// Fault makes the next request that matches go wrong at the sandbox, once.
func (c *Processes) Fault(ctx context.Context, kind, method, path string) error {
	match := map[string]any{"method": method, "path": path, "nth": 1}
	return c.sandbox.ask(ctx, http.MethodPost, "faults", map[string]any{"kind": kind, "match": match}, nil)
}

// Webhooks says how the sandbox sends its events.
func (c *Processes) Webhooks(ctx context.Context, mode string) error {
	return c.sandbox.ask(ctx, http.MethodPost, "webhooks", map[string]string{"mode": mode}, nil)
}

// Adjust has the processor enter something of its own in its balance.
func (c *Processes) Adjust(ctx context.Context, kind string, cents int64) error {
	return c.sandbox.ask(ctx, http.MethodPost, "adjust", map[string]any{"type": kind, "category": kind, "amount": cents}, nil)
}

// BankFile is the bank's file of some days, as the sandbox has it.
func (c *Processes) BankFile(ctx context.Context, from, until string) (string, error) {
	var out struct {
		File string `json:"file"`
	}
	err := c.sandbox.ask(ctx, http.MethodGet, "bank?from="+from+"&to="+until+"&others=1", nil, &out)
	return out.File, err
}

// Calm takes back what the sandbox was asked to do wrong: it is started again, without its faults and modes.
func (c *Processes) Calm(ctx context.Context) error {
	c.Sandbox.Kill()
	return c.Ready(ctx, c.sandbox.address+"/page.css")
}

// Withdraw withdraws a ticket of the template's, as a clerk will: where its law allows it in its state.
func (c *Processes) Withdraw(ctx context.Context, i int) error {
	number, _ := TicketOf(i)
	return c.auditor.store.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.TicketsByNumber(ctx, ticket.NumberKey(number), "", 1)
		if err != nil || len(found) != 1 {
			return errors.Join(fmt.Errorf("%d tickets of number %s", len(found), number), err)
		}
		if found, err = tx.LockTickets(ctx, []ticket.ID{found[0].ID}); err != nil {
			return err
		}
		t := found[0].Ticket
		// (A paid one is withdrawn with its refund: settle.DecideTicket.)
		if regime, ok := ticket.RegimeOf(t.Regime); !ok || !regime.Decides(t.State, ticket.Withdrawn) || t.State == ticket.Paid {
			return fmt.Errorf("a ticket that is %s is not withdrawn", t.State)
		}
		return tx.MoveTicket(ctx, t.ID, t.Version, ticket.Withdrawn, c.Clock.Now(), "test")
	})
}

// CutDatabase ends every connection to a city's database on PostgreSQL.
func (c *Processes) CutDatabase(ctx context.Context) error {
	_, err := c.auditor.db.ExecContext(ctx, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
	return err
}
