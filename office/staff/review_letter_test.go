package staff

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fundy/review"
	"fundy/store"
	"fundy/store/storetest"
)

// The letter of a decision is a page to be read and a PDF to be posted: in the party's language, or in both where that was chosen,
// with the address that was given or one that was typed, which is kept nowhere; the same reference and the same bytes when it is
// made again. What the type does not have is named, and the page stays.
func TestADecisionIsALetterOnPaper(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, config store.Config) {
		b := newBench(t, config)
		s := b.sealed()
		s.words = "Le panneau était très clair."
		b.person("olga", "screening")
		b.person("carl", "clerk")
		olga, carl := b.session("olga"), b.session("carl")
		r := s.asks(b.ticketIn("SJ100", "ABC 123"), review.ByPost)
		at := "/reviews/" + string(r.ID)
		typed := "Zoé Thériault\r\n7, chemin de la Vallée\r\nBaie-de-Fundy NB E0A 1A0"
		code, page := b.post(olga, at+"/paper", paper("fr", "address", typed))
		b.wants(code, page, http.StatusNotFound, "There is no such page") // nothing is decided
		code, _ = b.post(olga, at+"/decide", url.Values{"version": {"1"}, "event": {"keep"}, "words": {s.words}})
		b.wants(code, "", http.StatusSeeOther)

		code, page = b.post(olga, at+"/letter", nil)
		b.wants(code, page, http.StatusOK, `lang="fr"`, "La contravention est maintenue", `action="`+at+`/paper"`, "1 rue de la Mer</textarea>", `<option value="fr" selected>`, "Both: nobody knows")
		if strings.Contains(page, "The ticket is upheld") {
			t.Error("a party whose language is known reads both")
		}
		if code, _ = b.post(carl, at+"/paper", paper("fr", "address", typed)); code != http.StatusForbidden {
			t.Errorf("a clerk: %d", code)
		}
		for language, want := range map[string][2][]string{
			"fr":   {{"La contravention est maintenue, comme demandé.", "très clair"}, {"The ticket is upheld."}},
			"en":   {{"The ticket is upheld."}, {"La contravention est maintenue"}},
			"both": {{"The ticket is upheld.", "La contravention est maintenue, comme demandé."}, nil},
		} {
			code, file, head := b.raw(b.request("POST", at+"/paper", olga, paper(language, "address", typed)))
			if code != http.StatusOK || head.Get("Content-Type") != "application/pdf" || head.Get("Cache-Control") != "no-store" ||
				head.Get("Content-Disposition") != `attachment; filename="review-4F7QK-8R2MC.pdf"` {
				t.Fatalf("%s: %d, %v", language, code, head)
			}
			text := b.text(file)
			for _, w := range append(want[0], "7, chemin de la Vallée", "4F7QK-8R2MC", b.pages.Settings.Portal.PublicURL) {
				if !strings.Contains(text, w) {
					t.Errorf("%s: no %q in %s", language, w, text)
				}
			}
			for _, no := range append(want[1], "ABC", "1 rue de la Mer", "[") {
				if strings.Contains(text, no) {
					t.Errorf("%s: %q stands in %s", language, no, text)
				}
			}
			b.now = b.now.Add(1)
			if _, again, _ := b.raw(b.request("POST", at+"/paper", olga, paper(language, "address", typed))); again != file {
				t.Errorf("%s: the same letter is another file", language)
			}
		}
		code, page = b.get(olga, at)
		b.wants(code, page, http.StatusOK, "4F7QK-8R2MC", "printed")
		b.keepsNothing(config.Path, "letter_review", "chemin", "Vallée")

		code, page = b.post(olga, at+"/paper", paper("fr", "address", "one line"))
		b.wants(code, page, http.StatusUnprocessableEntity, "Type the name and the address", "one line</textarea>", "La contravention est maintenue")
		code, page = b.post(olga, at+"/paper", paper("de", "address", typed))
		b.wants(code, page, http.StatusUnprocessableEntity, "Choose a language", "7, chemin de la Vallée")
		s.words = "漢"
		code, page = b.post(olga, at+"/paper", paper("fr", "address", typed))
		b.wants(code, page, http.StatusUnprocessableEntity, "Our type does not have 漢", "7, chemin de la Vallée")
	})
}

// Where nobody knows the party's language, the letter says the same in both, as a page and as paper, unless it is asked for in one.
func TestADecisionInBothLanguages(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	s := b.sealed()
	s.language = "mi"
	b.person("olga", "screening")
	olga := b.session("olga")
	r := s.asks(b.ticketIn("SJ100", "ABC 123"), review.ByPost)
	at := "/reviews/" + string(r.ID)
	code, _ := b.post(olga, at+"/decide", url.Values{"version": {"1"}, "event": {"keep"}, "words": {"Because."}})
	b.wants(code, "", http.StatusSeeOther)
	code, page := b.post(olga, at+"/letter", nil)
	b.wants(code, page, http.StatusOK, `<article class="review-letter" lang="en">`, `<article class="review-letter" lang="fr">`, "The ticket is upheld.", "La contravention est maintenue", `<option value="both" selected>`)
	if strings.Count(page, `<h1 class="govuk-heading-m">`) != 1 {
		t.Error("the page has not one first heading")
	}
}
