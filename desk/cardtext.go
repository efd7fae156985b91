package desk

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// HasCard says whether a text holds what looks like a card number: 13 to 19 digits of any script, written together
// or in groups, with an issuer's beginning and a length that this issuer has (cardrange.go), and the check digit of
// ISO/IEC 7812-1. No field of ours takes one: such a text is refused unread on both sides of the desk.
//
// A number is looked for at every place of digits that stand together, so that what is stuck to it hides nothing.
// Where the digits stand in groups, it begins with a group, or its groups are those of a card (4-4-4-4, 4-6-5): a day
// beside a telephone number is none.
func HasCard(text string) bool { return holdsCard(text, false, seen) }

// HasCardWord is HasCard for what machines write and no person types: a header. Digits that are a part of a longer
// word of letters and digits (a trace's id, a digest) are none.
func HasCardWord(text string) bool { return holdsCard(text, true, seen) }

// CardPart is a part of a text that looks like a card's number: its first byte, and the byte after its last. Parts can overlap.
type CardPart struct{ From, To int }

// CardParts are all parts of a text that look like a card's number.
func CardParts(text string) (all []CardPart) {
	holdsCard(text, false, func(card []figure) bool {
		all = append(all, CardPart{card[0].at, card[len(card)-1].end})
		return len(all) >= partsMost
	})
	return all
}

// partsMost bounds the parts that are looked for in one text: a form has 64 KiB, and seven lengths begin at each digit.
const partsMost = 1 << 19

// seen ends the search at the first card.
func seen([]figure) bool { return true }

// InSeries says whether a text is a number of one of a city's series of ticket numbers and nothing else, in one piece or in groups:
// "610034##########" is a number of sixteen digits that begins with 610034. Such a number is looked up where a ticket's number
// is asked for, although it looks like a card's.
func InSeries(text string, series []string) bool {
	number := groupsOut.Replace(strings.TrimSpace(text))
	if strings.Trim(number, "0123456789") != "" {
		return false
	}
	for _, one := range series {
		if begins := strings.TrimRight(one, "#"); len(begins) >= seriesBegins && len(number) == len(one) && strings.HasPrefix(number, begins) {
			return true
		}
	}
	return false
}

// seriesBegins is how many digits of a series stay at least: as many as tell a card's issuer.
const seriesBegins = 6

var groupsOut = strings.NewReplacer(" ", "", "-", "")

// Masked says of a text that is refused how many digits it has, and the last two: all of it that may be shown or kept.
func Masked(text string) string {
	n, last := 0, ""
	for _, r := range text {
		if v, ok := digitOf(r); ok {
			n++
			last += string('0' + rune(v))
			last = last[max(0, len(last)-2):]
		}
	}
	if n < 4 {
		return "*"
	}
	return strings.Repeat("*", min(n-2, 40)) + last
}

// figure is one digit of a run: digits with nothing between them but what people put between groups.
type figure struct {
	value byte
	first bool // of its group
	open  bool // no letter or digit stands right before it
	shut  bool // none stands right after it
	at    int  // its place in the text, in bytes
	end   int
}

// WithoutCards is a text with the digits of what HasCard sees in it put out, but for the last two of each run of digits; and
// whether there were any. For texts of others that come with something that has to be kept: a bank's line.
func WithoutCards(text string) (string, bool) {
	if !HasCard(text) {
		return text, false
	}
	runes, from, digits := []rune(text), -1, 0
	end := func(to int) {
		if from >= 0 && HasCard(string(runes[from:to])) {
			for i := from; i < to && digits > 2; i++ {
				if _, ok := digitOf(runes[i]); ok {
					runes[i], digits = '*', digits-1
				}
			}
		}
		from, digits = -1, 0
	}
	for i, r := range runes {
		if _, ok := digitOf(r); ok {
			if from < 0 {
				from = i
			}
			digits++
		} else if !isGap(r) && (!isThousands(r) || !between(runes, i)) {
			end(i)
		}
	}
	end(len(runes))
	return string(runes), true
}

// tooFew says of a text that is looked at often that it can hold no card.
func tooFew(text string) bool {
	n := 0
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
		if text[i] >= '0' && text[i] <= '9' {
			n++
		}
	}
	return n < cardShortest
}

// holdsCard calls found with each part that looks like a card's number, until it says that this is enough; and says
// whether it did.
func holdsCard(text string, words bool, found func([]figure) bool) bool {
	if tooFew(text) {
		return false
	}
	var run []figure
	letter, gap := false, true // what stood before: the end of a text is a gap
	runes := []rune(text)
	at, end := 0, 0
	for i, r := range runes {
		at, end = end, end+runeSize(text[end:])
		v, ok := digitOf(r)
		switch {
		case ok:
			if letter && len(run) > 0 {
				run[len(run)-1].shut = false
			}
			run = append(run, figure{value: v, first: gap || len(run) == 0, open: !letter, shut: true, at: at, end: end})
			letter, gap = true, false
			continue
		case isGap(r), isThousands(r) && between(runes, i):
			letter, gap = false, true
			continue
		}
		letter, gap = unicode.IsLetter(r), false
		if letter && len(run) > 0 && i > 0 {
			if _, digit := digitOf(runes[i-1]); digit {
				run[len(run)-1].shut = false
			}
		}
		if anyCard(run, words, found) {
			return true
		}
		run = run[:0]
	}
	return anyCard(run, words, found)
}

// runeSize is how many bytes a text's first letter has; one for what is no text.
func runeSize(text string) int {
	_, n := utf8.DecodeRuneInString(text)
	return n
}

// between says whether a sign stands between two digits, with nothing beside it.
func between(runes []rune, i int) bool {
	if i == 0 || i+1 == len(runes) {
		return false
	}
	_, before := digitOf(runes[i-1])
	_, after := digitOf(runes[i+1])
	return before && after
}

// isGap knows what people and programs put between the groups of a number: spaces and line ends, dashes, full stops,
// and signs that are not seen.
func isGap(r rune) bool {
	switch r {
	case ' ', '-', '.', '_', '\t', '\n', '\r', '\v', '\f', '\u0085', '\u00b7', '\u2212':
		return true
	}
	return r > 0x7f && unicode.In(r, unicode.Z, unicode.Pd, unicode.Cf, unicode.Mn, unicode.Me)
}

// isThousands knows what a spreadsheet puts between thousands.
func isThousands(r rune) bool {
	return r == ',' || r == '\'' || r == '\u2019' || r == '\u066c'
}

// digitOf is the value of a decimal digit of any script: "٤" and "４" are 4.
func digitOf(r rune) (byte, bool) {
	if r < 0x80 {
		return byte(r - '0'), r >= '0' && r <= '9'
	}
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	// Unicode has the digits of a script side by side, from 0, and every such row begins where the one before has
	// ended or after something else.
	start := r
	for unicode.Is(unicode.Nd, start-1) {
		start--
	}
	return byte((r - start) % 10), true
}

// anyCard looks for a card at every place of a run of digits: there may be others before and after it.
func anyCard(run []figure, words bool, found func([]figure) bool) bool {
	for from := range run {
		for n := cardShortest; n <= cardLongest && from+n <= len(run); n++ {
			card := run[from : from+n]
			if words && (!card[0].open || !card[n-1].shut) || !grouped(card) {
				continue
			}
			if issued(card) && checkDigit(card) && found(card) {
				return true
			}
		}
	}
	return false
}

// grouped says whether the groups that digits stand in can be a card's.
func grouped(card []figure) bool {
	if card[0].first {
		return true
	}
	fours, amex := true, true
	for i, f := range card {
		if i > 0 && f.first {
			fours, amex = fours && i%4 == 0, amex && (i == 4 || i == 10)
		}
	}
	return fours || amex
}

// checkDigit is the Luhn formula.
func checkDigit(d []figure) bool {
	sum := 0
	for i, one := range d {
		v := int(one.value)
		if (len(d)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}
