package staff

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

var refValue = regexp.MustCompile(`name="ref" value="([^"]+)"`)

// Who has made a deposit slip can't explain away the bank's line that is about it; nobody explains a line as something
// else that could be a deposit: its page is where the bank's count is accepted. What was said of the line before stays on
// the day when it is accepted later.
func TestNobodyExplainsTheirOwnDepositAway(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.banks()
		for _, name := range []string{"carl", "fay", "gil"} {
			b.person(name, "finance")
		}
		_, day := b.slipOf("SJ1", "1001")
		b.now = b.now.Add(24 * time.Hour)
		b.takes(b.session("fay"), day.String()+".bai", bai(day, 4950, "SLIP 1001,TICKET COUNTER DEPOSIT"))
		at := "/finance/days/" + day.String()
		code, page := b.get(b.session("carl"), at)
		b.wants(code, page, http.StatusOK, "What nobody has explained", "It can be the deposit slip 1001", "You have made the deposit, or taken the money, that this can be about")
		if strings.Contains(page, `name="ref"`) {
			t.Error("who has made the slip is asked what its line is")
		}
		code, page = b.get(b.session("fay"), at)
		b.wants(code, page, http.StatusOK, "It can be the deposit slip 1001", `<option value="">`, "Not ours: the bank’s mistake")
		if strings.Contains(page, `<option value="fee"`) {
			t.Error("a line that can be a deposit is offered as fees")
		}
		ref := refValue.FindStringSubmatch(page)
		to := depositAt.FindString(page)
		if ref == nil || to == "" {
			t.Fatalf("nothing to explain, or no way to the deposit, in\n%s", page)
		}
		explain := func(who, class string, code int, words ...string) {
			t.Helper()
			got, page := b.post(b.session(who), at+"/explain", url.Values{"ref": {ref[1]}, "class": {class}, "why": {"the bank keeps a levy"}})
			b.wants(got, page, code, words...)
		}
		explain("carl", "fee", http.StatusUnprocessableEntity, "You have made the deposit slip 1001")
		explain("carl", "not_ours", http.StatusUnprocessableEntity, "You have made the deposit slip 1001")
		explain("fay", "", http.StatusUnprocessableEntity, "Pick what it is")
		explain("fay", "fee", http.StatusUnprocessableEntity, "It can be the deposit slip 1001")
		explain("fay", "not_ours", http.StatusSeeOther)
		_, page = b.get(b.session("gil"), at)
		b.wants(http.StatusOK, page, http.StatusOK, "the bank keeps a levy", "fay", "Not ours")

		// It was a deposit after all.
		_, page = b.get(b.session("gil"), to)
		line := lineValue.FindStringSubmatch(page)
		if line == nil {
			t.Fatalf("no line in\n%s", page)
		}
		code, page = b.post(b.session("gil"), to+"/accept", url.Values{"line": {line[1]}, "why": {"the bank’s count"}})
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.get(b.session("fay"), at)
		b.wants(code, page, http.StatusOK, "Explained, and come right since", "the bank keeps a levy", "fay", "it is the deposit slip 1001, as gil has accepted")
		code, page = b.post(b.session("fay"), at+"/close", nil)
		b.wants(code, page, http.StatusSeeOther)
		_, page = b.get(b.session("fay"), at)
		b.wants(http.StatusOK, page, http.StatusOK, "the bank keeps a levy")
	})
}
