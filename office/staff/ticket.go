package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// ticketPage answers what callers ask of a ticket: what is it, what is due and why, did it go through.
type ticketPage struct {
	Ticket   store.FoundTicket
	Offence  city.Offence
	Standing ticket.Standing
	Quote    ticket.Quote
	Priced   bool
	Minimum  money.Amount
	Open     int    // payments that have been begun and may still come
	Plate    string // "" where it has not been opened
	Receipts []receiptRow
	Messages []payment.Message // e-mails and letters about it, its payments, reviews and codes
	Work     ticketWork
}

type receiptRow struct {
	Attempt payment.Attempt
	Amount  money.Amount // this ticket's part
	Refunds []payment.Refund
}

func (p *Pages) showTicket(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.ticketPage(w, r, v, "")
}

func (p *Pages) ticketPage(w http.ResponseWriter, r *http.Request, v *view, plate string) error {
	page := &ticketPage{Plate: plate, Minimum: p.Settings.Processor.MinimumAmount}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Ticket, err = tx.Ticket(ctx, ticket.ID(r.PathValue("id"))); err != nil {
			return err
		}
		if page.Open, err = tx.OpenAttempts(ctx, page.Ticket.ID); err != nil {
			return err
		}
		if page.Receipts, err = receiptsOf(ctx, tx, page.Ticket.ID); err != nil {
			return err
		}
		if page.Messages, err = tx.MessagesOfTicket(ctx, page.Ticket.ID, messagesShown); err != nil {
			return err
		}
		return page.Work.read(ctx, tx, page.Ticket.ID)
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	if err := p.price(page); err != nil {
		return err
	}
	p.workOn(r, v, page)
	v.Data = page
	return p.answer(w, v, "ticket")
}

// price says what is due now, and why.
func (p *Pages) price(page *ticketPage) error {
	t, rules := page.Ticket.Ticket, p.Rules()
	var err error
	if page.Offence, err = p.offenceOf(t); err != nil {
		return err
	}
	regime, ok := ticket.RegimeOf(t.Regime)
	if !ok {
		return fmt.Errorf("ticket of unknown regime %q", t.Regime)
	}
	now := p.Now()
	page.Standing = ticket.Stand(regime, t, now)
	if !page.Standing.Payable {
		return nil
	}
	page.Quote, err = ticket.Price(t, rules, p.city, now)
	page.Priced = err == nil
	return err
}

func receiptsOf(ctx context.Context, tx *store.Tx, id ticket.ID) ([]receiptRow, error) {
	refs, err := tx.ReceiptsOfTicket(ctx, id)
	if err != nil {
		return nil, err
	}
	var rows []receiptRow
	for _, ref := range refs {
		row := receiptRow{Amount: ref.Amount}
		if row.Attempt, err = tx.Attempt(ctx, ref.Attempt); err != nil {
			return nil, err
		}
		if row.Refunds, err = tx.RefundsOfAttempt(ctx, ref.Attempt); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// openPlate shows a ticket's plate, once: a leaf tells who has opened it before it is there.
func (p *Pages) openPlate(w http.ResponseWriter, r *http.Request, v *view) error {
	var t store.FoundTicket
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		t, err = tx.Ticket(ctx, ticket.ID(r.PathValue("id")))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	plate := ""
	if len(t.PlateSealed) > 0 {
		if plate, err = p.OpenPlate(r.Context(), v.Name(), t); err != nil {
			return err
		}
	}
	v.Back = "/tickets/" + string(t.ID)
	return p.ticketPage(w, r, v, plate)
}
