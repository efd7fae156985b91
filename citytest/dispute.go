package citytest

import (
	"context"
	"maps"
	"net/http"
	"testing"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/store"
)

// SetReopen begins the office anew with another setting of what a lost chargeback makes of its tickets.
func (c *City) SetReopen(rule city.Reopen) {
	c.T.Helper()
	c.StopOffice()
	c.Settings.Chargeback.Reopen = rule
	c.StartOffice(c.config)
}

// StopSweep puts the next look at the processor's disputes off, far beyond any test.
func (c *City) StopSweep(t testing.TB) {
	t.Helper()
	err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		return tx.AnswerDisputeList(ctx, c.Now().Add(1000*24*time.Hour), c.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Dispute lets payers' banks take back every payment that was taken, and that none has taken back yet.
func (c *Processes) Dispute(ctx context.Context) error {
	return c.eachTaken(ctx, "dispute", false, nil)
}

// CloseDisputes lets the banks decide about all of them.
func (c *Processes) CloseDisputes(ctx context.Context, outcome string) error {
	return c.eachTaken(ctx, "dispute/close", true, map[string]any{"outcome": outcome})
}

func (c *Processes) eachTaken(ctx context.Context, path string, disputed bool, with map[string]any) error {
	sessions, err := c.sandbox.sessions(ctx)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if s.Money != "succeeded" || (s.Disputed != 0) != disputed {
			continue
		}
		in := map[string]any{"payment": s.Payment}
		maps.Copy(in, with)
		if err := c.sandbox.ask(ctx, http.MethodPost, path, in, nil); err != nil {
			return err
		}
	}
	return nil
}
