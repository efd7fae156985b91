package citytest_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"fundy/bank"
	"fundy/citytest"
	"fundy/office"
	"fundy/payment"
	"fundy/payout"
	settling "fundy/settle"
	"fundy/store"
)

// ofCheques claims the lines on which the bank has paid a cheque of the city's.
const ofCheques = `
[[rule]]
as       = "cheque"
account  = "000104762233"
contains = "cheque paid"
`

// chequesCSV is how the bank of these tests writes its lines.
const chequesCSV = "days = \"YYYY-MM-DD\"\norder = \"oldest first\"\naccount = \"000104762233\"\ncurrency = \"CAD\"\n" +
	"[column]\nbooked = \"Date\"\ntext = \"Description\"\nreference = \"Reference\"\ndebit = \"Debit\"\ncredit = \"Credit\"\n"

// bankPays takes a file of the bank with these lines: "2027-03-10,CHEQUE PAID,00012,50.00,".
func bankPays(t *testing.T, d *citytest.Deposits, lines ...string) citytest.Deposited {
	t.Helper()
	m, err := bank.ParseMapping([]byte(chequesCSV))
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.Bank(context.Background(), "bank.csv", []byte("Date,Description,Reference,Debit,Credit\n"+strings.Join(lines, "\n")+"\n"), m, true)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// owed asks for a refund by cheque and has ben approve it.
func owed(t *testing.T, c *citytest.City, a payment.Attempt, payee string, ask payment.RefundAsk) payment.RefundID {
	t.Helper()
	ask.Way = payment.ByCheque
	r, err := c.Office.Settler().AskRefundTo(context.Background(), a.ID, ask, c.SealPayee(payee))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Office.Settler().ApproveRefund(context.Background(), r.ID, "ben"); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// requisition makes one and returns its file's rows without the header.
func requisition(t *testing.T, c *citytest.City, by string) (payment.Requisition, [][]string) {
	t.Helper()
	r, file, err := c.Requisitions().Make(context.Background(), by)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%v: %s", err, file)
	}
	return r, rows[1:]
}

func written(id payment.RefundID, number, day string) settling.WrittenCheque {
	return settling.WrittenCheque{Refund: id, Number: number, Day: date(day)}
}

// issued enters one cheque.
func issued(t *testing.T, c *citytest.City, id payment.RefundID, number, day string) {
	t.Helper()
	out, err := c.Office.Settler().IssueCheques(context.Background(), []settling.WrittenCheque{written(id, number, day)}, "carol", true)
	if err != nil || out.New != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
}

// openQueue is what waits for a person, as "kind of ref".
func openQueue(t *testing.T, c *citytest.City) string {
	t.Helper()
	var lines []string
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.OpenExceptions(ctx, 100)
		for _, e := range all {
			lines = append(lines, fmt.Sprintf("%s of %s", e.Kind, e.Ref))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func leaves(t *testing.T, c *citytest.City, kind string) (n int) {
	t.Helper()
	n, err := c.LeavesOf(kind)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A refund by cheque from the asking to the bank: what is owed to the payer is so in the books at each step, the payee
// is sealed, opened behind a leaf, and erased after its time.
func TestARefundByChequeFromTheAskingToTheBank(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, s, d := context.Background(), c.Office.Settler(), c.DepositsWith(ofCheques)
		c.Add(citytest.Spec{Number: "K1", Plate: "KKK 111", Offence: "LOADING", Age: 1})
		a := paid(t, c, "K1", "KKK 111", good)
		if _, err := s.AskRefund(ctx, a.ID, asks(5000, 5000, byCheque)); refusal(err) != payment.RefusedPayee {
			t.Errorf("a cheque to nobody: %v", err)
		}
		if _, err := s.AskRefundTo(ctx, a.ID, asks(5001, 5000, byCheque), c.SealPayee("Wanda Example\n1 Main Street")); refusal(err) != payment.RefusedTooMuch {
			t.Errorf("a cent too much: %v", err)
		}
		id := owed(t, c, a, "=Wanda Éxample\n1 Main Street\nTown NB  E1E 1E1", asks(5000, 5000))
		if c.StoreHasOnSQLite("Wanda") || c.StoreHasOnSQLite("Main Street") {
			t.Error("the payee stands in the store")
		}
		check := c.CheckLedger()
		if check.Refunded != 5000 || check.Payable != 5000 || check.Outstanding != 0 || check.Clearing != 5000 || check.ByAccount["refunds:parking:penalty"] != 5000 {
			t.Errorf("approved: %+v", check)
		}
		if _, err := s.AskRefund(ctx, a.ID, asks(1, 0)); refusal(err) != payment.RefusedTooMuch {
			t.Errorf("a second refund, to the card: %v", err)
		}
		if _, err := s.IssueCheques(ctx, []settling.WrittenCheque{written(id, "12", "2027-03-03")}, "carol", true); err == nil || !strings.Contains(err.Error(), "is on no requisition yet") {
			t.Errorf("a cheque that nobody has asked for: %v", err)
		}

		q := c.Requisitions()
		opened := leaves(t, c, "opening")
		if r, all, err := q.Waiting(ctx, "carol"); err != nil || r.Number != 1 || r.Sum.Minor() != 5000 || len(all) != 1 || leaves(t, c, "opening") != opened {
			t.Errorf("what waits: %+v, %v", r, err)
		}
		if _, _, err := q.Make(ctx, "anne"); !errors.As(err, new(office.ErrOwnPayee)) {
			t.Errorf("anne, who has given the payee, sends it off: %v", err)
		}
		r, file, err := q.Make(ctx, "carol")
		if err != nil {
			t.Fatal(err)
		}
		want := "1,1," + string(id) + "," + a.Receipt + ",50.00,CAD,'=Wanda Éxample,1 Main Street,Town NB  E1E 1E1,,,,\r\n"
		if !strings.HasSuffix(string(file), want) || leaves(t, c, "opening") != opened+1 {
			t.Errorf("the file, with %d openings:\n%s\nwant\n%s", leaves(t, c, "opening")-opened, file, want)
		}
		if again, same, err := q.Again(ctx, 1, "ben"); err != nil || !bytes.Equal(same, file) || again.Digest != r.Digest || leaves(t, c, "opening") != opened+2 {
			t.Errorf("once more: %+v, %v:\n%s", again, err, same)
		}
		if _, same, err := q.Again(ctx, 1, "anne"); !errors.As(err, new(office.ErrOwnPayee)) || len(same) > 0 || leaves(t, c, "opening") != opened+2 {
			t.Errorf("once more, for who has given the payee: %v", err)
		}
		if _, _, err := q.Make(ctx, "carol"); !errors.Is(err, office.ErrNothingToPay) {
			t.Errorf("a second requisition of the same: %v", err)
		}

		days(t, c, 2)
		issued(t, c, id, "00012", "2027-03-05")
		if out, err := s.IssueCheques(ctx, []settling.WrittenCheque{written(id, "12", "2027-03-05")}, "carol", true); err != nil || out.Same != 1 || out.New != 0 {
			t.Errorf("the same again: %+v, %v", out, err)
		}
		if check := c.CheckLedger(); check.Payable != 0 || check.Outstanding != 5000 {
			t.Errorf("issued: %+v", check)
		}

		// Of five lines one is its cheque; another's number is ours and its amount is not.
		days(t, c, 5)
		b := bankPays(t, d, "2027-03-09,CHEQUE PAID,000000013,50.00,", "2027-03-09,CHEQUE PAID,000000012,50.01,", "2027-03-10,CHEQUE PAID,000000012,50.00,", "2027-03-10,CHEQUE PAID,000000012,50.00,")
		if b.Cheques != 1 || refundOf(t, c, id).State != payment.RefundCleared {
			t.Errorf("%+v, %s", b, refundOf(t, c, id).State)
		}
		check = c.CheckLedger()
		if check.Payable != 0 || check.Outstanding != 0 || check.ByAccount["bank:operating"] != -5000 || check.AtBank != -5000 {
			t.Errorf("cleared: %+v", check)
		}
		rep := report(t, d, "2027-03-10")
		if got := unknowns(rep); rep.Unknown() != 2 || !strings.Contains(got, "the bank paid 50.01 on cheque 000000012") || !strings.Contains(got, "cheque 12 of 50.00, for the refund "+string(id)+", which is cleared") {
			t.Errorf("the lines with our number that are not our cheque:\n%s", got)
		}
		if again := bankPays(t, d, "2027-03-10,CHEQUE PAID,000000012,50.00,"); again.Cheques != 0 {
			t.Errorf("the same line again: %+v", again)
		}

		c.SetNow(c.Now().Add(399 * 24 * time.Hour))
		if err := s.Round(ctx); err != nil {
			t.Fatal(err)
		}
		if _, same, err := q.Again(ctx, 1, "ben"); err != nil || !bytes.Equal(same, file) {
			t.Errorf("before its time: %v", err)
		}
		c.SetNow(c.Now().Add(48 * time.Hour))
		if err := s.Round(ctx); err != nil {
			t.Fatal(err)
		}
		if _, _, err := q.Again(ctx, 1, "ben"); !errors.Is(err, office.ErrPayeeErased) || leaves(t, c, "payee_erased") != 1 {
			t.Errorf("after its time: %v, %d leaves", err, leaves(t, c, "payee_erased"))
		}
		c.CheckLedger()
	})
}

func byCheque(ask *payment.RefundAsk) { ask.Way = payment.ByCheque }

// A cheque that the post brings back, and one that nobody cashes, stay the payer's: in a queue, in the books, and not
// to be refunded a second time in another way until two people have ended it.
func TestAChequeThatIsNotCashedStaysThePayers(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, s := context.Background(), c.Office.Settler()
		c.Add(citytest.Spec{Number: "K2", Plate: "KKK 222", Offence: "LOADING", Age: 1})
		a := paid(t, c, "K2", "KKK 222", good)
		id := owed(t, c, a, "Wanda Example\n1 Main Street", asks(5000, 5000))
		requisition(t, c, "carol")
		issued(t, c, id, "21", "2027-03-03")

		if r, err := s.ReturnRefundCheque(ctx, id, "carol", false); err != nil || r.State != payment.RefundReturned || refundOf(t, c, id).State != payment.RefundIssued {
			t.Errorf("a dry run: %s, %v", r.State, err)
		}
		if _, err := s.ReturnRefundCheque(ctx, id, "carol", true); err != nil {
			t.Fatal(err)
		}
		if check := c.CheckLedger(); check.Payable != 5000 || check.Outstanding != 0 || check.Refunded != 5000 || !strings.Contains(openQueue(t, c), "cheque of "+string(id)) {
			t.Errorf("returned: %+v\n%s", check, openQueue(t, c))
		}
		if _, err := s.AskRefund(ctx, a.ID, asks(5000, 5000)); refusal(err) != payment.RefusedExpected {
			t.Errorf("to the card, what is owed by cheque: %v", err)
		}
		if _, err := s.ReturnRefundCheque(ctx, id, "carol", true); refusal(err) != payment.RefusedNotThere {
			t.Errorf("returned twice: %v", err)
		}

		if _, err := s.AskPayeeAgain(ctx, id, c.SealPayee("Wanda Example\n2 New Street"), "dora", true); err != nil {
			t.Fatal(err)
		}
		if q := openQueue(t, c); q != "" {
			t.Errorf("asked again, and in the queue: %s", q)
		}
		if _, _, err := c.Requisitions().Make(ctx, "dora"); !errors.As(err, new(office.ErrOwnPayee)) {
			t.Errorf("dora, who has given the address, sends it there: %v", err)
		}
		if _, rows := requisition(t, c, "carol"); len(rows) != 1 || rows[0][7] != "2 New Street" {
			t.Errorf("%v", rows)
		}
		if _, err := s.IssueCheques(ctx, []settling.WrittenCheque{written(id, "21", "2027-03-04")}, "carol", true); err == nil {
			t.Error("the number of the cheque that came back is taken again")
		}
		days(t, c, 1)
		issued(t, c, id, "22", "2027-03-04")

		// Six months are not over on their last day.
		if err := s.SweepCheques(ctx, time.Date(2027, 9, 4, 12, 0, 0, 0, time.UTC)); err != nil || refundOf(t, c, id).State != payment.RefundIssued {
			t.Errorf("on the last day: %s, %v", refundOf(t, c, id).State, err)
		}
		c.SetNow(time.Date(2027, 9, 5, 12, 0, 0, 0, time.UTC))
		if err := s.SweepCheques(ctx, c.Now()); err != nil || refundOf(t, c, id).State != payment.RefundStale {
			t.Errorf("after six months: %s, %v", refundOf(t, c, id).State, err)
		}
		if check := c.CheckLedger(); check.Payable != 5000 || check.Outstanding != 0 || !strings.Contains(openQueue(t, c), "cheque of "+string(id)) {
			t.Errorf("stale: %+v\n%s", check, openQueue(t, c))
		}
		if _, err := s.AskRefund(ctx, a.ID, asks(5000, 0)); refusal(err) != payment.RefusedTooMuch {
			t.Errorf("to the card, what is owed by a stale cheque: %v", err)
		}

		// Two people end it; then it goes to the card.
		say := func(by string) (bool, error) {
			_, happened, err := s.SayOfRefund(ctx, id, payment.EndedByPeople, by, "the payer asks for his card", "", true)
			return happened, err
		}
		if happened, err := say("anne"); err != nil || happened || refundOf(t, c, id).State != payment.RefundStale {
			t.Errorf("one person ends it: %v, %v", happened, err)
		}
		if _, err := say("anne"); refusal(err) != payment.RefusedSaidIt {
			t.Errorf("anne alone: %v", err)
		}
		if happened, err := say("ben"); err != nil || !happened || refundOf(t, c, id).State != payment.RefundEnded {
			t.Errorf("two people end it: %v, %v", happened, err)
		}
		if check := c.CheckLedger(); check.Payable != 0 || check.Refunded != 0 || check.ByAccount["refunds:parking:penalty"] != 0 {
			t.Errorf("ended: %+v", check)
		}
		if q := openQueue(t, c); q != "refund of "+string(id) {
			t.Errorf("the queue: %s", q)
		}
		if r := goesOn(t, c, approved(t, c, a.ID, asks(5000, 5000)), payment.RefundSending); r.State != payment.RefundSucceeded {
			t.Errorf("to the card: %s", r.State)
		}
		if q := openQueue(t, c); q != "" {
			t.Errorf("given back, and in the queue: %s", q)
		}
		if check := c.CheckLedger(); check.Refunded != 5000 || check.Clearing != 0 {
			t.Errorf("%+v", check)
		}
	})
}

// A bank that pays a cheque after its six months has paid it: what was owed is not owed any more. Where another was
// written in its place, a person looks at it.
func TestAStaleChequeThatTheBankPays(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, s, d := context.Background(), c.Office.Settler(), c.DepositsWith(ofCheques)
		var ids []payment.RefundID
		for i := range 2 {
			number, plate := fmt.Sprintf("K3%d", i), fmt.Sprintf("KKK 33%d", i)
			c.Add(citytest.Spec{Number: number, Plate: plate, Offence: "LOADING", Age: 1})
			ids = append(ids, owed(t, c, paid(t, c, number, plate, good), "Wanda Example\n1 Main Street", asks(5000, 5000)))
		}
		requisition(t, c, "carol")
		issued(t, c, ids[0], "31", "2027-03-03")
		issued(t, c, ids[1], "32", "2027-03-03")
		c.SetNow(time.Date(2027, 9, 6, 12, 0, 0, 0, time.UTC))
		if err := s.Round(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AskPayeeAgain(ctx, ids[1], c.SealPayee("Wanda Example\n2 New Street"), "dora", true); err != nil {
			t.Fatal(err)
		}
		requisition(t, c, "carol")
		issued(t, c, ids[1], "33", "2027-09-06")
		days(t, c, 1)
		b := bankPays(t, d, "2027-09-06,CHEQUE PAID,31,50.00,", "2027-09-06,CHEQUE PAID,32,50.00,", "2027-09-06,CHEQUE PAID,33,50.00,")
		if b.Cheques != 2 || refundOf(t, c, ids[0]).State != payment.RefundCleared || refundOf(t, c, ids[1]).State != payment.RefundCleared {
			t.Errorf("%+v, %s, %s", b, refundOf(t, c, ids[0]).State, refundOf(t, c, ids[1]).State)
		}
		if got := unknowns(report(t, d, "2027-09-06")); !strings.Contains(got, "cheque 32 of 50.00, for the refund "+string(ids[1])+", which is stale") {
			t.Errorf("paid twice:\n%s", got)
		}
		if check := c.CheckLedger(); check.Payable != 0 || check.Outstanding != 0 || check.AtBank != -10000 {
			t.Errorf("%+v", check)
		}
	})
}

// A file of cheques is taken whole or not at all, and says what is wrong with which line.
func TestAFileOfChequesIsTakenWholeOrNot(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, s := context.Background(), c.Office.Settler()
		var ids []payment.RefundID
		for i := range 3 {
			number, plate := fmt.Sprintf("K4%d", i), fmt.Sprintf("KKK 44%d", i)
			c.Add(citytest.Spec{Number: number, Plate: plate, Offence: "LOADING", Age: 1})
			a := paid(t, c, number, plate, good)
			if i == 2 {
				ids = append(ids, approved(t, c, a.ID, asks(5000, 5000)))
				continue
			}
			ids = append(ids, owed(t, c, a, "Wanda Example\n1 Main Street", asks(5000, 5000)))
		}
		requisition(t, c, "carol")
		good := fmt.Sprintf("%s,101,2027-03-03,50.00\n", ids[0])
		take := func(rows string) (settling.Issued, error) {
			cheques, err := settling.ReadCheques([]byte("refund,number,date,amount\n" + rows))
			if err != nil {
				return settling.Issued{}, err
			}
			return s.IssueCheques(ctx, cheques, "carol", true)
		}
		for name, one := range map[string]struct{ rows, want string }{
			"no such refund":    {good + "rfd_none,102,2027-03-03,50.00\n", `line 3, refund: no refund has the id "rfd_none"`},
			"a cent too much":   {good + fmt.Sprintf("%s,102,2027-03-03,50.01\n", ids[1]), "line 3, amount: the cheque is of 50.01 and the refund " + string(ids[1]) + " of 50.00"},
			"a refund twice":    {good + fmt.Sprintf("%s,102,2027-03-03,50.00\n", ids[0]), "stands in line 2 already"},
			"a number twice":    {good + fmt.Sprintf("%s,0101,2027-03-03,50.00\n", ids[1]), "cheque 101 stands in line"},
			"to a card":         {good + fmt.Sprintf("%s,102,2027-03-03,50.00\n", ids[2]), "is by processor, and "},
			"tomorrow":          {good + fmt.Sprintf("%s,102,2027-03-04,50.00\n", ids[1]), "the cheque is of 2027-03-04, and today is 2027-03-03"},
			"before it":         {good + fmt.Sprintf("%s,102,2027-03-02,50.00\n", ids[1]), "its requisition 1 of 2027-03-03"},
			"three decimals":    {good + fmt.Sprintf("%s,102,2027-03-03,50.000\n", ids[1]), `line 3, amount: "50.000" is no amount`},
			"minus":             {good + fmt.Sprintf("%s,102,2027-03-03,-50.00\n", ids[1]), "line 3, amount"},
			"a number of words": {good + fmt.Sprintf("%s,one,2027-03-03,50.00\n", ids[1]), `line 3, number: "one" is not a cheque's number`},
			"a field too many":  {good + fmt.Sprintf("%s,102,2027-03-03,50.00,x\n", ids[1]), "line 3: wrong number of fields"},
			"no such day":       {good + fmt.Sprintf("%s,102,2027-02-30,50.00\n", ids[1]), "line 3, date"},
			"nothing":           {"", "has no cheques"},
		} {
			if _, err := take(one.rows); err == nil || !strings.Contains(err.Error(), one.want) {
				t.Errorf("%s: %v, want %q", name, err, one.want)
			}
			if r := refundOf(t, c, ids[0]); r.State != payment.RefundToIssue {
				t.Fatalf("%s: the good line was taken: %s", name, r.State)
			}
		}
		if _, err := settling.ReadCheques([]byte("number,refund,date,amount\n")); err == nil || !strings.Contains(err.Error(), "line 1: is not the header") {
			t.Errorf("another header: %v", err)
		}
		out, err := take(good + fmt.Sprintf("%s,00000102,2027-03-03,50.00\n", ids[1]))
		if err != nil || out.New != 2 || out.Sum.Minor() != 10000 {
			t.Errorf("%+v, %v", out, err)
		}
		if again, err := take(good); err != nil || again.Same != 1 || again.New != 0 {
			t.Errorf("again: %+v, %v", again, err)
		}
		if _, err := take(fmt.Sprintf("%s,103,2027-03-03,50.00\n", ids[0])); err == nil || !strings.Contains(err.Error(), "is issued: no cheque is to be written for it") {
			t.Errorf("a second cheque: %v", err)
		}
		c.CheckLedger()
	})
}

// Two clerks enter a cheque of one refund at the same moment: one is entered. Two make a requisition: the refund
// stands on one.
func TestTwoClerksAtOnceWriteOneCheque(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, s := context.Background(), c.Office.Settler()
		c.Add(citytest.Spec{Number: "K5", Plate: "KKK 555", Offence: "LOADING", Age: 1})
		id := owed(t, c, paid(t, c, "K5", "KKK 555", good), "Wanda Example\n1 Main Street", asks(5000, 5000))
		const clerks = 6
		var errs [clerks]error
		var wg sync.WaitGroup
		for i := range clerks {
			wg.Go(func() { _, _, errs[i] = c.Requisitions().Make(ctx, fmt.Sprintf("clerk%d", i)) })
		}
		wg.Wait()
		made := 0
		for _, err := range errs {
			switch {
			case err == nil:
				made++
			case !errors.Is(err, office.ErrSomebodyFirst) && !errors.Is(err, office.ErrNothingToPay):
				t.Errorf("a requisition: %v", err)
			}
		}
		if made != 1 {
			t.Errorf("%d requisitions", made)
		}
		for i := range clerks {
			wg.Go(func() {
				_, errs[i] = s.IssueCheques(ctx, []settling.WrittenCheque{written(id, fmt.Sprint(500+i), "2027-03-03")}, "carol", true)
			})
		}
		wg.Wait()
		made = 0
		for _, err := range errs {
			switch {
			case err == nil:
				made++
			case !strings.Contains(err.Error(), "is issued: no cheque is to be written for it"):
				t.Errorf("a cheque: %v", err)
			}
		}
		if check := c.CheckLedger(); made != 1 || check.Outstanding != 5000 {
			t.Errorf("%d cheques: %+v", made, check)
		}
	})
}

// A cheque may clear by a person's word, and the bank's line that comes later is that cheque's.
func TestAChequeClearsByHand(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, s, d := context.Background(), c.Office.Settler(), c.DepositsWith(ofCheques)
		c.Add(citytest.Spec{Number: "K6", Plate: "KKK 666", Offence: "LOADING", Age: 1})
		id := owed(t, c, paid(t, c, "K6", "KKK 666", good), "Wanda Example\n1 Main Street", asks(5000, 5000))
		requisition(t, c, "carol")
		if _, err := s.ClearRefundCheque(ctx, id, "operating", date("2027-03-03"), "carol", true); refusal(err) != payment.RefusedNotThere {
			t.Errorf("before it was written: %v", err)
		}
		issued(t, c, id, "61", "2027-03-03")
		for day, want := range map[string]string{"2027-03-02": "the bank can't have paid it on", "2027-03-09": "is not here yet"} {
			if _, err := s.ClearRefundCheque(ctx, id, "operating", date(day), "carol", true); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", day, err)
			}
		}
		days(t, c, 5)
		if _, err := s.ClearRefundCheque(ctx, id, "operating", date("2027-03-05"), "carol", true); err != nil {
			t.Fatal(err)
		}
		if b := bankPays(t, d, "2027-03-05,CHEQUE PAID,61,50.00,"); b.Cheques != 1 || report(t, d, "2027-03-05").Unknown() != 0 {
			t.Errorf("%+v\n%s", b, unknowns(report(t, d, "2027-03-05")))
		}
		if check := c.CheckLedger(); check.Outstanding != 0 || check.AtBank != -5000 {
			t.Errorf("%+v", check)
		}
	})
}

// A line of the bank with a cheque of another department is nobody's question; when its number turns out to be a
// refund's, because accounts payable says so only then, it is found.
func TestABankThatIsQuickerThanAccountsPayable(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		d := c.DepositsWith(ofCheques)
		c.Add(citytest.Spec{Number: "K7", Plate: "KKK 777", Offence: "LOADING", Age: 1})
		id := owed(t, c, paid(t, c, "K7", "KKK 777", good), "Wanda Example\n1 Main Street", asks(2500, 5000))
		requisition(t, c, "carol")
		days(t, c, 2)
		if b := bankPays(t, d, "2027-03-04,CHEQUE PAID,71,25.00,"); b.Cheques != 0 || report(t, d, "2027-03-04").Unknown() != 0 {
			t.Errorf("%+v", b)
		}
		issued(t, c, id, "71", "2027-03-03")
		fetch(t, d)
		if r := refundOf(t, c, id); r.State != payment.RefundCleared {
			t.Errorf("ends %s", r.State)
		}
		if r := report(t, d, "2027-03-04"); r.Unknown() != 0 || r.BankLines[0].Claim != payout.Cheque {
			t.Errorf("%+v", r)
		}
		c.CheckLedger()
	})
}

// A refund that was asked for and refused keeps no payee.
func TestThePayeeOfARefusedRefundIsErased(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		ctx, s := context.Background(), c.Office.Settler()
		c.Add(citytest.Spec{Number: "K8", Plate: "KKK 888", Offence: "LOADING", Age: 1})
		a := paid(t, c, "K8", "KKK 888", good)
		r, err := s.AskRefundTo(ctx, a.ID, asks(5000, 5000, byCheque), c.SealPayee("Wanda Example\n1 Main Street"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.RefuseRefund(ctx, r.ID, "ben"); err != nil {
			t.Fatal(err)
		}
		if err := s.Round(ctx); err != nil || leaves(t, c, "payee_erased") != 1 {
			t.Errorf("%v, %d leaves", err, leaves(t, c, "payee_erased"))
		}
	})
}

// What a payee's file may hold, and what is said of it, which is nothing of it.
func TestAPayeeIsAsOnAnEnvelope(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Wanda Example\n1 Main Street\n": "", "\ufeffWanda Example\r\n1 Main Street\r\n\r\nTown": "", "Wanda Example": "has 1 lines", "": "has 0 lines",
		"a\nb\nc\nd\ne\nf\ng\nh": "has 8 lines", "Wanda\n" + strings.Repeat("x", 61): "line 2 of the payee is longer than 60", "Wanda\n4242 4242 4242 4242": "card number",
		"Wanda 4242 4242\n4242 4242": "card number", "Wanda\n\x07": "holds what is no letter", "Wanda\n\xff": "not UTF-8", strings.Repeat("x", 2001): "longer than 2000 bytes",
	} {
		p, err := office.ParsePayee([]byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Wanda")) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if said := fmt.Sprintf("%v %+v %#v", p, p, p); strings.Contains(said, "Wanda") {
			t.Errorf("it prints as %s", said)
		}
	}
}

// Money that is put to no ticket goes back by cheque too. Where two people end that, it waits for its owner again; so
// does that of a ticket which is owed again.
func TestAnEndedChequeOfMoneyOfNoTicketHasAnOwnerAgain(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		ctx, s := context.Background(), c.Office.Settler()
		control(t, c, "webhooks", map[string]any{"mode": "off"})
		c.SetNow(c.Now().Truncate(time.Second))
		c.Add(citytest.Spec{Number: "K9", Plate: "KKK 999", Offence: "LOADING", Age: 1})
		var twice [2]payment.Attempt
		for i := range twice {
			twice[i] = settle(t, c, begin(t, c, "K9", "KKK 999"), payment.Creating)
		}
		for _, a := range twice {
			takenByHand(t, c, a, "")
		}
		free := attemptOf(t, c, twice[1].ID)
		put := attemptOf(t, c, twice[0].ID)
		end := func(id payment.RefundID) {
			t.Helper()
			for _, by := range []string{"anne", "ben"} {
				if _, _, err := s.SayOfRefund(ctx, id, payment.EndedByPeople, by, "he wants it on his card", "", true); err != nil {
					t.Fatal(err)
				}
			}
		}
		if q := openQueue(t, c); q != "unallocated of "+free.ID.Ref() {
			t.Fatalf("at first: %s", q)
		}
		one := owed(t, c, free, "Wanda Example\n1 Main Street", asks(5000, 5000))
		if check := c.CheckLedger(); check.Unallocated != 0 || check.Payable != 5000 || check.Refunded != 0 || openQueue(t, c) != "" {
			t.Errorf("owed: %+v\n%s", check, openQueue(t, c))
		}
		two := owed(t, c, put, "Wanda Example\n1 Main Street", asks(5000, 5000, reopened))
		if check := c.CheckLedger(); check.Payable != 10000 || check.Reopened != 5000 || check.PaidTickets != 0 {
			t.Errorf("owed, and the ticket too: %+v", check)
		}
		end(one)
		end(two)
		check := c.CheckLedger()
		for _, want := range []string{"unallocated of " + free.ID.Ref(), "unallocated of " + put.ID.Ref(), "refund of " + string(one), "refund of " + string(two)} {
			if !strings.Contains(openQueue(t, c), want) {
				t.Errorf("the queue has no %s:\n%s", want, openQueue(t, c))
			}
		}
		if check.Payable != 0 || check.Unallocated != 10000 || check.Clearing != 10000 {
			t.Errorf("ended: %+v", check)
		}
		goesOn(t, c, approved(t, c, free.ID, asks(5000, 5000)), payment.RefundSending)
		goesOn(t, c, approved(t, c, put.ID, asks(5000, 5000)), payment.RefundSending)
		if check := c.CheckLedger(); check.Unallocated != 0 || check.Clearing != 0 || openQueue(t, c) != "" {
			t.Errorf("on the cards: %+v\n%s", check, openQueue(t, c))
		}
	})
}

// The card was closed: the refund comes back, waits in the queue, and goes by cheque. A part of it leaves it there.
func TestARefundThatCameBackGoesByCheque(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "L2", Plate: "LLL 222", Offence: "LOADING", Age: 1})
		a := paid(t, c, "L2", "LLL 222", failingCard)
		back := approved(t, c, a.ID, asks(3000, 5000))
		goesOn(t, c, back, payment.RefundSending)
		c.SetNow(c.Now().Add(24 * time.Hour))
		if r := goesOn(t, c, back, payment.RefundSucceeded); r.State != payment.RefundFailedLater {
			t.Fatalf("ends %s", r.State)
		}
		day := c.Now().Format("2006-01-02")
		part := owed(t, c, a, "Wanda Example\n1 Main Street", asks(2999, 5000))
		requisition(t, c, "carol")
		issued(t, c, part, "1", day)
		if q := openQueue(t, c); q != "refund of "+string(back) {
			t.Errorf("a cent less: %s", q)
		}
		cent := owed(t, c, a, "Wanda Example\n1 Main Street", asks(1, 2001))
		requisition(t, c, "carol")
		issued(t, c, cent, "2", day)
		if q := openQueue(t, c); q != "" {
			t.Errorf("all of it: %s", q)
		}
		if check := c.CheckLedger(); check.Refunded != 3000 || check.Clearing != 5000 || check.Outstanding != 3000 {
			t.Errorf("%+v", check)
		}
	})
}

// The check of the ledger compares what it owes by cheque with the refunds and the cheques, both ways.
func TestTheLedgersCheckSeesAChequeThatIsNotSo(t *testing.T) {
	t.Parallel()
	for want, bend := range map[string]string{
		"what is owed by cheque is not what the refunds say":        "update refund set state = 'to_issue' where state = 'issued'",
		"the cheques that are out are not what the ledger says":     "update refund_cheque set ended = 'cleared'",
		"more refunded than was taken (first of them, cents): rfd_": "update refund set amount_minor = 5001",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			c := citytest.SQLiteAt(t, wednesday)
			c.Add(citytest.Spec{Number: "L1", Plate: "LLL 111", Offence: "LOADING", Age: 1})
			id := owed(t, c, paid(t, c, "L1", "LLL 111", good), "Wanda Example\n1 Main Street", asks(5000, 5000))
			requisition(t, c, "carol")
			issued(t, c, id, "1", "2027-03-03")
			c.CheckLedger()
			if err := c.Tamper(bend); err != nil {
				t.Fatal(err)
			}
			var check store.LedgerCheck
			err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
				check, err = tx.CheckLedger(ctx)
				return err
			})
			if err != nil || !strings.Contains(strings.Join(check.Faults, "\n"), want) {
				t.Errorf("%v: %q", err, check.Faults)
			}
		})
	}
}
