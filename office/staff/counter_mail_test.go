package staff

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

// aged is a ticket that was issued so many days ago, and costs what the by-law says: 50.00, after 15 days 75.00.
func (b *bench) aged(number, plate string, days int) ticket.ID {
	b.t.Helper()
	return b.ticketWith(number, plate, func(t *ticket.Ticket) {
		zone := b.pages.city.Zone
		t.IssuedOn = city.DateOf(b.now, zone).AddDays(-days)
		t.IssuedAt = t.IssuedOn.Start(zone).Add(10 * time.Hour)
	})
}

// mailOpened has two people open a batch of the mail, and returns its page.
func (b *bench) mailOpened(first, second, total string) string {
	b.t.Helper()
	b.leads(first, "/mail", url.Values{"total": {total}})
	return b.leads(second, "/seconds/"+b.waits()+"/confirm", url.Values{"counted": {total}})
}

// Two add up what was in the letters before anything is entered; a payment has the price of the day that the by-law
// names; the batch closes at exactly what they added up.
func TestTheMail(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		anne, ben, _, carl := counterOpen(b)
		one, two := b.aged("SJ100", "ABC 123", 16), b.aged("SJ200", "ABC 123", 16)
		b.refuses(anne, "/mail", url.Values{"total": {"a lot"}}, "Write the amount")
		b.refuses(anne, "/mail", url.Values{"total": {"0.00"}}, "can’t be taken")
		b.leads(anne, "/mail", url.Values{"total": {"125.00"}})
		code, page := b.get(carl, "/mail")
		b.wants(code, page, http.StatusOK, "Letters that were opened", "asked by anne", "There is none yet")
		code, page = b.get(anne, "/seconds/"+b.waits())
		b.wants(code, page, http.StatusOK, "another person signs in", "You have counted $125.00")
		b.refuses(ben, "/seconds/"+b.waits()+"/confirm", url.Values{"counted": {"100.00"}}, "not what the first person has counted")
		batch := b.leads(ben, "/seconds/"+b.waits()+"/confirm", url.Values{"counted": {"125.00"}})
		code, page = b.get(anne, batch)
		b.wants(code, page, http.StatusOK, "Added up by two", "$125.00", "the day on which the letter was received", `value="2026-06-03"`)

		// It came yesterday, on the fifteenth day: the first price still.
		cheque := func(amount, reference, received, postmark string) url.Values {
			return url.Values{"kind": {"cheque"}, "amount": {amount}, "reference": {reference}, "branch": {""}, "drawn": {""}, "received": {received}, "postmark": {postmark}, "act": {"look"}}
		}
		b.refuses(anne, batch, taking("request-of-a-page-1", []ticket.ID{one}, cheque("50.00", "77", "2026-06-04", "")), "today, or before")
		b.refuses(anne, batch, taking("request-of-a-page-1", []ticket.ID{one}, cheque("50.00", "77", "2026-06-02", "2026-06-03")), "not after the day of receipt")
		code, page = b.post(anne, batch, taking("request-of-a-page-1", []ticket.ID{one}, cheque("50.00", "77", "2026-06-02", "2026-05-30")))
		b.wants(code, page, http.StatusOK, "Nothing is written yet", "$50.00")
		form := taking("request-of-a-page-1", []ticket.ID{one}, cheque("50.00", "77", "2026-06-02", "2026-05-30"))
		form.Set("act", "take")
		form.Set("expected", "50.00")
		to := b.leads(anne, batch, form)
		code, page = b.get(anne, to)
		b.wants(code, page, http.StatusOK, "MAIL-000001", "received June 2, 2026, postmark May 30, 2026")
		b.refuses(ben, "/batches/"+strings.TrimPrefix(batch, "/mail/")+"/close", nil, "$125.00 was added up, and $50.00 is entered: they differ by $75.00")

		// By the postmark, where the by-law says so.
		b.pages.Settler.Counter.MailDate = "postmark"
		b.now = b.now.Add(time.Minute)
		b.refuses(anne, batch, taking("request-of-a-page-2", []ticket.ID{two}, cheque("75.00", "78", "2026-06-03", "")), "The postmark’s day sets the price")
		both := taking("request-of-a-page-2", []ticket.ID{two}, cheque("75.00", "78", "2026-06-03", "2026-06-03"))
		both.Set("unreadable", "faint")
		b.refuses(anne, batch, both, "Say why the postmark can’t be read, or type its day: not both")
		// One that can't be read: which day counts is said before, and its reason and that day are on the entry.
		form = taking("request-of-a-page-2", []ticket.ID{two}, cheque("75.00", "78", "2026-06-03", ""))
		form.Set("unreadable", "torn")
		code, page = b.post(anne, batch, form)
		b.wants(code, page, http.StatusOK, "$75.00")
		form.Set("act", "take")
		form.Set("expected", "75.00")
		code, page = b.get(anne, b.leads(anne, batch, form))
		b.wants(code, page, http.StatusOK, "The postmark can’t be read (torn or cut off): priced as of June 3, 2026")
		code, page = b.get(anne, batch)
		b.wants(code, page, http.StatusOK, "the day on which it was received counts then", "torn or cut off", "MAIL-000001", "MAIL-000002", "Still to enter", "$0.00", "May 30, 2026")
		b.leads(ben, "/batches/"+strings.TrimPrefix(batch, "/mail/")+"/close", nil)
		b.refuses(anne, batch, taking("request-of-a-page-3", []ticket.ID{b.aged("SJ300", "ABC 123", 1)}, cheque("50.00", "79", "2026-06-03", "2026-06-03")), "not open any more")
		code, page = b.get(carl, "/deposits")
		b.wants(code, page, http.StatusOK, "Mail", "$125.00")
	})
}

// Everything odd that comes in is entered, listed with its owner and its age, and goes back, becomes a payment or goes
// to the bank. Each reason that the domain knows is met.
func TestEveryOddItem(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		anne, ben, dora, _ := counterOpen(b)
		paid := b.aged("SJ100", "ABC 123", 1)
		batch := b.mailOpened(anne, ben, "350.00")
		id := strings.TrimPrefix(batch, "/mail/")
		item := func(reason payment.ItemReason, more url.Values) url.Values {
			f := url.Values{"kind": {"cheque"}, "amount": {"50.00"}, "currency": {"CAD"}, "reason": {string(reason)}, "reference": {"77"}, "received": {"2026-05-30"}, "batch": {id}}
			for k, v := range more {
				f[k] = v
			}
			return f
		}
		odd := map[payment.ItemReason]url.Values{
			payment.ItemUnidentified: {"note": {"from a law office on Tide Street"}, "amount": {"50.00"}},
			payment.ItemPostDated:    {"drawn": {"2026-07-01"}},
			payment.ItemUnsigned:     {},
			payment.ItemStale:        {"drawn": {"2025-06-01"}},
			payment.ItemForeign:      {"currency": {"USD"}},
			payment.ItemShort:        {"kind": {"cash"}, "reference": {""}},
			payment.ItemNoTicket:     {"kind": {"money_order"}},
		}
		code, page := b.get(anne, "/items/new?batch="+id)
		b.wants(code, page, http.StatusOK, "It counts in the total of its batch")
		for _, reason := range payment.ItemReasons {
			more, known := odd[reason]
			if !known {
				t.Errorf("%s is not met", reason)
			}
			b.leads(anne, "/items", item(reason, more))
			b.now = b.now.Add(time.Second)
			code, page = b.get(anne, "/items")
			b.wants(code, page, http.StatusOK, said["en"]["counter.item.reason."+string(reason)], "Supervisor", "4 days")
		}
		for words, f := range map[string]url.Values{
			"goes with the reason foreign": item(payment.ItemShort, url.Values{"currency": {"USD"}}),
			"Type the day on it":           item(payment.ItemPostDated, nil),
			"only a cheque can be uns":     item(payment.ItemUnsigned, url.Values{"kind": {"money_order"}}),
			"capitals, digits and hy":      item(payment.ItemUnidentified, url.Values{"reference": {""}}),
			"too long ago":                 item(payment.ItemUnidentified, url.Values{"received": {"2025-01-01"}}),
			"longer than 2,000":            item(payment.ItemUnidentified, url.Values{"note": {strings.Repeat("long ", 500)}}),
			"Write the amount":             item(payment.ItemUnidentified, url.Values{"amount": {""}}),
			"Choose why":                   item("odd", nil),
		} {
			b.refuses(anne, "/items", f, words, `value="`+f.Get("received")+`"`)
		}
		code, page = b.get(anne, batch)
		b.wants(code, page, http.StatusOK, "$300.00", "Still to enter", "not signed") // the seventh is in other money

		// Back with a letter; a payment; to the bank.
		back := b.itemOf(payment.ItemPostDated)
		b.refuses(anne, back+"/return", url.Values{"letter": {"2026-07-01"}}, "to come")
		b.leads(anne, back+"/return", url.Values{"letter": {"2026-06-03"}})
		b.refuses(anne, back+"/return", url.Values{"letter": {"2026-06-03"}}, "not here any more")
		code, page = b.get(anne, "/items?state=returned")
		b.wants(code, page, http.StatusOK, "post-dated")

		short := b.itemOf(payment.ItemShort)
		b.refuses(anne, short+"/resolve", url.Values{"receipt": {"A-000099"}}, "No receipt has this number")
		receipt := b.leads(anne, "/counter", taking("request-of-a-page-1", []ticket.ID{paid}, url.Values{"cash": {"50"}, "expected": {"50.00"}}))
		unsigned := b.itemOf(payment.ItemUnsigned)
		b.refuses(anne, unsigned+"/resolve", url.Values{"receipt": {"A-000001"}}, "no tender of this kind")
		// It is cash, and anne has entered it: she is told who ends it, and ben may.
		became := func() url.Values { return url.Values{"receipt": {strings.TrimPrefix(receipt, "/entries/")}} }
		b.refuses(anne, short+"/resolve", became(), "You have entered this cash. Another person who takes money", "ask a colleague")
		b.refuses(anne, short+"/return", url.Values{"letter": {"2026-06-03"}}, "You have entered this cash. Another person who takes money")
		code, page = b.get(anne, short)
		b.wants(code, page, http.StatusOK, `id="mine"`)
		if strings.Contains(page, short+"/return") || strings.Contains(page, short+"/resolve") {
			t.Error("who has entered the cash is offered to end it")
		}
		code, page = b.get(anne, "/items")
		b.wants(code, page, http.StatusOK, "cash that you have entered: another person ends it")
		for who, says := range map[string]string{"anne": "5; not the 1 in cash that you have entered Send each back", "ben": "you may Send each back"} {
			if line := b.lineOf(who, "Items that can’t be taken as they are"); !strings.HasPrefix(line, "6 0 days 0 Clerk, Supervisor "+says) {
				t.Errorf("%s sees of items: %q", who, line)
			}
		}
		code, page = b.get(ben, short)
		b.wants(code, page, http.StatusOK, short+"/return", short+"/resolve")
		b.leads(ben, short+"/resolve", became())
		code, page = b.get(anne, short)
		b.wants(code, page, http.StatusOK, "became a payment", receipt)

		b.refuses(anne, unsigned+"/deposit", nil, "can be deposited")
		unknown := b.itemOf(payment.ItemUnidentified)
		b.now = b.now.Add(time.Minute)
		b.leads(anne, unknown+"/deposit", nil)
		code, page = b.get(anne, unknown)
		b.wants(code, page, http.StatusOK, "put to no ticket", "sealed")
		b.refuses(anne, unknown+"/deposit", nil, "at the bank")
		if strings.Contains(page, "law office") || strings.Contains(page, "Open the note") {
			t.Error("the clerk reads the note")
		}
		code, page = b.post(dora, unknown+"/note", nil)
		b.wants(code, page, http.StatusOK, "the note")
		code, page = b.get(anne, "/items")
		b.wants(code, page, http.StatusOK, "not signed")
		if strings.Contains(page, "post-dated") {
			t.Error("what went back is listed as here")
		}
	})
}

// itemOf is the page of the one item that is kept for a reason.
func (b *bench) itemOf(reason payment.ItemReason) string {
	b.t.Helper()
	anne := b.session("anne")
	_, page := b.get(anne, "/items")
	for row := range strings.SplitSeq(page, "<tr") {
		if strings.Contains(row, said["en"]["counter.item.reason."+string(reason)]) {
			at := strings.Index(row, "/items/")
			return row[at : at+strings.IndexByte(row[at:], '"')]
		}
	}
	b.t.Fatalf("no item is %s", reason)
	return ""
}

// A cheque comes back: the ticket is owed again, the fee is a charge that is paid, or let go by a supervisor.
func TestAChequeThatCameBack(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		anne, ben, dora, carl := counterOpen(b)
		b.pages.Settler.Counter.NSFFee, b.pages.Settler.Counter.NSFClause = money.FromMinor(2500), "By-law F-1, s. 4"
		one, two := b.aged("SJ100", "ABC 123", 1), b.aged("SJ200", "ABC 123", 1)
		cheque := func(request string, id ticket.ID, number string) string {
			b.now = b.now.Add(time.Minute)
			return b.leads(anne, "/counter", taking(request, []ticket.ID{id}, url.Values{"kind": {"cheque"}, "amount": {"50.00"}, "reference": {number}, "branch": {""}, "drawn": {""}, "expected": {"50.00"}}))
		}
		first, second := cheque("request-of-a-page-1", one, "0451"), cheque("request-of-a-page-2", two, "0452")
		b.now = b.now.Add(time.Minute)
		back := url.Values{"cheque": {"451"}, "why": {"nsf"}, "day": {"2026-06-03"}}
		b.refuses(carl, first+"/returned", back, "undo the entry instead")
		b.refuses(anne, "/batches/"+b.batchOf(payment.ChequeBatch)+"/close", url.Values{"counted": {"90.00"}}, "$90.00 was added up, and $100.00 is entered", `value="90.00"`)
		b.leads(anne, "/batches/"+b.batchOf(payment.ChequeBatch)+"/close", url.Values{"counted": {"100.00"}})
		code, page := b.get(carl, first)
		b.wants(code, page, http.StatusOK, "A cheque of it came back")
		b.refuses(carl, first+"/returned", url.Values{"cheque": {"999"}, "why": {"nsf"}, "day": {"2026-06-03"}}, "No cheque of this number")
		b.refuses(carl, first+"/returned", url.Values{"cheque": {"451"}, "why": {"nsf"}, "day": {"2026-06-09"}}, "to come")
		b.leads(carl, first+"/returned", back)
		b.refuses(carl, first+"/returned", back, "came back already")
		b.now = b.now.Add(time.Minute)
		b.leads(carl, second+"/returned", url.Values{"cheque": {"0452"}, "why": {"stopped"}, "day": {"2026-06-03"}})
		code, page = b.get(anne, "/tickets/"+string(one))
		b.wants(code, page, http.StatusOK, "owed again", "$50.00")
		b.refuses(anne, "/counter", taking("request-of-a-page-3", []ticket.ID{one}, url.Values{"kind": {"cheque"}, "amount": {"50.00"}, "reference": {"1"}, "branch": {""}, "drawn": {""}, "act": {"look"}}), "no further cheque is taken for SJ100")

		charges := b.charges(anne)
		if len(charges) != 2 {
			t.Fatalf("%d charges", len(charges))
		}
		b.refuses(anne, charges[0]+"/pay", url.Values{"kind": {"cash"}, "amount": {"20.00"}}, "$25.00")
		b.refuses(ben, charges[0]+"/pay", url.Values{"kind": {"cash"}, "amount": {"25.00"}}, "no open drawer")
		b.refuses(anne, charges[0]+"/pay", url.Values{"kind": {"cheque"}, "amount": {"25.00"}, "reference": {"1"}}, "no further cheque")
		to := b.leads(anne, charges[0]+"/pay", url.Values{"kind": {"cash"}, "amount": {"30.00"}})
		code, page = b.get(anne, to)
		b.wants(code, page, http.StatusOK, "Change: $5.00")
		code, page = b.get(anne, to+"/print")
		b.wants(code, page, http.StatusOK, "$25.00")
		b.refuses(anne, charges[0]+"/pay", url.Values{"kind": {"cash"}, "amount": {"25.00"}}, "nothing was taken")
		b.refuses(dora, charges[1]+"/waive", url.Values{"why": {""}}, "Say why")
		b.leads(dora, charges[1]+"/waive", url.Values{"why": {"the bank’s own error"}})
		code, page = b.get(anne, charges[1])
		b.wants(code, page, http.StatusOK, "let go")
		if left := b.charges(anne); len(left) != 0 {
			t.Errorf("%d charges are owed", len(left))
		}
	})
}

// charges are the pages of the charges that are owed.
func (b *bench) charges(token string) (all []string) {
	b.t.Helper()
	_, page := b.get(token, "/charges")
	for part := range strings.SplitSeq(page, `href="/charges/`) {
		if strings.HasPrefix(part, "chg_") {
			all = append(all, "/charges/"+part[:strings.IndexByte(part, '"')])
		}
	}
	return all
}
