package staff

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"

	"fundy/city"
	"fundy/desk"
	"fundy/review"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
	"fundy/web"
)

// reviewEntry is a request for review that came by letter or at the counter, as it is typed.
type reviewEntry struct {
	Ticket  store.FoundTicket
	Before  []review.Review
	Reasons []string
	WhoAll  []string
	Today   city.Date
	// As typed.
	Request, Received, Who, Reason, Words, Name, Way, Email, Post, Answer string
}

// reviewsBefore bounds a list.
const reviewsBefore = 20

func (p *Pages) showReviewEntry(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.reviewEntry(w, r, v, &reviewEntry{Request: rand.Text(), Received: p.today().String(), Answer: v.Lang, Way: string(review.ByPost)})
}

func (p *Pages) reviewEntry(w http.ResponseWriter, r *http.Request, v *view, page *reviewEntry) error {
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Ticket, err = tx.Ticket(ctx, ticket.ID(r.PathValue("id"))); err != nil {
			return err
		}
		page.Before, err = tx.ReviewsOfTicket(ctx, page.Ticket.ID, reviewsBefore)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	page.Reasons, page.WhoAll, page.Today = p.Settings.Review.Reasons, desk.ReviewWho, p.today()
	v.Data, v.Back = page, "/tickets/"+string(page.Ticket.ID)+"/review"
	return p.answer(w, v, "review_enter")
}

// enterReview writes a request that came by letter or at the counter. It is sealed as the portal seals one: who enters it
// does not see it again without the right to open it.
func (p *Pages) enterReview(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &reviewEntry{
		Request: bounded(r, "request"), Received: bounded(r, "received"), Who: bounded(r, "who"), Reason: bounded(r, "reason"), Words: longText(r, "words"),
		Name: longText(r, "name"), Way: bounded(r, "way"), Email: longText(r, "email"), Post: desk.Lines(longText(r, "post")), Answer: bounded(r, "language"),
	}
	ask, wrong, err := p.sealEntry(page)
	if err != nil {
		return err
	}
	if v.Problem = wrong; wrong != nil {
		return p.reviewEntry(w, r, v, page)
	}
	ask.Ticket, ask.EnteredBy = ticket.ID(r.PathValue("id")), v.Name()
	made, err := p.Settler.AskReview(r.Context(), ask)
	if p.againstReview(v, err, "main") {
		return p.reviewEntry(w, r, v, page)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	if v.May(string(ReadReviews)) {
		return done(w, r, "/reviews/"+string(made.ID), "review_entered")
	}
	return done(w, r, "/tickets/"+r.PathValue("id"), "review_entered")
}

// requestMost bounds the id of a request, in letters.
const (
	requestLeast = 16
	requestMost  = 64
)

// problem is all that is wrong with what was typed, in the form's order.
func (page *reviewEntry) problem(received error) *problem {
	wrong := func(is bool, field, key string) *problem {
		if !is {
			return nil
		}
		return &problem{Field: field, Key: key}
	}
	email, post := page.Way == string(review.ByEmail), page.Way == string(review.ByPost)
	return web.Together(
		wrong(len(page.Request) < requestLeast || len(page.Request) > requestMost, "main", "review.refused.form"),
		wrong(received != nil, "received", "review.refused.day"),
		wrong(page.Name == "" || len(page.Name) > desk.ReviewNameMost || !desk.OneLine(page.Name), "name", "review.enter.name"),
		wrong(!slices.Contains(page.WhoAll, page.Who), "who", "review.enter.who"),
		wrong(!slices.Contains(page.Reasons, page.Reason), "reason", "review.enter.reason"),
		wrong(page.Words == "" || len(page.Words) > desk.ReviewWordsMost, "words", "review.enter.words"),
		wrong(!email && !post, "way", "review.enter.way"),
		wrong(post && (page.Post == "" || !desk.Address(page.Post)), "post", "review.enter.post"),
		wrong(email && !desk.IsEmail(page.Email), "email", "review.enter.email"),
	)
}

func (p *Pages) sealEntry(page *reviewEntry) (review.Review, *problem, error) {
	page.Reasons, page.WhoAll = p.Settings.Review.Reasons, desk.ReviewWho
	day, err := city.ParseDate(page.Received)
	if wrong := page.problem(err); wrong != nil {
		return review.Review{}, wrong, nil
	}
	contact := desk.ReviewContact{Name: page.Name}
	if page.Way == string(review.ByEmail) {
		contact.Email = page.Email
	} else {
		contact.Post = page.Post
	}
	ask := review.Review{Way: review.Way(page.Way), Language: city.English, Channel: review.AtOffice, RequestID: page.Request, ReceivedOn: day}
	if page.Answer == string(city.French) {
		ask.Language = city.French
	}
	ask.Contact, err = p.sealPart(contact, seal.ReviewContact, page.Request)
	if err == nil {
		ask.Statement, err = p.sealPart(desk.ReviewStatement{Who: page.Who, Reason: page.Reason, Words: page.Words}, seal.ReviewStatement, page.Request)
	}
	return ask, nil, err
}

func (p *Pages) sealPart(what interface{ Seal() ([]byte, error) }, info, request string) ([]byte, error) {
	plain, err := what.Seal()
	if err != nil {
		return nil, err
	}
	return p.Reviews.Seal.Seal(plain, []byte(info), []byte(request))
}
