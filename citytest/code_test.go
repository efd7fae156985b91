package citytest_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
	"fundy/desk"
	pb "fundy/desk/deskpb"
	"fundy/ident"
	"fundy/mail/mailtest"
	"fundy/office/staff"
	"fundy/payment"
	"fundy/visitor"
)

// aCode makes a one-time code for tickets, and is its digits.
func aCode(t *testing.T, c *citytest.City, numbers ...string) string {
	t.Helper()
	key := staff.Key{ID: 1, Key: make([]byte, 32)}
	code := payment.Code{ID: ident.New("code"), Language: "en", MadeBy: "anne"}
	for _, n := range numbers {
		code.Tickets = append(code.Tickets, numbered(t, c, n))
	}
	digits := key.PhoneDigits(code.ID)
	code.MAC = key.PhoneMAC(digits)
	if err := c.Office.Settler().MakeCode(context.Background(), code, 10, ""); err != nil {
		t.Fatal(err)
	}
	return digits
}

// typesCode has somebody open the tickets of a code.
func typesCode(v *visitor.Visitor, c *citytest.City, digits string) *visitor.Visitor {
	ctx := context.Background()
	v.Open(ctx, c.Portal.URL+"/pay/code")
	v.Send(ctx, "code", "/pay/code", map[string]string{"code": digits})
	return v
}

// begins has somebody begin the payment of what the visit holds.
func begins(v *visitor.Visitor, c *citytest.City) *visitor.Visitor {
	ctx := context.Background()
	v.Open(ctx, c.Portal.URL+"/pay/confirm")
	v.Send(ctx, "confirm", "/pay/start", map[string]string{"email": ""})
	return v
}

// A code begins one payment, whoever has heard it; when that comes to nothing, another code does.
func TestACodeBeginsOnePayment(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "CD-1", Plate: "CDE 001", Offence: "LOADING", Age: 1})
		c.Add(citytest.Spec{Number: "CD-2", Plate: "CDE 002", Offence: "METER", Age: 1})
		digits := aCode(t, c, "CD-1", "CD-2")
		one, two := typesCode(&visitor.Visitor{}, c, digits), typesCode(&visitor.Visitor{}, c, payment.ShowCode(digits))
		want(t, text(t, two), "CD-1", "CD-2", "north side of Tide Street", "$50.00", "$30.00")
		want(t, text(t, begins(one, c)), "$80.00")
		want(t, text(t, begins(two, c)), "A payment has been begun with this code already: each code begins one")
		want(t, text(t, typesCode(two, c, digits)), "begun with this code already", "ask the person on the telephone for a new code")
		if n, err := c.Count(context.Background(), "select count(*) from payment where channel = 'phone'"); err != nil || n != 1 {
			t.Errorf("%d payments, %v", n, err)
		}
		typeCard(begins(typesCode(two, c, aCode(t, c, "CD-1", "CD-2")), c), good)
		want(t, text(t, two), "Paid in full: $80.00")
		typeCard(one, good) // the first caller's page was still open: its money is given back
		if page := text(t, one); strings.Contains(page, "Paid in full") {
			t.Errorf("paid twice:\n%s", page)
		}
		if check := c.CheckLedger(); check.Captured != 8000 || check.PaidTickets != 2 {
			t.Errorf("captured %d of %d tickets", check.Captured, check.PaidTickets)
		}
	})
}

// A code opens no plate, not even by the receipt of a ticket that was paid meanwhile; and it is over after its time.
func TestACodeShowsNoPlate(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "CD-3", Plate: "CDE 003", Offence: "LOADING", Age: 1})
		c.SetNow(c.Now().Truncate(time.Second))
		digits := aCode(t, c, "CD-3")
		before := typesCode(&visitor.Visitor{}, c, digits)
		v := toCardPage(c, "en", "", [2]string{"CD-3", "CDE 003"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full", "CDE 003")
		after := typesCode(&visitor.Visitor{}, c, digits)
		for name, v := range map[string]*visitor.Visitor{"before": before, "after": after} {
			v.Open(context.Background(), c.Portal.URL+"/pay/tickets")
			page := text(t, v)
			want(t, page, "This ticket is paid")
			v.Open(context.Background(), c.Portal.URL+"/pay/receipt?n=0")
			if page += text(t, v); strings.Contains(page, "CDE 003") || strings.Contains(page, "Registered owner") || strings.Contains(page, "Paid in full") {
				t.Errorf("%s: the code shows\n%s", name, page)
			}
		}
		c.SetNow(c.Now().Add(payment.CodeLife))
		want(t, text(t, typesCode(&visitor.Visitor{}, c, digits)), "This code is good no more")
	})
}

// A code pays, and asks for no review: who has heard it has neither the ticket's number nor its plate. Who finds the ticket
// by these asks.
func TestACodeAsksForNoReview(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "CD-9", Plate: "CDE 009", Offence: "LOADING", Age: 1})
		ctx, client := context.Background(), desk.Dial(c.Socket)
		digits := aCode(t, c, "CD-9")
		opened, err := client.OpenCode(ctx, &pb.OpenCodeRequest{Code: digits})
		if err != nil || len(opened.GetOpened().GetTickets()) != 1 {
			t.Fatalf("%v, %v", opened, err)
		}
		res, err := client.AskReview(ctx, &pb.AskReviewRequest{
			RequestId: "a-request-of-a-thief", Token: opened.GetOpened().GetTickets()[0].GetQuote().GetToken(), Way: "email", Language: "en",
			SealedContact: []byte("x"), SealedStatement: []byte("x"),
		})
		if err != nil || res.GetRefused().GetReason() != "stale" {
			t.Errorf("by a code: %v, %v", res, err)
		}
		const link = "/review?n=0"
		v := typesCode(&visitor.Visitor{}, c, digits)
		if links(v, link) {
			t.Error("the page of a code leads to a request for review")
		}
		v.Open(ctx, c.Portal.URL+link)
		want(t, text(t, v), "CD-9")
		v.Open(ctx, c.Portal.URL+"/pay")
		v.Send(ctx, "find", "/pay/find", map[string]string{"number": "CD-9", "plate": "CDE 009"})
		if !links(v, link) {
			t.Errorf("who has number and plate can't ask:\n%s", text(t, v))
		}
	})
}

// links says whether the page has a link to an address.
func links(v *visitor.Visitor, to string) bool {
	for n := range v.Page.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "href" && a.Val == to {
				return true
			}
		}
	}
	return false
}

// Five wrong codes from one source, and it waits: the right one waits too.
func TestWrongCodesWait(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Add(citytest.Spec{Number: "CD-4", Plate: "CDE 004", Offence: "LOADING", Age: 1})
	c.SetNow(c.Now().Truncate(time.Second))
	v := &visitor.Visitor{}
	for range 2 { // right ones do not count
		want(t, text(t, typesCode(v, c, aCode(t, c, "CD-4"))), "CD-4")
	}
	for range 5 {
		want(t, text(t, typesCode(v, c, "000 000 000")), "This code is not good")
	}
	want(t, text(t, typesCode(v, c, aCode(t, c, "CD-4"))), "Too many wrong codes", "Wait 20 minutes")
	c.SetNow(c.Now().Add(20 * time.Minute))
	want(t, text(t, typesCode(v, c, aCode(t, c, "CD-4"))), "north side of Tide Street")
}

// Who guesses codes by way of a portal of his own is slowed down by the office, with everybody else, and an alarm is
// raised; a caller still gets in.
func TestGuessedCodesSlowEverybodyDown(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Add(citytest.Spec{Number: "CD-5", Plate: "CDE 005", Offence: "LOADING", Age: 1})
	ctx, client := context.Background(), desk.Dial(c.Socket)
	begin := time.Now()
	for i := range 61 {
		res, err := client.OpenCode(ctx, &pb.OpenCodeRequest{Code: fmt.Sprintf("%09d", i)})
		if err != nil || res.GetWrong() != "none" {
			t.Fatalf("%v, %v", res, err)
		}
	}
	quick := time.Since(begin)
	if quick > 30*time.Second || strings.Count(c.Log.String(), "codes_guessed") != 1 {
		t.Errorf("61 wrong codes take %s, %d alarms", quick, strings.Count(c.Log.String(), "codes_guessed"))
	}
	begin = time.Now()
	res, err := client.OpenCode(ctx, &pb.OpenCodeRequest{Code: aCode(t, c, "CD-5")})
	if err != nil || len(res.GetOpened().GetTickets()) != 1 {
		t.Errorf("%v, %v", res, err)
	}
	if waited := time.Since(begin); waited < 2*time.Second {
		t.Errorf("it answers after %s", waited)
	}
	var all sync.WaitGroup
	var tried, sent atomic.Int32
	for i := range 100 {
		all.Go(func() {
			res, err := client.OpenCode(ctx, &pb.OpenCodeRequest{Code: fmt.Sprintf("%09d", 1000+i)})
			if err == nil && res.GetSlowDown() != nil {
				sent.Add(1)
			} else {
				tried.Add(1)
			}
		})
	}
	all.Wait()
	if tried.Load() > 64 || sent.Load() == 0 {
		t.Errorf("%d of a hundred at once are tried, %d are sent away", tried.Load(), sent.Load())
	}
}

// A code goes out by mail once, to an address that nobody can read again, and leads to the city's own address; so does
// a receipt that its payer asks for.
func TestACodeAndAReceiptGoOutByMail(t *testing.T) {
	citytest.Browser(t)
	c := citytest.SQLite(t)
	server := mailtest.Start(t)
	c.SendMail(server)
	c.Add(citytest.Spec{Number: "CD-6", Plate: "CDE 006", Offence: "LOADING", Age: 1, Place: "north side of Qvayle Street"})
	clerk := joins(t, c, c.OpenStaff(), "anne", proto.WebAuthnAuthenticatorTransportInternal, "clerk")
	clerk.opens("/tickets/" + string(numbered(t, c, "CD-6")))
	press(clerk.page, `#phone [value="fr"]`)
	digits := clerk.page.MustElement("#code").MustText()
	clerk.page.MustElement("#email").MustInput("no address")
	press(clerk.page, "#mail button")
	clerk.sees("Enter an e-mail address in the correct form", digits)
	clerk.page.MustElement("#email").MustSelectAllText().MustInput(citytest.ReceiptAddress)
	press(clerk.page, "#mail button")
	clerk.sees("The code is on its way", "Its sending was asked for")
	if clerk.page.MustHas("#mail") {
		t.Error("a code can be sent twice")
	}
	sent := server.Wait(t, 1)[0]
	r := sent.Read(t)
	want(t, words(r.Text), payment.ShowCode(strings.ReplaceAll(digits, " ", "")), "Ouvrez nos pages", c.Settings.Portal.PublicURL, "parce que vous nous avez appelés")
	if sent.To != citytest.ReceiptAddress || strings.Contains(r.Subject, digits[:3]) {
		t.Errorf("%+v, %q", sent, r.Subject)
	}
	for _, no := range []string{"CDE", "CD-6", "Qvayle", "/c/pay", "["} {
		if strings.Contains(r.Text+r.HTML, no) {
			t.Errorf("%q is in the message", no)
		}
	}
	want(t, asked(t, c, "/message", referenceIn.FindString(r.Text)), "Yes: we sent a message", "read out on the telephone")

	v := begins(typesCode(&visitor.Visitor{}, c, digits), c)
	typeCard(v, good)
	want(t, text(t, v), "Paid in full")
	clerk.opens("/")
	clerk.page.MustElement("#number").MustInput(digits)
	press(clerk.page, "#find .govuk-button")
	clerk.sees("Paid.")
	clerk.opens("/receipts/" + clerk.page.MustElement("#live-number").MustText())
	clerk.page.MustElement("#email").MustInput(citytest.ReceiptAddress)
	press(clerk.page, `#mail [value="fr"]`)
	clerk.sees("The receipt is on its way")
	r = server.Wait(t, 2)[1].Read(t)
	want(t, words(r.Text), "Payé en entier", "CD-6")
	if strings.Contains(r.Text, "CDE") || strings.Contains(r.Text, "Qvayle") {
		t.Error("plate or place in the message")
	}
	for what, q := range map[string]string{
		"openings": "select count(*) from leaf where kind = 'opening' and opening like '%email%'", "askings": "select count(*) from leaf where kind = 'receipt_asked' or opening like '%mail_asked%'",
	} {
		if n, err := c.Count(context.Background(), q); err != nil || n != 2 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
}
