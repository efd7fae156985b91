package staff

import (
	"context"
	"errors"
	"net/http"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// Bounds of the page of all payments of a ticket.
const (
	paymentsMost = 50                  // payments of it, and as many of the plate's other tickets
	aroundMost   = 14 * 24 * time.Hour // before the first and after the last payment of it, for those of the plate
)

// twicePage answers "I paid twice": all payments of one ticket side by side, and what follows.
type twicePage struct {
	Ticket store.FoundTicket
	Answer payment.Twice
	Tries  []try
	Plate  []try // of other tickets of the same plate, around those days; only for who may open plates
	From   time.Time
	Until  time.Time
	Free   money.Amount // what is put to no ticket, of all of them
	Gone   time.Time    // by when every authorisation has fallen away; zero: there is none
}

// More says whether there may be more than the page shows.
func (page *twicePage) More() bool {
	return len(page.Tries) >= paymentsMost || len(page.Plate) >= paymentsMost
}

// try is a payment as it stands to one of its tickets.
type try struct {
	store.PaidFor
	Attempt payment.Attempt
	Share   payment.Share
	Tenders []payment.Tender // of what was handed over
	Here    money.Amount     // at the ticket, and not given back
	Free    money.Amount     // at no ticket, and not given back
	Left    money.Amount     // of the whole attempt
	Given   []given
	Seen    []payment.Exception // that the office has opened of it
}

// given is what was asked for, or went back.
type given struct {
	payment.Refund
	Cheque string // its number, where one was written
}

// Name is how pages name the payment's money; "" where it has none of its own.
func (t try) Name() string {
	switch {
	case t.Attempt.Receipt != "":
		return t.Attempt.Receipt
	case !t.Free.IsZero():
		return t.Attempt.ID.Ref()
	}
	return ""
}

// At is when it was taken, or else begun.
func (t try) At() time.Time {
	if t.Attempt.CapturedAt.IsZero() {
		return t.Attempt.CreatedAt
	}
	return t.Attempt.CapturedAt
}

// Taken says whether money was taken, whatever became of it since.
func (t try) Taken() bool {
	switch t.Share {
	case payment.ShareOpen, payment.SharePending, payment.ShareFallsAway, payment.ShareNothing:
		return false
	}
	return true
}

// Way is how what is too much goes back with one press; "" where its page asks for more: a cheque wants a payee.
func (t try) Way() payment.Way {
	switch {
	case t.Free.IsZero() || t.Share != payment.ShareSecond && t.Share != payment.ShareOver:
		return ""
	case t.Attempt.Adapter != payment.CounterAdapter && t.Attempt.ProcessorRef != "":
		return payment.ByProcessor
	}
	onTerminal := money.Zero
	for _, one := range t.Tenders {
		if one.Kind != payment.Terminal || one.State != payment.TenderStands {
			return ""
		}
		onTerminal = one.Amount
	}
	if len(t.Tenders) == 1 && t.Free.Cmp(onTerminal) <= 0 {
		return payment.ByTerminal
	}
	return ""
}

// tryList is what a part of the page is made of.
type tryList struct {
	V     *view
	Title string // a key of words
	Tries []try
	Named bool // they are of several tickets
}

// WithTries hands a part a list of payments.
func (v *view) WithTries(title string, tries []try, named bool) tryList {
	return tryList{v, title, tries, named}
}

func (p *Pages) showTwice(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &twicePage{}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		*page = twicePage{}
		if page.Ticket, err = tx.Ticket(ctx, ticket.ID(r.PathValue("id"))); err != nil {
			return err
		}
		return page.read(ctx, tx, v.May(string(OpenPlates)), v.Now)
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/tickets/"+string(page.Ticket.ID)+"/payments"
	return p.show(w, v, http.StatusOK, "twice")
}

func (page *twicePage) read(ctx context.Context, tx *store.Tx, ofPlate bool, now time.Time) error {
	all, err := tx.PaymentsForTicket(ctx, page.Ticket.ID, paymentsMost)
	if err != nil {
		return err
	}
	if page.Tries, err = triesOf(ctx, tx, all); err != nil {
		return err
	}
	shares := make([]payment.Share, 0, len(page.Tries))
	page.From, page.Until = now, now
	for i, t := range page.Tries {
		shares = append(shares, t.Share)
		if page.Free, err = page.Free.Add(t.Free); err != nil {
			return err
		}
		if gone := t.Attempt.HoldGone(); t.Share == payment.ShareFallsAway && gone.After(page.Gone) {
			page.Gone = gone
		}
		page.From = t.Attempt.CreatedAt // the newest comes first
		if i == 0 {
			page.Until = t.Attempt.CreatedAt
		}
	}
	page.Answer = payment.TwiceOf(shares)
	page.From, page.Until = page.From.Add(-aroundMost), page.Until.Add(aroundMost)
	if !ofPlate {
		return nil
	}
	others, err := tx.PaymentsForPlate(ctx, page.Ticket.ID, page.From, page.Until, paymentsMost)
	if err != nil {
		return err
	}
	page.Plate, err = triesOf(ctx, tx, others)
	return err
}

// triesOf reads how payments stand to their tickets.
func triesOf(ctx context.Context, tx *store.Tx, all []store.PaidFor) ([]try, error) {
	var tries []try
	for _, of := range all {
		t := try{PaidFor: of}
		if err := t.read(ctx, tx); err != nil {
			return nil, err
		}
		tries = append(tries, t)
	}
	return tries, nil
}

func (t *try) read(ctx context.Context, tx *store.Tx) (err error) {
	if t.Attempt, err = tx.Attempt(ctx, t.PaidFor.Attempt); err != nil {
		return err
	}
	to := payment.ToTicket{State: t.Attempt.State, Moved: !t.Moved.IsZero()}
	if t.Attempt.Adapter == payment.CounterAdapter {
		if t.Tenders, err = tx.Tenders(ctx, t.Attempt.ID); err != nil {
			return err
		}
	}
	if err := t.readMoney(ctx, tx); err != nil {
		return err
	}
	if to.Refunds, err = tx.RefundsOfAttempt(ctx, t.Attempt.ID); err != nil {
		return err
	}
	if to.Disputes, err = tx.DisputesOfAttempt(ctx, t.Attempt.ID); err != nil {
		return err
	}
	to.Here, to.Free = t.Here, t.Free
	t.Share = payment.ShareOf(to)
	if err := t.readGiven(ctx, tx, to.Refunds); err != nil {
		return err
	}
	t.Seen, err = tx.ExceptionsOfAttempt(ctx, t.Attempt.ID)
	return err
}

// readMoney reads where the payment's money is.
func (t *try) readMoney(ctx context.Context, tx *store.Tx) error {
	sources, err := settle.Sources(ctx, tx, t.Attempt)
	if err != nil {
		return err
	}
	if t.Left, err = payment.Left(sources); err != nil {
		return err
	}
	for _, s := range sources {
		left, err := s.Left()
		if err != nil {
			return err
		}
		switch s.Ticket {
		case t.Ticket:
			t.Here, err = t.Here.Add(left)
		case "":
			t.Free, err = t.Free.Add(left)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *try) readGiven(ctx context.Context, tx *store.Tx, refunds []payment.Refund) error {
	for _, r := range refunds {
		one := given{Refund: r}
		if r.Way == payment.ByCheque {
			c, err := tx.RefundCheque(ctx, r.ID)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			one.Cheque = c.Number
		}
		t.Given = append(t.Given, one)
	}
	return nil
}
