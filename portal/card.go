package portal

import (
	"net/http"
	"slices"

	"fundy/desk"
	"fundy/web"
)

// fieldsKnown are the names of fields that may stand in a log: another is somebody's own text.
var fieldsKnown = []string{"number", "plate", "day", "slip", "no_plate", "day_asked", "lang", "form", "ticket", "email", "box", "request", "seen", "reference", "code", "c", "who", "reason", "words", "name", "way", "post", "answer", "file"}

// noCards stands before every page but what a processor sends: what looks like a card's number in an address or a header
// is refused before anything reads it. An address that is not text is nobody's.
func (p *Portal) noCards(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !web.AddressIsText(r.URL) {
			p.answer(w, r, "", p.showWrong)
			return
		}
		_, pattern := mux.Handler(r)
		place := desk.CardInHead(r)
		if place == (desk.CardPlace{}) || pattern == eventPattern {
			mux.ServeHTTP(w, r)
			return
		}
		p.reportCard(place, pattern)
		p.answer(w, r, "", p.showCard)
	})
}

// reportCard says in the log that a card was typed, and where: an event for the watch. Of what it was nothing is said
// but how long it was and its last two digits. Of a flood the first hundreds are told, then five a second: a log has an end.
func (p *Portal) reportCard(place desk.CardPlace, route string) {
	if !p.told.AllowN(p.Now(), 1) {
		return
	}
	p.Log.Warn("portal: what looks like a card number was refused", "alarm", "card_typed", "where", place.Where, "name", place.Name, "masked", place.Shown, "route", route)
}

// showCard says that no card is taken here, and where it is.
func (p *Portal) showCard(w http.ResponseWriter, _ *http.Request, v *view) error {
	v.Data, v.Problem, v.Switch = nil, nil, ""
	return p.show(w, v, http.StatusUnprocessableEntity, "card")
}

// fieldNumber is the field for a ticket's number.
const fieldNumber = "number"

// longTexts are the fields of several lines: of those everything stays but the number's own digits.
var longTexts = []string{"words", "post"}

// refuseCards takes what looks like a card number out of every field of a form, before anything reads it: the number is
// shown to nobody, not even again to who typed it. A short field is emptied, of a long text only the number's digits go.
// A number of one of the city's own series is looked up where a ticket's number is asked for: whether there is such a ticket is
// told to nobody who does not have its plate, as of any number. explained says that the form's own page shows the field, and will say what is missing.
func (p *Portal) refuseCards(r *http.Request, v *view, fields []string) (found, explained bool) {
	passes := func(field, text string) bool {
		return field == fieldNumber && v.City != nil && desk.InSeries(text, v.City.GetSeries())
	}
	place := desk.CardInForm(r, fieldsKnown, passes)
	if place == (desk.CardPlace{}) {
		return false, false
	}
	p.reportCard(place, r.Pattern)
	for name, values := range r.PostForm {
		for i := range values {
			if desk.HasCard(values[i]) && !passes(name, values[i]) {
				values[i], v.card = withoutCard(name, values[i]), name
			}
		}
		if desk.HasCard(name) {
			v.card = "other"
		}
	}
	// The switch of language shows a page as it was, without a word about its fields.
	return true, slices.Contains(fields, v.card) && r.PostFormValue("lang") == ""
}

func withoutCard(name, text string) string {
	if !slices.Contains(longTexts, name) {
		return ""
	}
	text, _ = desk.WithoutCards(text)
	return text
}
