package staff

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"fundy/city"
	"fundy/money"
	"fundy/review"
	"fundy/seal"
	"fundy/store"
)

// decideReview writes a decision. Words that are refused stay in the page; a review that somebody else has decided since
// the page was shown says so, and nothing is written.
func (p *Pages) decideReview(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &reviewPage{
		Event: bounded(r, "event"), Words: longText(r, "words"), Amount: bounded(r, "amount"), Until: bounded(r, "until"), Hearing: bounded(r, "hearing"), Hour: bounded(r, "time"), Place: oneLine(r, "place"),
		Asked: bounded(r, "received"), Closing: bounded(r, "why"),
	}
	d, wrong := page.decision(v)
	if wrong != nil {
		v.Problem = wrong
		return p.reviewPage(w, r, v, page)
	}
	d.Version, d.By = version(r), v.Name()
	decided, err := p.Settler.DecideReview(r.Context(), review.ID(r.PathValue("id")), d, p.sealWords)
	if p.againstReview(v, err, "event") {
		return p.reviewPage(w, r, v, page)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	if decided.Way == review.ByPost && d.Event.Answered() {
		return done(w, r, "/reviews/"+r.PathValue("id"), "review_decided_post")
	}
	return done(w, r, "/reviews/"+r.PathValue("id"), "review_decided")
}

// decision reads what was typed. Fields that belong to another decision are not read.
func (page *reviewPage) decision(v *view) (review.Decision, *problem) {
	d := review.Decision{Event: review.Event(page.Event), Words: page.Words}
	may := []review.Event{review.Keep, review.Withdraw, review.Reduce, review.Extend, review.Send, review.Absent, review.Again, review.Close}
	if !slices.Contains(may, d.Event) {
		return d, &problem{Field: "event", Key: "review.refused.event"}
	}
	var err error
	switch d.Event {
	case review.Reduce:
		if d.Amount, err = money.Parse(v.typedAmount(page.Amount)); err != nil {
			return d, &problem{Field: "amount", Key: "review.refused.amount"}
		}
	case review.Extend:
		if d.Until, err = city.ParseDate(page.Until); err != nil {
			return d, &problem{Field: "until", Key: "review.refused.until"}
		}
	case review.Close:
		d.Why = review.Why(page.Closing)
	case review.Send, review.Again:
		if d.Hearing, err = city.ParseDate(page.Hearing); err != nil {
			return d, &problem{Field: "hearing", Key: "review.refused.hearing"}
		}
		d.At, d.Place = page.Hour, page.Place
		if d.Event == review.Again {
			if d.Asked, err = city.ParseDate(page.Asked); err != nil {
				return d, &problem{Field: "received", Key: "review.refused.asked"}
			}
		}
	}
	return d, nil
}

// longMost is how much of a field of several lines is read: more than any may hold, so that one that is too long is refused.
const longMost = 16_000

// longText is a field of several lines, of one kind of line end.
func longText(r *http.Request, field string) string {
	return cut(strings.TrimSpace(strings.ReplaceAll(r.PostForm.Get(field), "\r\n", "\n")), longMost)
}

// sealWords seals what an officer says to a party: it opens only as that, of that review.
func (p *Pages) sealWords(id review.ID, words string) ([]byte, error) {
	sealed, err := p.Reviews.Seal.Seal([]byte(words), []byte(seal.ReviewWords), []byte(id))
	if err != nil {
		return nil, fmt.Errorf("seal words: %w", err)
	}
	return sealed, nil
}

// Letter says whether there is a decision that a letter can tell of, or that there is none.
func (page *reviewPage) Letter() bool {
	return (len(page.Review.Words) > 0 || page.Review.State == review.Closed) && page.ErasedAt.IsZero()
}

// May says whether a decision is offered on the page.
func (page *reviewPage) May(event string) bool {
	return slices.Contains(page.Decisions, review.Event(event))
}

// Sets says whether a hearing can be set on the page.
func (page *reviewPage) Sets() bool { return slices.ContainsFunc(page.Decisions, review.Event.Sets) }

// Whys are the reasons for which a review is closed without a decision.
func (page *reviewPage) Whys() []review.Why { return review.Whys }

// Closes says whether a review can be closed without a decision.
func (page *reviewPage) Closes() bool {
	_, ok := review.Next(page.Regime, page.Review.State, review.Close)
	return ok
}
