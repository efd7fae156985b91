package desk_test

import (
	"testing"

	"fundy/desk"
)

func TestHasCardKnowsCardsAndLeavesTicketNumbersAlone(t *testing.T) {
	t.Parallel()
	for _, card := range []string{
		"4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "my card 4242.4242.4242.4242 12/34", "5555555555554444", "378282246310005",
		"3714 496353 98431", "2223003122003222", "6011111111111117", "30569309025904", "00004242424242424242", "4000056655665556@example.ca",
	} {
		if !desk.HasCard(card) {
			t.Errorf("%q is not seen", card)
		}
	}
	for _, text := range []string{
		"", "FH-0012345", "210043123456789", "100391987654321", "506-555-0142", "4242424242424241", "ABC 123", "2026-11-25", "1234567890123456",
		"VPPZ-Q2D4-4242-4242-4242", "42424242 a 42424242",
	} {
		if desk.HasCard(text) {
			t.Errorf("%q is taken for a card", text)
		}
	}
}

func FuzzHasCard(f *testing.F) {
	f.Add("4242 4242 4242 4242")
	f.Fuzz(func(t *testing.T, s string) {
		if desk.HasCard(s) && !desk.HasCard("x"+s+"x") {
			t.Fatalf("%q is a card alone and not between letters", s)
		}
	})
}
