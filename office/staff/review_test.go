package staff

import (
	"bytes"
	"cmp"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/desk"
	"fundy/fault"
	"fundy/mail"
	"fundy/money"
	"fundy/office/unseal"
	"fundy/payment"
	"fundy/picture"
	"fundy/review"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// sealed is a bench with the office's keys: what is opened, and by whom, is noted before it is.
type sealed struct {
	*bench
	public   seal.PublicKey
	opened   []unseal.What
	last     review.ID     // that was asked for
	words    string        // of the officer, in its letter
	language city.Language // of the party; French where it is ""
}

func (b *bench) sealed() *sealed {
	b.t.Helper()
	private, public, err := unseal.Generate()
	if err != nil {
		b.t.Fatal(err)
	}
	s := &sealed{bench: b, public: public}
	opener, err := unseal.New(unseal.Config{PrivateKey: private, Record: func(ctx context.Context, what unseal.What) error {
		s.opened = append(s.opened, what)
		return b.pages.Store.Write(ctx, fault.RecordOpening, func(ctx context.Context, tx *store.Tx) error { // as the office does
			return tx.ReviewOpened(ctx, review.ID(what.Subject), strings.TrimPrefix(what.Actor, "staff:"), b.now)
		})
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	open := func(ctx context.Context, person, field string, r review.Review, what []byte, info string, place []byte) ([]byte, error) {
		return opener.Open(ctx, unseal.What{Actor: "staff:" + person, Purpose: "review", Subject: string(r.ID), Field: field}, what, []byte(info), place)
	}
	b.pages.Reviews = Reviews{
		Seal: public,
		Contact: func(ctx context.Context, person string, r review.Review) (desk.ReviewContact, error) {
			plain, err := open(ctx, person, "contact", r, r.Contact, seal.ReviewContact, []byte(r.RequestID))
			if err != nil {
				return desk.ReviewContact{}, err
			}
			return desk.ReadReviewContact(plain)
		},
		Statement: func(ctx context.Context, person string, r review.Review) (desk.ReviewStatement, error) {
			plain, err := open(ctx, person, "statement", r, r.Statement, seal.ReviewStatement, []byte(r.RequestID))
			if err != nil {
				return desk.ReviewStatement{}, err
			}
			return desk.ReadReviewStatement(plain)
		},
		Words: func(ctx context.Context, person string, r review.Review) (string, error) {
			plain, err := open(ctx, person, "words", r, r.Words, seal.ReviewWords, []byte(r.ID))
			return string(plain), err
		},
		File: func(ctx context.Context, person string, r review.Review, f store.ReviewFile) ([]byte, error) {
			return open(ctx, person, "file", r, f.Sealed, seal.ReviewFile, seal.ReviewFilePlace(r.RequestID, f.N))
		},
		Letter: func(_ context.Context, _ string, _ review.ID, languages []city.Language) (l ReviewLetter, err error) {
			said := map[city.Language]string{"en": "The ticket is upheld.", "fr": "La contravention est maintenue, comme demandé."}
			for _, lang := range languages {
				l.In = append(l.In, mail.Letter{Lang: string(lang), To: []string{"Zoé <b>", "1 rue de la Mer"}, Title: "Décision", Lead: said[lang], Sentences: []string{s.words}})
			}
			b.write(func(ctx context.Context, tx *store.Tx) (err error) {
				l.Message, _, err = tx.MakeMessage(ctx, payment.Message{Reference: "4F7QK-8R2MC", Task: "fundy/" + string(s.last) + "/letter_review/2", Kind: "letter_review", Ref: string(s.last), Language: "fr", MadeAt: b.now})
				return err
			})
			return l, nil
		},
	}
	b.pages.Settler = settle.New(settle.Config{
		Store: b.pages.Store, City: b.pages.city, Rules: b.pages.Rules, Now: func() time.Time { return b.now }, Log: b.pages.Log,
		Review: review.Settings{DecideDays: 10, KeepDays: 400, FilesMost: 5},
	})
	return s
}

// asks is a request as the portal brings it.
func (s *sealed) asks(id ticket.ID, way review.Way) review.Review {
	s.t.Helper()
	request := "request-" + string(id)
	seals := func(plain []byte, err error, info string) []byte {
		if err != nil {
			s.t.Fatal(err)
		}
		out, err := s.public.Seal(plain, []byte(info), []byte(request))
		if err != nil {
			s.t.Fatal(err)
		}
		return out
	}
	contact, err := desk.ReviewContact{Name: "Zoé Thériault", Email: "zoe@example.ca"}.Seal()
	said, err2 := desk.ReviewStatement{Who: "driver", Reason: "sold", Words: "Sold in May.\n<script>alert(1)</script>"}.Seal()
	r, err3 := s.pages.Settler.AskReview(context.Background(), review.Review{
		Ticket: id, Way: way, Language: cmp.Or(s.language, city.French), Channel: review.OnPortal, RequestID: request,
		Contact: seals(contact, err, seal.ReviewContact), Statement: seals(said, err2, seal.ReviewStatement),
	})
	if err3 != nil {
		s.t.Fatal(err3)
	}
	s.last = r.ID
	return r
}

func (s *sealed) adds(r review.Review, n int, kind string, body []byte) {
	s.t.Helper()
	sealed, err := s.public.Seal(body, []byte(seal.ReviewFile), seal.ReviewFilePlace(r.RequestID, n))
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.pages.Settler.AddReviewFile(context.Background(), r.ID, store.ReviewFile{N: n, Kind: kind, Bytes: len(sealed), Sealed: sealed}, ""); err != nil {
		s.t.Fatal(err)
	}
}

// An officer finds a review in the queue, opens it after a leaf, and decides; words that are missing keep the rest; who
// comes second is told so. What a stranger wrote is text.
func TestAnOfficerDecidesAReview(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.sealed()
		b.person("olga", "screening")
		b.person("carl", "clerk")
		olga, carl := b.session("olga"), b.session("carl")
		id := b.ticketIn("SJ100", "ABC 123")
		r := s.asks(id, review.ByEmail)
		at := "/reviews/" + string(r.ID)
		code, page := b.get(carl, "/reviews")
		b.wants(code, page, http.StatusOK, r.Reference, "SJ100", "nobody yet", "Open it, read it, and decide.", "0 days")
		code, page = b.get(carl, at)
		b.wants(code, page, http.StatusOK, "It is sealed.", "under review")
		if strings.Contains(page, "Zoé") || strings.Contains(page, "Open what was written") || strings.Contains(page, `id="decide"`) || len(s.opened) != 0 {
			t.Errorf("a clerk reads %v\n%s", s.opened, page)
		}
		code, page = b.post(olga, at+"/open", nil)
		b.wants(code, page, http.StatusOK, "Zoé Thériault", "zoe@example.ca", "The vehicle had been sold", "driver", "Sold in May.", "&lt;script&gt;")
		if len(s.opened) != 2 || s.opened[0].Actor != "staff:olga" || s.opened[0].Field != "contact" || s.opened[1].Field != "statement" {
			t.Errorf("opened: %v", s.opened)
		}
		code, _ = b.post(olga, at+"/take", url.Values{"version": {"1"}})
		b.wants(code, "", http.StatusSeeOther)
		code, page = b.post(olga, at+"/decide", url.Values{"version": {"2"}, "event": {"keep"}, "words": {""}})
		b.wants(code, page, http.StatusUnprocessableEntity, "Write why it is decided so", `value="keep" selected`)
		code, page = b.post(olga, at+"/decide", url.Values{"version": {"2"}, "event": {""}, "words": {"Le panneau est clair."}})
		b.wants(code, page, http.StatusUnprocessableEntity, "Choose a decision", "Le panneau est clair.")
		code, page = b.post(olga, at+"/decide", url.Values{"version": {"1"}, "event": {"keep"}, "words": {"Le panneau est clair."}})
		b.wants(code, page, http.StatusUnprocessableEntity, "This review was decided or changed since you opened the page", "Le panneau est clair.")
		for _, not := range []string{"reduce", "extend", "send"} {
			form := url.Values{"version": {"2"}, "event": {not}, "words": {"Non."}, "amount": {"1.00"}, "until": {"2026-07-01"}, "hearing": {"2026-07-01"}}
			code, page = b.post(olga, at+"/decide", form)
			b.wants(code, page, http.StatusUnprocessableEntity, "The law of this ticket has no such decision")
			if strings.Contains(page, `value="`+not+`"`) {
				t.Errorf("nb-lga offers %s", not)
			}
		}
		code, _ = b.post(olga, at+"/decide", url.Values{"version": {"2"}, "event": {"withdraw"}, "words": {"Vendu, en effet."}})
		b.wants(code, "", http.StatusSeeOther)
		code, page = b.get(olga, at+"?said=review_decided")
		b.wants(code, page, http.StatusOK, "decided for the party", "olga", "Decided. The party is told by e-mail", "withdrawn")
		code, page = b.post(olga, at+"/decide", url.Values{"version": {"2"}, "event": {"keep"}, "words": {"Non."}})
		b.wants(code, page, http.StatusUnprocessableEntity, "This review was decided or changed since you opened the page")
		code, page = b.post(olga, at+"/open", nil)
		b.wants(code, page, http.StatusOK, "What was said to the party", "Vendu, en effet.")
		code, page = b.get(olga, "/reviews")
		b.wants(code, page, http.StatusOK, "No review is under way.")
		if strings.Contains(b.log.String(), "Zoé") || strings.Contains(b.log.String(), "panneau") {
			t.Errorf("the log: %s", b.log.String())
		}
	})
}

// Who took a payment of a ticket does not decide its review; the page says so before and after.
func TestWhoHandledTheMoneyDecidesNoReview(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.sealed()
		b.person("olga", "screening", "finance")
		b.person("pat", "supervisor")
		id := b.ticketIn("SJ100", "ABC 123")
		ctx := context.Background()
		for _, do := range []func() error{
			func() error { _, err := b.pages.Settler.MakeDrawer(ctx, "A", "City Hall", "dora"); return err },
			func() error {
				float, err := payment.ParseCount("20x3")
				if err == nil {
					_, err = b.pages.Settler.OpenDrawer(ctx, "A", "olga", float)
				}
				return err
			},
			func() error {
				e, err := b.pages.Settler.TakeTender(ctx, settle.TenderRequest{
					RequestID: "req_one_0123456789", Tickets: []ticket.ID{id}, By: "olga", Tenders: []payment.Tender{{Kind: payment.Cash, Tendered: money.FromMinor(5000)}},
				})
				if err == nil {
					_, err = b.pages.Settler.ReverseEntry(ctx, e.Attempt.ID, "olga", "a wrong ticket")
				}
				return err
			},
		} {
			if err := do(); err != nil {
				t.Fatal(err)
			}
			b.now = b.now.Add(time.Second)
		}
		r := s.asks(id, review.ByPost)
		at := "/reviews/" + string(r.ID)
		olga, pat := b.session("olga"), b.session("pat")
		code, page := b.get(olga, at)
		b.wants(code, page, http.StatusOK, "another person decides its review")
		if strings.Contains(page, `id="decide"`) {
			t.Error("it is offered")
		}
		code, page = b.post(olga, at+"/decide", url.Values{"version": {"1"}, "event": {"keep"}, "words": {"Non."}})
		b.wants(code, page, http.StatusUnprocessableEntity, "another person decides its review")
		code, page = b.post(olga, at+"/decide", url.Values{"version": {"1"}, "event": {"close"}, "why": {"twice"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "another person decides its review")
		code, _ = b.post(pat, at+"/decide", url.Values{"version": {"1"}, "event": {"keep"}, "words": {"Non."}})
		b.wants(code, "", http.StatusSeeOther)
		code, page = b.post(pat, at+"/letter", nil)
		b.wants(code, page, http.StatusOK, "Zoé &lt;b&gt;", "1 rue de la Mer", "La contravention est maintenue", `lang="fr"`)
	})
}

// Who has entered a paper ticket by hand does not end it by way of its review either; the page says so before and after.
func TestWhoEnteredTheTicketDecidesNoReview(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.sealed()
		b.person("anne", "supervisor", "clerk")
		b.person("pat", "supervisor")
		anne, pat := b.session("anne"), b.session("pat")
		at := b.leads(anne, "/enter", url.Values{
			"number": {"77"}, "day": {"2026-06-02"}, "offence": {"LOADING"}, "place": {"Tide Street"}, "plate": {"ABC 123"}, "province": {"NB"}, "delivery": {"windshield"},
		})
		r := s.asks(ticket.ID(strings.TrimPrefix(at, "/tickets/")), review.ByEmail)
		at = "/reviews/" + string(r.ID)
		code, page := b.get(anne, at)
		b.wants(code, page, http.StatusOK, "You have entered this ticket by hand")
		if strings.Contains(page, `id="decide"`) {
			t.Error("it is offered")
		}
		decision := url.Values{"version": {"1"}, "event": {"withdraw"}, "words": {"Une erreur."}}
		code, page = b.post(anne, at+"/decide", decision)
		b.wants(code, page, http.StatusUnprocessableEntity, "another person decides its review")
		decision.Del("form")
		code, _ = b.post(pat, at+"/decide", decision)
		b.wants(code, "", http.StatusSeeOther)
	})
}

// What a portal that is not ours any more could send in a request's place is said to be unreadable, and no fault of the office's:
// the review is closed, by another than who has tried to read it.
func TestWhatCannotBeReadIsSaidToBe(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	s := b.sealed()
	b.person("olga", "screening")
	b.person("pat", "screening")
	olga := b.session("olga")
	id := b.ticketIn("SJ100", "ABC 123")
	request := "request-of-a-thief-1"
	sealed, err := s.public.Seal([]byte(`{"name":"Zoé\u0000","email":"zoe@example.ca"}`), []byte(seal.ReviewContact), []byte(request))
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.pages.Settler.AskReview(context.Background(), review.Review{
		Ticket: id, Way: review.ByEmail, Language: city.French, Channel: review.OnPortal, RequestID: request, Contact: sealed, Statement: sealed,
	})
	if err != nil {
		t.Fatal(err)
	}
	at := "/reviews/" + string(r.ID)
	code, page := b.post(olga, at+"/open", nil)
	b.wants(code, page, http.StatusUnprocessableEntity, "can’t be read")
	if len(s.opened) != 1 || strings.Contains(page, "Zoé") || b.log.Len() > 0 {
		t.Errorf("opened %v, the log: %s", s.opened, b.log.String())
	}
	closes := func() url.Values {
		return url.Values{"version": {"1"}, "event": {"close"}, "why": {"unreadable"}}
	}
	code, page = b.post(olga, at+"/decide", closes())
	b.wants(code, page, http.StatusUnprocessableEntity, "You were the first to read this request")
	code, page = b.post(b.session("pat"), at+"/decide", closes())
	b.wants(code, page, http.StatusSeeOther)
}

// A request is closed without a decision for a reason, by who has not read it or by another than who has read it first; who
// took the ticket's money closes it as little as he decides it. What is chosen stays in the page, and the record says who has
// opened it, who has closed it, and why.
func TestARequestIsClosedWithoutADecision(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.sealed()
		for _, who := range []string{"olga", "pat", "rita"} {
			b.person(who, "screening")
		}
		olga, pat, rita := b.session("olga"), b.session("pat"), b.session("rita")
		r := s.asks(b.ticketIn("SJ100", "ABC 123"), review.ByPost)
		at := "/reviews/" + string(r.ID)
		closes := func(why string) url.Values {
			return url.Values{"version": {"1"}, "event": {"close"}, "why": {why}, "words": {"Nous avons la lettre du propriétaire."}}
		}
		code, page := b.get(pat, at)
		b.wants(code, page, http.StatusOK, "nobody of the staff", "Close without a decision")
		for _, why := range []string{"", "a whim"} {
			code, page = b.post(pat, at+"/decide", closes(why))
			b.wants(code, page, http.StatusUnprocessableEntity, "Choose why it is closed", `id="why-error"`, "Nous avons la lettre", `value="close" selected`)
		}
		code, _ = b.post(olga, at+"/open", nil)
		b.wants(code, "", http.StatusOK)
		b.now = b.now.Add(time.Minute)
		code, _ = b.post(pat, at+"/open", nil) // so that he sees what he closes
		b.wants(code, "", http.StatusOK)
		code, page = b.post(olga, at+"/decide", closes("stranger"))
		b.wants(code, page, http.StatusUnprocessableEntity, "You were the first to read this request", `value="stranger" selected`)
		code, _ = b.post(pat, at+"/decide", closes("stranger"))
		b.wants(code, "", http.StatusSeeOther)
		code, page = b.get(rita, at)
		b.wants(code, page, http.StatusOK, "closed without a decision", "(pat, ", "It is not the party’s", "Closed without a decision", "olga, ", "Print the decision as a letter")
		code, page = b.post(rita, at+"/decide", closes("twice"))
		b.wants(code, page, http.StatusUnprocessableEntity, "This review was decided or changed")
	})
}

// A stranger's file is served once, from an address without a session that holds a minute, in a sandbox: a photo to be
// looked at, a PDF to be kept, and neither as a page.
func TestAFileIsServedOnceAndCanDoNothing(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	s := b.sealed()
	b.person("olga", "screening")
	olga := b.session("olga")
	r := s.asks(b.ticketIn("SJ100", "ABC 123"), review.ByEmail)
	s.adds(r, 1, "jpeg", []byte("<html><script>alert(1)</script>")) // what a portal that is not ours any more could send
	s.adds(r, 2, "pdf", []byte("%PDF-1.7 (evil)"))
	for n, want := range map[string][2]string{"1": {"image/jpeg", "inline"}, "2": {"application/pdf", "attachment"}} {
		w := newRecorder()
		b.h.ServeHTTP(w, b.request("POST", "/reviews/"+string(r.ID)+"/files/"+n, olga, nil))
		to := w.Header().Get("Location")
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/review-files/") || strings.Contains(to, string(r.ID)) {
			t.Fatalf("%d, %s", w.Code, to)
		}
		w = newRecorder()
		b.h.ServeHTTP(w, b.request("GET", to, "", nil)) // no session
		h := w.Header()
		if w.Code != http.StatusOK || h.Get("Content-Type") != want[0] || !strings.HasPrefix(h.Get("Content-Disposition"), want[1]+`; filename="`+r.Reference) {
			t.Errorf("%s: %d, %v", n, w.Code, h)
		}
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'; sandbox;") || strings.Contains(csp, "allow-") || strings.Contains(csp, "'self'") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || len(h.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: %v", n, h)
		}
		if code, page := b.get("", to); code != http.StatusNotFound || strings.Contains(page, "alert") {
			t.Errorf("%s, a second time: %d", n, code)
		}
	}
	if len(s.opened) != 2 || s.opened[0].Actor != "staff:olga" {
		t.Errorf("opened: %v", s.opened)
	}
	late, err := b.pages.Key.fileToken(fileAddress{Review: string(r.ID), N: 1, Person: "olga", Until: b.now.Add(-time.Second).Unix(), Once: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	good, err := b.pages.Key.fileToken(fileAddress{Review: string(r.ID), N: 1, Person: "olga", Until: b.now.Add(time.Second).Unix(), Once: []byte("y")})
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{late, good[:len(good)-2] + "AA", "A" + good[1:], "none"} {
		if code, _ := b.get("", "/review-files/"+token); code != http.StatusNotFound {
			t.Errorf("%s…: %d", token[:4], code)
		}
	}
	if len(s.opened) != 2 {
		t.Errorf("opened: %v", s.opened)
	}
}

// A letter is entered with the day on which it came; what is wrong is said, and what was typed stays. It is sealed as the
// portal seals: a clerk who has entered it does not read it again.
func TestALetterIsEntered(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.sealed()
		b.person("carl", "clerk")
		b.person("olga", "screening")
		carl, olga := b.session("carl"), b.session("olga")
		id := b.ticketIn("SJ100", "ABC 123")
		at := "/tickets/" + string(id) + "/review"
		code, page := b.get(carl, at)
		b.wants(code, page, http.StatusOK, "A request for review of ticket SJ100", `value="2026-06-03"`)
		form := url.Values{
			"request": {"0123456789abcdef"}, "received": {"2026-06-02"}, "who": {"owner"}, "reason": {"medical"}, "words": {"In hospital.\r\nAll day."}, "name": {"Zoé Thériault"},
			"way": {"post"}, "post": {"1 rue de la Mer\r\nSaint-Jean NB  E2L 4Z6"}, "language": {"fr"},
		}
		for field, c := range map[string][2]string{
			"received": {"2026-06-04", "Write the day on which it came"}, "who": {"cat", "Choose who asks"}, "reason": {"none", "Choose the reason"}, "words": {"", "Write what happened"},
			"name": {"Zoé\tThériault", "Write the name"}, "post": {strings.Repeat("a line\n", 9), "at most 6 lines"}, "way": {"pigeon", "Choose how the party is answered"},
		} {
			bad := url.Values{}
			for k, v := range form {
				bad[k] = v
			}
			bad.Set(field, c[0])
			code, page = b.post(carl, at, bad)
			b.wants(code, page, http.StatusUnprocessableEntity, c[1])
			if field != "words" && !strings.Contains(page, "In hospital.") {
				t.Errorf("%s: what was typed is lost", field)
			}
		}
		// All that is missing is said at once, each with a link to its field and at the field; what was typed stays.
		code, page = b.post(carl, at, url.Values{"request": form["request"], "received": form["received"], "way": {"email"}, "name": {"Zoé Thériault"}})
		b.wants(code, page, http.StatusUnprocessableEntity, `href="#who">Choose who asks`, `href="#reason">Choose the reason`, `href="#words">Write what happened`, `href="#email">Write an e-mail address`,
			`id="who-error" class="govuk-error-message">Choose who asks`, `id="email-error" class="govuk-error-message">Write an e-mail`, `value="Zoé Thériault"`, `value="email" selected`)
		if strings.Contains(page, `href="#name"`) || strings.Contains(page, `href="#post"`) {
			t.Error("what is not missing is asked for")
		}
		card := url.Values{}
		for k, v := range form {
			card[k] = v
		}
		card.Set("words", "4242 4242\n4242 4242")
		code, page = b.post(carl, at, card)
		b.wants(code, page, http.StatusUnprocessableEntity, "looks like a card number")
		code, _ = b.post(carl, at, form)
		b.wants(code, "", http.StatusSeeOther)
		code, _ = b.post(carl, at, form) // pressed twice
		b.wants(code, "", http.StatusSeeOther)
		form.Set("request", "another0123456789")
		code, page = b.post(carl, at, form)
		b.wants(code, page, http.StatusUnprocessableEntity, "A review of this ticket is under way")
		var all []review.Review
		b.write(func(ctx context.Context, tx *store.Tx) (err error) {
			all, err = tx.ReviewsOfTicket(ctx, id, 10)
			return err
		})
		if len(all) != 1 || all[0].EnteredBy != "carl" || all[0].Channel != review.AtOffice || all[0].ReceivedOn.String() != "2026-06-02" || strings.Contains(string(all[0].Statement), "hospital") {
			t.Fatalf("%+v", all)
		}
		code, _ = b.post(carl, "/reviews/"+string(all[0].ID)+"/open", nil)
		b.wants(code, "", http.StatusForbidden)
		code, page = b.post(olga, "/reviews/"+string(all[0].ID)+"/open", nil)
		b.wants(code, page, http.StatusOK, "Zoé Thériault", "1 rue de la Mer", "In hospital.", "A medical emergency")
		if len(s.opened) != 2 {
			t.Errorf("opened: %v", s.opened)
		}
	})
}

// scan sends a file as a browser does.
func (s *sealed) scan(token, path, name string, body []byte) (int, string) {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	if err := m.SetBoundary("---------------------------4242424242424242000000000000"); err != nil { // as Firefox did
		s.t.Fatal(err)
	}
	if err := m.WriteField("form", s.pages.formToken(token)); err != nil {
		s.t.Fatal(err)
	}
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := part.Write(body); err != nil {
		s.t.Fatal(err)
	}
	m.Close()
	r := s.request("POST", path, token, nil)
	r.Body, r.ContentLength = io.NopCloser(&b), int64(b.Len())
	r.Header.Set("Content-Type", m.FormDataContentType())
	return s.do(r)
}

// A PDF of a letter is sealed as it is, and handed out to be kept, never to be shown; one that is too large, empty, or
// something else than it says is refused, and so is a form that does not come from here.
func TestAScanIsPutToALetter(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.sealed()
		b.person("carl", "clerk")
		b.person("olga", "screening")
		carl, olga := b.session("carl"), b.session("olga")
		r := s.asks(b.ticketIn("SJ100", "ABC 123"), review.ByPost)
		at := "/reviews/" + string(r.ID)
		pdf := []byte("%PDF-1.7 a letter")
		for _, c := range []struct {
			name  string
			body  []byte
			code  int
			words string
		}{
			{"a.pdf", nil, 422, "This file is empty"},
			{"a.jpg", pdf, 422, "not what its name says"},
			{"a.pdf", []byte("<html>"), 422, "neither a JPEG"},
			{"a.pdf", append([]byte("%PDF-"), make([]byte, desk.ReviewFileMost)...), 422, "larger than 4 MB"},
			{"a.pdf", make([]byte, photoMost+10), 422, "larger than 12 MB"},
			{"a.pdf", make([]byte, photoMost+1<<20), 422, "larger than 12 MB"},
			{"4242424242424242.pdf", pdf, 422, "looks like a card number"},
			{"a.pdf", pdf, 303, ""},
		} {
			if code, page := s.scan(carl, at+"/scan", c.name, c.body); code != c.code || !strings.Contains(page, c.words) {
				t.Errorf("%s: %d, no %q", c.name, code, c.words)
			}
		}
		code, page := b.post(carl, at+"/scan", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "Choose a file first")
		if code, _ := s.scan("", at+"/scan", "a.pdf", pdf); code != http.StatusUnauthorized {
			t.Errorf("nobody's: %d", code)
		}
		w := newRecorder()
		b.h.ServeHTTP(w, b.request("POST", at+"/files/1", olga, nil))
		served := newRecorder()
		b.h.ServeHTTP(served, b.request("GET", w.Header().Get("Location"), "", nil))
		if served.Code != http.StatusOK || served.Body.String() != string(pdf) || !strings.HasPrefix(served.Header().Get("Content-Disposition"), "attachment;") {
			t.Errorf("%d, %q, %v", served.Code, served.Body, served.Header())
		}
		if strings.Contains(b.log.String(), "a.pdf") || strings.Contains(b.log.String(), "42424242") || !strings.Contains(b.log.String(), "where=file name=file") {
			t.Errorf("the log: %s", b.log.String())
		}
	})
}

// A picture of a letter is made anew before it is sealed: where, when and with what it was taken is gone, it stands upright,
// and what is no picture, is made to be slow, or says that it is another kind, is refused with what to do.
func TestAScannedPictureHasPixelsAndNothingElse(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	s := b.sealed()
	b.person("carl", "clerk")
	b.person("olga", "screening")
	carl, olga := b.session("carl"), b.session("olga")
	r := s.asks(b.ticketIn("SJ100", "ABC 123"), review.ByPost)
	at := "/reviews/" + string(r.ID)
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	moving := slices.Concat(drawn.Bytes()[:33], []byte("\x00\x00\x00\x08acTL\x00\x00\x00\x02\x00\x00\x00\x00"), drawn.Bytes()[33:])
	for name, c := range map[string]struct {
		file string
		body []byte
		want string
	}{
		"a bomb of pixels":   {"a.png", bomb(), "more than 24 million pixels"},
		"a moving one":       {"a.png", moving, "This picture moves"},
		"half of one":        {"a.jpg", red(t, 64, 64)[:200], "can’t be read as a picture"},
		"a script behind it": {"a.jpg", []byte("\xff\xd8\xff<script>alert(1)</script>"), "can’t be read as a picture"},
		"a lie":              {"a.jpg", drawn.Bytes(), "not what its name says"},
		"another lie":        {"a.pdf", red(t, 64, 64), "not what its name says"},
		"a telephone's own":  {"a.heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00"), "HEIC"},
		"nothing":            {"a.jpg", nil, "This file is empty"},
		"too large":          {"a.jpg", append([]byte("\xff\xd8\xff"), make([]byte, photoMost)...), "larger than 12 MB"},
	} {
		if code, page := s.scan(carl, at+"/scan", c.file, c.body); code != http.StatusUnprocessableEntity || !strings.Contains(page, c.want) {
			t.Errorf("%s: %d, no %q", name, code, c.want)
		}
	}
	place := "\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x00 45.27 N 66.06 W " // a head of its own, between two others
	file := slices.Concat(red(t, 3_000, 40)[:2], []byte(place), red(t, 3_000, 40)[2:], []byte("and a second file behind it"))
	if code, page := s.scan(carl, at+"/scan", "letter.JPG", file); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, page)
	}
	w := newRecorder()
	b.h.ServeHTTP(w, b.request("POST", at+"/files/1", olga, nil))
	code, kept := b.get("", w.Header().Get("Location"))
	made, err := jpeg.Decode(strings.NewReader(kept))
	if code != http.StatusOK || err != nil || made.Bounds().Dx() != picture.KeptSide || !isRed(made, 1_000, 10) {
		t.Fatalf("%d %v", code, err)
	}
	for _, gone := range []string{"Exif", "45.27", "behind it"} {
		if strings.Contains(kept, gone) {
			t.Errorf("it still has %q", gone)
		}
	}
}

// A review that nobody has decided in its days is late on the page of all that waits too.
func TestAReviewStandsAmongAllThatWaits(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	s := b.sealed()
	b.person("olga", "screening")
	s.asks(b.ticketIn("SJ100", "ABC 123"), review.ByEmail)
	for _, c := range []struct{ days, late int }{{1, 0}, {30, 1}} {
		b.now = b.now.AddDate(0, 0, c.days)
		code, page := b.get(b.session("olga"), "/work")
		b.wants(code, page, http.StatusOK)
		_, row, _ := strings.Cut(page, `href="/reviews">Requests for review</a>`)
		row, _, _ = strings.Cut(row, "</tr>")
		if !strings.Contains(row, ">1</td>") || strings.Count(row, "staff-late") != c.late || !strings.Contains(row, "Screening officer") {
			t.Errorf("after %d days: %s", c.days, row)
		}
	}
}
