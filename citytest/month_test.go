package citytest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"fundy/city"
	"fundy/citytest"
	"fundy/fault"
	"fundy/money"
	"fundy/office"
	"fundy/office/staff"
	"fundy/payment"
	"fundy/payout"
	"fundy/review"
	settling "fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// stage is one thing that a person does about a case: with which permission, and how. What it returns is the refusal.
type stage struct {
	may staff.Permission
	do  func(by string) error
	not func() string // who had a part in the case already, and is refused here; nil: nobody
}

// apart is a stage that somebody else does than who had a part in the case.
func (s stage) apart(not func() string) stage { s.not = not; return s }

// the is a name that is known by then.
func the(name *string) func() string { return func() string { return *name } }

// monthCase is a kind of case: on which day of the month it comes, and what is done about it, one after the other. Those of
// tickets and money are monthCases; the others' stand beside.
type monthCase struct {
	name  string
	day   int
	comes func(m *month) []stage
}

// month is a city in a month, with the people of its office.
type month struct {
	t      *testing.T
	c      *citytest.City
	s      *settling.Settler
	roles  staff.Roles
	people []store.Person // in the order in which they are asked
	n      int            // cases so far: a number for each ticket
}

func today(c *citytest.City) city.Date { return city.DateOf(c.Now(), c.Settings.City().Zone) }

// three is an office of three, with the roles of docs/staff.md.
var three = []store.Person{
	{Name: "anne", Roles: []string{staff.Administrator, "supervisor"}},
	{Name: "ben", Roles: []string{staff.Administrator, "finance", "screening"}},
	{Name: "carl", Roles: []string{"clerk", "screening"}},
}

// another says whether a refusal is about who acts and not about what: somebody else is asked.
func another(err error) bool {
	var correction *payment.CorrectionRefusal
	var refund *payment.RefundRefusal
	var decision *ticket.DecisionRefusal
	var looked *review.Refusal
	var counted *payment.CounterRefusal
	var rules *settling.RulesRefusal
	var books *settling.BooksRefusal
	var rights *staff.Refusal
	var queued *payment.ExceptionRefusal
	var item *payment.ItemRefusal
	var slip *payout.SlipRefusal
	switch {
	case errors.As(err, &slip):
		return slip.Reason == payout.RefusedSame
	case errors.As(err, &item):
		return item.Reason == payment.RefusedItemOwn
	case errors.As(err, &correction):
		return correction.Reason == payment.RefusedSamePerson
	case errors.As(err, &refund):
		return refund.Reason == payment.RefusedSamePerson || refund.Reason == payment.RefusedSaidIt || refund.Reason == payment.RefusedLastHand
	case errors.As(err, &decision):
		return decision.Reason == ticket.DecisionSame || decision.Reason == ticket.DecisionMoney
	case errors.As(err, &looked):
		return looked.Reason == review.RefusedMoney || looked.Reason == review.RefusedEntered || looked.Reason == review.RefusedFirst || looked.Reason == review.RefusedScreened
	case errors.As(err, &counted):
		return counted.Reason == payment.RefusedSamePerson || counted.Reason == payment.TakeLastHand || counted.Reason == payment.DrawerNotYours
	case errors.As(err, &books):
		return books.Reason == settling.RefusedSame
	case errors.As(err, &rules):
		return rules.Reason == settling.RefusedSame
	case errors.As(err, &queued):
		return queued.Reason == payment.RefusedOwnDrawer
	case errors.As(err, &rights):
		return rights.Reason == staff.RefusedSelf
	}
	return errors.As(err, new(office.ErrOwnPayee))
}

// notes is a note that is sent once.
func (m *month) notes(ctx context.Context, id ticket.ID, note, by string) error {
	return m.s.NoteTicket(ctx, id, 0, note, by)
}

// finish has the people of the office do the stages of a case. It is the test's question: there is always one who may,
// and it is not who had a part in it already.
func (m *month) finish(name string, stages []stage) {
	m.t.Helper()
	for i, s := range stages {
		if s.not != nil {
			who := s.not()
			if err := s.do(who); !another(err) {
				m.t.Fatalf("%s: %s had a part in it, and stage %d says to him: %v", name, who, i+1, err)
			}
		}
		var tried []string
		done := false
		for _, p := range m.people {
			if !m.roles.May(p, s.may) {
				continue
			}
			err := s.do(p.Name)
			if err == nil {
				done = true
				break
			}
			if !another(err) {
				m.t.Fatalf("%s: stage %d by %s: %v", name, i+1, p.Name, err)
			}
			tried = append(tried, p.Name)
		}
		if !done {
			m.t.Fatalf("%s: nobody may do stage %d (%s): %v may not do it twice", name, i+1, s.may, tried)
		}
	}
}

// ticket puts a ticket in of a day ago, and says how it is found.
func (m *month) ticket(offence string) (id ticket.ID, number, plate string) {
	m.n++
	number, plate = fmt.Sprintf("M%03d", m.n), fmt.Sprintf("MON %03d", m.n)
	return m.c.Add(citytest.Spec{Number: number, Plate: plate, Offence: offence, Age: 1}), number, plate
}

// paid is a ticket that was paid by card.
func (m *month) paid(offence string) (ticket.ID, payment.Attempt) {
	id, number, plate := m.ticket(offence)
	return id, paid(m.t, m.c, number, plate, good)
}

// refund are the stages of a refund to the card that is asked for, or that something else has asked for already.
func (m *month) refund(id func() payment.RefundID) []stage {
	return []stage{{may: staff.DecideRefunds, not: func() string { return m.askedBy(id()) }, do: func(by string) error {
		refund := id()
		if _, err := m.s.ApproveRefund(context.Background(), refund, by); err != nil {
			return err
		}
		if r := goesOn(m.t, m.c, refund, payment.RefundApproved, payment.RefundSending, payment.RefundPending); r.State != payment.RefundSucceeded {
			return fmt.Errorf("the refund ends %s", r.State)
		}
		return nil
	}}}
}

// askedBy is who has asked for a refund.
func (m *month) askedBy(id payment.RefundID) string {
	m.t.Helper()
	var r payment.Refund
	err := m.c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = tx.Refund(ctx, id)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return r.AskedBy
}

// asksRefund is the stage that asks for all that is left of an attempt.
func (m *month) asksRefund(a payment.Attempt, cents int64, id *payment.RefundID) stage {
	return stage{may: staff.AskRefunds, do: func(by string) error {
		r, err := m.s.AskRefund(context.Background(), a.ID, asks(cents, cents, func(ask *payment.RefundAsk) { ask.By = by }))
		*id = r.ID
		return err
	}}
}

// correct are the stages of a correction: one asks, another approves.
func (m *month) correct(ask func(by string) (payment.Correction, error)) []stage {
	var c payment.Correction
	return []stage{
		{may: staff.AskCorrections, do: func(by string) (err error) { c, err = ask(by); return err }},
		{may: staff.DecideCorrections, not: func() string { return c.AskedBy }, do: func(by string) error {
			_, err := m.s.ApproveCorrection(context.Background(), c.ID, by, true)
			return err
		}},
	}
}

func (m *month) transfer(a payment.Attempt, from, to ticket.ID) []stage {
	return m.correct(func(by string) (payment.Correction, error) {
		return m.s.AskTransfer(context.Background(), a.ID, payment.TransferAsk{From: from, To: to, Why: "the payer misread a number", By: by}, true)
	})
}

func (m *month) stops(a payment.Attempt, kind payment.CorrectionKind) []stage {
	stages := m.correct(func(by string) (payment.Correction, error) {
		return m.s.AskStopped(context.Background(), a.ID, payment.StoppedAsk{Kind: kind, Why: "compared with the processor's pages", By: by}, true)
	})
	return append(stages, stage{may: staff.ReadQueue, do: func(string) error {
		settle(m.t, m.c, a.ID, payment.Releasing)
		return nil
	}})
}

// refundNamed is the refund of an attempt that waits for a second person.
func (m *month) refundNamed(id payment.AttemptID) func() payment.RefundID {
	return func() payment.RefundID {
		for _, r := range refundsOf(m.t, m.c, id) {
			if r.State == payment.RefundAsked {
				return r.ID
			}
		}
		return ""
	}
}

// on is a stage that does something to a ticket.
func on(may staff.Permission, do func(ctx context.Context, id ticket.ID, why, by string) error, id ticket.ID, why string) stage {
	return stage{may: may, do: func(by string) error { return do(context.Background(), id, why, by) }}
}

// ends is a stage that ends a ticket.
func (m *month) ends(id func() ticket.ID, to ticket.State) stage {
	return stage{may: staff.DecideTickets, do: func(by string) error {
		_, err := m.s.DecideTicket(context.Background(), id(), to, "the sign was hidden", by, true)
		return err
	}}
}

// later lets days pass.
func (m *month) later(n int) stage {
	return stage{may: staff.ReadQueue, do: func(string) error { m.c.SetNow(m.c.Now().AddDate(0, 0, n)); return nil }}
}

// monthCases are the kinds of case of tickets and money that come before people.
var monthCases = []monthCase{
	{"a paper ticket that was entered wrongly", 1, func(m *month) []stage {
		var id ticket.ID
		var entered string
		return []stage{
			{may: staff.EnterTickets, do: func(by string) (err error) {
				entered = by
				id, err = m.c.EnterPaper(ticket.Written{
					Number: "P0101", Day: today(m.c).AddDays(-2), Offence: "LOADING", Place: "Tide Street", Plate: "PAP 101", Jurisdiction: "NB", Delivery: ticket.Windshield,
				}, by)
				return err
			}},
			m.ends(func() ticket.ID { return id }, ticket.Void).apart(the(&entered)),
		}
	}},
	{"a ticket on hold", 2, func(m *month) []stage {
		id, _, _ := m.ticket("LOADING")
		return []stage{
			on(staff.HoldTickets, m.s.HoldTicket, id, "the meter is looked at"), on(staff.NoteTickets, m.notes, id, "it works"), m.later(2),
			on(staff.HoldTickets, m.s.ReleaseTicket, id, "it works"), m.ends(func() ticket.ID { return id }, ticket.Withdrawn),
		}
	}},
	{"a paid ticket that is withdrawn", 3, func(m *month) []stage {
		id, a := m.paid("LOADING")
		return append([]stage{m.ends(func() ticket.ID { return id }, ticket.Withdrawn)}, m.refund(m.refundNamed(a.ID))...)
	}},
	{"a payment of another's ticket", 4, func(m *month) []stage {
		from, a := m.paid("LOADING")
		to, _, _ := m.ticket("LOADING")
		return m.transfer(a, from, to)
	}},
	{"a payment of another's ticket, which cost less", 5, func(m *month) []stage {
		from, a := m.paid("LOADING")
		to, _, _ := m.ticket("NOPARK")
		return append(m.transfer(a, from, to), m.refund(m.refundNamed(a.ID))...)
	}},
	{"a payment that stopped, released", 6, func(m *month) []stage { return m.stops(m.stopsBy("", 0), payment.CorrectRelease) }},
	{"a payment that stopped, of which nothing is there", 7, func(m *month) []stage { return m.stops(m.stopsBy("", 0), payment.CorrectFree) }},
	{"a payment that stopped, put to its tickets", 8, func(m *month) []stage { return m.stops(m.stopsBy("", 5000), payment.CorrectPut) }},
	{"a payment that stopped, kept and given back", 9, func(m *month) []stage {
		a := m.stopsBy("1000", 0)
		var id payment.RefundID
		stages := append(m.stops(a, payment.CorrectKeep), m.asksRefund(a, 1000, &id))
		return append(stages, m.refund(func() payment.RefundID { return id })...)
	}},
	{"a refund by cheque that the post brings back", 10, func(m *month) []stage { return m.chequeComesBack() }},
	{"a refund by cheque that two people end", 12, func(m *month) []stage {
		_, a := m.paid("LOADING")
		ctx, id, said := context.Background(), payment.RefundID(""), ""
		end := stage{may: staff.DecideRefunds, do: func(by string) error {
			_, _, err := m.s.SayOfRefund(ctx, id, payment.EndedByPeople, by, "it goes to the card", "", true)
			if err == nil {
				said = by
			}
			return err
		}}
		return []stage{
			{may: staff.AskRefunds, do: func(by string) error {
				r, err := m.s.AskRefundTo(ctx, a.ID, asks(5000, 5000, byCheque, func(ask *payment.RefundAsk) { ask.By = by }), m.c.SealPayee("A. Payer\n1 Tide Street"))
				id = r.ID
				return err
			}},
			m.approves(&id),
			end, end.apart(the(&said)),
		}
	}},
	{"a row that contradicts a ticket", 14, func(m *month) []stage {
		id, _, _ := m.ticket("LOADING")
		row := m.c.Contradict(id)
		return []stage{{may: staff.ActOnQueue, do: func(by string) error {
			return m.s.ResolveHeldRow(context.Background(), row, "the file was typed anew", by)
		}}}
	}},
	{"a book of paper tickets with a number that nobody has", 15, func(m *month) []stage {
		ctx, book := context.Background(), ""
		return []stage{
			{may: staff.KeepBooks, do: func(by string) error {
				b, err := m.s.ReceiveBook(ctx, "", "Q0101", "Q0125", by)
				book = b.ID
				return err
			}},
			{may: staff.KeepBooks, do: func(by string) error { return m.s.HandBook(ctx, book, "PK-17", by) }},
			{may: staff.KeepBooks, do: func(by string) error { return m.s.MarkNumber(ctx, book, "Q0103", ticket.Lost, "nobody has it", by) }},
			{may: staff.KeepBooks, do: func(by string) error { return m.s.BookBack(ctx, book, by) }},
		}
	}},
	{"what a person only has to look at", 16, func(m *month) []stage { return m.looksAt() }},
	{"a chargeback that nobody answered", 17, func(m *month) []stage {
		_, a := m.paid("LOADING")
		control(m.t, m.c, "dispute", map[string]any{"payment": a.ProcessorRef})
		chargeback(m.t, m.c, payment.DisputeOpen)
		control(m.t, m.c, "dispute/close", map[string]any{"payment": a.ProcessorRef, "outcome": "lost"})
		chargeback(m.t, m.c, payment.DisputeAccepted)
		return nil // what it leaves in the queue is looked at in the end
	}},
	{"a charge that is laid, and withdrawn", 20, func(m *month) []stage {
		m.n++
		id := m.c.Add(citytest.Spec{Number: fmt.Sprintf("M%03d", m.n), Plate: fmt.Sprintf("MON %03d", m.n), Offence: "LOADING", Age: 59})
		return []stage{on(staff.CourtTickets, m.s.ChargeTicket, id, "information 12"), m.ends(func() ticket.ID { return id }, ticket.Withdrawn)}
	}},
}

// stopsBy is a payment that stopped: of which a part was taken by hand, or that a reading made stop with so many cents in
// the books.
func (m *month) stopsBy(part string, cents int64) payment.Attempt {
	m.t.Helper()
	_, number, plate := m.ticket("LOADING")
	a := capturing(m.t, m.c, number, plate)
	if part == "" {
		byHand(m.t, m.c, a.ID, cents)
		return a
	}
	dashboard(m.t, m.c, http.MethodPost, "/v1/payment_intents/"+a.ProcessorRef+"/capture", url.Values{"amount_to_capture": {part}})
	return settle(m.t, m.c, a.ID, payment.Capturing)
}

// approves is the stage in which another approves a refund by cheque.
func (m *month) approves(id *payment.RefundID) stage {
	return stage{may: staff.DecideRefunds, not: func() string { return m.askedBy(*id) }, do: func(by string) error {
		_, err := m.s.ApproveRefund(context.Background(), *id, by)
		return err
	}}
}

// chequeComesBack is a refund by cheque, which is written twice: the first one comes back.
func (m *month) chequeComesBack() []stage {
	_, a := m.paid("LOADING")
	ctx, id, gave := context.Background(), payment.RefundID(""), ""
	send := func(number string) []stage {
		return []stage{
			{may: staff.KeepCheques, not: the(&gave), do: func(by string) error { _, _, err := m.c.Requisitions().Make(ctx, by); return err }},
			{may: staff.KeepCheques, do: func(by string) error {
				_, err := m.s.IssueCheques(ctx, []settling.WrittenCheque{{Refund: id, Number: number, Day: today(m.c)}}, by, true)
				return err
			}},
		}
	}
	payee := m.c.SealPayee("A. Payer\n1 Tide Street\nSaint John NB")
	stages := []stage{
		{may: staff.AskRefunds, do: func(by string) error {
			r, err := m.s.AskRefundTo(ctx, a.ID, asks(5000, 5000, byCheque, func(ask *payment.RefundAsk) { ask.By = by }), payee)
			id, gave = r.ID, by
			return err
		}},
		m.approves(&id),
	}
	stages = append(stages, send("1200")...)
	stages = append(stages, m.later(1),
		stage{may: staff.KeepCheques, do: func(by string) error { _, err := m.s.ReturnRefundCheque(ctx, id, by, true); return err }},
		stage{may: staff.KeepCheques, do: func(by string) error {
			_, err := m.s.AskPayeeAgain(ctx, id, payee, by, true)
			gave = by
			return err
		}},
	)
	stages = append(stages, send("1201")...)
	return append(stages, stage{may: staff.KeepCheques, do: func(by string) error { // as the bank's file says
		_, err := m.s.ClearRefundCheque(ctx, id, "operating", today(m.c), by, true)
		return err
	}})
}

// looksAt is one of each kind of exception that a person closes.
func (m *month) looksAt() []stage {
	var stages []stage
	for _, rule := range payment.ExceptionTable {
		if rule.Kind == payment.ExceptionDrawer {
			continue // who had the drawer does not close it: a case of its own
		}
		e := payment.Raise(rule.Kind, "month", money.FromMinor(100), time.Time{}, m.c.Now())
		if no := payment.ActOnException(e, payment.ExceptionClosed, "anne", "looked at"); no != nil {
			continue // it closes by itself, when what it is about has come right: a case of its own
		}
		kind := rule.Kind
		stages = append(stages, stage{may: staff.ActOnQueue, do: func(by string) error { return m.raiseAndClose(kind, by) }})
	}
	return stages
}

func (m *month) raiseAndClose(kind payment.ExceptionKind, by string) error {
	ctx, id := context.Background(), ""
	err := m.c.Store.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
		if err := settling.Raise(ctx, tx, kind, "month-"+string(kind), money.FromMinor(100), "", m.c.Now()); err != nil {
			return err
		}
		e, err := tx.ExceptionOf(ctx, kind, "month-"+string(kind))
		id = e.ID
		return err
	})
	if err != nil {
		return err
	}
	_, err = m.s.ActOnException(ctx, id, payment.ExceptionClosed, by, "looked at")
	return err
}

// closesWhatIsLeft has the people close what the cases have left to be looked at.
func (m *month) closesWhatIsLeft() {
	m.t.Helper()
	for kind, e := range openByKind(m.t, m.c) {
		m.finish("what is left of "+string(kind), []stage{{may: staff.ActOnQueue, do: func(by string) error {
			_, err := m.s.ActOnException(context.Background(), e.ID, payment.ExceptionClosed, by, "looked at")
			return err
		}}})
	}
}

// waits is all that waits for a person, list by list.
func (m *month) waits() (all []string) {
	m.t.Helper()
	err := m.c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		exceptions, err := tx.OpenExceptions(ctx, 100)
		for _, e := range exceptions {
			all = append(all, "exception "+string(e.Kind))
		}
		corrections, err2 := tx.AskedCorrections(ctx, 100)
		stopped, err3 := tx.StoppedAttempts(ctx, 100)
		held, err4 := tx.HeldRows(ctx, 100)
		cheques, err5 := tx.ChequeRefunds(ctx, 100)
		refunds, err6 := tx.Refunds(ctx, 200)
		for _, r := range refunds {
			if r.State == payment.RefundAsked {
				all = append(all, "refund "+string(r.ID))
			}
		}
		reviews, err7 := tx.OpenReviews(ctx, 100)
		seconds, err8 := tx.OpenSeconds(ctx, 100)
		rules, err9 := tx.AskedRuleChanges(ctx, 100)
		rights, err10 := tx.OpenStaffChanges(ctx, 100)
		holds, err11 := tx.TicketsOnHold(ctx, 100)
		items, err12 := tx.Items(ctx, payment.ItemKept, 100)
		asks, err13 := tx.TicketAsks(ctx, 100)
		asks = slices.DeleteFunc(asks, func(a store.TicketAsk) bool { return a.State != store.AskOpen })
		for name, n := range map[string]int{
			"corrections": len(corrections), "stopped": len(stopped), "held": len(held), "cheques": len(cheques),
			"reviews": len(reviews), "seconds": len(seconds), "rules": len(rules), "rights": len(rights), "holds": len(holds), "items": len(items), "asks": len(asks),
		} {
			if n > 0 {
				all = append(all, fmt.Sprintf("%d %s", n, name))
			}
		}
		return errors.Join(err, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11, err12, err13)
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return all
}

// A month of every kind of case in an office of three: whoever is asked first, no case is met that nobody may finish, and
// in the end nothing waits.
func TestAMonthOfCasesInAnOfficeOfThree(t *testing.T) {
	t.Parallel()
	roles, err := staff.ParseRoles(nil)
	if err != nil {
		t.Fatal(err)
	}
	for first := range three {
		t.Run(three[first].Name+" is asked first", func(t *testing.T) {
			t.Parallel()
			citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
				m := &month{t: t, c: c, s: c.Office.Settler(), roles: roles, people: append(append([]store.Person(nil), three[first:]...), three[:first]...)}
				m.s.Colleagues = c.Staff().Having
				m.joins()
				start := c.Now()
				for _, one := range slices.Concat(monthCases, monthEnds, monthBacks, monthReviews, monthSeconds) {
					if day := start.AddDate(0, 0, one.day); day.After(c.Now()) {
						c.SetNow(day)
					}
					m.finish(one.name, one.comes(m))
				}
				m.closesWhatIsLeft()
				if left := m.waits(); len(left) > 0 {
					t.Errorf("in the end there wait %v", left)
				}
			})
		})
	}
}
