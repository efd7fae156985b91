package portal

import (
	"net/http"
	"slices"
	"time"

	"fundy/desk/deskpb"
	"fundy/locale"
)

// reviewFindPage is what was typed, and how the review stands.
type reviewFindPage struct {
	Reference string
	Plate     string
	Day       string
	Answer    *deskpb.ReviewStanding
}

// showReviewFind asks for the reference of a review and the ticket's plate.
func (p *Portal) showReviewFind(w http.ResponseWriter, _ *http.Request, v *view) error {
	v.Data = &reviewFindPage{}
	return p.show(w, v, http.StatusOK, "review_find")
}

// findReview says how a review stands. Absent and mismatched are one answer.
func (p *Portal) findReview(w http.ResponseWriter, r *http.Request, v *view) error {
	typed := &reviewFindPage{Reference: field(r, "reference"), Plate: field(r, "plate"), Day: field(r, "day")}
	v.Data = typed
	// The switch of language is a button of this form: what was typed stays.
	if lang := r.PostFormValue("lang"); slices.Contains(languages, lang) {
		v.Lang = lang
		return p.show(w, v, http.StatusOK, "review_find")
	}
	switch {
	case slices.Contains([]string{"reference", "plate", "day"}, v.card):
		v.Problem = &problem{Field: v.card, Key: "card.refused"}
	case typed.Reference == "":
		v.Problem = &problem{Field: "reference", Key: "review.reference.missing"}
	case typed.Plate == "" && typed.Day == "":
		v.Problem = &problem{Field: "plate", Key: "review.plate.missing"}
	}
	if v.Problem != nil {
		return p.show(w, v, http.StatusUnprocessableEntity, "review_find")
	}
	res, err := p.Desk.FindReview(r.Context(), &deskpb.FindReviewRequest{Reference: typed.Reference, Plate: typed.Plate, IssuedOn: typed.Day})
	if err != nil {
		return err
	}
	switch o := res.GetOutcome().(type) {
	case *deskpb.FindReviewResponse_Standing:
		typed.Answer = o.Standing
		return p.show(w, v, http.StatusOK, "review_find")
	case *deskpb.FindReviewResponse_SlowDown:
		v.Problem = &problem{Field: "reference", Key: "find.slow", Fill: []any{"seconds", o.SlowDown.GetSeconds()}}
	default:
		v.Problem = &problem{Field: "reference", Key: "review.not_found"}
	}
	return p.show(w, v, http.StatusUnprocessableEntity, "review_find")
}

// HourOf shows an hour that the desk has written as HH:MM.
func (v *view) HourOf(hour string) string {
	at, err := time.Parse("15:04", hour)
	if err != nil {
		return hour
	}
	return locale.Clock(v.Lang, at)
}

// DayOf shows a day that the desk has written as YYYY-MM-DD.
func (v *view) DayOf(day string) string {
	t, err := time.ParseInLocation(time.DateOnly, day, v.City.zone)
	if err != nil {
		return day
	}
	return locale.Day(v.Lang, t)
}
