package money_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"fundy/money"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"30": 3000, "30.5": 3050, "30.50": 3050, "1,234.50": 123450, " 7 ": 700, "0": 0, "0.01": 1} {
		a, err := money.Parse(text)
		if err != nil || a.Minor() != want {
			t.Errorf("Parse(%q) = %s, %v, want %d", text, a, err, want)
		}
	}
	for _, text := range []string{"", ".", "-1", "+1", "1.234", "1e3", "$5", "1,23", "1,2345", ",1", "0x1", "1 000", "999999999999999999", "½"} {
		if a, err := money.Parse(text); !errors.Is(err, money.ErrFormat) {
			t.Errorf("Parse(%q) = %s, %v, want ErrFormat", text, a, err)
		}
	}
}

func TestArithmeticRefusesToWrap(t *testing.T) {
	t.Parallel()
	most, least := money.FromMinor(math.MaxInt64), money.FromMinor(math.MinInt64)
	if _, err := most.Add(money.FromMinor(1)); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("max + 1: %v", err)
	}
	if _, err := least.Sub(money.FromMinor(1)); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("min - 1: %v", err)
	}
	if _, err := money.Zero.Sub(least); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("0 - min: %v", err)
	}
	if _, err := most.Percent(2); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("percent of max: %v", err)
	}
}

func TestPercentRoundsHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ minor, basis, want int64 }{{101, 5000, 51}, {-101, 5000, -51}, {3000, 2550, 765}, {1, 4999, 0}, {100, 0, 0}} {
		a, err := money.FromMinor(c.minor).Percent(c.basis)
		if err != nil || a.Minor() != c.want {
			t.Errorf("%d basis points of %d = %d, %v, want %d", c.basis, c.minor, a.Minor(), err, c.want)
		}
	}
}

func TestTextComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.FromMinor(rapid.Int64Range(-9_999_999_999_999, 9_999_999_999_999).Draw(t, "minor"))
		text, err := a.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var b money.Amount
		if err := b.UnmarshalText(text); err != nil || a != b {
			t.Fatalf("%s came back as %s, %v", a, b, err)
		}
	})
}
