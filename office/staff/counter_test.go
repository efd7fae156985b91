package staff

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// fined is a ticket as ticketIn puts it in, which costs what its file says.
func (b *bench) fined(number, plate string, cents int64) ticket.ID {
	b.t.Helper()
	fine := money.FromMinor(cents)
	return b.ticketWith(number, plate, func(t *ticket.Ticket) { t.Fine = &fine })
}

// hidden is the value of a page's hidden field.
func hidden(page, name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return m[1]
}

// sends posts a form and says where it leads.
func (b *bench) sends(token, path string, form url.Values) (code int, to, page string) {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, b.request("POST", path, token, form))
	to, _, _ = strings.Cut(w.Header().Get("Location"), "?")
	return w.Code, to, strings.ReplaceAll(w.Body.String(), "\u00a0", " ")
}

// leads posts a form that is to be taken, and returns where it leads.
func (b *bench) leads(token, path string, form url.Values) string {
	b.t.Helper()
	code, to, page := b.sends(token, path, form)
	if code != http.StatusSeeOther {
		b.t.Fatalf("%s answers %d\n%s", path, code, page)
	}
	return to
}

// follows posts a form that writes nothing, and follows where it leads: the browser's back button comes back to that page.
// Its address tells nothing of what was typed.
func (b *bench) follows(token, path string, form url.Values) (code int, page string) {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, b.request("POST", path, token, form))
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, path+"?") {
		b.t.Fatalf("%s answers %d to %q\n%s", path, w.Code, to, w.Body)
	}
	for _, field := range []string{"number", "plate", "issued"} {
		if typed := form.Get(field); typed != "" && strings.Contains(strings.ToLower(to), strings.ToLower(typed)) {
			b.t.Errorf("the address %q has the %s that was typed", to, field)
		}
	}
	return b.get(token, to)
}

// refuses posts a form that is not to be taken: what was typed stays, and the words say what to do.
func (b *bench) refuses(token, path string, form url.Values, words ...string) string {
	b.t.Helper()
	code, _, page := b.sends(token, path, form)
	b.wants(code, page, http.StatusUnprocessableEntity, words...)
	return page
}

// coins is a count as the form sends it: how many of each, the largest first.
func coins(n ...string) url.Values {
	all := make([]string, len(payment.Denominations))
	copy(all, n)
	return url.Values{"coin": all}
}

// taking is a form that takes money for tickets.
func taking(request string, ids []ticket.ID, more url.Values) url.Values {
	f := url.Values{"request": {request}, "act": {"take"}, "language": {"en"}}
	for _, id := range ids {
		f.Add("ticket", string(id))
	}
	for k, v := range more {
		f[k] = v
	}
	return f
}

// counterOpen is a bench with two clerks, a supervisor and finance, and an open drawer A of anne's with 100.00 in it.
func counterOpen(b *bench) (anne, ben, dora, carl string) {
	b.t.Helper()
	for name, role := range map[string]string{"anne": "clerk", "ben": "clerk", "dora": "supervisor", "carl": "finance"} {
		b.person(name, role)
	}
	anne, ben, dora, carl = b.session("anne"), b.session("ben"), b.session("dora"), b.session("carl")
	b.leads(dora, "/drawers", url.Values{"name": {"a"}, "place": {"City Hall, ground floor"}})
	b.leads(anne, "/drawers/A/open", coins("", "", "3", "4"))
	return anne, ben, dora, carl
}

// A clerk takes cash for two tickets: found by number and plate, looked at, taken; the change is said; the same page
// posted twice is one payment; one that was opened before is told that the ticket is paid.
func TestTakingCashForTwoTickets(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		anne, _, _, _ := counterOpen(b)
		one, two := b.fined("SJ100", "ABC 123", 5002), b.fined("SJ200", "ABC 123", 3000)
		_, page := b.get(anne, "/tickets/"+string(one))
		if !strings.Contains(page, `/counter?ticket=`+string(one)) {
			t.Error("the ticket's page does not lead to the counter")
		}
		code, page := b.get(anne, "/counter?ticket="+string(one))
		b.wants(code, page, http.StatusOK, "your drawer A", "SJ100", "$50.02", "all in cash: $50.00")
		request := hidden(page, "request")
		code, page = b.follows(anne, "/counter", url.Values{"request": {request}, "ticket": {string(one)}, "number": {"sj-200"}, "plate": {"abc123"}, "act": {"add"}})
		b.wants(code, page, http.StatusOK, "SJ200", "$80.02")
		b.refuses(anne, "/counter", url.Values{"request": {request}, "ticket": {string(one)}, "number": {"SJ200"}, "plate": {"XYZ 1"}, "act": {"add"}}, "No ticket has the number SJ200", "XYZ 1")
		b.refuses(anne, "/counter", url.Values{"request": {request}, "number": {"SJ200"}, "act": {"add"}}, "Type the plate that is on the ticket")

		form := taking(request, []ticket.ID{one, two}, url.Values{"cash": {"100"}, "act": {"look"}})
		code, page = b.post(anne, "/counter", form)
		b.wants(code, page, http.StatusOK, "Nothing is written yet", "$50.02", "$30.00", "$80.02", "rounded to five cents by", "Change: $20.00", "Take the money")
		if hidden(page, "request") != request || hidden(page, "expected") != "80.02" {
			t.Errorf("the page goes on with %q and %q", hidden(page, "request"), hidden(page, "expected"))
		}
		form.Set("act", "take")
		form.Set("expected", hidden(page, "expected"))
		to := b.leads(anne, "/counter", form)
		w := httptest.NewRecorder()
		b.h.ServeHTTP(w, b.request("POST", "/counter", anne, form))
		if again := w.Header().Get("Location"); again != to+"?said=counter_taken_before" {
			t.Errorf("posted twice: %s and %s", to, again)
		}
		code, page = b.get(anne, to)
		b.wants(code, page, http.StatusOK, "Change: $20.00", "A-000001", "SJ100", "paid", "Undo it")

		// A page that was open since before.
		b.refuses(anne, "/counter", taking("another-request-id", []ticket.ID{one}, url.Values{"cash": {"50"}, "expected": {"50.02"}}), "Ticket SJ100 is paid", "value=\"50\"")
		// The same page with something else.
		form.Set("cash", "90")
		b.refuses(anne, "/counter", form, "sent before with something else")
		// The drawer has it once, in order.
		code, page = b.get(anne, "/drawers/A")
		b.wants(code, page, http.StatusOK, "A-000001", "$180.00")
		if strings.Contains(page, "A-000002") {
			t.Error("it was entered twice")
		}
		if b.log.Len() > 0 {
			t.Error(b.log.String())
		}
	})
}

// Each refusal at the counter says what to do, on the form, and keeps what was typed.
func TestWhatTheCounterRefuses(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	anne, ben, _, _ := counterOpen(b)
	one := b.fined("SJ100", "ABC 123", 5000)
	row := func(kind, amount, reference, branch, drawn string) url.Values {
		return url.Values{"kind": {kind}, "amount": {amount}, "reference": {reference}, "branch": {branch}, "drawn": {drawn}, "act": {"look"}}
	}
	for words, more := range map[string]url.Values{
		"Write the amount with two places":    {"cash": {"fifty"}, "act": {"look"}},
		"No coins make $50.01":                {"cash": {"50.01"}, "act": {"look"}},
		"the law takes the whole amount only": {"cash": {"40"}, "act": {"look"}},
		"Type what was handed over":           {"act": {"look"}},
		"each have a number":                  row("cheque", "50.00", "", "", ""),
		"Never type the account":              row("cheque", "50.00", "12", "RBC", ""),
		"date has not come":                   row("cheque", "50.00", "12", "", "2026-06-04"),
		"more than six months old":            row("cheque", "50.00", "12", "", "2025-06-04"),
		"Only a cheque has a date":            row("terminal", "50.00", "12A", "", "2026-06-01"),
		"Choose a cheque, a money order":      row("gold", "50.00", "12", "", ""),
		"what else was handed over is enough": {"kind": {"cheque", "cheque"}, "amount": {"50.00", "20.00"}, "reference": {"1", "2"}, "branch": {"", ""}, "drawn": {"", ""}, "act": {"look"}},
		"The page showed $40.00, and $50.00":  {"cash": {"50"}, "expected": {"40.00"}},
		"Write the day as":                    row("cheque", "50.00", "12", "", "yesterday"),
		"Write the amount with two places af": row("cheque", "1,050.00", "12", "", ""),
	} {
		page := b.refuses(anne, "/counter", taking("request-of-a-page-1", []ticket.ID{one}, more), words)
		for _, typed := range append(more["cash"], more["reference"]...) {
			if !strings.Contains(page, `value="`+typed+`"`) {
				t.Errorf("%s: %q is lost", words, typed)
			}
		}
		if !strings.Contains(page, "aria-invalid") && !strings.Contains(page, "SJ100") {
			t.Errorf("%s: no field is marked", words)
		}
	}
	b.refuses(anne, "/counter", taking("request-of-a-page-1", nil, url.Values{"cash": {"50"}, "act": {"look"}}), "Add at least one ticket")
	b.refuses(ben, "/counter", taking("request-of-a-page-1", []ticket.ID{one}, url.Values{"cash": {"50"}, "expected": {"50.00"}}), "You have no open drawer")
	code, page := b.post(anne, "/counter", taking("request-of-a-page-1", []ticket.ID{one}, url.Values{"cash": {"50"}, "expected": {"x"}}))
	b.wants(code, page, http.StatusBadRequest, "could not be taken")
	// A ticket is taken off; the enter key in a field of what was handed over goes on.
	code, page = b.follows(anne, "/counter", url.Values{"ticket": {string(one)}, "remove": {string(one)}, "language": {"fr"}})
	b.wants(code, page, http.StatusOK, "Add this ticket", `value="fr" selected`)
	if strings.Contains(page, "SJ100") {
		t.Error("the ticket is on the form still")
	}
	code, page = b.post(anne, "/counter", taking("request-of-a-page-1", []ticket.ID{one}, url.Values{"cash": {"50"}, "act": {"add"}}))
	b.wants(code, page, http.StatusOK, "Nothing is written yet")
	// A card's number is refused unread, in any field.
	code, page = b.post(anne, "/counter", taking("request-of-a-page-1", []ticket.ID{one}, url.Values{"reference": {"4242 4242 4242 4242"}}))
	b.wants(code, page, http.StatusUnprocessableEntity, "No cards here")
	if !strings.Contains(b.log.String(), "name=reference") {
		t.Errorf("the alarm does not say where: %s", b.log.String())
	}
}

// A day: cash, a cheque, the terminal, an entry undone; the drawer closed by two who count alone; the slip and the
// terminal's report.
func TestADayAtTheCounter(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		anne, ben, dora, carl := counterOpen(b)
		one, two, three := b.fined("SJ100", "ABC 123", 5000), b.fined("SJ200", "ABC 123", 3000), b.fined("SJ300", "ABC 123", 4000)
		b.leads(anne, "/counter", taking("request-of-a-page-1", []ticket.ID{one}, url.Values{"cash": {"60"}, "expected": {"50.00"}}))
		b.now = b.now.Add(time.Minute)
		to := b.leads(anne, "/counter", taking("request-of-a-page-2", []ticket.ID{two}, url.Values{
			"kind": {"cheque", "terminal"}, "amount": {"20.00", "10.00"}, "reference": {"0451", "12ab34"}, "branch": {"12345-003", ""}, "drawn": {"2026-06-01", ""}, "expected": {"30.00"},
		}))
		code, page := b.get(anne, to)
		b.wants(code, page, http.StatusOK, "Cheque 0451", "Card terminal 12AB34", "$20.00", "$10.00")
		b.now = b.now.Add(time.Minute)
		undone := b.leads(anne, "/counter", taking("request-of-a-page-3", []ticket.ID{three}, url.Values{"cash": {"40"}, "expected": {"40.00"}}))
		b.refuses(anne, undone+"/undo", url.Values{"reason": {""}}, "Say why, in one line")
		b.now = b.now.Add(time.Minute)
		b.leads(anne, undone+"/undo", url.Values{"reason": {"the wrong ticket"}})
		b.now = b.now.Add(time.Minute)
		code, page = b.get(anne, undone)
		b.wants(code, page, http.StatusOK, "undone", "owed")
		if strings.Contains(page, "Undo it") {
			t.Error("what is undone can be undone")
		}

		// Cash into the safe: another counts it.
		b.refuses(ben, "/drawers/A/drop", coins("", "", "1"), "Only the clerk whose drawer it is")
		b.leads(anne, "/drawers/A/drop", coins("", "", "1"))
		b.refuses(anne, "/drawers/A/close", coins("", "", "2"), "waits for a second person already")
		drop := b.waits()
		code, page = b.get(ben, "/")
		b.wants(code, page, http.StatusOK, "second person who counts: 1")
		if _, page = b.get(anne, "/"); strings.Contains(page, "second person who counts") {
			t.Error("who has asked is told to count again")
		}
		code, page = b.get(ben, "/seconds/"+drop)
		b.wants(code, page, http.StatusOK, "Cash from drawer A into the safe", "asked by anne")
		if strings.Contains(page, "20.00") {
			t.Error("the second person is told what the first has counted")
		}
		for token, told := range map[string]bool{anne: true, ben: false, dora: false, carl: true} {
			if _, page = b.get(token, "/drawers/A"); strings.Contains(page, "$150.00") != told || strings.Contains(page, "Should be in it") != told {
				t.Errorf("what should be in the drawer is told to who is to count it, or not to its clerk or to finance: %v\n%s", told, page)
			}
		}
		b.refuses(anne, "/seconds/"+drop+"/confirm", url.Values{"counted": {"20.00"}}, "That takes another person")
		b.refuses(ben, "/seconds/"+drop+"/confirm", url.Values{"counted": {"40.00"}}, "not what the first person has counted", `value="40.00"`)
		b.leads(ben, "/seconds/"+drop+"/confirm", url.Values{"counted": {"20.00"}})
		b.refuses(ben, "/seconds/"+drop+"/confirm", url.Values{"counted": {"20.00"}}, "It does not wait any more", "Done by ben")

		// The close: five dollars short.
		b.refuses(anne, "/drawers/A/close", coins("", "1", "3", "1", "1"), "$125.00 was counted and $130.00 should be there", `value="3"`)
		short := coins("", "1", "3", "1", "1")
		short.Set("reason", "a five is missing")
		b.leads(anne, "/drawers/A/close", short)
		b.leads(anne, "/counter", taking("request-of-a-page-4", []ticket.ID{three}, url.Values{"cash": {"40"}, "expected": {"40.00"}}))
		b.refuses(ben, "/seconds/"+b.waits()+"/confirm", url.Values{"counted": {"125.00"}}, "since it was counted")
		b.leads(anne, "/seconds/"+b.waits()+"/withdraw", nil)
		short = coins("", "1", "5", "1", "1")
		short.Set("reason", "a five is missing")
		b.leads(anne, "/drawers/A/close", short)
		for _, path := range []string{"/seconds/" + b.waits(), "/drawers/A"} { // who counts next is told neither what should be there nor what is said of it
			if _, page = b.get(ben, path); strings.Contains(page, "a five is missing") || strings.Contains(page, "Should be in it") {
				t.Errorf("%s tells the second person how it should come out", path)
			}
		}
		b.leads(ben, "/seconds/"+b.waits()+"/confirm", url.Values{"counted": {"165.00"}})
		code, page = b.get(carl, "/drawers/A")
		b.wants(code, page, http.StatusOK, "closed", "anne, ben", "a five is missing", "−$5.00", "A-000001", "A-000002", "A-000003", "A-000004")
		if at, next := strings.Index(page, "A-000001"), strings.Index(page, "A-000004"); at > next {
			t.Error("the receipts are not in order")
		}
		b.refuses(anne, to+"/undo", url.Values{"reason": {"too late"}}, "Its batch is closed")

		// A supervisor opens it again, and it is closed again.
		b.refuses(dora, "/drawers/A/reopen", url.Values{"reason": {""}}, "Say why")
		b.leads(dora, "/drawers/A/reopen", url.Values{"reason": {"the five was under the tray"}})
		b.leads(anne, "/drawers/A/close", coins("", "1", "5", "1", "2"))
		b.leads(dora, "/seconds/"+b.waits()+"/confirm", url.Values{"counted": {"170.00"}})

		// The way to the bank.
		code, page = b.get(carl, "/deposits")
		b.wants(code, page, http.StatusOK, "Cheques and money orders", "$20.00", "$90.00", "operating")
		cash, cheques, terminal := b.batchOf(payment.CashBatch), b.batchOf(payment.ChequeBatch), b.batchOf(payment.TerminalBatch)
		b.refuses(carl, "/deposits", url.Values{"account": {"operating"}, "day": {"2026-06-03"}, "reference": {"1001"}}, "Tick at least one batch")
		b.refuses(carl, "/deposits", url.Values{"account": {"none"}, "day": {"2026-06-03"}, "reference": {"1001"}, "batch": {cash}}, "Choose a bank account")
		b.refuses(carl, "/deposits", url.Values{"account": {"operating"}, "day": {"2026-06-03"}, "reference": {"1001"}, "batch": {cash, terminal}}, "any other on a slip")
		form := url.Values{"account": {"operating"}, "day": {"2026-06-03"}, "reference": {"1001"}, "batch": {cash, cheques}}
		slip := b.leads(carl, "/deposits", form)
		b.refuses(carl, "/deposits", form, "in a deposit already")
		code, page = b.get(carl, slip)
		b.wants(code, page, http.StatusOK, "Deposit 1001", "$110.00", "written, in the safe")
		b.leads(carl, slip+"/sent", nil)
		b.refuses(carl, slip+"/sent", nil, "further already")
		report := b.leads(carl, "/deposits/terminal", url.Values{"account": {"operating"}, "day": {"2026-06-03"}, "reference": {"041"}, "batch": {terminal}, "total": {"9.00"}})
		code, page = b.get(carl, report)
		b.wants(code, page, http.StatusOK, "Our entries come to $10.00", "$1.00")
	})
}

// waits is the one thing that waits for a second person.
func (b *bench) waits() (id string) {
	b.t.Helper()
	err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.OpenSeconds(ctx, 10)
		if len(all) == 1 {
			id = string(all[0].ID)
		}
		return err
	})
	if err != nil || id == "" {
		b.t.Fatalf("nothing waits, or several do: %v", err)
	}
	return id
}

// batchOf is the newest batch of a kind.
func (b *bench) batchOf(kind payment.BatchKind) (id string) {
	b.t.Helper()
	err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.BatchesOfKind(ctx, kind, 1)
		if len(all) == 1 {
			id = string(all[0].ID)
		}
		return err
	})
	if err != nil || id == "" {
		b.t.Fatalf("no batch of %s: %v", kind, err)
	}
	return id
}

// The receipt is printed on a roll and on paper, in both languages, with what was taken and never whose car it is.
func TestTheReceiptThatIsPrinted(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	anne, _, _, _ := counterOpen(b)
	one := b.fined("SJ100", "ABC 123", 5002)
	to := b.leads(anne, "/counter", taking("request-of-a-page-1", []ticket.ID{one}, url.Values{"cash": {"60"}, "expected": {"50.02"}, "language": {"fr"}}))
	code, page := b.get(anne, to+"/print")
	b.wants(code, page, http.StatusOK, `class="paper-80"`, `<main class="receipt" id="main" lang="fr">`, "A-000001", "SJ100", "50,02 $", "60,00 $", "Arrondi à cinq cents", "10,00 $", "propriétaire immatriculé", "Stationnement dans une zone de chargement commerciale, ", ", article ", "For Letter or A4")
	code, page = b.get(anne, to+"/print?paper=page&in=en")
	b.wants(code, page, http.StatusOK, `class="paper-page"`, "Rounding to five cents", "−$0.02", "Change", "$10.00", "registered owner of the vehicle", "Parking in a commercial loading zone, ", ", section ", b.pages.cityName("en"))
	for _, never := range []string{"ABC 123", "ABC123", "<script", "style=\"", "<style"} {
		if strings.Contains(page, never) {
			t.Errorf("the receipt has %q", never)
		}
	}
	code, css := b.get("", printStyle.Path)
	b.wants(code, css, http.StatusOK, "size:80mm auto", "@media print")
	b.leads(anne, to+"/undo", url.Values{"reason": {"the wrong ticket"}})
	_, page = b.get(anne, to+"/print")
	b.wants(http.StatusOK, page, http.StatusOK, "ANNULÉ")
}

// Every reason that the counter can refuse for has its words.
func TestEveryRefusalOfTheCounterHasItsWords(t *testing.T) {
	t.Parallel()
	reason := regexp.MustCompile(`(?m)^\s+((?:Take|Drawer|Batch|Reverse|Second|Charge|RefusedItem|RefusedReturn|Refused)[A-Za-z]*)\s+= "([a-z_]+)"`)
	count := 0
	for file, prefix := range map[string]string{
		"payment/counter.go": "counter.refused.", "payment/second.go": "counter.refused.", "payment/item.go": "counter.item.refused.", "payment/charge.go": "", "payout/slip_ask.go": "counter.slip.refused.",
	} {
		text, err := os.ReadFile(filepath.Join("..", "..", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reason.FindAllStringSubmatch(string(text), -1) {
			key := prefix + m[2]
			if strings.HasPrefix(m[1], "RefusedReturn") {
				key = "counter.back.refused." + m[2]
			} else if prefix == "" {
				key = "counter.refused." + m[2]
			}
			if m[1] == "SecondAsked" || m[1] == "NSFFee" || strings.HasPrefix(file, "payout") && (m[2] == "line" || m[2] == "why" || m[2] == "same_person" || m[2] == "too_different") {
				continue // of an acceptance, which stands on another page
			}
			count++
			if said["en"][key] == "" {
				t.Errorf("%s: no words for %s", m[1], key)
			}
		}
	}
	if count < 60 {
		t.Errorf("%d reasons found only", count)
	}
	for _, more := range []string{
		payment.RefusedEmpty, payment.RefusedTooMany, payment.RefusedNotPayable, payment.RefusedConfirming, payment.RefusedBox, payment.RefusedChanged, payment.RefusedOtherContent,
		payment.RefusedRestoring, payment.RefusedExpected, payment.RefusedWho, payment.RefusedSamePerson, payment.RefusedReason,
	} {
		if said["en"]["counter.refused."+more] == "" {
			t.Errorf("no words for %s", more)
		}
	}
}
