package citytest_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"fundy/citytest"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	settling "fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// cheque has a clerk take a cheque for tickets.
func cheque(t *testing.T, c *citytest.City, clerk, number string, cents int64, tickets ...ticket.ID) settling.Entry {
	t.Helper()
	e, err := c.Office.Settler().TakeTender(context.Background(), settling.TenderRequest{
		RequestID: rand.Text(), Tickets: tickets, By: clerk, Tenders: []payment.Tender{{Kind: payment.Cheque, Tendered: money.FromMinor(cents), Reference: number}},
	})
	do(t, err)
	return e
}

// A day of cards and of the counter, in a month's file of which nine lines in ten are other people's: the payout and the
// slip are found, the day's gross is both, and it closes at nothing unknown. Then a cheque of it comes back: its ticket
// is owed again, and its payer pays by card.
func TestADayOfCardsAndOfTheCounter(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, d := context.Background(), c.Deposits()
		payOne(t, c, "K1") // 30.00
		drawer(t, c, "A", "anne")
		tk := c.Add(citytest.Spec{Number: "K2", Plate: "KKK 222", Offence: "LOADING", Age: 1})
		e := cheque(t, c, "anne", "000451", 5000, tk)
		do(t, cash(c, "anne", 3000, c.Add(citytest.Spec{Number: "K3", Plate: "KKK 333", Offence: "NOPARK", Age: 1})))
		_, err := c.Office.Settler().CloseDrawer(ctx, "A", "anne", "bert", "", payment.Count{1000: 3})
		do(t, err)
		waiting, _, err := d.Slips(ctx, date("2027-01-01"))
		do(t, err)
		ask := payout.SlipAsk{Account: "operating", Day: date("2027-03-03"), Reference: "1001", By: "carl"}
		for _, b := range waiting {
			ask.Batches = append(ask.Batches, b.ID)
		}
		slip, err := d.MakeSlip(ctx, ask, true)
		if err != nil || slip.Amount.Minor() != 8000 {
			t.Fatalf("%+v, %v", slip, err)
		}
		days(t, c, 30)
		if f := fetch(t, d); f.Payouts != 1 || len(f.Problems) != 0 {
			t.Fatalf("%+v", f)
		}
		b := takeBank(t, d, "march.bai", c.BankFile("2027-03-01", "2027-04-01", 45, "", "2027-03-04|301|8000|SLIP 1001|TICKET COUNTER DEPOSIT"))
		claims := map[payout.Claim]int{}
		for _, claim := range b.Claims {
			claims[claim.Claim] += claim.Count
		}
		if b.Matched != 1 || b.Counter.Deposits != 1 || claims[payout.NotOurs] != 32*45 || claims[payout.Deposit] != 1 || len(b.Problems) != 0 {
			t.Fatalf("%+v", b)
		}
		r := report(t, d, "2027-03-03")
		if r.Gross.Minor() != 11000 || r.Bank.Minor() != 11000-r.Classes[payout.Fee].Minor() || r.Captures != 1 || len(r.Counter) != 2 || r.Unknown() != 0 {
			t.Errorf("%+v\n%s", r, unknowns(r))
		}
		for day := date("2027-03-03"); day.Compare(date("2027-03-31")) <= 0; day = day.AddDays(1) {
			if _, err := d.Close(ctx, day, true); err != nil {
				t.Fatal(err)
			}
		}
		if states(t, c)[payment.Banked] != 3 {
			t.Errorf("%v", states(t, c))
		}

		// The cheque comes back: what is entered for it is in an open day, and the closed one is what it was.
		back := c.BankFile("2027-04-02", "2027-04-02", 45, "", "2027-04-02|555|-5000|RTN|RETURNED ITEM CHQ 451 J SECRETPERSON")
		days(t, c, 1)
		// The sandbox's bank does not know of the deposit that was written into its file of March.
		b, err = d.BankDespite(ctx, "april.bai", back, nil, settling.Despite{Why: "the deposit of March is not in its opening", By: "dora"}, true)
		if err != nil || b.Counter.Returned != 1 {
			t.Fatalf("%+v, %v", b, err)
		}
		if strings.HasSuffix(t.Name(), "sqlite") && (c.StoreHas("SECRETPERSON") || !c.StoreHas("TICKET COUNTER DEPOSIT")) {
			t.Error("the name of who wrote the cheque is in the store, or our deposit's text is not")
		}
		if got := report(t, d, "2027-03-03"); !got.Closed || got.Gross != r.Gross || got.Bank != r.Bank {
			t.Errorf("the closed day has changed: %+v", got)
		}
		if r := report(t, d, "2027-04-03"); r.Classes[payout.Chargeback].Minor() != 5000 || r.Unknown() != 0 {
			t.Errorf("%+v\n%s", r, unknowns(r))
		}
		if a := attemptOf(t, c, e.Attempt.ID); a.State != payment.Returned || ticketOf(t, c, tk).State != ticket.Reopened {
			t.Errorf("%s, %s", a.State, ticketOf(t, c, tk).State)
		}
		v := toCardPage(c, "en", "", [2]string{"K2", "KKK 222"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full: $100.00")
		check := c.CheckLedger()
		if check.PaidTickets != 3 || check.ByAccount["in_transit:deposit"] != 0 {
			t.Errorf("%+v", check)
		}
		do(t, c.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			open, err := tx.OpenExceptions(ctx, 100)
			if len(open) != 0 {
				t.Errorf("it is paid, and in the queue still: %+v", open)
			}
			return err
		}))
		if n := fmt.Sprint(check.Exceptions); n != "[]" {
			t.Errorf("needs a person: %s", n)
		}
	})
}
