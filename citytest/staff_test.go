package citytest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	books "fundy/settle"
	"fundy/store"
)

// worker is somebody at a browser of their own, with a device that makes passkeys.
type worker struct {
	t      *testing.T
	at     string
	page   *rod.Page
	device proto.WebAuthnAuthenticatorID
}

// joins invites somebody from the host and has him make his passkey.
func joins(t *testing.T, c *citytest.City, at, name string, transport proto.WebAuthnAuthenticatorTransport, roles ...string) *worker {
	t.Helper()
	code, err := c.Staff().Invite(context.Background(), name, roles, "host")
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{t: t, at: at, page: citytest.Page(t, 1280)}
	w.device = citytest.Authenticator(t, w.page, transport)
	w.takes(code)
	return w
}

func (w *worker) takes(code string) {
	w.t.Helper()
	w.opens("/invite")
	w.page.MustElement("#code").MustInput(code)
	press(w.page, "main button")
	press(w.page, "#passkey button")
	w.sees("Your passkey is made")
}

func (w *worker) opens(path string) {
	w.t.Helper()
	w.page.MustNavigate(w.at + path).MustWaitLoad()
}

// touches lets the passkey answer.
func (w *worker) touches() {
	w.t.Helper()
	press(w.page, "#passkey button")
}

func (w *worker) text() string {
	return strings.ReplaceAll(w.page.MustElement("body").MustText(), "\u00a0", " ")
}

func (w *worker) sees(words ...string) {
	w.t.Helper()
	text := w.text()
	for _, one := range words {
		if !strings.Contains(text, one) {
			w.t.Fatalf("%s has no %q:\n%s", w.page.MustInfo().URL, one, text)
		}
	}
}

// raises puts something into the queue.
func raises(t *testing.T, c *citytest.City, ref string) string {
	t.Helper()
	var id string
	err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		if err := books.Raise(ctx, tx, payment.ExceptionFeed, ref, money.FromMinor(0), "", c.Now()); err != nil {
			return err
		}
		e, err := tx.ExceptionOf(ctx, payment.ExceptionFeed, ref)
		id = e.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// passes moves the city's clock on.
func passes(c *citytest.City, by time.Duration) { c.SetNow(c.Now().Add(by)) }

// Two people, each with a passkey: what one asks for the other approves. Idle is locked, and nothing that was
// typed is lost; rights that are taken away are gone while the page is open.
func TestStaffAskAndApprove(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "SP-1", Plate: "STF 001", Offence: "LOADING", Age: 1})
		a := paid(t, c, "SP-1", "STF 001", good)
		thing := raises(t, c, "feed-1")
		at := c.OpenStaff()
		anne := joins(t, c, at, "anne", proto.WebAuthnAuthenticatorTransportInternal, "finance", "administrator")
		ben := joins(t, c, at, "ben", proto.WebAuthnAuthenticatorTransportUsb, "supervisor")

		// Did it go through, and what is it about?
		anne.page.MustElement("#receipt").MustInput(a.Receipt)
		press(anne.page, "#find .govuk-button")
		anne.sees("Receipt "+a.Receipt, "$50.00", "SP-1")
		anne.page.MustElement("#amount").MustSelectAllText().MustInput("20.00")
		anne.page.MustElement("#reason").MustSelect("A mistake of the city")
		press(anne.page, "#refund .govuk-button")
		anne.sees("The refund waits for another person", "$20.00")
		anne.opens("/refunds")
		anne.sees("another person approves it")
		if anne.page.MustHas(`form[action$="/approve"]`) {
			t.Error("who has asked can approve")
		}
		ben.opens("/")
		ben.sees("Refunds that you can decide: 1", "Waiting for a person: 1")
		ben.opens("/refunds")
		press(ben.page, `form[action$="/approve"] button`)
		ben.sees("Approved")
		press(anne.page, `form[action$="/refuse"] button`) // her page is older than his
		anne.sees("It is not waiting for a decision any more")
		r := onlyRefund(t, c, a)
		if r.AskedBy != "anne" || r.DecidedBy != "ben" || r.Amount.Minor() != 2000 {
			t.Errorf("%+v", r)
		}

		// Ben goes for coffee in the middle of a note.
		ben.opens("/queue/" + thing)
		ben.page.MustElement("#note").MustInput("asked the company, they send it tonight")
		passes(c, 16*time.Minute)
		press(ben.page, `#act [value="note"]`)
		ben.sees("Locked", "What you typed is kept in this page")
		if strings.Contains(history(t, c, thing), "tonight") {
			t.Error("written while locked")
		}
		ben.touches()
		ben.sees("ben")
		if !strings.Contains(history(t, c, thing), "noted ben asked the company, they send it tonight") {
			t.Errorf("the note is lost: %s\n%s", history(t, c, thing), ben.text())
		}

		// Money wants the passkey anew.
		passes(c, 6*time.Minute)
		anne.opens("/receipts/" + a.Receipt)
		anne.sees("Locked")
		anne.touches()
		anne.sees("Receipt " + a.Receipt)
		passes(c, 6*time.Minute)
		anne.page.MustElement("#amount").MustSelectAllText().MustInput("5.00")
		press(anne.page, "#refund .govuk-button")
		anne.sees("Confirm with your passkey")
		anne.touches()
		anne.sees("The refund waits for another person", "$5.00")

		// Ben's rights are taken away while his page is open.
		ben.opens("/queue/" + thing)
		setRoles(t, c, "ben")
		press(ben.page, "#take button")
		ben.sees("You may not do this", "Take what waits, note something about it, and close it.", "Nothing was changed")
	})
}

func setRoles(t *testing.T, c *citytest.City, name string, roles ...string) {
	t.Helper()
	err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetRoles(ctx, name, roles, "anne", "test", c.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
}

func onlyRefund(t *testing.T, c *citytest.City, a payment.Attempt) payment.Refund {
	t.Helper()
	var all []payment.Refund
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = tx.RefundsOfAttempt(ctx, a.ID)
		return err
	})
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	return all[0]
}

// history is what was done about an exception, in words.
func history(t *testing.T, c *citytest.City, id string) string {
	t.Helper()
	var out strings.Builder
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		events, err := tx.ExceptionEvents(ctx, id)
		for _, e := range events {
			out.WriteString(string(e.Act) + " " + e.Who + " " + e.Note + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
