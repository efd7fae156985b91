package stripe

import (
	"context"
	"slices"
	"time"

	stripego "github.com/stripe/stripe-go/v85"

	"fundy/money"
	"fundy/processor"
)

// Limits of what is listed at once: more is an error, never half a list.
const (
	payoutsMost = 5_000
	linesMost   = 200_000 // of one payout
)

// Payouts lists the payouts made at or after since, oldest first.
func (a *Adapter) Payouts(ctx context.Context, since time.Time) ([]processor.Payout, error) {
	const op = "list payouts"
	p := &stripego.PayoutListParams{}
	if !since.IsZero() {
		p.CreatedRange = &stripego.RangeQueryParams{GreaterThanOrEqual: since.Unix()}
	}
	p.Limit = stripego.Int64(100)
	var all []processor.Payout
	for po, err := range a.client.V1Payouts.List(ctx, p).All(ctx) {
		if err != nil {
			return nil, classify(op, err)
		}
		one, err := a.payout(op, po)
		if err != nil {
			return nil, err
		}
		if all = append(all, one); len(all) > payoutsMost {
			return nil, &processor.Error{Class: processor.Unknown, Op: op, Code: "too_many_payouts"}
		}
	}
	slices.Reverse(all)
	return all, nil
}

// PayoutLines lists all lines of a payout, its own included, oldest first.
func (a *Adapter) PayoutLines(ctx context.Context, payout string) ([]processor.BalanceLine, error) {
	const op = "list the lines of a payout"
	p := &stripego.BalanceTransactionListParams{Payout: stripego.String(payout)}
	p.Limit = stripego.Int64(100)
	var all []processor.BalanceLine
	for bt, err := range a.client.V1BalanceTransactions.List(ctx, p).All(ctx) {
		if err != nil {
			return nil, classify(op, err)
		}
		one, err := line(op, bt)
		if err != nil {
			return nil, err
		}
		if all = append(all, one); len(all) > linesMost {
			return nil, &processor.Error{Class: processor.Unknown, Op: op, Code: "too_many_lines"}
		}
	}
	slices.Reverse(all)
	return all, nil
}

// payoutStates is what each of Stripe's states means to us.
var payoutStates = map[stripego.PayoutStatus]processor.PayoutState{
	stripego.PayoutStatusPending:   processor.PayoutPending,
	stripego.PayoutStatusInTransit: processor.PayoutOnItsWay,
	stripego.PayoutStatusPaid:      processor.PayoutPaid,
	stripego.PayoutStatusFailed:    processor.PayoutFailed,
	stripego.PayoutStatusCanceled:  processor.PayoutCanceled,
}

func (a *Adapter) payout(op string, po *stripego.Payout) (processor.Payout, error) {
	state, known := payoutStates[po.Status]
	switch {
	case po.Livemode != a.live:
		return processor.Payout{}, &processor.Error{Class: processor.Misfit, Op: op, Code: "wrong_mode"}
	case !known:
		return processor.Payout{}, &processor.Error{Class: processor.Misfit, Op: op, Code: "unknown_state"}
	case po.ID == "" || po.ArrivalDate <= 0 || po.Created <= 0 || po.Currency == "":
		return processor.Payout{}, &processor.Error{Class: processor.Misfit, Op: op, Code: "payout_unreadable"}
	}
	out := processor.Payout{
		ID: po.ID, State: state, Amount: money.FromMinor(po.Amount), Currency: string(po.Currency), Arrival: time.Unix(po.ArrivalDate, 0).UTC(),
		Automatic: po.Automatic, Complete: po.ReconciliationStatus == stripego.PayoutReconciliationStatusCompleted,
		Descriptor: po.StatementDescriptor, CreatedAt: time.Unix(po.Created, 0).UTC(),
	}
	if po.FailureCode != "" {
		out.Failure = word(string(po.FailureCode))
	}
	if po.TraceID != nil && po.TraceID.Status == "supported" {
		out.Trace = po.TraceID.Value
	}
	return out, nil
}

// lineKinds is what each of Stripe's types means to us. A type that is not here is LineUnknown; an adjustment
// is judged by its category.
var lineKinds = map[stripego.BalanceTransactionType]processor.LineKind{
	"charge": processor.LineCharge, "payment": processor.LineCharge,
	"refund": processor.LineRefund, "payment_refund": processor.LineRefund, "refund_failure": processor.LineRefund, "payment_failure_refund": processor.LineRefund,
	"stripe_fee": processor.LineFee, "tax_fee": processor.LineFee,
	"reserve_transaction": processor.LineReserve, "reserved_funds": processor.LineReserve, "reserve_hold": processor.LineReserve, "reserve_release": processor.LineReserve,
	"payment_network_reserve_hold": processor.LineReserve, "payment_network_reserve_release": processor.LineReserve,
	"payout_minimum_balance_hold": processor.LineReserve, "payout_minimum_balance_release": processor.LineReserve,
	"payout": processor.LinePayout, "payout_failure": processor.LineReturned, "payout_cancel": processor.LineReturned,
}

// adjustments is what an adjustment is of, by its category.
var adjustments = map[stripego.BalanceTransactionReportingCategory]processor.LineKind{
	"dispute": processor.LineChargeback, "dispute_reversal": processor.LineChargeback, "fee": processor.LineFee,
}

func line(op string, bt *stripego.BalanceTransaction) (processor.BalanceLine, error) {
	if bt.ID == "" || bt.Currency == "" || bt.Created <= 0 || bt.Amount-bt.Fee != bt.Net {
		return processor.BalanceLine{}, &processor.Error{Class: processor.Misfit, Op: op, Code: "line_unreadable"}
	}
	kind, known := lineKinds[bt.Type]
	if bt.Type == "adjustment" {
		kind, known = adjustments[bt.ReportingCategory]
	}
	if !known {
		kind = processor.LineUnknown
	}
	out := processor.BalanceLine{
		ID: bt.ID, Kind: kind, Word: word(string(bt.Type)) + "/" + word(string(bt.ReportingCategory)), Amount: money.FromMinor(bt.Amount),
		Fee: money.FromMinor(bt.Fee), Net: money.FromMinor(bt.Net), Currency: string(bt.Currency), CreatedAt: time.Unix(bt.Created, 0).UTC(),
	}
	if bt.Source != nil {
		out.Source = bt.Source.ID
	}
	return out, nil
}
