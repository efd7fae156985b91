package settle_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/examples"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
)

// nsf is a city that asks 25.00 for a cheque that comes back.
var nsf = city.CounterSettings{NSFTier: city.NSFReceived, NSFFee: money.FromMinor(2500), NSFClause: "Fees By-law 9, s. 4"}

// deposits is the hall's way to the bank, by the demonstration's deposits.toml.
func (h *hall) deposits(set city.CounterSettings) *settle.Deposits {
	h.t.Helper()
	b, err := examples.Files.ReadFile("cities/demo/deposits.toml")
	if err != nil {
		h.t.Fatal(err)
	}
	rules, faults := payout.ParseRules(b, h.city.Currency)
	if len(faults) > 0 {
		h.t.Fatal(faults)
	}
	index := seal.NewIndexKey()
	return settle.NewDeposits(settle.DepositsConfig{
		Store: h.store, City: h.city, Rules: rules, Counter: set, Calendar: h.rules, Now: h.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Digest: func(fields ...string) []byte { return index.Digest("demo", fields...) },
	})
}

// shown is a line of the bank: negative amounts are taken from the account.
type shown struct {
	cents int64
	code  int
	ref   string
	text  string
}

func slipLine(cents int64, ref string) shown { return shown{cents, 301, ref, "TICKET COUNTER DEPOSIT"} }
func acquirer(cents int64, ref string) shown { return shown{cents, 165, ref, "ACQUIRER SETTLEMENT"} }
func bounced(cents int64, number string) shown {
	return shown{-cents, 555, "RTN", "RETURNED ITEM CHQ " + number}
}

// statement is the bank's file of a day, BAI2: lines of ours among nine times as many that are not.
func statement(day string, lines ...shown) []byte {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	short := d.Format("060102")
	var body strings.Builder
	sum, n := int64(0), 0
	add := func(l shown) {
		n++
		sum += max(l.cents, -l.cents)
		fmt.Fprintf(&body, "16,%d,%d,Z,BK%s%03d,%s,%s/\n", l.code, max(l.cents, -l.cents), short, n, l.ref, l.text)
	}
	for i := range 9 * max(1, len(lines)) {
		add(shown{int64(1000 + 731*i), 142, "PROPTAX", fmt.Sprintf("PROPERTY TAX %d", i)})
	}
	for _, l := range lines {
		add(l)
	}
	return fmt.Appendf(nil, "01,B,C,%s,0500,1,,,2/\n02,C,B,1,%s,2400,CAD,2/\n03,000104762233,,/\n%s49,%d,%d/\n98,%d,1,%d/\n99,%d,1,%d/\n",
		short, short, body.String(), sum, n+2, sum, n+4, sum, n+6)
}

func (h *hall) bank(d *settle.Deposits, day string, lines ...shown) settle.Deposited {
	h.t.Helper()
	b, err := d.Bank(context.Background(), day+".bai", statement(day, lines...), nil, true)
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

// report is the day's, whose sums are checked against the ledger's own: every cent has a place.
func (h *hall) report(d *settle.Deposits, day string) payout.Report {
	h.t.Helper()
	r, err := d.Report(context.Background(), dayOf(day))
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func dayOf(text string) city.Date {
	d, err := city.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func (h *hall) today() string { return city.DateOf(h.Now(), h.city.Zone).String() }

// closeDrawer closes a drawer that has what it should.
func (h *hall) closeDrawer(name string, cents int64) {
	h.t.Helper()
	there := payment.Count{5: (10000 + cents) / 5}
	if _, err := h.s.CloseDrawer(context.Background(), name, "anne", "bert", "", there); err != nil {
		h.t.Fatal(err)
	}
}

// closed are the closed batches that wait for a deposit, by kind.
func (h *hall) closed(d *settle.Deposits) map[payment.BatchKind][]payment.BatchID {
	h.t.Helper()
	waiting, _, err := d.Slips(context.Background(), dayOf("2026-01-01"))
	if err != nil {
		h.t.Fatal(err)
	}
	all := map[payment.BatchKind][]payment.BatchID{}
	for _, b := range waiting {
		all[b.Kind] = append(all[b.Kind], b.ID)
	}
	return all
}

// slip puts batches on a slip.
func (h *hall) slip(d *settle.Deposits, reference string, batches ...payment.BatchID) payout.Slip {
	h.t.Helper()
	s, err := d.MakeSlip(context.Background(), payout.SlipAsk{Account: "operating", Day: dayOf(h.today()), Reference: reference, Batches: batches, By: "carl"}, true)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func (h *hall) state(id payment.AttemptID) (s payment.State) {
	h.t.Helper()
	h.read(func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.Attempt(ctx, id)
		s = a.State
		return err
	})
	return s
}

// unknowns are what a report says of its unknowns.
func unknowns(r payout.Report) string {
	var all []string
	for _, v := range r.Variances {
		if v.Class == payout.Unknown {
			all = append(all, fmt.Sprintf("%s %s %s", v.Ref, v.Amount, v.What))
		}
	}
	return strings.Join(all, "\n")
}

// why is the reason of any of the refusals; "" for none.
func why(err error) string {
	var slip *payout.SlipRefusal
	var item *payment.ItemRefusal
	var back *payment.ReturnRefusal
	switch {
	case errors.As(err, &slip):
		return slip.Reason
	case errors.As(err, &item):
		return item.Reason
	case errors.As(err, &back):
		return back.Reason
	}
	return refused(err)
}

func want(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("it does not say %q:\n%s", w, text)
		}
	}
}
