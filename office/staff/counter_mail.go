package staff

import (
	"context"
	"errors"
	"net/http"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// mailPage lists the batches of the mail, and asks for a new one.
type mailPage struct {
	Batches []mailRow
	Waiting []payment.Second
	Total   string // as typed
}

type mailRow struct {
	payment.Batch
	Entered money.Amount
}

func (p *Pages) showMail(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.mailPage(w, r, v, &mailPage{})
}

func (p *Pages) mailPage(w http.ResponseWriter, r *http.Request, v *view, page *mailPage) error {
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		page.Batches, page.Waiting = nil, nil
		all, err := tx.BatchesOfKind(ctx, payment.MailBatch, batchesOfMail)
		if err != nil {
			return err
		}
		for _, b := range all {
			row := mailRow{Batch: b}
			if row.Entered, err = p.enteredIn(ctx, tx, b.ID); err != nil {
				return err
			}
			page.Batches = append(page.Batches, row)
		}
		waiting, err := tx.OpenSeconds(ctx, secondsShown)
		for _, a := range waiting {
			if a.Kind == payment.SecondMail {
				page.Waiting = append(page.Waiting, a)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/mail"
	return p.answer(w, v, "counter_mail")
}

// enteredIn is what of a batch of the mail is entered: its tenders, and its items in the city's money.
func (p *Pages) enteredIn(ctx context.Context, tx *store.Tx, id payment.BatchID) (money.Amount, error) {
	sum, _, err := tx.BatchSum(ctx, id)
	if err != nil {
		return sum, err
	}
	items, _, err := tx.ItemsOfBatch(ctx, id, p.city.Currency)
	if err != nil {
		return sum, err
	}
	return sum.Add(items)
}

// askMail asks a second person, who has opened the letters too, to add them up again.
func (p *Pages) askMail(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &mailPage{Total: bounded(r, "total")}
	total, ok := v.amountTyped(page.Total)
	if !ok {
		v.Problem = &problem{Field: "total", Key: "counter.amount.form"}
		return p.mailPage(w, r, v, page)
	}
	_, err := p.Settler.AskSecond(r.Context(), payment.Second{ID: payment.SecondID(requested(r, "sec")), Kind: payment.SecondMail, Amount: total, AskedBy: v.Name()})
	if v.Problem = p.againstCounter(v, err, "total", nil); v.Problem != nil {
		return p.mailPage(w, r, v, page)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/mail", "counter_asked")
}

// mailBatch is a batch of the mail with what is in it.
type mailBatch struct {
	payment.Batch
	Entered    money.Amount
	Left       money.Amount // announced and not entered; negative: too much
	Tenders    []mailTender
	Items      []payment.Item
	ByPostmark bool // the by-law's day is the postmark's
	// UnreadableDays before its receipt, a letter counts as sent whose postmark can't be read.
	UnreadableDays int
}

type mailTender struct {
	payment.Tender
	Printed string
}

func (p *Pages) showMailBatch(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.mailBatchPage(w, r, v, &takePage{Rows: make([]tenderRow, rowsFirst)})
}

// takeMail goes on with the form of a batch, as counter does.
func (p *Pages) takeMail(w http.ResponseWriter, r *http.Request, v *view) error {
	page := readTake(r)
	found, err := p.readMailBatch(r.Context(), r.PathValue("id"), page)
	if err != nil || !found {
		return p.noBatch(w, v, err)
	}
	return p.take(w, r, v, page)
}

func (p *Pages) mailBatchPage(w http.ResponseWriter, r *http.Request, v *view, page *takePage) error {
	page.numbers = map[ticket.ID]string{}
	found, err := p.readMailBatch(r.Context(), r.PathValue("id"), page)
	if err != nil || !found {
		return p.noBatch(w, v, err)
	}
	if len(page.Rows) == 0 {
		page.Rows = make([]tenderRow, rowsFirst)
	}
	if page.Received == "" {
		page.Received = city.DateOf(p.Now(), p.city.Zone).String()
	}
	return p.takeForm(w, r, v, page)
}

func (p *Pages) noBatch(w http.ResponseWriter, v *view, err error) error {
	if err != nil {
		return err
	}
	return p.show(w, v, http.StatusNotFound, "wrong")
}

// readMailBatch reads a batch of the mail into a form; false: there is none.
func (p *Pages) readMailBatch(ctx context.Context, id string, page *takePage) (bool, error) {
	m := &mailBatch{ByPostmark: p.Settler.Counter.ByPostmark(), UnreadableDays: p.Settler.Counter.UnreadableDays}
	err := p.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		m.Tenders, m.Items = nil, nil
		if m.Batch, err = tx.Batch(ctx, payment.BatchID(id)); err != nil {
			return err
		}
		if m.Kind != payment.MailBatch {
			return store.ErrNotFound
		}
		if m.Entered, err = p.enteredIn(ctx, tx, m.ID); err != nil {
			return err
		}
		if m.Left, err = m.Announced.Sub(m.Entered); err != nil {
			return err
		}
		tenders, err := tx.TendersOfBatch(ctx, m.ID)
		if err != nil {
			return err
		}
		for _, t := range tenders {
			e, err := tx.CounterEntry(ctx, t.Attempt)
			if err != nil {
				return err
			}
			m.Tenders = append(m.Tenders, mailTender{t, e.Printed()})
		}
		items, err := tx.Items(ctx, payment.ItemKept, itemsShown)
		for _, i := range items {
			if i.Batch == m.ID {
				m.Items = append(m.Items, i)
			}
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	page.Mail = m
	return err == nil, err
}

// Unreadable are the reasons for which a postmark can't be read.
func (v *view) Unreadable() []string { return payment.Unreadable }
