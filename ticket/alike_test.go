package ticket_test

import (
	"slices"
	"strings"
	"testing"

	"fundy/ticket"
)

// A plate with one unknown character is every skeleton that it can be, and each once.
func TestAPlateWithOneUnknownCharacter(t *testing.T) {
	t.Parallel()
	got, err := ticket.PlatesOf("jq? 1o3")
	if err != nil || len(got) != 27 {
		t.Fatalf("%d, %v", len(got), err)
	}
	for c := 'A'; c <= 'Z'; c++ {
		p, err := ticket.ParsePlate("JQ" + string(c) + " 103")
		if err != nil || !slices.Contains(got, p.Skeleton) {
			t.Errorf("%c is not among them: %v", c, err)
		}
	}
	for c := '0'; c <= '9'; c++ {
		if p, _ := ticket.ParsePlate("JQ" + string(c) + "103"); !slices.Contains(got, p.Skeleton) {
			t.Errorf("%c is not among them", c)
		}
	}
	slices.Sort(got)
	if len(slices.Compact(got)) != 27 {
		t.Error("one is there twice")
	}
	for _, wrong := range []string{"ABC 123", "AB? 12?", "???", "A!? 1", "ABCDEFGHIJKL?", ""} {
		if got, err := ticket.PlatesOf(wrong); err == nil {
			t.Errorf("%q: %v", wrong, got)
		}
	}
}

// A misread number is near to its ticket's: one digit another, or two neighbours swapped; nothing else is.
func TestNumbersThatAreNear(t *testing.T) {
	t.Parallel()
	near := ticket.NumbersNear("SJ0123")
	for number, want := range map[string]bool{
		"SJ0124": true, "SJ9123": true, "SJ1023": true, "SJ0132": true,
		"SJ0123": false, "SJ0213": true, "SJ3120": false, "SK0123": false, "JS0123": false, "SJ012": false, "SJ01234": false, "SJ0145": false,
	} {
		if got := slices.Contains(near, number); got != want {
			t.Errorf("%s: %v", number, got)
		}
	}
	if len(near) != 4*9+3 {
		t.Errorf("%d are near", len(near))
	}
	if n := len(ticket.NumbersNear(strings.Repeat("12", ticket.MaxNumber/2))); n != 9*ticket.MaxNumber+ticket.MaxNumber-1 {
		t.Errorf("the longest has %d", n)
	}
	plates := ticket.PlatesNear("A8C123") // a skeleton: B is 8
	if !slices.Contains(plates, "A1C123") || !slices.Contains(plates, "8AC123") || slices.Contains(plates, "A8C123") || slices.Contains(plates, "ABC123") {
		t.Error("plates that are near")
	}
}
