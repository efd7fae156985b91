package citytest_test

import (
	"html"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/mail/mailtest"
	"fundy/payment"
)

// Who left an address is told that his payment came to nothing through us, and until when its price holds; what waits
// in the queue for somebody to tell him is closed, and the portal knows the message.
func TestAPayerIsToldThatHisHoldLapsed(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.SetNow(time.Date(2027, 3, 3, 15, 0, 0, 0, time.UTC))
		server := mailtest.Start(t)
		c.SendMail(server)
		c.Add(citytest.Spec{Number: "N1", Plate: "NNN 111", Offence: "LOADING", Age: 14})
		a := lapses(t, c, "N1", "NNN 111", citytest.ReceiptAddress)
		if a.State != payment.CaptureFailed {
			t.Fatalf("the attempt is %s", a.State)
		}
		sent := server.Wait(t, 1)[0]
		if sent.To != citytest.ReceiptAddress {
			t.Errorf("sent to %q", sent.To)
		}
		r := sent.Read(t)
		for _, body := range []string{words(r.Text), words(html.UnescapeString(r.HTML))} {
			want(t, body, "Your payment did not go through", "Because of us, your payment of $50.00 came to nothing", "Ticket N1", "$50.00 to the end of March 26, 2027", c.Settings.Portal.PublicURL)
		}
		for range 100 {
			if _, waits := openByKind(t, c)[payment.ExceptionLapsed]; !waits {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if e, waits := openByKind(t, c)[payment.ExceptionLapsed]; waits {
			t.Errorf("still in the queue: %+v", e)
		}
		reference := referenceIn.FindString(r.Text)
		want(t, asked(t, c, "/message", reference), "Yes: we sent a message", "did not go through because of us")
	})
}

// Where everything was paid before the mail server was there, there is nothing left to tell.
func TestNobodyIsToldOfALapsedHoldOnceItsTicketIsPaid(t *testing.T) {
	t.Parallel()
	c := citytest.SQLiteAt(t, time.Date(2027, 3, 3, 15, 0, 0, 0, time.UTC))
	c.Add(citytest.Spec{Number: "N2", Plate: "NNN 222", Offence: "LOADING", Age: 14})
	if a := lapses(t, c, "N2", "NNN 222", citytest.ReceiptAddress); a.State != payment.CaptureFailed {
		t.Fatalf("the attempt is %s", a.State)
	}
	paid(t, c, "N2", "NNN 222", good)
	server := mailtest.Start(t)
	c.SendMail(server)
	for range 200 {
		if rows := c.Query("select result from outbox where kind = 'mail_lapsed' and done_at is not null"); len(rows) == 1 {
			if rows[0][0] != "owed no more" || len(server.Taken()) != 0 {
				t.Errorf("%v, and %d messages", rows[0][0], len(server.Taken()))
			}
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the task is not ended")
}
