package settle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ident"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// ReturnedLeaf is what the log is told of a cheque that came back.
type ReturnedLeaf struct {
	Returned string `json:"returned"`
	Attempt  string `json:"attempt"`
	Amount   int64  `json:"amount_minor"`
	Reason   string `json:"reason"`
	InHand   bool   `json:"in_hand"`
	Charge   string `json:"charge"`
	Who      string `json:"who"`
}

// ReturnAsk is what is said of a cheque that came back.
type ReturnAsk struct {
	Number string    // of the cheque
	Reason string    // of payment.ReturnReasons
	Day    city.Date // on which it came back
	By     string    // "": the bank's own line says so
}

// Return is what became of a payment whose cheque came back.
type Return struct {
	payment.ReturnedCheque
	Charge  payment.Charge // zero: the city makes none
	Tickets []ticket.ID    // that are owed again
	Left    money.Amount   // of what was handed over beside the cheque: it is the payer's
}

// ReturnCheque takes a payment back because a cheque of it came back: a person says so, before the bank's line tells it
// or beside it. Everything that it paid is owed again.
func (d *Deposits) ReturnCheque(ctx context.Context, id payment.AttemptID, ask ReturnAsk, apply bool) (Return, error) {
	var r Return
	err := d.write(ctx, fault.ReturnCheque, apply, func(ctx context.Context, tx *store.Tx) (err error) {
		if !payment.StaffName(ask.By) {
			return &payment.ReturnRefusal{Reason: payment.RefusedWho}
		}
		if r, err = d.returnIn(ctx, tx, id, ask, "", d.Now()); err != nil {
			return err
		}
		_, err = d.matchCounterIn(ctx, tx) // the bank may have been quicker
		return err
	})
	if err != nil {
		return Return{}, err
	}
	return r, nil
}

// returnIn is ReturnCheque in a transaction. First the attempt is locked, then its tickets. line is the bank's own, ""
// while it has shown none.
func (d *Deposits) returnIn(ctx context.Context, tx *store.Tx, id payment.AttemptID, ask ReturnAsk, line string, now time.Time) (Return, error) {
	a, err := tx.LockAttempt(ctx, id)
	if err != nil {
		return Return{}, err
	}
	standing, tickets, err := standingOf(ctx, tx, a, true)
	if err != nil {
		return Return{}, err
	}
	t, no := payment.ReturnCheque(standing, ask.Number, ask.Reason, ask.Day, city.DateOf(now, d.City.Zone))
	if no != nil {
		return Return{}, no
	}
	if err := stillItsOwn(ctx, tx, a); err != nil {
		return Return{}, err
	}
	deposit, err := tx.DepositOfBatch(ctx, t.Batch)
	if err != nil {
		return Return{}, err
	}
	amount, err := t.Kept()
	if err != nil {
		return Return{}, err
	}
	r := Return{ReturnedCheque: payment.ReturnedCheque{
		ID: payment.ReturnedID(ident.New("ret")), Tender: t.ID, Attempt: id, Amount: amount, Reason: ask.Reason, ReceivedOn: t.ReceivedOn,
		ReturnedOn: ask.Day, InHand: deposit == "", By: ask.By, At: now, BankLine: line, Version: 1,
	}}
	if r.Tickets, err = d.owedAgainIn(ctx, tx, a, r.ReturnedCheque, tickets, now); err != nil {
		return Return{}, err
	}
	if r.Left, err = d.postReturn(ctx, tx, a, r.ReturnedCheque, standing.Tenders, now); err != nil {
		return Return{}, err
	}
	if err := d.mover.endedIn(ctx, tx, a.ID, tickets, "its cheque came back", now); err != nil {
		return Return{}, err
	}
	if err := tx.MoveTender(ctx, &t, payment.TenderCameBack, now, ask.By, ask.Reason); err != nil {
		return Return{}, err
	}
	a.Reason = "cheque_returned"
	if err := d.mover.moveIn(ctx, tx, &a, payment.ItemReturned, ask.Reason, now); err != nil {
		return Return{}, err
	}
	if err := tx.InsertReturned(ctx, r.ReturnedCheque, slices.Sorted(maps.Keys(tickets))); err != nil {
		return Return{}, err
	}
	if len(tickets) == 0 { // its item is in the queue
		if err := itemTakenBack(ctx, tx, id, ask.By, now); err != nil {
			return Return{}, err
		}
		return r, returnedLeaf(ctx, tx, a, r, now)
	}
	if r.Charge, err = d.chargeIn(ctx, tx, r.ReturnedCheque, now); err != nil {
		return Return{}, err
	}
	note := fmt.Sprintf("%s, cheque of %s received on %s", ask.Reason, amount, t.ReceivedOn)
	if err := Raise(ctx, tx, payment.ExceptionReturned, string(r.ID), amount, note, now); err != nil {
		return Return{}, err
	}
	return r, returnedLeaf(ctx, tx, a, r, now)
}

// stillItsOwn wants an attempt's money to be at the tickets to which its capture put it. Where a person has moved it
// since, a person moves it back first.
func stillItsOwn(ctx context.Context, tx *store.Tx, a payment.Attempt) error {
	had, err := tx.Allocations(ctx, a.ID)
	if err != nil {
		return err
	}
	capture, err := tx.PostingsOfEntry(ctx, "capture-"+a.ID.Ref())
	if err != nil {
		return err
	}
	for _, al := range had {
		if !slices.ContainsFunc(capture, func(p ledger.Posting) bool { return p.Ticket == al.Ticket }) {
			return &payment.ReturnRefusal{Reason: payment.RefusedReturnMoved}
		}
	}
	return nil
}

// owedAgainIn makes the tickets of a payment owed again, what it paid in part too: all but those that were ended since.
func (d *Deposits) owedAgainIn(ctx context.Context, tx *store.Tx, a payment.Attempt, r payment.ReturnedCheque, tickets map[ticket.ID]payment.Candidate, now time.Time) ([]ticket.ID, error) {
	if err := d.mover.giveTicketsBack(ctx, tx, a.ID, tickets, "cheque returned", now); err != nil {
		return nil, err
	}
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(tickets)), func(id ticket.ID) bool { return tickets[id].Ticket.State.Gone() })
	for _, id := range ids {
		if d.Counter.NSFTier != city.NSFReceived {
			break
		}
		if err := d.giveDaysBack(ctx, tx, id, r, now); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// giveDaysBack keeps the days between a cheque's receipt and its return from counting: the ticket has the price again
// that it had when the cheque came.
func (d *Deposits) giveDaysBack(ctx context.Context, tx *store.Tx, id ticket.ID, r payment.ReturnedCheque, now time.Time) error {
	if err := tx.AddTicketEvent(ctx, id, ticket.ChequeFrom, r.ReceivedOn.Start(d.City.Zone), now, "cheque received"); err != nil {
		return err
	}
	return tx.AddTicketEvent(ctx, id, ticket.ChequeUntil, r.ReturnedOn.Start(d.City.Zone), now, "cheque returned")
}

// postReturn posts a payment the other way round. A cheque that was deposited is owed to the bank until its line shows.
// What was handed over beside it is an unallocated receipt of the same attempt, and is given back like one.
func (d *Deposits) postReturn(ctx context.Context, tx *store.Tx, a payment.Attempt, r payment.ReturnedCheque, tenders []payment.Tender, now time.Time) (left money.Amount, err error) {
	cheque := ledger.Handed{Was: ledger.UndepositedCheques, Is: ledger.InTransitDeposit, Amount: r.Amount}
	if r.InHand {
		cheque.Is = cheque.Was
	}
	capture, err := tx.PostingsOfEntry(ctx, "capture-"+a.ID.Ref())
	if err != nil {
		return left, err
	}
	effective, err := tx.OpenInstant(ctx, now)
	if err != nil {
		return left, err
	}
	err = tx.AddEntry(ctx, ledger.Entry{
		ID: string(ledger.ChequeReturned) + "-" + string(r.ID), Kind: ledger.ChequeReturned, Ref: string(r.ID), Entered: now, Effective: effective, Postings: ledger.ForReturnedCheque(capture, cheque),
	})
	if err != nil {
		return left, err
	}
	return d.postKept(ctx, tx, a, r, tenders, effective, now)
}

// postKept makes what was handed over beside a returned cheque an unallocated receipt of the same attempt, and takes
// back what was one before: it may have been the cheque's.
func (d *Deposits) postKept(ctx context.Context, tx *store.Tx, a payment.Attempt, r payment.ReturnedCheque, tenders []payment.Tender, effective, now time.Time) (left money.Amount, err error) {
	ref := a.ID.Ref()
	over, err := tx.PostingsOfEntry(ctx, "unallocated-"+ref)
	if err != nil {
		return left, err
	}
	e := ledger.Entry{ID: "kept-" + ref, Kind: ledger.UnallocatedKept, Ref: string(a.ID), Entered: now, Effective: effective, Postings: ledger.Reverse(over)}
	for _, t := range tenders {
		if t.ID == r.Tender || t.State != payment.TenderStands {
			continue
		}
		sum, err := t.Kept()
		if err != nil {
			return left, err
		}
		if left, err = left.Add(sum); err != nil {
			return left, err
		}
		e.Postings = append(e.Postings, ledger.ForExcess(t.Kind.Account(), sum)...)
	}
	if len(e.Postings) > 0 {
		if err := tx.AddEntry(ctx, e); err != nil {
			return left, err
		}
	}
	if err := Settled(ctx, tx, payment.ExceptionOverpaid, ref, "its cheque came back", "", now); err != nil || left.IsZero() {
		return left, err
	}
	return left, Raise(ctx, tx, payment.ExceptionUnallocated, ref, left, "handed over beside a cheque that came back", now)
}

func returnedLeaf(ctx context.Context, tx *store.Tx, a payment.Attempt, r Return, now time.Time) error {
	return tx.Tell(ctx, "returned_cheque", now, ReturnedLeaf{
		Returned: string(r.ID), Attempt: a.ID.Ref(), Amount: r.Amount.Minor(), Reason: r.Reason, InHand: r.InHand, Charge: string(r.Charge.ID), Who: r.By,
	})
}
