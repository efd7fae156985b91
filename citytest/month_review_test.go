package citytest_test

import (
	"context"
	"crypto/rand"
	"fmt"

	"fundy/city"
	"fundy/citytest"
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
	{"a review that goes to a hearing, and costs less", 22, func(m *month) []stage { return m.hearing(review.Reduce) }},
	{"a review whose hearing nobody comes to", 22, func(m *month) []stage { return m.hearing(review.Absent) }},
	{"a review of a ticket that two gave back: a hearing would have nobody, and it is decided without one", 22, func(m *month) []stage { return m.noHearing() }},
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
	{"a review of a ticket whose money two gave back, and which is paid again", 25, func(m *month) []stage {
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
		_, err := m.s.TakeTender(context.Background(), m.cashFor(id, by))
		return err
	}}
}

// cashFor are fifty dollars for a ticket.
func (m *month) cashFor(id ticket.ID, by string) settling.TenderRequest {
	return settling.TenderRequest{
		RequestID: rand.Text(), Tickets: []ticket.ID{id}, Tenders: []payment.Tender{{Kind: payment.Cash, Tendered: money.FromMinor(5000)}}, ReviewBox: true, By: by,
	}
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

// thirdHand is a ticket whose payment two have given back to the card, the one asking and the other approving, which is owed again
// and paid at the counter: the money stays with the two, and the third decides its review.
func (m *month) thirdHand(id ticket.ID, number, plate string) []stage {
	ctx, stages := context.Background(), m.givenBack(id, number, plate)
	var of func() review.Review
	var took string
	day := m.counterDay("T", &took, m.takesCash(id))
	opens := day[1].do
	day[1].do = func(by string) error { // who may not take the money opens no drawer for it
		_, err := m.s.LookTender(ctx, m.cashFor(id, by))
		if another(err) {
			return err
		}
		return opens(by)
	}
	stages = append(stages, stage{may: staff.ReadQueue, do: func(string) error { of = m.asksOnPortal(number, plate); return nil }})
	stages = append(stages, day...)
	stages = append(stages, m.sweeps(), stage{may: staff.ReadQueue, do: func(string) error { return m.twoHands(id) }},
		m.decidesReview(func() review.Review { return of() }, review.Withdraw).apart(the(&took)))
	return append(stages, m.backByCheque(func() payment.AttemptID { return lastAttempt(m.t, m.c, id) }, 5000, "1400")...)
}

// twoHands wants a ticket's money to have gone through the hands of two: the third is left for its review.
func (m *month) twoHands(id ticket.ID) error {
	return m.c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		hands, err := tx.HandsOf(ctx, id)
		if err == nil && len(hands) != 2 {
			err = fmt.Errorf("the money went through the hands of %v", hands)
		}
		return err
	})
}

// hears sends a review to a hearing in ten days.
func (m *month) hears(of func() review.Review, screened *string) stage {
	return stage{may: staff.DecideReviews, do: func(by string) error {
		err := m.decide(of(), by, review.Decision{Event: review.Send, Hearing: today(m.c).AddDays(10), At: "9:00", Place: "City hall, room 3"})
		if err == nil {
			*screened = by
		}
		return err
	}}
}

// decide decides a review as a page does that has just been shown.
func (m *month) decide(r review.Review, by string, d review.Decision) error {
	d.Version, d.Words, d.By = r.Version, "Because.", by
	_, err := m.s.DecideReview(context.Background(), r.ID, d, func(review.ID, string) ([]byte, error) { return []byte("sealed"), nil })
	return err
}

// hearing is a review under generic that one person screens and sends to a hearing, moves to another day, and another decides.
func (m *month) hearing(end review.Event) []stage {
	m.n++
	number, plate := fmt.Sprintf("M%03d", m.n), fmt.Sprintf("MON %03d", m.n)
	m.c.Add(citytest.Spec{Number: number, Plate: plate, Offence: "LOADING", Age: 1, Regime: "generic"})
	of, screened := m.asksOnPortal(number, plate), ""
	decides := stage{may: staff.DecideReviews, do: func(by string) error {
		return m.decide(of(), by, review.Decision{Event: end, Amount: money.FromMinor(1000)})
	}}
	return []stage{m.hears(of, &screened), m.hears(of, new(string)), m.later(11), decides.apart(the(&screened))}
}

// noHearing is a review, under generic, of a ticket whose payment two have given back: of three one is left, who sends it to no
// hearing that nobody could decide, and decides it.
func (m *month) noHearing() []stage {
	m.n++
	number, plate := fmt.Sprintf("M%03d", m.n), fmt.Sprintf("MON %03d", m.n)
	id := m.c.Add(citytest.Spec{Number: number, Plate: plate, Offence: "LOADING", Age: 1, Regime: "generic"})
	var of func() review.Review
	stages := m.givenBack(id, number, plate)
	return append(stages,
		stage{may: staff.ReadQueue, do: func(string) error { of = m.asksOnPortal(number, plate); return m.twoHands(id) }},
		stage{may: staff.DecideReviews, do: func(by string) error {
			err := m.decide(of(), by, review.Decision{Event: review.Send, Hearing: today(m.c).AddDays(10), At: "9:00", Place: "City hall, room 3"})
			if noReview(err) == review.RefusedAlone {
				return nil
			}
			return err
		}},
		stage{may: staff.DecideReviews, do: func(by string) error { return m.decide(of(), by, review.Decision{Event: review.Keep}) }},
	)
}

// givenBack are the stages of a payment by card that one asks to give back and another approves; its ticket is owed again.
func (m *month) givenBack(id ticket.ID, number, plate string) []stage {
	a := paid(m.t, m.c, number, plate, good)
	refund := payment.RefundID("")
	return append([]stage{{may: staff.AskRefunds, do: func(by string) error {
		r, err := m.s.AskRefund(context.Background(), a.ID, payment.RefundAsk{
			Way: payment.ByProcessor, Ticket: id, Amount: a.Amount, Expected: a.Amount, Reason: payment.ReasonWrongTicket, Reopen: true, By: by,
		})
		refund = r.ID
		return err
	}}}, m.refund(func() payment.RefundID { return refund })...)
}
