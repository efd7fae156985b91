package staff

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// rowsOf are the rows of a page's table, by its caption: the text of their cells.
func rowsOf(page, caption string) (rows [][]string) {
	_, table, found := strings.Cut(page, ">"+caption+"</caption>")
	if !found {
		return nil
	}
	table, _, _ = strings.Cut(table, "</table>")
	for _, row := range regexp.MustCompile(`(?s)<tr[^>]*>(.*?)</tr>`).FindAllStringSubmatch(table, -1) {
		var cells []string
		for _, cell := range regexp.MustCompile(`(?s)<td[^>]*>(.*?)</td>`).FindAllStringSubmatch(row[1], -1) {
			cells = append(cells, inWords(cell[1]))
		}
		if cells != nil {
			rows = append(rows, cells)
		}
	}
	return rows
}

// A holiday is looked at by the second person as new prices are: one ticket of each contravention before and after, issued so that
// the holiday matters to it, or on days that are picked; beside the deadlines of the tickets that stand.
func TestAHolidayIsPreviewed(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		rules := b.pages.Rules()
		for i := range rules.Schedules {
			rules.Schedules[i].Clock.RollForward = true
		}
		b.standing()
		b.person("fay", "finance")
		b.person("sam", "supervisor")
		b.owed("SJ1") // of 1 June: the first price holds to the end of 16 June, a Tuesday
		b.now = b.now.Add(24 * time.Hour)
		b.owed("SJ2")
		fay, sam := b.session("fay"), b.session("sam")
		at := b.asks(fay, "/finance/rules/holiday", url.Values{"day": {"2026-06-16"}, "name_en": {"Founders’ Day"}, "name_fr": {"Jour des fondateurs"}, "resolution": {"2026-12"}})
		costs := func(path, caption string) map[string][]string {
			t.Helper()
			code, page := b.get(sam, path)
			b.wants(code, page, http.StatusOK, "Founders’ Day", "Deadlines of unpaid tickets that move: 1", "SJ1", "One ticket of each, before and after", caption)
			page = strings.ReplaceAll(page, "\u00a0", " ")
			all := map[string][]string{}
			for _, row := range rowsOf(page, caption) {
				all[row[0]] = row[1:]
			}
			for _, row := range rowsOf(page, "Prices") {
				all[row[0]+" "+row[1]] = row[2:]
			}
			return all
		}
		one := costs(at, "What a ticket issued on June 1, 2026 costs on June 17, 2026")
		for what, want := range map[string]string{
			"Parking in a commercial loading zone":   "$75.00 $50.00 yes",
			"Parking in a commercial loading zone 1": "$50.00 to the end of June 16, 2026 $50.00 to the end of June 17, 2026 yes",
		} {
			if got := strings.Join(one[what], " "); got != want {
				t.Errorf("%s: %q, want %q of %v", what, got, want, one)
			}
		}
		picked := costs(at+"?issued=2026-06-02&on=2026-06-18", "What a ticket issued on June 2, 2026 costs on June 18, 2026")
		if got := strings.Join(picked["Parking in a commercial loading zone"], " "); got != "$75.00 $75.00 no" {
			t.Errorf("of a day later: %q of %v", got, picked)
		}
		code, _ := b.post(sam, at+"/approve", nil)
		b.wants(code, "", http.StatusSeeOther)
		if one := costs(at, "What a ticket issued on June 1, 2026 costs on June 17, 2026"); strings.Join(one["Parking in a commercial loading zone"], " ") != "$75.00 $50.00 yes" {
			t.Errorf("once it is approved: %v", one)
		}
	})
}
