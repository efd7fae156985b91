package staff

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"fundy/desk"
)

// cardIn looks for what could be a card's number in everything that a request brings, before anything reads it. What is this
// city's own (card_ours.go) passes where there is a session: a stranger is not told which numbers are tickets'.
func (p *Pages) cardIn(r *http.Request) (desk.CardPlace, error) {
	if place := desk.CardInHead(r); place != (desk.CardPlace{}) {
		return place, nil
	}
	var fault error
	place := desk.CardInForm(r, fieldsKnown, func(field, text string) bool {
		ours, err := p.ours(r, field, text)
		fault = errors.Join(fault, err)
		return ours
	})
	return place, fault
}

// fieldsKnown are the names of fields that may stand in a log: another is somebody's own text.
var fieldsKnown = []string{
	"account", "act", "address", "amount", "at", "at.x", "at.y", "back", "batch", "before", "bottom", "branch", "cash", "cheque", "class", "code", "coin",
	"counted", "cover", "currency", "day", "delivery", "digest", "drawn", "email", "event", "expected", "falls", "file", "first", "format", "free", "from",
	"from_time", "gap", "grid", "hearing", "id", "instead", "issued", "kind", "lang", "language", "last", "left", "letter", "line", "looked", "made",
	"make", "making", "mapping", "most", "name", "name_en", "name_fr", "no_book", "no_plate", "note", "nth", "number", "numbers", "offence", "officer", "on",
	"payee", "person", "place", "plate", "post", "postmark", "province", "reason", "receipt", "received", "ref", "reference", "remove", "reopen",
	"request", "resolution", "review", "right", "role", "row", "series", "served", "size", "street", "taken", "ticket", "time", "top", "total", "unreadable", "until",
	"until_time", "version", "way", "who", "why", "why_en", "why_fr", "words", "x", "y", "year",
	fieldTo, fieldForm, fieldAnswer, fieldCeremony,
}

// cardPage says that no card is taken here. What else the form had stays in the page, to be sent again.
type cardPage struct {
	desk.CardPlace
	Action string // where the form goes again; "" for nothing that could be
	Chosen string // the page on which its file is chosen again; "" where there was none
	Fields []cardField
}

// cardField is a field of a form that was refused, without the digits of what looks like a card's number.
type cardField struct {
	typedField
	ID     string
	Masked bool // it had one: it is shown, and can be mended
}

// refuseCard says that no card is taken here, and reports where one was typed. Nothing of the request is read on: the
// server keeps nothing of what was typed, the page does, without the number. Of a flood the first hundreds are told, then five a
// second: who sends it need not be signed in, and a log has an end.
func (p *Pages) refuseCard(w http.ResponseWriter, r *http.Request, v *view, place desk.CardPlace, to route, ours bool) error {
	if p.told.AllowN(p.Now(), 1) {
		p.Log.Warn("staff: what looks like a card number was refused", "alarm", "card_typed", "where", place.Where, "name", place.Name, "masked", place.Shown, "route", r.Pattern)
	}
	page := &cardPage{CardPlace: place}
	v.Data, v.Back = page, "/"
	v.Problem = &problem{Field: "main", Key: "card.short"}
	if place.Where == "field" && ours && r.Method == http.MethodPost {
		var err error
		if page.Fields, err = p.fieldsWithoutCards(r); err != nil {
			return err
		}
		page.Action = r.URL.Path
	}
	if to.upload > 0 && ours {
		page.Action, page.Chosen = "", chosenOn(to, r)
	}
	if i := slices.IndexFunc(page.Fields, func(f cardField) bool { return f.Masked }); i >= 0 {
		v.Problem = &problem{Field: page.Fields[i].ID, Key: "card.short"}
	}
	return p.show(w, v, http.StatusUnprocessableEntity, "card")
}

// fieldsWithoutCards are the fields of a form in the order in which they go out again: those of one name as they came.
// A name that is none of ours is somebody's own text, and is left out; a passkey's answer is good once.
func (p *Pages) fieldsWithoutCards(r *http.Request) ([]cardField, error) {
	var all []cardField
	for i, typed := range typedOf(r.PostForm) {
		if slices.Contains(fieldsKnown, typed.Name) {
			one := cardField{typedField: typed, ID: "typed-" + strconv.Itoa(i)}
			var err error
			if one.Value, one.Masked, err = p.withoutCards(r, typed); err != nil {
				return nil, err
			}
			all = append(all, one)
		}
	}
	for _, token := range r.PostForm[fieldForm] {
		token, _ = desk.WithoutCards(token)
		all = append(all, cardField{typedField: typedField{fieldForm, token}})
	}
	return all, nil
}

// FieldName is what a form calls a field, for who has to find it again.
func (v *view) FieldName(name string) string {
	if key := "card.field." + name; said[v.Lang][key] != "" {
		return v.T(key)
	}
	return v.T("card.field.other")
}
