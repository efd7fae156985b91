package staff

import (
	"net/http"
	"net/url"
	"strings"

	"fundy/desk"
)

// cardPlace is where something stood that looks like a card's number: what it was is gone.
type cardPlace struct {
	Where string // "field", "header", "address", "file"
	Name  string // of the field or header, as our pages name it
	Shown string // the length and the last two digits
}

// cardIn looks for what could be a card's number in everything that a request brings, before anything reads it.
func cardIn(r *http.Request) cardPlace {
	for _, text := range []string{r.URL.Path, r.URL.RawQuery} {
		if plain, err := url.QueryUnescape(text); err == nil && desk.HasCard(plain) || desk.HasCard(text) {
			return cardPlace{"address", "", masked(text)}
		}
	}
	for name, values := range r.Header {
		for _, value := range values {
			if name == "Content-Type" && strings.HasPrefix(value, "multipart/form-data;") {
				continue // some browsers make the boundary of random digits
			}
			if desk.HasCard(value) || desk.HasCard(name) {
				return cardPlace{"header", known(name, headersKnown), masked(value)}
			}
		}
	}
	for name, values := range r.PostForm {
		if desk.HasCard(name) {
			return cardPlace{"field", "", masked(name)}
		}
		for _, value := range values {
			// Line ends stand between groups as spaces do.
			if desk.HasCard(strings.NewReplacer("\r", " ", "\n", " ", "\u00a0", " ").Replace(value)) {
				return cardPlace{"field", known(name, fieldsKnown), masked(value)}
			}
		}
	}
	return cardInFiles(r)
}

// cardInFiles looks at what files are called. What they hold is for nobody to read here.
func cardInFiles(r *http.Request) cardPlace {
	if r.MultipartForm == nil {
		return cardPlace{}
	}
	for name, files := range r.MultipartForm.File {
		for _, f := range files {
			if desk.HasCard(f.Filename) || desk.HasCard(name) {
				return cardPlace{"file", known(name, fieldsKnown), masked(f.Filename)}
			}
		}
	}
	return cardPlace{}
}

// fieldsKnown and headersKnown are the names that may stand in a log: another is somebody's own text.
var (
	fieldsKnown = []string{"number", "plate", "province", "receipt", "note", "act", "amount", "expected", "reason", "ticket", "way", "name", "role", "code", "id", "lang", "back", fieldTo, fieldForm,
		"words", "until", "hearing", "event", "version", "received", "who", "email", "post", "language", "request", "file"}
	headersKnown = []string{"User-Agent", "Referer", "Accept-Language", "Cookie", "X-Forwarded-For", "Content-Type", "Content-Disposition"}
)

func known(name string, names []string) string {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return n
		}
	}
	return "other"
}

// masked says how many digits there were, and the last two.
func masked(text string) string {
	var digits []byte
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			digits = append(digits, text[i])
		}
	}
	if len(digits) < 4 {
		return "*"
	}
	return strings.Repeat("*", min(len(digits)-2, 40)) + string(digits[len(digits)-2:])
}

// refuseCard says that no card is taken here, and reports where one was typed. Nothing of the request is read on.
func (p *Pages) refuseCard(w http.ResponseWriter, r *http.Request, v *view, place cardPlace) error {
	p.Log.Warn("staff: what looks like a card number was refused", "alarm", "card_typed", "where", place.Where, "name", place.Name, "masked", place.Shown, "route", r.Pattern)
	v.Data, v.Back = place, "/"
	v.Problem = &problem{Field: "main", Key: "card.short"}
	return p.show(w, v, http.StatusUnprocessableEntity, "card")
}
