package web

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// ParseForm reads a form, one with files too, into memory: its body is bounded before. What of its texts no database keeps is
// left out, whatever it says is wrong.
func ParseForm(r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && kind == "multipart/form-data" {
		err = r.ParseMultipartForm(MaxForm)
	} else {
		err = r.ParseForm()
	}
	OnlyText(r.PostForm)
	return err
}

// OnlyText leaves out of a form what no database keeps as text: zero bytes, and what is not UTF-8.
func OnlyText(form url.Values) {
	for _, values := range form {
		for i, v := range values {
			values[i] = strings.ReplaceAll(strings.ToValidUTF8(v, ""), "\x00", "")
		}
	}
}

// AddressIsText says whether an address holds only what a database can keep as text: another names nothing that there is.
func AddressIsText(u *url.URL) bool {
	query, err := url.QueryUnescape(u.RawQuery)
	whole := u.Path + query
	return err == nil && utf8.ValidString(whole) && !strings.Contains(whole, "\x00")
}
