package citytest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/desk"
	pb "fundy/desk/deskpb"
	"fundy/seal"
	"fundy/ticket"
	"fundy/visitor"
)

// What no database keeps as text is nobody's payment: neither who opens addresses at the portal nor who sits in it makes the
// office fail, or fills a log with it.
func TestTextThatNoDatabaseTakes(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		ctx := context.Background()
		for _, path := range []string{"/r/%00", "/r/%ff", "/r/a%00b/receipt", "/r/%ff/receipt", "/r/x?lang=%00", "/pay/receipt?n=%00", "/%00"} {
			res, err := http.Get(c.Portal.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || res.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d, %v\n%s", path, res.StatusCode, err, body)
			}
		}
		v := &visitor.Visitor{}
		c.Add(citytest.Spec{Number: "HO-1", Plate: "HOS 001", Offence: "LOADING", Age: 1})
		v.Open(ctx, c.Portal.URL+"/pay")
		v.Send(ctx, "find", "/pay/find", map[string]string{"number": "HO\x00-1\xff", "plate": "HOS\x00 001"})
		want(t, text(t, v), "HO-1", "$50.00")
		v.Open(ctx, c.Portal.URL+"/pay/confirm")
		v.Send(ctx, "confirm", "/pay/start", map[string]string{"email": "", "request": "a-request\x00-of-a-thief\xff"})
		want(t, text(t, v), "$50.00")

		client := desk.Dial(c.Socket)
		for _, bad := range []string{"an-id-with\x00in-it-0123", strings.Repeat("x", 65), "", "an id with spaces in it"} {
			if res, err := client.WatchPayment(ctx, &pb.WatchPaymentRequest{Attempt: bad}); err != nil || res.GetOutcome() != "unknown" {
				t.Errorf("watch %q: %v, %v", bad, res, err)
			}
			if res, err := client.ShowReceipt(ctx, &pb.ShowReceiptRequest{Attempt: bad}); err != nil || res.GetReceipt() != nil {
				t.Errorf("receipt %q: %v, %v", bad, res, err)
			}
			if res, err := client.StartPayment(ctx, &pb.StartPaymentRequest{RequestId: bad}); err != nil || res.GetRefused() == nil {
				t.Errorf("start %q: %v, %v", bad, res, err)
			}
			if res, err := client.StartPayment(ctx, &pb.StartPaymentRequest{RequestId: "a-request-of-a-page-1", Code: bad, EarlierAttempt: bad}); err != nil || res.GetRefused() == nil {
				t.Errorf("start by code %q: %v, %v", bad, res, err)
			}
			if res, err := client.AskReview(ctx, &pb.AskReviewRequest{RequestId: bad, Way: "email", SealedContact: []byte("x"), SealedStatement: []byte("x")}); err != nil || res.GetRefused() == nil {
				t.Errorf("review %q: %v, %v", bad, res, err)
			}
			if res, err := client.AddReviewFile(ctx, &pb.AddReviewFileRequest{RequestId: bad, Kind: "pdf", Number: 1, Sealed: []byte("x")}); err != nil || res.GetRefused() == "" {
				t.Errorf("file %q: %v, %v", bad, res, err)
			}
			if res, err := client.FindReview(ctx, &pb.FindReviewRequest{Reference: bad, Plate: bad, IssuedOn: bad}); err != nil || res.GetNotFound() == nil {
				t.Errorf("find review %q: %v, %v", bad, res, err)
			}
			if res, err := client.CheckMessage(ctx, &pb.CheckMessageRequest{Reference: bad}); err != nil || res.GetOurs() {
				t.Errorf("message %q: %v, %v", bad, res, err)
			}
		}
		for line := range strings.Lines(c.Log.String()) {
			if strings.Contains(line, "level=ERROR") {
				t.Error(fmt.Sprint("the log has ", line))
			}
		}
	})
}

// Each showing of a receipt opens plates and leaves a leaf for each: a payer who asks again and again waits, and the log does
// not grow by it.
func TestAReceiptIsNotShownWithoutEnd(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		ctx, client := context.Background(), desk.Dial(c.Socket)
		c.Add(citytest.Spec{Number: "HO-2", Plate: "HOS 002", Offence: "LOADING", Age: 1})
		c.SetNow(c.Now().Truncate(time.Second))
		v := toCardPage(c, "en", "", [2]string{"HO-2", "HOS 002"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full", "HOS 002")
		_, attempt, _ := strings.Cut(v.At, "/r/")
		attempt = strings.TrimSuffix(attempt, "/receipt")
		openings := func() int {
			n, err := c.Count(ctx, "select count(*) from leaf where kind = 'opening'")
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		for range 200 {
			if _, err := client.ShowReceipt(ctx, &pb.ShowReceiptRequest{Attempt: attempt}); err != nil {
				t.Fatal(err)
			}
		}
		if n := openings(); n < 10 || n > 30 {
			t.Errorf("%d openings", n)
		}
		v.Open(ctx, c.Portal.URL+"/r/"+attempt+"/receipt")
		if want(t, text(t, v), "can’t answer just now"); v.Status != http.StatusTooManyRequests {
			t.Errorf("%d", v.Status)
		}
		c.SetNow(c.Now().Add(time.Minute))
		v.Open(ctx, c.Portal.URL+"/r/"+attempt+"/receipt")
		want(t, text(t, v), "Paid in full", "HOS 002")
	})
}

// So does each showing of a photograph, to whoever has one quote of its ticket.
func TestAPhotographIsNotShownWithoutEnd(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	ctx, client := context.Background(), desk.Dial(c.Socket)
	c.Office.Settings.Photo.OnPortal = true
	c.Add(citytest.Spec{Number: "HO-3", Plate: "HOS 003", Offence: "LOADING", Age: 1})
	front, err := client.Front(ctx, &pb.FrontRequest{})
	if err != nil {
		t.Fatal(err)
	}
	public, err := seal.ParsePublicKey(front.GetSealKey())
	if err != nil {
		t.Fatal(err)
	}
	p := ticket.Photo{ID: "pho_1", Ticket: numbered(t, c, "HO-3"), Kind: "jpeg", Width: 10, Height: 10, AddedBy: "anne"}
	if p.Sealed, err = public.Seal([]byte("a picture"), []byte(seal.TicketPhoto), []byte(p.ID)); err != nil {
		t.Fatal(err)
	}
	if p, err = c.Office.Settler().AddPhoto(ctx, p); err != nil {
		t.Fatal(err)
	}
	if p.Copy, err = public.Seal([]byte("a copy"), []byte(seal.TicketPhotoCopy), []byte(p.ID)); err != nil {
		t.Fatal(err)
	}
	if p.CopyWidth, p.CopyHeight = 10, 10; c.Office.Settler().ReleasePhoto(ctx, p, true, "the sign", "olga") != nil {
		t.Fatal("not released")
	}
	found, err := client.FindTicket(ctx, &pb.FindTicketRequest{Number: "HO-3", Plate: "HOS 003"})
	if err != nil || len(found.GetTicket().GetPhotos()) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	shown := 0
	for range 200 {
		res, err := client.ShowPhoto(ctx, &pb.ShowPhotoRequest{Token: found.GetTicket().GetQuote().GetToken(), Number: 1})
		if err != nil {
			t.Fatal(err)
		}
		if string(res.GetJpeg()) == "a copy" {
			shown++
		}
	}
	n, err := c.Count(ctx, "select count(*) from leaf where kind = 'opening'")
	if err != nil || shown < 10 || shown > 30 || n != shown {
		t.Errorf("shown %d times, %d openings, %v", shown, n, err)
	}
}
