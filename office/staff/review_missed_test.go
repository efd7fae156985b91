package staff

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/review"
	"fundy/ticket"
)

// Nobody comes to a hearing: from its hour on an officer may say so, and the ticket stands; within the city's days another
// one is set, once, for who has asked. What was typed stays; nothing is offered that is refused.
func TestAHearingThatNobodyComesToOnThePages(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		s := b.sealed()
		s.pages.Settler.Review.AgainDays = 15
		b.person("pat", "screening") // who sends to a hearing does not decide it
		b.person("olga", "screening")
		olga := b.session("olga")
		id := b.ticketWith("SJ100", "ABC 123", func(t *ticket.Ticket) { t.Regime = "generic" })
		r := s.asks(id, review.ByPost)
		at := "/reviews/" + string(r.ID)
		day := func(n int) string { return s.pages.today().AddDays(n).String() }
		decide := func(version string, more ...string) url.Values {
			form := url.Values{"version": {version}, "words": {"Personne n’est venu."}}
			for i := 0; i < len(more); i += 2 {
				form.Set(more[i], more[i+1])
			}
			return form
		}
		code, page := b.post(b.session("pat"), at+"/decide", decide("1", "event", "send", "hearing", day(1), "time", "14:30", "place", "City Hall"))
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.get(olga, at)
		b.wants(code, page, http.StatusOK, "14:30, City Hall", `value="send"`)
		if strings.Contains(page, `value="absent"`) || strings.Contains(page, `value="again"`) {
			t.Errorf("offered before the hearing\n%s", page)
		}
		code, page = b.post(olga, at+"/decide", decide("2", "event", "absent"))
		b.wants(code, page, http.StatusUnprocessableEntity, "The hearing has not begun yet", "Personne n’est venu.")
		b.now = s.pages.today().AddDays(1).Start(s.pages.city.Zone).Add(14*time.Hour + 30*time.Minute)
		olga = b.session("olga")
		code, page = b.get(olga, at)
		b.wants(code, page, http.StatusOK, "Nobody came to the hearing: the ticket stands", `value="absent"`)
		code, page = b.post(olga, at+"/decide", decide("2", "event", "absent"))
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.get(olga, at)
		b.wants(code, page, http.StatusOK, "nobody came to the hearing: the ticket stands", "Another hearing can be asked for, once, to the end of", `value="again"`, `id="received"`, `id="place"`, `id="letter"`)
		for _, not := range []string{`value="keep"`, `value="absent"`, `value="send"`, "A ticket has one decision"} {
			if strings.Contains(page, not) {
				t.Errorf("it offers %s", not)
			}
		}
		again := []string{"event", "again", "hearing", day(20), "time", "9:00", "place", "Au téléphone", "words", "Vous étiez à l’hôpital.", "received"}
		for _, wrong := range []string{"", "soon", day(1), day(-1)} {
			code, page = b.post(olga, at+"/decide", decide("3", append(again, wrong)...))
			b.wants(code, page, http.StatusUnprocessableEntity, "Write the day on which the party asked for another hearing", "Vous étiez à l’hôpital.", `value="Au téléphone"`, `id="received-error"`)
		}
		code, page = b.post(olga, at+"/decide", decide("3", append(again, day(0))...))
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.get(olga, at)
		b.wants(code, page, http.StatusOK, "to be decided after a hearing", "9:00, Au téléphone", "Another hearing asked for on", "Another hearing was set", `value="keep"`)
		code, page = b.get(olga, "/reviews")
		b.wants(code, page, http.StatusOK, "SJ100")
		b.now = b.now.AddDate(0, 0, 21)
		olga = b.session("olga")
		code, page = b.post(olga, at+"/decide", decide("4", "event", "absent"))
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.get(olga, at)
		b.wants(code, page, http.StatusOK, "nobody came to the hearing: the ticket stands")
		if strings.Contains(page, `id="decide"`) || strings.Contains(page, "can be asked for, once") {
			t.Errorf("a third hearing is offered\n%s", page)
		}
		code, page = b.post(olga, at+"/decide", decide("5", append(append(again, day(0)), "hearing", day(20))...))
		b.wants(code, page, http.StatusUnprocessableEntity, "No other hearing can be set")
	})
}
