package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"fundy/city"
	"fundy/desk"
	"fundy/fault"
	"fundy/letter"
	"fundy/mail"
	"fundy/payment"
	"fundy/store"
)

// ReviewLetter is the letter of a decision: its reference and day, and what it says in each language that was asked for.
type ReviewLetter struct {
	Message payment.Message
	In      []mail.Letter
}

// reviewLetterPage is the letter as a page, which is the accessible record, and what its paper needs.
type reviewLetterPage struct {
	ReviewLetter
	Review  string // its id
	Choice  paperChoice
	Address string // as typed, or as the party gave it
}

// printReviewLetter is the decision as a letter, to be read and printed. Name, address and words are opened for it.
func (p *Pages) printReviewLetter(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &reviewPage{}
	return p.withReviewLetter(w, r, v, page, "", func(shown *reviewLetterPage) error {
		return p.reviewLetterPage(w, v, shown)
	})
}

// printReviewPaper is the same letter as PDF, in the language that was chosen: the same reference and day. What was typed as the
// address goes into the file and is kept nowhere.
func (p *Pages) printReviewPaper(w http.ResponseWriter, r *http.Request, v *view) error {
	page, lang, size, typed := &reviewPage{}, bounded(r, "language"), bounded(r, "size"), r.PostForm.Get("address")
	to, no := addressLines(typed)
	if wrong := p.letterProblem(lang, size); wrong != nil {
		lang, no = "", wrong
	}
	return p.withReviewLetter(w, r, v, page, lang, func(shown *reviewLetterPage) error {
		shown.Address = typed
		if lang != "" {
			shown.Choice.Lang, shown.Choice.Size = lang, size
		}
		parts := reviewParts(shown.In)
		missing := letter.Paper{Parts: parts}.Unprintable()
		if no == nil && missing != "" {
			no = &problem{Field: "address", Key: "letter.unprintable", Fill: []any{"letters", missing}}
		}
		if v.Problem = no; no != nil {
			return p.reviewLetterPage(w, v, shown)
		}
		m := shown.Message
		again := slices.ContainsFunc(page.Messages, func(known payment.Message) bool { return known.Reference == m.Reference })
		err := p.Store.Write(r.Context(), fault.MakeLetter, func(ctx context.Context, tx *store.Tx) error {
			return tx.Tell(ctx, "letter", p.Now(), letterLeaf{Reference: m.Reference, Kind: m.Kind, Who: v.Name(), Again: again})
		})
		if err != nil {
			return err
		}
		return p.writePDF(w, m, letter.Size(size), to, parts)
	})
}

// withReviewLetter opens the letter of a review's decision, in a language or in both; "" is the party's, and each of the city's
// where nobody knows it.
func (p *Pages) withReviewLetter(w http.ResponseWriter, r *http.Request, v *view, page *reviewPage, lang string, then func(*reviewLetterPage) error) error {
	err := p.readReview(r.Context(), r.PathValue("id"), v.Name(), page)
	if errors.Is(err, store.ErrNotFound) || err == nil && !page.Letter() {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	shown := &reviewLetterPage{Review: string(page.ID), Choice: p.choice(p.knownLanguage(string(page.Language)))}
	if lang == "" {
		lang = shown.Choice.Lang
	}
	shown.ReviewLetter, err = p.Reviews.Letter(r.Context(), v.Name(), page.ID, p.languagesOf(lang))
	if errors.Is(err, desk.ErrUnreadable) {
		v.Problem = &problem{Field: "written", Key: "review.unreadable"}
		return p.reviewPage(w, r, v, page)
	}
	if err != nil {
		return err
	}
	shown.Address = strings.TrimSpace(strings.Join(shown.In[0].To, "\n"))
	return then(shown)
}

func (p *Pages) reviewLetterPage(w http.ResponseWriter, v *view, shown *reviewLetterPage) error {
	v.Data, v.Back = shown, "/reviews/"+shown.Review
	return p.answer(w, v, "review_letter")
}

// languagesOf is a choice of paper's language as what a letter is written in.
func (p *Pages) languagesOf(lang string) []city.Language {
	if lang == bothLanguages {
		return p.city.Languages
	}
	return []city.Language{city.Language(lang)}
}

// reviewParts is a decision as the paper has it: the words of the page, each once. How to ask after it, and the portal's address,
// stand at the foot of each of its pages.
func reviewParts(in []mail.Letter) []letter.Part {
	var parts []letter.Part
	for _, l := range in {
		part := letter.Part{Language: city.Language(l.Lang), Subject: l.Title, Paragraphs: []string{l.Lead}}
		var facts letter.Table
		for _, f := range l.Facts {
			facts.Rows = append(facts.Rows, letter.Row{Label: f.Label, Value: f.Value})
		}
		part.Tables = []letter.Table{facts}
		for _, s := range l.Sentences {
			part.Closing = append(part.Closing, strings.ReplaceAll(s, "\t", " "))
		}
		parts = append(parts, part)
	}
	return parts
}
