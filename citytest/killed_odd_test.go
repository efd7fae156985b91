package citytest_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"fundy/city"
	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	settler "fundy/settle"
	"fundy/ticket"
)

// What can't be taken as it is, a cheque that comes back, and the bag for the bank: each is entered once and moves once.
func TestAnOfficeKilledWhileOddThingsComeIn(t *testing.T) {
	t.Parallel()
	begin := func(w *killing) {
		do(w.t, w.Demo())
		do(w.t, w.Set(func(s *city.Settings) {
			s.Counter.NSFFee, s.Counter.NSFClause = money.FromMinor(2500), "By-law F-1, s. 4"
		}))
		do(w.t, w.Counter(w.ctx, 6, false)) // gives anne a drawer, with the cash of one ticket
		w.kept["cash"] = w.one("select receipt from attempt where receipt <> ''")
	}
	killedWalk(t, fault.OddSteps, begin, func(w *killing) []deed {
		s, err := w.Settler(w.ctx)
		do(w.t, err)
		item := func(reference string) string {
			return "/items/" + w.one("select id from item where reference = '"+reference+"'")
		}
		enter := func(kind payment.TenderKind, cents int64, why payment.ItemReason, reference string) func(w *killing) {
			return func(w *killing) {
				_, err := s.EnterItem(w.ctx, payment.Item{
					Kind: kind, Amount: money.FromMinor(cents), Currency: "CAD", Reason: why, Reference: reference, EnteredBy: "anne",
					ReceivedOn: city.DateOf(w.Clock.Now(), w.Settings.City().Zone),
				}, nil, true)
				do(w.t, err)
			}
		}
		open := func() string { return "/queue/" + w.one("select id from exception where closed_at is null") }
		slip := func() string { return "/deposits/" + w.one("select id from deposit") }
		entry := func(reference string) string {
			return "/entries/" + w.one("select a.receipt from attempt a join tender t on t.attempt_id = a.id where t.reference = '"+reference+"'")
		}
		charge := func() string { return "/charges/" + w.one("select id from charge where state = 'owed'") }
		back := func(w *killing, cheque string) error {
			return w.presses(w.ben, entry(cheque), entry(cheque)+"/returned", "cheque", cheque, "why", "nsf")
		}
		return []deed{
			{step: fault.EnterItem, made: "select count(*) from item", do: func(w *killing) error {
				return w.presses(w.anne, "/items/new", "/items", "kind", "cheque", "amount", "30.00", "currency", "CAD", "reason", "unidentified", "reference", "77")
			}},
			{step: fault.DepositItem, made: "select count(*) from ledger_entry where kind = 'unallocated'", do: func(w *killing) error {
				return w.presses(w.anne, item("77"), item("77")+"/deposit")
			}},
			{step: fault.ReturnItem, made: "select count(*) from item where state = 'returned'", ready: enter(payment.Cheque, 3000, payment.ItemUnidentified, "78"), do: func(w *killing) error {
				return w.presses(w.anne, item("78"), item("78")+"/return")
			}},
			{step: fault.ActOnException, made: "select count(*) from exception_event where act = 'noted'", do: func(w *killing) error {
				if w.form == nil {
					w.kept["queue"] = open()
				}
				return w.presses(w.anne, w.kept["queue"], w.kept["queue"]+"/act", "act", "note", "note", "called the sender")
			}},
			{step: fault.AskSecond, made: "select count(*) from counter_second", do: func(w *killing) error {
				return w.presses(w.anne, "/mail", "/mail", "total", "50.00")
			}},
			{step: fault.ResolveItem, made: "select count(*) from item where state = 'resolved'", ready: enter(payment.Cash, 5000, payment.ItemShort, ""), do: func(w *killing) error {
				return w.presses(w.ben, item(""), item("")+"/resolve", "receipt", w.kept["cash"])
			}},
			{step: fault.MakeDeposit, made: "select count(*) from deposit", ready: func(w *killing) { bagReady(w, s) }, do: func(w *killing) error {
				if w.form == nil {
					w.kept["batches"] = w.one("select min(id) from batch where state = 'closed'") + " " + w.one("select max(id) from batch where state = 'closed'")
				}
				b := strings.Fields(w.kept["batches"])
				return w.presses(w.ben, "/deposits", "/deposits", "account", "operating", "reference", "1001", "batch", b[0], "batch", b[1])
			}},
			{step: fault.SendDeposit, made: "select count(*) from deposit where state = 'sent'", do: func(w *killing) error {
				return w.presses(w.ben, slip(), slip()+"/sent")
			}},
			{step: fault.ReturnCheque, made: "select count(*) from returned_cheque", do: func(w *killing) error { return back(w, "451") }},
			{step: fault.PayCharge, made: "select count(*) from charge where state = 'paid'", ready: func(w *killing) {
				_, err := s.OpenDrawer(w.ctx, "A", "anne", payment.Count{})
				do(w.t, err)
			}, do: func(w *killing) error {
				if w.form == nil {
					w.kept["charge"] = charge()
				}
				return w.presses(w.anne, w.kept["charge"], w.kept["charge"]+"/pay", "kind", "cash")
			}},
			{step: fault.WaiveCharge, made: "select count(*) from charge where state = 'waived'", ready: func(w *killing) {
				do(w.t, back(w, "452"))
				w.form = nil
			}, do: func(w *killing) error {
				if w.form == nil {
					w.kept["charge"] = charge()
				}
				return w.presses(w.ben, w.kept["charge"], w.kept["charge"]+"/waive", "why", "our own mistake")
			}},
			{step: fault.ErasePayees, itself: true, made: erasedPayees, ready: func(w *killing) { refusedCheque(w, s) }, do: func(w *killing) error { return w.alone(erasedPayees) }},
		}
	})
}

// erasedPayees are the addresses of cheques that are needed no more, and are gone.
const erasedPayees = "select count(*) from refund_payee where erased_at is not null and length(sealed) = 0"

// refusedCheque asks for a refund by cheque of what was taken in cash, and refuses it: its address is needed no more.
func refusedCheque(w *killing, s *settler.Settler) {
	w.t.Helper()
	id := payment.AttemptID(w.one("select id from attempt where receipt = '" + w.kept["cash"] + "'"))
	cents := money.FromMinor(int64(counted(w.t, w, "select amount_minor from attempt where receipt = '"+w.kept["cash"]+"'")))
	r, err := s.AskRefundTo(w.ctx, id, payment.RefundAsk{Way: payment.ByCheque, Amount: cents, Expected: cents, Reason: payment.ReasonCityError, By: "anne"},
		func(payment.RefundID, int) ([]byte, error) { return []byte("sealed"), nil })
	do(w.t, err)
	_, err = s.RefuseRefund(w.ctx, r.ID, "ben")
	do(w.t, err)
}

// bagReady takes two cheques, and closes the drawer with them.
func bagReady(w *killing, s *settler.Settler) {
	w.t.Helper()
	for i, reference := range map[int]string{8: "451", 10: "452"} {
		r := settler.TenderRequest{RequestID: rand.Text(), By: "anne", Tickets: []ticket.ID{ticket.ID(w.id(i))}}
		quotes, err := s.DueAt(w.ctx, r)
		do(w.t, err)
		r.Tenders = []payment.Tender{{Kind: payment.Cheque, Amount: quotes[0].Total, Tendered: quotes[0].Total, Reference: reference}}
		_, err = s.TakeTender(w.ctx, r)
		do(w.t, err)
	}
	notes := counted(w.t, w, "select cast(sum(amount_minor) as bigint) from tender where kind = 'cash'") / 1000
	_, err := s.CloseDrawer(w.ctx, "A", "anne", "ben", "", payment.Count{1000: int64(notes)})
	do(w.t, err)
}
