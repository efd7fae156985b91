package settle_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"fundy/bank"
	"fundy/city"
	"fundy/desk"
	"fundy/fault"
	"fundy/money"
	"fundy/processor"
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

// What a payer has put into the reference that the bank passes on is put out as well, in each of the three formats, and stands
// in no list of what is nobody's; the same file again changes nothing. The bank's own reference beside it, and the
// trace of a payout that the processor has told, stay as they are.
func TestACardInAReferenceIsPutOut(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		d := h.deposits(city.CounterSettings{})
		var log bytes.Buffer
		d.Log = slog.New(slog.NewTextHandler(&log, nil))
		day := h.today()
		const trace = "4242424242424242"
		if !desk.HasCard(trace) {
			t.Fatal("no such trace")
		}
		err := h.store.Write(ctx, fault.AddPayout, func(ctx context.Context, tx *store.Tx) error {
			return tx.PutPayout(ctx, store.Payout{Payout: processor.Payout{ID: "po_1", State: processor.PayoutPaid, Amount: money.FromMinor(700), Currency: "cad", Arrival: h.now, Trace: trace, CreatedAt: h.now}, Adapter: "stripe", ReadAt: h.now})
		})
		if err != nil {
			t.Fatal(err)
		}
		lines := []shown{
			{5005, 165, "4000 0566 5566 5556", "STRIPE TRANSFER"},
			{6006, 165, trace, "STRIPE " + trace},
			{7007, 165, trace + " 4000056655665556", "STRIPE"},
			{8008, 399, "x4000056655665556", "WHO IS THIS"},
		}
		first := h.bank(d, day, lines...)
		again := h.bank(d, day, lines...)
		if first.New == 0 || again.New != 0 || !slices.Equal(first.Cards, again.Cards) || len(first.Cards) != 3 {
			t.Errorf("%+v\n%+v", first, again)
		}
		var kept strings.Builder
		err = h.store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.StatementLines(ctx, dayOf(day), dayOf(day), 100)
			for _, l := range all {
				fmt.Fprintln(&kept, l.Reference)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		said := kept.String() + strings.Join(first.Problems, "\n") + log.String()
		for _, left := range []string{"4000", "0566", "5566"} {
			if strings.Contains(said, left) {
				t.Errorf("%s is kept or said: %s", left, said)
			}
		}
		short := strings.ReplaceAll(day, "-", "")[2:]
		if !strings.Contains(kept.String(), "BK"+short+"037 **") || !strings.Contains(kept.String(), trace) {
			t.Errorf("kept:\n%s", kept.String())
		}
		if strings.Count(log.String(), "name=reference") != 6 {
			t.Errorf("told: %s", log.String())
		}
	})
}

// What a reader shows of a file that it refuses has no card's number in it.
func TestACardInAFaultIsPutOut(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d, day := h.deposits(city.CounterSettings{}), h.today()
		whole := string(statement(day))
		for _, broken := range []string{
			strings.Replace(whole, "\n49,", "\n16,165,4000056655665556x,Z,a,b,c/\n49,", 1),
			strings.Replace(whole, "\n49,", "\n4000056655665556,c/\n49,", 1),
			strings.Replace(whole, "03,000104762233", "03,4000056655665556", 1),
		} {
			_, err := d.Bank(context.Background(), "day.bai", []byte(broken), nil, true)
			var fault *bank.Fault
			if !errors.As(err, &fault) {
				t.Fatalf("%v", err)
			}
			for _, text := range []string{fault.Error(), fault.In(city.French), fault.What} {
				if strings.Contains(text, "4000") || strings.Contains(text, "5566") || !strings.Contains(text, "**56") {
					t.Errorf("%q", text)
				}
			}
		}
	})
}
