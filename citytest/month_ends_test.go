package citytest_test

import (
	"context"
	"fmt"

	"fundy/citytest"
	"fundy/office/staff"
	settling "fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// monthEnds are the kinds of what ends a ticket by two people: one asks, another approves.
var monthEnds = []monthCase{
	{"a ticket that two people withdraw", 18, func(m *month) []stage {
		id, _, _ := m.ticket("LOADING")
		return m.endsByTwo(staff.DecideTickets, func(by string) (settling.EndedOrAsked, error) {
			return m.s.EndTicket(context.Background(), id, ticket.Withdrawn, "the sign was hidden", by, true)
		})
	}},
	{"a charge that two people keep", 18, func(m *month) []stage {
		m.n++
		id := m.c.Add(citytest.Spec{Number: fmt.Sprintf("M%03d", m.n), Plate: fmt.Sprintf("MON %03d", m.n), Offence: "LOADING", Age: 59})
		return m.endsByTwo(staff.CourtTickets, func(by string) (settling.EndedOrAsked, error) {
			return m.s.LayCharge(context.Background(), id, "information 13", by)
		})
	}},
	{"a paid ticket that two people withdraw", 18, func(m *month) []stage {
		id, a := m.paid("LOADING")
		return append(m.endsByTwo(staff.DecideTickets, func(by string) (settling.EndedOrAsked, error) {
			return m.s.EndTicket(context.Background(), id, ticket.Withdrawn, "the sign was hidden", by, true)
		}), m.refund(m.refundNamed(a.ID))...)
	}},
	{"a debt that is given up", 19, func(m *month) []stage {
		_, number, _ := m.ticket("LOADING")
		ctx, b := context.Background(), m.c.Ledgers()
		var a store.TicketAsk
		return []stage{
			{may: staff.AskWriteOffs, do: func(by string) error {
				ask := settling.DebtAsk{List: []settling.TicketNumber{{Number: number}}, Resolution: "2026-9", Why: "three letters, no answer", By: by}
				looked, err := b.LookDebts(ctx, ask)
				if err != nil {
					return err
				}
				ask.Digest = looked.Digest
				a, err = b.AskWriteOff(ctx, ask)
				return err
			}},
			{may: staff.DecideWriteOffs, not: func() string { return a.AskedBy }, do: func(by string) error {
				_, err := b.DecideWriteOff(ctx, a.ID, true, by, true)
				return err
			}},
		}
	}},
}

// endsByTwo are the stages of what ends a ticket in a city in which that takes two people.
func (m *month) endsByTwo(may staff.Permission, ask func(by string) (settling.EndedOrAsked, error)) []stage {
	id, asked := "", ""
	return []stage{
		{may: may, do: func(by string) error {
			m.s.City.Ticket.ByTwo = true
			e, err := ask(by)
			if err == nil && e.Ask == "" {
				err = fmt.Errorf("one person has done it")
			}
			id, asked = e.Ask, by
			return err
		}},
		{may: staff.ApproveTickets, not: the(&asked), do: func(by string) error {
			_, err := m.s.DecideAsk(context.Background(), id, true, by, true)
			return err
		}},
	}
}
