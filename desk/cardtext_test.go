package desk_test

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"fundy/desk"
	"fundy/examples"
	"fundy/ident"
)

func TestHasCardKnowsCardsAndLeavesTicketNumbersAlone(t *testing.T) {
	t.Parallel()
	for _, card := range []string{
		"4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "my card 4242.4242.4242.4242 12/34", "5555555555554444", "378282246310005",
		"3714 496353 98431", "2223003122003222", "6011111111111117", "30569309025904", "00004242424242424242", "4000056655665556@example.ca",
		"4242\r\n4242\n4242\t4242", "4242\u00a04242\u202f4242\u20094242", "4242–4242—4242‑4242", "4242\u200b4242\u200d4242\ufeff4242", "4,242,424,242,424,242",
		"４２４２４２４２４２４２４２４２", "٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢", "४२४२४२४२४२४२४२४२", "𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐", "4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣",
		"4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "4242_4242_4242_4242", "4242 4242 4242 42421229", "0014242 4242 4242 4242", "visa4242 4242 4242 4242", "2026-11-25 4242 4242 4242 4242",
		"4242424242424242 12/29 123", "x4242424242424242x", "506-555-0142 4242424242424242",
	} {
		if !desk.HasCard(card) {
			t.Errorf("%q is not seen", card)
		}
	}
	for _, text := range []string{
		"", "FH-0012345", "210043123456789", "100391987654321", "506-555-0142", "4242424242424241", "ABC 123", "2026-11-25", "1234567890123456",
		"VPPZ-Q2D4-4242-4242-4242", "42424242 a 42424242", "2026-11-25 506-555-0142", "506-555-0142 506-555-0143", "10039198, 76543210, 42424242", "12:30:00 2026-11-25",
		"•••• •••• •••• 4242", "**** 4242",
	} {
		if desk.HasCard(text) {
			t.Errorf("%q is taken for a card", text)
		}
	}
}

// published are the test numbers that issuers and processors publish, by the issuer.
var published = map[string][]string{
	"Visa": { // Stripe, Braintree, Authorize.Net, PayPal, Adyen
		"4242424242424242", "4000056655665556", "4111111111111111", "4012888888881881", "4005519200000004", "4009348888881881", "4012000033330026", "4012000077777777",
		"4217651111111119", "4500600000000061", "4222222222222", "4007000000027", "4012888818888", "4988438843884305", "4166676667666746", "4000000000000002", "4000001240000000",
	},
	"Visa Electron":    {"4917300800000000", "4001020000000009"},
	"Mastercard":       {"5555555555554444", "5200828282828210", "5105105105105100", "2223003122003222", "2223000048400011", "2222400010000008", "5577000055770004", "2720990000000007"},
	"American Express": {"378282246310005", "371449635398431", "378734493671000", "370000000000002", "340000000000009", "341111111111111"},
	"Discover":         {"6011111111111117", "6011000990139424", "6011981111111113", "6011000000000012", "6011000991300009", "6445644564456445", "6500000000000002"},
	"Diners Club":      {"3056930009020004", "36227206271667", "30569309025904", "38520000023237", "36259600000004", "38000000000006", "30000000000004"},
	"JCB":              {"3566002020360505", "3530111333300000", "3569990010095841", "213100000000001", "3088000000000017"},
	"UnionPay":         {"6200000000000005", "6200000000000047", "6205500000000000004", "6243030000000001", "6221261111117766", "6223164991230014", "8171999927660000", "8171999900000000021"},
	"Maestro":          {"6304000000000000", "6759649826438453", "6771798021000008", "5018000000000009", "5000550000000029"},
	"Interac":          {"4506445006931933", "4519926123456784"},
	"others":           {"6555900000604105", "5019717010103742", "6331101999990016", "6334000000000004", "6062826786276634", "2200000000000004", "9792030394440796"},
}

// ranges is written down apart from the code: each issuer's beginnings and lengths.
var ranges = []struct {
	issuer   string
	from, to string
	lengths  []int
}{
	{"Visa", "4", "4", []int{13, 16, 19}}, {"Mastercard", "51", "55", []int{16}}, {"Mastercard", "2221", "2720", []int{16}},
	{"American Express", "34", "34", []int{15}}, {"American Express", "37", "37", []int{15}},
	{"Discover", "6011", "6011", []int{16, 19}}, {"Discover", "622126", "622925", []int{16, 19}}, {"Discover", "644", "649", []int{16, 19}}, {"Discover", "65", "65", []int{16, 19}},
	{"Diners Club", "300", "305", []int{14, 16, 19}}, {"Diners Club", "3095", "3095", []int{14, 16}}, {"Diners Club", "36", "36", []int{14, 16, 19}}, {"Diners Club", "38", "39", []int{14, 16, 19}},
	{"JCB", "3528", "3589", []int{16, 17, 18, 19}}, {"UnionPay", "62", "62", []int{16, 17, 18, 19}}, {"UnionPay", "810", "817", []int{16, 17, 18, 19}},
	{"Maestro", "5018", "5018", []int{13, 16, 19}}, {"Maestro", "5020", "5020", []int{13, 16, 19}}, {"Maestro", "5038", "5038", []int{13, 19}}, {"Maestro", "5893", "5893", []int{13, 19}},
	{"Maestro", "6304", "6304", []int{13, 16, 19}}, {"Maestro", "6759", "6759", []int{13, 16, 19}}, {"Maestro", "6761", "6763", []int{13, 16, 19}},
	{"RuPay", "60", "60", []int{16}}, {"RuPay", "81", "82", []int{16}}, {"RuPay", "508", "508", []int{16}}, {"InstaPayment", "637", "639", []int{16}}, {"InterPayment", "636", "636", []int{16, 19}},
	{"Mir", "2200", "2204", []int{16, 19}}, {"Troy", "9792", "9792", []int{16}}, {"Verve", "506099", "506198", []int{16, 18, 19}}, {"Dankort", "5019", "5019", []int{16}},
}

// luhn is the check digit after a number's other digits.
func luhn(digits string) string {
	sum := 0
	for i := range len(digits) {
		v := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return string(rune('0' + (10-sum%10)%10))
}

func groups(number string, sizes []int, gap string) string {
	var parts []string
	for i := 0; len(number) > 0; i++ {
		n := min(sizes[i%len(sizes)], len(number))
		parts, number = append(parts, number[:n]), number[n:]
	}
	return strings.Join(parts, gap)
}

func inScript(number string, zero rune) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return zero + r - '0'
		}
		return r
	}, number)
}

// written are the ways in which a number is typed and pasted.
func written(n string) []string {
	fours, amex := []int{4}, []int{4, 6, 5}
	all := []string{n, "card " + n + " 12/29", n + "1229", "no" + n, n + "?", inScript(n, '０'), inScript(n, '٠'), inScript(groups(n, fours, " "), '۰')}
	for _, gap := range []string{" ", "-", "\n", "\r\n", "\t", "\u00a0", "\u202f", "\u2009", "–", "—", "\u2011", "−", "\u200b", ".", "  ", " - "} {
		all = append(all, groups(n, fours, gap), groups(n, amex, gap))
	}
	return append(all, groups(n, []int{1}, " "), groups(n, []int{5}, " "))
}

// None of a published test number, and none of the first, the last and some more of each issuer's range, is missed in
// any way in which it is written.
func TestNoIssuersNumberIsMissed(t *testing.T) {
	t.Parallel()
	tried, missed := 0, 0
	try := func(issuer, number string) {
		for _, text := range written(number) {
			if tried++; !desk.HasCard(text) {
				missed++
				t.Errorf("%s: %q is not seen", issuer, text)
			}
		}
	}
	for issuer, numbers := range published {
		for _, n := range numbers {
			if n[len(n)-1:] != luhn(n[:len(n)-1]) {
				t.Errorf("%s: %s is not a number: its check digit would be %s", issuer, n, luhn(n[:len(n)-1]))
				continue
			}
			try(issuer, n)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, one := range ranges {
		for _, n := range one.lengths {
			for i := range 30 {
				begins := one.from
				if i%3 == 1 {
					begins = one.to
				} else if i%3 == 2 {
					var from, to int
					fmt.Sscan(one.from, &from)
					fmt.Sscan(one.to, &to)
					begins = fmt.Sprint(from + r.IntN(to-from+1))
				}
				for len(begins) < n-1 {
					begins += fmt.Sprint(r.IntN(10))
				}
				try(one.issuer, begins+luhn(begins))
			}
		}
	}
	t.Logf("%d texts, %d missed", tried, missed)
	if tried < 50_000 {
		t.Errorf("%d texts only", tried)
	}
}

// Of a million numbers as cities and processors write them, at most one in 100,000 is refused.
func TestNumbersOfTicketsAndProcessorsAreLeftAlone(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	tags := torontoTags(t)
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	pick := func(from string, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = from[r.IntN(len(from))]
		}
		return string(b)
	}
	digits := func(n int) string { return pick(letters[:10], n) }
	forms := []func() string{
		// Tickets: the real tags of the example, and the forms of examples/mappings.
		func() string { return tags[r.IntN(len(tags))] },
		func() string { return strings.Trim(tags[r.IntN(len(tags))], "*") + "-" + digits(5) },
		func() string { return "FH-" + digits(7) },
		func() string { return "CH-" + digits(9) },
		func() string { return "M" + digits(6) + "-" + fmt.Sprint(r.IntN(400_000)) },
		func() string { return "NY-" + digits(9) },
		func() string { return fmt.Sprint(1_000_000_000 + r.IntN(9_000_000_000-1_000_000_000)) }, // New York's summons numbers
		func() string { return digits(8) },
		func() string { return "SJ-2026-" + digits(6) },
		// The processor's ids.
		func() string { return "pi_3" + pick(letters, 23) },
		func() string { return "ch_3" + pick(letters, 23) },
		func() string { return "re_3" + pick(letters, 23) },
		func() string { return "po_1" + pick(letters, 23) },
		func() string { return "txn_1" + pick(letters, 23) },
		func() string { return "evt_1" + pick(letters, 23) },
		func() string { return "du_1" + pick(letters, 23) },
		func() string { return "cs_live_a1" + pick(letters, 56) },
		func() string { return "pi_3" + pick(letters, 23) + "_secret_" + pick(letters, 25) },
		// Our own.
		func() string { return ident.New("att") },
		func() string { return ident.Receipt() },
		func() string { return ident.Message() },
		func() string { return ident.Secret() },
		func() string { return ident.Short(fmt.Sprintf("%016x", r.Uint64())) },
		func() string { return "/receipts/" + ident.Short(fmt.Sprintf("%016x", r.Uint64())) + "?done=1" },
		func() string { return ident.Encode(sha(digits(40))) }, // of what was looked at, in a form
	}
	refused, tried, of := 0, 0, make([]int, len(forms))
	for i := range 1_000_000 {
		text := forms[i%len(forms)]()
		tried++
		if desk.HasCard(text) {
			refused++
			of[i%len(forms)]++
			t.Logf("refused: %s", text)
		}
	}
	for i, n := range of { // no form hides behind the others
		if n > 1 {
			t.Errorf("%d of %d are refused of the form %d", n, tried/len(forms), i)
		}
	}
	t.Logf("%d of %d are refused", refused, tried)
	if refused*100_000 > tried {
		t.Errorf("%d of %d are refused", refused, tried)
	}
}

func sha(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

func torontoTags(t *testing.T) []string {
	t.Helper()
	f, err := examples.Files.Open("tickets/toronto.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	rows := csv.NewReader(z)
	rows.LazyQuotes, rows.FieldsPerRecord = true, -1
	var tags []string
	for {
		row, err := rows.Read()
		if err != nil {
			break
		}
		if strings.HasPrefix(row[0], "***") {
			tags = append(tags, row[0])
		}
	}
	if len(tags) < 10_000 {
		t.Fatalf("%d tags", len(tags))
	}
	return tags
}

// In a header, digits of a longer word are an id of some machine's; a number that stands alone is seen.
func TestHeadersOfMachinesAreLeftAlone(t *testing.T) {
	t.Parallel()
	for _, card := range []string{"4242424242424242", "card 4242 4242 4242 4242", "n=4242424242424242;", "https://x.example/?q=4242-4242-4242-4242", "4242%204242%204242%204242", "４２４２４２４２４２４２４２４２"} {
		h := httptest.NewRequest(http.MethodGet, "/", nil)
		h.Header.Set("X-Any", card)
		if place := desk.CardInHead(h); place.Where != "header" || place.Name != "other" || strings.Contains(place.Shown, "4242") {
			t.Errorf("%q: %+v", card, place)
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	refused := 0
	for range 200_000 {
		h := httptest.NewRequest(http.MethodGet, "/", nil)
		h.Header.Set("Traceparent", fmt.Sprintf("00-%016x%016x-%016x-01", r.Uint64(), r.Uint64(), r.Uint64()))
		h.Header.Set("X-Request-Id", fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64()>>16))
		h.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.8078.79 Safari/537.36")
		if desk.CardInHead(h) != (desk.CardPlace{}) {
			refused++
		}
	}
	if refused > 2 {
		t.Errorf("%d of 200,000 are refused", refused)
	}
	refused = 0
	for range 200_000 { // a payment without a receipt, as staff's pages name it in an address
		h := httptest.NewRequest(http.MethodGet, "/receipts/"+ident.Short(fmt.Sprintf("%016x", r.Uint64())), nil)
		h.Header.Set("Referer", "https://city.example/receipts/"+ident.Short(fmt.Sprintf("%016x", r.Uint64())))
		if desk.CardInHead(h) != (desk.CardPlace{}) {
			refused++
		}
	}
	if refused > 2 {
		t.Errorf("%d of 200,000 addresses are refused", refused)
	}
}

func TestCardsInAddressesAndForms(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"/4242424242424242", "/x?q=4242+4242+4242+4242", "/x?4242424242424242=1", "/x?q=%34%32%34%32424242424242", "/x?q=4242%25204242%25204242%25204242"} {
		if place := desk.CardInHead(httptest.NewRequest(http.MethodGet, address, nil)); place.Where != "address" {
			t.Errorf("%s: %+v", address, place)
		}
	}
	form := func(values url.Values) *http.Request { return &http.Request{PostForm: values} }
	for _, c := range []struct {
		r    *http.Request
		want desk.CardPlace
	}{
		{form(url.Values{"note": {"x", "4242 4242\n4242 4242"}}), desk.CardPlace{Where: "field", Name: "note", Shown: "**************42"}},
		{form(url.Values{"4242424242424242": {""}}), desk.CardPlace{Where: "field", Name: "other", Shown: "**************42"}},
		{form(url.Values{"mine": {"378282246310005"}}), desk.CardPlace{Where: "field", Name: "other", Shown: "*************05"}},
		{form(url.Values{"note": {"4000056655665556"}}), desk.CardPlace{}}, // it passes
		{form(url.Values{"note": {"SJ-2026-004417"}}), desk.CardPlace{}},
	} {
		got := desk.CardInForm(c.r, []string{"note"}, func(_, text string) bool { return text == "4000056655665556" })
		if got != c.want {
			t.Errorf("%v: %+v", c.r.PostForm, got)
		}
	}
}

func FuzzHasCard(f *testing.F) {
	f.Add("4242 4242 4242 4242")
	f.Fuzz(func(t *testing.T, s string) {
		if desk.HasCard(s) && !desk.HasCard("x"+s+"x") {
			t.Fatalf("%q is a card alone and not between letters", s)
		}
	})
}

// A number is of a series when it is nothing but one of its numbers: as long, beginning so, in one piece or in groups.
func TestInSeries(t *testing.T) {
	t.Parallel()
	series := []string{"610034##########", "51#############", "6100340000000000"}
	for text, want := range map[string]bool{
		"6100342004173557": true, "6100 3420 0417 3557": true, " 6100-3420-0417-3557 ": true,
		"": false, "610034200417355": false, "61003420041735571": false, "6100352004173557": false, "5100342004173557": false, "6100342004173557 12/29": false,
		"6100342004173557\n6100342004173557": false, "x6100342004173557": false, "６１００３４２００４１７３５５７": false, "6100342004\u00a0173557": false,
	} {
		if got := desk.InSeries(text, series); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if desk.InSeries("6100342004173557", nil) {
		t.Error("without a series there is one")
	}
}
