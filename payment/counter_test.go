package payment_test

import (
	"errors"
	"testing"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

func handed(kind payment.TenderKind, cents int64) payment.Tender {
	t := payment.Tender{Kind: kind, Tendered: money.FromMinor(cents), ReceivedOn: city.Date{Year: 2026, Month: 3, Day: 1}}
	if kind != payment.Cash {
		t.Reference = "123"
	}
	return t
}

func taking(due []int64, tenders ...payment.Tender) payment.TakeAsk {
	ask := payment.TakeAsk{RequestID: "req_0123456789abcdef", Channel: payment.AtCounter, By: "anne", Tenders: tenders, MadeAt: start}
	for i, cents := range due {
		ask.Quotes = append(ask.Quotes, quote(ticket.ID('a'+rune(i)), cents))
	}
	return ask
}

func owedBy(regime string, n int) map[ticket.ID]payment.Candidate {
	all := map[ticket.ID]payment.Candidate{}
	for i := range n {
		c := candidate(ticket.Open, true)
		c.Ticket.Regime = regime
		all[ticket.ID('a'+rune(i))] = c
	}
	return all
}

// Cash is rounded on what is left for it of the whole, whatever the tickets come to one by one.
func TestCashRoundsOnTheWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		due                      []int64
		cheque, cash             int64
		change, rounding, amount int64
	}{
		{due: []int64{3000}, cash: 3000, amount: 3000},
		{due: []int64{3001}, cash: 3000, rounding: -1, amount: 3001},
		{due: []int64{3002}, cash: 3000, rounding: -2, amount: 3002},
		{due: []int64{3003}, cash: 3005, rounding: 2, amount: 3003},
		{due: []int64{3004}, cash: 3005, rounding: 1, amount: 3004},
		{due: []int64{3005}, cash: 3005, amount: 3005},
		{due: []int64{3006}, cash: 3005, rounding: -1, amount: 3006},
		{due: []int64{3007}, cash: 3005, rounding: -2, amount: 3007},
		{due: []int64{3008}, cash: 3010, rounding: 2, amount: 3008},
		{due: []int64{3009}, cash: 3010, rounding: 1, amount: 3009},
		{due: []int64{3002}, cash: 4000, change: 1000, rounding: -2, amount: 3002},
		// Three tickets of 10.02 are 30.06, which is 30.05; by ticket it would be 30.00.
		{due: []int64{1002, 1002, 1002}, cash: 3005, rounding: -1, amount: 3006},
		// The cheque is never rounded: 6.03 is left for the cash.
		{due: []int64{3003}, cheque: 2400, cash: 1000, change: 395, rounding: 2, amount: 603},
		{due: []int64{3002}, cheque: 3000, cash: 5, change: 5, rounding: -2, amount: 2},
	} {
		tenders := []payment.Tender{handed(payment.Cash, c.cash)}
		if c.cheque > 0 {
			tenders = append(tenders, handed(payment.Cheque, c.cheque))
		}
		got, no := payment.Take(taking(c.due, tenders...), owedBy("nb-lga", len(c.due)), money.Zero, start)
		if no != nil {
			t.Errorf("%+v: %v", c, no)
			continue
		}
		cash := got.Tenders[0]
		if cash.Change.Minor() != c.change || cash.Rounding.Minor() != c.rounding || cash.Amount.Minor() != c.amount {
			t.Errorf("%+v: change %s, rounding %s, counts %s", c, cash.Change, cash.Rounding, cash.Amount)
		}
		sum := got.Short.Minor()
		for _, tender := range got.Tenders {
			kept, _ := tender.Kept()
			if kept.Minor() != tender.Amount.Minor()+tender.Rounding.Minor()+tender.Excess.Minor() {
				t.Errorf("%+v: %+v does not add up", c, tender)
			}
			sum += tender.Amount.Minor()
		}
		if sum != got.Payment.Total.Minor() {
			t.Errorf("%+v: tenders come to %d of %s", c, sum, got.Payment.Total)
		}
	}
}

func TestTakeRefuses(t *testing.T) {
	t.Parallel()
	with := func(tender payment.Tender, change func(*payment.Tender)) payment.Tender {
		change(&tender)
		return tender
	}
	on := func(day city.Date) func(*payment.Tender) { return func(t *payment.Tender) { t.DrawnOn = day } }
	eleven := make([]int64, 11)
	many := make([]payment.Tender, 11)
	for i := range eleven {
		eleven[i], many[i] = 100, handed(payment.Cheque, 100)
	}
	in := func(s ticket.State, payable bool) map[ticket.ID]payment.Candidate {
		c := candidate(s, payable)
		c.Ticket.Regime = "nb-lga"
		return map[ticket.ID]payment.Candidate{"a": c}
	}
	review := in(ticket.Review, true)
	boxed := review["a"]
	boxed.Standing.Box = true
	review["a"] = boxed
	for _, c := range []struct {
		name    string
		due     []int64
		tenders []payment.Tender
		tickets map[ticket.ID]payment.Candidate
		change  func(*payment.TakeAsk)
		want    string
		item    bool
	}{
		{name: "no ticket", tenders: []payment.Tender{handed(payment.Cash, 3000)}, want: payment.RefusedEmpty},
		{name: "eleven tickets", due: eleven, tenders: []payment.Tender{handed(payment.Cash, 1100)}, want: payment.RefusedTooMany},
		{name: "a ticket twice", due: []int64{3000, 3000}, change: func(a *payment.TakeAsk) { a.Quotes[1].Ticket = "a" }, tenders: []payment.Tender{handed(payment.Cash, 6000)}, want: payment.RefusedTooMany},
		{name: "no tender", due: []int64{3000}, want: payment.TakeTenders},
		{name: "eleven tenders", due: []int64{1100}, tenders: many, want: payment.TakeTenders},
		{name: "nothing", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 0)}, want: payment.TakeAmount},
		{name: "less than nothing", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cheque, -3000)}, want: payment.TakeAmount},
		{name: "a cheque of a million", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cheque, 100_000_000)}, want: payment.TakeAmount},
		{name: "three cents in cash", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 3003)}, want: payment.TakeCoins},
		{name: "cash twice", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 1000), handed(payment.Cash, 2000)}, want: payment.TakeTwoCash},
		{name: "no number", due: []int64{3000}, tenders: []payment.Tender{with(handed(payment.Terminal, 3000), func(t *payment.Tender) { t.Reference = "" })}, want: payment.TakeReference},
		{name: "a card's number", due: []int64{3000}, tenders: []payment.Tender{with(handed(payment.Terminal, 3000), func(t *payment.Tender) { t.Reference = "4242424242424242" })}, want: payment.TakeReference},
		{name: "a name for a branch", due: []int64{3000}, tenders: []payment.Tender{with(handed(payment.Cheque, 3000), func(t *payment.Tender) { t.Bank = "ROYAL" })}, want: payment.TakeBank},
		{name: "tomorrow's cheque", due: []int64{3000}, tenders: []payment.Tender{with(handed(payment.Cheque, 3000), on(city.Date{Year: 2026, Month: 3, Day: 2}))}, want: payment.TakePostDated, item: true},
		{name: "last summer's cheque", due: []int64{3000}, tenders: []payment.Tender{with(handed(payment.Cheque, 3000), on(city.Date{Year: 2025, Month: 8, Day: 31}))}, want: payment.TakeStaleCheque, item: true},
		{name: "the last good day", due: []int64{3000}, tenders: []payment.Tender{with(handed(payment.Cheque, 3000), on(city.Date{Year: 2025, Month: 9, Day: 1}))}},
		{name: "a terminal by mail", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Terminal, 3000)}, change: func(a *payment.TakeAsk) { a.Channel = payment.ByMail }, want: payment.TakeTerminalByMail},
		{name: "no request id", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 3000)}, change: func(a *payment.TakeAsk) { a.RequestID = "" }, want: payment.RefusedOtherContent},
		{name: "who", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 3000)}, change: func(a *payment.TakeAsk) { a.By = "Anne B" }, want: payment.RefusedWho},
		{name: "another amount than was seen", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 3000)}, change: func(a *payment.TakeAsk) { a.Expected = money.FromMinor(4000) }, want: payment.RefusedExpected},
		{name: "paid", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 3000)}, tickets: in(ticket.Paid, false), want: payment.TakePaid, item: true},
		{name: "being confirmed", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 3000)}, tickets: in(ticket.Confirming, false), want: payment.RefusedConfirming},
		{name: "being confirmed, and the box is ticked", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 3000)}, tickets: in(ticket.Confirming, true), change: func(a *payment.TakeAsk) { a.ReviewBox = true }, want: payment.RefusedConfirming},
		{name: "court", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 3000)}, tickets: in(ticket.Court, false), want: payment.RefusedNotPayable, item: true},
		{name: "absent", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 3000)}, tickets: map[ticket.ID]payment.Candidate{}, want: payment.RefusedNotPayable, item: true},
		{name: "review, no box", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 3000)}, tickets: review, want: payment.RefusedBox},
		{name: "review, box", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 3000)}, tickets: review, change: func(a *payment.TakeAsk) { a.ReviewBox = true }},
		{name: "short", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 2990)}, want: payment.TakeShort, item: true},
		{name: "a cheque that is a cent short", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cheque, 2999)}, want: payment.TakeShort, item: true},
		{name: "cash beside a cheque that is enough", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cheque, 3000), handed(payment.Cash, 500)}, want: payment.TakeNotNeeded},
		{name: "a second cheque that is not needed", due: []int64{6000}, tenders: []payment.Tender{handed(payment.Cheque, 6000), handed(payment.Cheque, 6000)}, want: payment.TakeNotNeeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ask := taking(c.due, c.tenders...)
			if c.change != nil {
				c.change(&ask)
			}
			tickets := c.tickets
			if tickets == nil {
				tickets = owedBy("nb-lga", len(c.due))
			}
			_, no := payment.Take(ask, tickets, money.Zero, start)
			switch {
			case c.want == "" && no != nil:
				t.Errorf("refused: %s", no.Reason)
			case c.want != "" && (no == nil || no.Reason != c.want || no.Item() != c.item):
				t.Errorf("got %+v, want %s, item %v", no, c.want, c.item)
			}
		})
	}
}

// What is short up to the tolerance is let go; what is over by cheque is the payer's; what is short by more is a part
// payment where the law takes parts, of the last ticket that the money reaches.
func TestShortOverAndPart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		regime         string
		due            []int64
		tenders        []payment.Tender
		tolerance      int64
		short, excess  int64
		part           ticket.ID
		total, counted int64
		want           string
	}{
		{name: "five cents short", regime: "nb-lga", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cheque, 2995)}, tolerance: 5, short: 5, total: 3000, counted: 2995},
		{name: "six cents short", regime: "nb-lga", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cheque, 2994)}, tolerance: 5, want: payment.TakeShort},
		{name: "cash short, and rounded up", regime: "nb-lga", due: []int64{3003}, tenders: []payment.Tender{handed(payment.Cash, 3000)}, tolerance: 5, short: 5, total: 3003, counted: 2998},
		{name: "cash short, and rounded down", regime: "nb-lga", due: []int64{3002}, tenders: []payment.Tender{handed(payment.Cash, 2995)}, tolerance: 5, short: 5, total: 3002, counted: 2997},
		{name: "over by cheque", regime: "nb-lga", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cheque, 3500)}, excess: 500, total: 3000, counted: 3000},
		{name: "over by two cheques", regime: "nb-lga", due: []int64{6000}, tenders: []payment.Tender{handed(payment.Cheque, 3000), handed(payment.Cheque, 3100)}, excess: 100, total: 6000, counted: 6000},
		{name: "a part", regime: "generic", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cash, 1000)}, part: "a", total: 1000, counted: 1000},
		{name: "one and a part", regime: "generic", due: []int64{3000, 4000}, tenders: []payment.Tender{handed(payment.Cheque, 5000)}, part: "b", total: 5000, counted: 5000},
		{name: "exactly one of two", regime: "generic", due: []int64{3000, 4000}, tenders: []payment.Tender{handed(payment.Cheque, 3000)}, want: payment.TakeNothingLeft},
		{name: "not even one of two", regime: "generic", due: []int64{3000, 4000}, tenders: []payment.Tender{handed(payment.Cheque, 2000)}, want: payment.TakeNothingLeft},
		{name: "within the tolerance a part is none", regime: "generic", due: []int64{3000}, tenders: []payment.Tender{handed(payment.Cheque, 2996)}, tolerance: 5, short: 4, total: 3000, counted: 2996},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, no := payment.Take(taking(c.due, c.tenders...), owedBy(c.regime, len(c.due)), money.FromMinor(c.tolerance), start)
			if c.want != "" {
				if no == nil || no.Reason != c.want {
					t.Errorf("got %v, want %s", no, c.want)
				}
				return
			}
			if no != nil {
				t.Fatal(no)
			}
			counted := int64(0)
			for _, tender := range got.Tenders {
				counted += tender.Amount.Minor()
			}
			if got.Short.Minor() != c.short || got.Excess.Minor() != c.excess || got.Part != c.part || got.Payment.Total.Minor() != c.total || counted != c.counted {
				t.Errorf("short %s, over %s, part %q, total %s, tenders count %d", got.Short, got.Excess, got.Part, got.Payment.Total, counted)
			}
			if sum := counted + c.short; sum != c.total {
				t.Errorf("%d for %d", sum, c.total)
			}
		})
	}
}

func TestACountIsOfCoinsThatThereAre(t *testing.T) {
	t.Parallel()
	for text, cents := range map[string]int64{"20x3 5x10 0.25x8": 11200, "0.05x1": 5, "100x2,2x1": 20200, "0": 0, "10x0": 0} {
		c, err := payment.ParseCount(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		total, err := c.Total()
		again, againErr := payment.ParseCount(c.String())
		if err != nil || total.Minor() != cents || againErr != nil || again.String() != c.String() {
			t.Errorf("%q: %s, %v; again %v", text, total, err, againErr)
		}
	}
	for _, text := range []string{"", "20", "20x", "x3", "20x-1", "0.01x5", "0.5x2", "20x3 20x1", "20x1.5", "-20x1", "20x99999999999", "1,000x1"} {
		if c, err := payment.ParseCount(text); !errors.Is(err, payment.ErrCount) {
			t.Errorf("%q is %v, %v", text, c, err)
		}
	}
}

// Two people close a drawer, and neither checks his own; a third opens it again.
func TestWhoMayDoWhatWithADrawer(t *testing.T) {
	t.Parallel()
	open := payment.Session{State: payment.SessionOpen, OpenedBy: "anne"}
	count, err := payment.ParseCount("20x5")
	if err != nil {
		t.Fatal(err)
	}
	due := money.FromMinor(10000)
	reason := func(no *payment.CounterRefusal) string {
		if no == nil {
			return ""
		}
		return no.Reason
	}
	for _, c := range []struct{ by, checker, reason, want string }{
		{"anne", "ben", "", ""}, {"ben", "carl", "", ""}, {"anne", "anne", "", payment.RefusedSamePerson}, {"ben", "anne", "", payment.RefusedSamePerson},
		{"anne", "", "", payment.RefusedWho}, {"anne", "ben", "4000 0000 123456789", payment.RefusedReason},
	} {
		if _, no := payment.CloseSession(open, due, count, c.by, c.checker, c.reason, start); reason(no) != c.want {
			t.Errorf("%+v: %v", c, no)
		}
	}
	if _, no := payment.CloseSession(open, money.FromMinor(10100), count, "anne", "ben", "", start); reason(no) != payment.DrawerReason {
		t.Errorf("short without a reason: %v", no)
	}
	closed, no := payment.CloseSession(open, money.FromMinor(10100), count, "anne", "ben", "a roll of loonies was miscounted", start)
	if no != nil || closed.OverShort.Minor() != -100 || closed.Closings != 1 {
		t.Fatalf("%+v, %v", closed, no)
	}
	for _, c := range []struct {
		by         string
		supervisor bool
		batch      payment.BatchState
		want       string
	}{
		{"dora", true, payment.BatchClosed, ""}, {"dora", false, payment.BatchClosed, payment.DrawerSupervisor}, {"anne", true, payment.BatchClosed, payment.RefusedSamePerson},
		{"ben", true, payment.BatchClosed, payment.RefusedSamePerson}, {"dora", true, payment.BatchDeposited, payment.BatchGone},
	} {
		_, no := payment.ReopenSession(closed, []payment.Batch{{State: c.batch}}, c.supervisor, c.by, "count again")
		if reason(no) != c.want {
			t.Errorf("%+v: %v", c, no)
		}
	}
	if _, no := payment.DropFrom(open, money.FromMinor(9999), count, "anne", "ben"); reason(no) != payment.DrawerNotSoMuch {
		t.Errorf("more than there should be goes to the safe: %v", no)
	}
}

func TestTheDayThatPricesTheMail(t *testing.T) {
	t.Parallel()
	day := func(d int) city.Date { return city.Date{Year: 2026, Month: 3, Day: d} }
	for _, c := range []struct {
		rule   payment.MailRule
		letter payment.Letter
		day    city.Date
		want   string
	}{
		{letter: payment.Letter{ReceivedOn: day(10)}, day: day(10)},
		{letter: payment.Letter{ReceivedOn: day(10), PostmarkOn: day(7)}, day: day(10)},
		{rule: payment.MailRule{ByPostmark: true}, letter: payment.Letter{ReceivedOn: day(10), PostmarkOn: day(7)}, day: day(7)},
		{rule: payment.MailRule{ByPostmark: true}, letter: payment.Letter{ReceivedOn: day(10)}, want: payment.TakePostmark},
		{letter: payment.Letter{ReceivedOn: day(10), PostmarkOn: day(11)}, want: payment.TakePostmark},
		{letter: payment.Letter{ReceivedOn: day(13)}, want: payment.TakeReceived},
		{want: payment.TakeReceived},
		// A postmark that can't be read: the day of receipt, or so many days before it as favours the payer.
		{rule: payment.MailRule{ByPostmark: true}, letter: payment.Letter{ReceivedOn: day(10), Unreadable: "faint"}, day: day(10)},
		{rule: payment.MailRule{ByPostmark: true, UnreadableDays: 5}, letter: payment.Letter{ReceivedOn: day(10), Unreadable: "none"}, day: day(5)},
		{rule: payment.MailRule{UnreadableDays: 5}, letter: payment.Letter{ReceivedOn: day(10), Unreadable: "torn"}, day: day(10)},
		{rule: payment.MailRule{ByPostmark: true}, letter: payment.Letter{ReceivedOn: day(10), PostmarkOn: day(7), Unreadable: "faint"}, want: payment.TakeUnreadable},
		{rule: payment.MailRule{ByPostmark: true}, letter: payment.Letter{ReceivedOn: day(10), Unreadable: "because"}, want: payment.TakeUnreadable},
	} {
		got, no := payment.PriceDay(c.rule, c.letter, day(12))
		if c.want == "" && (no != nil || got != c.day) || c.want != "" && (no == nil || no.Reason != c.want) {
			t.Errorf("%+v: %s, %v", c, got, no)
		}
	}
}

func TestABatchIsClosedAtWhatWasAnnounced(t *testing.T) {
	t.Parallel()
	b, no := payment.OpenMail("anne", "ben", money.FromMinor(12000), start)
	if no != nil {
		t.Fatal(no)
	}
	if _, no := payment.OpenMail("anne", "anne", money.FromMinor(12000), start); no == nil || no.Reason != payment.RefusedSamePerson {
		t.Errorf("one person opens the mail: %v", no)
	}
	if no := payment.CloseBatch(b, money.FromMinor(11999), money.Zero, "anne"); no == nil || no.Reason != payment.BatchDiffers || no.Due != b.Announced {
		t.Errorf("a cent less: %v", no)
	}
	if no := payment.CloseBatch(b, money.FromMinor(12000), money.Zero, "anne"); no != nil {
		t.Error(no)
	}
	if no := payment.CloseBatch(payment.Batch{Kind: payment.CashBatch, State: payment.BatchOpen}, money.Zero, money.Zero, "anne"); no == nil || no.Reason != payment.BatchOfDrawer {
		t.Errorf("a drawer's cash is closed alone: %v", no)
	}
}

// Money that was taken at the processor although we had not asked for it is put to its ticket only where no part of it
// was paid meanwhile: else more would be kept than was due.
func TestAcceptKnowsOfParts(t *testing.T) {
	t.Parallel()
	paid := candidate(ticket.Open, true)
	paid.Ticket.PartPaid = money.FromMinor(1000)
	before := quote("a", 3000)
	after := quote("a", 2000)
	after.Components = []ticket.Component{{Kind: ticket.Penalty, Amount: money.FromMinor(3000)}, {Kind: ticket.PartPayment, Amount: money.FromMinor(-1000)}}
	tickets := map[ticket.ID]payment.Candidate{"a": paid}
	if payment.Accept([]payment.Frozen{before}, tickets) || !payment.Accept([]payment.Frozen{after}, tickets) {
		t.Error("a part that was paid meanwhile is not seen")
	}
	if !payment.Accept([]payment.Frozen{before}, map[ticket.ID]payment.Candidate{"a": candidate(ticket.Open, true)}) {
		t.Error("a ticket without parts is not accepted")
	}
}
