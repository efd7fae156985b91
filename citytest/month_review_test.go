package citytest_test

import (
	"context"
	"crypto/rand"
	"fmt"

	"fundy/city"
	"fundy/fault"
	"fundy/money"
	"fundy/office/staff"
	"fundy/payment"
	"fundy/review"
	settling "fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// monthReviews are the kinds of review. Who took a ticket's money, gave it back, or entered the ticket decides none of them.
var monthReviews = []monthCase{
	{"a review on the portal, kept", 21, func(m *month) []stage {
		_, number, plate := m.ticket("LOADING")
		r := m.asksOnPortal(number, plate)
		return []stage{m.decidesReview(r, review.Keep)}
	}},
	{"a review on the portal of another's ticket, closed unread", 21, func(m *month) []stage {
		_, number, plate := m.ticket("LOADING")
		r := m.asksOnPortal(number, plate)
		return []stage{m.decidesReview(r, review.Close)}
	}},
	{"a review on the portal of another's ticket, read and then closed", 22, func(m *month) []stage {
		_, number, plate := m.ticket("LOADING")
		r := m.asksOnPortal(number, plate)
		var read string
		return []stage{
			{may: staff.OpenReviews, do: func(by string) error {
				read = by
				return m.opensReview(r(), by)
			}},
			m.decidesReview(r, review.Close).apart(the(&read)),
		}
	}},
	{"a review by letter of a paper ticket", 22, func(m *month) []stage {
		var id ticket.ID
		var entered string
		var r review.Review
		return []stage{
			{may: staff.EnterTickets, do: func(by string) (err error) {
				entered = by
				id, err = m.c.EnterPaper(ticket.Written{
					Number: "P0201", Day: today(m.c).AddDays(-2), Offence: "LOADING", Place: "Tide Street", Plate: "PAP 201", Jurisdiction: "NB", Delivery: ticket.Windshield,
				}, by)
				return err
			}},
			{may: staff.EnterReviews, do: func(by string) (err error) {
				r, err = m.s.AskReview(context.Background(), review.Review{
					Ticket: id, Way: review.ByPost, Language: city.French, Channel: review.AtOffice, EnteredBy: by, RequestID: rand.Text(), ReceivedOn: today(m.c),
					Contact: []byte("sealed"), Statement: []byte("sealed"),
				})
				return err
			}},
			m.decidesReview(func() review.Review { return r }, review.Withdraw).apart(the(&entered)),
		}
	}},
	{"a review of a ticket that is paid by card meanwhile, withdrawn", 23, func(m *month) []stage {
		id, number, plate := m.ticket("LOADING")
		r := m.asksOnPortal(number, plate)
		v := toCardPage(m.c, "en", "", [2]string{number, plate})
		v.Send(context.Background(), "confirm", "/pay/start", map[string]string{"box": "1"})
		typeCard(v, good)
		want(m.t, text(m.t, v), "Paid in full")
		return append([]stage{m.sweeps(), m.decidesReview(r, review.Withdraw)}, m.refund(func() payment.RefundID {
			return m.refundNamed(lastAttempt(m.t, m.c, id))()
		})...)
	}},
	{"a review of a ticket that is paid at the counter meanwhile, withdrawn", 24, func(m *month) []stage {
		id, number, plate := m.ticket("LOADING")
		r := m.asksOnPortal(number, plate)
		var took string
		stages := m.counterDay("R", &took, m.takesCash(id))
		stages = append(stages, m.sweeps(), m.decidesReview(r, review.Withdraw).apart(the(&took)))
		return append(stages, m.backByCheque(func() payment.AttemptID { return lastAttempt(m.t, m.c, id) }, 5000, "1300")...)
	}},
	{"a review of a ticket in whose money all three had a part", 25, func(m *month) []stage {
		id, number, plate := m.ticket("LOADING")
		return m.thirdHand(id, number, plate)
	}},
}

// asksOnPortal is a review that a visitor asks for, as it stands when it is looked at.
func (m *month) asksOnPortal(number, plate string) func() review.Review {
	m.t.Helper()
	_, reference := asksReview(m.t, m.c, "en", number, plate, map[string]string{"name": partyName})
	return func() review.Review { return reviewOf(m.t, m.c, reference) }
}

// decidesReview is the stage that decides a review.
func (m *month) decidesReview(of func() review.Review, e review.Event) stage {
	return stage{may: staff.DecideReviews, do: func(by string) error {
		r, d := of(), review.Decision{Event: e, Words: "Because.", By: by}
		if e == review.Close {
			d.Words, d.Why = "", review.Stranger
		}
		d.Version = r.Version
		_, err := m.s.DecideReview(context.Background(), r.ID, d, func(review.ID, string) ([]byte, error) { return []byte("sealed"), nil })
		return err
	}}
}

// opensReview reads what was written with a review, as the office's page does.
func (m *month) opensReview(r review.Review, by string) error {
	return m.c.Office.Store.Write(context.Background(), fault.RecordOpening, func(ctx context.Context, tx *store.Tx) error {
		return tx.ReviewOpened(ctx, r.ID, by, m.c.Now())
	})
}

// sweeps ends the reviews of tickets that were paid, as the office does by itself.
func (m *month) sweeps() stage {
	return stage{may: staff.ReadQueue, do: func(string) error { return m.s.SweepReviews(context.Background()) }}
}

// takesCash takes cash for a ticket over the counter.
func (m *month) takesCash(id ticket.ID) stage {
	return stage{may: staff.TakeMoney, do: func(by string) error {
		_, err := m.s.TakeTender(context.Background(), settling.TenderRequest{
			RequestID: rand.Text(), Tickets: []ticket.ID{id}, Tenders: []payment.Tender{{Kind: payment.Cash, Tendered: money.FromMinor(5000)}}, ReviewBox: true, By: by,
		})
		return err
	}}
}

// backByCheque are the stages in which a payment is given back by cheque: one asks, another approves, another than who gave
// the payee makes the requisition.
func (m *month) backByCheque(of func() payment.AttemptID, cents int64, number string) []stage {
	ctx, id, gave := context.Background(), payment.RefundID(""), ""
	return []stage{
		{may: staff.AskRefunds, do: func(by string) error {
			r, err := m.s.AskRefundTo(ctx, of(), asks(cents, cents, byCheque, func(ask *payment.RefundAsk) { ask.By = by }), m.c.SealPayee("A. Payer\n1 Tide Street\nSaint John NB"))
			id, gave = r.ID, by
			return err
		}},
		m.approves(&id),
		{may: staff.KeepCheques, not: the(&gave), do: func(by string) error { _, _, err := m.c.Requisitions().Make(ctx, by); return err }},
		{may: staff.KeepCheques, do: func(by string) error {
			_, err := m.s.IssueCheques(ctx, []settling.WrittenCheque{{Refund: id, Number: number, Day: today(m.c)}}, by, true)
			return err
		}},
		{may: staff.KeepCheques, do: func(by string) error {
			_, err := m.s.ClearRefundCheque(ctx, id, "operating", today(m.c), by, true)
			return err
		}},
	}
}

// thirdHand is a ticket that one has given back to the card and another has approved, which is owed again, and paid to the
// third: none of the three decides its review. Two of them let a fourth in for it.
func (m *month) thirdHand(id ticket.ID, number, plate string) []stage {
	ctx := context.Background()
	a := paid(m.t, m.c, number, plate, good)
	asked, err := m.s.AskRefund(ctx, a.ID, payment.RefundAsk{
		Way: payment.ByProcessor, Ticket: id, Amount: a.Amount, Expected: a.Amount, Reason: payment.ReasonWrongTicket, Reopen: true, By: "anne",
	})
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.s.ApproveRefund(ctx, asked.ID, "ben"); err != nil {
		m.t.Fatal(err)
	}
	goesOn(m.t, m.c, asked.ID, payment.RefundApproved, payment.RefundSending, payment.RefundPending)
	r := m.asksOnPortal(number, plate)
	var took string
	stages := m.counterDay("T", &took, m.takesCash(id))
	for i := range stages {
		if do := stages[i].do; stages[i].may == staff.TakeMoney {
			stages[i].do = func(by string) error { // the clerk alone is at the counter that day
				if by == "anne" && stages[i].not == nil {
					return &payment.CounterRefusal{Reason: payment.RefusedSamePerson}
				}
				return do(by)
			}
		}
	}
	dora := fmt.Sprintf("dora.%d", m.n)
	decides := m.decidesReview(r, review.Withdraw)
	stages = append(stages, m.sweeps(), stage{may: staff.DecideReviews, do: func(string) error {
		for _, who := range []string{"anne", "ben", "carl"} {
			if err := decides.do(who); noReview(err) != review.RefusedMoney {
				return fmt.Errorf("%s decides: %w", who, err)
			}
		}
		return nil
	}})
	stages = append(stages, m.invites(dora, "screening")...)
	stages = append(stages, stage{may: staff.ReadPeople, do: func(string) error { return decides.do(dora) }})
	return append(stages, m.backByCheque(func() payment.AttemptID { return lastAttempt(m.t, m.c, id) }, 5000, "1400")...)
}
