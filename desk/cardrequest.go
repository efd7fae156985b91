package desk

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// CardPlace is where something stood in a request that looks like a card's number: what it was is gone. The zero
// CardPlace is nowhere.
type CardPlace struct {
	Where string // "field", "header", "address", "file"
	Name  string // of the field or header, where it is one that a log may hold; "other"
	Shown string // Masked
}

// headersKnown are the headers whose names may stand in a log: another is somebody's own text.
var headersKnown = []string{
	"User-Agent", "Referer", "Accept", "Accept-Language", "Accept-Encoding", "Cookie", "Origin", "Authorization", "X-Forwarded-For", "Content-Type", "Content-Disposition",
}

// CardInHead looks for what could be a card's number in a request's address and headers, before anything reads them.
func CardInHead(r *http.Request) CardPlace {
	for _, text := range []string{r.URL.Path, r.URL.RawPath} { // which has ids of ours, some in hexadecimal
		if found := inAddress(text, HasCardWord); found != "" {
			return CardPlace{"address", "", Masked(found)}
		}
	}
	if found := inAddress(r.URL.RawQuery, HasCard); found != "" {
		return CardPlace{"address", "", Masked(found)}
	}
	if HasCardWord(r.Host) {
		return CardPlace{"header", "Host", Masked(r.Host)}
	}
	for name, values := range r.Header {
		for _, value := range values {
			if found := inHeader(name, value); found != "" {
				return CardPlace{"header", KnownName(name, headersKnown), Masked(found)}
			}
		}
	}
	return CardPlace{}
}

// inHeader is what of a header looks like a card's number. An address in one (Referer) may be written as addresses are.
func inHeader(name, value string) string {
	if HasCardWord(name) {
		return name
	}
	if isTrace(value) {
		return ""
	}
	if HasCardWord(value) {
		return value
	}
	if plain, err := url.QueryUnescape(value); err == nil && plain != value && HasCardWord(plain) {
		return plain
	}
	return ""
}

// isTrace knows the ids that proxies number requests with: 32 hexadecimal digits or more, a letter among them.
func isTrace(value string) bool {
	digits := strings.ReplaceAll(value, "-", "")
	return len(digits) >= 32 && strings.Trim(digits, "0123456789abcdefABCDEF") == "" && strings.Trim(digits, "0123456789") != ""
}

// inAddress is what of an address looks like a card's number, however often it was written as addresses are.
func inAddress(text string, holds func(string) bool) string {
	for range 3 {
		if holds(text) {
			return text
		}
		plain, err := url.QueryUnescape(text)
		if err != nil || plain == text {
			return ""
		}
		text = plain
	}
	return ""
}

// CardInForm looks for one in a form that has been parsed: the names and texts of its fields, the names of its files and
// what is said of them. known are the fields whose names a log may hold. passes says of a field's text that there is no
// card in it although it looks so; nil: nothing does.
func CardInForm(r *http.Request, known []string, passes func(field, text string) bool) CardPlace {
	for name, values := range r.PostForm {
		if HasCard(name) {
			return CardPlace{"field", "other", Masked(name)}
		}
		for _, value := range values {
			if HasCard(value) && (passes == nil || !passes(name, value)) {
				return CardPlace{"field", KnownName(name, known), Masked(value)}
			}
		}
	}
	if r.MultipartForm == nil {
		return CardPlace{}
	}
	for name, files := range r.MultipartForm.File {
		for _, f := range files {
			for _, found := range []string{cardIn(name), CardOfFile(f.Filename, f.Header)} {
				if found != "" {
					return CardPlace{"file", KnownName(name, known), Masked(found)}
				}
			}
		}
	}
	return CardPlace{}
}

// CardOfFile is what looks like a card's number of a file's name and of all that is said of the file in its part of an upload, as it stands and as
// mail writes other alphabets (=?utf-8?q?…?=); "" where nothing does.
func CardOfFile(name string, header map[string][]string) string {
	said := []string{name}
	for field, values := range header {
		said = append(append(said, field), values...)
	}
	for _, text := range said {
		plain, err := new(mime.WordDecoder).DecodeHeader(text)
		if found := cardIn(text); found != "" {
			return found
		} else if err == nil && HasCard(plain) {
			return plain
		}
	}
	return ""
}

// cardIn is a text that holds one, or "".
func cardIn(text string) string {
	if HasCard(text) {
		return text
	}
	return ""
}

// KnownName is a name where it is one of those that are known, or "other".
func KnownName(name string, known []string) string {
	if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, name) }); i >= 0 {
		return known[i]
	}
	return "other"
}
