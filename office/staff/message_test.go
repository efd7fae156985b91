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
	"fundy/store"
	"fundy/ticket"
)

// An e-mail about a ticket's review, its lapsed hold or its one-time code that did not reach its reader stands on the ticket's
// page, the review's on the review's page too. What waits because of it leads to the message, and from there to what it is about.
func TestEveryMessageAboutATicketStandsOnIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.sealed()
		b.person("anne", "supervisor")
		b.person("carl", "clerk")
		b.person("vera", "auditor")
		anne, carl := b.session("anne"), b.session("carl")
		id, other := b.ticketIn("SJ100", "ABC 123"), b.ticketIn("SJ200", "ABC 124")
		r := s.asks(id, review.ByEmail)
		lapsed := payment.Attempt{ID: "att_lapsed", Payment: "pay_lapsed", Adapter: "stripe", State: payment.Failed, Amount: money.FromMinor(5000), CreatedAt: b.now}
		b.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.InsertPayment(ctx, payment.Payment{ID: "pay_lapsed", RequestID: "req_lapsed", RequestHash: []byte("h"), Channel: "portal", Language: "en", Total: lapsed.Amount, CreatedAt: b.now, Tickets: []payment.Frozen{{Ticket: id, Total: lapsed.Amount, QuotedAt: b.now}}}); err != nil {
				return err
			}
			if err := tx.InsertAttempt(ctx, lapsed); err != nil {
				return err
			}
			if err := tx.AddTask(ctx, store.Task{ID: "tsk_lapsed", Kind: "mail_lapsed", Ref: "att_lapsed", Key: "fundy/att_lapsed/mail_lapsed/1", N: 1, Params: "{}", CreatedAt: b.now}, time.Time{}, time.Time{}); err != nil {
				return err
			}
			return tx.AddCode(ctx, payment.Code{ID: "code_1", MAC: []byte("m"), Language: "en", MadeAt: b.now, MadeBy: "carl", Until: b.now.Add(time.Hour), Tickets: []ticket.ID{id}})
		})
		tell := func(reference, task, kind, ref string, events ...payment.MessageEvent) {
			t.Helper()
			b.write(func(ctx context.Context, tx *store.Tx) error {
				m, _, err := tx.MakeMessage(ctx, payment.Message{Reference: reference, Task: task, Kind: kind, Ref: ref, Language: "fr", MadeAt: b.now})
				for _, event := range events {
					if err == nil {
						err = tx.MoveMessage(ctx, &m, event, "", "550", b.now)
					}
				}
				return err
			})
		}
		tell("4F7QK-8R2MC", "fundy/"+string(r.ID)+"/mail_review/2", "mail_review", string(r.ID), payment.MessageTaken)
		tell("4F7QK-8R2MD", "fundy/att_lapsed/mail_lapsed/1", "mail_lapsed", lapsed.ID.Ref(), payment.MessageTurned)
		tell("4F7QK-8R2ME", "fundy/code_1/mail_code/1", "mail_code", "code_1", payment.MessageTaken)
		code, page := b.get(anne, "/tickets/"+string(id))
		b.wants(code, page, http.StatusOK, "E-mail: decision of a review", "E-mail: hold lapsed", "E-mail: one-time code", "4F7QK-8R2MC", "not sent: the mail server refused it")
		if strings.Count(page, `id="messages"`) != 1 {
			t.Error("there is not one list of messages")
		}
		if _, page := b.get(anne, "/tickets/"+string(other)); strings.Contains(page, "4F7QK") {
			t.Error("another ticket has them too")
		}
		// Staff have read that it came back.
		at := "/messages/4F7QK-8R2MC"
		code, page = b.get(carl, at)
		b.wants(code, page, http.StatusOK, "Message 4F7QK-8R2MC", `href="/tickets/`+string(id)+`">SJ100`, `href="/reviews/`+string(r.ID)+`">`+r.Reference, "This e-mail has come back")
		if code, _ = b.post(b.session("vera"), at+"/bounced", nil); code != http.StatusForbidden {
			t.Errorf("an auditor marks it: %d", code)
		}
		for range 2 {
			b.now = b.now.Add(time.Minute)
			if to := b.leads(carl, at+"/bounced", nil); !strings.HasPrefix(to, at) {
				t.Errorf("leads to %s", to)
			}
		}
		code, page = b.get(carl, at)
		b.wants(code, page, http.StatusOK, "came back: it did not reach its reader", "print the answer as a letter", "carl</td>")
		if strings.Contains(page, `id="bounce"`) || strings.Count(page, "carl</td>") != 1 {
			t.Error("it can come back twice")
		}
		code, page = b.post(carl, "/messages/4F7QK-8R2MD/bounced", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "the mail server has never taken it")
		for _, path := range []string{"/tickets/" + string(id), "/reviews/" + string(r.ID)} {
			code, page = b.get(anne, path)
			b.wants(code, page, http.StatusOK, `href="/messages/4F7QK-8R2MC"`, `<strong class="staff-late">came back: it did not reach its reader`)
		}
		var waiting []payment.Exception
		b.write(func(ctx context.Context, tx *store.Tx) (err error) {
			waiting, err = tx.OpenExceptions(ctx, 10)
			return err
		})
		if len(waiting) != 1 || waiting[0].Kind != payment.ExceptionMail {
			t.Fatalf("%+v", waiting)
		}
		code, page = b.get(anne, "/queue/"+waiting[0].ID)
		b.wants(code, page, http.StatusOK, `href="/messages/4F7QK-8R2MC"`)
		code, _ = b.get(anne, "/messages/none")
		b.wants(code, "", http.StatusNotFound)
		for reference, want := range map[string]string{"4F7QK-8R2MD": "SJ100", "4F7QK-8R2ME": "SJ100"} {
			code, page = b.get(anne, "/messages/"+reference)
			b.wants(code, page, http.StatusOK, want)
		}
	})
}

// A ticket's page tells the whole of a review, in order: who has done each step, what the penalty was and is, and what was sent.
func TestAReviewInItsTicketsStory(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.sealed()
		for _, who := range []string{"olga", "pat"} {
			b.person(who, "screening")
		}
		id := b.ticketWith("SJ100", "ABC 123", func(t *ticket.Ticket) { t.Regime = "generic" })
		r := s.asks(id, review.ByEmail)
		decides := func(who string, form url.Values) {
			t.Helper()
			b.now = b.now.Add(time.Hour)
			b.write(func(ctx context.Context, tx *store.Tx) (err error) {
				r, err = tx.Review(ctx, r.ID)
				return err
			})
			form.Set("version", string(rune('0'+r.Version)))
			form.Set("words", "Parce que.")
			code, page := b.post(b.session(who), "/reviews/"+string(r.ID)+"/decide", form)
			b.wants(code, page, http.StatusSeeOther)
		}
		decides("olga", url.Values{"event": {"send"}, "hearing": {city.DateOf(b.now, b.pages.city.Zone).AddDays(5).String()}, "time": {"14:30"}, "place": {"Salle 3"}})
		b.write(func(ctx context.Context, tx *store.Tx) error {
			m, _, err := tx.MakeMessage(ctx, payment.Message{Reference: "4F7QK-8R2MC", Task: "k", Kind: "mail_review", Ref: string(r.ID), Language: "fr", MadeAt: b.now})
			if err != nil {
				return err
			}
			return tx.MoveMessage(ctx, &m, payment.MessageTaken, "", "250", b.now.Add(time.Second))
		})
		decides("pat", url.Values{"event": {"reduce"}, "amount": {"20.00"}})
		code, page := b.get(b.session("olga"), "/tickets/"+string(id))
		b.wants(code, page, http.StatusOK)
		rest := strings.ReplaceAll(page[strings.Index(page, `id="story"`):], "\u00a0", " ")
		for _, line := range []string{
			"Review: Asked for (<a", ">the party</td>", "Under review: a review was asked for: " + r.Reference, "Review: Sent to a hearing (<a", ">olga</td>",
			"E-mail: decision of a review, under way", "E-mail: decision of a review, sent", "Review: Reduced: the penalty was $100.00 and is $20.00", ">$20.00</td>", ">pat</td>",
			"Owed: review " + r.Reference + ": reduce", ">pat</td>",
		} {
			i := strings.Index(rest, line)
			if i < 0 {
				t.Fatalf("not in order, or not there: %q in\n%s", line, page[strings.Index(page, `id="story"`):])
			}
			rest = rest[i:]
		}
		code, page = b.get(b.session("olga"), "/reviews/"+string(r.ID))
		b.wants(code, page, http.StatusOK, "Reduced from", "$100.00", "Reduced to", "$20.00")
	})
}
