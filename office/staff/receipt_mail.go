package staff

import (
	"context"
	"errors"
	"net/http"

	"fundy/ident"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// mailReceipt sends a receipt to the address that a caller has dictated. It is sealed before anything keeps it, and
// what is sent names neither plate nor place: an address can be misheard.
func (p *Pages) mailReceipt(w http.ResponseWriter, r *http.Request, v *view) error {
	typed, ok := addressTyped(r)
	page := &receiptPage{Email: typed}
	switch {
	case p.SealAddress == nil:
		v.Problem = &problem{Field: "email", Key: "receipt.mail.off"}
	case !ok:
		v.Problem = &problem{Field: "email", Key: "phone.mail.wrong"}
	}
	if v.Problem != nil {
		return p.receiptPage(w, r, v, page)
	}
	var a payment.Attempt
	var back []store.GivenBack
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if a, _, err = attemptOf(ctx, tx, r.PathValue("number")); err != nil {
			return err
		}
		back, err = tx.GivenBackOf(ctx, a.ID)
		return err
	})
	if err == nil && len(back) > 0 { // the message would say "paid in full"
		v.Problem = &problem{Field: "email", Key: "receipt.mail.back"}
		return p.receiptPage(w, r, v, page)
	}
	if err == nil && a.Receipt != "" {
		m := settle.CopyMail{ID: ident.New("copy"), Language: p.callersLanguage(bounded(r, "language"))}
		if m.Sealed, err = p.SealAddress(typed, m.ID); err == nil {
			err = p.Settler.MailReceipt(r.Context(), a.ID, nthTyped(r), v.Name(), m)
		}
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return p.show(w, v, http.StatusNotFound, "wrong")
	case errors.Is(err, settle.ErrCopied):
		v.Problem = &problem{Field: "email", Key: "receipt.mail.asked"}
		return p.receiptPage(w, r, v, page)
	case errors.Is(err, settle.ErrCopies):
		v.Problem = &problem{Field: "email", Key: "receipt.mail.often"}
		return p.receiptPage(w, r, v, page)
	case err != nil:
		return err
	}
	return done(w, r, "/receipts/"+r.PathValue("number"), "receipt_mailed")
}
