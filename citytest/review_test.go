package citytest_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"
	"github.com/ledongthuc/pdf"

	"fundy/citytest"
	"fundy/desk"
	"fundy/desk/deskpb"
	"fundy/mail/mailtest"
	"fundy/payment"
	"fundy/review"
	"fundy/store"
	"fundy/ticket"
	"fundy/visitor"
)

// partyName is who asks.
const partyName = "Zoé Thériault-Wqzv"

// paper is a PDF of nothing.
const paper = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

// reviewPaths are the pages of reviews, by language.
var reviewPaths = map[string][4]string{
	"en": {"/review", "/review/asked", "/review/file", "/review/find"},
	"fr": {"/revision", "/revision/demandee", "/revision/fichier", "/revision/trouver"},
}

// asksReview takes a visitor from a ticket to the reference of its review.
func asksReview(t *testing.T, c *citytest.City, lang, number, plate string, typed map[string]string) (*visitor.Visitor, string) {
	t.Helper()
	ctx, v := context.Background(), &visitor.Visitor{}
	v.Open(ctx, c.Portal.URL+paths[lang][0])
	v.Send(ctx, "find", paths[lang][1], map[string]string{"number": number, "plate": plate})
	v.Open(ctx, c.Portal.URL+reviewPaths[lang][0]+"?n=0")
	all := map[string]string{
		"who": "owner", "reason": "machine", "words": "The machine was out of order.\nIts screen was dark.", "name": partyName, "way": "email",
		"email": citytest.ReceiptAddress, "post": "", "answer": lang,
	}
	for name, value := range typed {
		all[name] = value
	}
	v.Send(ctx, "review", reviewPaths[lang][0], all)
	return v, referenceIn.FindString(text(t, v))
}

// looksUp is what the portal says of a review.
func looksUp(t *testing.T, c *citytest.City, lang, reference, plate string) string {
	t.Helper()
	v := &visitor.Visitor{}
	v.Open(context.Background(), c.Portal.URL+reviewPaths[lang][3])
	v.Send(context.Background(), "look", reviewPaths[lang][3], map[string]string{"reference": reference, "plate": plate})
	return text(t, v)
}

// sendsFile puts a file to the review that a visitor has asked for, as a browser does.
func sendsFile(t *testing.T, c *citytest.City, v *visitor.Visitor, name, mime string, body []byte) (int, string) {
	t.Helper()
	res, page, err := putsFile(t, c.Portal.URL, v, name, mime, body)
	if err != nil {
		t.Fatal(err)
	}
	return res, page
}

// putsFile is sendsFile to the public pages at an address. An error: nobody has answered.
func putsFile(t *testing.T, at string, v *visitor.Visitor, name, mime string, body []byte) (int, string, error) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	if err := m.WriteField("form", v.Hidden("form")); err != nil {
		t.Fatal(err)
	}
	part, err := m.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, name)}, "Content-Type": {mime},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(body); err != nil {
		t.Fatal(err)
	}
	m.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at+"/review/file", &b)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Origin", at)
	r.Header.Set("Cookie", v.Cookie(at))
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	v.Keep(r.URL.Host, res)
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(page), nil
}

func photo(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A review is asked for on the portal, with a photo; an officer opens it, and each opening leaves a leaf; he withdraws
// the ticket; the party reads so by e-mail, in its language, and on the portal. Nothing of the party is anywhere but sealed.
func TestAReviewFromTheFormToTheLetter(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	c := citytest.SQLite(t)
	server := mailtest.Start(t)
	c.SendMail(server)
	id := c.Add(citytest.Spec{Number: "FH-1", Plate: "ABC 123", Offence: "NOPARK", Age: 3})
	v, reference := asksReview(t, c, "fr", "FH-1", "ABC 123", map[string]string{"words": "L’horodateur était en panne.\nL’écran était noir."})
	want(t, text(t, v), "Nous avons votre demande", reference, "Reçus : 0 sur au plus 5.")
	code, page := sendsFile(t, c, v, "IMG_0001.JPG", "image/jpeg", photo(t))
	if code != http.StatusSeeOther {
		t.Fatalf("a photo: %d\n%s", code, page)
	}
	v.Open(t.Context(), c.Portal.URL+"/review/asked")
	if code, page := sendsFile(t, c, v, "bill.pdf", "application/pdf", []byte(paper)); code != http.StatusSeeOther {
		t.Fatalf("a paper: %d\n%s", code, page)
	}
	want(t, looksUp(t, c, "fr", reference, "abc-123"), "Nous avons votre demande. La ville décide au plus tard le", "FH-1")
	want(t, looksUp(t, c, "fr", reference, "ABC 124"), "Aucune révision de cette référence")

	at := c.OpenStaff()
	olga := joins(t, c, at, "olga", proto.WebAuthnAuthenticatorTransportInternal, "screening")
	olga.opens("/reviews")
	olga.sees(reference, "FH-1", "Open it, read it, and decide.", "0 days")
	press(olga.page, "tbody a")
	olga.sees("It is sealed.", "under review", "By e-mail, French", "Open file 1 (jpeg)")
	if strings.Contains(olga.text(), partyName) {
		t.Error("who asks is shown before it is opened")
	}
	press(olga.page, "#open button")
	olga.sees(partyName, citytest.ReceiptAddress, "The machine or the application did not work", "L’écran était noir.")
	for field, n := range map[string]int64{"contact": 1, "statement": 1, "words": 0} {
		if got, err := c.Count(t.Context(), "select count(*) from leaf where kind = 'opening' and opening like '%staff:olga%' and opening like '%"+field+"%'"); err != nil || int64(got) != n {
			t.Errorf("%s: %v leaves, %v", field, got, err)
		}
	}
	// In this window, for a browser that is driven opens no other.
	olga.page.MustEval(`() => { for (const f of document.querySelectorAll("form[target]")) f.removeAttribute("target") }`)
	press(olga.page, `form[action$="/files/1"] button`)
	if title := olga.page.MustInfo().Title; !strings.Contains(title, "40×30") {
		t.Errorf("the photo is shown as %q, %s", title, olga.text())
	}
	olga.page.MustNavigateBack().MustWaitLoad()
	olga.opens("/reviews")
	press(olga.page, "tbody a")
	olga.page.MustElement("#event").MustSelect("Withdraw the ticket; what was paid is given back in full")
	olga.page.MustElement("#words").MustInput("L’entretien confirme la panne ce jour-là.")
	press(olga.page, "#decide button")
	olga.sees("Decided. The party is told by e-mail", "decided for the party", "olga")
	onPaper(t, olga, reference)

	sent := server.Wait(t, 1)[0]
	read := sent.Read(t)
	if sent.To != citytest.ReceiptAddress || read.Subject != "Décision sur la demande de révision de la contravention FH-1 – Havre-de-Fundy" {
		t.Errorf("%s: %s", sent.To, read.Subject)
	}
	want(t, words(read.Text), "La contravention est retirée. Rien n’est dû.", "L’entretien confirme la panne ce jour-là.", reference)
	if strings.Contains(read.Text, "ABC 123") || strings.Contains(read.Text, "Tide Street") || strings.Contains(read.Text, "[decision") {
		t.Errorf("the message says\n%s", read.Text)
	}
	_, ours, _ := strings.Cut(read.Text, "Ce message vient-il de nous")
	want(t, asked(t, c, "/message", referenceIn.FindString(ours)), "It tells of a decision on a request for review")
	want(t, looksUp(t, c, "fr", reference, "ABC 123"), "La contravention est retirée. Rien n’est dû.", "Décidée le")
	want(t, looksUp(t, c, "en", reference, "ABC 123"), "The ticket is withdrawn. Nothing is owed.")
	if got := c.Query("select state from ticket where id = '" + string(id) + "'"); got[0][0] != string(ticket.Withdrawn) {
		t.Errorf("the ticket is %v", got)
	}
	c.CheckLedger()
}

// onPaper reads the decision as a letter, in the party's language, and has it made as PDF in both, to an address that is typed: it
// says what the page says, and is asked after by the same reference.
func onPaper(t *testing.T, olga *worker, reference string) {
	t.Helper()
	press(olga.page, "#letter button")
	olga.sees(partyName, reference, "La contravention est retirée. Rien n’est dû.", "L’entretien confirme la panne ce jour-là.")
	if got := olga.page.MustElement("#language").MustProperty("value").Str(); got != "fr" {
		t.Errorf("the paper’s language is %s", got)
	}
	all := referenceIn.FindAllString(olga.text(), -1) // the review's, and at its end the letter's own
	if len(all) < 2 || all[len(all)-1] == reference {
		t.Fatalf("the letter has no reference of its own:\n%s", olga.text())
	}
	file, err := base64.StdEncoding.DecodeString(olga.page.MustEval(`async () => {
		const form = document.querySelector("#paper");
		form.address.value = "Zoé Thériault\n3, rue du Quai\nHavre-de-Fundy NB";
		form.language.value = "both";
		const r = await fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))});
		return btoa(String.fromCharCode(...new Uint8Array(await r.arrayBuffer())));
	}`).Str())
	if err != nil {
		t.Fatal(err)
	}
	read, err := pdf.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatalf("%v: %.200s", err, file)
	}
	var said strings.Builder
	for i := range read.NumPage() {
		text, err := read.Page(i + 1).GetPlainText(nil)
		if err != nil {
			t.Fatal(err)
		}
		said.WriteString(text)
	}
	want(t, words(said.String()), "3, rue du Quai", reference, all[len(all)-1], "The ticket is withdrawn. Nothing is owed.", "La contravention est retirée.")
	if strings.Contains(said.String(), "ABC 123") || strings.Contains(said.String(), "[") {
		t.Errorf("the paper says\n%s", said.String())
	}
}

// Whoever asked for a refund of a ticket, or approved it, does not decide its review; another does, and a ticket that was
// paid by card again meanwhile is paid back in full.
func TestWhoRefundedDecidesNoReview(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		ctx, s := context.Background(), c.Office.Settler()
		id := c.Add(citytest.Spec{Number: "R1", Plate: "RRR 111", Offence: "LOADING", Age: 1})
		a := paid(t, c, "R1", "RRR 111", good)
		back, err := s.AskRefund(ctx, a.ID, payment.RefundAsk{
			Way: payment.ByProcessor, Ticket: id, Amount: a.Amount, Expected: a.Amount, Reason: payment.ReasonWrongTicket, Reopen: true, By: "anne",
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ApproveRefund(ctx, back.ID, "ben"); err != nil {
			t.Fatal(err)
		}
		goesOn(t, c, back.ID, payment.RefundSending)
		if got := statesOf(t, c, id); got != "reopened" {
			t.Fatalf("the ticket is %s", got)
		}
		_, reference := asksReview(t, c, "en", "R1", "RRR 111", map[string]string{"name": partyName})
		r := reviewOf(t, c, reference)
		decide := func(by string, e review.Event) (review.Review, error) {
			return s.DecideReview(ctx, r.ID, review.Decision{Event: e, Words: "Because.", Version: r.Version, By: by}, func(review.ID, string) ([]byte, error) {
				return []byte("sealed"), nil
			})
		}
		for _, by := range []string{"anne", "ben"} {
			if _, err := decide(by, review.Keep); noReview(err) != review.RefusedMoney {
				t.Errorf("%s decides: %v", by, err)
			}
		}
		// Paid again, with the box: the review ends at once for who looks, and for the office with its sweep.
		v := toCardPage(c, "en", "", [2]string{"R1", "RRR 111"})
		want(t, text(t, v), "A review of this ticket has been asked for")
		v.Send(ctx, "confirm", "/pay/start", map[string]string{"box": "1"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full")
		want(t, looksUp(t, c, "en", reference, "RRR 111"), "The review has ended without a decision.")
		if err := s.SweepReviews(ctx); err != nil {
			t.Fatal(err)
		}
		if r = reviewOf(t, c, reference); r.State != review.Ended {
			t.Fatalf("%+v", r)
		}
		done, err := decide("olga", review.Withdraw)
		if err != nil || !done.Refund {
			t.Fatalf("%+v, %v", done, err)
		}
		want(t, looksUp(t, c, "en", reference, "RRR 111"), "The ticket is withdrawn. Nothing is owed.", "What was paid is given back in full")
		for _, one := range refundsOf(t, c, lastAttempt(t, c, id)) {
			if _, err := s.ApproveRefund(ctx, one.ID, "ben"); err != nil {
				t.Fatal(err)
			}
			goesOn(t, c, one.ID, payment.RefundSending)
		}
		if check := c.CheckLedger(); check.Clearing != 0 || check.Refunded != 2*a.Amount.Minor() || check.ByAccount["receivable:penalty"] != 0 {
			t.Errorf("%+v", check)
		}
	})
}

func reviewOf(t *testing.T, c *citytest.City, reference string) (r review.Review) {
	t.Helper()
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = tx.ReviewByReference(ctx, reference)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func lastAttempt(t *testing.T, c *citytest.City, id ticket.ID) (a payment.AttemptID) {
	t.Helper()
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = tx.AttemptOfTicket(ctx, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func noReview(err error) string {
	var no *review.Refusal
	if errors.As(err, &no) {
		return no.Reason
	}
	return ""
}

// journeyOfReview goes through the pages of reviews, and leaves the visit as it was.
func journeyOfReview(t *testing.T, c *citytest.City, page *rod.Page, lang string, find func(number, plate string), seen func(name string)) {
	t.Helper()
	p := reviewPaths[lang]
	find("FH-9", "ABC 123")
	press(page, `a[href^="`+p[0]+`?"]`)
	seen("ask-review")
	press(page, "#review .govuk-button")
	seen("ask-review-empty")
	for _, pick := range []string{"#who-driver", "#reason-machine", "#way-post"} {
		page.MustElement(pick).MustEval(`() => this.click()`)
	}
	page.MustElement("#words").MustInput("4012 8888 8888 1881")
	press(page, "#review .govuk-button")
	seen("ask-review-card")
	page.MustElement("#words").MustInput("It was out of order.")
	page.MustElement("#name").MustInput(partyName)
	press(page, "#review .govuk-button")
	seen("ask-review-no-address")
	page.MustElement("#post").MustInput("1 Sea Street\nSaint John")
	press(page, "#review .govuk-button")
	seen("ask-review-asked")
	reference := page.MustElement("#reference").MustText()
	press(page, "form[enctype] button")
	seen("ask-review-no-file")
	page.MustNavigate(c.Portal.URL + p[3]).MustWaitLoad()
	seen("find-review")
	press(page, "#review_find .govuk-button")
	seen("find-review-empty")
	page.MustElement("#reference").MustInput(reference)
	page.MustElement("#plate").MustInput("ABC 123")
	press(page, "#review_find .govuk-button")
	seen("find-review-found")
	page.MustNavigate(c.Portal.URL + map[string]string{"en": "/pay/tickets", "fr": "/payer/contraventions"}[lang]).MustWaitLoad()
	press(page, "section .govuk-button--secondary")
}

// What the desk brings is bounded for each call by itself: a file may be large, nothing else; and what is typed while the
// office is away is not lost.
func TestTheDeskTakesWhatAReviewNeedsAndNoMore(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Add(citytest.Spec{Number: "D1", Plate: "DDD 111", Offence: "LOADING", Age: 1})
	ctx, client := context.Background(), desk.Dial(c.Socket)
	v, reference := asksReview(t, c, "en", "D1", "DDD 111", map[string]string{"name": partyName})
	if reference == "" {
		t.Fatal(text(t, v))
	}
	r := reviewOf(t, c, reference)
	_, err := client.AskReview(ctx, &deskpb.AskReviewRequest{RequestId: r.RequestID, SealedContact: make([]byte, 600<<10)})
	if connect.CodeOf(err) != connect.CodeResourceExhausted {
		t.Errorf("a contact of 600 KB: %v", err)
	}
	res, err := client.AskReview(ctx, &deskpb.AskReviewRequest{RequestId: r.RequestID, Way: "email", SealedContact: make([]byte, 17<<10), SealedStatement: []byte("s")})
	if err != nil || res.GetRefused().GetReason() != review.RefusedForm {
		t.Errorf("a contact of 17 KB: %v, %v", res, err)
	}
	for name, one := range map[string]struct {
		file *deskpb.AddReviewFileRequest
		want string
	}{
		"another's":        {&deskpb.AddReviewFileRequest{RequestId: strings.Repeat("x", 26), Kind: "jpeg", Number: 1, Sealed: []byte("x")}, "none"},
		"of no kind":       {&deskpb.AddReviewFileRequest{RequestId: r.RequestID, Kind: "html", Number: 1, Sealed: []byte("x")}, "form"},
		"without a number": {&deskpb.AddReviewFileRequest{RequestId: r.RequestID, Kind: "jpeg", Sealed: []byte("x")}, "form"},
		"of 4 MB":          {&deskpb.AddReviewFileRequest{RequestId: r.RequestID, Kind: "jpeg", Number: 1, Sealed: make([]byte, 4<<20)}, ""},
	} {
		if res, err := client.AddReviewFile(ctx, one.file); err != nil || res.GetRefused() != one.want {
			t.Errorf("%s: %v, %v", name, res, err)
		}
	}
	if _, err := client.AddReviewFile(ctx, &deskpb.AddReviewFileRequest{RequestId: r.RequestID, Kind: "jpeg", Number: 2, Sealed: make([]byte, 5<<20)}); err == nil {
		t.Error("a file of 5 MB is taken")
	}
	c.Add(citytest.Spec{Number: "D2", Plate: "DDD 222", Offence: "LOADING", Age: 1})
	late := &visitor.Visitor{}
	late.Open(ctx, c.Portal.URL+"/pay")
	late.Send(ctx, "find", "/pay/find", map[string]string{"number": "D2", "plate": "DDD 222"})
	late.Open(ctx, c.Portal.URL+"/review?n=0")
	c.CloseDesk()
	late.Send(ctx, "review", "/review", map[string]string{"who": "owner", "reason": "sold", "words": "A long story.", "name": partyName, "way": "post", "post": "1 Sea Street", "answer": "en"})
	if late.Status != http.StatusServiceUnavailable || late.Hidden("name") != partyName {
		t.Errorf("%d, %q", late.Status, late.Hidden("name"))
	}
	want(t, text(t, late), "What you wrote is still here", "A long story.")
}
