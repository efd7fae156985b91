package payout

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"fundy/bank"
	"fundy/payment"
)

// chequeNumber finds the number of a cheque where a city has not said how its bank writes it.
var chequeNumber = regexp.MustCompile(`(?i)\b(?:cheque|chèque|chq|chk|ck)\b[ .:#no°]{0,6}([0-9]{1,12})`)

// readCheque compiles how a rule finds the number of a returned cheque.
func (r *Rule) readCheque() error {
	if r.cheque = chequeNumber; r.Cheque == "" {
		return nil
	}
	if r.As != ReturnedItem {
		return errors.New("only a rule for returned_item finds the number of a cheque")
	}
	found, err := regexp.Compile(r.Cheque)
	if err != nil {
		return err
	}
	if found.NumSubexp() != 1 {
		return errors.New(`put the number in one group: "CHQ ([0-9]+)"`)
	}
	r.cheque = found
	return nil
}

// number is the number of the cheque that a line sends back, without leading zeros; "" where the line has none.
func (r Rule) number(l bank.Line) string {
	for _, text := range []string{l.Reference, l.Text} {
		if found := r.cheque.FindStringSubmatch(text); len(found) == 2 {
			return payment.ChequeNumber(found[1])
		}
	}
	return ""
}

// mostFee is the most that a city can let an acquirer keep: five percent, in hundredths of a percent.
const mostFee = 500

// basisPoints reads a percentage with two decimals at most as hundredths of a percent; none is nothing.
func basisPoints(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	whole, part, _ := strings.Cut(text, ".")
	n, err := strconv.ParseUint(whole+(part + "00")[:max(2, len(part))], 10, 32)
	if err != nil || len(part) > 2 || n > mostFee {
		return 0, fmt.Errorf("%q is not a percentage from 0 to 5.00: write it as \"2.75\"", text)
	}
	return int64(n), nil
}
