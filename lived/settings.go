package lived

import "bytes"

// Counter is what the answers of fundy init have more in a city that is to live: at its counter, a cheque that comes
// back costs its payer something, and a drawer that is short by more than a little is put before the supervisor; its clock stands during a review, and
// photographs that were released are shown.
const Counter = `
[counter]
drawer_limit = "5.00"
supervisors  = ["ben"]
nsf_tier     = "received"
nsf_fee      = "25.00"
nsf_clause   = "Demonstration By-law 2, s. 4"

[photo]
on_portal = true

[review]
hold       = true
after_days = 14
`

// Expecting is a deposits.toml whose city wants to be told when the bank's statement does not come.
func Expecting(deposits []byte) []byte {
	return bytes.Replace(deposits, []byte("name   = \"operating\"\n"), []byte("name   = \"operating\"\nexpected_by = \"11:00\"\n"), 1)
}
