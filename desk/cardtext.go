package desk

import "strings"

// HasCard says whether a text holds what looks like a card number: 13 to 19 digits, written together or
// in groups, with a card brand's beginning and length and the check digit of ISO/IEC 7812-1. No field of
// ours takes one: such a text is refused unread on both sides of the desk.
func HasCard(text string) bool {
	var digits []byte
	for i := 0; i <= len(text); i++ {
		switch {
		case i < len(text) && text[i] >= '0' && text[i] <= '9':
			digits = append(digits, text[i]-'0')
		case i < len(text) && strings.IndexByte(" -.\t", text[i]) >= 0:
			// groups of one number
		default:
			if anyCard(digits) {
				return true
			}
			digits = digits[:0]
		}
	}
	return false
}

// anyCard looks for a card at every place of a run of digits: there may be others before and after it.
func anyCard(digits []byte) bool {
	for from := range digits {
		for n := 13; n <= 19 && from+n <= len(digits); n++ {
			if card := digits[from : from+n]; brand(card) && checkDigit(card) {
				return true
			}
		}
	}
	return false
}

// brand knows the beginnings and lengths of the brands that are taken in Canada.
func brand(d []byte) bool {
	two, four := int(d[0])*10+int(d[1]), 0
	for _, one := range d[:4] {
		four = four*10 + int(one)
	}
	switch len(d) {
	case 13:
		return d[0] == 4
	case 14:
		return two == 36 || two == 38 || two == 39 || four/10 >= 300 && four/10 <= 305
	case 15:
		return two == 34 || two == 37
	case 16:
		return d[0] == 4 || two >= 51 && two <= 55 || four >= 2221 && four <= 2720 || two == 35 || two == 62 || two == 65 || four == 6011 || four/10 >= 644 && four/10 <= 649
	case 19:
		return d[0] == 4 || two == 62
	}
	return false
}

// checkDigit is the Luhn formula.
func checkDigit(d []byte) bool {
	sum := 0
	for i, one := range d {
		v := int(one)
		if (len(d)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}
