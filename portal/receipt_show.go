package portal

import (
	"net/http"
	"net/url"
	"strconv"

	"fundy/desk/deskpb"
)

// receiptPage is a receipt, printable.
type receiptPage struct {
	*deskpb.Receipt
}

// showReceipt shows a payer, who has the attempt's id, the whole receipt.
func (p *Portal) showReceipt(w http.ResponseWriter, r *http.Request, v *view) error {
	attempt := r.PathValue("attempt")
	if len(attempt) > attemptMost {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	v.Again = "/r/" + url.PathEscape(attempt)
	watched, err := p.Desk.WatchPayment(r.Context(), &deskpb.WatchPaymentRequest{Attempt: attempt})
	if err != nil {
		return err
	}
	p.speak(r, v, watched.GetLanguage())
	res, err := p.Desk.ShowReceipt(r.Context(), &deskpb.ShowReceiptRequest{Attempt: attempt})
	if err != nil {
		return err
	}
	if res.GetSlowDown() != nil {
		return p.slowDown(w, v)
	}
	if res.GetReceipt() == nil {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	v.Data, v.Switch = &receiptPage{Receipt: res.GetReceipt()}, "/r/"+attempt+"/receipt?lang="+v.Other()
	return p.show(w, v, http.StatusOK, "receipt")
}

// showTicketReceipt shows one who found a paid ticket by number and plate the receipt of that ticket
// alone. ?n= is the ticket's place in the visit.
func (p *Portal) showTicketReceipt(w http.ResponseWriter, r *http.Request, v *view) error {
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	if err != nil || n < 0 || n >= len(v.visit.Tokens) {
		return p.redirect(w, r, v, v.Path("find"))
	}
	res, err := p.Desk.ShowReceipt(r.Context(), &deskpb.ShowReceiptRequest{TicketToken: v.visit.Tokens[n]})
	if err != nil {
		return err
	}
	if res.GetSlowDown() != nil {
		return p.slowDown(w, v)
	}
	if res.GetReceipt() == nil {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	v.Data, v.Switch = &receiptPage{Receipt: res.GetReceipt()}, paths["receipt"][v.Other()]+"?n="+strconv.Itoa(n)
	return p.show(w, v, http.StatusOK, "receipt")
}
