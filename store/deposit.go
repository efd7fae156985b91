package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
)

var qInsertDeposit = query("insert deposit", `
insert into deposit
  (id, kind, account, day, reference, state, amount_minor, entered_minor, back_minor, made_by, made_at, bank_line_id, fee_minor, short_minor, accepted_by, version)
values
  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, null, 0, 0, '', 1)`)

var qInsertDepositBatch = query("insert deposit batch", `
insert into deposit_batch
  (batch_id, deposit_id, amount_minor)
values
  ($1, $2, $3)`)

var qInsertDepositEvent = query("insert deposit event", `
insert into deposit_event
  (deposit_id, version, at, from_state, event, to_state, who, note)
values
  ($1, $2, $3, $4, $5, $6, $7, $8)`)

// OnSlip is a batch that is in a deposit.
type OnSlip struct {
	Batch  payment.BatchID
	Amount money.Amount
}

// InsertDeposit writes a deposit with its batches. A batch that is in another already, or a
// slip of that reference and day, is ErrConflict.
func (tx *Tx) InsertDeposit(ctx context.Context, s *payout.Slip, batches []OnSlip) error {
	line, err := payout.NextSlip(payout.SlipNew, payout.SlipWritten)
	if err != nil {
		return err
	}
	s.State, s.Version = line.To, 1
	_, err = tx.exec(ctx, qInsertDeposit, s.ID, string(s.Kind), s.Account, s.Day.String(), s.Reference, string(s.State), s.Amount.Minor(), s.Entered.Minor(), s.Back.Minor(), s.By,
		micros(s.MadeAt))
	if err != nil {
		return fmt.Errorf("insert deposit: %w", err)
	}
	for _, b := range batches {
		if _, err := tx.exec(ctx, qInsertDepositBatch, string(b.Batch), s.ID, b.Amount.Minor()); err != nil {
			return fmt.Errorf("insert deposit batch: %w", err)
		}
	}
	_, err = tx.exec(ctx, qInsertDepositEvent, s.ID, 1, micros(s.MadeAt), string(line.From), string(line.Event), string(line.To), s.By, "")
	if err != nil {
		return fmt.Errorf("insert deposit event: %w", err)
	}
	return nil
}

var qDeposit = query("deposit", `
select d.id, d.kind, d.account, d.day, d.reference, d.state, d.amount_minor, d.entered_minor, d.back_minor, d.made_by, d.made_at, d.version, coalesce(b.value_day, ''), d.fee_minor, d.short_minor
from deposit d
left join bank_line b on b.id = d.bank_line_id
where d.id = $1`)

var qLockDeposit = query("lock deposit", `
select id
from deposit
where id = $1`)

var qDeposits = query("deposits", `
select d.id, d.kind, d.account, d.day, d.reference, d.state, d.amount_minor, d.entered_minor, d.back_minor, d.made_by, d.made_at, d.version, coalesce(b.value_day, ''), d.fee_minor, d.short_minor
from deposit d
left join bank_line b on b.id = d.bank_line_id
where d.state <> 'banked'
   or d.day >= $1
order by d.day, d.made_at, d.id`)

// Deposit reads a deposit, or ErrNotFound.
func (tx *Tx) Deposit(ctx context.Context, id string) (payout.Slip, error) {
	return scanDeposit(tx.row(ctx, qDeposit, id))
}

// LockDeposit reads a deposit for a change of it.
func (tx *Tx) LockDeposit(ctx context.Context, id string) (payout.Slip, error) {
	var locked string
	err := tx.row(ctx, qLockDeposit+tx.lockSuffix(), id).Scan(&locked)
	if errors.Is(err, sql.ErrNoRows) {
		return payout.Slip{}, fmt.Errorf("deposit: %w", ErrNotFound)
	}
	if err != nil {
		return payout.Slip{}, fmt.Errorf("lock deposit: %w", err)
	}
	return tx.Deposit(ctx, id)
}

var qTerminalBack = query("given back on terminals", `
select
  (select coalesce(cast(sum(r.amount_minor) as bigint), 0)
   from refund_terminal rt
   join refund r on r.id = rt.refund_id),
  (select coalesce(cast(sum(back_minor) as bigint), 0)
   from deposit)`)

// TerminalBack is what was given back on the city's terminals and is in no report of theirs yet.
func (tx *Tx) TerminalBack(ctx context.Context) (money.Amount, error) {
	var given, reported int64
	if err := tx.sum(ctx, qTerminalBack).Scan(&given, &reported); err != nil {
		return money.Zero, fmt.Errorf("sum given back on terminals: %w", err)
	}
	return money.FromMinor(given).Sub(money.FromMinor(reported))
}

// Deposits lists the deposits of since or a later day, and those of days before that the bank has not shown.
func (tx *Tx) Deposits(ctx context.Context, since city.Date) ([]payout.Slip, error) {
	rows, err := tx.rows(ctx, qDeposits, since.String())
	if err != nil {
		return nil, fmt.Errorf("read deposits: %w", err)
	}
	defer rows.Close()
	var all []payout.Slip
	for rows.Next() {
		s, err := scanDeposit(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

func scanDeposit(row scanner) (payout.Slip, error) {
	var s payout.Slip
	var amount, entered, back, made, fee, short int64
	var day, banked string
	err := row.Scan(&s.ID, &s.Kind, &s.Account, &day, &s.Reference, &s.State, &amount, &entered, &back, &s.By, &made, &s.Version, &banked, &fee, &short)
	if errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("deposit: %w", ErrNotFound)
	}
	if err = errors.Join(err, dayInto(&s.Day, day), dayInto(&s.BankedOn, banked)); err != nil {
		return s, fmt.Errorf("read deposit: %w", err)
	}
	s.Amount, s.Entered, s.Back = money.FromMinor(amount), money.FromMinor(entered), money.FromMinor(back)
	s.MadeAt, s.Fee, s.Short = fromMicros(made), money.FromMinor(fee), money.FromMinor(short)
	return s, nil
}

var qMoveDeposit = query("move deposit", `
update deposit
set state = $1, bank_line_id = $2, fee_minor = $3, short_minor = $4, accepted_by = $5, version = version + 1
where id = $6
  and version = $7`)

// MoveDeposit moves a deposit along its table and writes its history line. line is the bank's line that it is, once
// it has one; accepted who has said so where the amounts differ.
func (tx *Tx) MoveDeposit(ctx context.Context, s *payout.Slip, event payout.SlipEvent, bankLine, accepted, who, note string, at time.Time) error {
	line, err := payout.NextSlip(s.State, event)
	if err != nil {
		return err
	}
	err = tx.one(ctx, qMoveDeposit, string(line.To), nullText(bankLine), s.Fee.Minor(), s.Short.Minor(), accepted, s.ID, s.Version)
	if err != nil {
		return fmt.Errorf("move deposit: %w", err)
	}
	s.State = line.To
	s.Version++
	_, err = tx.exec(ctx, qInsertDepositEvent, s.ID, s.Version, micros(at), string(line.From), string(event), string(line.To), who, note)
	if err != nil {
		return fmt.Errorf("insert deposit event: %w", err)
	}
	return nil
}

var qBatchesOfDeposit = query("batches of deposit", `
select batch_id
from deposit_batch
where deposit_id = $1
order by batch_id`)

// BatchesOfDeposit lists the batches that are in a deposit.
func (tx *Tx) BatchesOfDeposit(ctx context.Context, id string) ([]payment.BatchID, error) {
	return column[payment.BatchID](ctx, tx, qBatchesOfDeposit, id)
}

var qAttemptsOfDeposit = query("attempts of deposit", `
select distinct t.attempt_id
from deposit_batch db
join tender t on t.batch_id = db.batch_id
where db.deposit_id = $1
  and t.state = 'taken'
order by t.attempt_id`)

// AttemptsOfDeposit lists the attempts of which something is in a deposit.
func (tx *Tx) AttemptsOfDeposit(ctx context.Context, id string) ([]payment.AttemptID, error) {
	return column[payment.AttemptID](ctx, tx, qAttemptsOfDeposit, id)
}

var qAttemptsOfBatch = query("attempts of batch", `
select distinct attempt_id
from tender
where batch_id = $1
  and state = 'taken'
order by attempt_id`)

// AttemptsOfBatch lists the attempts of which something is in a batch.
func (tx *Tx) AttemptsOfBatch(ctx context.Context, id payment.BatchID) ([]payment.AttemptID, error) {
	return column[payment.AttemptID](ctx, tx, qAttemptsOfBatch, string(id))
}

var qTendersOutside = query("tenders outside deposits", `
select
  coalesce(cast(sum(case when d.id is null then 1 else 0 end) as bigint), 0),
  coalesce(cast(sum(case when d.id is null or d.state <> 'banked' then 1 else 0 end) as bigint), 0)
from tender t
left join deposit_batch db on db.batch_id = t.batch_id
left join deposit d on d.id = db.deposit_id
where t.attempt_id = $1
  and t.state = 'taken'`)

// TendersOutside counts an attempt's tenders that are in no deposit, and those that the bank has not shown.
func (tx *Tx) TendersOutside(ctx context.Context, id payment.AttemptID) (undeposited, unbanked int, err error) {
	if err := tx.row(ctx, qTendersOutside, string(id)).Scan(&undeposited, &unbanked); err != nil {
		return 0, 0, fmt.Errorf("count tenders in deposits: %w", err)
	}
	return undeposited, unbanked, nil
}

var qDepositOfBatch = query("deposit of batch", `
select deposit_id
from deposit_batch
where batch_id = $1`)

// DepositOfBatch is the deposit that a batch is in; "" for none.
func (tx *Tx) DepositOfBatch(ctx context.Context, id payment.BatchID) (string, error) {
	all, err := column[string](ctx, tx, qDepositOfBatch, string(id))
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0], nil
}

var qOnSlip = query("money of batch", `
select t.kind, cast(sum(t.tendered_minor - t.change_minor) as bigint), count(*)
from tender t
where t.batch_id = $1
  and t.state = 'taken'
group by t.kind
order by t.kind`)

// MoneyOfBatch is what of a batch's tenders is here, by their kind, and how many they are.
func (tx *Tx) MoneyOfBatch(ctx context.Context, id payment.BatchID) (map[payment.TenderKind]money.Amount, int, error) {
	rows, err := tx.rows(ctx, qOnSlip, string(id))
	if err != nil {
		return nil, 0, fmt.Errorf("add batch up: %w", err)
	}
	defer rows.Close()
	all, count := map[payment.TenderKind]money.Amount{}, 0
	for rows.Next() {
		var kind payment.TenderKind
		var amount int64
		var n int
		if err := rows.Scan(&kind, &amount, &n); err != nil {
			return nil, 0, fmt.Errorf("add batch up: %w", err)
		}
		all[kind], count = money.FromMinor(amount), count+n
	}
	return all, count, rows.Err()
}

var qOverShortOf = query("over or short of batch", `
select coalesce(s.over_short_minor, 0)
from batch b
join drawer_session s on s.id = b.session_id
where b.id = $1
  and b.kind = 'cash'`)

// OverShortOf is what was over (or short: negative) in the drawer of a batch of cash; nothing for another.
func (tx *Tx) OverShortOf(ctx context.Context, id payment.BatchID) (money.Amount, error) {
	var amount int64
	err := tx.row(ctx, qOverShortOf, string(id)).Scan(&amount)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return money.Zero, fmt.Errorf("read what was over or short: %w", err)
	}
	return money.FromMinor(amount), nil
}
