package citytest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/input"
	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
)

// seeing is what a page's eyes are: how large its text is, and whether it has its own colours.
var seeing = map[string]func(t *testing.T, page *rod.Page){
	"own colours": func(*testing.T, *rod.Page) {},
	"forced colours": func(t *testing.T, page *rod.Page) {
		t.Helper()
		err := proto.EmulationSetEmulatedMedia{Features: []*proto.EmulationMediaFeature{{Name: "forced-colors", Value: "active"}}}.Call(page)
		if err != nil {
			t.Fatal(err)
		}
	},
}

// At every stop of the keyboard the eye finds the focus, with the page's colours and with a reader's
// own; it is under nothing; every control has an edge that is not its background alone; the telephone
// stands at one place; the title says error, step and city.
func TestTheFocusIsSeenAtEveryStop(t *testing.T) {
	for name, look := range seeing {
		t.Run(name, func(t *testing.T) {
			citytest.Browser(t)
			c := citytest.SQLite(t)
			populate(c)
			page := citytest.Page(t, 1280)
			look(t, page)
			journey(t, c, page, "fr", func(name string) {
				for _, fault := range stops(t, page) {
					t.Errorf("%s: %s", name, fault)
				}
				if strings.HasPrefix(name, "card") {
					return // the processor's, not the city's
				}
				for _, fault := range sameEverywhere(page, c) {
					t.Errorf("%s: %s", name, fault)
				}
			})
		})
	}
}

// look is a script's part: how a control looks. A tick box is drawn by its label. Of choices that
// exclude one another the keyboard stops at one, and the arrows reach the rest.
const look = `const look = e => {
	const parts = [[e, null]];
	if (e.type == "checkbox") parts.push([e.nextElementSibling, "::before"]);
	if (e.type == "file") parts.push([e, "::file-selector-button"]);
	return parts.map(([p, pseudo]) => {
		const s = getComputedStyle(p, pseudo);
		return {outline: s.outlineStyle != "none" && parseFloat(s.outlineWidth) > 0 && !clear(s.outlineColor) ? s.outlineStyle + s.outlineWidth + s.outlineColor : "",
			shadow: s.boxShadow == "none" ? "" : s.boxShadow,
			border: s.borderTopStyle != "none" && parseFloat(s.borderTopWidth) > 0 && !clear(s.borderTopColor) ? s.borderTopStyle + s.borderTopWidth + s.borderTopColor : "",
			underline: s.textDecorationLine.includes("underline") ? "underline" + s.textDecorationThickness : ""};
	});
};
const clear = c => c == "transparent" || /^rgba\(.*, 0\)$/.test(c);
// The link that skips to the text is only there while it has the focus: so its size counts.
const seen = e => JSON.stringify([look(e).map(l => [l.outline, l.shadow, l.border, l.underline]), e.getBoundingClientRect().width > 2]);
const stops = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary, [tabindex]")].filter(e => e.checkVisibility());
const group = e => [...document.querySelectorAll("input[type=radio]")].filter(r => r.name == e.name && r.form == e.form);
// What the browser draws itself has an edge in the reader's own colours.
const drawn = e => e.type == "radio" && getComputedStyle(e).appearance != "none";
const stands = e => e.tabIndex >= 0 && (e.type != "radio" || e === (group(e).find(r => r.checked) || group(e)[0]));`

// stops presses Tab through a page and finds where the eye loses the focus.
func stops(t *testing.T, page *rod.Page) []string {
	t.Helper()
	var faults []string
	// What each looks like without the focus. The page's own focus, as of an error's summary, is left.
	count := page.MustEval(`() => {` + look + `
		document.activeElement.blur();
		document.body.tabIndex = -1; // begin at the top, and not after an error's summary
		document.body.focus();
		document.body.removeAttribute("tabindex");
		window.before = new Map(stops.map(e => [e, seen(e)]));
		const forced = matchMedia("(forced-colors: active)").matches;
		window.edgeless = forced ? stops.filter(e => e.matches("button, input, a.govuk-button") && !drawn(e) && !look(e).some(l => l.border || l.outline || l.underline || l.shadow)).map(e => e.outerHTML.slice(0, 90)) : [];
		return stops.filter(stands).length;
	}`).Int()
	for _, e := range page.MustEval(`() => window.edgeless`).Arr() {
		faults = append(faults, "no edge without its background: "+e.Str())
	}
	reached := 0
	for range count {
		if err := page.Keyboard.Press(input.Tab); err != nil {
			t.Fatal(err)
		}
		fault := page.MustEval(`() => {` + look + `
			const e = document.activeElement;
			if (e === document.body) return "none";
			e.scrollIntoViewIfNeeded(); // Chromium does, but for pages that are not in front
			const name = e.outerHTML.slice(0, 90);
			if (window.before.get(e) === seen(e)) return "the focus is not seen: " + name;
			const parts = [...e.getClientRects()];
			const over = parts.map(p => document.elementFromPoint(p.left + p.width / 2, p.top + p.height / 2)).find(o => o && !e.contains(o) && !o.contains(e) && !(e.labels && [...e.labels].includes(o)));
			if (over) return "the focus is under " + over.outerHTML.slice(0, 60) + ": " + name;
			return "";
		}`).Str()
		if fault == "none" {
			break
		}
		reached++
		if fault != "" {
			faults = append(faults, fault)
		}
	}
	if reached != count {
		faults = append(faults, fmt.Sprintf("the keyboard reaches %d of %d", reached, count))
	}
	return faults
}

// sameEverywhere finds what is not at the place where every page has it: help (WCAG 3.2.6), the city's
// name in the title, and in words the row of today's price.
func sameEverywhere(page *rod.Page, c *citytest.City) []string {
	var faults []string
	city := c.Rules.Profiles[0]
	title := page.MustInfo().Title
	if !strings.HasSuffix(title, " – "+city.Name["fr"]) && !strings.HasSuffix(title, " – "+city.Name["en"]) {
		faults = append(faults, "the title does not end with the city: "+title)
	}
	for _, f := range page.MustEval(`phone => {
		const out = [];
		const help = document.querySelector("body > footer h2 + p > a[href^='tel:']");
		if (!help || help.textContent != phone) out.push("the telephone is not the first of the foot's help");
		const error = !!document.querySelector(".govuk-error-summary");
		if (error != /^(Error:|Erreur)/.test(document.title)) out.push("the title and the page differ on whether there is an error: " + document.title);
		for (const t of document.querySelectorAll(".city-ticket table")) {
			const now = t.querySelectorAll(".city-now");
			if (now.length && (now.length != 1 || !/\((today’s price|prix d’aujourd’hui)\)/.test(now[0].textContent))) out.push("today's price is not named in words: " + now[0].textContent);
		}
		return out;
	}`, city.Phone).Arr() {
		faults = append(faults, f.Str())
	}
	return faults
}

// With text of twice the size nothing runs out of the page or of its box, and nothing is cut.
func TestTextOfTwiceTheSizeFits(t *testing.T) {
	for _, width := range []int{640, 1280} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			citytest.Browser(t)
			c := citytest.SQLite(t)
			populate(c)
			page := citytest.Page(t, width)
			journey(t, c, page, "fr", func(name string) {
				for _, f := range page.MustEval(`() => {
					// As a reader's setting does; the policy lets no style stand in the page.
					document.documentElement.style.fontSize = "200%";
					const out = [], wide = document.documentElement.clientWidth;
					if (parseFloat(getComputedStyle(document.documentElement).fontSize) != 32) out.push("the text is not twice as large");
					if (document.documentElement.scrollWidth > wide) out.push("scrolls sideways: " + document.documentElement.scrollWidth);
					for (const e of document.body.querySelectorAll("*")) {
						const s = getComputedStyle(e), r = e.getBoundingClientRect();
						if (!e.checkVisibility() || !r.width || e.closest(".govuk-visually-hidden, .govuk-skip-link")) continue;
						if (r.right > wide + 1 || r.left < -1) out.push("out of the page: " + e.outerHTML.slice(0, 80));
						if (e.tagName == "INPUT" || s.display == "inline") continue;
						// A button's edge stands 2 pixels outside of it.
						if (e.scrollWidth > e.clientWidth + 2 || (s.overflowY != "visible" && e.scrollHeight > e.clientHeight + 1)) out.push("runs out of its box: " + e.outerHTML.slice(0, 80) + " " + e.scrollWidth + " of " + e.clientWidth);
					}
					return out;
				}`).Arr() {
					t.Errorf("%s: %s", name, f.Str())
				}
				shoot(t, page, fmt.Sprintf("fr-%d-twice-%s", width, name))
			})
		})
	}
}
