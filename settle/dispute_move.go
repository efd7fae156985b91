package settle

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"fundy/fault"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// DisputeEventOf is what a reading means.
func DisputeEventOf(snap processor.Dispute) payment.DisputeEvent {
	switch snap.State {
	case processor.DisputeInquiry:
		return payment.BankAsks
	case processor.DisputeInquiryAnswered:
		return payment.InquiryAnswered
	case processor.DisputeInquiryClosed:
		return payment.InquiryEnded
	case processor.DisputeOpen:
		return payment.BankTakes
	case processor.DisputeAnswered:
		return payment.CityAnswers
	case processor.DisputeWon:
		return payment.BankReturns
	case processor.DisputeLost:
		if snap.Answers == 0 {
			return payment.NobodyAnswered
		}
		return payment.BankKeeps
	case processor.DisputePrevented:
		if snap.Taken == snap.Returned {
			return payment.DisputeDropped
		}
	}
	return payment.DisputeMisfit
}

// errTooEarly is a dispute of a payment whose capture we are still at: nothing is entered yet.
var errTooEarly = errors.New("its payment is not known to be taken yet")

// applyDispute moves a chargeback to where a reading says that it is, or begins one. What is known already changes
// nothing. known is the version that it had when the processor was asked, 0 where we did not know it: a reading that
// another one has overtaken is believed in nothing, since a chargeback can be won and lost again.
func (s *Settler) applyDispute(ctx context.Context, snap processor.Dispute, known int64) error {
	err := s.Store.Write(context.WithoutCancel(ctx), fault.ApplyDispute, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockSettlement(ctx); err != nil { // no day closes meanwhile
			return err
		}
		if err := tx.LockDisputes(ctx); err != nil {
			return err
		}
		now := s.Now()
		d, err := tx.Dispute(ctx, payment.DisputeID(snap.Dispute))
		if errors.Is(err, store.ErrNotFound) {
			return s.newDisputeIn(ctx, tx, snap, now)
		}
		if err != nil || d.Version != known {
			return err
		}
		return s.readDisputeIn(ctx, tx, d, snap, now)
	})
	if err != nil {
		return fmt.Errorf("apply dispute %s: %w", snap.Dispute, err)
	}
	return nil
}

// newDisputeIn begins a chargeback. One of no payment of ours stops, and its money is unknown until a person explains
// it.
func (s *Settler) newDisputeIn(ctx context.Context, tx *store.Tx, snap processor.Dispute, now time.Time) error {
	d := payment.Dispute{
		ID: payment.DisputeID(snap.Dispute), State: payment.DisputeNew, Amount: snap.Amount, Reason: snap.Reason, OpenedAt: snap.OpenedAt,
	}
	id, err := tx.AttemptAtProcessor(ctx, snap.Payment, snap.Charge)
	if errors.Is(err, store.ErrNotFound) {
		d.Why = "not_ours"
		return s.seeDisputeIn(ctx, tx, &d, payment.Attempt{}, snap, payment.DisputeMisfit, now)
	}
	if err != nil {
		return err
	}
	a, err := tx.LockAttempt(ctx, id)
	if err != nil {
		return err
	}
	taken, _, _, err := tx.TakenOf(ctx, id)
	if err != nil {
		return err
	}
	if taken.IsZero() && !a.State.Final() && a.State != payment.Stopped {
		return errTooEarly
	}
	d.Attempt = id
	event := DisputeEventOf(snap)
	if !s.fitsDispute(taken, snap) {
		event = payment.DisputeMisfit
	}
	if event == payment.DisputeMisfit {
		d.Why = "does_not_fit"
	}
	return s.seeDisputeIn(ctx, tx, &d, a, snap, event, now)
}

// readDisputeIn compares a reading with what is known of a chargeback.
func (s *Settler) readDisputeIn(ctx context.Context, tx *store.Tx, d payment.Dispute, snap processor.Dispute, now time.Time) error {
	if d.State == payment.DisputeStopped {
		return nil
	}
	a, err := tx.LockAttempt(ctx, d.Attempt)
	if err != nil {
		return err
	}
	taken, _, _, err := tx.TakenOf(ctx, d.Attempt)
	if err != nil {
		return err
	}
	event := DisputeEventOf(snap)
	if snap.Amount != d.Amount || !s.fitsDispute(taken, snap) {
		event = payment.DisputeMisfit
	}
	if event != d.Seen {
		return s.seeDisputeIn(ctx, tx, &d, a, snap, event, now)
	}
	d.Fee, d.DueAt, d.RefreshedAt, d.NextAt = snap.Fee, snap.DueBy, now, disputeLook(d, d.State, now)
	return tx.TouchDispute(ctx, d)
}

func (s *Settler) fitsDispute(taken money.Amount, snap processor.Dispute) bool {
	return payment.DisputeFits(taken, strings.ToLower(s.City.Currency), payment.DisputeReading{
		Amount: snap.Amount, Taken: snap.Taken, Returned: snap.Returned, Currency: snap.Currency,
	})
}

// seeDisputeIn takes over what a reading says, and moves the chargeback.
func (s *Settler) seeDisputeIn(ctx context.Context, tx *store.Tx, d *payment.Dispute, a payment.Attempt, snap processor.Dispute, event payment.DisputeEvent, now time.Time) error {
	d.Fee, d.DueAt, d.RefreshedAt = snap.Fee, snap.DueBy, now
	return s.moveDisputeIn(ctx, tx, d, a, event, now)
}

// DisputeLeaf is what the log is told of a chargeback's move.
type DisputeLeaf struct {
	Dispute string `json:"dispute"`
	Attempt string `json:"attempt"` // "" where it is of no payment of ours
	Amount  int64  `json:"amount_minor"`
	Version int64  `json:"version"`
	From    string `json:"from"`
	Event   string `json:"event"`
	To      string `json:"to"`
	End     string `json:"end"`
}

// moveDisputeIn moves a chargeback inside a transaction: its money, its state, the queue and the leaf that tells of
// it. An event that the table does not know is recorded and alarmed, once; the state stays, and a person looks.
func (s *Settler) moveDisputeIn(ctx context.Context, tx *store.Tx, d *payment.Dispute, a payment.Attempt, event payment.DisputeEvent, now time.Time) error {
	from := d.State
	line, no := payment.NextDispute(from, event)
	if no == nil {
		for _, move := range payment.DisputeMoves(from, line.To) {
			if err := s.disputeMoneyIn(ctx, tx, d, a, move, now); err != nil {
				return err
			}
		}
		d.ClosedAt = time.Time{}
		if line.To.Final() {
			d.ClosedAt = now
		}
	} else {
		line.To = from
	}
	d.Seen, d.NextAt = event, disputeLook(*d, line.To, now)
	line, err := tx.MoveDispute(ctx, d, event, now, d.Why)
	var unexpected payment.ErrDisputeUnexpected
	if errors.As(err, &unexpected) {
		s.Log.Error("settle: unexpected event of a chargeback", "alarm", "unexpected_event", "dispute", string(d.ID), "state", string(from), "event", string(event))
	} else if err != nil {
		return err
	}
	if line.Forced || line.To == payment.DisputeStopped || line.To == payment.DisputeAccepted {
		s.Log.Error("settle: chargeback needs a person", "alarm", "dispute_"+string(line.To), "dispute", string(d.ID), "why", d.Why)
	}
	if err := disputeQueueIn(ctx, tx, *d, a, line, unexpected.Event != "", now); err != nil {
		return err
	}
	return disputeLeaf(ctx, tx, *d, line, now)
}

func disputeLeaf(ctx context.Context, tx *store.Tx, d payment.Dispute, line payment.DisputeLine, now time.Time) error {
	about := ""
	if d.Attempt != "" {
		about = d.Attempt.Ref()
	}
	return tx.Tell(ctx, "dispute", now, DisputeLeaf{
		Dispute: string(d.ID), Attempt: about, Amount: d.Amount.Minor(), Version: d.Version, From: string(line.From), Event: string(line.Event),
		To: string(line.To), End: string(d.End),
	})
}

// disputeQueueIn puts a chargeback that waits for an answer into the queue, with the day until which it can be
// answered, and takes one out that is answered or ended. What a person has to decide then stands there by itself.
func disputeQueueIn(ctx context.Context, tx *store.Tx, d payment.Dispute, a payment.Attempt, line payment.DisputeLine, unexpected bool, now time.Time) error {
	ref := string(d.ID)
	switch {
	case unexpected:
		return RaiseDue(ctx, tx, payment.ExceptionChargeback, ref, d.Amount, "the processor says something that does not follow: "+string(line.Event), d.DueAt, now)
	case line.To == payment.DisputeInquiry || line.To == payment.DisputeOpen:
		return RaiseDue(ctx, tx, payment.ExceptionChargeback, ref, d.Amount, d.Reason, d.DueAt, now)
	case line.To == payment.DisputeStopped:
		return RaiseDue(ctx, tx, payment.ExceptionChargeback, ref, d.Amount, d.Why, d.DueAt, now)
	}
	outcome := string(line.To)
	if d.End != "" {
		outcome += ", " + string(d.End)
	}
	err := Settled(ctx, tx, payment.ExceptionChargeback, ref, outcome, "", now)
	if err != nil || line.To.Money() != payment.MoneyLost {
		return err
	}
	switch d.End {
	case payment.EndPerson:
		return Raise(ctx, tx, payment.ExceptionTicket, ref, d.Amount, "the chargeback is lost, and its debt is not owed again: "+d.Why, now)
	case payment.EndPayers:
		return ownedIn(ctx, tx, nil, a, now)
	}
	return nil
}

// disputeMoneyIn posts a movement of a chargeback's money.
func (s *Settler) disputeMoneyIn(ctx context.Context, tx *store.Tx, d *payment.Dispute, a payment.Attempt, move payment.DisputeMove, now time.Time) error {
	switch move {
	case payment.MoveHold:
		at := now
		if d.Version == 0 {
			at = d.OpenedAt // the day of the processor's own line
		}
		return s.postDispute(ctx, tx, d, ledger.DisputeHeld, at, now, ledger.ForDisputeHeld(d.Amount))
	case payment.MoveReturn:
		return s.postDispute(ctx, tx, d, ledger.DisputeReturned, now, now, ledger.ForDisputeReturned(d.Amount))
	case payment.MoveRegain:
		return s.regainIn(ctx, tx, d, now)
	}
	return s.loseIn(ctx, tx, d, a, now)
}

// postDispute enters one movement. Its key is the chargeback and the version that the move makes.
func (s *Settler) postDispute(ctx context.Context, tx *store.Tx, d *payment.Dispute, kind ledger.Kind, at, now time.Time, postings []ledger.Posting) error {
	effective, err := tx.OpenInstant(ctx, at)
	if err != nil {
		return err
	}
	ref := fmt.Sprintf("%s.%d", d.ID, d.Version+1)
	return tx.AddEntry(ctx, ledger.Entry{ID: string(kind) + "-" + ref, Kind: kind, Ref: ref, Entered: now, Effective: effective, Postings: postings})
}
