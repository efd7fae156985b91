package citytest_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/citytest"
	"fundy/fault"
	"fundy/mail/mailtest"
	"fundy/visitor"
)

var digitsIn = regexp.MustCompile(`[0-9]{3} [0-9]{3} [0-9]{3}`)

// Somebody pays by telephone while the office dies at each step: one code, opened by its caller and good for one payment;
// and each message goes out once.
func TestAnOfficeKilledWhileSomebodyPaysByTelephone(t *testing.T) {
	t.Parallel()
	begin := func(w *killing) {
		server := mailtest.Start(w.t)
		do(w.t, w.SendMail(server))
		w.after = func() {
			w.t.Helper()
			for n := 0; n < 40 && len(server.Taken()) < 2; n++ { // what a dead office had leased becomes free
				do(w.t, w.Clock.Add(30*time.Second))
				time.Sleep(300 * time.Millisecond)
			}
			do(w.t, w.Rest(w.ctx))
			if n := len(server.Taken()); n != 2 {
				w.t.Errorf("%d messages were sent", n)
			}
			for act, n := range map[string]int{"made": 3, "opened": 1, "used": 1, "ended": 1, "mail_asked": 1} {
				if got := w.counts(`select count(*) from leaf where kind = 'code' and opening like '%"act":"` + act + `"%'`); got != n {
					w.t.Errorf("%d leaves say %s, want %d", got, act, n)
				}
			}
		}
	}
	killedWalk(t, fault.PhoneSteps, begin, func(w *killing) []deed {
		ticketAt := func(i int) string { return "/tickets/" + w.id(i) }
		another := func(i int) func(w *killing) {
			return func(w *killing) {
				w.now(w.anne, ticketAt(i), "/phone", "language", "en")
				w.kept["code"] = w.one("select c.id from phone_code c join phone_code_ticket t on t.code_id = c.id where t.ticket_id = '" + w.id(i) + "'")
			}
		}
		return []deed{
			{step: fault.MakeCode, made: "select count(*) from phone_code", says: "Waiting", do: func(w *killing) error {
				return w.presses(w.anne, ticketAt(0), "/phone", "language", "en")
			}},
			{step: fault.OpenCode, made: "select count(*) from phone_code where opened_at is not null", says: "T-000", do: func(w *killing) error {
				digits := digitsIn.FindString(w.anne.Page)
				return w.visits(func(v *visitor.Visitor) {
					v.Open(w.ctx, w.public("/pay/code"))
					v.Send(w.ctx, "code", "/pay/code", map[string]string{"code": digits})
				})
			}},
			{step: fault.BeginPayment, made: "select count(*) from payment where channel = 'phone'", do: func(w *killing) error {
				defer w.hurries()()
				return w.visits(func(v *visitor.Visitor) {
					if w.kept["confirm"] == "" {
						v.Open(w.ctx, w.public("/pay/confirm"))
						w.visitor, w.kept["confirm"] = *v, "open"
					}
					v.Send(w.ctx, "confirm", "/pay/start", map[string]string{"email": ""})
				})
			}},
			{step: fault.MailReceipt, made: "select count(*) from outbox where kind = 'mail_copy'", says: "it is on its way", ready: func(w *killing) {
				w.pays()
				w.kept["receipt"] = w.one("select receipt from attempt where receipt <> ''")
			}, do: func(w *killing) error {
				at := "/receipts/" + w.kept["receipt"]
				return w.presses(w.anne, at, at+"/mail", "email", citytest.ReceiptAddress, "language", "en")
			}},
			{step: fault.EndCode, made: "select count(*) from phone_code where ended_at is not null", ready: another(2), do: func(w *killing) error {
				return w.presses(w.anne, "/phone/"+w.kept["code"], "/phone/"+w.kept["code"]+"/end")
			}},
			{step: fault.MailCode, made: "select count(*) from outbox where kind = 'mail_code'", says: "A code is sent once", ready: another(4), do: func(w *killing) error {
				return w.presses(w.anne, "/phone/"+w.kept["code"], "/phone/"+w.kept["code"]+"/mail", "email", citytest.ReceiptAddress)
			}},
		}
	})
}

// A card is declined, and its payer comes back to see, while the office dies: each try is recorded once, and the page says so.
func TestAnOfficeKilledWhileACardIsDeclined(t *testing.T) {
	t.Parallel()
	begin := func(w *killing) {
		do(w.t, w.Set(func(s *city.Settings) { s.Payment.TellDeclines = true }))
		do(w.t, w.Office.Start(""))
		w.answers()
		defer w.hurries()()
		w.beginsPayment(0)
		w.types("4000 0000 0000 0002")
	}
	const noted = "select count(*) from card_decline"
	for _, step := range fault.DeclineSteps {
		made := ""
		if step == fault.SeeDecline {
			made = noted
		}
		t.Run(step.String(), func(t *testing.T) {
			t.Parallel()
			killedWalk(t, []fault.Step{step}, begin, func(w *killing) []deed {
				at := "/r/" + w.one("select id from attempt")
				w.after = func() {
					if n := w.counts(noted); n != 1 {
						w.t.Errorf("%d declines are recorded", n)
					}
					w.pays() // with another card, on the same page
				}
				return []deed{{step: step, made: made, says: "declined", do: func(w *killing) error {
					defer w.hurries()() // the page waits for an end that does not come
					for range 10 {      // the sweeper may have read it just now: then the page does not
						do(w.t, w.Clock.Add(time.Minute))
						err := w.visits(func(v *visitor.Visitor) { v.Open(w.ctx, w.public(at)) })
						if err != nil || strings.Contains(w.read, "declined") {
							return err
						}
					}
					return nil
				}}}
			})
		})
	}
}

// A review is asked for, with a photo, taken and decided while the office dies at each step; another comes by letter, and
// is overtaken. Nothing is twice, no file is lost, and the clock of each ticket goes on once.
func TestAnOfficeKilledWhileATicketIsReviewed(t *testing.T) {
	t.Parallel()
	killedWalk(t, fault.ReviewSteps, nil, func(w *killing) []deed {
		number, plate := citytest.TicketOf(0)
		const ended, erased = "select count(*) from review where state = 'ended'", "select case when count(*) > 0 then 1 else 0 end from review where erased_at is not null"
		the := func() string { return "/reviews/" + w.one("select id from review where channel = 'portal'") }
		letter := func() string { return "/reviews/" + w.one("select id from review where channel <> 'portal'") }
		version := func(at string) string {
			return w.one("select version from review where id = '" + strings.TrimPrefix(at, "/reviews/") + "'")
		}
		return []deed{
			{step: fault.AskReview, made: "select count(*) from review", says: "We have your request", do: func(w *killing) error {
				return w.visits(func(v *visitor.Visitor) {
					if w.kept["review"] == "" {
						v.Open(w.ctx, w.public("/pay"))
						v.Send(w.ctx, "find", "/pay/find", map[string]string{"number": number, "plate": plate})
						v.Open(w.ctx, w.public("/review?n=0"))
						w.visitor, w.kept["review"] = *v, "open"
					}
					v.Send(w.ctx, "review", "/review", map[string]string{"who": "owner", "reason": "machine", "words": "It was out of order.", "name": partyName, "way": "email", "email": citytest.ReceiptAddress, "post": "", "answer": "en"})
				})
			}},
			{step: fault.AddReviewFile, made: "select count(*) from review_file", do: func(w *killing) error {
				v := w.visitor
				v.Open(w.ctx, w.public("/review/asked"))
				code, page, err := putsFile(w.t, w.Settings.Portal.PublicURL, &v, "a.jpg", "image/jpeg", photo(w.t))
				if w.read = page; err == nil && code >= 500 {
					err = errors.New(page)
				}
				if code == 303 {
					w.read = "303"
				}
				return err
			}},
			{step: fault.TakeReview, made: "select count(*) from review where owner = 'ben'", do: func(w *killing) error {
				return w.presses(w.ben, the(), the()+"/take", "version", version(the()))
			}},
			{step: fault.DecideReview, made: "select count(*) from review where decided_at is not null", says: "this time nothing was written", do: func(w *killing) error {
				return w.presses(w.ben, the(), the()+"/decide", "event", "keep", "words", "The machine worked.")
			}},
			{step: fault.MakeLetter, made: "select count(*) from mail_message where kind like 'letter%'", ready: func(w *killing) {
				do(w.t, w.Counter(w.ctx, 6, false))
				w.kept["receipt"] = w.one("select receipt from attempt where receipt <> ''")
			}, do: func(w *killing) error {
				return w.presses(w.anne, "/receipts/"+w.kept["receipt"], "/receipts/"+w.kept["receipt"]+"/paper", "language", "en", "size", "letter")
			}},
			{step: fault.AskReview, made: "select count(*) from review", do: func(w *killing) error {
				at := "/tickets/" + w.id(2) + "/review"
				return w.presses(w.anne, at, at, "who", "owner", "reason", "machine", "words", "By letter.", "name", partyName, "way", "post", "post", "1 Sea Street\nSaint John", "language", "en")
			}},
			{step: fault.AddReviewFile, made: "select count(*) from review_file", do: func(w *killing) error {
				at := letter()
				if w.form == nil {
					if err := w.anne.Open(w.ctx, at); err != nil {
						return err
					}
					form, err := w.anne.Form(at + "/scan")
					do(w.t, err)
					w.form = form
				}
				err := w.anne.Upload(w.ctx, at+"/scan", w.form, "letter.jpg", photo(w.t))
				w.read = w.anne.Page
				return err
			}},
			{step: fault.OvertakeReview, itself: true, made: ended, ready: func(w *killing) { do(w.t, w.Counter(w.ctx, 2, false)) }, do: func(w *killing) error { return w.alone(ended) }},
			{step: fault.EraseReview, itself: true, made: erased, ready: func(w *killing) { w.moves(time.Duration(w.Settings.Review.KeepDays+1) * 24 * time.Hour) }, do: func(w *killing) error { return w.alone(erased) }},
		}
	})
}
