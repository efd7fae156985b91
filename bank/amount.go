package bank

import (
	"strings"

	"fundy/money"
)

// minorUnits reads whole cents as BAI2 has them: digits only, a sign only where signed.
func minorUnits(line int, field, text string, signed bool) (money.Amount, error) {
	digits, negative := text, false
	if signed && text != "" && (text[0] == '-' || text[0] == '+') {
		digits, negative = text[1:], text[0] == '-'
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" || len(digits) > 15 {
		return money.Zero, Wrong(line, field, "An amount is written in whole cents: 30.00 is 3000. "+askAgain, "%q is not an amount", text)
	}
	var n int64
	for _, c := range digits {
		n = n*10 + int64(c-'0')
	}
	if negative && n == 0 {
		return money.Zero, Wrong(line, field, askAgain, "%q is a negative zero", text)
	}
	if negative {
		n = -n
	}
	return money.FromMinor(n), nil
}

// decimal reads an amount with a decimal point or comma: "30", "30.5", "30.50". A minus only where signed.
func decimal(line int, field, text string, point byte, signed bool) (money.Amount, error) {
	number, negative := text, false
	if signed {
		number, negative = strings.CutPrefix(text, "-")
	}
	whole, cents, has := strings.Cut(number, string(point))
	other := byte(',')
	if point == ',' {
		other = '.'
	}
	switch {
	case !signed && strings.ContainsAny(text, "-+"):
		return money.Zero, Wrong(line, field, askAgain, "%q is not an amount: it has a sign, where none belongs", text)
	case strings.IndexByte(number, other) >= 0 || strings.ContainsAny(number, " '\u00a0\u202f"):
		return money.Zero, Wrong(line, field, "Let the bank write amounts without them, as 1234.50, or check the decimal sign of the mapping", "%q has thousands separators or another decimal sign", text)
	case whole == "" || strings.Trim(whole, "0123456789") != "" || len(whole) > 13 || has && (cents == "" || strings.Trim(cents, "0123456789") != ""):
		return money.Zero, Wrong(line, field, "Write it as 1234.50", "%q is not an amount", text)
	case len(cents) > 2:
		return money.Zero, Wrong(line, field, "An amount has two at most: nothing is rounded. "+askAgain, "%q has %d decimals", text, len(cents))
	}
	a, err := money.Parse(strings.ReplaceAll(number, string(point), "."))
	if err != nil {
		return money.Zero, Wrong(line, field, "Write it as 1234.50", "%q is not an amount", text)
	}
	if negative && a.IsZero() {
		return money.Zero, Wrong(line, field, askAgain, "%q is a negative zero", text)
	}
	if negative {
		a = a.Neg()
	}
	return a, nil
}
