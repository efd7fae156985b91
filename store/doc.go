// Package store is all SQL, one text for SQLite and PostgreSQL.
//
// The portable subset: $N placeholders in ascending first use; insert … on conflict; returning; no
// now() (time is always a parameter, microseconds UTC); money in minor units; ids as text; no
// booleans beyond 0 and 1 and nullable times; JSON only as opaque text; no arrays, no NOTIFY.
// What differs between the two stands in dialect.go and nowhere else.
//
// Invariants:
//   - a change and the leaf that tells of it are one transaction;
//   - posting, ledger_entry, leaf, attempt_event, ticket_event, refund_part, refund_event, refund_word, refund_terminal,
//     requisition, requisition_item, dispute_event, processor_line, settlement_day, drawer_event, drawer_count,
//     batch_event, tender_event, counter_entry, deposit_batch, deposit_event, returned_ticket, charge_event, item_event,
//     ledger_export, write_off, year_lock, ticket_note and ticket_book_number are append-only, by triggers;
//   - a line of the bank is kept once, by a keyed digest of its content; its text only where it is of our
//     own money, and of a returned cheque the number;
//   - a ticket has at most one live allocation, by a unique index;
//   - who has asked for a refund has not approved it, by a constraint, and no more is given back or under
//     way than was taken, by a sum in the transaction that has locked the attempt;
//   - who checks a drawer at its close is not who closes it, and a batch of the mail is closed at the total that
//     two people announced, by constraints;
//   - a plate stands only as keyed indexes and sealed; an e-mail address and the payee of a cheque only sealed, and a
//     payee that is erased stands nowhere in SQLite's file;
//   - a cheque is asked for on one requisition, and its number is one refund's, by keys.
//
// One who controls the database can stop the city, and can mark tickets; he cannot read a plate or
// an address, and what he changes no longer agrees with the processor and the log.
package store

import (
	"errors"
)

// The kinds of error. Everything that the store returns wraps one of these or is a fault.
var (
	ErrNotFound      = errors.New("not found")
	ErrConflict      = errors.New("changed by somebody else, or there already")
	ErrRule          = errors.New("refused by a rule of the store")
	ErrBusy          = errors.New("database busy")
	ErrFull          = errors.New("database can't be written: disk full or read-only")
	ErrCommitUnknown = errors.New("the answer to a commit was lost: read by key before trying again")
	ErrSchema        = errors.New("schema does not fit this program")
)
