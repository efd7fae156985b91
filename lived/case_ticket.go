package lived

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// books is the city's ledger, as finance works on it.
func (t *town) books() *settle.Books {
	return settle.NewBooks(settle.BooksConfig{Store: t.Store, City: t.city, Rules: t.rules, Now: t.clock.now, Log: slog.New(slog.DiscardHandler)})
}

// old is a ticket whose last price has stood for long, and that nobody means to pay.
func (t *town) old() (*drawn, error) {
	for _, d := range t.known {
		if !d.taken && d.offence != "" && d.day.Compare(t.today().AddDays(-90)) < 0 {
			d.taken = true
			return d, nil
		}
	}
	return nil, errNobody
}

// endWaits is a ticket that the supervisor wants withdrawn.
func endWaits(ctx context.Context, t *town) error {
	_, err := t.asksEnd(ctx)
	return err
}

// onHold is a ticket whose clock the supervisor has stopped, and nobody has let go on.
func onHold(ctx context.Context, t *town) error {
	d, err := t.fresh()
	if err != nil {
		return err
	}
	return t.office.Settler().HoldTicket(ctx, d.id, "the crew looks at the sign", supervisor)
}

func (t *town) asksEnd(ctx context.Context) (string, error) {
	d, err := t.fresh()
	if err != nil {
		return "", err
	}
	asked, err := t.office.Settler().EndTicket(ctx, d.id, ticket.Withdrawn, "the sign had fallen; the crew's sheet of that day says so", supervisor, true)
	if err == nil && asked.Ask == "" {
		err = errors.New("nobody else was asked")
	}
	return asked.Ask, err
}

// withdraw is a ticket withdrawn by two, within the hour.
func (t *town) withdraw(ctx context.Context, id ticket.ID, why string) error {
	asked, err := t.office.Settler().EndTicket(ctx, id, ticket.Withdrawn, why, supervisor, true)
	if err != nil {
		return err
	}
	_, err = t.office.Settler().DecideAsk(ctx, asked.Ask, true, finance, true)
	return err
}

// endDecided is one that another person has approved, or refused.
func endDecided(approve bool) func(ctx context.Context, t *town) error {
	return func(ctx context.Context, t *town) error {
		id, err := t.asksEnd(ctx)
		if err != nil {
			return err
		}
		t.later(2, 14*time.Hour, func(ctx context.Context, t *town) error {
			_, err := t.office.Settler().DecideAsk(ctx, id, approve, finance, true)
			return err
		})
		return nil
	}
}

// chargeLaidWaits is a charge that the supervisor says was laid for a ticket.
func chargeLaidWaits(ctx context.Context, t *town) error {
	d, err := t.old()
	if err != nil {
		return err
	}
	_, err = t.office.Settler().LayCharge(ctx, d.id, "information sworn, court of Fundy Harbour", supervisor)
	return err
}

// debtsWait are old debts that finance wants to give up.
func debtsWait(ctx context.Context, t *town) error {
	_, err := t.asksDebts(ctx)
	return err
}

func (t *town) asksDebts(ctx context.Context) (store.TicketAsk, error) {
	ask := settle.DebtAsk{Resolution: fmt.Sprintf("%d-21", t.today().Year), Why: "the owner could not be found within the city's time", By: finance}
	for range 3 {
		d, err := t.old()
		if err != nil {
			return store.TicketAsk{}, err
		}
		ask.List = append(ask.List, settle.TicketNumber{Number: d.number, Day: d.day})
	}
	looked, err := t.books().LookDebts(ctx, ask)
	if err != nil {
		return store.TicketAsk{}, err
	}
	ask.Digest = looked.Digest
	return t.books().AskWriteOff(ctx, ask)
}

// debtsGivenUp are debts of which another person has approved that they are given up.
func debtsGivenUp(ctx context.Context, t *town) error {
	a, err := t.asksDebts(ctx)
	if err != nil {
		return err
	}
	t.later(3, 14*time.Hour, func(ctx context.Context, t *town) error {
		_, err := t.books().DecideWriteOff(ctx, a.ID, true, supervisor, true)
		return err
	})
	return nil
}
