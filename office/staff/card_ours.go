package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"fundy/city"
	"fundy/desk"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// fieldNumbers is the field that takes a list: a ticket's number on each line, and its day of issue behind a comma.
const fieldNumbers = "numbers"

// numberFields take one ticket's number each.
var numberFields = []string{"number", "first", "last", "to"}

// ours says of a field's text that looks as if a card's number were in it that it is none: the text is a number of this
// city's, alone in its field, or a list of such. Without a session nothing is, and nothing is looked for.
func (p *Pages) ours(r *http.Request, field, text string) (bool, error) {
	if known, err := p.visited(r); err != nil || !known {
		return false, err
	}
	if slices.Contains(numberFields, field) && desk.InSeries(text, p.city.Ticket.Series) {
		return true, nil // one that is entered is not known yet
	}
	if field == fieldNumbers {
		like, err := p.cardLines(r.Context(), text)
		return err == nil && len(like) == 0, err
	}
	ours := false
	err := p.Store.ReadOne(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		found, err := numbered(ctx, tx, text)
		if ours = len(found) > 0; err != nil || ours {
			return err
		}
		ours, err = isRef(ctx, tx, text)
		return err
	})
	return ours, err
}

// visited says whether a request is of somebody's session, be it one that only waits for its passkey.
func (p *Pages) visited(r *http.Request) (bool, error) {
	v, err := p.visit(r, false)
	return err == nil && (v.standing == standsHere || v.standing == standsLocked), err
}

// numbered are the newest tickets whose number a text is, however its groups are written.
func numbered(ctx context.Context, tx *store.Tx, text string) ([]store.FoundTicket, error) {
	key := ticket.NumberKey(text)
	if key == "" || len(key) > ticket.MaxNumber {
		return nil, nil
	}
	return tx.TicketsNumbered(ctx, key, sameNumber)
}

// sameNumber bounds the tickets of one number that are looked at: it comes again years later.
const sameNumber = 20

// isRef says whether a text stands for a payment without a receipt, as logs write it.
func isRef(ctx context.Context, tx *store.Tx, text string) (bool, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if len(text) != len(payment.AttemptID("").Ref()) || strings.Trim(text, "0123456789abcdef") != "" {
		return false, nil
	}
	_, err := tx.AttemptOfUnallocated(ctx, text)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// cardLines are the lines of a list, counted from 0, in which a part stands that looks like a card's number. Numbers of
// tickets that stand below each other can look like one together: a part is none where each line that it reaches into is
// the number of a ticket that the city has. One that reaches into any other line is taken for a card that was broken in two.
func (p *Pages) cardLines(ctx context.Context, text string) (like map[int]bool, err error) {
	lines, parts := strings.Split(text, "\n"), reachOf(text)
	err = p.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) error {
		ours, err := p.ourLines(ctx, tx, lines, parts)
		like = map[int]bool{}
		for part := range parts {
			whole := true
			for i := part.first; i <= part.last; i++ {
				whole = whole && ours[i]
			}
			for i := part.first; i <= part.last && !whole; i++ {
				like[i] = true
			}
		}
		return err
	})
	return like, err
}

// someLines are some lines of a list.
func someLines(text string, which map[int]bool) string {
	var all []string
	for i, line := range strings.Split(text, "\n") {
		if which[i] {
			all = append(all, line)
		}
	}
	return strings.Join(all, "\n")
}

// reach is the first and the last line that a part of a list reaches into.
type reach struct{ first, last int }

func reachOf(text string) map[reach]bool {
	var ends []int
	for i := range len(text) {
		if text[i] == '\n' {
			ends = append(ends, i)
		}
	}
	line := func(at int) int {
		n, _ := slices.BinarySearch(ends, at)
		return n
	}
	all := map[reach]bool{}
	for _, part := range desk.CardParts(text) {
		all[reach{line(part.From), line(part.To - 1)}] = true
	}
	return all
}

// looksMost bounds the numbers of one list that are looked for in the store: a list has fewer.
const looksMost = 10 * settle.MostAsked

// ourLines are the lines that are a ticket's number, of those that parts reach into. A number that comes a second time is
// none: no list has one twice, and the second half of a card can be its first.
func (p *Pages) ourLines(ctx context.Context, tx *store.Tx, lines []string, parts map[reach]bool) (map[int]bool, error) {
	reached, ours, seen := map[int]bool{}, map[int]bool{}, map[string]bool{}
	for part := range parts {
		for i := part.first; i <= part.last; i++ {
			reached[i] = true
		}
	}
	for i, line := range lines {
		if !reached[i] {
			continue
		}
		if !strings.ContainsFunc(line, unicode.IsDigit) {
			ours[i] = true // nothing of a number stands there
			continue
		}
		number, day, ok := listedLine(line)
		once := ticket.NumberKey(number) + " " + day
		if !ok || seen[once] || len(seen) >= looksMost {
			continue
		}
		seen[once] = true
		if ours[i] = desk.InSeries(number, p.city.Ticket.Series); ours[i] {
			continue
		}
		found, err := numbered(ctx, tx, number)
		if err != nil {
			return nil, err
		}
		ours[i] = slices.ContainsFunc(found, func(t store.FoundTicket) bool { return t.Number == number || inOne(number) })
	}
	return ours, nil
}

// listedLine is a line of a list: a number, and its day of issue or "". It is not ok where anything else stands there.
func listedLine(line string) (number, day string, ok bool) {
	number, day, dated := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "\ufeff")), ",")
	if day = strings.TrimSpace(day); dated {
		if _, err := city.ParseDate(day); err != nil {
			return "", "", false
		}
	}
	return strings.TrimSpace(number), day, true
}

// inOne says that a number is written in one piece. Groups are how a card is written: "4242 4242" is no ticket 42424242 in a list, unless
// the city itself writes its number so.
func inOne(number string) bool {
	return strings.IndexFunc(number, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }) < 0
}

// withoutCards is a field's text without the digits of what looks like a card's number, and whether there were any. Of a list
// the lines lose theirs that a number reaches into, and what is the city's own stays.
func (p *Pages) withoutCards(r *http.Request, typed typedField) (string, bool, error) {
	known, err := p.visited(r)
	if err != nil || !known || !desk.HasCard(typed.Value) {
		text, had := desk.WithoutCards(typed.Value)
		return text, had, err
	}
	if typed.Name != fieldNumbers {
		if ours, err := p.ours(r, typed.Name, typed.Value); err != nil || ours {
			return typed.Value, false, err
		}
		text, had := desk.WithoutCards(typed.Value)
		return text, had, nil
	}
	like, err := p.cardLines(r.Context(), typed.Value)
	lines := strings.Split(typed.Value, "\n")
	for i := range like {
		lines[i] = strings.Map(func(c rune) rune {
			if unicode.IsDigit(c) {
				return '*'
			}
			return c
		}, lines[i])
	}
	return strings.Join(lines, "\n"), len(like) > 0, err
}
