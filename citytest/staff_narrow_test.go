package citytest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
)

// At 320 pixels a list of what waits is read from top to bottom: each value stands under its row's name with its column's, and
// nothing is off to the right. To a screen reader it is a table still, and the names are not read twice.
func TestWhatWaitsIsReadableOnANarrowScreen(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	for lang, name := range map[string]string{"en": `"Waiting: "`, "fr": "\"En attente\u00a0: \""} {
		t.Run(lang, func(t *testing.T) {
			c := citytest.SQLite(t)
			c.Add(citytest.Spec{Number: "WK-1", Plate: "WRK 001", Offence: "LOADING", Age: 1})
			a := paid(t, c, "WK-1", "WRK 001", good)
			owed(t, c, a, "A. Payer\n1 Tide Street\nSaint John NB", asks(1000, 5000))
			w := worksIn(t, c, lang)
			for _, path := range []string{"/work", "/work/cheques", "/refunds"} {
				w.opens(path)
				w.page.MustSetViewport(320, 900, 1, false)
				got := w.page.MustEval(`() => {
					const wide = document.querySelector(".staff-stack"), cells = [...wide.querySelectorAll("tbody td")];
					return {
						over: wide.scrollWidth - wide.clientWidth,
						right: Math.max(...cells.map(one => one.getBoundingClientRect().right)),
						beside: cells.filter(one => one.getBoundingClientRect().top < one.previousElementSibling.getBoundingClientRect().bottom - 1).length,
						unnamed: cells.filter(one => !one.dataset.name).length,
						head: [...wide.querySelectorAll("thead th")].map(one => one.textContent).slice(1).join("|"),
						names: [...wide.querySelectorAll("tbody tr:first-child td")].map(one => one.dataset.name).join("|"),
						first: getComputedStyle(cells[0], "::before").content,
					};
				}`)
				if got.Get("over").Int() > 0 || got.Get("right").Int() > 320 || got.Get("beside").Int() > 0 || got.Get("unnamed").Int() > 0 {
					t.Errorf("%s: %s", path, got)
				}
				if got.Get("head").Str() != got.Get("names").Str() {
					t.Errorf("%s: the columns are %q, the values are named %q", path, got.Get("head").Str(), got.Get("names").Str())
				}
				if first := got.Get("first").Str(); path == "/work" && !strings.HasPrefix(first, name) {
					t.Errorf("before a value stands %s, want %s", first, name)
				}
				var roles []string
				tree, err := proto.AccessibilityGetFullAXTree{}.Call(w.page)
				if err != nil {
					t.Fatal(err)
				}
				for _, node := range tree.Nodes {
					if !node.Ignored && node.Role != nil {
						roles = append(roles, node.Role.Value.Str())
					}
				}
				for _, role := range []string{"table", "row", "columnheader", "rowheader", "cell"} {
					if !slices.Contains(roles, role) {
						t.Errorf("%s: to a screen reader there is no %s", path, role)
					}
				}
			}
		})
	}
}
