package stripe

import (
	"context"
	"slices"
	"time"

	stripego "github.com/stripe/stripe-go/v85"

	"fundy/money"
	"fundy/processor"
)

// disputesMost bounds what is listed at once: more is an error, never half a list.
const disputesMost = 5_000

// Disputes lists the disputes opened at or after since, oldest first. They are read, and not told of by events:
// the bodies of those carry the payer's name, e-mail and address.
func (a *Adapter) Disputes(ctx context.Context, since time.Time) ([]processor.Dispute, error) {
	const op = "list disputes"
	p := &stripego.DisputeListParams{}
	if !since.IsZero() {
		p.CreatedRange = &stripego.RangeQueryParams{GreaterThanOrEqual: since.Unix()}
	}
	p.Limit = stripego.Int64(100)
	var all []processor.Dispute
	for d, err := range a.client.V1Disputes.List(ctx, p).All(ctx) {
		if err != nil {
			return nil, classify(op, err)
		}
		one, err := a.ofDispute(op, d)
		if err != nil {
			return nil, err
		}
		if all = append(all, one); len(all) > disputesMost {
			return nil, &processor.Error{Class: processor.Unknown, Op: op, Code: "too_many_disputes"}
		}
	}
	slices.Reverse(all)
	return all, nil
}

// GetDispute reads a dispute.
func (a *Adapter) GetDispute(ctx context.Context, dispute string) (processor.Dispute, error) {
	const op = "get dispute"
	d, err := a.client.V1Disputes.Retrieve(ctx, dispute, &stripego.DisputeRetrieveParams{})
	if err != nil {
		return processor.Dispute{}, classify(op, err)
	}
	return a.ofDispute(op, d)
}

// disputeStates is what each of Stripe's states means to us.
var disputeStates = map[stripego.DisputeStatus]processor.DisputeState{
	stripego.DisputeStatusWarningNeedsResponse: processor.DisputeInquiry,
	stripego.DisputeStatusWarningUnderReview:   processor.DisputeInquiryAnswered,
	stripego.DisputeStatusWarningClosed:        processor.DisputeInquiryClosed,
	stripego.DisputeStatusNeedsResponse:        processor.DisputeOpen,
	stripego.DisputeStatusUnderReview:          processor.DisputeAnswered,
	stripego.DisputeStatusWon:                  processor.DisputeWon,
	stripego.DisputeStatusLost:                 processor.DisputeLost,
	stripego.DisputeStatusPrevented:            processor.DisputePrevented,
}

// ofDispute reads a dispute. A state that we have no word for is kept as such: one such dispute must not hide the
// others.
func (a *Adapter) ofDispute(op string, d *stripego.Dispute) (processor.Dispute, error) {
	switch {
	case d.Livemode != a.live:
		return processor.Dispute{}, &processor.Error{Class: processor.Misfit, Op: op, Code: "wrong_mode"}
	case d.ID == "" || d.Created <= 0 || d.Currency == "" || d.Amount < 0:
		return processor.Dispute{}, &processor.Error{Class: processor.Misfit, Op: op, Code: "dispute_unreadable"}
	}
	out := processor.Dispute{
		Dispute: d.ID, State: processor.DisputeUnknown, Amount: money.FromMinor(d.Amount), Currency: string(d.Currency), Reason: word(string(d.Reason)),
		OpenedAt: time.Unix(d.Created, 0).UTC(),
	}
	if state, known := disputeStates[d.Status]; known {
		out.State = state
	}
	if d.Charge != nil {
		out.Charge = d.Charge.ID
	}
	if d.PaymentIntent != nil {
		out.Payment = d.PaymentIntent.ID
	}
	if e := d.EvidenceDetails; e != nil {
		out.Answers = int(e.SubmissionCount)
		if e.DueBy > 0 {
			out.DueBy = time.Unix(e.DueBy, 0).UTC()
		}
	}
	var taken, returned, fee int64
	for _, bt := range d.BalanceTransactions {
		taken, returned, fee = taken-min(bt.Amount, 0), returned+max(bt.Amount, 0), fee+bt.Fee
	}
	out.Taken, out.Returned, out.Fee = money.FromMinor(taken), money.FromMinor(returned), money.FromMinor(fee)
	return out, nil
}
