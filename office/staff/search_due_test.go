package staff

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/ticket"
)

var dueOf = regexp.MustCompile(`href="/tickets/([^"/]+)">[^<]*</a></td>(?:<td class="govuk-table__cell">[^<]*</td>)*<td class="govuk-table__cell govuk-table__cell--numeric">([^<]*)</td>`)

// A list of tickets stands above the form that it was asked for with, and says of each what is due now: what its own page says,
// with a clock that stood still meanwhile, and nothing of one that is paid.
func TestAListSaysWhatIsDue(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.alone()
		b.person("anne", "supervisor")
		rises, held, gone := b.ticketIn("SJ100", "ABC 123"), b.ticketIn("SJ200", "ABC 123"), b.ticketIn("SJ300", "ABC 123")
		act := func(id ticket.ID, what string, form url.Values) {
			t.Helper()
			b.now = b.now.Add(time.Second)
			form.Set("reason", "the sign was hidden")
			code, page := b.post(b.session("anne"), "/tickets/"+string(id)+"/"+what, form)
			b.wants(code, page, http.StatusSeeOther)
		}
		act(held, "hold", url.Values{})
		act(gone, "end", url.Values{"act": {"withdrawn"}})
		b.now = b.now.AddDate(0, 0, 30)
		act(held, "release", url.Values{})
		code, page := b.post(b.session("anne"), "/find", url.Values{"plate": {"ABC 123"}, "province": {"NB"}})
		b.wants(code, page, http.StatusOK, "Tickets found: 3", "Due now")
		if strings.Index(page, `id="found"`) > strings.Index(page, `id="find"`) {
			t.Error("what was found stands below the form")
		}
		dues := map[string]string{}
		for _, m := range dueOf.FindAllStringSubmatch(page, -1) {
			dues[m[1]] = m[2]
		}
		own := func(id ticket.ID) string {
			t.Helper()
			_, page := b.get(b.session("anne"), "/tickets/"+string(id))
			_, page, _ = strings.Cut(page, `<p class="city-price">`)
			price, _, _ := strings.Cut(page, "<")
			return price
		}
		if dues[string(rises)] != own(rises) || dues[string(held)] != own(held) || dues[string(gone)] != "–" || dues[string(rises)] == dues[string(held)] {
			t.Errorf("the list says %v; %s costs %s, %s costs %s", dues, rises, own(rises), held, own(held))
		}
	})
}
