package settle

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"fundy/bank"
	"fundy/desk"
	"fundy/store"
)

// screened is what is kept of a line of the bank. A card's number in its words, its reference or its type, which a payer has
// written to his bank, is put out: the line itself is the bank's, and has to be in the books. card says that there was one. What the
// line is has been decided, and its id reckoned, by what the bank wrote.
func (d *Deposits) screened(ctx context.Context, tx *store.Tx, l bank.Line) (kept bank.Line, card bool, err error) {
	put := func(name, text string) string {
		like, bad := cardBeside(ctx, tx, text)
		if bad != nil || !like {
			err = errors.Join(err, bad)
			return text
		}
		card = true
		d.Log.Warn("settle: what looks like a card number was put out of a line of the bank's file", "alarm", "card_typed", "where", "bank_file", "name", name, "line", l.At, "masked", desk.Masked(text))
		return shown(text)
	}
	// The bank's own reference and the payer's are two numbers that stand beside each other: they are no card's together.
	own, theirs := l.Reference[:l.Own], l.Reference[l.Own:]
	l.Text, l.Type = put("text", d.Rules.Text(l)), put("type", l.Type)
	l.Reference = put("reference", own) + put("reference", theirs)
	return l, card, err
}

// cardBeside says whether a part of a text looks like a card's number that is not the trace of a payout that the
// processor has told: one in six numbers of 15 digits, as banks give them, has such a part.
func cardBeside(ctx context.Context, tx *store.Tx, text string) (bool, error) {
	parts := desk.CardParts(text)
	if len(parts) == 0 {
		return false, nil
	}
	var traces []desk.CardPart
	for at := 0; at < len(text); {
		n := strings.IndexFunc(text[at:], notOfTrace)
		if n < 0 {
			n = len(text) - at
		}
		word := desk.CardPart{From: at, To: at + n}
		if n > 0 {
			known, err := tx.TraceKnown(ctx, text[word.From:word.To])
			if err != nil {
				return false, err
			}
			if known {
				traces = append(traces, word)
			}
		}
		at += n + 1
	}
	for _, p := range parts {
		if !within(p, traces) {
			return true, nil
		}
	}
	return false, nil
}

// notOfTrace says that a letter ends a word in which a trace could stand.
func notOfTrace(r rune) bool {
	return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

func within(p desk.CardPart, words []desk.CardPart) bool {
	for _, w := range words {
		if p.From >= w.From && p.To <= w.To {
			return true
		}
	}
	return false
}

// withoutCards is why a file is not taken, without the digits of what looks like a card's number in what it shows of the file.
func withoutCards(err error) error {
	var fault *bank.Fault
	if !errors.As(err, &fault) {
		return err
	}
	return fault.Without(shown)
}

// shown is a text of a file as a message may show it.
func shown(text string) string {
	text, _ = desk.WithoutCards(text)
	return text
}
