package staff

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/review"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// paidAs writes a payment of a ticket as it stands once its money was taken, with the processor's reference.
func (b *bench) paidAs(id ticket.ID, receipt, reference string, state payment.State) payment.Attempt {
	b.t.Helper()
	return b.paidFor(payment.Payment{}, id, receipt, reference, state)
}

// paidFor is paidAs, of a payment whose payer has left more.
func (b *bench) paidFor(left payment.Payment, id ticket.ID, receipt, reference string, state payment.State) payment.Attempt {
	b.t.Helper()
	p := payment.Payment{
		ID: payment.ID("pay" + receipt), RequestID: "request-" + receipt, RequestHash: []byte{1}, Channel: "web", Language: "en", Currency: "CAD", Total: money.FromMinor(5000),
		QuotedAt: b.now, CreatedAt: b.now, Tickets: []payment.Frozen{{Ticket: id, Total: money.FromMinor(5000), QuotedAt: b.now, Version: 1}}, SealedEmail: left.SealedEmail,
	}
	a := payment.Attempt{ID: payment.AttemptID("attempt-" + receipt), Payment: p.ID, Adapter: "stripe", Amount: p.Total, CreatedAt: b.now, ExpiresAt: b.now.Add(time.Hour)}
	b.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.InsertPayment(ctx, p); err != nil {
			return err
		}
		if err := tx.InsertAttempt(ctx, a); err != nil {
			return err
		}
		var err error
		if a, err = tx.LockAttempt(ctx, a.ID); err != nil {
			return err
		}
		a.ProcessorRef = reference
		for _, e := range []payment.Event{payment.SessionMade, payment.MoneySetAside, payment.StillOwed, payment.MoneyTaken} {
			if a.State == state {
				break
			}
			if e == payment.MoneyTaken {
				a.Receipt, a.CapturedAt = receipt, b.now
			}
			if _, err := tx.MoveAttempt(ctx, &a, e, b.now, ""); err != nil {
				return err
			}
		}
		return nil
	})
	return a
}

const someReceipt = "0000-0000-0000"

// The first field takes anything whose form says what it is; what is only near is said to be so, and looked at in a
// list first.
func TestOneFieldFindsWhatCallersHave(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		token := b.session("anne")
		one := b.ticketIn("SJ0100", "ABC 123")
		two := b.ticketIn("SJ0200", "XYZ 789")
		b.ticketIn("SJ0900", "SJ0 203")
		b.paidAs(two, someReceipt, "pi_3Abc", payment.Captured)
		code := b.code(one)
		for _, c := range []struct {
			name  string
			typed string
			code  int
			words []string
			not   string
		}{
			{"its number", "sj-0100", http.StatusSeeOther, []string{"/tickets/" + string(one)}, ""},
			{"a digit wrong", "SJ0101", http.StatusOK, []string{"No ticket has this number", "SJ0100", "Tickets found: 1"}, "SJ0200"},
			{"two swapped", "SJ1000", http.StatusOK, []string{"No ticket has this number", "SJ0100"}, "SJ0200"},
			{"a digit wrong, and near a plate", "SJ0202", http.StatusOK, []string{"No ticket has this number", "SJ0200"}, "SJ0900"},
			{"two digits wrong", "SJ0155", http.StatusOK, []string{"Tickets found: 0"}, "SJ0100"},
			{"its plate", "abc 123", http.StatusSeeOther, []string{"/tickets/" + string(one)}, ""},
			{"a look-alike", "A8C l23", http.StatusOK, []string{"look like it", "SJ0100"}, "SJ0200"},
			{"one unknown", "AB? 123", http.StatusOK, []string{"any character for the ?", "SJ0100"}, "SJ0200"},
			{"two unknown", "A?? 123", http.StatusOK, []string{"Tickets found: 0"}, "SJ0100"},
			{"one misheard", "APC 123", http.StatusOK, []string{"These are near", "SJ0100"}, "SJ0200"},
			{"a receipt", "0000 0000 0000", http.StatusSeeOther, []string{"/receipts/" + someReceipt}, ""},
			{"the processor's reference", "pi_3Abc", http.StatusSeeOther, []string{"/receipts/" + someReceipt}, ""},
			{"a code", payment.ShowCode(b.pages.Key.PhoneDigits(code.ID)), http.StatusSeeOther, []string{"/phone/" + code.ID}, ""},
			{"nothing", "QQQQ 9999 ZZ", http.StatusOK, []string{"Tickets found: 0", "None."}, ""},
			{"no form at all", "<b>!", http.StatusOK, []string{"Tickets found: 0", "&lt;b&gt;!"}, "<b>!"},
		} {
			t.Run(c.name, func(t *testing.T) {
				r := b.request("POST", "/find", token, url.Values{"number": {c.typed}, "province": {"NB"}})
				w := newRecorder()
				b.h.ServeHTTP(w, r)
				text := w.Body.String() + w.Header().Get("Location")
				b.wants(w.Code, text, c.code, c.words...)
				if c.not != "" && strings.Contains(text, c.not) {
					t.Errorf("it shows %s", c.not)
				}
				if strings.Contains(text, "ABC 123") && c.typed != "abc 123" {
					t.Error("a plate is not masked")
				}
			})
		}
		if b.log.Len() > 0 {
			t.Error(b.log.String())
		}
	})
}

// Who has neither number nor plate knows the day and the street.
func TestFindingByDayAndStreet(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		token := b.session("anne")
		b.ticketIn("SJ0100", "ABC 123")
		b.ticketIn("SJ0200", "XYZ 789")
		day := city.DateOf(b.now, b.pages.city.Zone).AddDays(-2).String()
		for _, c := range []struct {
			day, street string
			code        int
			words       string
		}{
			{day, "tide", http.StatusOK, "Tickets found: 2"},
			{day, "TÎDE street", http.StatusOK, "Tickets found: 2"},
			{day, "Quay", http.StatusOK, "Tickets found: 0"},
			{"2026-01-01", "tide", http.StatusOK, "Tickets found: 0"},
			{"yesterday", "tide", http.StatusUnprocessableEntity, "Enter the day as 2026-03-31"},
			{"", "tide", http.StatusUnprocessableEntity, "Enter the day as 2026-03-31"},
			{day, "", http.StatusUnprocessableEntity, "Enter the street with the day"},
		} {
			code, page := b.post(token, "/find", url.Values{"day": {c.day}, "street": {c.street}})
			b.wants(code, page, c.code, c.words)
		}
	})
}

// The plates of a list are opened together, by who may, once.
func TestOpeningThePlatesOfAList(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne", "supervisor")
	b.person("carl", "clerk")
	token, clerk := b.session("anne"), b.session("carl")
	one, two := b.ticketIn("SJ0100", "ABC 123"), b.ticketIn("SJ0200", "ABC 123")
	code, page := b.post(token, "/find", url.Values{"plate": {"ABC 123"}, "province": {"NB"}})
	b.wants(code, page, http.StatusOK, "Tickets found: 2", "Open the plates of this list", "NB •••")
	code, page = b.post(token, "/find/plates", url.Values{"id": {string(one), string(two), "none"}})
	b.wants(code, page, http.StatusOK, "NB PLATE OF SJ0100", "NB PLATE OF SJ0200")
	if b.opened != 1 || strings.Contains(page, "Open the plates") {
		t.Errorf("opened %d times", b.opened)
	}
	code, page = b.post(clerk, "/find", url.Values{"plate": {"ABC 123"}, "province": {"NB"}})
	b.wants(code, page, http.StatusOK, "Tickets found: 2")
	if strings.Contains(page, "Open the plates") {
		t.Error("a clerk is offered what he may not do")
	}
}

// What was taken at the counter is found by the terminal's reference, a cheque's number and the printed number.
func TestFindingWhatTheCounterTook(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		token := b.session("anne")
		receipt := b.takenAtCounter(b.ticketIn("SJ0300", "CNT 300"), "004711", "12AB34")
		for _, typed := range []string{"004711", "4711", "00004711", "A-000001", "a-000001", "12ab34", "12AB34"} {
			w := newRecorder()
			b.h.ServeHTTP(w, b.request("POST", "/find", token, url.Values{"number": {typed}}))
			if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/receipts/"+receipt {
				t.Errorf("%s: %d %s", typed, w.Code, w.Header().Get("Location"))
			}
		}
	})
}

// A review's reference leads to it for whoever may see reviews; others read that there is one, and nothing of it.
func TestFindingAReview(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.sealed()
		b.person("anne", "clerk")
		b.person("carl", "finance")
		id := b.ticketIn("SJ0400", "REV 400")
		r := s.asks(id, review.ByEmail)
		typed := strings.ToLower(strings.ReplaceAll(r.Reference, "-", " "))
		w := newRecorder()
		b.h.ServeHTTP(w, b.request("POST", "/find", b.session("anne"), url.Values{"number": {typed}}))
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/reviews/"+string(r.ID) {
			t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
		}
		code, page := b.post(b.session("carl"), "/find", url.Values{"number": {typed}})
		b.wants(code, page, http.StatusOK, "A request for review has this reference", "/tickets/"+string(id))
		for _, no := range []string{string(r.ID), "Zo", "Sold in May", "/reviews/"} {
			if strings.Contains(page, no) {
				t.Errorf("it shows %q", no)
			}
		}
		if len(s.opened) > 0 {
			t.Error("something was opened")
		}
	})
}

// The number of a cheque of ours leads to the payment of which it gave something back, with zeros before it too; one
// that is a payer's cheque's or a ticket's number as well hides none of them.
func TestFindingAChequeOfOurs(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.counterIn()
		b.person("anne", "clerk")
		token := b.session("anne")
		id := b.ticketIn("SJ0500", "CHQ 500")
		e := b.paidAt(id, payment.Tender{Kind: payment.Cash, Tendered: money.FromMinor(5000)})
		ctx, five := context.Background(), money.FromMinor(500)
		r, err := b.pages.Settler.AskRefundTo(ctx, e.Attempt.ID, payment.RefundAsk{
			Way: payment.ByCheque, Amount: five, Expected: money.FromMinor(5000), Reason: payment.ReasonReduced, By: "anne",
		}, func(payment.RefundID, int) ([]byte, error) { return []byte{1}, nil })
		if err == nil {
			_, err = b.pages.Settler.ApproveRefund(ctx, r.ID, "ben")
		}
		b.write(func(ctx context.Context, tx *store.Tx) error {
			asked := payment.Requisition{ID: "req_1", Number: 1, By: "dora", At: b.now, Digest: "d", Count: 1, Sum: five}
			return tx.AddRequisition(ctx, asked, []payment.ToPay{{Refund: r.ID, N: 1, Amount: five}})
		})
		if err == nil {
			_, err = b.pages.Settler.IssueCheques(ctx, []settle.WrittenCheque{{Line: 1, Refund: r.ID, Number: "001042", Day: city.DateOf(b.now, b.pages.city.Zone), Amount: &five}}, "dora", true)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{"1042", "001042"} {
			w := newRecorder()
			b.h.ServeHTTP(w, b.request("POST", "/find", token, url.Values{"number": {typed}}))
			if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/receipts/"+e.Attempt.Receipt {
				t.Errorf("%s: %d %s", typed, w.Code, w.Header().Get("Location"))
			}
		}
		code, page := b.get(token, "/tickets/"+string(id)+"/payments")
		b.wants(code, page, http.StatusOK, "$5.00: a cheque was written, cheque 1042")
		two := b.paidAt(b.ticketIn("SJ0600", "CHQ 600"), payment.Tender{Kind: payment.Cheque, Tendered: money.FromMinor(5000), Reference: "1042", DrawnOn: city.DateOf(b.now, b.pages.city.Zone)})
		b.ticketIn("1042", "CHQ 700")
		code, page = b.post(token, "/find", url.Values{"number": {"1042"}})
		b.wants(code, page, http.StatusOK, "Tickets found: 1", "Payments found", e.Attempt.Receipt, two.Attempt.Receipt, "the number of a refund cheque of ours", "a payer’s cheque or money order")
	})
}
