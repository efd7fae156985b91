package settle

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"fundy/city"
	"fundy/store"
)

// RulesLook is what a whole file of rules would do to those that stand.
type RulesLook struct {
	Changes   []LookedRow
	New       int
	Same      int
	Wrong     int       // rows that contradict one that stands, or would change a past day
	Base      string    // the digest of the rules that stand: what is asked for is upon these
	Effective city.Date // the first day from which a new row holds; zero where there is none
	Before    city.Rules
	After     city.Rules
}

// LookedRow is a row of a file with what it would do, and whether it would change what a past day has set.
type LookedRow struct {
	city.Change
	Past bool
}

// LookRules says what rows would do. Nothing is written, and nothing is refused: what is wrong is said row by row.
func (b *Books) LookRules(ctx context.Context, rows []city.RuleRow) (l RulesLook, err error) {
	today := city.DateOf(b.Now(), b.City.Zone)
	err = b.read(ctx, func(ctx context.Context, tx *store.Tx) error {
		l = RulesLook{}
		standing, err := tx.Rules(ctx)
		if err != nil {
			return err
		}
		if l.Base, err = digestOfRules(standing); err != nil {
			return err
		}
		after := slices.Clone(standing)
		for _, change := range city.Diff(standing, rows) {
			row := LookedRow{Change: change, Past: change.What == "new" && change.Row.From.Compare(today) < 0}
			switch {
			case change.What == "same":
				l.Same++
			case change.What == "contradicts" || row.Past:
				l.Wrong++
			default:
				l.New++
				after = append(after, change.Row)
				if l.Effective.IsZero() || change.Row.From.Compare(l.Effective) < 0 {
					l.Effective = change.Row.From
				}
			}
			if change.What != "same" {
				l.Changes = append(l.Changes, row)
			}
		}
		if l.Before, err = city.RulesFromRows(standing); err != nil {
			return err
		}
		l.After, err = city.RulesFromRows(after)
		return err
	})
	return l, err
}

// fileFits wants a file to begin on the day that its resolution has, and to be upon the rules that it was looked at with.
func fileFits(ctx context.Context, tx *store.Tx, ask RulesAsk, fresh []city.RuleRow) error {
	base, err := baseOf(ctx, tx)
	if err != nil {
		return err
	}
	if base != ask.Base {
		return &RulesRefusal{Reason: RefusedStale}
	}
	first := fresh[0].From
	for _, row := range fresh {
		if row.From.Compare(first) < 0 {
			first = row.From
		}
	}
	if first != ask.Effective {
		return &RulesRefusal{Reason: RefusedEffective}
	}
	return nil
}

func baseOf(ctx context.Context, tx *store.Tx) (string, error) {
	standing, err := tx.Rules(ctx)
	if err != nil {
		return "", err
	}
	return digestOfRules(standing)
}

// digestOfRules is the digest of rules, whatever order their rows come in.
func digestOfRules(rows []city.RuleRow) (string, error) {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b city.RuleRow) int {
		return strings.Compare(a.Kind+"\x00"+a.Key+"\x00"+a.From.String(), b.Kind+"\x00"+b.Key+"\x00"+b.From.String())
	})
	body, err := json.Marshal(rows)
	return digestOf(body), err
}
