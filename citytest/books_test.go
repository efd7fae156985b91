package citytest_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fundy/citytest"
	"fundy/payment"
)

// Books that were right are made wrong in one place after the other, and Check says so: a check that finds
// nothing in cities that were killed must be one that can.
func TestTheBooksShowWhatIsWrong(t *testing.T) {
	t.Parallel()
	for want, bend := range map[string]func(t *testing.T, c *citytest.City, session string){
		"stuck:":                            tamper("update attempt set state = 'capturing' where state = 'expired'"),
		"which cost":                        tamper("update payment_ticket set amount_minor = amount_minor + 100"),
		"the processor took":                tamper("update attempt set amount_minor = amount_minor + 100 where receipt <> ''"),
		"were taken, and":                   tamper("update attempt set receipt = '', state = 'released' where receipt <> ''"),
		"has 2 receipts":                    tamper("update attempt set receipt = 'x' where state = 'expired'"),
		"has 2 captures":                    tamper("insert into ledger_entry select id || '2', kind, ref || '2', 0, 0 from ledger_entry where kind = 'capture'; insert into posting select entry_id || '2', line, debit, credit, amount_minor, ticket_id, component from posting where entry_id like 'capture%'"),
		"captured and allocated differ":     tamper("update allocation set undone_at = 1"),
		"that nobody knows":                 tamper("pragma foreign_keys = off; update attempt set id = 'x' where receipt <> ''"),
		"its attempt does not know":         tamper("update attempt set session = 'x' where receipt <> ''"),
		"were given back, and by our books": refund,
		"is left standing":                  leaveStanding,
		"payers' banks have 5000 cents":     disputeUnseen,
		"paid ticket with a receivable: ":   tamper("insert into posting select entry_id, 99, debit, credit, 1, ticket_id, component from posting where entry_id like 'issue%' limit 1"),
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			c := citytest.SQLite(t)
			quiet(t, c)
			c.Add(citytest.Spec{Number: "B1", Plate: "BOO 111", Offence: "LOADING", Age: 1})
			other := begin(t, c, "B1", "BOO 111")
			id := begin(t, c, "B1", "BOO 111")
			payWithCard(t, c, settle(t, c, id, payment.Creating).Session)
			do(t, c.Rest(context.Background()))
			right(t, c)
			bend(t, c, attemptOf(t, c, id).Session)
			b, err := c.Check(context.Background())
			do(t, err)
			if all := strings.Join(b.Wrong(), "\n"); !strings.Contains(all, want) {
				t.Errorf("the books do not show %q (%s):\n%s", want, attemptOf(t, c, other).State, all)
			}
		})
	}
}

func tamper(statement string) func(*testing.T, *citytest.City, string) {
	return func(t *testing.T, c *citytest.City, _ string) {
		t.Helper()
		do(t, c.Tamper(statement))
	}
}

func refund(t *testing.T, c *citytest.City, session string) {
	t.Helper()
	dashboard(t, c, http.MethodPost, "/v1/refunds", url.Values{"payment_intent": {paymentOf(t, c, session)}})
}

// disputeUnseen lets a payer's bank take money back that the office has not heard of.
func disputeUnseen(t *testing.T, c *citytest.City, session string) {
	t.Helper()
	control(t, c, "dispute", map[string]any{"payment": paymentOf(t, c, session)})
}

// leaveStanding sets money aside for an attempt that is then said to be over.
func leaveStanding(t *testing.T, c *citytest.City, _ string) {
	t.Helper()
	c.Add(citytest.Spec{Number: "B2", Plate: "BOO 222", Offence: "LOADING", Age: 1})
	id := begin(t, c, "B2", "BOO 222")
	payWithCard(t, c, settle(t, c, id, payment.Creating).Session)
	do(t, c.Tamper("update attempt set state = 'expired', next_at = null where state = 'open'"))
}
