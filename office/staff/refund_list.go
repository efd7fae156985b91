package staff

import (
	"context"
	"net/http"
	"slices"
	"time"

	"fundy/payment"
	"fundy/store"
)

// refundsPage are the refunds: those that wait for a second person, the longest first, then the newest others.
type refundsPage struct {
	Rows []refundRow
	More bool // there are more than are shown
}

// refundRow is a refund of the list, with the receipt that it is of.
type refundRow struct {
	payment.Refund
	Receipt string
	Mine    bool      // asked for by who looks: somebody else approves
	Due     time.Time // after which it is late; zero: nothing of it is awaited from anybody here
	Owner   string    // whose turn it is (view.RolesIn); "": nobody's
	Next    string    // key of the words waits.refund.: what is done next
	At      string    // the page where that is done; "": this one
}

// Waits says whether something of it is awaited, from people or from outside.
func (r refundRow) Waits() bool { return !r.State.Final() || r.Owner != "" }

// refundNext is what is done next about a refund in a state: by whom, on which page, and for how many days it may wait. A
// state that is not here moves by itself, or has ended.
var refundNext = map[payment.RefundState]struct {
	may  Permission
	at   string
	days int
}{
	payment.RefundAsked:    {DecideRefunds, "", refundsWait},
	payment.RefundStopped:  {DecideRefunds, "/work/byhand", payment.ExceptionRefund.Rule().Days},
	payment.RefundToIssue:  {KeepCheques, "/work/cheques", chequesWait},
	payment.RefundReturned: {KeepCheques, "/work/cheques", chequesWait},
	payment.RefundStale:    {KeepCheques, "/work/cheques", chequesWait},
}

// onTerminal is the next step of a refund that was approved and goes back on the terminal.
const onTerminal = "terminal"

func (p *Pages) showRefunds(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &refundsPage{}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		page.Rows = nil
		all, err := tx.Refunds(ctx, refundsShown+1)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(r payment.Refund) bool { // who approves alone sees what waits
			return r.State != payment.RefundAsked && !v.May(string(ReadRefunds))
		})
		all, page.More = cutAt(all, refundsShown)
		for _, one := range all {
			row, err := p.refundRow(ctx, tx, v, one)
			if err != nil {
				return err
			}
			page.Rows = append(page.Rows, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/refunds"
	return p.answer(w, v, "refunds")
}

func (p *Pages) refundRow(ctx context.Context, tx *store.Tx, v *view, one payment.Refund) (refundRow, error) {
	row := refundRow{Refund: one, Mine: one.AskedBy == v.Name(), Next: string(one.State)}
	a, err := tx.Attempt(ctx, one.Attempt)
	if err != nil {
		return row, err
	}
	row.Receipt, _ = receiptOf(a)
	next, waits := refundNext[one.State]
	if one.State == payment.RefundApproved && one.Way == payment.ByTerminal {
		next.may, next.at, next.days, waits = AskRefunds, "/work/byhand", payment.ExceptionRefund.Rule().Days, true
		row.Next = onTerminal
	}
	if waits {
		row.Owner, row.At, row.Due = p.rolesFor(next.may), next.at, one.AskedAt.AddDate(0, 0, next.days)
	}
	for _, kind := range []payment.ExceptionKind{payment.ExceptionRefund, payment.ExceptionCheque} {
		e, found, err := tx.OpenExceptionAbout(ctx, kind, string(one.ID))
		if err != nil {
			return row, err
		}
		if !found {
			continue
		}
		row.Owner, row.Due = e.Owner, e.DueAt
		if row.At == "" && v.May(string(ReadQueue)) {
			row.At = "/queue/" + e.ID
		}
	}
	if row.At != "" && !v.May(string(ReadQueue)) { // who may not see that page is not led to it
		row.At = ""
	}
	return row, nil
}
