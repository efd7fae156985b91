package citytest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"fundy/city"
	"fundy/citytest"
	"fundy/locale"
	"fundy/mail/mailtest"
	"fundy/review"
	"fundy/visitor"
)

// Under generic an officer sends a request to a hearing, with day, hour and place; it is moved to another day; the penalty
// is reduced after it, and the party pays what is left. The party reads each step by e-mail and on the portal.
func TestAReviewGoesToAHearingAndCostsLess(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	c := citytest.SQLite(t)
	server := mailtest.Start(t)
	c.SendMail(server)
	id := c.Add(citytest.Spec{Number: "FH-1", Plate: "ABC 123", Offence: "NOPARK", Age: 3, Regime: "generic"})
	_, reference := asksReview(t, c, "fr", "FH-1", "ABC 123", nil)
	at := c.OpenStaff()
	olga := joins(t, c, at, "olga", proto.WebAuthnAuthenticatorTransportInternal, "screening")
	by := olga
	decides := func(event string, typed map[string]string) {
		t.Helper()
		by.opens("/reviews")
		press(by.page, "tbody a")
		by.page.MustElement("#event").MustSelect(event)
		for field, value := range typed {
			by.page.MustElement("#" + field).MustSelectAllText().MustInput(value)
		}
		by.page.MustElement("#words").MustInput("Venez avec le reçu de l’horodateur.")
		press(by.page, "#decide button")
	}
	soon, later := c.Now().AddDate(0, 0, 20), c.Now().AddDate(0, 0, 27)
	decides("Send to a hearing", map[string]string{"hearing": soon.Format(time.DateOnly), "time": "14h30", "place": "Hôtel de ville, salle 3"})
	olga.sees("Write the hour of the hearing as 14:30")
	if got := olga.page.MustElement("#place").MustProperty("value").Str(); got != "Hôtel de ville, salle 3" {
		t.Errorf("what was typed is gone: %q", got)
	}
	decides("Send to a hearing", map[string]string{"hearing": soon.Format(time.DateOnly), "time": "14:30", "place": "Hôtel de ville, salle 3"})
	olga.sees("Decided. The party is told by e-mail", "14:30, Hôtel de ville, salle 3")
	want(t, words(server.Wait(t, 1)[0].Read(t).Text), "à 14 h 30 : Hôtel de ville, salle 3.")
	want(t, looksUp(t, c, "fr", reference, "ABC 123"), "Une audience aura lieu le", "à 14 h 30 : Hôtel de ville, salle 3.")

	decides("Send to a hearing", map[string]string{"hearing": later.Format(time.DateOnly), "time": "9:00", "place": "Au téléphone, 506-555-0142"})
	olga.sees("Decided. The party is told by e-mail", "9:00, Au téléphone, 506-555-0142")
	want(t, words(server.Wait(t, 2)[1].Read(t).Text), "à 9 h : Au téléphone, 506-555-0142.")
	want(t, looksUp(t, c, "en", reference, "ABC 123"), "at 9:00 a.m.: Au téléphone, 506-555-0142.")

	// Who has sent it there is told that another decides, and can still put it on another day.
	olga.sees("You have sent this request to its hearing: another person decides it")
	if got := olga.page.MustElement("#event").MustEval(`() => this.textContent`).Str(); strings.Contains(got, "Reduce") || !strings.Contains(got, "Send to a hearing") {
		t.Errorf("who has sent it to the hearing may choose %q", got)
	}
	by = joins(t, c, at, "pat", proto.WebAuthnAuthenticatorTransportUsb, "screening")
	decides("Reduce the penalty", map[string]string{"amount": "20.00"})
	by.sees("Decided. The party is told by e-mail")
	want(t, words(server.Wait(t, 3)[2].Read(t).Text), "20,00 $")
	v := &visitor.Visitor{}
	v.Open(t.Context(), c.Portal.URL+paths["fr"][0])
	v.Send(t.Context(), "find", paths["fr"][1], map[string]string{"number": "FH-1", "plate": "ABC 123"})
	want(t, text(t, v), "À payer aujourd’hui", "20,00 $")

	// The ticket's page tells all of it, in order, with who has done it, what the penalty was and is, and what was sent.
	olga.opens("/tickets/" + string(id))
	story := olga.text()
	_, story, _ = strings.Cut(story, "What happened")
	for _, line := range []string{
		"Review: Asked for", "the party", "Under review", "Review: Sent to a hearing", "olga", "E-mail: decision of a review, sent", "Review: Sent to a hearing", "olga",
		"E-mail: decision of a review, sent", "Review: Reduced: the penalty was $65.00 and is $20.00", "pat", "Owed: review " + reference + ": reduce", "pat", "E-mail: decision of a review, sent",
	} {
		i := strings.Index(story, line)
		if i < 0 {
			t.Fatalf("not in order, or not there: %q in\n%s", line, olga.text())
		}
		story = story[i:]
	}
	olga.opens("/tickets/" + string(id))
	press(olga.page, "#messages tbody a")
	olga.sees("E-mail: decision of a review", reference, "FH-1")
	press(olga.page, "#bounce button")
	olga.sees("came back: it did not reach its reader", "print the answer as a letter")
	olga.opens("/tickets/" + string(id))
	olga.sees("E-mail: decision of a review, came back")
	c.CheckLedger()
}

// Nobody comes to a hearing: the party reads by e-mail and on the portal that the ticket stands and until when another
// hearing can be asked for; then the day of that one.
func TestAPartyThatMissedItsHearingIsTold(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	server := mailtest.Start(t)
	c.SendMail(server)
	c.Settings.Review.AgainDays, c.Office.Settings.Review.AgainDays, c.Office.Settler().Review.AgainDays = 15, 15, 15
	c.Add(citytest.Spec{Number: "FH-1", Plate: "ABC 123", Offence: "NOPARK", Age: 3, Regime: "generic"})
	_, reference := asksReview(t, c, "fr", "FH-1", "ABC 123", nil)
	day := func(n int) city.Date { return city.DateOf(c.Now(), c.Settings.City().Zone).AddDays(n) }
	said := func(d city.Date) string { return words(locale.Day("fr", d.Start(c.Settings.City().Zone))) }
	on := day(20)
	c.Decides(reference, review.Decision{Event: review.Send, Words: "Venez avec le reçu.", Hearing: on, At: "14:30", Place: "Hôtel de ville, salle 3"})
	want(t, words(server.Wait(t, 1)[0].Read(t).Text), "à 14 h 30 : Hôtel de ville, salle 3.")
	c.SetNow(on.Start(c.Settings.City().Zone).Add(15 * time.Hour))
	c.Decides(reference, review.Decision{Event: review.Absent, Words: "Personne n’a répondu."})
	want(t, words(server.Wait(t, 2)[1].Read(t).Text), "Vous n’êtes pas venu à l’audience du "+said(on), "La contravention est maintenue.", "Personne n’a répondu.", "au plus tard le "+said(day(15)))
	want(t, looksUp(t, c, "fr", reference, "ABC 123"), "Personne n’est venu à l’audience du "+said(on)+". La contravention est maintenue.", "Les raisons de la décision sont dans la réponse")
	want(t, looksUp(t, c, "en", reference, "ABC 123"), "Nobody came to the hearing of ", "The ticket stands.")
	c.Decides(reference, review.Decision{Event: review.Again, Words: "Vous étiez à l’hôpital.", Hearing: day(10), At: "9:00", Place: "Au téléphone, 506-555-0142", Asked: day(0)})
	want(t, words(server.Wait(t, 3)[2].Read(t).Text), said(day(10))+" à 9 h : Au téléphone, 506-555-0142.", "Vous étiez à l’hôpital.")
	want(t, looksUp(t, c, "en", reference, "ABC 123"), "at 9:00 a.m.: Au téléphone, 506-555-0142.")
	c.CheckLedger()
}
