package citytest_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"fundy/city"
	"fundy/citytest"
	"fundy/fault"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
	"fundy/visitor"
)

// corrected asks in anne's name and has ben approve it.
func corrected(t *testing.T, c *citytest.City, ask func() (payment.Correction, error)) payment.Correction {
	t.Helper()
	asked, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	done, err := c.Office.Settler().ApproveCorrection(context.Background(), asked.ID, "ben", true)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func transferred(t *testing.T, c *citytest.City, id payment.AttemptID, from, to ticket.ID) payment.Correction {
	t.Helper()
	return corrected(t, c, func() (payment.Correction, error) { return transfer(c, id, from, to) })
}

func transfer(c *citytest.City, id payment.AttemptID, from, to ticket.ID) (payment.Correction, error) {
	return c.Office.Settler().AskTransfer(context.Background(), id, payment.TransferAsk{From: from, To: to, Why: "the payer misread a number", By: "anne"}, true)
}

// against is the reason for which a correction was refused.
func against(err error) string {
	var no *payment.CorrectionRefusal
	if errors.As(err, &no) {
		return no.Reason
	}
	return ""
}

func statesOf(t *testing.T, c *citytest.City, ids ...ticket.ID) string {
	t.Helper()
	var all []string
	for _, id := range ids {
		all = append(all, string(ticketOf(t, c, id).State))
	}
	return strings.Join(all, " ")
}

func openByKind(t *testing.T, c *citytest.City) map[payment.ExceptionKind]payment.Exception {
	t.Helper()
	var open []payment.Exception
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		open, err = tx.OpenExceptions(ctx, 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	byKind := map[payment.ExceptionKind]payment.Exception{}
	for _, e := range open {
		byKind[e.Kind] = e
	}
	return byKind
}

func shown(t *testing.T, c *citytest.City, path string) string {
	t.Helper()
	v := &visitor.Visitor{}
	v.Open(context.Background(), c.Portal.URL+path)
	return text(t, v)
}

func find(t *testing.T, c *citytest.City, lang, number, plate string) string {
	t.Helper()
	v := &visitor.Visitor{}
	v.Open(context.Background(), c.Portal.URL+paths[lang][0])
	v.Send(context.Background(), "find", paths[lang][1], map[string]string{"number": number, "plate": plate})
	return text(t, v)
}

// A payer has paid 10482 for 10428, in time. Weeks later his money is at the right ticket, at the price of the day on
// which he paid; the wrong one is owed again by its own clock. No cent moves at the processor, and a refund follows.
func TestAPaymentOfTheWrongTicketIsMovedToTheRightOne(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		wrong := c.Add(citytest.Spec{Number: "10482", Plate: "TTT 111", Offence: "LOADING", Age: 1})
		right := c.Add(citytest.Spec{Number: "10428", Plate: "TTT 222", Offence: "LOADING", Age: 14})
		a := paid(t, c, "10482", "TTT 111", good)
		days(t, c, 40) // both cost 100.00 by now
		if _, err := c.Office.Settler().AskTransfer(context.Background(), a.ID, payment.TransferAsk{From: wrong, To: right, Why: "x", By: "anne"}, false); err != nil {
			t.Fatalf("dry run: %v", err)
		}
		if s := statesOf(t, c, wrong, right); s != "paid open" {
			t.Fatalf("a dry run left %s", s)
		}
		if done := transferred(t, c, a.ID, wrong, right); done.Amount.Minor() != 5000 || !done.Rest.IsZero() {
			t.Errorf("%+v", done)
		}
		if s := statesOf(t, c, wrong, right); s != "reopened paid" {
			t.Errorf("the tickets are %s", s)
		}
		check := c.CheckLedger()
		if check.Captured != 5000 || check.Allocated != 5000 || check.Clearing != 5000 || check.PaidTickets != 1 {
			t.Errorf("%+v", check)
		}
		if check.ByAccount["receivable:penalty"]+check.ByAccount["receivable:discount"] != 5000 {
			t.Errorf("the other ticket is owed as it was issued: %v", check.ByAccount)
		}
		en := shown(t, c, "/r/"+string(a.ID)+"/receipt")
		want(t, en, "Ticket 10428", "Registered owner of NB TTT 222", "Paid in full: $50.00", "The city moved it to this one on")
		if strings.Contains(en, "10482") {
			t.Errorf("the receipt still has the other ticket:\n%s", en)
		}
		want(t, shown(t, c, "/r/"+string(a.ID)+"/receipt?lang=fr"), "Contravention 10428", "La ville l’a porté à celle-ci le")
		want(t, find(t, c, "en", "10428", "TTT 222"), "This ticket is paid", "See the receipt of this ticket")
		want(t, find(t, c, "en", "10482", "TTT 111"), "$100.00") // its own clock has gone on

		id := approved(t, c, a.ID, asks(5000, 5000, reopened))
		if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded || r.Parts[0].Ticket != right {
			t.Errorf("its refund ends %s, of %v", r.State, r.Parts)
		}
		if s := statesOf(t, c, wrong, right); s != "reopened reopened" {
			t.Errorf("given back, the tickets are %s", s)
		}
		if check := c.CheckLedger(); check.Refunded != 5000 || check.Clearing != 0 || check.PaidTickets != 0 {
			t.Errorf("given back: %+v", check)
		}
		// A ticket that is owed again still shows the receipt of what was paid, and that it was given back; the one
		// that the money was moved away from shows none.
		for lang, words := range map[string][2]string{
			"en": {"See the receipt of an earlier payment", "Given back: $50.00"}, "fr": {"Voir le reçu d’un paiement antérieur", "Remboursé : 50,00 $"},
		} {
			v := &visitor.Visitor{}
			v.Open(context.Background(), c.Portal.URL+paths[lang][0])
			v.Send(context.Background(), "find", paths[lang][1], map[string]string{"number": "10428", "plate": "TTT 222"})
			want(t, text(t, v), words[0])
			v.Open(context.Background(), c.Portal.URL+map[string]string{"en": "/pay/receipt?n=0", "fr": "/payer/recu?n=0"}[lang])
			want(t, text(t, v), words[1])
			if page := find(t, c, lang, "10482", "TTT 111"); strings.Contains(page, words[0]) {
				t.Errorf("a receipt of money that was moved away:\n%s", page)
			}
		}
	})
}

// Who has asked does not approve: not by the rules, and not by the store. One question about a payment at a time.
func TestOnePersonMovesNoMoney(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		from := c.Add(citytest.Spec{Number: "T1", Plate: "TTT 333", Offence: "LOADING", Age: 1})
		to := c.Add(citytest.Spec{Number: "T2", Plate: "TTT 333", Offence: "LOADING", Age: 1})
		a := paid(t, c, "T1", "TTT 333", good)
		ctx, s := context.Background(), c.Office.Settler()
		asked, err := transfer(c, a.ID, from, to)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := transfer(c, a.ID, from, to); against(err) != payment.RefusedUnderWay {
			t.Errorf("asked twice: %v", err)
		}
		if _, err := s.ApproveCorrection(ctx, asked.ID, "anne", true); against(err) != payment.RefusedSamePerson {
			t.Errorf("anne approves what she has asked for: %v", err)
		}
		err = c.Store.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			asked.State, asked.DecidedBy, asked.DecidedAt = payment.CorrectionDone, "anne", c.Now()
			return tx.DecideCorrection(ctx, asked)
		})
		if !errors.Is(err, store.ErrRule) {
			t.Errorf("the store lets anne approve: %v", err)
		}
		if _, err := s.RefuseCorrection(ctx, asked.ID, "anne", true); err != nil {
			t.Errorf("anne takes it back: %v", err)
		}
		if _, err := s.ApproveCorrection(ctx, asked.ID, "ben", true); against(err) != payment.RefusedDecided {
			t.Errorf("ben approves what was taken back: %v", err)
		}
		if asked, err = transfer(c, a.ID, from, to); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AskRefund(ctx, a.ID, asks(1, 5000)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ApproveCorrection(ctx, asked.ID, "ben", true); against(err) != payment.RefusedGiven {
			t.Errorf("moved although a part is to be given back: %v", err)
		}
		if s := statesOf(t, c, from, to); s != "paid open" {
			t.Errorf("the tickets are %s", s)
		}
		c.CheckLedger()
	})
}

// What costs more is refused, what is paid or under review is refused with the way on, and a ticket that was issued
// after the payment can't have been meant.
func TestTransfersThatCantBe(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	from := c.Add(citytest.Spec{Number: "T3", Plate: "TTT 444", Offence: "NOPARK", Age: 1})
	dear := c.Add(citytest.Spec{Number: "T4", Plate: "TTT 444", Offence: "LOADING", Age: 1})
	review := c.Add(citytest.Spec{Number: "T5", Plate: "TTT 444", Offence: "NOPARK", Age: 1, State: ticket.Review})
	other := c.Add(citytest.Spec{Number: "T6", Plate: "TTT 444", Offence: "NOPARK", Age: 1})
	a := paid(t, c, "T3", "TTT 444", good)
	paid(t, c, "T6", "TTT 444", good)
	days(t, c, 5)
	later := c.Add(citytest.Spec{Number: "T7", Plate: "TTT 444", Offence: "NOPARK", Age: 1})
	for to, reason := range map[ticket.ID]string{
		dear: payment.RefusedCostsMore, review: payment.RefusedReview, other: payment.RefusedPaidTarget, later: payment.RefusedNotIssued, from: payment.RefusedSameTicket,
	} {
		if _, err := transfer(c, a.ID, from, to); against(err) != reason {
			t.Errorf("%v, want %s", err, reason)
		}
	}
	if _, err := transfer(c, a.ID, other, dear); against(err) != payment.RefusedNotTaken {
		t.Errorf("another payment's ticket: %v", err)
	}
	c.CheckLedger()
}

// A ticket that cost less: the rest is put to no ticket, in the queue, and its refund is asked for. And back again:
// the ticket that costs more can't be paid by what is left, but another at the lower price can, and the first one too.
func TestWhatTheRightTicketCostLessIsGivenBack(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		dear := c.Add(citytest.Spec{Number: "T8", Plate: "TTT 555", Offence: "LOADING", Age: 1})
		cheap := c.Add(citytest.Spec{Number: "T9", Plate: "TTT 666", Offence: "NOPARK", Age: 1})
		same := c.Add(citytest.Spec{Number: "T10", Plate: "TTT 777", Offence: "NOPARK", Age: 1})
		a := paid(t, c, "T8", "TTT 555", good)
		if done := transferred(t, c, a.ID, dear, cheap); done.Rest.Minor() != 2000 {
			t.Fatalf("%+v", done)
		}
		check := c.CheckLedger()
		if check.Allocated != 3000 || check.Rest != 2000 || check.Unallocated != 2000 || check.Clearing != 5000 {
			t.Errorf("%+v", check)
		}
		if e := openByKind(t, c)[payment.ExceptionUnallocated]; e.Amount.Minor() != 2000 || e.Owner != payment.RoleFinance {
			t.Errorf("in the queue: %+v", e)
		}
		refunds := refundsOf(t, c, a.ID)
		if len(refunds) != 1 || refunds[0].Amount.Minor() != 2000 || refunds[0].AskedBy != "anne" || refunds[0].Parts[0].Ticket != "" {
			t.Fatalf("refunds: %+v", refunds)
		}
		if _, err := transfer(c, a.ID, cheap, dear); against(err) != payment.RefusedCostsMore {
			t.Errorf("back to what costs more: %v", err)
		}
		if _, err := c.Office.Settler().ApproveRefund(context.Background(), refunds[0].ID, "ben"); err != nil {
			t.Fatal(err)
		}
		if r := goesOn(t, c, refunds[0].ID, payment.RefundSending); r.State != payment.RefundSucceeded {
			t.Errorf("the rest's refund ends %s", r.State)
		}
		if e, left := openByKind(t, c)[payment.ExceptionUnallocated]; left {
			t.Errorf("still in the queue: %+v", e)
		}
		for _, step := range [][2]ticket.ID{{cheap, same}, {same, cheap}, {cheap, same}} {
			c.SetNow(c.Now().Add(time.Second))
			transferred(t, c, a.ID, step[0], step[1])
			if s := statesOf(t, c, step[0], step[1]); s != "reopened paid" {
				t.Errorf("the tickets are %s", s)
			}
			c.CheckLedger()
		}
		id := approved(t, c, a.ID, asks(3000, 3000))
		if r := goesOn(t, c, id, payment.RefundSending); r.State != payment.RefundSucceeded || r.Parts[0].Ticket != same {
			t.Errorf("the refund ends %s, of %v", r.State, r.Parts)
		}
		if check := c.CheckLedger(); check.Clearing != 0 || check.Refunded != 3000 || check.Unallocated != 0 {
			t.Errorf("at the end: %+v", check)
		}
	})
}

func refundsOf(t *testing.T, c *citytest.City, id payment.AttemptID) (all []payment.Refund) {
	t.Helper()
	err := c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = tx.RefundsOfAttempt(ctx, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A transfer of a payment whose day is closed is entered in an open day, and the closed one's report stays.
func TestATransferNeverGoesIntoAClosedDay(t *testing.T) {
	t.Parallel()
	citytest.BothAt(t, wednesday, func(t *testing.T, c *citytest.City) {
		from := c.Add(citytest.Spec{Number: "T11", Plate: "TTT 888", Offence: "NOPARK", Age: 1})
		to := c.Add(citytest.Spec{Number: "T12", Plate: "TTT 888", Offence: "NOPARK", Age: 1})
		a := paid(t, c, "T11", "TTT 888", good)
		ends := city.DateOf(wednesday, c.Settings.City().Zone).AddDays(1).Start(c.Settings.City().Zone)
		err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			return tx.CloseDay(ctx, city.DateOf(wednesday, c.Settings.City().Zone), ends, c.Now(), "{}")
		})
		if err != nil {
			t.Fatal(err)
		}
		days(t, c, 3)
		done := transferred(t, c, a.ID, from, to)
		err = c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			lines, err := tx.Moves(ctx, ends, ends.Add(time.Hour))
			found := int64(0)
			for _, l := range lines {
				if l.Credit == "receivable:penalty" {
					found += l.Amount.Minor() // the first ticket's penalty is owed again, the second one's is paid
				}
			}
			if found == 0 {
				t.Errorf("the open day has nothing of %s: %v", done.ID, lines)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		c.CheckLedger()
	})
}

// Four approve at once, and somebody pays the right ticket meanwhile: the money is moved once, or not at all, and
// nothing is taken twice.
func TestATransferApprovedByManyAtOnceIsMadeOnce(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		from := c.Add(citytest.Spec{Number: "T13", Plate: "TTT 999", Offence: "LOADING", Age: 1})
		to := c.Add(citytest.Spec{Number: "T14", Plate: "TTT 999", Offence: "LOADING", Age: 1})
		a := paid(t, c, "T13", "TTT 999", good)
		other := settle(t, c, begin(t, c, "T14", "TTT 999"), payment.Creating)
		payWithCard(t, c, other.Session)
		asked, err := transfer(c, a.ID, from, to)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		var errs [4]error
		for i := range errs {
			all.Go(func() { _, errs[i] = c.Office.Settler().ApproveCorrection(context.Background(), asked.ID, "ben", true) })
		}
		all.Go(func() { _, _ = c.Office.Settler().Refresh(context.Background(), other.ID) })
		all.Wait()
		done := 0
		for _, err := range errs {
			switch reason := against(err); {
			case err == nil:
				done++
			case reason != payment.RefusedDecided && reason != payment.RefusedConfirming && reason != payment.RefusedPaidTarget:
				t.Errorf("refused with %v", err)
			}
		}
		end := settle(t, c, other.ID, payment.Opened, payment.Authorized, payment.Capturing, payment.Releasing)
		if want := map[int]payment.State{1: payment.Released, 0: payment.Captured}[done]; end.State != want || done > 1 {
			t.Errorf("made %d times, and the other payment is %s", done, end.State)
		}
		if check := c.CheckLedger(); check.PaidTickets != int64(2-done) || check.Captured != int64(10000-5000*done) {
			t.Errorf("made %d times: %+v", done, check)
		}
	})
}
