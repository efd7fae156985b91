package ticket_test

import (
	"testing"

	"fundy/ticket"
)

func TestPlatesForgiveLookAlikesAndNothingElse(t *testing.T) {
	t.Parallel()
	same := [][2]string{{"ABC 1O3", "abc-103"}, {"MZ-J0NEZ", "mzjonez"}, {"DQ0", "OOO"}, {"IL1", "111"}, {"B8S5", "88SS"}, {"Z2G6", "22GG"}, {"ÉTÉ 1", "ETE I"}}
	for _, pair := range same {
		a, errA := ticket.ParsePlate(pair[0])
		b, errB := ticket.ParsePlate(pair[1])
		if errA != nil || errB != nil || a.Skeleton != b.Skeleton {
			t.Errorf("%s and %s: %q, %q, %v, %v", pair[0], pair[1], a.Skeleton, b.Skeleton, errA, errB)
		}
	}
	jones, _ := ticket.ParsePlate("MZ-JONEZ")
	j0nes, _ := ticket.ParsePlate("MZ-J0NEZ")
	if jones.Canonical == j0nes.Canonical {
		t.Error("liability forgives")
	}
	for _, real := range []string{"NULL", "NO PLATE", "XXXXXXX", "NOTAGS"} {
		if p, err := ticket.ParsePlate(real); err != nil || p.Canonical == "" {
			t.Errorf("%s is a plate: %v", real, err)
		}
	}
	for _, wrong := range []string{"", " - ", "ABC%", "ABCDEFGHIJKLM", "日本"} {
		if _, err := ticket.ParsePlate(wrong); err == nil {
			t.Errorf("%q is taken for a plate", wrong)
		}
	}
	if ticket.NumberKey("fh-00 12") != "FH0012" || ticket.NumberKey("12") == ticket.NumberKey("012") {
		t.Error("leading zeros do not count")
	}
}

func FuzzPlate(f *testing.F) {
	f.Add("ABC 123")
	f.Add("\xff\x00é")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ticket.ParsePlate(s)
		if err != nil {
			return
		}
		again, err := ticket.ParsePlate(p.Canonical)
		if err != nil || again.Canonical != p.Canonical || again.Skeleton != p.Skeleton || len(p.Canonical) > ticket.MaxPlate {
			t.Fatalf("%q: %q, again %q, %v", s, p.Canonical, again.Canonical, err)
		}
	})
}

func FuzzNumber(f *testing.F) {
	f.Add("FH-0012")
	f.Fuzz(func(t *testing.T, s string) {
		if k := ticket.NumberKey(s); k != "" && ticket.NumberKey(k) != k {
			t.Fatalf("%q: %q, again %q", s, k, ticket.NumberKey(k))
		}
	})
}
