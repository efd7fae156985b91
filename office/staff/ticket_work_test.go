package staff

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/store"
	"fundy/ticket"
)

func (b *bench) stateOf(id ticket.ID) ticket.State {
	b.t.Helper()
	var t store.FoundTicket
	err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		t, err = tx.Ticket(ctx, id)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return t.State
}

// A ticket's page tells its whole story, in order, with who and why; each act on it asks for a reason, and one that is
// refused keeps what was typed.
func TestATicketsStory(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.alone()
		b.person("anne", "supervisor")
		b.person("carl", "clerk")
		id := b.ticketIn("SJ100", "ABC 123")
		at := "/tickets/" + string(id)
		act := func(who, what, reason string, code int, words ...string) {
			t.Helper()
			b.now = b.now.Add(time.Second)
			name, to, _ := strings.Cut(what, ":")
			got, page := b.post(b.session(who), at+"/"+name, url.Values{"reason": {reason}, "act": {to}})
			b.wants(got, page, code, words...)
		}
		act("carl", "note", "the driver called, and calls again on Friday", http.StatusSeeOther)
		act("carl", "note", " ", http.StatusUnprocessableEntity, "Write a reason")
		act("carl", "hold", "a reason", http.StatusForbidden, "You may not do this")
		act("anne", "hold", "", http.StatusUnprocessableEntity, "Write a reason")
		act("anne", "hold", strings.Repeat("long ", 80), http.StatusUnprocessableEntity, "Write a reason", "long long")
		act("anne", "hold", "the meter is looked at", http.StatusSeeOther)
		act("anne", "hold", "again", http.StatusUnprocessableEntity, "It is on hold already")
		act("anne", "note", "card 4242 4242 4242 4242", http.StatusUnprocessableEntity, "looks like a card")
		b.now = b.now.AddDate(0, 0, 3)
		act("anne", "charge", "early", http.StatusUnprocessableEntity, "Its paying period is not over")
		act("anne", "release", "the meter works", http.StatusSeeOther)
		act("anne", "release", "again", http.StatusUnprocessableEntity, "It is not on hold any more")
		act("anne", "end:paid", "nonsense", http.StatusBadRequest)
		act("anne", "end:cancelled", "no such line", http.StatusUnprocessableEntity, "Its law does not allow this")
		act("anne", "end:withdrawn", "the sign was hidden", http.StatusSeeOther)
		act("anne", "end:void", "twice", http.StatusUnprocessableEntity, "Its law does not allow this")
		code, page := b.get(b.session("anne"), at)
		b.wants(code, page, http.StatusOK, "Written", "Came in", "an officer", "anne", "carl", "Prices")
		if strings.Contains(page, "<strong>now</strong>") {
			t.Error("a ticket that is no longer owed has a price of now")
		}
		rest := page[strings.Index(page, `id="story"`):]
		for _, line := range []string{
			"Note: the driver called", "The clock stands still: the meter is looked at", "On hold: the meter is looked at", "The clock goes on: the meter works",
			"Owed: the meter works", "Withdrawn: the sign was hidden",
		} {
			i := strings.Index(rest, line)
			if i < 0 {
				t.Fatalf("not in order, or not there: %q in\n%s", line, page)
			}
			rest = rest[i:]
		}
		if b.stateOf(id) != ticket.Withdrawn {
			t.Errorf("it is %s", b.stateOf(id))
		}
		if strings.Contains(b.log.String(), "driver") {
			t.Error("a note is in the log")
		}
		act2, page := b.post(b.session("anne"), "/tickets/none/hold", url.Values{"reason": {"x"}})
		b.wants(act2, page, http.StatusNotFound)
	})
}

// A hold gives its days back: the lower price holds so many days longer.
func TestAHoldGivesItsDaysBack(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor")
		held, other := b.ticketIn("SJ100", "ABC 123"), b.ticketIn("SJ200", "ABC 124")
		post := func(act string) {
			t.Helper()
			code, page := b.post(b.session("anne"), "/tickets/"+string(held)+"/"+act, url.Values{"reason": {"the meter"}})
			b.wants(code, page, http.StatusSeeOther)
		}
		price := func(id ticket.ID) string {
			t.Helper()
			_, page := b.get(b.session("anne"), "/tickets/"+string(id))
			_, page, _ = strings.Cut(page, `<p class="city-price">`)
			price, _, _ := strings.Cut(page, "<")
			return price
		}
		if price(held) != "$50.00" || price(other) != "$50.00" {
			t.Fatalf("%s and %s", price(held), price(other))
		}
		post("hold")
		if price(held) != "" {
			t.Error("something is due on a ticket that is on hold")
		}
		b.now = b.now.AddDate(0, 0, 20)
		post("release")
		if price(held) != "$50.00" || price(other) == "$50.00" {
			t.Errorf("after twenty days on hold %s, and without %s", price(held), price(other))
		}
	})
}

// Once the paying period is over, a charge can be laid; nothing is taken after it, and only a withdrawal follows.
func TestAChargeIsLaid(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.alone()
		b.person("anne", "supervisor")
		id := b.ticketIn("SJ100", "ABC 123")
		b.now = b.now.AddDate(0, 0, 60)
		code, page := b.post(b.session("anne"), "/tickets/"+string(id)+"/charge", url.Values{"reason": {"information 12 was sworn"}})
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.get(b.session("anne"), "/tickets/"+string(id))
		b.wants(code, page, http.StatusOK, "Nothing can be paid on it now: before the court", "A charge was laid: information 12 was sworn", ">Withdraw<")
		if strings.Contains(page, ">Put on hold<") || strings.Contains(page, ">Void: never valid<") {
			t.Error("more than a withdrawal follows")
		}
	})
}

// A paper ticket is entered by hand: what the paper can't say is refused with the field and what to do, what was typed
// stays; who has entered it does not end it.
func TestEnteringAPaperTicket(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor", "clerk")
		b.person("dora", "supervisor")
		good := func(change ...string) url.Values {
			form := url.Values{
				"number": {"P0101"}, "day": {"2026-06-01"}, "time": {"14:05"}, "offence": {"LOADING"}, "place": {"Tide Street"}, "plate": {"ABC 123"},
				"province": {"nb"}, "delivery": {"windshield"},
			}
			for i := 0; i+1 < len(change); i += 2 {
				form.Set(change[i], change[i+1])
			}
			return form
		}
		code, page := b.get(b.session("anne"), "/enter")
		b.wants(code, page, http.StatusOK, "Enter a paper ticket", "LOADING")
		for _, c := range []struct {
			form  url.Values
			words string
		}{
			{good("day", "2026-06-04"), "This day has not come yet"},
			{good("day", "June 1"), "Type it as the hint shows"},
			{good("time", "25:00"), "Type it as the hint shows"},
			{good("number", ""), "This is missing"},
			{good("number", "???"), "Type it as the hint shows"},
			{good("offence", ""), "This is missing"},
			{good("place", strings.Repeat("street ", 40)), "longer than the field takes"},
			{good("plate", ""), "This is missing"},
			{good("plate", "!!!"), "Type it as the hint shows"},
			{good("province", "Nouveau"), "Type it as the hint shows"},
			{good("delivery", "mail", "served", ""), "Type it as the hint shows"},
			{good("delivery", "mail", "served", "2026-05-31"), "before the contravention"},
			{good("delivery", "mail", "day", "2025-12-02", "served", "2026-06-03"), "more than six months after"},
			{good("day", "1990-01-01"), "No schedule of that day"},
		} {
			code, page := b.post(b.session("anne"), "/enter", c.form)
			b.wants(code, page, http.StatusUnprocessableEntity, c.words, "Error: Enter a paper ticket", `value="`+strings.TrimSpace(c.form.Get("place")))
		}
		code, page = b.post(b.session("anne"), "/enter", good())
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.post(b.session("anne"), "/enter", good("place", "Other Street"))
		b.wants(code, page, http.StatusUnprocessableEntity, "is here already")
		var id ticket.ID
		if err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			found, err := tx.TicketsNumbered(ctx, "P0101", 5)
			id = found[0].ID
			return err
		}); err != nil {
			t.Fatal(err)
		}
		code, page = b.get(b.session("anne"), "/tickets/"+string(id))
		b.wants(code, page, http.StatusOK, "Entered by hand", "anne", "Due now")
		end := func() url.Values { return url.Values{"reason": {"a wrong plate"}, "act": {"void"}} }
		code, page = b.post(b.session("anne"), "/tickets/"+string(id)+"/end", end())
		b.wants(code, page, http.StatusUnprocessableEntity, "You have entered this ticket by hand")
		code, page = b.post(b.session("dora"), "/tickets/"+string(id)+"/end", end())
		b.wants(code, page, http.StatusSeeOther)
		if strings.Contains(b.log.String(), "ABC") {
			t.Error("a plate is in the log")
		}
	})
}

// Books: a range is received once, handed to a number, counted as its tickets come in; a gap is missing until it is
// entered or marked.
func TestBooksOfPaperTickets(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor")
		b.person("carl", "clerk")
		post := func(path string, code int, words string, form ...string) {
			t.Helper()
			values := url.Values{}
			for i := 0; i+1 < len(form); i += 2 {
				values.Set(form[i], form[i+1])
			}
			got, page := b.post(b.session("anne"), path, values)
			b.wants(got, page, code, words)
		}
		post("/books", http.StatusUnprocessableEntity, "not of one book", "first", "P0101", "last", "Q0125")
		post("/books", http.StatusUnprocessableEntity, "not of one book", "first", "P0101", "last", "P0301")
		post("/books", http.StatusUnprocessableEntity, "not such a number", "first", "PPP", "last", "P0301")
		post("/books", http.StatusSeeOther, "", "first", "P0101", "last", "P0125")
		post("/books", http.StatusUnprocessableEntity, "in another book", "first", "P0125", "last", "P0149")
		var book ticket.Book
		read := func(fn func(ctx context.Context, tx *store.Tx) error) {
			t.Helper()
			if err := b.pages.Store.Read(context.Background(), fn); err != nil {
				t.Fatal(err)
			}
		}
		read(func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.Books(ctx, 10)
			book = all[0]
			return err
		})
		enter := func(number string, code int, words string) {
			t.Helper()
			got, page := b.post(b.session("carl"), "/enter", url.Values{
				"number": {number}, "day": {"2026-06-01"}, "offence": {"LOADING"}, "place": {"Tide Street"}, "plate": {"ABC 123"}, "province": {"NB"}, "delivery": {"windshield"},
			})
			b.wants(got, page, code, words)
		}
		at := "/books/" + book.ID
		enter("P0101", http.StatusUnprocessableEntity, "Its book is still in the store")
		post(at+"/number", http.StatusUnprocessableEntity, "is not where this wants it", "number", "P0103", "act", "lost", "reason", "nobody has it")
		post(at+"/hand", http.StatusUnprocessableEntity, "not such a number", "officer", "Anne Smith")
		post(at+"/hand", http.StatusSeeOther, "", "officer", "pk-17")
		post(at+"/hand", http.StatusUnprocessableEntity, "is not where this wants it", "officer", "18")
		enter("P0101", http.StatusSeeOther, "")
		enter("P0105", http.StatusSeeOther, "")
		post(at+"/number", http.StatusUnprocessableEntity, "Write a reason", "number", "P0102", "act", "spoiled")
		post(at+"/number", http.StatusUnprocessableEntity, "not of this book", "number", "P0126", "act", "spoiled", "reason", "coffee")
		post(at+"/number", http.StatusUnprocessableEntity, "There is a ticket of this number", "number", "P0101", "act", "spoiled", "reason", "coffee")
		post(at+"/number", http.StatusSeeOther, "", "number", "P0102", "act", "spoiled", "reason", "coffee")
		post(at+"/number", http.StatusUnprocessableEntity, "spoiled or lost already", "number", "P0102", "act", "lost", "reason", "coffee")
		enter("P0102", http.StatusUnprocessableEntity, "reported as spoiled")
		b.now = b.now.AddDate(0, 0, 2)
		code, page := b.get(b.session("anne"), "/books")
		b.wants(code, page, http.StatusOK, "With officer PK-17", "Used 2, spoiled 1, lost 0, missing 2, blank 20.", ">P0103<", ">P0104<", "4 days")
		if strings.Contains(page, ">P0106<") {
			t.Error("a blank number is missing")
		}
		post(at+"/back", http.StatusSeeOther, "")
		post(at+"/back", http.StatusUnprocessableEntity, "is not where this wants it")
		post("/books/none/back", http.StatusNotFound, "")
		code, page = b.get(b.session("anne"), "/books")
		b.wants(code, page, http.StatusOK, "Back from officer PK-17", ">P0103<")
	})
}

// A row of a file that contradicts a ticket waits in quarantine: it is opened with a leaf, compared, and taken out with
// what came of it. The ticket stays as it is.
func TestARowInQuarantine(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor")
		b.person("carl", "screening")
		id := b.ticketIn("SJ100", "ABC 123")
		row := store.ImportRow{Ticket: ticket.Ticket{ID: id, Number: "SJ100"}, Digest: []byte("other"), DataKey: "k", Line: 7, Hold: func() ([]byte, error) { return []byte{1}, nil }}
		_, err := b.pages.Store.ApplyImport(context.Background(), store.ImportBatch{
			ID: "b2", Source: "june.csv", Mapping: "test", At: b.now, DataKey: store.DataKey{ID: "k", Sealed: []byte{1}}, Rows: []store.ImportRow{row}, Leaf: leafOf(b.now),
		})
		if err != nil {
			t.Fatal(err)
		}
		code, page := b.get(b.session("anne"), "/work")
		b.wants(code, page, http.StatusOK, "Quarantined rows of imports")
		code, page = b.get(b.session("anne"), "/work/held")
		b.wants(code, page, http.StatusOK, "SJ100", "june.csv", "/held/b2-7", "0 days")
		code, page = b.get(b.session("anne"), "/held/b2-7")
		b.wants(code, page, http.StatusOK, "A file contradicts ticket SJ100", "line 7")
		if strings.Contains(page, "Other Street") {
			t.Error("it is open before anybody has opened it")
		}
		code, page = b.post(b.session("carl"), "/held/b2-7/open", nil)
		b.wants(code, page, http.StatusOK, "Other Street")
		code, page = b.post(b.session("carl"), "/held/b2-7/close", url.Values{"reason": {"x"}})
		b.wants(code, page, http.StatusForbidden)
		code, page = b.post(b.session("anne"), "/held/b2-7/close", url.Values{"reason": {""}})
		b.wants(code, page, http.StatusUnprocessableEntity, "Say it in one line")
		code, page = b.post(b.session("anne"), "/held/b2-7/close", url.Values{"reason": {"the place was typed anew"}})
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.post(b.session("anne"), "/held/b2-7/close", url.Values{"reason": {"again"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "It has been closed meanwhile", "the place was typed anew")
		code, page = b.get(b.session("anne"), "/work/held")
		b.wants(code, page, http.StatusOK, "Nothing waits here")
		if b.stateOf(id) != ticket.Open {
			t.Error("the ticket has changed")
		}
	})
}

// The page of all that waits counts each list, what is late on it, and since when it waits.
func TestAllThatWaits(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne", "supervisor")
	b.raise("line", "line-1")
	b.now = b.now.AddDate(0, 0, 4)
	code, page := b.get(b.session("anne"), "/work")
	b.wants(code, page, http.StatusOK, "Exceptions from settling", "4 days", `<span class="staff-late">1</span>`, "Chargebacks", "Refunds by cheque", "Payments that stopped", "Corrections to approve")
	for _, l := range b.pages.worklists() {
		if l.see == ReadPeople {
			continue // not a supervisor's
		}
		code, page := b.get(b.session("anne"), l.Path)
		b.wants(code, page, http.StatusOK)
	}
	b.raise("mail", "msg-1")
	_, page = b.get(b.session("anne"), "/queue?kind=mail")
	if !strings.Contains(page, "A message that did not reach its reader") || strings.Contains(page, "A line that nobody can explain") {
		t.Errorf("of messages only: %s", page)
	}
	code, _ = b.get(b.session("anne"), "/work/nothing")
	b.wants(code, "", http.StatusNotFound)
	code, page = b.post(b.session("anne"), "/work/stopped/ask", url.Values{"id": {"none"}, "act": {"keep"}, "reason": {"compared"}})
	b.wants(code, page, http.StatusUnprocessableEntity, "This payment has not stopped")
	code, page = b.post(b.session("anne"), "/corrections/none/approve", nil)
	b.wants(code, page, http.StatusNotFound)
	code, page = b.post(b.session("anne"), "/work/cheques/requisition", nil)
	b.wants(code, page, http.StatusUnprocessableEntity, "No refund waits for a cheque")
	code, page = b.post(b.session("anne"), "/work/cheques/written", url.Values{"id": {"none"}, "number": {"12"}, "day": {"tomorrow"}})
	b.wants(code, page, http.StatusUnprocessableEntity, "This is not a day")
	code, page = b.post(b.session("anne"), "/work/cheques/payee", url.Values{"id": {"none"}})
	b.wants(code, page, http.StatusUnprocessableEntity, "Write two to seven lines")
	code, page = b.post(b.session("anne"), "/work/cheques/back", url.Values{"id": {"none"}})
	b.wants(code, page, http.StatusUnprocessableEntity, "that does not happen")
}
