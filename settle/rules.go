package settle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fundy/city"
	"fundy/desk"
	"fundy/fault"
	"fundy/ident"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// The reasons for which rules are not asked for, or not decided.
const (
	RefusedRules      = "rules"      // what is asked for is not whole: the faults say why
	RefusedNothingNew = "nothing"    // it stands already
	RefusedStands     = "stands"     // a row stands with other content
	RefusedPast       = "past"       // it would change what a day has set
	RefusedResolution = "resolution" // no resolution's number
	RefusedSame       = "same"       // who has asked decides
	RefusedDecided    = "decided"    // it has been decided
	RefusedStaff      = "staff"      // no name that staff can have
	RefusedStale      = "stale"      // the rules have changed since the file was looked at
	RefusedEffective  = "effective"  // the file does not begin on the day that the resolution has
)

// RulesRefusal is why rules are not asked for, or not decided.
type RulesRefusal struct {
	Reason string
	Faults []error // what is wrong with the rules themselves
}

func (r *RulesRefusal) Error() string {
	if len(r.Faults) > 0 {
		return errors.Join(r.Faults...).Error()
	}
	return "the rules are not changed: " + r.Reason
}

// RulesAsk is what one person asks for.
type RulesAsk struct {
	Kind       string // of store's: RuleSchedule …
	Resolution string // of the council; an outage has none
	Why        string
	Rows       []city.RuleRow
	By         string
	// Of a whole file only: its own SHA-256, the digest of the rules upon which it was looked at, and the day from which
	// the resolution has it.
	Source, Base string
	Effective    city.Date
}

// longestBody bounds the rows of one change, in bytes.
const longestBody = 1 << 20

// outageBack is how long ago an outage can have begun that is declared now.
const outageBack = 60

// AskRules puts rules before a second person. They are whole, new, and change nothing that a day has set already. The same
// again of the same person, while nobody has decided, is what he has asked for: he was not answered.
func (b *Books) AskRules(ctx context.Context, ask RulesAsk) (id string, err error) {
	if err := ask.check(); err != nil {
		return "", err
	}
	body, err := json.Marshal(ask.Rows)
	if err != nil || len(body) > longestBody {
		return "", errors.Join(errors.New("the rules are too large"), err)
	}
	err = b.Store.Write(ctx, fault.AskRules, func(ctx context.Context, tx *store.Tx) error {
		fresh, err := b.freshRows(ctx, tx, ask.Rows)
		if err != nil {
			return err
		}
		if ask.Kind == store.RuleFile {
			if err := fileFits(ctx, tx, ask, fresh); err != nil {
				return err
			}
		}
		now := b.Now()
		c := store.RuleChange{
			ID: ident.New("rul"), Kind: ask.Kind, Resolution: ask.Resolution, Why: ask.Why, Body: string(body), Digest: digestOf(body), AskedBy: ask.By, AskedAt: now,
			Base: ask.Base, Source: ask.Source, Effective: ask.Effective,
		}
		same, err := tx.SameRuleChange(ctx, c)
		if err == nil {
			id = same.ID
			return nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		id = c.ID
		if err := tx.AddRuleChange(ctx, c); err != nil {
			return err
		}
		return tx.Tell(ctx, "rules_asked", now, rulesLeaf(c, nil, 0, ""))
	})
	return id, err
}

// check wants a name, and the council's resolution or why; both as they are kept.
func (ask *RulesAsk) check() (err error) {
	if !payment.StaffName(ask.By) {
		return &RulesRefusal{Reason: RefusedStaff}
	}
	ask.Why = strings.TrimSpace(ask.Why)
	if ask.Kind == store.RuleSchedule || ask.Kind == store.RuleHoliday || ask.Kind == store.RuleFile {
		if ask.Resolution, err = resolution(ask.Resolution); err != nil {
			return &RulesRefusal{Reason: RefusedResolution}
		}
	} else if ask.Why == "" || len(ask.Why) > longestWhy || desk.HasCard(ask.Why) {
		return &RulesRefusal{Reason: RefusedWhy}
	}
	return nil
}

// MayAskRules says what AskRules would refuse. Nothing is written.
func (b *Books) MayAskRules(ctx context.Context, ask RulesAsk) error {
	if err := ask.check(); err != nil {
		return err
	}
	return b.read(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := b.freshRows(ctx, tx, ask.Rows)
		return err
	})
}

// RulesLeaf is what the log is told of rules that were asked for, and of what was decided.
type RulesLeaf struct {
	Change     string         `json:"change"`
	Kind       string         `json:"kind"`
	Resolution string         `json:"resolution,omitempty"`
	Digest     string         `json:"rows_sha256"`
	Source     string         `json:"file_sha256,omitempty"`
	AskedBy    string         `json:"asked_by"`
	DecidedBy  string         `json:"decided_by,omitempty"`
	State      string         `json:"state,omitempty"`
	Rows       []city.RuleRow `json:"rows,omitempty"`
	Moved      int            `json:"deadlines_moved,omitempty"`
	MovedList  string         `json:"deadlines_sha256,omitempty"`
}

func rulesLeaf(c store.RuleChange, rows []city.RuleRow, moved int, list string) RulesLeaf {
	return RulesLeaf{
		Change: c.ID, Kind: c.Kind, Resolution: c.Resolution, Digest: c.Digest, Source: c.Source, AskedBy: c.AskedBy, DecidedBy: c.DecidedBy, State: c.State,
		Rows: rows, Moved: moved, MovedList: list,
	}
}

// freshRows are those that are new among rows, all of which can stand beside what does.
func (b *Books) freshRows(ctx context.Context, tx *store.Tx, rows []city.RuleRow) ([]city.RuleRow, error) {
	standing, err := tx.Rules(ctx)
	if err != nil {
		return nil, err
	}
	today := city.DateOf(b.Now(), b.City.Zone)
	var fresh []city.RuleRow
	for _, change := range city.Diff(standing, rows) {
		switch change.What {
		case "contradicts":
			return nil, &RulesRefusal{Reason: RefusedStands}
		case "new":
			earliest := today
			if change.Row.Kind == "outage" {
				earliest = today.AddDays(-outageBack)
			}
			if change.Row.From.Compare(earliest) < 0 {
				return nil, &RulesRefusal{Reason: RefusedPast}
			}
			fresh = append(fresh, change.Row)
		}
	}
	if len(fresh) == 0 {
		return nil, &RulesRefusal{Reason: RefusedNothingNew}
	}
	all, err := city.RulesFromRows(append(slices.Clone(standing), fresh...))
	if err != nil {
		return nil, err
	}
	faults := all.Check(b.City)
	for _, o := range all.Outages {
		if err := o.Check(b.City); err != nil {
			faults = append(faults, err)
		}
	}
	if len(faults) > 0 {
		return nil, &RulesRefusal{Reason: RefusedRules, Faults: faults}
	}
	return fresh, nil
}

// DecideRules approves or refuses what another person has asked for. What is asked for never changes, so it is what he
// has looked at. What is approved is in force from its day, at once for a day that has come. The leaf has the deadlines that
// move by it, of the tickets that are not paid in that same transaction: one that is paid while he decides is not among them.
func (b *Books) DecideRules(ctx context.Context, id string, approve bool, by string) (c store.RuleChange, err error) {
	if !payment.StaffName(by) {
		return c, &RulesRefusal{Reason: RefusedStaff}
	}
	return c, b.Store.Write(ctx, fault.DecideRules, func(ctx context.Context, tx *store.Tx) (err error) {
		if err := tx.LockSettlement(ctx); err != nil { // of two that can't stand beside each other, the second finds the first
			return err
		}
		if c, err = tx.LockRuleChange(ctx, id); err != nil {
			return err
		}
		switch {
		case c.State != store.RuleAsked:
			return &RulesRefusal{Reason: RefusedDecided}
		case approve && c.AskedBy == by:
			return &RulesRefusal{Reason: RefusedSame}
		}
		now := b.Now()
		c.State, c.DecidedBy, c.DecidedAt = store.RuleRefused, by, now
		var fresh []city.RuleRow
		var looked LookedAt
		if approve {
			if fresh, err = b.applicable(ctx, tx, c); err != nil {
				return err
			}
			if looked, err = b.lookAt(ctx, tx, c, now); err != nil { // before the rows stand, in what they are added to
				return err
			}
			if err := tx.AddRules(ctx, fresh, now); err != nil {
				return err
			}
			c.State = store.RuleApproved
		}
		if err := tx.DecideRuleChange(ctx, id, c.State, by, now); err != nil {
			return err
		}
		return tx.Tell(ctx, "rules", now, rulesLeaf(c, fresh, len(looked.Moved), looked.MovedList()))
	})
}

// applicable are the rows of a change that are new, if they can still be added.
func (b *Books) applicable(ctx context.Context, tx *store.Tx, c store.RuleChange) ([]city.RuleRow, error) {
	var rows []city.RuleRow
	if err := json.Unmarshal([]byte(c.Body), &rows); err != nil {
		return nil, fmt.Errorf("read rule change: %w", err)
	}
	if c.Kind == store.RuleFile {
		base, err := baseOf(ctx, tx)
		if err != nil {
			return nil, err
		}
		if base != c.Base {
			return nil, &RulesRefusal{Reason: RefusedStale}
		}
	}
	return b.freshRows(ctx, tx, rows)
}

// MovedDeadline is a deadline of a ticket that is not paid, which rules would move.
type MovedDeadline struct {
	Ticket   ticket.ID
	Tier     int
	From, To time.Time
}

// LookedAt is a change with what it would do.
type LookedAt struct {
	store.RuleChange
	Rows   []city.RuleRow
	Before city.Rules // as they stand without it
	After  city.Rules
	Moved  []MovedDeadline
}

// MovedList is the digest of the deadlines that are moved: the log holds it, and the list can be made again.
func (l LookedAt) MovedList() string {
	if len(l.Moved) == 0 {
		return ""
	}
	var all strings.Builder
	for _, m := range l.Moved {
		fmt.Fprintf(&all, "%s %d %d %d\n", m.Ticket, m.Tier, m.From.UnixMicro(), m.To.UnixMicro())
	}
	return digestOf([]byte(all.String()))
}

// RuleChange is a change with what it would do to the tickets that are not paid.
func (b *Books) RuleChange(ctx context.Context, id string) (l LookedAt, err error) {
	err = b.read(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := tx.RuleChange(ctx, id)
		if err != nil {
			return err
		}
		l, err = b.lookAt(ctx, tx, c, b.Now())
		return err
	})
	return l, err
}

// lookAt is what a change does beside the rules that stand now without it.
func (b *Books) lookAt(ctx context.Context, tx *store.Tx, c store.RuleChange, now time.Time) (l LookedAt, err error) {
	l.RuleChange = c
	if err := json.Unmarshal([]byte(l.Body), &l.Rows); err != nil {
		return l, fmt.Errorf("read rule change: %w", err)
	}
	standing, err := tx.Rules(ctx)
	if err != nil {
		return l, err
	}
	without := slices.DeleteFunc(slices.Clone(standing), func(r city.RuleRow) bool { return slices.Contains(l.Rows, r) && l.State == store.RuleApproved })
	if l.Before, err = city.RulesFromRows(without); err != nil {
		return l, err
	}
	fresh := slices.DeleteFunc(slices.Clone(l.Rows), func(r city.RuleRow) bool { return slices.Contains(without, r) })
	if l.After, err = city.RulesFromRows(append(slices.Clone(without), fresh...)); err != nil {
		return l, err
	}
	if l.Kind == store.RuleSchedule {
		return l, nil // no ticket that stands has it
	}
	l.Moved, err = b.movedIn(ctx, tx, l.Before, l.After, now)
	return l, err
}

// movedIn lists the deadlines of tickets that are not paid which rules move.
func (b *Books) movedIn(ctx context.Context, tx *store.Tx, before, after city.Rules, now time.Time) ([]MovedDeadline, error) {
	dated, err := tx.DatedEvents(ctx, now)
	if err != nil {
		return nil, err
	}
	var all []MovedDeadline
	err = tx.EachUnpaid(ctx, func(t ticket.Ticket) error {
		t.Events = dated[t.ID]
		one, err := ticket.Price(t, before, b.City, now)
		if err != nil {
			return nil //nolint:nilerr // a ticket that has no price has no deadline that could move
		}
		two, err := ticket.Price(t, after, b.City, now)
		if err != nil {
			return err
		}
		for i := range min(len(one.Tiers), len(two.Tiers)) {
			if !one.Tiers[i].Until.Equal(two.Tiers[i].Until) {
				all = append(all, MovedDeadline{t.ID, one.Tiers[i].Tier, one.Tiers[i].Until, two.Tiers[i].Until})
			}
		}
		return nil
	})
	return all, err
}
