package lived

import (
	"context"
	"fmt"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
)

// drawer is the one at the counter, and float what it has in the morning.
const drawer = "A"

var float = payment.Count{2000: 3, 1000: 3, 500: 2}

// letter is one of the mail's: a cheque for a ticket, of so much more than is due.
type letter struct {
	d    *drawn
	over money.Amount
}

// startDrawer gives the clerk the drawer with its float.
func (t *town) startDrawer(ctx context.Context) error {
	sum, err := float.Total()
	if err != nil {
		return err
	}
	t.cash = sum
	_, err = t.office.Settler().OpenDrawer(ctx, drawer, clerk, float)
	return err
}

// endDrawer counts the drawer and closes it. Where it is short that day, the clerk says why.
func (t *town) endDrawer(ctx context.Context, day city.Date) error {
	counted, reason := t.cash, ""
	if short, is := t.short[day]; is {
		reason = "a ten is missing: too much change was given, it seems"
		var err error
		if counted, err = counted.Sub(short); err != nil {
			return err
		}
	}
	_, err := t.office.Settler().CloseDrawer(ctx, drawer, clerk, supervisor, reason, counts(counted))
	return err
}

// counts is an amount in the fewest notes and coins.
func counts(a money.Amount) payment.Count {
	c, left := payment.Count{}, a.Minor()
	for i := len(payment.Denominations) - 1; i >= 0; i-- {
		if n := left / payment.Denominations[i]; n > 0 {
			c[payment.Denominations[i]] = n
			left %= payment.Denominations[i]
		}
	}
	return c
}

// openMail enters the day's letters as one batch, and closes it.
func (t *town) openMail(ctx context.Context, day city.Date) error {
	letters, items := t.letters, t.items
	t.letters, t.items = nil, nil
	if len(letters)+len(items) == 0 {
		return nil
	}
	tenders, sum := make([]payment.Tender, len(letters)), money.Zero
	for i, l := range letters {
		due, err := t.due(ctx, l.d, "any", day)
		if err != nil {
			return err
		}
		if due, err = due.Add(l.over); err != nil {
			return err
		}
		tenders[i] = t.cheque(due)
		if sum, err = sum.Add(due); err != nil {
			return err
		}
	}
	for _, i := range items {
		if i.Currency != t.city.Currency {
			continue // it counts in no total of the city's money
		}
		var err error
		if sum, err = sum.Add(i.Amount); err != nil {
			return err
		}
	}
	var b payment.Batch
	if !sum.IsZero() {
		var err error
		if b, err = t.office.Settler().OpenMail(ctx, clerk, supervisor, sum); err != nil {
			return err
		}
	}
	for i, l := range letters {
		if _, err := t.take(ctx, l.d, b.ID, day, tenders[i]); err != nil {
			return err
		}
		t.sum.Mail++
	}
	for _, i := range items {
		i.Batch, i.ReceivedOn, i.EnteredBy = b.ID, day, clerk
		if _, err := t.office.Settler().EnterItem(ctx, i, nil, true); err != nil {
			return fmt.Errorf("enter item: %w", err)
		}
	}
	if b.ID == "" {
		return nil
	}
	_, err := t.office.Settler().CloseBatch(ctx, b.ID, money.Zero, clerk)
	return err
}

// toTheBank puts what was closed the day before on slips, and enters the terminal's own reports. The bank shows a slip
// on the next working day, and the acquirer pays a day later, less its fee.
func (t *town) toTheBank(ctx context.Context, day city.Date) error {
	waiting, _, err := t.deposits.Slips(ctx, day.AddDays(-30))
	if err != nil {
		return err
	}
	ask := payout.SlipAsk{Account: t.Deposits.Accounts[0].Name, Day: day, By: finance}
	for _, w := range waiting {
		if w.Kind == payment.TerminalBatch {
			if err := t.terminalBatch(ctx, ask, w.ID, w.Sum); err != nil {
				return err
			}
			continue
		}
		ask.Batches = append(ask.Batches, w.ID)
	}
	if len(ask.Batches) == 0 {
		return nil
	}
	t.slips++
	ask.Reference = fmt.Sprintf("%d", 4000+t.slips)
	s, err := t.deposits.MakeSlip(ctx, ask, true)
	if err != nil {
		return fmt.Errorf("make slip: %w", err)
	}
	if s, err = t.deposits.SendSlip(ctx, s.ID, finance, true); err != nil {
		return fmt.Errorf("send slip: %w", err)
	}
	shown := s.Amount.Minor() - t.missing[day].Minor()
	t.bank.add(t.next(day), bankLine{301, shown, ask.Reference, "TICKET COUNTER DEPOSIT"})
	return nil
}

func (t *town) terminalBatch(ctx context.Context, ask payout.SlipAsk, id payment.BatchID, sum money.Amount) error {
	t.batches++
	sum, err := sum.Add(t.beyond[ask.Day])
	if err != nil {
		return err
	}
	delete(t.beyond, ask.Day)
	ask.Reference, ask.Batches, ask.Total = fmt.Sprintf("T%d", 700+t.batches), []payment.BatchID{id}, sum
	if _, err := t.deposits.MakeTerminal(ctx, ask, true); err != nil {
		return fmt.Errorf("enter the terminal's batch: %w", err)
	}
	fee := (sum.Minor()*16 + 500) / 1000
	t.bank.add(t.next(t.next(ask.Day)), bankLine{165, sum.Minor() - fee, ask.Reference, "ACQUIRER SETTLEMENT"})
	return nil
}
