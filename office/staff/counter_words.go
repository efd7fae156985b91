package staff

import (
	"errors"
	"strings"

	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
	"fundy/ticket"
)

// fieldsAbout says beside which field a refusal stands, where it is not the field that the page names.
var fieldsAbout = map[string]string{
	payment.RefusedEmpty: "number", payment.RefusedTooMany: "number", payment.RefusedNotPayable: "number", payment.RefusedConfirming: "number",
	payment.RefusedChanged: "number", payment.RefusedExpected: "number", payment.TakePaid: "number", payment.TakeNothingLeft: "number",
	payment.RefusedBox: "review", payment.TakeReceived: "received", payment.TakePostmark: "postmark", payment.TakeUnreadable: "unreadable", payment.TakeNoDrawer: "main", payment.TakeNoBatch: "main",
	payment.RefusedRestoring: "main", payment.RefusedOtherContent: "main", payment.DrawerName: "name", payment.DrawerPlace: "place", payment.DrawerReason: "reason",
	payment.RefusedReason: "reason", payment.DrawerCount: coinField(0), payment.DrawerNotSoMuch: coinField(0), payment.SecondDiffers: "counted", payment.SecondMoved: "main",
	payment.SecondDone: "main", payment.RefusedSamePerson: "main",
}

// againstCounter is what stands in the way at the counter, with what to do, or nil where err is no refusal. numbers are
// the tickets' own; field is where it stands otherwise.
func (p *Pages) againstCounter(v *view, err error, field string, numbers map[ticket.ID]string) *problem {
	var no *payment.CounterRefusal
	switch {
	case errors.As(err, &no):
		if about, ok := fieldsAbout[no.Reason]; ok && (field == "cash" || about != "number") {
			field = about
		}
		return &problem{Field: field, Key: "counter.refused." + no.Reason, Fill: v.fillRefusal(no, numbers)}
	case errors.Is(err, store.ErrConflict):
		return &problem{Field: field, Key: "counter.refused.conflict"}
	}
	return nil
}

func (v *view) fillRefusal(no *payment.CounterRefusal, numbers map[ticket.ID]string) []any {
	about := make([]string, 0, len(no.Tickets))
	for _, id := range no.Tickets {
		about = append(about, numbers[id])
	}
	where := ""
	if no.Standing.Where != "" && !no.Standing.Payable {
		where = v.Maybe("counter.where.", no.Standing.Where)
	}
	off, err := no.Due.Sub(no.Got)
	if err != nil {
		off = money.Zero
	}
	return []any{"tickets", strings.Join(about, ", "), "due", v.amount(no.Due), "got", v.amount(no.Got), "off", v.amount(off), "most", v.amount(payment.TenderMost), "where", where}
}

// amount shows an amount in a sentence.
func (v *view) amount(a money.Amount) string {
	text, err := v.Money(a)
	if err != nil {
		return a.String()
	}
	return text
}

// itemFields says beside which field an item's refusal stands.
var itemFields = map[string]string{
	payment.RefusedItemKind: "kind", payment.RefusedItemReason: "reason", payment.RefusedAmount: "amount", payment.RefusedItemCurrency: "currency", payment.RefusedItemDate: "received",
	payment.RefusedItemDrawn: "drawn", payment.RefusedItemReference: "reference", payment.RefusedItemNotTaken: "receipt", payment.RefusedItemOther: "receipt",
}

// againstItem is what stands in the way of an item, or nil.
func (p *Pages) againstItem(v *view, err error) *problem {
	var no *payment.ItemRefusal
	if !errors.As(err, &no) {
		return p.againstCounter(v, err, "main", nil)
	}
	field, ok := itemFields[no.Reason]
	if !ok {
		field = "main"
	}
	return &problem{Field: field, Key: "counter.item.refused." + no.Reason}
}

// slipFields says beside which field a deposit's refusal stands.
var slipFields = map[string]string{payout.RefusedAccount: "account", payout.RefusedDay: "day", payout.RefusedReference: "reference", payout.RefusedBatches: "waiting", payout.RefusedLine: "line", payout.RefusedWhy: "why"}

// againstSlip is what stands in the way of a deposit, or nil. after names the fields of the form that was sent.
func (p *Pages) againstSlip(v *view, err error, after string) *problem {
	var no *payout.SlipRefusal
	switch {
	case errors.As(err, &no):
		field, ok := slipFields[no.Reason]
		if !ok {
			field = "main"
		} else if field != "waiting" {
			field += after
		}
		return &problem{Field: field, Key: "counter.slip.refused." + no.Reason}
	case errors.Is(err, store.ErrConflict):
		return &problem{Field: "reference" + after, Key: "counter.slip.refused.conflict"}
	}
	return nil
}

// againstReturn is what stands in the way of a returned cheque, or nil.
func (p *Pages) againstReturn(err error) *problem {
	var no *payment.ReturnRefusal
	if !errors.As(err, &no) {
		return nil
	}
	field := "cheque"
	if no.Reason == payment.RefusedReturnDay {
		field = "day"
	}
	return &problem{Field: field, Key: "counter.back.refused." + no.Reason}
}
