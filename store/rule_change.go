package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/city"
)

// The kinds and states of a change of the rules.
const (
	RuleSchedule = "schedule"
	RuleHoliday  = "holiday"
	RuleClosure  = "closure"
	RuleOutage   = "outage"
	RuleFile     = "file" // a whole rules file

	RuleAsked    = "asked"
	RuleApproved = "approved"
	RuleRefused  = "refused"
)

// RuleChange is rules of the city that one person has asked for. Another decides.
type RuleChange struct {
	ID         string
	Kind       string
	Resolution string
	Why        string
	Body       string    // the rows, as JSON
	Digest     string    // of Body, in hex
	Base       string    // of a file: the digest of the rules that it was asked for upon
	Source     string    // of a file: its own SHA-256
	Effective  city.Date // of a file: the day from which the resolution has it; zero of all else
	AskedBy    string
	AskedAt    time.Time
	State      string
	DecidedBy  string
	DecidedAt  time.Time
}

var qInsertRuleChange = query("insert rule change", `
insert into rule_change
  (id, kind, resolution, why, body, digest, asked_by, asked_at, state, decided_by, decided_at, base, source, effective_on)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, 'asked', '', null, $9, $10, $11)`)

// AddRuleChange writes what is asked for.
func (tx *Tx) AddRuleChange(ctx context.Context, c RuleChange) error {
	_, err := tx.exec(ctx, qInsertRuleChange, c.ID, c.Kind, c.Resolution, c.Why, c.Body, c.Digest, c.AskedBy, micros(c.AskedAt), c.Base, c.Source, c.Effective.String())
	if err != nil {
		return fmt.Errorf("insert rule change: %w", err)
	}
	return nil
}

const ruleChangeSelect = `
select id, kind, resolution, why, body, digest, asked_by, asked_at, state, decided_by, decided_at, base, source, effective_on
from rule_change
`

var qRuleChange = query("rule change", ruleChangeSelect+`where id = $1`)

var qRuleChanges = query("rule changes", ruleChangeSelect+`order by case state when 'asked' then 0 else 1 end, case state when 'asked' then asked_at else -asked_at end, id
limit $1`)

var qAskedRuleChanges = query("asked rule changes", ruleChangeSelect+`where state = 'asked'
order by asked_at, id
limit $1`)

// RuleChange reads a change, or ErrNotFound.
func (tx *Tx) RuleChange(ctx context.Context, id string) (RuleChange, error) {
	return scanRuleChange(tx.row(ctx, qRuleChange, id))
}

var qSameRuleChange = query("find the same rule change", ruleChangeSelect+`where state = 'asked'
  and digest = $1
  and kind = $2
  and resolution = $3
  and why = $4
  and asked_by = $5
  and base = $6
  and source = $7
order by asked_at
limit 1`)

// SameRuleChange is what the same person has asked for in the same words and nobody has decided, or ErrNotFound.
func (tx *Tx) SameRuleChange(ctx context.Context, c RuleChange) (RuleChange, error) {
	return scanRuleChange(tx.row(ctx, qSameRuleChange, c.Digest, c.Kind, c.Resolution, c.Why, c.AskedBy, c.Base, c.Source))
}

// LockRuleChange reads a change for a decision, or ErrNotFound.
func (tx *Tx) LockRuleChange(ctx context.Context, id string) (RuleChange, error) {
	return scanRuleChange(tx.row(ctx, qRuleChange+tx.lockSuffix(), id))
}

// RuleChanges lists what was asked for: what waits first, the longest at the head, then the newest others.
func (tx *Tx) RuleChanges(ctx context.Context, limit int) ([]RuleChange, error) {
	return tx.ruleChanges(ctx, qRuleChanges, limit)
}

// AskedRuleChanges lists what waits for a second person, oldest first, at most limit.
func (tx *Tx) AskedRuleChanges(ctx context.Context, limit int) ([]RuleChange, error) {
	return tx.ruleChanges(ctx, qAskedRuleChanges, limit)
}

func (tx *Tx) ruleChanges(ctx context.Context, query string, limit int) ([]RuleChange, error) {
	rows, err := tx.rows(ctx, query, limit)
	if err != nil {
		return nil, fmt.Errorf("read rule changes: %w", err)
	}
	defer rows.Close()
	var all []RuleChange
	for rows.Next() {
		c, err := scanRuleChange(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

func scanRuleChange(row scanner) (RuleChange, error) {
	var c RuleChange
	var asked int64
	var decided sql.NullInt64
	var effective string
	err := row.Scan(&c.ID, &c.Kind, &c.Resolution, &c.Why, &c.Body, &c.Digest, &c.AskedBy, &asked, &c.State, &c.DecidedBy, &decided, &c.Base, &c.Source, &effective)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("rule change: %w", ErrNotFound)
	}
	if err != nil {
		return c, fmt.Errorf("read rule change: %w", err)
	}
	c.AskedAt, c.DecidedAt = fromMicros(asked), fromNull(decided)
	if effective == "" {
		return c, nil
	}
	return c, dayInto(&c.Effective, effective)
}

var qDecideRuleChange = query("decide rule change", `
update rule_change
set state = $1, decided_by = $2, decided_at = $3
where id = $4
  and state = 'asked'`)

// DecideRuleChange writes a decision. One that has been decided is ErrConflict; an approval by who has asked breaks a
// constraint.
func (tx *Tx) DecideRuleChange(ctx context.Context, id, state, by string, at time.Time) error {
	err := tx.one(ctx, qDecideRuleChange, state, by, micros(at), id)
	if err != nil {
		return fmt.Errorf("decide rule change: %w", err)
	}
	return nil
}
