package citytest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fundy/ticket"
	"fundy/visitor"
)

// What a payer types in tests. Each is such that it does not turn up by chance.
const (
	CardNumber     = "4242 4242 4242 4242"
	Expiry         = "11/97"
	SecurityCode   = "7391"
	PayerName      = "Zoé O'Payeuse-Qvxkj"
	PayerEmail     = "qvxkj.payeuse@card-page.example"
	PayerPostal    = "E7Q 9Z4 KX"
	ReceiptAddress = "wzjqk.receipt@confirm-page.example"
)

// testCards are the numbers that the sandbox takes.
var testCards = []string{
	"4242424242424242", "5555555555554444", "378282246310005", "4000001240000000", "4000000000000002", "4000000000009995", "4000000000009987",
	"4000000000009979", "4000000000000069", "4000000000000127", "4000000000000119", "4000002500003155",
	"4000000000000259",
}

// known are the values that a card page may be given, by field. The sandbox's control page and fundy demo
// have a date of their own, the control page a payer too.
var known = map[string][]string{
	"number": testCards, "expiry": {Expiry, "12/34"}, "cvc": {SecurityCode},
	"name": {PayerName, "Avery Sandpayer"}, "email": {PayerEmail, "payer@example.ca"}, "postal": {PayerPostal, "E2L 4L1"},
}

// Kind is what a secret is of.
type Kind string

// The kinds of secret.
const (
	Card    Kind = "card number"
	Date    Kind = "expiry date"
	Code    Kind = "security code"
	Payer   Kind = "payer of the card page"
	Receipt Kind = "address of the confirm page"
	Plate   Kind = "plate"
)

// TypeCard fills in the card page with canaries and sends it.
func TypeCard(ctx context.Context, v *visitor.Visitor, number string) {
	v.Send(ctx, "card", "/c/pay/", map[string]string{
		"number": number, "expiry": Expiry, "cvc": SecurityCode, "name": PayerName, "email": PayerEmail, "postal": PayerPostal,
	})
}

// strange says which of the values typed on a card page the tripwire does not look for.
func strange(form url.Values) []string {
	var out []string
	for field, values := range known {
		typed := form.Get(field)
		if field == "number" {
			typed = strings.NewReplacer(" ", "", "-", "").Replace(typed)
		}
		if typed != "" && !slices.Contains(values, typed) {
			out = append(out, fmt.Sprintf("%s %q", field, typed))
		}
	}
	return out
}

// pattern is one form of one secret.
type pattern struct {
	kind Kind
	what string // the secret
	form string // how it is written
	text string
}

// canaries are all patterns that do not depend on a test.
func canaries() []pattern {
	var all []pattern
	for _, n := range testCards {
		for _, gap := range []string{"", " ", "-"} {
			all = append(all, forms(Card, n[:4]+gap+n[4:8]+gap+n[8:12]+gap+n[12:])...)
		}
	}
	for _, key := range []string{"exp_month", "exp_year", "expMonth", "expYear"} {
		all = append(all, forms(Date, key)...)
	}
	for _, date := range known["expiry"] {
		mm, yy, _ := strings.Cut(date, "/")
		for _, text := range []string{date, mm + "/20" + yy, "20" + yy + "-" + mm} {
			all = append(all, forms(Date, text)...)
		}
		for _, text := range []string{`year":20` + yy, `year":"20` + yy, `year=20` + yy, `year:20` + yy, `year":` + yy + ",", `year=` + yy + "&"} {
			all = append(all, pattern{Date, date, "field", text})
		}
	}
	// A bare year could be an amount of an answer's: this one is of no by-law.
	all = append(all, pattern{Date, Expiry, "year", ":2097,"})
	// Six bytes and more: shorter ones do turn up in 20 MB of sealed data.
	for _, text := range []string{`"cvc":`, `"cvc_check`, `"cvv":`, "cvc=" + SecurityCode, "cvc: " + SecurityCode, "security_code", `"` + SecurityCode + `"`} {
		all = append(all, pattern{Code, "security code", "field", text})
	}
	for _, field := range []string{"name", "email", "postal"} {
		for _, text := range known[field] {
			all = append(all, forms(Payer, text)...)
		}
	}
	all = append(all, forms(Payer, strings.ReplaceAll(PayerPostal, " ", ""))...)
	return append(all, forms(Receipt, ReceiptAddress)...)
}

// plates are the patterns of plates, as they are written and as they are compared. One of fewer letters
// than shortest, or one that any digest could hold, is wanted between quotes or after a sign.
func plates(written []string, shortest int) []pattern {
	var all []pattern
	for _, w := range written {
		all = append(all, forms(Plate, w)...)
		short := strings.ReplaceAll(w, " ", "")
		for _, text := range []string{short, skeleton(w)} {
			if len(text) < shortest || len(text) < 8 && strings.Trim(text, "0123456789abcdefABCDEF") == "" {
				all = append(all, pattern{Plate, text, "quoted", `"` + text + `"`}, pattern{Plate, text, "value", "=" + text})
				continue
			}
			all = append(all, forms(Plate, text)...)
		}
	}
	return all
}

func skeleton(written string) string {
	p, err := ticket.ParsePlate(written)
	if err != nil {
		return written
	}
	return p.Skeleton
}

// base64Shortest is the fewest letters of a base64 form that is looked for: fewer turn up by chance.
const base64Shortest = 8

// forms are all ways in which a text is looked for.
func forms(kind Kind, text string) []pattern {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string
	}
	var unicode, percent strings.Builder
	for _, r := range text {
		letter := r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if letter {
			unicode.WriteRune(r)
			percent.WriteRune(r)
			continue
		}
		fmt.Fprintf(&unicode, `\u%04x`, r)
		for _, b := range []byte(string(r)) {
			fmt.Fprintf(&percent, "%%%02x", b)
		}
	}
	out := []pattern{
		{kind, text, "plain", text}, {kind, text, "JSON", strings.Trim(string(quoted), `"`)}, {kind, text, "JSON, all escaped", unicode.String()},
		{kind, text, "JSON, slashes escaped", strings.ReplaceAll(text, "/", `\/`)}, {kind, text, "quoted", strings.Trim(strconv.QuoteToASCII(text), `"`)},
		{kind, text, "HTML", html.EscapeString(text)}, {kind, text, "URL", url.QueryEscape(text)}, {kind, text, "URL path", url.PathEscape(text)},
		{kind, text, "URL, all escaped", percent.String()}, {kind, text, "hexadecimal", hex.EncodeToString([]byte(text))},
	}
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for lead := range 3 {
			// Only the letters that depend on nothing before or after the text.
			whole := e.EncodeToString(append(make([]byte, lead), text+"\x00\x00"...))
			if inner := whole[(lead*8+5)/6 : (lead+len(text))*8/6]; len(inner) >= base64Shortest {
				out = append(out, pattern{kind, text, fmt.Sprintf("base64 at %d", lead), inner})
			}
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(out, func(p pattern) bool {
		again := seen[strings.ToLower(p.text)]
		seen[strings.ToLower(p.text)] = true
		return again
	})
}
