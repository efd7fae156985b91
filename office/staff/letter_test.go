package staff

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ledongthuc/pdf"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/review"
	"fundy/settle"
	"fundy/store"
	"fundy/store/storetest"
	"fundy/ticket"
)

// counterIn makes a drawer that ben has open.
func (b *bench) counterIn() {
	b.t.Helper()
	ctx, was := context.Background(), b.pages.Settler
	b.pages.Settler = settle.New(settle.Config{Store: was.Store, City: was.City, Rules: b.pages.Rules, Counter: city.CounterSettings{MailDate: "received"}, Now: was.Now, Log: was.Log})
	counted, err := payment.ParseCount("20x3 10x3 5x2")
	if err == nil {
		_, err = b.pages.Settler.MakeDrawer(ctx, "A", "City Hall", "dora")
	}
	if err == nil {
		_, err = b.pages.Settler.OpenDrawer(ctx, "A", "ben", counted)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// paidAt has ben take the price of a ticket.
func (b *bench) paidAt(id ticket.ID, tender payment.Tender) settle.Entry {
	b.t.Helper()
	b.now = b.now.Add(time.Second)
	e, err := b.pages.Settler.TakeTender(context.Background(), settle.TenderRequest{RequestID: "req_" + rand.Text(), Tickets: []ticket.ID{id}, Tenders: []payment.Tender{tender}, By: "ben"})
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

// text reads a letter again. Letters beyond Latin 1 are not what its library gives: the tests of the room letter have them.
func (b *bench) text(file string) string {
	b.t.Helper()
	r, err := pdf.NewReader(strings.NewReader(file), int64(len(file)))
	if err != nil {
		b.t.Fatal(err)
	}
	var all strings.Builder
	for i := range r.NumPage() {
		text, err := r.Page(i + 1).GetPlainText(nil)
		if err != nil {
			b.t.Fatal(err)
		}
		all.WriteString(text)
	}
	return strings.ReplaceAll(all.String(), "\u00a0", " ")
}

// raw asks as do, and changes no byte of the answer.
func (b *bench) raw(r *http.Request) (int, string, http.Header) {
	w := newRecorder()
	b.h.ServeHTTP(w, r)
	return w.Code, w.Body.String(), w.Result().Header
}

var referenceForm = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}`)

func paper(language string, more ...string) url.Values {
	form := url.Values{"language": {language}, "size": {"a4"}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// A clerk prints a receipt: it names nobody, has a reference that is answered for, and is the same file the next time. The
// copy that names is made with the passkey, and its name is in the file alone.
func TestAReceiptIsPrinted(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, config store.Config) {
		b := newBench(t, config)
		b.person("anne", "clerk")
		token := b.session("anne")
		b.counterIn()
		e := b.paidAt(b.ticketIn("SJ100", "ABC 123"), payment.Tender{Kind: payment.Cash, Tendered: money.FromMinor(5000)})
		at := "/receipts/" + e.Attempt.Receipt
		code, page := b.get(token, at)
		b.wants(code, page, http.StatusOK, "Receipt (PDF)", "Copy with the name (PDF)", "Both: nobody knows")
		code, file, head := b.raw(b.request("POST", at+"/paper", token, paper("both")))
		if code != http.StatusOK || head.Get("Content-Type") != "application/pdf" || head.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d, %v", code, head)
		}
		text := b.text(file)
		for _, w := range []string{e.Attempt.Receipt, "SJ100", "Paid in full: $50.00", "Payé en entier : 50,00 $", "The registered owner", "Le propriétaire immatriculé", "Cash", "Comptant"} {
			if !strings.Contains(text, w) {
				t.Errorf("no %q in %s", w, text)
			}
		}
		for _, no := range []string{"ABC", "["} {
			if strings.Contains(text, no) {
				t.Errorf("%q stands on the receipt: %s", no, text)
			}
		}
		reference := referenceForm.FindString(text)
		m := b.message(reference)
		if m.Kind != "letter_receipt" || m.Ref != e.Attempt.ID.Ref() || !m.Ours() || m.Language != "both" {
			t.Errorf("%+v", m)
		}
		b.now = b.now.Add(time.Minute)
		if _, again, _ := b.raw(b.request("POST", at+"/paper", token, paper("both"))); again != file {
			t.Error("the same receipt is another file")
		}
		code, page = b.get(token, at)
		b.wants(code, page, http.StatusOK, reference, "Receipt on paper", "printed")

		code, file, _ = b.raw(b.request("POST", at+"/named", token, paper("fr", "person", "Zoé Tremblay")))
		if text := b.text(file); code != http.StatusOK || !strings.Contains(text, "Zoé Tremblay") || !strings.Contains(text, "Copie destinée") || strings.Contains(text, "immatriculé") {
			t.Errorf("%d: %s", code, text)
		}
		b.keepsNothing(config.Path, "letter_named", "Zoé", "Tremblay")
		code, page = b.post(token, at+"/named", paper("fr", "person", "漢"))
		b.wants(code, page, http.StatusUnprocessableEntity, "Our type does not have 漢", `value="漢"`)
		code, page = b.post(token, at+"/named", paper("fr"))
		b.wants(code, page, http.StatusUnprocessableEntity, "Type the name of the person")
		code, page = b.post(token, at+"/paper", url.Values{"language": {"de"}, "size": {"a4"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "Choose a language")
	})
}

// message reads a message by its reference.
func (b *bench) message(reference string) (m payment.Message) {
	b.t.Helper()
	err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		m, err = tx.Message(ctx, reference)
		return err
	})
	if err != nil {
		b.t.Fatalf("%s: %v", reference, err)
	}
	return m
}

// keepsNothing looks for words in the log, and in the store's own file where it has one: there a leaf tells of a letter of a kind.
func (b *bench) keepsNothing(path, kind string, words ...string) {
	b.t.Helper()
	texts := map[string]string{"log": b.log.String()}
	for _, name := range []string{path, path + "-wal"} {
		kept, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) && path != "" {
			b.t.Fatal(err)
		}
		texts[name] = string(kept)
	}
	if path != "" && !strings.Contains(texts[path]+texts[path+"-wal"], `"kind":"`+kind+`"`) {
		b.t.Errorf("no leaf tells of %s", kind)
	}
	for place, text := range texts {
		for _, w := range words {
			if strings.Contains(text, w) {
				b.t.Errorf("%q stands in the %s", w, place)
			}
		}
	}
}

// An odd item, a refund and a cheque that came back each have their letter, from where they are looked at.
func TestLettersAboutAnItemARefundAndACheque(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		ctx := context.Background()
		b.person("anne", "supervisor")
		token := b.session("anne")
		b.counterIn()
		b.now = b.now.Add(time.Second)
		item, err := b.pages.Settler.EnterItem(ctx, payment.Item{
			Kind: payment.Cheque, Amount: money.FromMinor(3000), Currency: "CAD", Reason: payment.ItemUnsigned, ReceivedOn: city.DateOf(b.now, b.pages.city.Zone), Reference: "77", EnteredBy: "ben",
		}, nil, true)
		if err != nil {
			t.Fatal(err)
		}
		to := "Zoé Tremblay\r\n3, rue du Quai\r\nBaie-de-Fundy NB E0A 1A0"
		letterOf := func(path, language string, words ...string) {
			t.Helper()
			code, page := b.get(token, path)
			b.wants(code, page, http.StatusOK, "These are the letter’s words")
			code, page = b.post(token, path, paper(language, "address", "one line"))
			b.wants(code, page, http.StatusUnprocessableEntity, "Type the name and the address", "one line</textarea>")
			code, file, _ := b.raw(b.request("POST", path, token, paper(language, "address", to)))
			if code != http.StatusOK {
				t.Fatalf("%s: %d", path, code)
			}
			text := b.text(file)
			for _, w := range append(words, "3, rue du Quai") {
				if !strings.Contains(text, w) {
					t.Errorf("%s: no %q in %s", path, w, text)
				}
			}
			if m := b.message(referenceForm.FindString(text)); !strings.HasPrefix(m.Kind, "letter_") || !m.Ours() {
				t.Errorf("%+v", m)
			}
		}
		_, shown := b.get(token, "/items/"+string(item.ID))
		if !strings.Contains(shown, `href="/letters/item/`+string(item.ID)+`"`) {
			t.Error("the item's page does not lead to its letter")
		}
		letterOf("/letters/item/"+string(item.ID), "both", "It is not signed.", "pas signé", "77", "$30.00")

		e := b.paidAt(b.ticketIn("SJ100", "ABC 123"), payment.Tender{Kind: payment.Cheque, Tendered: money.FromMinor(5000), Reference: "451"})
		b.now = b.now.Add(time.Second)
		refund, err := b.pages.Settler.AskRefundTo(ctx, e.Attempt.ID, payment.RefundAsk{
			Way: payment.ByCheque, Amount: money.FromMinor(2000), Reason: payment.ReasonCityError, By: "ben", Expected: money.FromMinor(5000),
		}, func(payment.RefundID, int) ([]byte, error) { return []byte("sealed"), nil })
		if err != nil {
			t.Fatal(err)
		}
		at := "/letters/refund/" + string(refund.ID)
		code, page := b.get(token, at)
		b.wants(code, page, http.StatusNotFound, "There is no such page") // nobody has approved it
		if _, err := b.pages.Settler.ApproveRefund(ctx, refund.ID, "dora"); err != nil {
			t.Fatal(err)
		}
		letterOf(at, "en", "Money is given back to you", "$20.00", "A mistake of ours", "SJ100", "It comes by cheque")
		code, page = b.get(token, "/receipts/"+e.Attempt.Receipt)
		b.wants(code, page, http.StatusOK, at, "Letter: refund", "printed")

		other := b.paidAt(b.ticketIn("SJ200", "ABC 124"), payment.Tender{Kind: payment.Cheque, Tendered: money.FromMinor(5000), Reference: "452"})
		back := b.chequeBack(other.Attempt.ID, "452")
		code, page = b.get(token, "/receipts/"+other.Attempt.Receipt)
		b.wants(code, page, http.StatusOK, "/letters/returned/"+string(back), "Write the letter about the returned cheque")
		if strings.Contains(page, "Receipt (PDF)") {
			t.Error("a payment that was undone has a receipt to print")
		}
		letterOf("/letters/returned/"+string(back), "both", "Your cheque was not paid by its bank", "452", "SJ200", "are owed again", "sont dues de nouveau", "no further cheque")
		code, page = b.post(token, "/receipts/"+other.Attempt.Receipt+"/paper", paper("en"))
		b.wants(code, page, http.StatusNotFound, "There is no such page")
	})
}

// chequeBack has the bank send a cheque back, before it was in a deposit.
func (b *bench) chequeBack(id payment.AttemptID, number string) payment.ReturnedID {
	b.t.Helper()
	ctx := context.Background()
	s := b.pages.Settler
	d := settle.NewDeposits(settle.DepositsConfig{Store: s.Store, City: s.City, Calendar: b.pages.Rules(), Now: s.Now, Log: s.Log})
	b.now = b.now.Add(time.Second)
	if _, err := s.CloseDrawer(ctx, "A", "ben", "dora", "", payment.Count{5: 10000 / 5}); err != nil {
		b.t.Fatal(err)
	}
	b.now = b.now.Add(time.Second)
	back, err := d.ReturnCheque(ctx, id, settle.ReturnAsk{Number: number, Reason: "nsf", Day: city.DateOf(b.now, b.pages.city.Zone), By: "dora"}, true)
	if err != nil {
		b.t.Fatal(err)
	}
	return back.ID
}

// An e-mail that came back, and one that was refused, stand on the ticket's page and on the payment's.
func TestABouncedMessageStandsOnItsTicket(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		token := b.session("anne")
		b.counterIn()
		id := b.ticketIn("SJ100", "ABC 123")
		e := b.paidAt(id, payment.Tender{Kind: payment.Cash, Tendered: money.FromMinor(5000)})
		for reference, events := range map[string][]payment.MessageEvent{"4F7QK-8R2MC": {payment.MessageTaken, payment.MessageCameBack}, "4F7QK-8R2MD": {payment.MessageTurned}, "4F7QK-8R2ME": {payment.MessageTaken}} {
			b.write(func(ctx context.Context, tx *store.Tx) error {
				m, _, err := tx.MakeMessage(ctx, payment.Message{Reference: reference, Task: reference, Kind: "mail_receipt", Ref: e.Attempt.ID.Ref(), Language: "fr", MadeAt: b.now})
				for _, event := range events {
					if err == nil {
						err = tx.MoveMessage(ctx, &m, event, "", "250", b.now)
					}
				}
				return err
			})
		}
		for _, path := range []string{"/tickets/" + string(id), "/receipts/" + e.Attempt.Receipt} {
			code, page := b.get(token, path)
			b.wants(code, page, http.StatusOK, "Messages and letters", "4F7QK-8R2MC", "E-mail: receipt", `<strong class="staff-late">came back: it did not reach its reader`, "not sent: the mail server refused it", "<td class=\"govuk-table__cell\">sent</td>")
		}
		other := b.ticketIn("SJ200", "ABC 124")
		if _, page := b.get(token, "/tickets/"+string(other)); strings.Contains(page, "4F7QK") {
			t.Error("another ticket has them too")
		}
	})
}

// A letter that the post brings back is marked once, stands out where it was listed, waits for a supervisor, and is on the
// log. An e-mail is not marked so, and who may write no letters marks none.
func TestALetterThatCameBackIsMarked(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.sealed()
		b.person("anne", "clerk")
		b.person("olga", "screening")
		b.person("vera", "auditor")
		anne, olga, vera := b.session("anne"), b.session("olga"), b.session("vera")
		id := b.ticketIn("SJ100", "ABC 123")
		code, page := b.post(anne, "/tickets/"+string(id)+"/review", url.Values{
			"request": {"0123456789abcdef"}, "received": {"2026-06-02"}, "who": {"owner"}, "reason": {"medical"}, "words": {"In hospital."}, "name": {"Zoé Thériault"},
			"way": {"post"}, "post": {"1 rue de la Mer\nSaint-Jean NB  E2L 4Z6"}, "language": {"fr"},
		})
		if code != http.StatusSeeOther {
			t.Fatalf("%d %s", code, page)
		}
		var r review.Review
		b.write(func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.ReviewsOfTicket(ctx, id, 1)
			if err != nil || len(all) != 1 {
				return fmt.Errorf("%d reviews, %w", len(all), err)
			}
			r = all[0]
			for reference, m := range map[string]payment.Message{
				"4F7QK-8R2MC": {Task: "fundy/" + string(r.ID) + "/letter_review/1", Kind: "letter_review", Ref: string(r.ID)}, "4F7QK-8R2MD": {Task: "mail", Kind: "mail_receipt"},
			} {
				m.Reference, m.Language, m.MadeAt = reference, "fr", b.now
				if _, _, err := tx.MakeMessage(ctx, m); err != nil {
					return err
				}
			}
			return nil
		})
		at := "/reviews/" + string(r.ID)
		code, page = b.get(olga, at)
		b.wants(code, page, http.StatusOK, "4F7QK-8R2MC", "Letter: decision of a review", "printed")
		back := func() url.Values { return url.Values{"back": {at}} }
		if code, _ = b.post(vera, "/messages/4F7QK-8R2MC/back", back()); code != http.StatusForbidden {
			t.Errorf("an auditor marks a letter: %d", code)
		}
		for _, wrong := range []string{"4F7QK-8R2MD", "4F7QK-8R2ME", "x"} {
			if code, _ = b.post(anne, "/messages/"+wrong+"/back", back()); code != http.StatusNotFound {
				t.Errorf("%s: %d", wrong, code)
			}
		}
		for range 2 {
			if to := b.leads(anne, "/messages/4F7QK-8R2MC/back", back()); !strings.HasPrefix(to, at) {
				t.Errorf("it leads to %s", to)
			}
		}
		code, page = b.get(olga, at)
		b.wants(code, page, http.StatusOK, `<strong class="staff-late">came back`, "The letter that tells of the decision came back", "supervisor may give time")
		b.write(func(ctx context.Context, tx *store.Tx) error {
			waiting, err := tx.OpenExceptions(ctx, 10)
			if err != nil || len(waiting) != 1 || waiting[0].Kind != payment.ExceptionMail || waiting[0].Ref != "4F7QK-8R2MC" {
				t.Errorf("what waits: %+v, %v", waiting, err)
			}
			return nil
		})
	})
}
