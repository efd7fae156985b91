package staff

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Where the city keeps books of such numbers, one that is of no book is taken only with a reason, which stands in the
// ticket's story. Where it keeps none, nothing is asked.
func TestANumberOfNoBook(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor")
		b.person("carl", "clerk")
		enter := func(number, series, ticked, why string, code int, words ...string) (to string) {
			t.Helper()
			r := b.request("POST", "/enter", b.session("carl"), url.Values{
				"number": {number}, "series": {series}, "day": {"2026-06-01"}, "offence": {"LOADING"}, "place": {"Tide Street"}, "plate": {"ABC 123"}, "province": {"NB"},
				"delivery": {"windshield"}, "no_book": {ticked}, "why": {why},
			})
			w := newRecorder()
			b.h.ServeHTTP(w, r)
			b.wants(w.Code, strings.ReplaceAll(w.Body.String(), "\u00a0", " "), code, words...)
			to, _, _ = strings.Cut(w.Header().Get("Location"), "?")
			return to
		}
		const refused = "the city keeps books of such numbers"
		enter("P0990", "", "", "", http.StatusSeeOther) // no book is here yet
		code, page := b.post(b.session("anne"), "/books", url.Values{"first": {"P0101"}, "last": {"P0125"}})
		b.wants(code, page, http.StatusSeeOther)
		enter("P0991", "", "", "", http.StatusUnprocessableEntity, refused, "receive its book first", "came without a book, and say why", `value="P0991"`)
		enter("P99", "", "", "", http.StatusUnprocessableEntity, refused) // of another length: misread, as likely as not
		enter("P0991", "B", "", "", http.StatusSeeOther)                  // of a series without books
		enter("Q0991", "", "", "", http.StatusSeeOther)                   // and of a beginning without
		enter("P0991", "", "1", "", http.StatusUnprocessableEntity, "Say why its paper came without a book", "checked")
		enter("P0991", "", "1", strings.Repeat("long ", 80), http.StatusUnprocessableEntity, "Say why its paper came without a book", "long long")
		enter("P0991", "", "", "typed and not ticked", http.StatusUnprocessableEntity, refused, "typed and not ticked")
		enter("P0110", "", "1", "a loose sheet", http.StatusUnprocessableEntity, "This number is of a book")
		at := enter("P0991", "", "1", "a loose sheet of the old stock", http.StatusSeeOther)
		code, page = b.get(b.session("anne"), at)
		b.wants(code, page, http.StatusOK, "Its paper came without a book", "a loose sheet of the old stock", "carl")
	})
}
