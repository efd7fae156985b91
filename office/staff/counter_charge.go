package staff

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// chargesShown bounds a list.
const chargesShown = 500

// chargeRow is a charge with the tickets of the cheque that came back.
type chargeRow struct {
	payment.Charge
	Tickets []receiptTicket
}

func (p *Pages) showCharges(w http.ResponseWriter, r *http.Request, v *view) error {
	var rows []chargeRow
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		rows = nil
		all, err := tx.ChargesOwed(ctx, chargesShown)
		if err != nil {
			return err
		}
		for _, c := range all {
			row, err := chargeOf(ctx, tx, c)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = rows, "/charges"
	return p.answer(w, v, "counter_charges")
}

func chargeOf(ctx context.Context, tx *store.Tx, c payment.Charge) (chargeRow, error) {
	row := chargeRow{Charge: c}
	ids, err := tx.TicketsOfReturned(ctx, c.Returned)
	if err != nil {
		return row, err
	}
	for _, id := range ids {
		t, err := tx.Ticket(ctx, id)
		if err != nil {
			return row, err
		}
		row.Tickets = append(row.Tickets, receiptTicket{id, t.Number, t.State, money.Zero})
	}
	return row, nil
}

// chargePage is one charge, with what can be done about it.
type chargePage struct {
	chargeRow
	Kinds                   []payment.TenderKind // never a cheque: one came back
	Receipt                 string               // that paid it
	Kind, Amount, Reference string               // as typed
	Why                     string
}

func (p *Pages) showCharge(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.chargePage(w, r, v, &chargePage{})
}

func (p *Pages) chargePage(w http.ResponseWriter, r *http.Request, v *view, page *chargePage) error {
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		c, err := tx.Charge(ctx, payment.ChargeID(r.PathValue("id")))
		if err != nil {
			return err
		}
		if page.chargeRow, err = chargeOf(ctx, tx, c); err != nil || c.Attempt == "" {
			return err
		}
		a, err := tx.Attempt(ctx, c.Attempt)
		page.Receipt = a.Receipt
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	page.Kinds = []payment.TenderKind{payment.Cash, payment.MoneyOrder, payment.Terminal}
	if page.Amount == "" && v.Lang == "en" {
		page.Amount = page.Charge.Amount.String()
	} else if page.Amount == "" {
		page.Amount = strings.ReplaceAll(page.Charge.Amount.String(), ".", ",")
	}
	v.Data, v.Back = page, "/charges/"+string(page.ID)
	return p.answer(w, v, "counter_charge")
}

// payCharge takes money for a charge, into the own drawer.
func (p *Pages) payCharge(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &chargePage{Kind: bounded(r, "kind"), Amount: bounded(r, "amount"), Reference: strings.ToUpper(bounded(r, "reference"))}
	amount, ok := v.amountTyped(page.Amount)
	if !ok {
		v.Problem = &problem{Field: "amount", Key: "counter.amount.form"}
		return p.chargePage(w, r, v, page)
	}
	t := payment.Tender{Kind: payment.TenderKind(page.Kind), Tendered: amount, Reference: page.Reference, ReceivedOn: city.DateOf(p.Now(), p.city.Zone)}
	e, err := p.Settler.PayCharge(r.Context(), payment.ChargeID(r.PathValue("id")), t, v.Name(), true)
	if v.Problem = p.againstCounter(v, err, "amount", map[ticket.ID]string{}); v.Problem != nil {
		return p.chargePage(w, r, v, page)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	return done(w, r, "/entries/"+e.Attempt.Receipt, "counter_taken")
}

// waiveCharge lets a charge go, with a reason.
func (p *Pages) waiveCharge(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &chargePage{Why: oneLine(r, "why")}
	_, err := p.Settler.WaiveCharge(r.Context(), payment.ChargeID(r.PathValue("id")), v.Name(), page.Why, true)
	if v.Problem = p.againstCounter(v, err, "why", nil); v.Problem != nil {
		v.Problem.Field = "why"
		return p.chargePage(w, r, v, page)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	return done(w, r, "/charges/"+r.PathValue("id"), "counter_waived")
}
