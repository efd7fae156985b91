package staff

import (
	"net/http"
	"strings"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/ticket"
)

// Limits of a form that takes money; the domain has its own, and says so.
const (
	takeTickets = 10
	takeRows    = 9 // cash is the tenth
	rowsFirst   = 2
)

// tenderRow is one tender but cash, as it was typed.
type tenderRow struct{ Kind, Amount, Reference, Branch, Drawn string }

func (t tenderRow) empty() bool {
	return t.Amount == "" && t.Reference == "" && t.Branch == "" && t.Drawn == ""
}

// takePage is a form in which money is taken: over the counter into the own drawer, or by mail into a batch.
type takePage struct {
	Action                         string // where its form goes
	Request                        string // the idempotency key of the whole
	IDs                            []ticket.ID
	Tickets                        []takeTicket
	Number, Plate                  string
	Issued                         string
	Cash                           string
	Rows                           []tenderRow
	Review                         bool
	Language                       string
	Languages                      []city.Language
	Received, Postmark, Unreadable string // of the mail
	Drawer                         string // the own one that is open; "" for none
	Due                            money.Amount
	DueCash                        money.Amount // what is due where all of it is cash
	Expected                       string
	NeedsReview                    bool
	Mail                           *mailBatch
	Taken                          *payment.Taken // before it is written
	numbers                        map[ticket.ID]string
}

// takeTicket is a ticket of the form, with what is due for it.
type takeTicket struct {
	ID     ticket.ID
	Number string
	Day    city.Date
	Place  string
	State  ticket.State
	Total  money.Amount
	Owed   bool
	First  int // its place, from one
}

// readTake reads what was typed. What can't be read stays in the page, and pick and tenders say what is wrong.
func readTake(r *http.Request) *takePage {
	f := r.PostForm
	page := &takePage{
		Request: bounded(r, "request"), Number: bounded(r, "number"), Plate: bounded(r, "plate"), Issued: bounded(r, "issued"), Cash: bounded(r, "cash"),
		Review: f.Get("review") == "1", Language: bounded(r, "language"), Received: bounded(r, "received"), Postmark: bounded(r, "postmark"), Unreadable: bounded(r, "unreadable"),
		Expected: bounded(r, "expected"), numbers: map[ticket.ID]string{},
	}
	remove := f.Get("remove")
	for _, id := range f["ticket"][:min(len(f["ticket"]), takeTickets)] {
		if id != remove && len(id) <= typedMost {
			page.add(ticket.ID(id))
		}
	}
	nth := func(field string, i int) string {
		if i >= len(f[field]) {
			return ""
		}
		return cut(strings.TrimSpace(f[field][i]), typedMost)
	}
	for i := range min(len(f["kind"]), takeRows) {
		page.Rows = append(page.Rows, tenderRow{nth("kind", i), nth("amount", i), strings.ToUpper(nth("reference", i)), nth("branch", i), nth("drawn", i)})
	}
	for len(page.Rows) < rowsFirst || f.Get("act") == "row" && len(page.Rows) < takeRows && len(page.Rows) == len(f["kind"]) {
		page.Rows = append(page.Rows, tenderRow{})
	}
	return page
}

// add puts a ticket on the form, once.
func (page *takePage) add(id ticket.ID) {
	for _, one := range page.IDs {
		if one == id {
			return
		}
	}
	page.IDs = append(page.IDs, id)
}

// handed says whether anything was typed that was handed over.
func (page *takePage) handed() bool {
	for _, row := range page.Rows {
		if !row.empty() {
			return true
		}
	}
	return page.Cash != ""
}

// request is what the settler is asked for, or what is wrong with what was typed.
func (page *takePage) request(v *view) (settle.TenderRequest, *problem) {
	r := settle.TenderRequest{RequestID: page.Request, Tickets: page.IDs, ReviewBox: page.Review, Language: page.Language, By: v.Name()}
	if page.Mail != nil {
		r.Batch = page.Mail.ID
		r.Unreadable = page.Unreadable
		var wrong *problem
		if r.ReceivedOn, wrong = typedDay("received", page.Received); wrong != nil {
			return r, wrong
		}
		if r.PostmarkOn, wrong = typedDay("postmark", page.Postmark); wrong != nil {
			return r, wrong
		}
	}
	var wrong *problem
	r.Tenders, wrong = page.tenders(v)
	return r, wrong
}

func (page *takePage) tenders(v *view) ([]payment.Tender, *problem) {
	var all []payment.Tender
	for i, row := range page.Rows {
		if row.empty() {
			continue
		}
		amount, ok := v.amountTyped(row.Amount)
		if !ok {
			return nil, &problem{Field: rowField("amount", i), Key: "counter.amount.form"}
		}
		drawn, wrong := typedDay(rowField("drawn", i), row.Drawn)
		if wrong != nil {
			return nil, wrong
		}
		all = append(all, payment.Tender{Kind: payment.TenderKind(row.Kind), Tendered: amount, Reference: row.Reference, Bank: row.Branch, DrawnOn: drawn})
	}
	if page.Cash != "" {
		amount, ok := v.amountTyped(page.Cash)
		if !ok {
			return nil, &problem{Field: "cash", Key: "counter.amount.form"}
		}
		all = append(all, payment.Tender{Kind: payment.Cash, Tendered: amount})
	}
	return all, nil
}

// rowField is the id of a field of the nth tender.
func rowField(name string, i int) string { return name + "-" + string(rune('0'+i)) }

// amountTyped reads an amount as it is written in the page's language. What could be meant otherwise is not guessed.
func (v *view) amountTyped(typed string) (money.Amount, bool) {
	text := v.typedAmount(strings.TrimSpace(typed))
	if strings.HasPrefix(text, "-") || strings.ContainsAny(text, ", '") {
		return money.Zero, false
	}
	if _, cents, found := strings.Cut(text, "."); found && len(cents) != 2 {
		return money.Zero, false
	}
	amount, err := money.Parse(text)
	return amount, err == nil
}

func typedDay(field, typed string) (city.Date, *problem) {
	if typed == "" {
		return city.Date{}, nil
	}
	day, err := city.ParseDate(typed)
	if err != nil {
		return day, &problem{Field: field, Key: "counter.day.form"}
	}
	return day, nil
}
