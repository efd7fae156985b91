package staff

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/store"
)

// A receipt's page says that its money is to go to another ticket, who asked and when, and where it is decided; meanwhile it
// offers no second transfer. What was made, and what was refused, stands there too.
func TestAReceiptShowsItsTransfers(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		b.person("ben", "supervisor")
		from, to := b.ticketIn("SJ100", "ABC 123"), b.ticketIn("SJ200", "ABC 124")
		receipt := b.takenAtCounter(from)
		at := "/receipts/" + receipt
		code, page := b.get(b.session("anne"), at)
		b.wants(code, page, http.StatusOK, `id="transfer"`)
		if strings.Contains(page, `id="moves"`) {
			t.Error("moves are shown where there are none")
		}
		c := payment.Correction{ID: "cor_1", Kind: payment.CorrectTransfer, From: from, To: to, Amount: money.FromMinor(5000), Why: "misread", State: payment.CorrectionAsked, AskedBy: "anne", AskedAt: b.now, Version: 1}
		b.write(func(ctx context.Context, tx *store.Tx) (err error) {
			a, err := tx.AttemptByReceipt(ctx, receipt)
			if err != nil {
				return err
			}
			c.Attempt = a.ID
			return tx.InsertCorrection(ctx, c)
		})
		code, page = b.get(b.session("anne"), at)
		b.wants(code, page, http.StatusOK, `id="moves"`, "Money put to another ticket", "anne, June 3, 2026", `href="/tickets/`+string(to)+`">SJ200`, "It waits for another person: nothing has been moved yet.")
		if strings.Contains(page, `id="transfer"`) {
			t.Error("the form is offered again")
		}
		code, page = b.get(b.session("ben"), at) // who may decide it is led there
		b.wants(code, page, http.StatusOK, `href="/work/corrections"`)
		code, page = b.post(b.session("anne"), at+"/transfer", url.Values{"to": {"SJ200"}, "reason": {"again"}})
		b.wants(code, page, http.StatusUnprocessableEntity, `href="#moves"`)
		b.now = b.now.Add(time.Minute)
		c.State, c.DecidedBy, c.DecidedAt = payment.CorrectionDone, "ben", b.now
		b.write(func(ctx context.Context, tx *store.Tx) error { return tx.DecideCorrection(ctx, c) })
		code, page = b.get(b.session("anne"), at)
		b.wants(code, page, http.StatusOK, "Moved. Approved by ben, June 3, 2026", `id="transfer"`)
		if strings.Contains(page, "It waits for another person") {
			t.Error("it still waits")
		}
	})
}
