package portal

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"connectrpc.com/connect"

	"fundy/desk"
	"fundy/desk/deskpb"
	"fundy/seal"
	"fundy/web"
)

// reviewPage is a request that a ticket be looked at again, as it is typed.
type reviewPage struct {
	Ticket   *deskpb.Ticket
	Regime   string
	Offered  *deskpb.Reviews
	Request  string
	Who      string
	Reason   string
	Words    string
	Name     string
	Way      string
	Email    string
	NoMail   bool // the city sends none
	Post     string
	Answer   string // the language of the answer
	WhoAll   []string
	WordMost int
}

// visitReview is the review that this visit has asked for: its reference, and what puts files to it.
type visitReview struct {
	Reference string `json:"n"`
	Request   string `json:"q"`
	DueOn     string `json:"d"`
	Files     int    `json:"f,omitempty"`
}

// MayAsk says whether a review of a ticket is offered: to who has found it by number and plate, and not by a one-time code, and
// where the office would take one.
func (v *view) MayAsk(t *deskpb.Ticket) bool {
	return v.City.GetReviews() != nil && !v.ByCode() && t.GetStanding().GetPayable() && !t.GetStanding().GetBox() && t.GetNoReview() == ""
}

// showReview asks for what a person has to say of a ticket that the visit holds.
func (p *Portal) showReview(w http.ResponseWriter, r *http.Request, v *view) error {
	page, err := p.held(r, v)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	if err != nil || n < 0 || n >= len(page.Tickets) || !v.MayAsk(page.Tickets[n]) {
		return p.redirect(w, r, v, v.Path("tickets"))
	}
	v.Data = p.reviewOf(v, page.Tickets[n], rand.Text())
	return p.show(w, v, http.StatusOK, "review")
}

func (p *Portal) reviewOf(v *view, t *deskpb.Ticket, request string) *reviewPage {
	return &reviewPage{
		Ticket: t, Regime: v.City.GetRegime(), NoMail: v.City.GetNoMail(), Offered: v.City.GetReviews(), Request: request, Answer: v.Lang, WhoAll: desk.ReviewWho, WordMost: desk.ReviewWordsMost,
	}
}

// askReview seals what was typed before anything else sees it, and asks the office. A ticket that the visit does not hold
// can't be asked about.
func (p *Portal) askReview(w http.ResponseWriter, r *http.Request, v *view) error {
	if v.City.GetReviews() == nil {
		return p.noReview(w, r, v)
	}
	page := p.typedReview(r, v)
	v.Data = page
	held, err := p.held(r, v)
	if away(err) && r.Context().Err() == nil {
		return p.reviewLater(w, r, v, err)
	}
	if err != nil {
		return err
	}
	at := slices.IndexFunc(held.Tickets, func(t *deskpb.Ticket) bool { return t.GetId() == page.Ticket.GetId() })
	if at < 0 {
		return p.noReview(w, r, v)
	}
	page.Ticket = held.Tickets[at]
	// The switch of language is a button of this form: what was typed stays.
	if lang := r.PostFormValue("lang"); slices.Contains(languages, lang) {
		v.Lang = lang
		return p.show(w, v, http.StatusOK, "review")
	}
	if v.Problem = page.problem(v.card); v.Problem != nil {
		return p.show(w, v, http.StatusUnprocessableEntity, "review")
	}
	return p.sendReview(w, r, v, page)
}

// noReview leads back to the tickets that the visit holds; who has typed a card's number is told so first.
func (p *Portal) noReview(w http.ResponseWriter, r *http.Request, v *view) error {
	if v.card != "" {
		return p.showCard(w, r, v)
	}
	return p.redirect(w, r, v, v.Path("tickets"))
}

// reviewLater keeps what was typed while the office is away: the same button tries again, with the same request.
func (p *Portal) reviewLater(w http.ResponseWriter, r *http.Request, v *view, err error) error {
	p.Log.Error("portal: no answer to a request for review", "route", r.Pattern, "code", connect.CodeOf(err).String(), "err", err)
	v.Problem = &problem{Field: "main-button", Key: "review.away"}
	w.Header().Set("Retry-After", "10")
	return p.show(w, v, http.StatusServiceUnavailable, "review")
}

// typedReview is what was typed, before the office has said anything of the ticket.
func (p *Portal) typedReview(r *http.Request, v *view) *reviewPage {
	page := p.reviewOf(v, &deskpb.Ticket{Id: text(r, "ticket", typedMost), Number: text(r, "number", typedMost)}, text(r, "request", typedMost))
	page.Who, page.Reason, page.Way = text(r, "who", typedMost), text(r, "reason", typedMost), text(r, "way", typedMost)
	page.Words, page.Name = text(r, "words", textMost), text(r, "name", textMost)
	page.Email, page.Post = text(r, "email", textMost), desk.Lines(text(r, "post", textMost))
	if answer := text(r, "answer", typedMost); slices.Contains(languages, answer) {
		page.Answer = answer
	}
	return page
}

// textMost is how much of a field is read: more than any may hold, so that one that is too long is refused and not cut.
const textMost = 16_000

// text is a field of several lines: valid, of one kind of line end, without what no person types.
func text(r *http.Request, name string, most int) string {
	s := strings.ReplaceAll(strings.ToValidUTF8(r.PostFormValue(name), ""), "\r\n", "\n")
	s = strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return -1
		}
		return c
	}, s)
	s = strings.TrimSpace(s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// problem is all that is wrong with what was typed, in the form's order; a card's number alone, where there is one.
func (page *reviewPage) problem(card string) *problem {
	switch {
	case slices.Contains(longTexts, card):
		return &problem{Field: card, Key: "card.masked"}
	case slices.Contains([]string{"name", "email"}, card):
		return &problem{Field: card, Key: "card.refused"}
	case card != "":
		return &problem{Field: "words", Key: "card.refused"}
	}
	return web.Together(page.whoProblem(), page.reasonProblem(), page.wordsProblem(), page.nameProblem(), page.wayProblem())
}

func (page *reviewPage) whoProblem() *problem {
	if slices.Contains(desk.ReviewWho, page.Who) {
		return nil
	}
	return &problem{Field: "who-owner", Key: "review.who.missing"}
}

func (page *reviewPage) reasonProblem() *problem {
	if slices.Contains(page.Offered.GetReasons(), page.Reason) {
		return nil
	}
	return &problem{Field: "reason-" + page.Offered.GetReasons()[0], Key: "review.reason.missing"}
}

func (page *reviewPage) wordsProblem() *problem {
	switch {
	case page.Words == "":
		return &problem{Field: "words", Key: "review.words.missing"}
	case len(page.Words) > desk.ReviewWordsMost:
		return &problem{Field: "words", Key: "review.words.long", Fill: []any{"most", desk.ReviewWordsMost, "have", utf8.RuneCountInString(page.Words)}}
	}
	return nil
}

func (page *reviewPage) nameProblem() *problem {
	switch {
	case page.Name == "":
		return &problem{Field: "name", Key: "review.name.missing"}
	case len(page.Name) > desk.ReviewNameMost || strings.Contains(page.Name, "\n"):
		return &problem{Field: "name", Key: "review.name.long"}
	}
	return nil
}

// WayField is the first of the ways to answer: by post, where the city sends no e-mail.
func (page *reviewPage) WayField() string {
	if page.NoMail {
		return "way-post"
	}
	return "way-email"
}

// wayProblem wants one way to answer, and what it needs. What was typed for the other way is not sent.
func (page *reviewPage) wayProblem() *problem {
	switch page.Way {
	case "email":
		if !desk.IsEmail(page.Email) {
			return &problem{Field: "email", Key: "review.email.wrong"}
		}
		return nil
	case "post":
		if page.Post == "" {
			return &problem{Field: "post", Key: "review.post.missing"}
		}
		if !desk.Address(page.Post) {
			return &problem{Field: "post", Key: "review.post.long", Fill: []any{"lines", desk.ReviewLinesMost, "letters", desk.ReviewLineMost}}
		}
		return nil
	}
	return &problem{Field: page.WayField(), Key: "review.way.missing"}
}

func (p *Portal) sendReview(w http.ResponseWriter, r *http.Request, v *view, page *reviewPage) error {
	contact := desk.ReviewContact{Name: page.Name}
	if page.Way == "email" {
		contact.Email = page.Email
	} else {
		contact.Post = page.Post
	}
	ask := &deskpb.AskReviewRequest{RequestId: page.Request, Token: page.Ticket.GetQuote().GetToken(), Way: page.Way, Language: page.Answer}
	var err error
	if ask.SealedContact, err = p.sealed(contact, seal.ReviewContact, page.Request); err != nil {
		return err
	}
	said := desk.ReviewStatement{Who: page.Who, Reason: page.Reason, Words: page.Words}
	if ask.SealedStatement, err = p.sealed(said, seal.ReviewStatement, page.Request); err != nil {
		return err
	}
	res, err := p.Desk.AskReview(r.Context(), ask)
	if away(err) && r.Context().Err() == nil {
		return p.reviewLater(w, r, v, err)
	}
	if err != nil {
		return err
	}
	switch {
	case res.GetSlowDown() != nil:
		return p.slowDown(w, v)
	case res.GetAsked() == nil:
		v.Problem = &problem{Field: "main", Key: "review.refused.form"}
		if key := "review.refused." + res.GetRefused().GetReason(); has(key) {
			v.Problem.Key = key
		}
		return p.show(w, v, http.StatusConflict, "review")
	}
	v.visit.Review = &visitReview{Reference: res.GetAsked().GetReference(), Request: page.Request, DueOn: res.GetAsked().GetDueOn()}
	return p.redirect(w, r, v, v.Path("review_asked"))
}

// sealed is a text that only the office opens, as that kind of thing and of that request.
func (p *Portal) sealed(what interface{ Seal() ([]byte, error) }, info, request string) ([]byte, error) {
	plain, err := what.Seal()
	if err != nil {
		return nil, err
	}
	return p.SealKey.Seal(plain, []byte(info), []byte(request))
}

// reviewAskedPage is what a person keeps of a request.
type reviewAskedPage struct {
	*visitReview
	Most int // files that may be put to it
	Kind string
}

// showReviewAsked shows the reference, and takes photos and documents.
func (p *Portal) showReviewAsked(w http.ResponseWriter, r *http.Request, v *view) error {
	if v.visit.Review == nil {
		return p.redirect(w, r, v, v.Path("review_find"))
	}
	return p.reviewAsked(w, v, http.StatusOK)
}

func (p *Portal) reviewAsked(w http.ResponseWriter, v *view, status int) error {
	v.Data, v.Switch = &reviewAskedPage{visitReview: v.visit.Review, Most: int(v.City.GetReviews().GetFilesMost())}, paths["review_asked"][v.Other()]
	return p.show(w, v, status, "review_asked")
}
