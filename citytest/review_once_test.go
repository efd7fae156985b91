package citytest_test

import (
	"context"
	"strings"
	"testing"

	"fundy/citytest"
	"fundy/review"
	"fundy/visitor"
)

// A ticket whose review was decided says so, and offers no other: neither the link nor the form, which would be filled in for
// nothing. A ticket that had none still offers it; so does neither by a one-time code, which tells nothing of a review.
func TestATicketWhoseReviewWasDecidedOffersNoOther(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		ctx := context.Background()
		c.Add(citytest.Spec{Number: "D1", Plate: "DDD 111", Offence: "NOPARK", Age: 3})
		c.Add(citytest.Spec{Number: "D2", Plate: "DDD 222", Offence: "NOPARK", Age: 3})
		_, reference := asksReview(t, c, "en", "D1", "DDD 111", nil)
		c.Decides(reference, review.Decision{Event: review.Keep, Words: "The sign is plain."})
		for lang, said := range map[string][4]string{
			"en": {"Ask that this ticket be looked at again", "A review of this ticket was decided on", "The ticket stands. There is one review of a ticket", "How does my review stand?"},
			"fr": {"Demander une révision", "Une révision de cette contravention a été décidée le", "La contravention est maintenue. Une contravention n’est révisée qu’une fois", "Où en est"},
		} {
			v := &visitor.Visitor{}
			v.Open(ctx, c.Portal.URL+paths[lang][0])
			v.Send(ctx, "find", paths[lang][1], map[string]string{"number": "D1", "plate": "DDD 111"})
			shown := text(t, v)
			want(t, shown, said[1:]...)
			if strings.Contains(shown, said[0]) {
				t.Errorf("%s: another review is offered\n%s", lang, shown)
			}
			v.Open(ctx, c.Portal.URL+reviewPaths[lang][0]+"?n=0")
			if shown = text(t, v); v.Hidden("request") != "" || !strings.Contains(shown, said[1]) {
				t.Errorf("%s: the form is shown\n%s", lang, shown)
			}
			v.Open(ctx, c.Portal.URL+paths[lang][0])
			v.Send(ctx, "find", paths[lang][1], map[string]string{"number": "D2", "plate": "DDD 222"})
			want(t, text(t, v), said[0])
		}
	})
}

// Where the city's days for asking have passed, the page says so instead of a form that would be refused.
func TestATicketTooOldForAReviewSaysSo(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Office.Settings.Review.AskDays = 2
	c.Add(citytest.Spec{Number: "D1", Plate: "DDD 111", Offence: "NOPARK", Age: 3})
	for lang, said := range map[string][2]string{
		"en": {"Ask that this ticket be looked at again", "The days in which a review can be asked for have passed."},
		"fr": {"Demander une révision", "Le délai pour demander une révision est passé."},
	} {
		v := &visitor.Visitor{}
		v.Open(context.Background(), c.Portal.URL+paths[lang][0])
		v.Send(context.Background(), "find", paths[lang][1], map[string]string{"number": "D1", "plate": "DDD 111"})
		shown := text(t, v)
		want(t, shown, said[1])
		if strings.Contains(shown, said[0]) {
			t.Errorf("%s: a review is offered\n%s", lang, shown)
		}
	}
}
