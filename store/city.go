package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/city"
)

var qCityIdentity = query("city identity", `
select city_id, kind
from city_identity
where one = 1`)

var qInsertCityIdentity = query("insert city identity", `
insert into city_identity
  (one, city_id, kind, created_at)
values
  (1, $1, $2, $3)`)

// CityIdentity is which city this store is of, or ErrNotFound.
func (tx *Tx) CityIdentity(ctx context.Context) (id string, kind city.Kind, err error) {
	err = tx.row(ctx, qCityIdentity).Scan(&id, &kind)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", fmt.Errorf("city identity: %w", ErrNotFound)
	}
	if err != nil {
		return "", "", fmt.Errorf("read city identity: %w", err)
	}
	return id, kind, nil
}

// SetCityIdentity says once, for ever, which city this store is of.
func (tx *Tx) SetCityIdentity(ctx context.Context, id string, kind city.Kind, now time.Time) error {
	_, err := tx.exec(ctx, qInsertCityIdentity, id, string(kind), micros(now))
	if err != nil {
		return fmt.Errorf("insert city identity: %w", err)
	}
	return nil
}

var qRules = query("rules", `
select kind, key, from_day, body
from city_rule
order by kind, key, from_day`)

// Rules reads all effective-dated rows.
func (tx *Tx) Rules(ctx context.Context) ([]city.RuleRow, error) {
	rows, err := tx.rows(ctx, qRules)
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	defer rows.Close()
	var all []city.RuleRow
	for rows.Next() {
		var r city.RuleRow
		var from string
		if err := rows.Scan(&r.Kind, &r.Key, &from, &r.Body); err != nil {
			return nil, fmt.Errorf("read rule: %w", err)
		}
		if err := r.From.UnmarshalText([]byte(from)); err != nil {
			return nil, fmt.Errorf("read rule: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

var qInsertRule = query("insert rule", `
insert into city_rule
  (kind, key, from_day, body, applied_at)
values
  ($1, $2, $3, $4, $5)`)

// AddRules writes new rows. One that is there already is ErrConflict: a row never rewrites another.
func (tx *Tx) AddRules(ctx context.Context, rows []city.RuleRow, now time.Time) error {
	for _, r := range rows {
		_, err := tx.exec(ctx, qInsertRule, r.Kind, r.Key, r.From.String(), r.Body, micros(now))
		if err != nil {
			return fmt.Errorf("insert rule %s %s: %w", r.Kind, r.Key, err)
		}
	}
	return nil
}

// DataKey is a key that seals an import's fields, itself sealed to the office's public key.
type DataKey struct {
	ID     string
	Sealed []byte
}

var qDataKey = query("data key", `
select id, sealed
from data_key
where id = $1`)

// DataKey reads a sealed data key, or ErrNotFound.
func (tx *Tx) DataKey(ctx context.Context, id string) (DataKey, error) {
	var k DataKey
	err := tx.row(ctx, qDataKey, id).Scan(&k.ID, &k.Sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return k, fmt.Errorf("data key: %w", ErrNotFound)
	}
	if err != nil {
		return k, fmt.Errorf("read data key: %w", err)
	}
	return k, nil
}

var qInsertDataKey = query("insert data key", `
insert into data_key
  (id, sealed, created_at)
values
  ($1, $2, $3)
on conflict (id) do nothing`)

// AddDataKey writes a sealed data key; one that is there already is left alone.
func (tx *Tx) AddDataKey(ctx context.Context, k DataKey, now time.Time) error {
	_, err := tx.exec(ctx, qInsertDataKey, k.ID, k.Sealed, micros(now))
	if err != nil {
		return fmt.Errorf("insert data key: %w", err)
	}
	return nil
}
