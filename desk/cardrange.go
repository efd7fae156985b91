package desk

// The shortest and the longest card number, in digits: ISO/IEC 7812-1 allows 19, and issuers begin at 13 but for a
// few debit cards of 12.
const (
	cardShortest = 13
	cardLongest  = 19
)

// cardRange is a range of beginnings (the first six digits) and the lengths of its numbers.
type cardRange struct {
	from, to int
	lengths  []int
}

var (
	upTo19 = []int{16, 17, 18, 19}
	any19  = []int{13, 14, 15, 16, 17, 18, 19}
)

// cardRanges are the beginnings that issuers have published, and their lengths. Sources, read in November 2026: ISO/IEC
// 7812-1; "Payment card number" of the English Wikipedia, which names each issuer's own bulletin; the tables of
// braintree/credit-card-type; the test numbers that Stripe, Braintree, Authorize.Net and PayPal publish, which
// cardtext_test.go has.
//
// Left out, for numbers that a city writes begin so: UATP (airlines' accounts: 1, 15 digits) and enRoute (2014 and
// 2149, 15 digits without a check digit, none since 1992).
var cardRanges = []cardRange{
	{400000, 499999, []int{13, 16, 18, 19}}, // Visa, Visa Electron, Interac on Visa's numbers; Switch
	{510000, 559999, []int{16}},             // Mastercard; Diners Club of the United States and Canada
	{222100, 272099, []int{16}},             // Mastercard, the second series
	{340000, 349999, []int{15}},             // American Express
	{370000, 379999, []int{15}},
	{300000, 305999, []int{14, 16, 17, 18, 19}}, // Diners Club, Carte Blanche
	{309500, 309599, []int{14, 16, 17, 18, 19}},
	{360000, 369999, []int{14, 15, 16, 17, 18, 19}},
	{380000, 399999, []int{14, 16, 17, 18, 19}},
	{308800, 309499, []int{16}}, // JCB
	{309600, 310299, []int{16}},
	{311200, 312099, []int{16}},
	{315800, 315999, []int{16}},
	{333700, 334999, []int{16}},
	{352800, 358999, upTo19},
	{180000, 180099, []int{15}},
	{213100, 213199, []int{15}},
	{500000, 509999, any19},         // Maestro, Interac, Dankort, Elo, Verve, RuPay
	{560000, 589999, any19},         // Maestro, Interac, UzCard
	{600000, 699999, any19},         // Discover (6011, 644-649, 65), UnionPay (62), Maestro, Hipercard, RuPay, InstaPayment
	{810000, 829999, upTo19},        // UnionPay, RuPay
	{220000, 220599, upTo19},        // Mir, Borica
	{860000, 860099, []int{16}},     // UzCard
	{986000, 986099, []int{16}},     // Humo
	{970400, 970499, []int{16, 19}}, // Napas
	{979200, 979299, []int{16}},     // Troy
}

// issued says whether digits begin and are as long as an issuer's numbers.
func issued(d []figure) bool {
	begins := 0
	for _, one := range d[:6] {
		begins = begins*10 + int(one.value)
	}
	for _, r := range cardRanges {
		if begins < r.from || begins > r.to {
			continue
		}
		for _, n := range r.lengths {
			if n == len(d) {
				return true
			}
		}
	}
	return false
}
