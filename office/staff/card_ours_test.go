package staff

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fundy/desk"
	"fundy/ident"
	"fundy/payment"
)

// eights are numbers of eight digits, of which some below each other look like a card's.
func eights(t *testing.T, n int) []string {
	t.Helper()
	var all []string
	for i := range n {
		all = append(all, fmt.Sprint(40_000_566+i*104_729%59_000_000))
	}
	if !desk.HasCard(strings.Join(all, "\r\n")) {
		t.Fatal("none of these looks like a card's number")
	}
	return all
}

// A list of tickets that the city has is looked at and asked for, however their digits fall together; brought as a file too.
func TestAListOfTicketsIsNoCard(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("fay", "finance")
		fay := b.session("fay")
		numbers := eights(t, 60)
		for _, n := range numbers {
			b.owed(n)
		}
		list := strings.Join(numbers, "\r\n")
		code, page := b.post(fay, "/finance/write-offs/look", url.Values{"numbers": {list}})
		b.wants(code, page, http.StatusOK, "Tickets: 60.")
		code, page = b.do(b.bring(fay, "/finance/write-offs/file", "old.txt", "text/plain", strings.NewReader(list+"\r\n"), nil))
		b.wants(code, page, http.StatusOK, "Tickets: 60.")
		form := lookedForm(page)
		if n := len(form.Get("digest")); n != len(ident.Encode(make([]byte, 32))) {
			t.Errorf("the digest has %d characters: in hexadecimal one in 150 would look like a card's number", n)
		}
		if got := form.Get("numbers"); strings.TrimSpace(got) != list {
			t.Fatalf("the list comes back as %q", got)
		}
		delete(form, "form")
		form.Set("resolution", "2026-114")
		form.Set("why", "three letters, no answer")
		b.waitsAt(fay, "/finance/write-offs", form)
		// With their days of issue, with nothing between.
		dated := strings.ReplaceAll(list, "\r\n", ",2026-06-01\r\n")
		if code, page = b.post(fay, "/finance/write-offs/look", url.Values{"numbers": {dated}}); code == http.StatusUnprocessableEntity {
			t.Errorf("with their days: %d\n%s", code, page)
		}
	})
}

// Of a city's own numbers at most one in 100,000 is refused, in series of digits that are as long as cards' numbers and
// begin as they do, alone and in lists.
func TestTheCitysOwnNumbersAreLeftAlone(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("fay", "finance")
	fay := b.session("fay")
	r := rand.New(rand.NewPCG(7, 8))
	digits := func(begin string, n int) string {
		for len(begin) < n {
			begin += string(rune('0' + r.IntN(10)))
		}
		return begin
	}
	var long, eight []string
	for n := 13; n <= 17; n++ {
		for _, begin := range []string{"4", "51", "6", "2720", "37", "50", "20261", "1"} {
			for range 400 {
				long = append(long, digits(begin, n))
			}
		}
	}
	for range 8_000 {
		eight = append(eight, digits("", 8))
	}
	slices.Sort(eight)
	eight = slices.Compact(eight) // a list has each once
	b.numbersIn(slices.Concat(long, eight))
	tried, refused, like := 0, 0, 0
	try := func(field, text string, numbers int) {
		t.Helper()
		form := b.request(http.MethodPost, "/find", fay, url.Values{field: {text}})
		if err := form.ParseForm(); err != nil {
			t.Fatal(err)
		}
		place, err := b.pages.cardIn(form)
		if err != nil {
			t.Fatal(err)
		}
		if tried += numbers; place != (desk.CardPlace{}) {
			refused++
			t.Logf("refused: %q", text)
		}
		if desk.HasCard(text) {
			like++
		}
	}
	for _, n := range long {
		try("number", n, 1)
		try("number", n[:4]+" "+n[4:8]+" "+n[8:12]+" "+n[12:], 1)
	}
	for range 12 {
		r.Shuffle(len(eight), func(i, j int) { eight[i], eight[j] = eight[j], eight[i] })
		r.Shuffle(len(long), func(i, j int) { long[i], long[j] = long[j], long[i] })
		for of := range slices.Chunk(eight, 100) {
			try("numbers", strings.Join(of, "\r\n"), len(of))
		}
		for of := range slices.Chunk(long[:2_000], 100) {
			try("numbers", strings.Join(of, "\n"), len(of))
		}
	}
	t.Logf("%d numbers, %d texts of them look like a card's, %d are refused", tried, like, refused)
	if refused*100_000 > tried || tried < 100_000 || like < 1_000 {
		t.Errorf("%d of %d refused, %d look like a card's", refused, tried, like)
	}
}

// A card's number in a list is refused, whatever stands beside it: broken over two lines, though one half or both are a ticket's number as
// far as their digits go; in a file as in the field. What is the city's own stays to be sent again.
func TestACardInAListIsRefused(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("fay", "finance")
		fay := b.session("fay")
		for _, n := range []string{"42424242", "40000566", "55665556", "10000001", "5555 5555", "5555 4444"} {
			b.owed(n)
		}
		look := func(text string) (int, string) {
			t.Helper()
			return b.post(fay, "/finance/write-offs/look", url.Values{"numbers": {text}})
		}
		for _, card := range []string{
			"4242 4242\r\n4242 4242", "42424242\r\n42424242", "4242-4242\r\n\r\n42424242", "4242\r\n4242\r\n4242\r\n4242", "4242424242424242", "42424242 42424242",
			"4000 0566\r\n5566 5556", "40000566\r\n5566 5556", "# 40000566\r\n55665556", "40000566\r\n-\r\n5566 5556", "37828224\r\n6310005",
			"5555 55555\r\n555 4444",
		} {
			for _, list := range []string{card, "10000001\r\n" + card, card + "\r\n10000001", "SJ1\r\n" + card} {
				code, page := look(list)
				b.wants(code, page, http.StatusUnprocessableEntity, "No cards here")
				for _, half := range []string{"4242", "5566", "0566", "6310005", "37828224", "4444"} {
					if strings.Contains(page, half) {
						t.Errorf("%q: %s is shown", list, half)
					}
				}
				code, page = b.do(b.bring(fay, "/finance/write-offs/file", "old.txt", "text/plain", strings.NewReader(list), nil))
				b.wants(code, page, http.StatusUnprocessableEntity, "No cards here", "Choose the file again")
			}
		}
		// Two tickets that the city has, as it writes them, are two tickets.
		code, page := look("40000566\r\n55665556")
		b.wants(code, page, http.StatusOK, "Tickets: 2.")
		code, page = look("5555 5555\r\n5555 4444")
		b.wants(code, page, http.StatusOK, "Tickets: 2.")
		// With one that it has not, they may be a card: of the list the rest stays.
		code, page = look("SJ1\n40000566\nSJ3\n10000001\nSJ4\n37828224\n6310005\nSJ2")
		b.wants(code, page, http.StatusUnprocessableEntity, "SJ4\n********\n*******\nSJ2", "not each of them is a number of one of our tickets", "SJ1\n40000566\nSJ3\n10000001\n")
	})
}

// A number of the city's own series is taken where a ticket's number is asked for, known or not: somebody enters it for the
// first time. Elsewhere it is none.
func TestANumberOfASeriesIsTaken(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("fay", "finance", "clerk")
	fay := b.session("fay")
	const number, next = "6100342004173557", "6100342004173565"
	for _, series := range [][]string{nil, {"610034##########"}} {
		b.pages.city.Ticket.Series = series
		want, words := http.StatusUnprocessableEntity, "No cards here"
		if series != nil {
			want, words = http.StatusOK, "Tickets found: 0"
		}
		code, page := b.post(fay, "/find", url.Values{"number": {number}})
		b.wants(code, page, want, words)
		code, page = b.post(fay, "/finance/write-offs/look", url.Values{"numbers": {number + "\n" + next}})
		if series != nil {
			words = "there is no such ticket"
		}
		b.wants(code, page, want, words)
		for field, text := range map[string]string{"note": number, "number": number + " 12/29", "numbers": number + "\n4242424242424242"} {
			code, page = b.post(fay, "/find", url.Values{field: {text}})
			b.wants(code, page, http.StatusUnprocessableEntity, "No cards here")
		}
		code, page = b.post("", "/signin", url.Values{"number": {number}})
		b.wants(code, page, http.StatusUnprocessableEntity, "No cards here")
	}
}

// Whoever has no session is not told which numbers are tickets': on no route is one looked for.
func TestAStrangerIsNotToldWhatIsATicket(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "clerk")
		token := b.session("anne")
		b.ticketIn("4000056655665556", "ABC 123")
		stranger := func(path, token, number string) (int, string) {
			r := b.request(http.MethodPost, path, token, url.Values{"number": {number}, "numbers": {number}})
			return b.do(r)
		}
		for _, to := range b.pages.table() {
			method, path := pathOf(to.pattern)
			if method != http.MethodPost || to.upload > 0 { // of a stranger's file nothing is read
				continue
			}
			for _, who := range []string{"", "none", strings.Repeat("0", 26)} {
				code, page := stranger(path, who, "4000056655665556")
				if code != http.StatusUnprocessableEntity || !strings.Contains(page, "No cards here") {
					t.Errorf("%s, session %q: %d", path, who, code)
				}
			}
		}
		code, page := stranger("/find", token, "4000056655665556")
		b.wants(code, page, http.StatusSeeOther)
		b.now = b.now.Add(sessionIdle) // locked: the passkey is asked for, and what was typed stays
		code, page = stranger("/find", token, "4000056655665556")
		b.wants(code, page, http.StatusUnauthorized, "4000056655665556")
		b.now = b.now.Add(sessionMost)
		code, page = stranger("/find", token, "4000056655665556")
		b.wants(code, page, http.StatusUnprocessableEntity, "No cards here")
	})
}

// hexInPages is how a page would post or link what stands for a payment as logs write it.
var hexInPages = regexp.MustCompile(`\bID: +\w+\.ID\.Ref\(\)|pick\(\w+\.ID\.Ref\(\)|"/(?:receipts|entries)/" ?\+ ?\w+\.ID\.Ref\(\)`)

// What stands for a payment without a receipt is written so that it can't look like a card's number, in every address and form of its pages; as
// logs write it, it is found as well.
func TestAPaymentsReferenceIsNoCard(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("sam", "supervisor", "finance", "clerk")
	sam := b.session("sam")
	id := b.owed("SJ1")
	// One in 3,000 looks like a card's number: the first of these.
	var a payment.Attempt
	for i := 0; ; i++ {
		name := fmt.Sprintf("R%d", i)
		if desk.HasCard(payment.AttemptID("attempt-" + name).Ref()) {
			a = b.takenOnceMore(id, name)
			break
		}
	}
	ref := a.ID.Ref()
	if !desk.HasCard(ref) || desk.HasCard(ident.Short(ref)) {
		t.Fatalf("%s, %s", ref, ident.Short(ref))
	}
	at := "/receipts/" + ident.Short(ref)
	code, page := b.get(sam, at)
	b.wants(code, page, http.StatusOK, ref, `action="`+at+`/refund"`, `value="`+at+`"`)
	for _, path := range []string{"/work/unallocated", "/tickets/" + string(id) + "/payments", "/work/stopped", "/queue", at} {
		_, page := b.get(sam, path)
		for _, part := range strings.FieldsFunc(page, func(c rune) bool { return c == '"' || c == '<' || c == '>' }) {
			if strings.Contains(part, "/") && strings.Contains(part, ref) {
				t.Errorf("%s has the address %s", path, part)
			}
		}
	}
	// No template and no link of the pages writes it as logs do.
	for _, pattern := range []string{"pages/*.html", "*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) < 10 {
			t.Fatal(names, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if found := hexInPages.FindString(string(text)); found != "" && !strings.HasSuffix(name, "_test.go") {
				t.Errorf("%s: %s", name, found)
			}
		}
	}
	code, page = b.post(sam, at+"/refund", url.Values{"way": {"processor"}, "amount": {""}, "reason": {"duplicate"}})
	if strings.Contains(page, "No cards here") {
		t.Errorf("a refund of it: %d", code)
	}
	for _, typed := range []string{ref, ident.Short(ref), strings.ToUpper(ref)} {
		code, to, _ := b.sends(sam, "/find", url.Values{"number": {typed}})
		if code != http.StatusSeeOther || to != at {
			t.Errorf("%s is not found: %d %s", typed, code, to)
		}
	}
	code, page = b.post(sam, "/find", url.Values{"number": {"4242424242424242"}})
	b.wants(code, page, http.StatusUnprocessableEntity, "No cards here")
}
