package ticket

import "strings"

// Unknown stands in a plate for the one character that a caller does not know.
const Unknown = "?"

// skeletonLetters are what a character of a skeleton can be: look-alikes are one.
const skeletonLetters = "0123456789ACEFHJKMNPRTUVWXY"

// digits are what is misread in a ticket's number.
const digits = "0123456789"

// PlatesOf are the skeletons that a plate with one unknown character can have: 27 of them. They are looked up one by
// one in the index of skeletons, so that a store keeps nothing for it: an index of plates with one character out
// would cost some 200 bytes for each plate, and tell a thief which plates are alike.
func PlatesOf(typed string) ([]string, error) {
	before, after, found := strings.Cut(typed, Unknown)
	if !found || strings.Contains(after, Unknown) {
		return nil, &PlateError{"not_a_plate"}
	}
	all := make([]string, 0, len(skeletonLetters))
	for _, c := range skeletonLetters {
		p, err := ParsePlate(before + string(c) + after)
		if err != nil {
			return nil, err
		}
		all = append(all, p.Skeleton)
	}
	return all, nil
}

// PlatesNear are the skeletons that a plate has which was misheard: one character another, or two neighbours swapped.
// At most 12 times 26, and 11.
func PlatesNear(skeleton string) []string {
	return near(skeleton, skeletonLetters, skeletonLetters)
}

// NumbersNear are the numbers that a ticket has whose number was misread: one digit another, or two neighbours swapped.
// Letters are a series, and not misread for another. At most 40 times 9, and 39.
func NumbersNear(numberKey string) []string { return near(numberKey, digits, "") }

// near are all texts with one character, of those in from, another one of from, or with two neighbours swapped: digits,
// or what is in swap.
func near(text, from, swap string) []string {
	var all []string
	for i := range len(text) {
		if !strings.Contains(from, text[i:i+1]) {
			continue
		}
		for _, c := range from {
			if string(c) != text[i:i+1] {
				all = append(all, text[:i]+string(c)+text[i+1:])
			}
		}
	}
	for i := 0; i+1 < len(text); i++ {
		a, b := text[i:i+1], text[i+1:i+2]
		if a != b && strings.Contains(digits+swap, a) && strings.Contains(digits+swap, b) {
			all = append(all, text[:i]+b+a+text[i+2:])
		}
	}
	return all
}
