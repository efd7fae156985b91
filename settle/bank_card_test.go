package settle_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"fundy/city"
	"fundy/store"
)

// A card's number that a payer wrote to his bank is put out of the line's words before they are kept; the line itself
// goes into the books, and that there was one is reported. A file whose name has one is refused.
func TestACardInABanksFileIsPutOut(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d := h.deposits(city.CounterSettings{})
		var log bytes.Buffer
		d.Log = slog.New(slog.NewTextHandler(&log, nil))
		day := h.today()
		line := shown{5005, 165, "STRIPE", "STRIPE TRANSFER REF 4242 4242 4242 4242"}
		if b := h.bank(d, day, line); b.New == 0 {
			t.Fatalf("%+v", b)
		}
		kept := ""
		err := h.store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			lines, err := tx.UnmatchedLines(ctx)
			for _, l := range lines {
				kept += l.Text + "\n"
			}
			return err
		})
		if err != nil || strings.Contains(kept, "4242") || !strings.Contains(kept, "STRIPE TRANSFER REF **** **** **** **42") {
			t.Errorf("%v: kept %q", err, kept)
		}
		if !strings.Contains(log.String(), "alarm=card_typed") || strings.Contains(log.String(), "4242") {
			t.Errorf("log %q", log.String())
		}
		if _, err := d.Bank(context.Background(), "4242424242424242.bai", statement(day), nil, true); err == nil || strings.Contains(err.Error(), "4242") {
			t.Errorf("a file's name: %v", err)
		}
	})
}
