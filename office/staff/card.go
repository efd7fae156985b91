package staff

import (
	"context"
	"errors"
	"net/http"

	"fundy/desk"
	"fundy/store"
	"fundy/ticket"
)

// cardIn looks for what could be a card's number in everything that a request brings, before anything reads it. The number
// of a ticket of this city's passes.
func (p *Pages) cardIn(r *http.Request) (desk.CardPlace, error) {
	if place := desk.CardInHead(r); place != (desk.CardPlace{}) {
		return place, nil
	}
	var fault error
	place := desk.CardInForm(r, fieldsKnown, func(text string) bool {
		ours, err := p.ticketHas(r, text)
		fault = errors.Join(fault, err)
		return ours
	})
	return place, fault
}

// ticketHas says whether a text is, as it stands, the number of a ticket that the city has. It is looked for in the
// store and goes nowhere else.
func (p *Pages) ticketHas(r *http.Request, text string) (ours bool, err error) {
	key := ticket.NumberKey(text)
	if key == "" || len(key) > ticket.MaxNumber {
		return false, nil
	}
	err = p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.TicketsNumbered(ctx, key, 1)
		ours = len(found) > 0
		return err
	})
	return ours, err
}

// fieldsKnown are the names of fields that may stand in a log: another is somebody's own text.
var fieldsKnown = []string{
	"account", "act", "address", "amount", "at", "at.x", "at.y", "back", "batch", "before", "bottom", "branch", "cash", "cheque", "class", "code", "coin",
	"counted", "cover", "currency", "day", "delivery", "digest", "drawn", "email", "event", "expected", "falls", "file", "first", "format", "free", "from",
	"from_time", "gap", "grid", "hearing", "id", "instead", "issued", "kind", "lang", "language", "last", "left", "letter", "line", "looked", "made",
	"make", "making", "mapping", "most", "name", "name_en", "name_fr", "no_plate", "note", "nth", "number", "numbers", "offence", "officer", "on",
	"payee", "person", "place", "plate", "post", "postmark", "province", "reason", "receipt", "received", "ref", "reference", "remove", "reopen",
	"request", "resolution", "review", "right", "role", "row", "series", "served", "size", "street", "taken", "ticket", "time", "top", "total", "unreadable", "until",
	"until_time", "version", "way", "who", "why", "why_en", "why_fr", "words", "x", "y", "year",
	fieldTo, fieldForm, fieldAnswer, fieldCeremony,
}

// refuseCard says that no card is taken here, and reports where one was typed. Nothing of the request is read on. Of a flood the
// first hundreds are told, then five a second: who sends it need not be signed in, and a log has an end.
func (p *Pages) refuseCard(w http.ResponseWriter, r *http.Request, v *view, place desk.CardPlace) error {
	if p.told.AllowN(p.Now(), 1) {
		p.Log.Warn("staff: what looks like a card number was refused", "alarm", "card_typed", "where", place.Where, "name", place.Name, "masked", place.Shown, "route", r.Pattern)
	}
	v.Data, v.Back = place, "/"
	v.Problem = &problem{Field: "main", Key: "card.short"}
	return p.show(w, v, http.StatusUnprocessableEntity, "card")
}
