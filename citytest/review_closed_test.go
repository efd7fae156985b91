package citytest_test

import (
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/proto"

	"fundy/city"
	"fundy/citytest"
	"fundy/locale"
	"fundy/mail/mailtest"
)

// A request that is not the party's is read by one officer and closed by another, for a reason. Who has left an address is told
// so by e-mail in his language: that nothing was decided, why, and until when he may ask again; the portal says the same, and
// he does. The story of the ticket names who has closed it, and why.
func TestARequestIsClosedAndAskedForAgain(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	c := citytest.SQLite(t)
	server := mailtest.Start(t)
	c.SendMail(server)
	c.Settings.Review.AskDays, c.Office.Settings.Review.AskDays, c.Office.Settler().Review.AskDays = 30, 30, 30
	id := c.Add(citytest.Spec{Number: "FH-1", Plate: "ABC 123", Offence: "NOPARK", Age: 3})
	_, reference := asksReview(t, c, "fr", "FH-1", "ABC 123", nil)
	at := c.OpenStaff()
	olga := joins(t, c, at, "olga", proto.WebAuthnAuthenticatorTransportInternal, "screening")
	pat := joins(t, c, at, "pat", proto.WebAuthnAuthenticatorTransportInternal, "screening")
	closes := func(w *worker, why string) {
		t.Helper()
		w.opens("/reviews")
		press(w.page, "tbody a")
		w.page.MustElement("#event").MustSelect("Close without a decision")
		if why != "" {
			w.page.MustElement("#why").MustSelect(why)
		}
		press(w.page, "#decide button")
	}
	olga.opens("/reviews")
	press(olga.page, "tbody a")
	olga.sees("Opened by", "nobody of the staff")
	press(olga.page, "#open button")
	olga.sees(partyName)
	closes(olga, "It is not the party’s")
	olga.sees("You were the first to read this request: another person closes it")
	closes(pat, "")
	pat.sees("Choose why it is closed")
	looks(t, pat.page, "en", "review-close-error")
	closes(pat, "It is not the party’s")
	pat.sees("Decided. The party is told by e-mail", "closed without a decision", "(pat, ", "olga, ")
	looks(t, pat.page, "en", "review-closed")
	if n, err := c.Count(t.Context(), `select count(*) from leaf where opening like '%"closed_why":"stranger","readers":["olga"]%'`); err != nil || int64(n) != 1 {
		t.Errorf("%v leaves tell of it, %v", n, err)
	}

	zone := c.Settings.City().Zone
	last := city.DateOf(c.Now(), zone).AddDays(27).Start(zone)
	read := server.Wait(t, 1)[0].Read(t)
	if read.Subject != "Votre demande de révision de la contravention FH-1 a été fermée sans décision – Havre-de-Fundy" {
		t.Errorf("%s", read.Subject)
	}
	want(t, words(read.Text), "Votre demande a été fermée sans décision.", "Motif : elle ne vient pas d’une personne concernée par la contravention.", "jusqu’à la fin du "+words(locale.Day("fr", last)), reference)
	if strings.Contains(read.Text, "Motifs de la décision") || strings.Contains(read.Text, "[decision") {
		t.Errorf("the message says\n%s", read.Text)
	}
	said := looksUp(t, c, "en", reference, "ABC 123")
	want(t, said, "The request was closed without a decision.", "Closed on", "it is not from a person whom the ticket is about", "to the end of "+words(locale.Day("en", last)))
	if strings.Contains(said, "Decided on") || strings.Contains(said, "Why it was decided so") {
		t.Errorf("the portal says\n%s", said)
	}
	want(t, looksUp(t, c, "fr", reference, "ABC 123"), "La demande a été fermée sans décision.", "elle ne vient pas d’une personne concernée par la contravention", "jusqu’à la fin du "+words(locale.Day("fr", last)))

	pat.opens("/tickets/" + string(id))
	pat.sees("Review: Closed without a decision: It is not the party’s", "E-mail: decision of a review, sent")
	press(pat.page, "#messages tbody a")
	pat.sees("Message ", "E-mail: decision of a review", reference, "FH-1", "This e-mail has come back")
	looks(t, pat.page, "en", "message")
	press(pat.page, "#bounce button")
	pat.sees("came back: it did not reach its reader")
	press(pat.page, `button[value="fr"]`)
	looks(t, pat.page, "fr", "message-bounced")
	pat.opens("/tickets/" + string(id))
	looks(t, pat.page, "fr", "ticket-story")
	pat.sees("Révision : Fermée sans décision : Elle n’est pas de la partie", "Due : révision "+reference)
	if _, again := asksReview(t, c, "en", "FH-1", "ABC 123", nil); again == reference {
		t.Error("it is the same request")
	}
}
