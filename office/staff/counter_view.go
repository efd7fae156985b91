package staff

import (
	"strconv"
	"strings"

	"fundy/money"
	"fundy/payment"
)

// At says whether a page is of a part of the counter.
func (v *view) At(path string) bool { return v.Back == path || strings.HasPrefix(v.Back, path+"/") }

// Nth is a place in a list, from one.
func (v *view) Nth(i int) string { return strconv.Itoa(i + 1) }

// Papers are the tenders but cash; nothing comes from the terminal by mail.
func (v *view) Papers(m *mailBatch) []payment.TenderKind {
	if m != nil {
		return []payment.TenderKind{payment.Cheque, payment.MoneyOrder}
	}
	return []payment.TenderKind{payment.Cheque, payment.MoneyOrder, payment.Terminal}
}

// takingPart hands the form in which money is taken its page.
type takingPart struct {
	V    *view
	Page *takePage
}

// Taking is the form's part.
func (v *view) Taking(page *takePage) takingPart { return takingPart{v, page} }

// waitingPart hands a part what waits for a second person.
type waitingPart struct {
	V       *view
	Waiting []payment.Second
}

// Waits is what waits for a second person.
func (v *view) Waits(all []payment.Second) waitingPart { return waitingPart{v, all} }

// WaitsOne is Waits of one.
func (v *view) WaitsOne(a *payment.Second) waitingPart { return waitingPart{v, []payment.Second{*a}} }

// coinsPart hands a form its coins and notes; what was typed is shown in the form that was sent.
type coinsPart struct {
	V     *view
	Form  string
	Coins []coinRow
	Show  bool
}

// Counts is the coins of a drawer's form. One form of the page has the plain ids, so that an error leads to it: the one
// that was sent, or the first.
func (v *view) Counts(form string, page *drawerPage) coinsPart {
	return coinsPart{v, form, page.Coins, page.Form == form || page.Form != "open" && page.Form != "drop" && page.Form != "close" && form != "drop"}
}

// accountPart hands a part the bank accounts to pick from.
type accountPart struct {
	V      *view
	ID     string
	All    []string
	Picked string
}

// Account is the city's bank accounts.
func (v *view) Account(id string, all []string, picked string) accountPart {
	return accountPart{v, id, all, picked}
}

// CountedIn is what was typed as counted, in the form that was sent.
func (page *drawerPage) CountedIn(v *view, id payment.BatchID) string {
	if v.Wrong("batch-" + string(id)) {
		return page.Counted
	}
	return ""
}

// getRow is what a ticket would get.
type getRow struct {
	Number string
	Total  money.Amount
	Part   bool
}

// Gets is what each ticket would get, in the order of the form.
func (page *takePage) Gets() []getRow {
	var rows []getRow
	for _, t := range page.Tickets {
		for _, f := range page.Taken.Payment.Tickets {
			if f.Ticket == t.ID {
				rows = append(rows, getRow{t.Number, f.Total, f.Ticket == page.Taken.Part})
			}
		}
	}
	return rows
}

// Change is the cash that would be handed back.
func (page *takePage) Change() money.Amount {
	for _, t := range page.Taken.Tenders {
		if t.Kind == payment.Cash {
			return t.Change
		}
	}
	return money.Zero
}
