package lived

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"fundy/city"
	"fundy/desk/deskpb"
	"fundy/fault"
	"fundy/ident"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// pricesWait are the same prices as they stand, each five dollars higher, from three months on.
func pricesWait(ctx context.Context, t *town) error {
	from := t.today().AddDays(90)
	s, ok := t.rules.ScheduleFor(from)
	if !ok {
		return errors.New("no schedule stands")
	}
	old := s.Offences
	s.ID, s.From, s.Offences = "D", from, nil
	for _, o := range old {
		tiers := make([]city.Tier, len(o.Tiers))
		for i, tier := range o.Tiers {
			if tier.BasisPoints == 0 {
				var err error
				if tier.Amount, err = tier.Amount.Add(money.FromMinor(500)); err != nil {
					return err
				}
			}
			tiers[i] = tier
		}
		o.Tiers = tiers
		s.Offences = append(s.Offences, o)
	}
	rows, err := city.Rules{Schedules: []city.Schedule{s}}.Rows()
	if err != nil {
		return err
	}
	_, err = t.books().AskRules(ctx, settle.RulesAsk{Kind: store.RuleSchedule, Resolution: fmt.Sprintf("%d-17", t.today().Year), Rows: rows, By: administrator})
	return err
}

func holidayWaits(ctx context.Context, t *town) error {
	_, err := t.asksHoliday(ctx, 120)
	return err
}

// holidayRefused is one that was asked for twice over, and that another person has refused.
func holidayRefused(ctx context.Context, t *town) error {
	id, err := t.asksHoliday(ctx, 150)
	if err != nil {
		return err
	}
	_, err = t.books().DecideRules(ctx, id, false, supervisor)
	return err
}

func (t *town) asksHoliday(ctx context.Context, days int) (string, error) {
	day := t.next(t.today().AddDays(days)) // no other holiday stands there, whichever day it is
	h := city.Holiday{Day: day, Name: city.Text{city.English: "Day of the high tide", city.French: "Jour de la grande marée"}}
	rows, err := city.Rules{Holidays: []city.Holiday{h}}.Rows()
	if err != nil {
		return "", err
	}
	return t.books().AskRules(ctx, settle.RulesAsk{Kind: store.RuleHoliday, Resolution: fmt.Sprintf("%d-18", t.today().Year), Rows: rows, By: finance})
}

// closureWaits is a day on which the city hall was shut, and outageWaits two hours in which nobody could pay.
func closureWaits(ctx context.Context, t *town) error {
	start := t.before(t.today()).Start(t.city.Zone)
	return t.asksOutage(ctx, store.RuleClosure, city.Outage{
		Closed: true, From: start, Until: t.before(t.today()).AddDays(1).Start(t.city.Zone),
		Why: city.Text{city.English: "The city hall was shut: the storm took the power", city.French: "L’hôtel de ville était fermé : la tempête a coupé le courant"},
	})
}

func outageWaits(ctx context.Context, t *town) error {
	start := t.today().AddDays(-1).Start(t.city.Zone)
	return t.asksOutage(ctx, store.RuleOutage, city.Outage{
		From: start.Add(clockTime(19, 0)), Until: start.Add(clockTime(21, 0)),
		Why: city.Text{city.English: "The card processor could not be reached", city.French: "Le processeur de cartes ne répondait pas"},
	})
}

func (t *town) asksOutage(ctx context.Context, kind string, o city.Outage) error {
	row, err := o.Row(t.city.Zone)
	if err != nil {
		return err
	}
	_, err = t.books().AskRules(ctx, settle.RulesAsk{Kind: kind, Why: o.Why[city.English], Rows: []city.RuleRow{row}, By: supervisor})
	return err
}

// rightsWait is a change of a person's roles, invitationWaits a person who is let in, keysWait one whose passkeys are lost.
func rightsWait(ctx context.Context, t *town) error {
	desk, err := t.rights()
	if err != nil {
		return err
	}
	return desk.AskChange(ctx, store.StaffChange{Name: clerk, Kind: store.ChangeRoles, Roles: []string{"clerk", "finance"}, AskedBy: administrator})
}

func invitationWaits(ctx context.Context, t *town) error {
	desk, err := t.rights()
	if err != nil {
		return err
	}
	if _, err := desk.Invite(ctx, "faye", []string{"screening"}, colleague); err != nil {
		return err
	}
	_, err = desk.Invite(ctx, "gus", []string{"clerk"}, colleague)
	return err
}

func keysWait(ctx context.Context, t *town) error {
	desk, err := t.rights()
	if err != nil {
		return err
	}
	return desk.AskChange(ctx, store.StaffChange{Name: finance, Kind: store.ChangeKeys, AskedBy: colleague})
}

// mailCounted is the day's mail, which the clerk has opened with nobody beside him.
func mailCounted(ctx context.Context, t *town) error {
	_, err := t.office.Settler().AskSecond(ctx, payment.Second{Kind: payment.SecondMail, Amount: money.FromMinor(14500), AskedBy: clerk})
	return err
}

// drawerCounted is the supervisor's own drawer, which he has counted in the evening when nobody else was there.
func drawerCounted(ctx context.Context, t *town) error {
	if _, err := t.office.Settler().MakeDrawer(ctx, "B", "City hall, ground floor, for busy days", supervisor); err != nil {
		return err
	}
	if _, err := t.office.Settler().OpenDrawer(ctx, "B", supervisor, float); err != nil {
		return err
	}
	_, err := t.office.Settler().AskSecond(ctx, payment.Second{Kind: payment.SecondClose, Drawer: "B", Count: float, AskedBy: supervisor})
	return err
}

// gives makes a one-time code for a caller's ticket, and is its digits.
func (t *town) gives(ctx context.Context, d *drawn) (string, error) {
	key, id := t.staffKey(), ident.New("code")
	digits := key.PhoneDigits(id)
	c := payment.Code{ID: id, MAC: key.PhoneMAC(digits), Language: t.language(), MadeBy: clerk, Tickets: []ticket.ID{d.id}}
	return digits, t.office.Settler().MakeCode(ctx, c, 1, "")
}

// codeUsed is a caller who types his code while the clerk waits, and pays.
func codeUsed(ctx context.Context, t *town) error {
	d, err := t.fresh()
	if err != nil {
		return err
	}
	digits, err := t.gives(ctx, d)
	if err != nil {
		return err
	}
	opened, err := t.desk.OpenCode(ctx, &deskpb.OpenCodeRequest{Code: digits})
	if err != nil {
		return err
	}
	if len(opened.GetOpened().GetTickets()) != 1 {
		return fmt.Errorf("the code opens %s", opened)
	}
	started, err := t.desk.StartPayment(ctx, &deskpb.StartPaymentRequest{
		RequestId: rand.Text(), Tokens: []string{opened.GetOpened().GetTickets()[0].GetQuote().GetToken()}, Language: t.language(), Code: opened.GetOpened().GetId(),
	})
	if err != nil {
		return err
	}
	id, session, err := begun(started, d.number)
	if err != nil {
		return err
	}
	if err := t.typeCard(ctx, session, good); err != nil {
		return err
	}
	_, err = t.captured(ctx, id, d)
	return err
}

// codeLapsed is a caller who has hung up: nobody types the code.
func codeLapsed(ctx context.Context, t *town) error {
	d, err := t.fresh()
	if err != nil {
		return err
	}
	_, err = t.gives(ctx, d)
	return err
}

// letterPosted is a letter about a refund: its reference is on record, its address nowhere.
func letterPosted(ctx context.Context, t *town) error {
	r, err := t.owedByCheque(ctx)
	if err != nil {
		return err
	}
	now := t.clock.now()
	m := payment.Message{Kind: "letter_refund", Ref: r.Attempt.Ref(), Language: "fr", Task: "letter/refund/" + string(r.ID) + "/fr", Reference: ident.Message(), MadeAt: now}
	return t.Store.Write(ctx, fault.MakeLetter, func(ctx context.Context, tx *store.Tx) error {
		made, _, err := tx.MakeMessage(ctx, m)
		if err != nil {
			return err
		}
		return tx.Tell(ctx, "letter", now, map[string]any{"reference": made.Reference, "kind": made.Kind, "attempt": made.Ref, "who": finance, "again": false})
	})
}
