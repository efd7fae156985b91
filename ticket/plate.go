package ticket

import (
	"log/slog"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Limits of what may stand on a plate or be a ticket's number, in canonical characters.
const (
	MaxPlate  = 12
	MaxNumber = 40
)

// Plate is a licence plate in its three forms. Look-ups forgive (Skeleton), liability never does
// (Canonical). Words such as NULL or NO PLATE are real plates; no plate at all is a flag of the ticket.
type Plate struct {
	Written   string // as typed or imported, outer spaces off
	Canonical string // upper case, no space, hyphen, dot or accent
	Skeleton  string // Canonical with look-alikes made one: O=0=Q=D, I=1=L, B=8, S=5, Z=2, G=6
}

// PlateError says what is wrong with a plate; Problem is a key of words.
type PlateError struct{ Problem string }

func (e *PlateError) Error() string { return "plate: " + e.Problem }

var lookAlikes = strings.NewReplacer("O", "0", "Q", "0", "D", "0", "I", "1", "L", "1", "B", "8", "S", "5", "Z", "2", "G", "6")

// ParsePlate reads a plate. Anything a person may have typed for one is taken; what is left must be
// 1 to MaxPlate letters and digits.
func ParsePlate(s string) (Plate, error) {
	p := Plate{Written: strings.Join(strings.Fields(s), " ")}
	if len(s) > 8*MaxPlate {
		return p, &PlateError{"too_long"}
	}
	canonical, ok := fold(s)
	switch {
	case !ok:
		return p, &PlateError{"not_a_plate"}
	case canonical == "":
		return p, &PlateError{"missing"}
	case len(canonical) > MaxPlate:
		return p, &PlateError{"too_long"}
	}
	p.Canonical, p.Skeleton = canonical, lookAlikes.Replace(canonical)
	return p, nil
}

// String keeps plates out of logs.
func (Plate) String() string { return "[sealed]" }

// LogValue keeps plates out of logs.
func (Plate) LogValue() slog.Value { return slog.StringValue("[sealed]") }

// NumberKey is a ticket's number as it is looked up: upper case, without spaces, hyphens, dots and
// accents. Leading zeros and prefixes count. "" when nothing is left or what is left is no number.
func NumberKey(s string) string {
	if len(s) > 8*MaxNumber {
		return strings.Repeat("X", MaxNumber+1)
	}
	key, ok := fold(s)
	if !ok {
		return ""
	}
	return key
}

// fold upper-cases, takes accents off and drops what people write between characters. ok is false
// when something else than letters and digits is left.
func fold(s string) (string, bool) {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r >= '0' && r <= '9' || r >= 'A' && r <= 'Z':
			b.WriteRune(r)
		case r >= 'a' && r <= 'z':
			b.WriteRune(r - 'a' + 'A')
		case unicode.IsSpace(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune("-._'’·/#*", r):
		default:
			return "", false
		}
	}
	return b.String(), true
}
