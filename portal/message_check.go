package portal

import (
	"net/http"
	"slices"

	"fundy/desk/deskpb"
)

// messagePage is what was typed, and what the desk says of it.
type messagePage struct {
	Reference string
	Answer    *deskpb.CheckMessageResponse // nil: nothing has been asked yet
}

// showMessage asks for the reference of a message.
func (p *Portal) showMessage(w http.ResponseWriter, _ *http.Request, v *view) error {
	v.Data = &messagePage{}
	return p.show(w, v, http.StatusOK, "message")
}

// checkMessage says whether a message is ours.
func (p *Portal) checkMessage(w http.ResponseWriter, r *http.Request, v *view) error {
	typed := &messagePage{Reference: field(r, "reference")}
	v.Data = typed
	// The switch of language is a button of this form: what was typed stays.
	if lang := r.PostFormValue("lang"); slices.Contains(languages, lang) {
		v.Lang = lang
		return p.show(w, v, http.StatusOK, "message")
	}
	switch {
	case v.card != "":
		v.Problem = &problem{Field: "reference", Key: "card.refused"}
	case typed.Reference == "":
		v.Problem = &problem{Field: "reference", Key: "message.reference.missing"}
	}
	if v.Problem != nil {
		return p.show(w, v, http.StatusUnprocessableEntity, "message")
	}
	res, err := p.Desk.CheckMessage(r.Context(), &deskpb.CheckMessageRequest{Reference: typed.Reference})
	if err != nil {
		return err
	}
	if res.GetSlowDown() != nil {
		return p.slowDown(w, v)
	}
	typed.Answer = res
	return p.show(w, v, http.StatusOK, "message")
}
