// Package static is the style of all pages, public and inside: govuk.css (generate.sh makes it) and the city's
// own rules beside it.
package static

import _ "embed" // the two files

//go:embed govuk.css
var govuk []byte

//go:embed city.css
var city []byte

// Style is the style sheet.
func Style() []byte { return append(append([]byte(nil), govuk...), city...) }
