package citytest_test

import (
	"context"
	"database/sql"
	"errors"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/fault"
	"fundy/mail/mailtest"
	"fundy/payment"
	"fundy/store"
	"fundy/visitor"
)

var referenceIn = regexp.MustCompile(`\b[0-9A-Z]{5}-[0-9A-Z]{5}\b`)

// words is a text with every run of spaces, no-break ones too, as one.
func words(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")), " ")
}

// asked is what the page "is this message ours?" says of a reference.
func asked(t *testing.T, c *citytest.City, path, reference string) string {
	t.Helper()
	v := &visitor.Visitor{}
	v.Open(context.Background(), c.Portal.URL+path)
	v.Send(context.Background(), "message", path, map[string]string{"reference": reference})
	return text(t, v)
}

// mailTask is the one task of mail that the city has, with how it stands.
func mailTask(t *testing.T, c *citytest.City) (task store.Task, result string, next, done sql.NullInt64) {
	t.Helper()
	rows := c.Query("select id, ref, key, kind, result, next_at, done_at from outbox where kind = 'mail_receipt'")
	if len(rows) != 1 {
		t.Fatalf("%d tasks of mail", len(rows))
	}
	r := rows[0]
	task = store.Task{ID: r[0].(string), Ref: r[1].(string), Key: r[2].(string), Kind: r[3].(string)}
	_ = errors.Join(next.Scan(r[5]), done.Scan(r[6]))
	return task, r[4].(string), next, done
}

// A payer leaves an address and gets his receipt, in his language, once; it holds what the receipt page has but for the
// plate, the place and the vehicle; and the portal knows it by its reference.
func TestAReceiptGoesOutByMail(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		server := mailtest.Start(t)
		c.SendMail(server)
		c.Add(citytest.Spec{Number: "FH-0012345", Plate: "ABC 1O3", Offence: "NOPARK", Age: 20, Place: "north side of Qvayle Street"})
		c.Add(citytest.Spec{Number: "FH-0012346", Plate: "ABC 1O3", Offence: "ACCESSIBLE", Age: 3})
		v := toCardPage(c, "fr", citytest.ReceiptAddress, [2]string{"FH-0012345", "ABC103"}, [2]string{"FH-0012346", "ABC103"})
		typeCard(v, good)
		page := text(t, v)
		number := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(page)
		want(t, page, "Payé en entier : 165,00 $", "Propriétaire immatriculé de NB ABC 1O3")

		sent := server.Wait(t, 1)[0]
		if sent.To != citytest.ReceiptAddress || !sent.TLS || sent.User != mailtest.User {
			t.Errorf("%+v", sent)
		}
		r := sent.Read(t)
		if r.Subject != "Reçu "+number+" – Havre-de-Fundy" || r.From.Name != "Havre-de-Fundy" || r.Header.Get("Content-Language") != "fr" {
			t.Errorf("subject %q from %q", r.Subject, r.From.String())
		}
		plate := regexp.MustCompile(`\b1[O0]3\b`) // as a word: a reference or a port may have the digits in it
		day := regexp.MustCompile(`\d{1,2}(er)? (janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre) 20\d\d à \d{1,2} h`)
		for name, body := range map[string]string{"text": words(r.Text), "HTML": words(html.UnescapeString(r.HTML))} {
			want(t, body, number, "Payé en entier : 165,00 $", "FH-0012345", "FH-0012346", "Pénalité administrative", "rabais pour paiement hâtif", "art. 20(3)", "−25,00 $", "40,00 $", "125,00 $",
				"Stationnement à un endroit interdit", "Arrêté de démonstration no 1, article 6(1)", "Le propriétaire immatriculé du véhicule visé par la contravention FH-0012345", "506-555-0142", "Carte", c.Settings.Portal.PublicURL, "DÉMONSTRATION")
			if len(day.FindAllString(body, -1)) < 3 {
				t.Errorf("%s: the days are missing:\n%s", name, body)
			}
			if plate.MatchString(body) {
				t.Errorf("%s: the plate is in the message", name)
			}
			for _, no := range []string{"Qvayle", "Toyota", "/r/", citytest.ReceiptAddress, "["} {
				if strings.Contains(body, no) {
					t.Errorf("%s: %q is in the message", name, no)
				}
			}
		}

		reference := referenceIn.FindString(r.Text)
		want(t, asked(t, c, "/message", strings.ToLower(reference)), "Yes: we sent a message", "about your receipt")
		want(t, asked(t, c, "/courriel", reference), "Oui : nous avons envoyé", "concerne votre reçu")
		want(t, asked(t, c, "/message", "4F7QK-8R2MC"), "No: we have sent no message", "call us")
		want(t, asked(t, c, "/courriel", ""), "Entrez la référence")

		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if _, _, _, done := mailTask(t, c); done.Valid {
				break
			}
		}
		// On record: its leaves, one opening of the address, and it is done.
		leaves := c.Query("select kind, opening from leaf where kind = 'message' or opening like '%email%' order by at, id")
		var order []string
		for _, l := range leaves {
			order = append(order, l[0].(string))
		}
		if strings.Join(order, " ") != "message opening message" {
			t.Errorf("leaves: %v", leaves)
		}
		if _, result, next, done := mailTask(t, c); !done.Valid || next.Valid || result != "taken 250" {
			t.Errorf("the task: %q, next %v, done %v", result, next, done)
		}
		// The same task again, by a worker who knows of nothing, sends nothing.
		again, _, _, _ := mailTask(t, c)
		again.CreatedAt = c.Now()
		if err := c.Office.Settler().Do(context.Background(), again); err != nil {
			t.Error(err)
		}
		if n := len(server.Taken()); n != 1 {
			t.Errorf("%d messages went out", n)
		}
	})
}

// The mail server is away for an hour, then there: the receipt is paid and shown meanwhile, no address is opened for
// nothing, and one message goes out.
func TestAMailServerThatIsAwayForAnHour(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		server := mailtest.Start(t)
		c.SendMail(server)
		server.Down()
		c.Add(citytest.Spec{Number: "W1", Plate: "WWW 111", Offence: "METER", Age: 1})
		v := toCardPage(c, "en", citytest.ReceiptAddress, [2]string{"W1", "WWW 111"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full")
		start := c.Now()
		for i := range 12 {
			c.SetNow(start.Add(time.Duration(i) * 5 * time.Minute))
			if err := c.Office.Settler().Round(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if _, result, next, done := mailTask(t, c); done.Valid || !next.Valid || result != "mail connect" {
			t.Errorf("meanwhile: %q, next %v, done %v", result, next, done)
		}
		if n := len(c.Query("select id from leaf where opening like '%email%'")); n != 0 {
			t.Errorf("the address was opened %d times", n)
		}
		server.Up(t)
		server.Order("rcpt", "451 4.7.1 <"+citytest.ReceiptAddress+">: come again")
		c.SetNow(start.Add(time.Hour))
		mailRound(t, c)
		if _, result, _, done := mailTask(t, c); done.Valid || result != "mail reader 451 4.7.1" {
			t.Errorf("greylisted: %q, done %v", result, done)
		}
		c.SetNow(start.Add(70 * time.Minute))
		mailRound(t, c)
		server.Wait(t, 1)
		if n := len(server.Taken()); n != 1 {
			t.Errorf("%d messages", n)
		}
	})
}

// mailRound lets the office's worker go once; the city's own, which runs beside it, may have done it.
func mailRound(t *testing.T, c *citytest.City) {
	t.Helper()
	if err := c.Office.Settler().Round(context.Background()); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if len(c.Query("select id from outbox where kind = 'mail_receipt' and leased_until > 0 and done_at is null and next_at is not null")) == 0 {
			return
		}
	}
}

// A message that is refused for good ends, is put before a person, and the portal says that it is not ours.
func TestAMessageThatIsRefusedIsPutBeforeAPerson(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		server := mailtest.Start(t)
		c.SendMail(server)
		server.Always("rcpt", "550 5.1.1 <"+citytest.ReceiptAddress+">: there is no such reader")
		c.Add(citytest.Spec{Number: "R1", Plate: "RRR 111", Offence: "METER", Age: 1})
		v := toCardPage(c, "en", citytest.ReceiptAddress, [2]string{"R1", "RRR 111"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full")
		e := exception(t, c, payment.ExceptionMail)
		if e.Owner != payment.RoleSupervisor || !referenceIn.MatchString(e.Ref) {
			t.Errorf("%+v", e)
		}
		if _, result, next, done := mailTask(t, c); !done.Valid || next.Valid || result != "turned mail reader 550 5.1.1" {
			t.Errorf("the task: %q, next %v, done %v", result, next, done)
		}
		want(t, asked(t, c, "/message", e.Ref), "No: we have sent no message")
		if n := len(server.Taken()); n != 0 {
			t.Errorf("%d messages were taken", n)
		}
		if got := c.Query("select m.state, e.to_state, e.answer from mail_message m join mail_event e on e.reference = m.reference where e.version = 2"); len(got) != 1 || got[0][0] != "refused" || got[0][2] != "mail reader 550 5.1.1" {
			t.Errorf("history: %v", got)
		}
	})
}

// exception waits for one of a kind.
func exception(t *testing.T, c *citytest.City, kind payment.ExceptionKind) (e payment.Exception) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.OpenExceptions(ctx, 10)
			for _, one := range all {
				if one.Kind == kind {
					e = one
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if e.ID != "" {
			return e
		}
	}
	t.Fatalf("no exception of kind %s", kind)
	return e
}

// A city that sends no e-mail asks for no address: what is asked for and never used is one more thing to steal.
func TestACityWithoutMailAsksForNoAddress(t *testing.T) {
	t.Parallel()
	asks := func(c *citytest.City) bool {
		c.Add(citytest.Spec{Number: "L1", Plate: "LLL 111", Offence: "METER", Age: 1})
		v := &visitor.Visitor{}
		v.Open(t.Context(), c.Portal.URL+paths["en"][0])
		v.Send(t.Context(), "find", paths["en"][1], map[string]string{"number": "L1", "plate": "LLL 111"})
		v.Open(t.Context(), c.Portal.URL+paths["en"][2])
		want(t, text(t, v), "Check and pay")
		return strings.Contains(text(t, v), "E-mail for the receipt")
	}
	if asks(citytest.SQLite(t)) {
		t.Error("an address is asked for, and nothing is sent to it")
	}
	mails := citytest.SQLite(t)
	mails.SendMail(mailtest.Start(t))
	if !asks(mails) {
		t.Error("no address is asked for")
	}
}

// The server has the message, and its yes is lost: it is sent again, with the same id and the same reference.
func TestAYesThatIsLostSendsTheSameMessageAgain(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	server := mailtest.Start(t)
	c.SendMail(server)
	lost := make(chan struct{}, 1)
	lost <- struct{}{}
	server.BeforeYes(func() {
		select {
		case <-lost:
			server.Cut()
		default:
		}
	})
	c.Add(citytest.Spec{Number: "L1", Plate: "LLL 111", Offence: "METER", Age: 1})
	v := toCardPage(c, "en", citytest.ReceiptAddress, [2]string{"L1", "LLL 111"})
	typeCard(v, good)
	want(t, text(t, v), "Paid in full")
	all := server.Wait(t, 2)
	one, two := all[0].Read(t), all[1].Read(t)
	if id := one.Header.Get("Message-ID"); id == "" || id != two.Header.Get("Message-ID") || one.Text != two.Text {
		t.Errorf("ids %s and %s\n%s\n%s", id, two.Header.Get("Message-ID"), one.Text, two.Text)
	}
}

// Receipts of a city that had no mail server wait. When it has one they go out, but for those that are of no use any more.
func TestReceiptsWaitForAMailServer(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "P1", Plate: "PPP 111", Offence: "METER", Age: 1})
		v := toCardPage(c, "en", citytest.ReceiptAddress, [2]string{"P1", "PPP 111"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full")
		task, _, next, done := mailTask(t, c)
		if next.Valid || done.Valid {
			t.Fatalf("without a server: next %v, done %v", next, done)
		}
		err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			old := store.Task{ID: "tsk_old", Kind: "mail_receipt", Ref: task.Ref, Key: "fundy/old", N: 1, Params: "{}", CreatedAt: c.Now().Add(-8 * 24 * time.Hour)}
			return tx.AddTask(ctx, old, time.Time{}, time.Time{})
		})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(c.Log.String(), "no mail server is set in city.toml") {
			t.Error("the office does not say that nothing is sent")
		}
		server := mailtest.Start(t)
		c.SendMail(server)
		if sent := server.Wait(t, 1); sent[0].To != citytest.ReceiptAddress {
			t.Errorf("%+v", sent)
		}
		if got := c.Query("select result from outbox where id = 'tsk_old' and done_at is not null"); len(got) != 1 || got[0][0] != "too old to be sent" {
			t.Errorf("the old one: %v", got)
		}
		if n := len(server.Taken()); n != 1 {
			t.Errorf("%d messages", n)
		}
	})
}

// A receipt that nobody takes for a week is given up, and put before a person.
func TestAMessageThatNobodyTakesIsGivenUp(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	server := mailtest.Start(t)
	c.SendMail(server)
	server.Always("mail", "450 4.3.2 not now")
	c.Add(citytest.Spec{Number: "G1", Plate: "GGG 111", Offence: "METER", Age: 1})
	v := toCardPage(c, "en", citytest.ReceiptAddress, [2]string{"G1", "GGG 111"})
	typeCard(v, good)
	want(t, text(t, v), "Paid in full")
	start := c.Now()
	c.SetNow(start.Add(6 * 24 * time.Hour))
	mailRound(t, c)
	if _, _, _, done := mailTask(t, c); done.Valid {
		t.Error("given up within the week")
	}
	c.SetNow(start.Add(7*24*time.Hour + time.Hour))
	exception(t, c, payment.ExceptionMail)
	if _, result, _, done := mailTask(t, c); !done.Valid || result != "too_old " {
		t.Errorf("the task: %q, done %v", result, done)
	}
}

// What was given back before its receipt went out is not said to be paid in full.
func TestAReceiptOfMoneyGivenBackDoesNotGoOut(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	server := mailtest.Start(t)
	c.SendMail(server)
	server.Down()
	c.Add(citytest.Spec{Number: "B1", Plate: "BBB 111", Offence: "METER", Age: 1})
	v := toCardPage(c, "en", citytest.ReceiptAddress, [2]string{"B1", "BBB 111"})
	typeCard(v, good)
	want(t, text(t, v), "Paid in full: $30.00")
	task, _, _, _ := mailTask(t, c)
	approved(t, c, payment.AttemptID(task.Ref), asks(3000, 3000))
	for range 100 {
		if v.Open(context.Background(), v.At); strings.Contains(text(t, v), "Given back: $30.00") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	server.Up(t)
	c.SetNow(c.Now().Add(10 * time.Minute))
	mailRound(t, c)
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, _, _, done := mailTask(t, c); done.Valid {
			break
		}
	}
	if _, result, _, done := mailTask(t, c); !done.Valid || result != "given back meanwhile" || len(server.Taken()) != 0 {
		t.Errorf("the task: %q, done %v, %d sent", result, done, len(server.Taken()))
	}
}

// The office is killed at each step of a message, before it and after it: the message arrives, and whatever arrives is
// one and the same.
func TestACityKilledWhileItSendsAMessage(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, template *citytest.Template) {
		eachPlace(t, template, fault.MailSteps, killedMailing)
	})
}

func killedMailing(t *testing.T, c *citytest.Processes, crash string) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	server := mailtest.Start(t)
	do(t, c.SendMail(server))
	c.Office.KeepAlive()
	do(t, c.Start(ctx, crash))
	p := &citytest.Person{City: c, Tickets: []int{0}}
	do(t, p.Begin(ctx))
	toCard(t, ctx, c, p)
	do(t, p.Card(ctx))
	do(t, c.Rest(ctx))
	do(t, p.Look(ctx))
	if !p.Paid() {
		t.Errorf("he reads:\n%s", p.Page)
	}
	all := server.Wait(t, 1)
	id, reference := all[0].Read(t).Header.Get("Message-ID"), referenceIn.FindString(all[0].Read(t).Text)
	for _, m := range all {
		if r := m.Read(t); m.To != citytest.ReceiptAddress || r.Header.Get("Message-ID") != id || referenceIn.FindString(r.Text) != reference {
			t.Errorf("another message: %s", m.Raw)
		}
	}
	between := crash == "after:call_mail_server:1" || crash == "before:move_message:1"
	if n := len(all); n != 1 && !between || n != 2 && between {
		t.Errorf("%s: %d messages", crash, n)
	}
	right(t, c)
}
