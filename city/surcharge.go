package city

import "strings"

// noCardFee is what a city is told that asks for a fee on paying by card, whatever it calls it. What a payer owes is
// what the by-law says; a fee on top would be due only from whom the city has sent to pay online. The card networks
// allow a surcharge in Canada on credit cards alone, which a hosted page can't tell from debit before they are typed,
// and never beside a service fee; Quebec's Consumer Protection Act allows none.
const noCardFee = "a fee for paying by card is not made here: a fine is paid as the by-law has it, with nothing on top. " +
	"In Quebec a surcharge on cards is not lawful at all (Consumer Protection Act). Take the setting out"

// cardFee says whether a setting's name asks for a fee on paying by card.
func cardFee(name string) bool {
	plain := strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(strings.ToLower(name))
	for _, word := range []string{"surcharge", "cardfee", "creditfee", "debitfee", "conveniencefee", "servicefee", "processingfee", "transactionfee", "onlinefee", "webfee"} {
		if strings.Contains(plain, word) {
			return true
		}
	}
	return false
}
