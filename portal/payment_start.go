package portal

import (
	"crypto/rand"
	"net/http"
	"strings"

	"fundy/desk"
	"fundy/desk/deskpb"
	"fundy/seal"
)

// showConfirm says what paying does, whose page comes next, and asks for nothing but an e-mail
// address for the receipt, if the payer likes.
func (p *Portal) showConfirm(w http.ResponseWriter, r *http.Request, v *view) error {
	page, err := p.held(r, v)
	if err != nil {
		return err
	}
	if len(page.Payable) == 0 || page.Stale {
		return p.redirect(w, r, v, v.Path("tickets"))
	}
	page.Request = rand.Text()
	v.Data, v.Switch = page, paths["confirm"][v.Other()]
	return p.show(w, v, http.StatusOK, "confirm")
}

// startPayment begins the payment that the confirm page showed.
func (p *Portal) startPayment(w http.ResponseWriter, r *http.Request, v *view) error {
	page, err := p.held(r, v)
	if err != nil {
		return err
	}
	page.Request, page.Email, page.BoxTyped = r.PostFormValue("request"), strings.TrimSpace(r.PostFormValue("email")), r.PostFormValue("box") != ""
	v.Data, v.Switch = page, paths["confirm"][v.Other()]
	if len(page.Payable) == 0 && v.card != "" {
		return p.showCard(w, r, v)
	}
	if len(page.Payable) == 0 {
		return p.redirect(w, r, v, v.Path("tickets"))
	}
	if v.card != "" {
		v.Problem = page.problem(v.card)
		return p.show(w, v, http.StatusUnprocessableEntity, "confirm")
	}
	if page.Stale || r.PostFormValue("seen") != page.Seen {
		v.Problem = &problem{Field: "pay", Key: "confirm.changed"}
		page.Request = rand.Text()
		return p.show(w, v, http.StatusConflict, "confirm")
	}
	if v.Problem = page.problem(v.card); v.Problem != nil {
		return p.show(w, v, http.StatusUnprocessableEntity, "confirm")
	}
	return p.begin(w, r, v, page)
}

func (t *ticketsPage) problem(card string) *problem {
	if card != "" {
		return &problem{Field: "email", Key: "card.refused"}
	}
	if t.Box && !t.BoxTyped {
		return &problem{Field: "box", Key: "confirm.box.missing"}
	}
	if t.Email == "" {
		return nil
	}
	if !desk.IsEmail(t.Email) {
		return &problem{Field: "email", Key: "confirm.email.wrong"}
	}
	return nil
}

// begin seals the address before anything else sees it, asks the office to begin, and sends the
// browser to the card page: its host is checked here too.
func (p *Portal) begin(w http.ResponseWriter, r *http.Request, v *view, page *ticketsPage) error {
	ask := &deskpb.StartPaymentRequest{
		RequestId: page.Request, Language: v.Lang, ReviewBox: page.BoxTyped, EarlierAttempt: v.visit.Attempt, Code: v.visit.Code,
	}
	for _, t := range page.Payable {
		ask.Tokens = append(ask.Tokens, t.GetQuote().GetToken())
	}
	if page.Email != "" {
		sealed, err := p.SealKey.Seal([]byte(page.Email), []byte(seal.ReceiptAddress), []byte(page.Request))
		if err != nil {
			return err
		}
		ask.SealedEmail = sealed
	}
	res, err := p.Desk.StartPayment(r.Context(), ask)
	if err != nil {
		return err
	}
	if no := res.GetRefused(); no != nil {
		if no.GetReason() == closedRestoring {
			return p.closed(w, v, closedRestoring)
		}
		if no.GetReason() == "code_used" || no.GetReason() == "code_over" {
			return p.codeRefused(w, v, no.GetReason())
		}
		v.Problem = &problem{Field: "pay", Key: "refused.other"}
		if key := "refused." + no.GetReason(); has(key) {
			v.Problem.Key = key
		}
		page.Request = rand.Text()
		return p.show(w, v, http.StatusConflict, "confirm")
	}
	begun := res.GetBegun()
	v.visit.Attempt = begun.GetAttempt()
	if begun.GetCardUrl() == "" {
		return p.redirect(w, r, v, "/r/"+begun.GetAttempt())
	}
	if err := desk.CheckCardURL(begun.GetCardUrl(), p.CardHost); err != nil {
		return err
	}
	return p.redirect(w, r, v, begun.GetCardUrl())
}
