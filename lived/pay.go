package lived

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"fundy/city"
	"fundy/desk/deskpb"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/ticket"
)

// Of a hundred tickets, so many are paid in each way; the others wait.
const (
	byCard    = 38
	byCounter = 17
	byMail    = 5
	withdrawn = 2 // at the counter's own word, before anybody pays
)

// plan draws who pays what, when and how.
func (t *town) plan() error {
	for n := range Days {
		for _, d := range t.byDay[t.first.AddDays(n)] {
			if d.state != "" {
				continue
			}
			day := d.day.AddDays(1 + t.delay())
			if comes := t.first.AddDays(n); day.Compare(comes) < 0 {
				day = comes
			}
			switch way := t.rng.IntN(100); {
			case way < byCard:
				at := clockTime(7, 0) + time.Duration(t.rng.Int64N(int64(homes-clockTime(7, 0))))
				t.pays(d, day, at, func(ctx context.Context, t *town) error { _, err := t.payCard(ctx, d, good); return err })
			case way < byCard+byCounter:
				at := opens + 10*time.Minute + time.Duration(t.rng.Int64N(int64(shuts-opens-20*time.Minute)))
				t.pays(d, t.workdayFrom(day), at, func(ctx context.Context, t *town) error { _, err := t.payCounter(ctx, d); return err })
			case way < byCard+byCounter+byMail:
				t.pays(d, t.workdayFrom(day), clockTime(10, 0), func(_ context.Context, t *town) error { t.letters = append(t.letters, letter{d: d}); return nil })
			case way < byCard+byCounter+byMail+withdrawn:
				t.pays(d, t.workdayFrom(day), clockTime(14, 0), func(ctx context.Context, t *town) error {
					err := t.withdraw(ctx, d.id, "the signs were covered by snow")
					return err
				})
			}
		}
	}
	return t.planCases()
}

// pays puts a payment on a day's list, unless the end comes first.
func (t *town) pays(d *drawn, day city.Date, at time.Duration, do func(ctx context.Context, t *town) error) {
	if day.Compare(t.last) > 0 || day == t.last && !day.Start(t.city.Zone).Add(at).Before(t.Until) {
		return
	}
	d.taken = true
	t.on(day, at, do)
}

func (t *town) workdayFrom(day city.Date) city.Date {
	if t.works(day) {
		return day
	}
	return t.next(day)
}

// delay is after how many days a payer pays: many at once, many just before the price goes up, some late.
func (t *town) delay() int {
	switch n := t.rng.IntN(100); {
	case n < 40:
		return t.rng.IntN(6)
	case n < 65:
		return 10 + t.rng.IntN(5)
	case n < 85:
		return 15 + t.rng.IntN(15)
	}
	return 30 + t.rng.IntN(70)
}

// Test cards of the card processor's, and what becomes of what they pay.
const (
	good         = "4242424242424242"
	refundFails  = "4000000000005126"
	captureFails = "4000000000099020"
)

// begin finds a ticket as its payer does, and begins a payment of it: the attempt and the card page's session.
func (t *town) begin(ctx context.Context, d *drawn) (payment.AttemptID, string, error) {
	found, err := t.desk.FindTicket(ctx, &deskpb.FindTicketRequest{Number: d.number, Plate: d.plate})
	if err != nil {
		return "", "", fmt.Errorf("find %s: %w", d.number, err)
	}
	token := found.GetTicket().GetQuote().GetToken()
	if token == "" {
		return "", "", fmt.Errorf("find %s: it can't be paid: %s", d.number, found)
	}
	started, err := t.desk.StartPayment(ctx, &deskpb.StartPaymentRequest{RequestId: rand.Text(), Tokens: []string{token}, Language: t.language(), ReviewBox: true})
	if err != nil {
		return "", "", fmt.Errorf("begin payment of %s: %w", d.number, err)
	}
	return begun(started, d.number)
}

// begun is the attempt that was begun, and the card page's session.
func begun(started *deskpb.StartPaymentResponse, number string) (payment.AttemptID, string, error) {
	url := started.GetBegun().GetCardUrl()
	if url == "" {
		return "", "", fmt.Errorf("begin payment of %s: %s", number, started)
	}
	return payment.AttemptID(started.GetBegun().GetAttempt()), url[strings.LastIndex(url, "/")+1:], nil
}

func (t *town) language() string {
	if t.rng.IntN(3) == 0 {
		return "fr"
	}
	return "en"
}

// typeCard has the payer of a session pay.
func (t *town) typeCard(ctx context.Context, session, card string) error {
	var out struct{ Outcome string }
	err := t.control(ctx, "pay", map[string]string{"session": session, "card": card}, &out)
	if err == nil && out.Outcome != "paid" {
		err = fmt.Errorf("the card page says %q", out.Outcome)
	}
	return err
}

// payCard pays a ticket by card, as far as it goes.
func (t *town) payCard(ctx context.Context, d *drawn, card string) (payment.Attempt, error) {
	id, session, err := t.begin(ctx, d)
	if err != nil {
		return payment.Attempt{}, err
	}
	if err := t.typeCard(ctx, session, card); err != nil {
		return payment.Attempt{}, err
	}
	return t.captured(ctx, id, d)
}

// captured takes what the card page has set aside.
func (t *town) captured(ctx context.Context, id payment.AttemptID, d *drawn) (payment.Attempt, error) {
	a, err := t.office.Settler().Refresh(ctx, id)
	if err == nil && a.State != payment.Captured {
		err = fmt.Errorf("the payment of %s is %s", d.number, a.State)
	}
	if err == nil {
		d.paid = true
		t.sum.Cards++
		t.sum.Taken, err = t.sum.Taken.Add(a.Amount)
	}
	return a, err
}

// due is what is to be paid for a ticket at the counter, or by a letter that came on a day.
func (t *town) due(ctx context.Context, d *drawn, batch payment.BatchID, day city.Date) (money.Amount, error) {
	quotes, err := t.office.Settler().DueAt(ctx, settle.TenderRequest{Tickets: []ticket.ID{d.id}, Batch: batch, ReceivedOn: day})
	if err != nil {
		return money.Zero, fmt.Errorf("price of %s: %w", d.number, err)
	}
	return quotes[0].Total, nil
}

// take enters what was handed over for a ticket.
func (t *town) take(ctx context.Context, d *drawn, batch payment.BatchID, day city.Date, tender payment.Tender) (settle.Entry, error) {
	r := settle.TenderRequest{
		RequestID: rand.Text(), Tickets: []ticket.ID{d.id}, Tenders: []payment.Tender{tender}, Batch: batch, ReceivedOn: day, Language: t.language(), By: clerk,
	}
	e, err := t.office.Settler().TakeTender(ctx, r)
	if err != nil {
		return e, fmt.Errorf("take %s for %s: %w", tender.Tendered, d.number, err)
	}
	t.sum.Taken, err = t.sum.Taken.Add(e.Attempt.Amount)
	return e, err
}

// payCounter pays a ticket over the counter: nearly half in cash, many on the terminal, some by cheque.
func (t *town) payCounter(ctx context.Context, d *drawn) (settle.Entry, error) {
	due, err := t.due(ctx, d, "", city.Date{})
	if err != nil {
		return settle.Entry{}, err
	}
	tender := payment.Tender{Kind: payment.Terminal, Tendered: due, Reference: t.authorisation()}
	switch n := t.rng.IntN(100); {
	case n < 45:
		tender = payment.Tender{Kind: payment.Cash, Tendered: notes(due)}
	case n < 60:
		tender = t.cheque(due)
	}
	return t.overCounter(ctx, d, tender)
}

// overCounter takes one tender over the counter, into the drawer.
func (t *town) overCounter(ctx context.Context, d *drawn, tender payment.Tender) (settle.Entry, error) {
	e, err := t.take(ctx, d, "", city.Date{}, tender)
	if err != nil {
		return e, err
	}
	t.sum.Counter++
	return e, t.keepCash(e)
}

// freshOver has a ticket of the day paid over the counter, with the tender that is made of what is due.
func (t *town) freshOver(ctx context.Context, tender func(due money.Amount) payment.Tender) (*drawn, settle.Entry, error) {
	d, err := t.fresh()
	if err != nil {
		return nil, settle.Entry{}, err
	}
	due, err := t.due(ctx, d, "", noDay)
	if err != nil {
		return nil, settle.Entry{}, err
	}
	e, err := t.overCounter(ctx, d, tender(due))
	return d, e, err
}

// inNotes is a tender of cash, and onTerminal one on the city's own terminal.
func inNotes(due money.Amount) payment.Tender {
	return payment.Tender{Kind: payment.Cash, Tendered: notes(due)}
}

func (t *town) onTerminal(due money.Amount) payment.Tender {
	return payment.Tender{Kind: payment.Terminal, Tendered: due, Reference: t.authorisation()}
}

// keepCash counts what came into the drawer.
func (t *town) keepCash(e settle.Entry) error {
	for _, one := range e.Tenders {
		if one.Kind != payment.Cash {
			continue
		}
		kept, err := one.Kept()
		if err != nil {
			return err
		}
		if t.cash, err = t.cash.Add(kept); err != nil {
			return err
		}
	}
	return nil
}

// notes is what somebody hands over who has twenties.
func notes(due money.Amount) money.Amount { return money.FromMinor((due.Minor() + 1999) / 2000 * 2000) }

func (t *town) authorisation() string { return fmt.Sprintf("A%05d", t.rng.IntN(100_000)) }

func (t *town) cheque(amount money.Amount) payment.Tender {
	t.cheques++
	return payment.Tender{Kind: payment.Cheque, Tendered: amount, Reference: fmt.Sprintf("%04d", 1000+t.cheques), Bank: fmt.Sprintf("%05d-00%d", 10_000+t.rng.IntN(80_000), 1+t.rng.IntN(4))}
}

// errNobody is a town in which no ticket is left that a case could be about.
var errNobody = errors.New("no ticket is left for a case")

// fresh is a ticket of the last weeks that nobody means to pay, for a case.
func (t *town) fresh() (*drawn, error) {
	for i := len(t.known) - 1; i >= 0; i-- {
		if d := t.known[i]; !d.taken && d.offence != "" {
			d.taken = true
			return d, nil
		}
	}
	return nil, errNobody
}
