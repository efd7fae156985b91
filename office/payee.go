package office

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"fundy/desk"
	"fundy/payment"
	"fundy/seal"
	"fundy/settle"
)

// Payee is to whom a refund's cheque is made out, and where it is sent. It prints as [sealed].
type Payee struct {
	seal.Hidden
	lines []string // the name, then the address
}

// Limits of a payee, as an envelope has them.
const (
	payeeLinesMost = 7
	payeeLineMost  = 60 // letters
	payeeFileMost  = 2_000
)

// ParsePayee reads a payee from a text: his name on the first line, his address on the next ones. Its errors say
// nothing of what the text holds.
func ParsePayee(b []byte) (Payee, error) {
	switch {
	case len(b) > payeeFileMost:
		return Payee{}, fmt.Errorf("the payee's file is longer than %d bytes: one payee, as on an envelope", payeeFileMost)
	case !utf8.Valid(b):
		return Payee{}, fmt.Errorf("the payee's file is not UTF-8: save it as UTF-8")
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	if desk.HasCard(strings.ReplaceAll(text, "\n", " ")) {
		return Payee{}, fmt.Errorf("the payee's file holds what looks like a card number: no card is written down here")
	}
	var p Payee
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if utf8.RuneCountInString(line) > payeeLineMost || strings.ContainsFunc(line, unicode.IsControl) {
			return Payee{}, fmt.Errorf("line %d of the payee is longer than %d letters, or holds what is no letter", len(p.lines)+1, payeeLineMost)
		}
		p.lines = append(p.lines, line)
	}
	if len(p.lines) < 2 || len(p.lines) > payeeLinesMost {
		return Payee{}, fmt.Errorf("the payee's file has %d lines: write the name on the first, and the address on one to %d more", len(p.lines), payeeLinesMost-1)
	}
	return p, nil
}

// SealPayee seals a payee to the office's key. What comes of it opens only as that payee, of that refund's n-th
// cheque, in this city.
func SealPayee(public seal.PublicKey, city string, p Payee) settle.SealPayee {
	return func(id payment.RefundID, n int) ([]byte, error) {
		return public.Seal([]byte(strings.Join(p.lines, "\n")), []byte(seal.RefundPayee), payeePlace(city, id, n))
	}
}

// payeePlace is the associated data of a sealed payee.
func payeePlace(city string, id payment.RefundID, n int) []byte {
	return seal.Join(nil, city, string(id), strconv.Itoa(n))
}
