package staff

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
)

// texts is what a page says, without its marks.
var texts = regexp.MustCompile(`(?s)<[^>]*>|\s+`)

func inWords(page string) string {
	return strings.Join(strings.Fields(texts.ReplaceAllString(page, " ")), " ")
}

// A cheque of $20.00 too much, and the refund of them on the same day, read the same on the day's page and in the reports: one
// payment, what of it was put to tickets and what to none, and what was given back.
func TestADayWithTooMuchOnAChequeReadsTheSameOnBothPages(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		ctx := context.Background()
		b.banks()
		b.person("fay", "finance")
		if _, err := b.pages.Settler.MakeDrawer(ctx, "A", "City Hall", "dora"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.pages.Settler.OpenDrawer(ctx, "A", "ben", payment.Count{2000: 5}); err != nil {
			t.Fatal(err)
		}
		e := b.paidAt(b.owed("SJ1"), payment.Tender{Kind: payment.Cheque, Tendered: money.FromMinor(7000), Reference: "451"})
		b.now = b.now.Add(time.Second)
		r, err := b.pages.Settler.AskRefundTo(ctx, e.Attempt.ID, payment.RefundAsk{
			Way: payment.ByCheque, Amount: money.FromMinor(2000), Free: true, Reason: payment.ReasonNotOwed, By: "ben", Expected: money.FromMinor(7000),
		}, func(payment.RefundID, int) ([]byte, error) { return []byte("sealed"), nil })
		if err == nil {
			_, err = b.pages.Settler.ApproveRefund(ctx, r.ID, "dora")
		}
		if err != nil {
			t.Fatal(err)
		}
		day := city.DateOf(b.now, b.pages.city.Zone).String()
		says := func(path string, words ...string) {
			t.Helper()
			code, page := b.get(b.session("fay"), path)
			if code != http.StatusOK {
				t.Fatalf("%s: %d", path, code)
			}
			text := inWords(page)
			for _, w := range words {
				if !strings.Contains(text, w) {
					t.Errorf("%s does not say %q:\n%s", path, w, text)
				}
			}
		}
		says("/finance/days/"+day, "Taken (payments: 1) $70.00", "Counter 1 $70.00", "Of it put to tickets $50.00", "Of it put to no ticket: it is the payers’ $20.00", "Given back on this day, in every way $20.00",
			"Of it refunds that the processor or the terminals took off $0.00")
		says("/finance/reports?from="+day+"&until="+day, "Received for tickets $50.00", "Received, and put to no ticket $20.00", "Counter 1 $50.00", "Given back, in every way $20.00")
	})
}

// What is unexplained has one figure on the list and on the day's page, and the page says what of it is of the day's own money.
func TestTheDaysUnexplainedIsOneFigure(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.banks()
		b.person("fay", "finance")
		_, day := b.slipOf("SJ1", "1001")
		b.now = b.now.Add(24 * time.Hour)
		b.takes(b.session("fay"), day.String()+".bai", bai(day, 4950, "SLIP 1001,TICKET COUNTER DEPOSIT"))
		_, list := b.get(b.session("fay"), "/finance")
		_, page := b.get(b.session("fay"), "/finance/days/"+day.String())
		if !strings.Contains(inWords(list), "$49.50 in 1") {
			t.Errorf("the list says\n%s", inWords(list))
		}
		text := inWords(page)
		for _, w := range []string{"Of it unexplained $0.00", "Unexplained in all $49.50 in 1", "beside it $49.50", "UNEXPLAINED, in all $49.50"} {
			if !strings.Contains(text, w) {
				t.Errorf("no %q in\n%s", w, text)
			}
		}
		for _, w := range []string{"Differences that are explained", "> Unexplained $0.00", "bnk_", "dep_", "fundy deposit"} {
			if strings.Contains(text, w) {
				t.Errorf("%q in\n%s", w, text)
			}
		}
	})
}
