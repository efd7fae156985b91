package staff

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// takenOnceMore writes a payment of a ticket whose money the processor took although the ticket was paid: it is put to
// none, and in the queue.
func (b *bench) takenOnceMore(id ticket.ID, receipt string) payment.Attempt {
	b.t.Helper()
	a := b.paidAs(id, receipt, "pi_"+receipt, payment.Opened)
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		if a, err = tx.LockAttempt(ctx, a.ID); err != nil {
			return err
		}
		a.Reason, a.ProcessorRef = "unallocated", "pi_"+receipt
		if _, err := tx.MoveAttempt(ctx, &a, payment.MoneyTaken, b.now, ""); err != nil {
			return err
		}
		err = tx.AddEntry(ctx, ledger.Entry{
			ID: "unallocated-" + a.ID.Ref(), Kind: ledger.Unallocated, Ref: string(a.ID), Entered: b.now, Effective: b.now, Postings: ledger.ForUnallocated(a.Amount),
		})
		if err != nil {
			return err
		}
		return settle.Raise(ctx, tx, payment.ExceptionUnallocated, a.ID.Ref(), a.Amount, "unallocated", b.now)
	})
	return a
}

// released lets a payment go whose money was set aside.
func (b *bench) released(id ticket.ID, receipt string) payment.Attempt {
	b.t.Helper()
	a := b.paidAs(id, receipt, "pi_"+receipt, payment.Authorized)
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		if a, err = tx.LockAttempt(ctx, a.ID); err != nil {
			return err
		}
		for _, e := range []payment.Event{payment.NotOwed, payment.MoneyGivenBack} {
			if _, err := tx.MoveAttempt(ctx, &a, e, b.now, ""); err != nil {
				return err
			}
		}
		return nil
	})
	return a
}

var oneForm = regexp.MustCompile(`(?s)<form method="post" action="(/receipts/[^"]+/refund)">(.*?)</form>`)
var oneField = regexp.MustCompile(`name="(\w+)" value="([^"]*)"`)

// Somebody has paid at the counter and online too: one page shows both, what the office has seen of it, and gives the
// second back with one press; another person approves it.
func TestIPaidTwice(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.counterIn()
		b.person("anne", "clerk")
		b.person("carl", "auditor")
		b.person("dora", "supervisor")
		anne, carl, dora := b.session("anne"), b.session("carl"), b.session("dora")
		id := b.ticketIn("SJ100", "ABC 123")
		at := "/tickets/" + string(id) + "/payments"
		code, page := b.get(anne, at)
		b.wants(code, page, http.StatusOK, "Nothing was taken for this ticket here.")
		first := b.paidAt(id, payment.Tender{Kind: payment.Terminal, Tendered: money.FromMinor(5000), Reference: "004711"})
		code, page = b.get(anne, at)
		b.wants(code, page, http.StatusOK, "No: one payment was taken here, and no other", first.Attempt.Receipt, "Card terminal: $50.00", "at the counter")
		if oneForm.MatchString(page) {
			t.Error("what pays the ticket is offered as a refund of a second payment")
		}
		second := b.takenOnceMore(id, someReceipt)
		code, page = b.get(carl, at)
		b.wants(code, page, http.StatusOK, "Yes: $50.00 more was taken", "Taken a second time", "In the queue since", "Money that is put to no ticket", `href="/queue/`)
		if oneForm.MatchString(page) {
			t.Error("who may not ask for refunds is offered one")
		}
		code, page = b.get(anne, at)
		b.wants(code, page, http.StatusOK, "Ask that $50.00 go back to the card", "paid online", "you may say what stands here")
		if strings.Contains(page, `href="/queue/`) {
			t.Error("a clerk is led to a queue that he may not see")
		}
		all := oneForm.FindAllStringSubmatch(page, -1)
		if len(all) != 1 {
			t.Fatalf("%d refunds are offered in\n%s", len(all), page)
		}
		form := url.Values{}
		for _, f := range oneField.FindAllStringSubmatch(all[0][2], -1) {
			form.Set(f[1], f[2])
		}
		code, page = b.post(anne, all[0][1], form)
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.get(anne, at)
		b.wants(code, page, http.StatusOK, "What was too much is on its way back already", "Refund asked for", "$50.00: waits for another person")
		if oneForm.MatchString(page) {
			t.Error("it is offered again")
		}
		r := b.onlyRefund(second.ID)
		if r.Reason != payment.ReasonDuplicate || r.AskedBy != "anne" || len(r.Parts) != 1 || r.Parts[0].Ticket != "" {
			t.Errorf("%+v", r)
		}
		// The page that stood open is pressed again: anne has asked already, and to another she was quicker.
		code, page = b.post(anne, all[0][1], form)
		b.wants(code, page, http.StatusUnprocessableEntity, "You have asked for a refund of $50.00 already, on June 3, 2026", `href="#refunds"`, `id="refunds"`)
		if strings.Contains(page, "Somebody else was quicker") {
			t.Error("somebody else was quicker than anne herself")
		}
		b.person("eve", "clerk")
		form.Del("form")
		code, page = b.post(b.session("eve"), all[0][1], form)
		b.wants(code, page, http.StatusUnprocessableEntity, "Somebody else was quicker")
		code, page = b.post(dora, "/refunds/"+string(r.ID)+"/approve", nil)
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.get(anne, at)
		b.wants(code, page, http.StatusOK, "What was too much is on its way back already", "On its way back")
		if got := b.stateOf(id); got != ticket.Paid {
			t.Errorf("the ticket is %s", got)
		}
		if b.log.Len() > 0 {
			t.Error(b.log.String())
		}
	})
}

// onlyRefund is the one refund of an attempt.
func (b *bench) onlyRefund(id payment.AttemptID) payment.Refund {
	b.t.Helper()
	var all []payment.Refund
	err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = tx.RefundsOfAttempt(ctx, id)
		return err
	})
	if err != nil || len(all) != 1 {
		b.t.Fatalf("%v, %v", all, err)
	}
	return all[0]
}

// What was only set aside is said to fall away, and by when; the payments of the plate's other tickets are shown to who
// may open plates, and to nobody else.
func TestOneWasTakenAndOneFallsAway(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.counterIn()
		b.person("anne", "clerk")
		b.person("dora", "supervisor")
		one, other, third := b.ticketIn("SJ100", "ABC 123"), b.ticketIn("SJ200", "ABC 123"), b.ticketIn("SJ300", "XYZ 789")
		b.paidAt(one, payment.Tender{Kind: payment.Cash, Tendered: money.FromMinor(5000)})
		b.released(one, "0000-0000-0001")
		b.released(other, "0000-0000-0002")
		b.released(third, "0000-0000-0003")
		code, page := b.get(b.session("anne"), "/tickets/"+string(one)+"/payments")
		b.wants(code, page, http.StatusOK, "No: only one payment was taken", "by June 10, 2026 at the latest", "Released", "not taken", "Cash: $50.00")
		if strings.Contains(page, "SJ200") {
			t.Error("a clerk is told where else the car was")
		}
		code, page = b.get(b.session("dora"), "/tickets/"+string(one)+"/payments")
		b.wants(code, page, http.StatusOK, "Other tickets of the same plate", "SJ200", "say nothing of a ticket whose number the caller has not said first")
		if strings.Contains(page, "SJ300") || strings.Contains(page, "ABC") {
			t.Error("it shows another plate's ticket, or a plate")
		}
		code, page = b.get(b.session("anne"), "/tickets/"+string(other)+"/payments")
		b.wants(code, page, http.StatusOK, "Nothing was taken. What the statement shows is an authorisation")
		b.now = b.now.AddDate(0, 1, 0) // the payments around the other's days are not of those days any more
		code, page = b.get(b.session("dora"), "/tickets/"+string(b.ticketIn("SJ400", "ABC 123"))+"/payments")
		b.wants(code, page, http.StatusOK)
		if strings.Contains(page, "SJ100") {
			t.Error("it shows payments of another month")
		}
		code, page = b.get(b.session("anne"), "/tickets/none/payments")
		b.wants(code, page, http.StatusNotFound)
	})
}

// Every share and every answer has its words.
func TestEveryShareHasItsWords(t *testing.T) {
	t.Parallel()
	for _, s := range []payment.Share{
		payment.SharePays, payment.ShareOver, payment.ShareSecond, payment.ShareAsked, payment.ShareGoing, payment.ShareBack, payment.ShareOpen, payment.SharePending,
		payment.ShareFallsAway, payment.ShareNothing, payment.ShareUndone, payment.ShareReturned, payment.ShareMoved, payment.ShareDisputed, payment.ShareStopped,
	} {
		if said["en"]["twice.state."+string(s)] == "" || said["en"]["twice.share."+string(s)] == "" {
			t.Errorf("%s has no words", s)
		}
	}
	for _, a := range []payment.Twice{
		payment.TwiceOwed, payment.TwiceDisputed, payment.TwiceStopped, payment.TwiceGoing, payment.TwiceWait, payment.TwiceBack, payment.TwiceParts, payment.TwiceOneHeld,
		payment.TwiceOne, payment.TwiceNoneHeld, payment.TwiceNone,
	} {
		if said["en"]["twice.answer."+string(a)] == "" {
			t.Errorf("%s has no words", a)
		}
	}
	for _, by := range []string{store.ByProcessorsRef, store.ByTendersRef, store.ByOurCheque} {
		if said["en"]["search.by."+by] == "" {
			t.Errorf("%s has no words", by)
		}
	}
}
