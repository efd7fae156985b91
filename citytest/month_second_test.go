package citytest_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/money"
	"fundy/office/staff"
	"fundy/payment"
	settling "fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// monthSeconds are the kinds of what is always done by two: counts at the counter, rules, and rights.
var monthSeconds = []monthCase{
	{"a day at the counter: cash into the safe, and the drawer closed", 26, func(m *month) []stage {
		id, _, _ := m.ticket("LOADING")
		var took string
		return m.counterDay("D", &took, m.takesCash(id))
	}},
	{"a drawer that is short", 26, func(m *month) []stage {
		var end payment.Second
		var had string
		ctx := context.Background()
		stages := []stage{
			{may: staff.RunDrawers, do: func(by string) error { _, err := m.s.MakeDrawer(ctx, "S", "City hall", by); return err }},
			{may: staff.TakeMoney, do: func(by string) error {
				_, err := m.s.OpenDrawer(ctx, "S", by, payment.Count{1000: 9})
				had = by
				return err
			}},
		}
		stages = append(stages, m.counts(payment.Second{Kind: payment.SecondClose, Drawer: "S", Count: payment.Count{1000: 1}, Reason: "eighty are missing"}, &end)...)
		return append(stages, stage{may: staff.ActOnQueue, do: func(by string) error {
			_, err := m.s.ActOnException(ctx, openByKind(m.t, m.c)[payment.ExceptionDrawer].ID, payment.ExceptionClosed, by, "counted again: it stays missing")
			return err
		}}.apart(the(&had)))
	}},
	{"the opening of the mail", 26, func(m *month) []stage {
		id, _, _ := m.ticket("LOADING")
		var a payment.Second
		return append(m.counts(payment.Second{Kind: payment.SecondMail, Amount: money.FromMinor(5000)}, &a),
			stage{may: staff.TakeMoney, do: func(by string) error {
				_, err := m.s.TakeTender(context.Background(), settling.TenderRequest{
					RequestID: rand.Text(), Tickets: []ticket.ID{id}, Batch: a.Batch, ReceivedOn: today(m.c), By: by,
					Tenders: []payment.Tender{{Kind: payment.Cheque, Tendered: money.FromMinor(5000), Reference: "0301", Bank: "00012-001"}},
				})
				return err
			}},
			stage{may: staff.TakeMoney, do: func(by string) error {
				_, err := m.s.CloseBatch(context.Background(), a.Batch, money.Zero, by)
				return err
			}})
	}},
	{"cash in the mail that nobody can say the use of, which is sent back", 26, func(m *month) []stage {
		i, stages := m.keepsCash()
		return append(stages, stage{may: staff.TakeMoney, not: func() string { return i.EnteredBy }, do: func(by string) error {
			_, err := m.s.ReturnItem(context.Background(), i.ID, today(m.c), by, true)
			return err
		}})
	}},
	{"cash in the mail that becomes a payment", 26, func(m *month) []stage {
		id, _, _ := m.ticket("LOADING")
		var took string
		i, stages := m.keepsCash()
		stages = append(stages, m.counterDay("I", &took, m.takesCash(id))...)
		return append(stages, stage{may: staff.TakeMoney, not: func() string { return i.EnteredBy }, do: func(by string) error {
			var became payment.AttemptID
			err := m.c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
				became, err = tx.AttemptOfTicket(ctx, id)
				return err
			})
			if err == nil {
				_, err = m.s.ResolveItem(context.Background(), i.ID, became, by, true)
			}
			return err
		}})
	}},
	{"a right that a person is given", 27, func(m *month) []stage {
		return m.changes(store.StaffChange{Name: "carl", Kind: store.ChangeRoles, Roles: []string{"clerk", "screening", "auditor"}})
	}},
	{"a person who is invited", 27, func(m *month) []stage { return m.invites(fmt.Sprintf("emil.%d", m.n), "clerk") }},
	{"a clerk's passkeys that are lost", 27, func(m *month) []stage {
		first := stage{may: staff.ReadPeople, do: func(string) error { // two others can: the host alone can't
			if _, err := m.c.Staff().Recover(context.Background(), "carl"); err == nil {
				return fmt.Errorf("the host recovers what two administrators can")
			}
			return nil
		}}
		stages := append([]stage{first}, m.changes(store.StaffChange{Name: "carl", Kind: store.ChangeKeys})...)
		return append(stages, stage{may: staff.ReadPeople, do: func(string) error { return m.keyOf("carl") }})
	}},
	{"an administrator's passkeys that are lost: no two others are left, and the host does it", 27, func(m *month) []stage {
		return []stage{{may: staff.ReadPeople, do: func(string) error {
			if _, err := m.c.Staff().Recover(context.Background(), "ben"); err != nil {
				return err
			}
			return m.keyOf("ben")
		}}}
	}},
	{"a holiday", 28, func(m *month) []stage {
		return m.rules(staff.AskRules, store.RuleHoliday, city.Rules{Holidays: []city.Holiday{
			{Day: today(m.c).AddDays(40), Name: city.Text{city.English: "Day of the tide", city.French: "Jour de la marée"}},
		}})
	}},
	{"new prices", 28, func(m *month) []stage {
		last := m.c.Rules.Schedules[len(m.c.Rules.Schedules)-1]
		last.ID, last.From = "month", today(m.c).AddDays(60)
		return m.rules(staff.AskRules, store.RuleSchedule, city.Rules{Schedules: []city.Schedule{last}})
	}},
	{"a day on which the city was closed", 29, func(m *month) []stage { return m.outage(true, 24*time.Hour) }},
	{"an hour in which nobody could pay", 30, func(m *month) []stage { return m.outage(false, time.Hour) }},
}

// joins writes the office's people down, with a passkey each, and gives it a counter.
func (m *month) joins() {
	m.t.Helper()
	for _, p := range three {
		if _, err := m.c.Staff().Invite(context.Background(), p.Name, p.Roles, staff.OnHost); err != nil {
			m.t.Fatal(err)
		}
		if err := m.keyOf(p.Name); err != nil {
			m.t.Fatal(err)
		}
	}
}

func (m *month) keyOf(name string) error {
	return m.c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		return tx.AddStaffKey(ctx, store.StaffKey{ID: []byte(rand.Text()), Name: name, Host: "localhost", Record: []byte("{}"), MadeAt: m.c.Now(), UsedAt: m.c.Now()})
	})
}

// counts are the stages of what one person counts, and another counts again. a is how it ends.
func (m *month) counts(ask payment.Second, a *payment.Second) []stage {
	return []stage{
		{may: staff.TakeMoney, do: func(by string) (err error) {
			ask.AskedBy = by
			*a, err = m.s.AskSecond(context.Background(), ask)
			return err
		}},
		{may: staff.TakeMoney, not: func() string { return a.AskedBy }, do: func(by string) error {
			done, err := m.s.ConfirmSecond(context.Background(), a.ID, a.Amount, by)
			if err == nil {
				*a = done
			}
			return err
		}},
	}
}

// keepsCash is the stage in which cash that came in is kept as it is: fifty dollars.
func (m *month) keepsCash() (*payment.Item, []stage) {
	var i payment.Item
	return &i, []stage{{may: staff.TakeMoney, do: func(by string) (err error) {
		i, err = m.s.EnterItem(context.Background(), payment.Item{
			Kind: payment.Cash, Amount: money.FromMinor(5000), Currency: m.c.Settings.City().Currency, Reason: payment.ItemUnidentified, ReceivedOn: today(m.c), EnteredBy: by,
		}, nil, true)
		return err
	}}}
}

// counterDay is a day at a drawer of its own in which fifty dollars are taken in cash by somebody, who is told in took: some
// of it goes into the safe, and the drawer is closed, each by two.
func (m *month) counterDay(name string, took *string, takes stage) []stage {
	ctx, do := context.Background(), takes.do
	takes.do = func(by string) error {
		err := do(by)
		if err == nil {
			*took = by
		}
		return err
	}
	var safe, end payment.Second
	stages := []stage{
		{may: staff.RunDrawers, do: func(by string) error { _, err := m.s.MakeDrawer(ctx, name, "City hall", by); return err }},
		{may: staff.TakeMoney, do: func(by string) error { _, err := m.s.OpenDrawer(ctx, name, by, payment.Count{1000: 2}); return err }},
		takes,
	}
	stages = append(stages, m.counts(payment.Second{Kind: payment.SecondDrop, Drawer: name, Count: payment.Count{2000: 2}}, &safe)...)
	closes := m.counts(payment.Second{Kind: payment.SecondClose, Drawer: name, Count: payment.Count{1000: 3}}, &end)
	asks := closes[0].do
	closes[0].do = func(by string) error { // who had it counts first: it is the other's to count again
		if by != *took {
			return &payment.CounterRefusal{Reason: payment.RefusedSamePerson}
		}
		return asks(by)
	}
	return append(stages, closes...)
}

// rules are the stages of rules that one asks for, and another approves.
func (m *month) rules(may staff.Permission, kind string, rules city.Rules) []stage {
	m.t.Helper()
	rows, err := rules.Rows()
	if err != nil {
		m.t.Fatal(err)
	}
	return m.ruleRows(may, settling.RulesAsk{Kind: kind, Resolution: "2026-9", Rows: rows})
}

func (m *month) ruleRows(may staff.Permission, ask settling.RulesAsk) []stage {
	ctx, id, asked := context.Background(), "", ""
	return []stage{
		{may: may, do: func(by string) (err error) {
			ask.By, asked = by, by
			id, err = m.c.Ledgers().AskRules(ctx, ask)
			return err
		}},
		{may: staff.DecideRules, not: the(&asked), do: func(by string) error {
			_, err := m.c.Ledgers().DecideRules(ctx, id, true, by)
			return err
		}},
	}
}

func (m *month) outage(closed bool, long time.Duration) []stage {
	m.t.Helper()
	zone := m.c.Settings.City().Zone
	o := city.Outage{Why: city.Text{city.English: "a storm", city.French: "une tempête"}, Closed: closed, From: today(m.c).AddDays(-3).Start(zone).Add(9 * time.Hour)}
	kind := store.RuleOutage
	if closed {
		kind, o.From = store.RuleClosure, today(m.c).AddDays(-2).Start(zone)
	}
	o.Until = o.From.Add(long)
	row, err := o.Row(zone)
	if err != nil {
		m.t.Fatal(err)
	}
	return m.ruleRows(staff.DeclareOutage, settling.RulesAsk{Kind: kind, Why: "a storm", Rows: []city.RuleRow{row}})
}

// changes are the stages of a change of rights, or of passkeys that are lost.
func (m *month) changes(c store.StaffChange) []stage {
	return []stage{
		{may: staff.AskRights, do: func(by string) error { c.AskedBy = by; return m.c.Staff().AskChange(context.Background(), c) }},
		m.decidesRights(c.Name),
	}
}

// invites are the stages in which a person is let in: the roles wait for another.
func (m *month) invites(name, role string) []stage {
	return []stage{
		{may: staff.AskRights, do: func(by string) error {
			code, err := m.c.Staff().Invite(context.Background(), name, []string{role}, by)
			if code != "" {
				return fmt.Errorf("who invites gets the code")
			}
			return err
		}},
		m.decidesRights(name),
	}
}

// decidesRights is the stage in which another approves what is asked for about a person.
func (m *month) decidesRights(name string) stage {
	open := func() (c store.StaffChange) {
		err := m.c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.OpenStaffChanges(ctx, 100)
			for _, one := range all {
				if one.Name == name {
					c = one
				}
			}
			return err
		})
		if err != nil {
			m.t.Fatal(err)
		}
		return c
	}
	return stage{may: staff.DecideRights, not: func() string { return open().AskedBy }, do: func(by string) error {
		_, _, err := m.c.Staff().Decide(context.Background(), open().ID, true, by)
		return err
	}}
}
