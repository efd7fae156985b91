package citytest_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"fundy/money"
	"fundy/office/staff"
	"fundy/payment"
	"fundy/payout"
	settling "fundy/settle"
	"fundy/store"
)

// monthBacks are the kinds of what the bank says otherwise: a cheque that it does not pay, and a deposit that it counts anew.
var monthBacks = []monthCase{
	{"a payer's cheque that comes back, and whose charge is let go", 19, func(m *month) []stage {
		took, stages := m.chequeByMail("771")
		ctx, charge := context.Background(), payment.ChargeID("")
		return append(stages,
			stage{may: staff.MakeDeposits, do: func(by string) error {
				m.c.Settings.Counter.NSFFee, m.c.Settings.Counter.NSFClause = money.FromMinor(2500), "s. 4"
				r, err := m.c.Deposits().ReturnCheque(ctx, took.Attempt.ID, settling.ReturnAsk{Number: "771", Reason: "nsf", Day: today(m.c), By: by}, true)
				charge = r.Charge.ID
				return err
			}},
			stage{may: staff.RunDrawers, do: func(by string) error {
				_, err := m.s.WaiveCharge(ctx, charge, by, "an error of the bank's", true)
				return err
			}})
	}},
	{"a deposit of which the bank has less", 19, func(m *month) []stage {
		took, stages := m.chequeByMail("772")
		ctx, maker, slip := context.Background(), "", payout.Slip{}
		return append(stages,
			stage{may: staff.MakeDeposits, do: func(by string) (err error) {
				ask := payout.SlipAsk{Account: "operating", Day: today(m.c), Reference: "7701", Batches: []payment.BatchID{took.Tenders[0].Batch}, By: by}
				slip, err = m.c.Deposits().MakeSlip(ctx, ask, true)
				maker = by
				return err
			}},
			stage{may: staff.AcceptDeposits, not: the(&maker), do: func(by string) error {
				day := today(m.c).String()
				line := m.bankLine(day, fmt.Sprintf("%s|301|4900|SLIP 7701|TICKET COUNTER DEPOSIT", day))
				_, err := m.c.Deposits().AcceptSlip(ctx, slip.ID, line, "a coin was false", by, true)
				return err
			}})
	}},
}

// chequeByMail are the stages in which two people open a letter with a cheque for a ticket, and its batch is closed; what was
// taken is told in the entry.
func (m *month) chequeByMail(number string) (*settling.Entry, []stage) {
	id, _, _ := m.ticket("LOADING")
	ctx, fifty := context.Background(), money.FromMinor(5000)
	var took settling.Entry
	var batch payment.Batch
	return &took, []stage{
		{may: staff.TakeMoney, do: func(by string) (err error) {
			i := slices.IndexFunc(m.people, func(p store.Person) bool { return p.Name != by && m.roles.May(p, staff.TakeMoney) })
			batch, err = m.s.OpenMail(ctx, by, m.people[i].Name, fifty)
			return err
		}},
		{may: staff.TakeMoney, do: func(by string) (err error) {
			r := m.cashFor(id, by)
			r.RequestID, r.Batch, r.ReceivedOn = rand.Text(), batch.ID, today(m.c)
			r.Tenders = []payment.Tender{{Kind: payment.Cheque, Tendered: fifty, Reference: number}}
			took, err = m.s.TakeTender(ctx, r)
			return err
		}},
		{may: staff.TakeMoney, do: func(by string) error { _, err := m.s.CloseBatch(ctx, batch.ID, fifty, by); return err }},
	}
}

// bankLine brings the bank's file of a day with a line of its own, and says which line of the store that is.
func (m *month) bankLine(day, extra string) (id string) {
	m.t.Helper()
	ctx := context.Background()
	if counted(m.t, m.c, "select count(*) from bank_line where amount_minor = 4900") == 0 {
		why := settling.Despite{Why: "the test brings one day alone", By: "anne"}
		_, err := m.c.Deposits().BankDespite(ctx, "day.bai", m.c.BankFile(day, day, 3, "", extra), nil, why, true)
		do(m.t, err)
	}
	r := report(m.t, m.c.Deposits(), day)
	for _, v := range r.Variances {
		if v.Class == payout.Unknown && v.Amount.Minor() == 4900 {
			return v.Ref
		}
	}
	m.t.Fatalf("no line of 49.00:\n%s", unknowns(r))
	return ""
}
