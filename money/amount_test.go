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

func TestCashComesToTheNearestFiveCents(t *testing.T) {
	t.Parallel()
	for minor, want := range map[int64]int64{
		0: 0, 1: 0, 2: 0, 3: 5, 4: 5, 5: 5, 6: 5, 7: 5, 8: 10, 9: 10, 10: 10, 3000: 3000, 4487: 4485, 7588: 7590, 10689: 10690,
		-2: 0, -3: -5, -7: -5, -8: -10, math.MaxInt64: math.MaxInt64 - 2,
	} {
		if a, err := money.FromMinor(minor).Cash(); err != nil || a.Minor() != want {
			t.Errorf("%d in cash is %d, %v, want %d", minor, a.Minor(), err, want)
		}
	}
	if a, err := money.FromMinor(math.MinInt64).Cash(); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("the least amount in cash is %d, %v", a.Minor(), err)
	}
	rapid.Check(t, func(t *rapid.T) {
		a := money.FromMinor(rapid.Int64Range(-9_999_999_999_999, 9_999_999_999_999).Draw(t, "minor"))
		c, err := a.Cash()
		away, _ := c.Sub(a)
		if again, _ := c.Cash(); err != nil || c.Minor()%5 != 0 || away.Minor() < -2 || away.Minor() > 2 || again != c {
			t.Fatalf("%s in cash is %s, %v", a, c, err)
		}
	})
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
