package staff

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
	"fundy/store"
	"fundy/ticket"
)

// alone has one person decide about tickets, as a city may say.
func (b *bench) alone() { b.pages.Settler.City.Ticket = city.TicketSettings{} }

var askAt = regexp.MustCompile(`/decisions/(ask_[^"/?]+)`)

// waitsAt posts what is put before a second person, and returns where that stands.
func (b *bench) waitsAt(token, path string, form url.Values) string {
	b.t.Helper()
	w := newRecorder()
	b.h.ServeHTTP(w, b.request("POST", path, token, form))
	at := askAt.FindString(w.Header().Get("Location"))
	if w.Code != http.StatusSeeOther || at == "" {
		b.t.Fatalf("%d %s\n%s", w.Code, w.Header().Get("Location"), w.Body)
	}
	return at
}

// A ticket does not end by one person's word: another approves it, and it is told in the ticket's story, on the list of
// what waits, and for ever in the report of what ended.
func TestATicketEndsByTwoPeople(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor")
		b.person("ben", "supervisor", "clerk")
		b.person("fay", "finance")
		id := b.owed("SJ1")
		page := "/tickets/" + string(id)
		end := func() url.Values { return url.Values{"reason": {"the sign was hidden"}, "act": {"withdrawn"}} }
		at := b.waitsAt(b.session("anne"), page+"/end", end())
		if b.stateOf(id) != ticket.Open {
			t.Error("one person has ended it")
		}
		code, text := b.post(b.session("ben"), page+"/end", url.Values{"reason": {"again"}, "act": {"void"}})
		b.wants(code, text, http.StatusUnprocessableEntity, "waits for a second person already", `value="again"`)
		code, text = b.get(b.session("ben"), page)
		b.wants(code, text, http.StatusOK, "waits for a second person", at, "withdraw, asked for: the sign was hidden")
		code, text = b.get(b.session("fay"), "/work")
		b.wants(code, text, http.StatusOK, "What two people decide")
		code, text = b.get(b.session("anne"), at)
		b.wants(code, text, http.StatusOK, "the sign was hidden", "another person approves it", "SJ1", "$50.00")
		code, text = b.post(b.session("anne"), at+"/approve", nil)
		b.wants(code, text, http.StatusUnprocessableEntity, "You have asked for it")
		code, text = b.post(b.session("ben"), at+"/refuse", nil)
		b.wants(code, text, http.StatusSeeOther)
		code, text = b.post(b.session("fay"), at+"/approve", nil)
		b.wants(code, text, http.StatusUnprocessableEntity, "It has been decided already")
		if b.stateOf(id) != ticket.Open {
			t.Error("what was refused is done")
		}
		at = b.waitsAt(b.session("anne"), page+"/end", end())
		code, text = b.post(b.session("fay"), at+"/approve", nil)
		b.wants(code, text, http.StatusSeeOther)
		if b.stateOf(id) != ticket.Withdrawn {
			t.Errorf("it is %s", b.stateOf(id))
		}
		b.now = b.now.Add(time.Second)
		code, text = b.get(b.session("fay"), "/finance/ended")
		b.wants(code, text, http.StatusOK, "By person", "anne", "fay", "withdrawn", "the sign was hidden", "$50.00", "SJ1")
		today := city.DateOf(b.now, b.pages.city.Zone).String()
		code, text = b.post(b.session("fay"), "/finance/ended/file", url.Values{"from": {today}, "until": {today}, "format": {"csv"}})
		b.wants(code, text, http.StatusOK, "the sign was hidden", "anne", "fay", "50.00")
		code, text = b.get(b.session("fay"), "/finance/ended?from=2020-01-01")
		b.wants(code, text, http.StatusUnprocessableEntity, "at most 366 of them")
	})
}

// What is asked for is decided by how the ticket stands when it is approved; who has entered it neither asks nor approves.
func TestWhatWasAskedIsDecidedAnew(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor")
		b.person("ben", "supervisor")
		id := b.owed("SJ1")
		page := "/tickets/" + string(id)
		at := b.waitsAt(b.session("anne"), page+"/end", url.Values{"reason": {"the sign was hidden"}, "act": {"void"}})
		b.write(func(ctx context.Context, tx *store.Tx) error {
			f, err := tx.Ticket(ctx, id)
			if err != nil {
				return err
			}
			return tx.MoveTicket(ctx, id, f.Version, ticket.Court, b.now, "a charge")
		})
		code, text := b.post(b.session("ben"), at+"/approve", nil)
		b.wants(code, text, http.StatusUnprocessableEntity, "Its law does not allow this")
		entered := b.owed("SJ2")
		b.write(func(ctx context.Context, tx *store.Tx) error {
			return tx.AddTicketEventBy(ctx, entered, ticket.EnteredEvent, b.now, b.now, "ben", "")
		})
		other := "/tickets/" + string(entered)
		code, text = b.post(b.session("ben"), other+"/end", url.Values{"reason": {"a wrong plate"}, "act": {"void"}})
		b.wants(code, text, http.StatusUnprocessableEntity, "You have entered this ticket by hand")
		at = b.waitsAt(b.session("anne"), other+"/end", url.Values{"reason": {"a wrong plate"}, "act": {"void"}})
		code, text = b.post(b.session("ben"), at+"/approve", nil)
		b.wants(code, text, http.StatusUnprocessableEntity, "You have entered this ticket by hand")
	})
}

// A charge takes two people as well; a city may let one decide about small penalties.
func TestWhatOnePersonMayDecideAlone(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne", "supervisor")
	b.person("ben", "supervisor")
	charged, small := b.owed("SJ1"), b.owed("SJ2")
	b.now = b.now.AddDate(0, 0, 60)
	at := b.waitsAt(b.session("anne"), "/tickets/"+string(charged)+"/charge", url.Values{"reason": {"information 12 was sworn"}})
	code, page := b.post(b.session("ben"), at+"/approve", nil)
	b.wants(code, page, http.StatusSeeOther)
	if b.stateOf(charged) != ticket.Court {
		t.Errorf("it is %s", b.stateOf(charged))
	}
	penalty := money.FromMinor(12_500)
	for most, want := range map[int64]bool{0: true, 12_499: true, 12_500: false, 20_000: false} {
		if got := (city.TicketSettings{ByTwo: true, AloneMost: money.FromMinor(most)}).TakesTwo(penalty); got != want {
			t.Errorf("at most %d alone: takes two %v", most, got)
		}
	}
	if (city.TicketSettings{}).TakesTwo(penalty) {
		t.Error("it takes two where the city says that it does not")
	}
	b.pages.Settler.City.Ticket = city.TicketSettings{ByTwo: true, AloneMost: money.FromMinor(100_000)}
	code, page = b.post(b.session("anne"), "/tickets/"+string(small)+"/end", url.Values{"reason": {"the sign was hidden"}, "act": {"withdrawn"}})
	b.wants(code, page, http.StatusSeeOther)
	if b.stateOf(small) != ticket.Withdrawn {
		t.Errorf("it is %s", b.stateOf(small))
	}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`)

// lookedForm is the form under what was looked at.
func lookedForm(page string) url.Values {
	form := url.Values{}
	_, after, _ := strings.Cut(page, `id="ask-form"`)
	after, _, _ = strings.Cut(after, "</form>")
	for _, m := range hiddenField.FindAllStringSubmatch(after, -1) {
		form.Set(m[1], strings.ReplaceAll(m[2], "&#34;", `"`))
	}
	return form
}

// Debts are looked at, asked for, and given up by another person, all of the list or nothing; a list that has changed is
// refused with the ticket's number.
func TestDebtsAreGivenUpByTwoPeople(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("fay", "finance")
		b.person("sam", "supervisor")
		one, two := b.owed("SJ1"), b.owed("SJ2")
		paid := b.owed("SJ3")
		b.write(func(ctx context.Context, tx *store.Tx) error {
			f, err := tx.Ticket(ctx, paid)
			if err != nil {
				return err
			}
			return tx.MoveTicket(ctx, paid, f.Version, ticket.Paid, b.now, "paid")
		})
		look := func(form url.Values, code int, words ...string) string {
			t.Helper()
			got, page := b.post(b.session("fay"), "/finance/write-offs/look", form)
			b.wants(got, page, code, words...)
			return page
		}
		look(url.Values{}, http.StatusUnprocessableEntity, "Write a number, or the day before which")
		look(url.Values{"numbers": {"SJ1, tomorrow"}}, http.StatusUnprocessableEntity, "Line 1 is neither a number nor", "SJ1, tomorrow")
		look(url.Values{"numbers": {strings.Repeat("SJ1\n", 501)}}, http.StatusUnprocessableEntity, "At most 500 tickets at once")
		look(url.Values{"before": {"2026-06-30"}, "most": {"much"}}, http.StatusUnprocessableEntity, `value="much"`)
		look(url.Values{"before": {"2020-01-01"}}, http.StatusUnprocessableEntity, "No ticket fits")
		page := look(url.Values{"numbers": {"SJ1\nSJ9\nSJ1\nSJ3, 2026-06-01"}}, http.StatusOK, "there is no such ticket", "it is in the list twice", "nothing that stands so is written off", "take these out of the list")
		if strings.Contains(page, `id="ask-form"`) {
			t.Error("a list with a ticket that can't be written off can be asked for")
		}
		page = look(url.Values{"before": {"2026-06-30"}, "most": {"75.00"}}, http.StatusOK, "Tickets: 2. Owed on them: $100.00.", "SJ1", "SJ2")
		form := lookedForm(page)
		ask := func(change ...string) url.Values {
			all := url.Values{"resolution": {"2026-114"}, "why": {"three letters, no answer"}}
			for key, values := range form {
				all[key] = values
			}
			delete(all, "form")
			for i := 0; i+1 < len(change); i += 2 {
				all.Set(change[i], change[i+1])
			}
			return all
		}
		code, page := b.post(b.session("fay"), "/finance/write-offs", ask("resolution", "?"))
		b.wants(code, page, http.StatusUnprocessableEntity, "Write the resolution’s number", "three letters, no answer")
		code, page = b.post(b.session("fay"), "/finance/write-offs", ask("why", ""))
		b.wants(code, page, http.StatusUnprocessableEntity, "Say why")
		code, page = b.post(b.session("fay"), "/finance/write-offs", ask("digest", "another"))
		b.wants(code, page, http.StatusUnprocessableEntity, "It has changed meanwhile")
		at := b.waitsAt(b.session("fay"), "/finance/write-offs", ask())
		decide := "/finance/write-offs" + strings.TrimPrefix(at, "/decisions")
		code, page = b.post(b.session("fay"), decide+"/approve", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "You have asked for it")
		code, page = b.post(b.session("sam"), at+"/approve", nil)
		b.wants(code, page, http.StatusNotFound)
		look(url.Values{"numbers": {"SJ1"}}, http.StatusOK, "something about it waits for a second person")
		// SJ2 is paid in part meanwhile: nothing is written off.
		b.write(func(ctx context.Context, tx *store.Tx) error {
			return tx.AddEntry(ctx, ledger.Entry{ID: "test-part", Kind: ledger.Captured, Ref: "test", Entered: b.now, Effective: b.now, Postings: []ledger.Posting{
				{Debit: ledger.Clearing, Credit: ledger.Receivable(ticket.Penalty), Amount: money.FromMinor(100), Ticket: two, Component: ticket.Penalty},
			}})
		})
		code, page = b.post(b.session("sam"), decide+"/approve", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "Ticket SJ2 is not as it was")
		if b.stateOf(one) != ticket.Open {
			t.Errorf("half a list was written off: %s", b.stateOf(one))
		}
		code, page = b.post(b.session("sam"), decide+"/refuse", nil)
		b.wants(code, page, http.StatusSeeOther)
		// By a file, and approved.
		code, page = b.do(b.bring(b.session("fay"), "/finance/write-offs/file", "old.txt", "text/plain", strings.NewReader("# of 2019\r\nSJ1\r\nSJ2, 2026-06-01\r\n"), nil))
		b.wants(code, page, http.StatusOK, "Tickets: 2. Owed on them: $99.00.")
		form = lookedForm(page)
		at = b.waitsAt(b.session("fay"), "/finance/write-offs", ask())
		decide = "/finance/write-offs" + strings.TrimPrefix(at, "/decisions")
		code, page = b.post(b.session("sam"), decide+"/approve", nil)
		b.wants(code, page, http.StatusSeeOther)
		for _, id := range []ticket.ID{one, two} {
			if b.stateOf(id) != ticket.WrittenOff {
				t.Errorf("%s is %s", id, b.stateOf(id))
			}
		}
		b.now = b.now.Add(time.Second)
		code, page = b.get(b.session("sam"), "/tickets/"+string(one))
		b.wants(code, page, http.StatusOK, "write off, asked for: three letters, no answer", "write off, approved", "2026-114")
		code, page = b.get(b.session("fay"), "/finance/ended")
		b.wants(code, page, http.StatusOK, "Written off, or owed again", "2026-114", "$49.00", "$50.00")
	})
}
