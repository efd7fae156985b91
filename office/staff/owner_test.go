package staff

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// rowOf is the row of a page's table that has some words, its cells without tags, by the heads of their columns.
func (b *bench) rowOf(page, words string) map[string]string {
	b.t.Helper()
	_, head, _ := strings.Cut(page, "<thead")
	head, body, _ := strings.Cut(head, "</thead>")
	plain := func(s string) string {
		return strings.Join(strings.Fields(regexp.MustCompile("<[^>]*>").ReplaceAllString(s, " ")), " ")
	}
	var heads []string
	for _, h := range regexp.MustCompile(`(?s)<th [^>]*>.*?</th>`).FindAllString(head, -1) {
		heads = append(heads, plain(h))
	}
	for _, row := range strings.Split(body, "</tr>") {
		if !strings.Contains(row, words) {
			continue
		}
		cells := map[string]string{}
		for i, c := range regexp.MustCompile(`(?s)<t[dh] [^>]*>.*?</t[dh]>`).FindAllString(row, -1) {
			if i < len(heads) {
				cells[heads[i]] = plain(c)
			}
		}
		return cells
	}
	b.t.Errorf("no row has %q in\n%s", words, page)
	return nil
}

// rowSays wants words in the cells of a row.
func (b *bench) rowSays(token, path, words string, cells map[string]string) {
	b.t.Helper()
	code, page := b.get(token, path)
	b.wants(code, page, http.StatusOK)
	row := b.rowOf(page, words)
	for head, want := range cells {
		if !strings.Contains(row[head], want) || want == "" && row[head] != "" {
			b.t.Errorf("%s, %s: under %q stands %q, want %q", path, words, head, row[head], want)
		}
	}
}

// take is a person who takes something in the queue.
func (b *bench) take(kind payment.ExceptionKind, ref, who string) {
	b.t.Helper()
	var id string
	b.write(func(ctx context.Context, tx *store.Tx) error {
		e, err := tx.ExceptionOf(ctx, kind, ref)
		id = e.ID
		return err
	})
	if _, err := b.pages.Settler.ActOnException(context.Background(), id, payment.ExceptionTaken, who, ""); err != nil {
		b.t.Fatal(err)
	}
}

// Whose turn it is stands in each row of each list: who has taken it in the queue, else the role that the queue gives it
// to, else the roles that may do what is next; who has asked for it stands beside how it is.
func TestEveryRowHasAnOwner(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("sue", "supervisor")
		sue := b.session("sue")
		id := b.ticketIn("SJ100", "ABC 123")
		const owner, standing = "Owner", "How it stands"

		put := b.takenOnceMore(id, "1111-0000-0000")
		b.rowSays(sue, "/work/unallocated", put.ID.Ref(), map[string]string{owner: "Finance"})
		b.take(payment.ExceptionUnallocated, put.ID.Ref(), "cora")
		b.rowSays(sue, "/work/unallocated", put.ID.Ref(), map[string]string{owner: "cora"})

		stopped := b.paidAs(id, "2222-0000-0000", "pi_2", payment.Opened)
		b.write(func(ctx context.Context, tx *store.Tx) (err error) {
			if stopped, err = tx.LockAttempt(ctx, stopped.ID); err != nil {
				return err
			}
			if _, err := tx.MoveAttempt(ctx, &stopped, payment.DoesNotFit, b.now, ""); err != nil {
				return err
			}
			if err := settle.Raise(ctx, tx, payment.ExceptionStopped, stopped.ID.Ref(), stopped.Amount, "", b.now); err != nil {
				return err
			}
			d := payment.Dispute{ID: "du_1", Attempt: stopped.ID, State: payment.DisputeNew, Amount: money.FromMinor(100), Reason: "fraudulent", OpenedAt: b.now, DueAt: b.now.AddDate(0, 0, 9)}
			_, err = tx.MoveDispute(ctx, &d, payment.BankTakes, b.now, "")
			return err
		})
		b.rowSays(sue, "/work/stopped", stopped.ID.Ref(), map[string]string{owner: "Supervisor"})
		b.take(payment.ExceptionStopped, stopped.ID.Ref(), "sue")
		b.rowSays(sue, "/work/stopped", stopped.ID.Ref(), map[string]string{owner: "sue"})

		b.rowSays(sue, "/work/chargebacks", stopped.ID.Ref(), map[string]string{owner: "Finance, Supervisor"})
		b.raise(payment.ExceptionChargeback, "du_1")
		b.rowSays(sue, "/work/chargebacks", stopped.ID.Ref(), map[string]string{owner: "Finance"})
		b.take(payment.ExceptionChargeback, "du_1", "carl")
		b.rowSays(sue, "/work/chargebacks", stopped.ID.Ref(), map[string]string{owner: "carl"})

		if _, err := b.pages.Settler.AskStopped(context.Background(), stopped.ID, payment.StoppedAsk{Kind: payment.CorrectFree, Why: "nothing is there", By: "anne"}, true); err != nil {
			t.Fatal(err)
		}
		b.rowSays(sue, "/work/corrections", stopped.ID.Ref(), map[string]string{owner: "Finance, Supervisor", standing: "Asked for by anne"})

		refund := b.asksBack(put, "anne")
		b.rowSays(sue, "/refunds", "anne", map[string]string{
			"Age": "0 days", "Due": "June 10, 2026", owner: "Finance, Supervisor", "What to do next": "Approve or refuse it: another person than who has asked.",
		})
		b.now = b.now.AddDate(0, 0, 8)
		sue = b.session("sue")
		b.rowSays(sue, "/refunds", "anne", map[string]string{"Age": "8 days", "Due": "(late)"})
		b.write(func(ctx context.Context, tx *store.Tx) error {
			r, err := tx.LockRefund(ctx, refund)
			if err != nil {
				return err
			}
			r.DecidedBy, r.DecidedAt = "ben", b.now
			for _, e := range []payment.RefundEvent{payment.Approve, payment.ChequeAsked} {
				if _, err := tx.MoveRefund(ctx, &r, e, b.now, "ben", ""); err != nil {
					return err
				}
			}
			return nil
		})
		b.rowSays(sue, "/refunds", "anne", map[string]string{owner: "Finance, Supervisor", "What to do next": "Ask for the cheque with the next requisition"})
		b.rowSays(sue, "/work/cheques", "anne", map[string]string{owner: "Finance, Supervisor", standing: "Asked for by anne"})
		b.raise(payment.ExceptionCheque, string(refund))
		b.take(payment.ExceptionCheque, string(refund), "cora")
		b.rowSays(sue, "/refunds", "anne", map[string]string{owner: "cora"})
		b.rowSays(sue, "/work/cheques", "anne", map[string]string{owner: "cora"})
	})
}

// Every state in which something of a refund is awaited says what is done next, in both languages.
func TestEveryRefundSaysWhatIsNext(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "fr"} {
		for _, l := range payment.RefundTable {
			if l.To.Final() && l.To.Counts() || l.To == payment.RefundRefused {
				continue // it has gone back, or was never to
			}
			if said[lang]["waits.refund."+string(l.To)] == "" {
				t.Errorf("%s: nothing is said of what is next about a refund that is %s", lang, l.To)
			}
		}
	}
}

// A payment that should have ended stands on a list, with its age; who may has the processor asked about it.
func TestWhatDoesNotGoOnStandsOnAList(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("sue", "supervisor")
		b.person("paul", "auditor")
		id := b.ticketIn("SJ100", "ABC 123")
		taking, open := b.paidAs(id, "1111-0000-0000", "pi_1", payment.Capturing), b.paidAs(id, "2222-0000-0000", "pi_2", payment.Opened)
		ended := b.paidAs(id, "3333-0000-0000", "pi_3", payment.Captured)
		const list = "Payments under way for too long"
		if line := b.lineOf("sue", list); !strings.HasPrefix(line, "0 – 0") {
			t.Errorf("at once: %q", line)
		}
		b.now = b.now.Add(80 * 60e9) // the money should have been taken; the page was closed twenty minutes ago
		if line := b.lineOf("sue", list); !strings.HasPrefix(line, "1 0 days 1 Finance, Supervisor you may") {
			t.Errorf("after 80 minutes: %q", line)
		}
		b.now = b.now.AddDate(0, 0, 3)
		if line := b.lineOf("paul", list); !strings.HasPrefix(line, "2 3 days 2 Finance, Supervisor not you") {
			t.Errorf("after three days: %q", line)
		}
		sue := b.session("sue")
		b.rowSays(sue, "/work/underway", taking.ID.Ref(), map[string]string{
			"Age": "3 days", "Due": "(late)", "Owner": "Finance, Supervisor", "How it stands": "could not be taken for more than an hour",
		})
		code, page := b.get(sue, "/work/underway")
		b.wants(code, page, http.StatusOK, open.ID.Ref(), "Ask the processor now")
		if strings.Contains(page, ended.ID.Ref()) || strings.Contains(page, string(taking.ID)) {
			t.Error("what has ended is there, or what pays for whoever has it")
		}
		paul := b.session("paul")
		code, page = b.get(paul, "/work/underway")
		b.wants(code, page, http.StatusOK, open.ID.Ref())
		if strings.Contains(page, "/work/underway/ask") {
			t.Error("an auditor has a form")
		}
		code, page = b.post(paul, "/work/underway/ask", url.Values{"id": {taking.ID.Ref()}})
		b.wants(code, page, http.StatusForbidden)
		// What moved meanwhile is said to have.
		code, page = b.post(sue, "/work/underway/ask", url.Values{"id": {ended.ID.Ref()}})
		b.wants(code, page, http.StatusSeeOther)
	})
}
