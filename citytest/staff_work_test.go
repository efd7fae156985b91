package citytest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// axe-core finds nothing on any page of the work on tickets, in either language, at 320 and 1280 pixels, as a
// supervisor and a clerk come to them; a paper ticket that is entered on its page can be paid by its owner.
func TestWorkPagesAreAccessible(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		t.Run(lang, func(t *testing.T) {
			citytest.Browser(t)
			c := citytest.SQLite(t)
			open := c.Add(citytest.Spec{Number: "WK-1", Plate: "WRK 001", Offence: "LOADING", Age: 1})
			c.Add(citytest.Spec{Number: "WK-2", Plate: "WRK 001", Offence: "LOADING", Age: 1})
			a := paid(t, c, "WK-2", "WRK 001", good)
			cheque := paid(t, c, "WK-1", "WRK 001", good)
			c.Add(citytest.Spec{Number: "WK-3", Plate: "WRK 001", Offence: "LOADING", Age: 1})
			owed(t, c, cheque, "A. Payer\n1 Tide Street\nSaint John NB", asks(1000, 5000))
			stops := capturing(t, c, "WK-3", "WRK 001")
			byHand(t, c, stops.ID, 0)
			underWay(t, c, open)
			walkWorkPages(t, c, a, open, lang)
		})
	}
}

// underWay is a payment of a ticket, begun three hours ago, whose money is being taken ever since.
func underWay(t *testing.T, c *citytest.City, id ticket.ID) {
	t.Helper()
	then := c.Now().Add(-3 * time.Hour)
	p := payment.Payment{
		ID: "underway", RequestID: "underway", RequestHash: []byte{1}, Channel: "web", Language: "en", Currency: "CAD", Total: money.FromMinor(5000), QuotedAt: then, CreatedAt: then,
		Tickets: []payment.Frozen{{Ticket: id, Total: money.FromMinor(5000), QuotedAt: then, Version: 1}},
	}
	err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		a := payment.Attempt{ID: "attempt-under-way", Payment: p.ID, Adapter: "stripe", Amount: p.Total, CreatedAt: then, ExpiresAt: then.Add(time.Hour)}
		if err := errors.Join(tx.InsertPayment(ctx, p), tx.InsertAttempt(ctx, a)); err != nil {
			return err
		}
		a, err := tx.LockAttempt(ctx, a.ID)
		for _, e := range []payment.Event{payment.SessionMade, payment.MoneySetAside, payment.StillOwed} {
			if err == nil {
				_, err = tx.MoveAttempt(ctx, &a, e, then, "")
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func walkWorkPages(t *testing.T, c *citytest.City, a payment.Attempt, id ticket.ID, lang string) {
	t.Helper()
	w := worksIn(t, c, lang)
	seen := func(name string) { t.Helper(); looks(t, w.page, lang, name) }
	open := func(path, name string) { t.Helper(); w.opens(path); seen(name) }
	open("/work", "work")
	for _, list := range []string{"corrections", "stopped", "unallocated", "chargebacks", "held", "holds", "underway", "cheques"} {
		open("/work/"+list, "work-"+list)
	}
	open("/refunds", "work-refunds")
	w.opens("/work/underway")
	press(w.page, `[action="/work/underway/ask"] .govuk-button`)
	seen("work-underway-asked")
	w.opens("/work/cheques")
	press(w.page, "#written .govuk-button")
	seen("work-cheques-error")
	w.opens("/work/stopped")
	press(w.page, "#ask .govuk-button")
	seen("work-stopped-error")
	w.page.MustElement("#reason").MustInput("compared")
	press(w.page, "#ask .govuk-button")
	seen("work-corrections-mine")
	open("/receipts/"+a.Receipt, "work-receipt")
	press(w.page, "#transfer .govuk-button")
	seen("work-receipt-error")
	open("/tickets/"+string(id), "work-ticket")
	press(w.page, `[formaction$="/note"]`)
	seen("work-ticket-error")
	w.page.MustElement("#reason").MustInput("the driver called")
	press(w.page, `[formaction$="/note"]`)
	seen("work-ticket-noted")
}

// The same of a row in quarantine, a paper ticket and its book.
func TestPaperPagesAreAccessible(t *testing.T) {
	inBothLanguages(t, func(t *testing.T, c *citytest.City, _ payment.Attempt) (walk func(w *worker, seen func(name string))) {
		row := c.Contradict(c.Add(citytest.Spec{Number: "WK-4", Plate: "WRK 004", Offence: "LOADING", Age: 1}))
		return func(w *worker, seen func(name string)) {
			w.opens("/held/" + row)
			seen("work-held-row")
			press(w.page, "#close .govuk-button")
			seen("work-held-error")
			press(w.page, "#open .govuk-button")
			seen("work-held-open")
			w.sees("Other Street")
			booksOnPages(t, w, seen)
			enterOnPaper(t, c, w, seen)
		}
	})
}

// The same of refunds by cheque.
func TestChequePagesAreAccessible(t *testing.T) {
	inBothLanguages(t, func(t *testing.T, c *citytest.City, a payment.Attempt) (walk func(w *worker, seen func(name string))) {
		owed(t, c, a, "A. Payer\n1 Tide Street\nSaint John NB", asks(1000, 5000))
		return func(w *worker, seen func(name string)) { sendsCheques(t, c, w, seen) }
	})
}

// inBothLanguages walks pages in a city with one payment, as dora who may do all of the work on tickets.
func inBothLanguages(t *testing.T, makes func(t *testing.T, c *citytest.City, a payment.Attempt) (walk func(w *worker, seen func(name string)))) {
	t.Helper()
	for _, lang := range []string{"en", "fr"} {
		t.Run(lang, func(t *testing.T) {
			citytest.Browser(t)
			c := citytest.SQLite(t)
			c.Add(citytest.Spec{Number: "WK-1", Plate: "WRK 001", Offence: "LOADING", Age: 1})
			walk := makes(t, c, paid(t, c, "WK-1", "WRK 001", good))
			w := worksIn(t, c, lang)
			walk(w, func(name string) { t.Helper(); looks(t, w.page, lang, name) })
		})
	}
}

// worksIn is dora at her browser, who may do all of the work on tickets, in a language.
func worksIn(t *testing.T, c *citytest.City, lang string) *worker {
	t.Helper()
	w := joins(t, c, c.OpenStaff(), "dora", proto.WebAuthnAuthenticatorTransportInternal, "supervisor", "clerk", "finance")
	if lang == "fr" {
		press(w.page, `button[name="lang"]`)
	}
	return w
}

// booksOnPages receives a book and hands it out.
func booksOnPages(t *testing.T, w *worker, seen func(name string)) {
	t.Helper()
	w.opens("/books")
	seen("work-books")
	press(w.page, "#receive .govuk-button")
	seen("work-books-error")
	w.page.MustElement("#first").MustInput("P0101")
	w.page.MustElement("#last").MustInput("P0110")
	press(w.page, "#receive .govuk-button")
	seen("work-books-store")
	w.page.MustElement(`[id^="officer-"]`).MustInput("PK-17")
	press(w.page, `form[action$="/hand"] button`)
	seen("work-books-out")
}

// sendsCheques makes a requisition, enters the cheque's number, has the post bring it back, and gives it another address;
// then a second refund by cheque is asked for on a receipt's page.
func sendsCheques(t *testing.T, c *citytest.City, w *worker, seen func(name string)) {
	t.Helper()
	w.opens("/work/cheques")
	file := w.page.MustEval(`async () => {
		const r = await fetch("/work/cheques/requisition", {method: "POST", body: new URLSearchParams({form: document.querySelector("#requisition [name=form]").value})});
		return r.headers.get("Content-Disposition") + "\n" + await r.text();
	}`).Str()
	if !strings.HasPrefix(file, `attachment; filename="requisition-1.csv"`) || !strings.Contains(file, "A. Payer,1 Tide Street") {
		t.Errorf("the requisition's file:\n%s", file)
	}
	w.page.MustElement("#again-number").MustInput("7")
	press(w.page, "#again .govuk-button")
	seen("work-requisition-none")
	w.page.MustElement("#number").MustInput("1200")
	w.page.MustElement("#day").MustInput(today(c).String())
	press(w.page, "#written .govuk-button")
	seen("work-cheque-issued")
	press(w.page, `form[action="/work/cheques/back"] button`)
	seen("work-cheque-back")
	press(w.page, "#payee-form .govuk-button")
	seen("work-cheque-no-payee")
	w.page.MustElement("#payee").MustInput("A. Payer\n2 Tide Street\nSaint John NB")
	press(w.page, "#payee-form .govuk-button")
	seen("work-cheque-again")
	w.opens("/work/byhand")
	seen("work-byhand")
	press(w.page, "#say .govuk-button")
	seen("work-byhand-error")
	w.page.MustElement("#say-act").MustEval(`() => this.value = "end"`)
	w.page.MustElement("#reason").MustInput("the payer came to the counter")
	press(w.page, "#say .govuk-button")
	seen("work-byhand-said")
}

// enterOnPaper enters a paper ticket, and its owner pays it.
func enterOnPaper(t *testing.T, c *citytest.City, w *worker, seen func(name string)) {
	t.Helper()
	w.opens("/enter")
	seen("work-enter")
	press(w.page, "#enter .govuk-button")
	seen("work-enter-error")
	day := c.Now().Add(-30 * time.Hour).Format("2006-01-02")
	for id, text := range map[string]string{"#number": "P0103", "#day": day, "#time": "14:05", "#place": "Tide Street", "#plate": "PAP 103"} {
		w.page.MustElement(id).MustSelectAllText().MustInput(text)
	}
	w.page.MustElement("#offence").MustSelect("LOADING")
	press(w.page, "#enter .govuk-button")
	seen("work-entered")
	w.opens("/books")
	seen("work-books-missing")
	if got := paid(t, c, "P0103", "PAP 103", good); got.State != payment.Captured || got.Amount.Minor() != 5000 {
		t.Errorf("paid: %s, %s", got.State, got.Amount)
	}
}
