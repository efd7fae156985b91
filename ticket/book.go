package ticket

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fundy/city"
)

// Range is the numbers of a book of paper tickets.
type Range struct {
	Series      string
	Prefix      string
	First, Last int
	Width       int // of a number in digits, with its leading zeros
}

// Book is one of paper tickets: received, handed to an officer, brought back. Outside the office the officer is known by
// number only.
type Book struct {
	ID string
	Range
	ReceivedBy string
	ReceivedAt time.Time
	Officer    string // "": it is in the store
	HandedBy   string
	HandedAt   time.Time
	BackBy     string
	BackAt     time.Time
	Version    int64
}

// Limits of a book.
const (
	bookMost    = 200 // numbers
	bookDigits  = 9
	officerMost = 10
	bookWhyMost = 300
)

// BookRefusal says why nothing was done to a book: a field and a reason, as keys of words.
type BookRefusal struct{ Field, Reason string }

func (r *BookRefusal) Error() string { return "book refused: " + r.Field + ": " + r.Reason }

// The reasons against an act on a book.
const (
	BookForm    = "form"    // not a number, or not an officer's
	BookRange   = "range"   // the two numbers are not of one book, or too far from each other
	BookOverlap = "overlap" // a number of it is in another book that is not back
	BookState   = "state"   // it is not where the act wants it
	BookOutside = "outside" // the number is not of the book
	BookUsed    = "used"    // there is a ticket of that number
	BookMarked  = "marked"  // it is spoiled or lost already
	BookWhy     = "why"     // empty, too long, or of more than one line
)

// SplitNumber is a ticket's number as a book counts it: what stands before its last digits, these, and how many they
// are. false where it ends in no digit, or in too many.
func SplitNumber(number string) (prefix string, n, width int, ok bool) {
	key := NumberKey(number)
	prefix = strings.TrimRight(key, "0123456789")
	digits := key[len(prefix):]
	if digits == "" || len(digits) > bookDigits || len(key) > MaxNumber {
		return "", 0, 0, false
	}
	n, err := strconv.Atoi(digits)
	return prefix, n, len(digits), err == nil
}

// ParseRange reads a book's first and last number.
func ParseRange(series, first, last string) (Range, *BookRefusal) {
	p1, n1, w1, ok1 := SplitNumber(first)
	p2, n2, w2, ok2 := SplitNumber(last)
	switch {
	case !ok1:
		return Range{}, &BookRefusal{"first", BookForm}
	case !ok2:
		return Range{}, &BookRefusal{"last", BookForm}
	case p1 != p2 || w1 != w2 || n2 < n1 || n2-n1 >= bookMost:
		return Range{}, &BookRefusal{"last", BookRange}
	}
	return Range{series, p1, n1, n2, w1}, nil
}

// Number is the n-th number as it is looked up.
func (r Range) Number(n int) string { return fmt.Sprintf("%s%0*d", r.Prefix, r.Width, n) }

// Has says whether a number is of the range, and which.
func (r Range) Has(number string) (int, bool) {
	prefix, n, width, ok := SplitNumber(number)
	return n, ok && prefix == r.Prefix && width == r.Width && n >= r.First && n <= r.Last
}

// Overlaps says whether two ranges have a number in common.
func (r Range) Overlaps(o Range) bool {
	return r.Series == o.Series && r.Prefix == o.Prefix && r.Width == o.Width && r.First <= o.Last && o.First <= r.Last
}

// OfficerNumber says whether a text can be an officer's number: letters and digits, one digit at least, and no name.
func OfficerNumber(s string) bool {
	return s != "" && len(s) <= officerMost && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == "" && strings.ContainsAny(s, "0123456789")
}

// Fate is what became of a number that will never be a ticket.
type Fate string

// The fates.
const (
	Spoiled Fate = "spoiled" // written on and not given
	Lost    Fate = "lost"    // nobody knows where it is
)

// MarkOf says whether a number of a book may be marked, with a reason. used: there is a ticket of it.
func MarkOf(b Book, number string, fate Fate, why string, used, marked bool) (int, *BookRefusal) {
	n, ok := b.Has(number)
	switch {
	case !ok:
		return 0, &BookRefusal{"number", BookOutside}
	case fate != Spoiled && fate != Lost:
		return 0, &BookRefusal{"act", BookForm}
	case b.HandedAt.IsZero() && fate == Lost:
		return 0, &BookRefusal{"number", BookState}
	case used:
		return 0, &BookRefusal{"number", BookUsed}
	case marked:
		return 0, &BookRefusal{"number", BookMarked}
	case strings.TrimSpace(why) == "" || len(why) > bookWhyMost || strings.ContainsAny(why, "\r\n"):
		return 0, &BookRefusal{"reason", BookWhy}
	}
	return n, nil
}

// Missing is a number of a book that nobody has accounted for.
type Missing struct {
	Number string
	Since  city.Date // the day of issue of the next ticket after it
}

// Counted is what has become of a book's numbers.
type Counted struct {
	Used, Spoiled, Lost, Blank int
	Missing                    []Missing
}

// Count counts a book. used has the day of issue of each number that is a ticket. A number is missing when a later one
// has been used: books are written in order. Those after the last are blank.
func (b Book) Count(used map[int]city.Date, marked map[int]Fate) Counted {
	var c Counted
	next := city.Date{}
	for n := b.Last; n >= b.First; n-- {
		day, isUsed := used[n]
		switch {
		case isUsed:
			c.Used++
			next = day
		case marked[n] == Spoiled:
			c.Spoiled++
		case marked[n] == Lost:
			c.Lost++
		case next.IsZero():
			c.Blank++
		default:
			c.Missing = append(c.Missing, Missing{b.Number(n), next})
		}
	}
	slices.Reverse(c.Missing)
	return c
}
