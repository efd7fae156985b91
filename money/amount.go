// Package money holds amounts as integer minor units (cents) with checked arithmetic.
//
// Invariants:
//   - an Amount is a whole number of cents; no float ever touches one;
//   - arithmetic that would leave int64 is an error, never a wrapped number;
//   - an Amount has no currency of its own: a city has exactly one (city.City.Currency).
package money

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ErrOverflow is returned when a sum leaves the range of an int64.
var ErrOverflow = errors.New("amount out of range")

// ErrFormat is returned when a text is not an amount.
var ErrFormat = errors.New("not an amount")

// Amount is a sum of money in minor units (cents). The zero value is zero.
type Amount struct{ minor int64 }

// Zero is no money.
var Zero Amount

// FromMinor makes an Amount of n minor units (cents).
func FromMinor(n int64) Amount { return Amount{minor: n} }

// Minor returns the number of minor units (cents).
func (a Amount) Minor() int64 { return a.minor }

// Add returns a+b, or ErrOverflow.
func (a Amount) Add(b Amount) (Amount, error) {
	if (b.minor > 0 && a.minor > math.MaxInt64-b.minor) || (b.minor < 0 && a.minor < math.MinInt64-b.minor) {
		return Amount{}, fmt.Errorf("add %d and %d: %w", a.minor, b.minor, ErrOverflow)
	}
	return Amount{minor: a.minor + b.minor}, nil
}

// Sub returns a-b, or ErrOverflow.
func (a Amount) Sub(b Amount) (Amount, error) {
	if b.minor == math.MinInt64 {
		return Amount{}, fmt.Errorf("subtract %d from %d: %w", b.minor, a.minor, ErrOverflow)
	}
	return a.Add(b.Neg())
}

// Neg returns -a. The one amount that has no negative (the smallest int64) stays as it is; no
// Amount that came in through Parse or a sum of prices can be that.
func (a Amount) Neg() Amount { return Amount{minor: -a.minor} }

// Percent returns a*pct/100 rounded half away from zero to a whole cent, or ErrOverflow.
// pct is in hundredths of a percent (basis points): 2550 is 25.50 %.
func (a Amount) Percent(basisPoints int64) (Amount, error) {
	if basisPoints == 0 || a.minor == 0 {
		return Amount{}, nil
	}
	n := a.minor * basisPoints
	if n/basisPoints != a.minor {
		return Amount{}, fmt.Errorf("%d basis points of %d: %w", basisPoints, a.minor, ErrOverflow)
	}
	half := int64(5000)
	if n < 0 {
		half = -half
	}
	return Amount{minor: (n + half) / 10000}, nil
}

// cash is the smallest coin in minor units: Canada has had no cent since 2013.
const cash = 5

// Cash is what an amount comes to in cash: the nearest 5 cents, a negative one like its positive, or
// ErrOverflow. There is no half way between two coins. It is for the whole of what is handed over; a
// card pays to the cent.
func (a Amount) Cash() (Amount, error) {
	down := a.minor % cash
	rounded := Amount{minor: a.minor - down}
	switch {
	case 2*down > cash:
		return rounded.Add(Amount{minor: cash})
	case 2*down < -cash:
		return rounded.Sub(Amount{minor: cash})
	}
	return rounded, nil
}

// Sum adds amounts up, or returns ErrOverflow.
func Sum(amounts ...Amount) (Amount, error) {
	var total Amount
	for _, a := range amounts {
		next, err := total.Add(a)
		if err != nil {
			return Amount{}, err
		}
		total = next
	}
	return total, nil
}

// Cmp is -1, 0 or 1 as a is less than, equal to or greater than b.
func (a Amount) Cmp(b Amount) int {
	switch {
	case a.minor < b.minor:
		return -1
	case a.minor > b.minor:
		return 1
	}
	return 0
}

// IsZero says whether a is no money.
func (a Amount) IsZero() bool { return a.minor == 0 }

// IsNegative says whether a is below zero.
func (a Amount) IsNegative() bool { return a.minor < 0 }

// String is the plain form for logs, files and traces: "30.00". Pages use the locale's form.
func (a Amount) String() string {
	sign, m := "", uint64(a.minor)
	if a.minor < 0 {
		sign, m = "-", uint64(-a.minor)
	}
	return fmt.Sprintf("%s%d.%02d", sign, m/100, m%100)
}

// Parse reads "30", "30.5", "30.50" or "1,234.50" (commas only between groups of three).
// At most two decimals; no sign, no currency, no exponent. Anything else is ErrFormat.
func Parse(s string) (Amount, error) {
	whole, frac, hasFrac := strings.Cut(strings.TrimSpace(s), ".")
	if strings.Contains(whole, ",") {
		groups := strings.Split(whole, ",")
		for i, g := range groups {
			if (i > 0 && len(g) != 3) || (i == 0 && (len(g) == 0 || len(g) > 3)) {
				return Amount{}, fmt.Errorf("%q: %w", s, ErrFormat)
			}
		}
		whole = strings.Join(groups, "")
	}
	if !digits(whole) || (hasFrac && (!digits(frac) || len(frac) > 2)) || len(whole) > 15 {
		return Amount{}, fmt.Errorf("%q: %w", s, ErrFormat)
	}
	n, err := strconv.ParseInt(whole+(frac + "00")[:2], 10, 64)
	if err != nil {
		return Amount{}, fmt.Errorf("%q: %w", s, ErrFormat)
	}
	return Amount{minor: n}, nil
}

// MarshalText writes the plain form.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText writes: what Parse reads, and a minus before it.
func (a *Amount) UnmarshalText(b []byte) error {
	text, negative := strings.CutPrefix(string(b), "-")
	v, err := Parse(text)
	if err != nil {
		return err
	}
	if negative {
		v = v.Neg()
	}
	*a = v
	return nil
}

func digits(s string) bool {
	if s == "" {
		return false
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
