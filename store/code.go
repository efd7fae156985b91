package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/payment"
	"fundy/ticket"
)

var qInsertCode = query("insert phone code", `
insert into phone_code
  (id, mac, language, made_at, made_by, until_at)
values
  ($1, $2, $3, $4, $5, $6)`)

var qInsertCodeTicket = query("insert phone code ticket", `
insert into phone_code_ticket
  (code_id, place, ticket_id)
values
  ($1, $2, $3)`)

// AddCode writes a one-time code with its tickets. Digits that another code has, or had, are ErrConflict.
func (tx *Tx) AddCode(ctx context.Context, c payment.Code) error {
	_, err := tx.exec(ctx, qInsertCode, c.ID, c.MAC, c.Language, micros(c.MadeAt), c.MadeBy, micros(c.Until))
	if err != nil {
		return fmt.Errorf("insert code: %w", err)
	}
	for i, id := range c.Tickets {
		if _, err := tx.exec(ctx, qInsertCodeTicket, c.ID, i, string(id)); err != nil {
			return fmt.Errorf("insert code's ticket: %w", err)
		}
	}
	return nil
}

var qCode = query("phone code", `
select id, mac, language, made_at, made_by, until_at, opened_at, used_at, payment_id, ended_at, mailed_at
from phone_code
where id = $1`)

var qCodeByMAC = query("phone code by mac", `
select id, mac, language, made_at, made_by, until_at, opened_at, used_at, payment_id, ended_at, mailed_at
from phone_code
where mac = $1`)

// Code reads a code by its id, or ErrNotFound.
func (tx *Tx) Code(ctx context.Context, id string) (payment.Code, error) {
	return tx.code(ctx, tx.row(ctx, qCode, id))
}

// LockCode reads a code for a change of it, or ErrNotFound.
func (tx *Tx) LockCode(ctx context.Context, id string) (payment.Code, error) {
	return tx.code(ctx, tx.row(ctx, qCode+tx.lockSuffix(), id))
}

// CodeByMAC reads a code by the HMAC of its digits, or ErrNotFound.
func (tx *Tx) CodeByMAC(ctx context.Context, mac []byte) (payment.Code, error) {
	return tx.code(ctx, tx.row(ctx, qCodeByMAC, mac))
}

var qCodeTickets = query("phone code tickets", `
select ticket_id
from phone_code_ticket
where code_id = $1
order by place`)

func (tx *Tx) code(ctx context.Context, row scanner) (payment.Code, error) {
	var c payment.Code
	var made, until int64
	var opened, used, ended, mailed sql.NullInt64
	var paid sql.NullString
	err := row.Scan(&c.ID, &c.MAC, &c.Language, &made, &c.MadeBy, &until, &opened, &used, &paid, &ended, &mailed)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("code: %w", ErrNotFound)
	}
	if err != nil {
		return c, fmt.Errorf("read code: %w", err)
	}
	c.MadeAt, c.Until, c.OpenedAt = fromMicros(made), fromMicros(until), fromNull(opened)
	c.UsedAt, c.EndedAt, c.MailedAt, c.Payment = fromNull(used), fromNull(ended), fromNull(mailed), payment.ID(paid.String)
	c.Tickets, err = column[ticket.ID](ctx, tx, qCodeTickets, c.ID)
	return c, err
}

var qCodesMade = query("phone codes made", `
select count(*)
from phone_code
where made_by = $1
  and made_at > $2`)

// CodesMade counts the codes that a person has made after since.
func (tx *Tx) CodesMade(ctx context.Context, by string, since time.Time) (n int, err error) {
	if err := tx.row(ctx, qCodesMade, by, micros(since)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count codes: %w", err)
	}
	return n, nil
}

var qOpenCode = query("open phone code", `
update phone_code
set opened_at = $1
where id = $2
  and opened_at is null`)

// OpenCode records when a code was first typed; first is false for every later time.
func (tx *Tx) OpenCode(ctx context.Context, id string, at time.Time) (first bool, err error) {
	n, err := tx.exec(ctx, qOpenCode, micros(at), id)
	if err != nil {
		return false, fmt.Errorf("open code: %w", err)
	}
	return n == 1, nil
}

var qUseCode = query("use phone code", `
update phone_code
set used_at = $1, payment_id = $2, opened_at = coalesce(opened_at, $3)
where id = $4
  and used_at is null
  and ended_at is null`)

// UseCode uses a code up for a payment. One that is used or ended is ErrConflict.
func (tx *Tx) UseCode(ctx context.Context, id string, p payment.ID, at time.Time) error {
	if err := tx.one(ctx, qUseCode, micros(at), string(p), micros(at), id); err != nil {
		return fmt.Errorf("use code: %w", err)
	}
	return nil
}

var qEndCode = query("end phone code", `
update phone_code
set ended_at = $1
where id = $2
  and used_at is null
  and ended_at is null`)

// EndCode ends a code that nobody has used; ended is false for one that is used or ended already.
func (tx *Tx) EndCode(ctx context.Context, id string, at time.Time) (ended bool, err error) {
	n, err := tx.exec(ctx, qEndCode, micros(at), id)
	if err != nil {
		return false, fmt.Errorf("end code: %w", err)
	}
	return n == 1, nil
}

var qMailCode = query("mail phone code", `
update phone_code
set mailed_at = $1
where id = $2`)

// MailCode records when the sending of a code by e-mail was asked for.
func (tx *Tx) MailCode(ctx context.Context, id string, at time.Time) error {
	if err := tx.one(ctx, qMailCode, micros(at), id); err != nil {
		return fmt.Errorf("mail code: %w", err)
	}
	return nil
}

var qMessageState = query("mail message state", `
select state
from mail_message
where ref = $1
  and kind = $2
order by made_at desc
limit 1`)

// MessageStateOf is how the newest message of a kind about an attempt stands, or "" where there is none.
func (tx *Tx) MessageStateOf(ctx context.Context, ref, kind string) (payment.MessageState, error) {
	var state payment.MessageState
	err := tx.row(ctx, qMessageState, ref, kind).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read message: %w", err)
	}
	return state, nil
}
