package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	pb "fundy/desk/deskpb"
	"fundy/money"
	"fundy/store"
	"fundy/ticket"
)

// by is how a visitor came to a ticket.
type by struct {
	slipAt time.Time // of the slip that he holds; zero: none
	code   bool      // by a one-time code, and not by number and plate
}

// show is what a visitor who has number and plate, or a one-time code, is shown: the ticket, what it costs now and
// why, and the signed quote.
func (o *Office) show(ctx context.Context, tx *store.Tx, f store.FoundTicket, came by, now time.Time) (*pb.Ticket, error) {
	out, err := o.face(f.Ticket)
	if err != nil {
		return nil, err
	}
	standing, err := o.stand(f.Ticket, now)
	if err != nil {
		return nil, err
	}
	priced, counted := withSlip(f.Ticket, came.slipAt)
	quote, err := ticket.Price(priced, *o.rules.Load(), o.city, now)
	if errors.Is(err, ticket.ErrPartPaid) { // a part was paid, at a price that knew nothing of the slip
		counted = time.Time{}
		quote, err = ticket.Price(f.Ticket, *o.rules.Load(), o.city, now)
	}
	if err != nil {
		return nil, fmt.Errorf("price ticket: %w", err)
	}
	if standing.Payable && quote.Total.IsZero() {
		standing = ticket.Standing{Reason: "nothing_to_pay", Where: "nowhere", Section: standing.Section}
	}
	out.Standing = o.standing(standing, now)
	if out.Quote, err = o.quote(f.Ticket, quote, by{counted, came.code}, now); err != nil {
		return nil, err
	}
	out.Quote.BelowMinimum = standing.Payable && quote.Total.Cmp(o.minimum()) < 0
	if err := o.showPayments(ctx, tx, f, out); err != nil {
		return nil, err
	}
	if came.code {
		out.Receipts = nil // the plate stands on them, and a code shows none
		return out, nil
	}
	if standing.Payable {
		if err := o.showReview(ctx, tx, f.Ticket, out, now); err != nil {
			return nil, err
		}
	}
	out.Photos, err = o.photosOf(ctx, tx, f.ID)
	return out, err
}

// showPayments says whether a payment has been begun, and which receipts there are.
func (o *Office) showPayments(ctx context.Context, tx *store.Tx, f store.FoundTicket, out *pb.Ticket) error {
	if f.State != ticket.Paid {
		open, err := tx.OpenAttempts(ctx, f.ID)
		out.Begun = open > 0
		if err != nil || f.State != ticket.Reopened {
			return err
		}
	}
	receipts, err := tx.ReceiptsOfTicket(ctx, f.ID)
	if err != nil {
		return err
	}
	for _, r := range receipts {
		out.Receipts = append(out.Receipts, &pb.ReceiptRef{PaidAt: r.CapturedAt, AmountMinor: r.Amount.Minor()})
	}
	return nil
}

// face is the ticket's paper: what it says without any price.
func (o *Office) face(t ticket.Ticket) (*pb.Ticket, error) {
	offence, err := o.offence(t)
	if err != nil {
		return nil, err
	}
	return &pb.Ticket{
		Id: string(t.ID), Number: t.Number, IssuedOn: t.IssuedOn.String(), IssuedAt: t.IssuedAt.UnixMicro(), TimeKnown: t.TimeKnown,
		Place: t.Place, Make: t.Make, NoPlate: t.NoPlate,
		Offence: offence.Code, OffenceTitle: words(offence.Title), ByLaw: words(offence.ByLaw), Section: offence.Section,
	}, nil
}

func (o *Office) offence(t ticket.Ticket) (city.Offence, error) {
	schedule, ok := o.rules.Load().ScheduleByID(t.Schedule)
	if !ok {
		return city.Offence{}, fmt.Errorf("ticket of unknown schedule %q", t.Schedule)
	}
	offence, ok := schedule.Offence(t.Offence)
	if !ok {
		return city.Offence{}, fmt.Errorf("ticket of unknown offence %q", t.Offence)
	}
	return offence, nil
}

func (o *Office) stand(t ticket.Ticket, now time.Time) (ticket.Standing, error) {
	regime, err := regimeOf(t)
	if err != nil {
		return ticket.Standing{}, err
	}
	return ticket.Stand(regime, t, now), nil
}

func (o *Office) standing(s ticket.Standing, now time.Time) *pb.Standing {
	out := &pb.Standing{Payable: s.Payable, Box: s.Box, Reason: s.Reason, Section: s.Section, Where: s.Where}
	if p, ok := o.rules.Load().ProfileOn(city.DateOf(now, o.city.Zone)); ok && s.Where == "court" {
		out.Court = words(p.Court)
	}
	return out
}

// quote signs what is shown. Without a clause that locks the price, it holds only as long as its tier.
func (o *Office) quote(t ticket.Ticket, q ticket.Quote, came by, now time.Time) (*pb.Quote, error) {
	holds := time.Duration(o.Settings.Payment.QuoteMinutes) * time.Minute
	lock := o.Settings.Price.PriceLockClause
	if until := tierUntil(q); lock == "" && !until.IsZero() {
		holds = min(holds, until.Sub(now)).Truncate(time.Second)
	}
	signed := quoteToken{Ticket: t.ID, Version: t.Version, At: now, Holds: holds, SlipAt: came.slipAt, ByCode: came.code, Components: q.Components}
	token, err := signQuote(o.Token, signed)
	if err != nil {
		return nil, fmt.Errorf("sign quote: %w", err)
	}
	out := &pb.Quote{
		Token: token, At: now.UnixMicro(), HoldsUntil: signed.Until().UnixMicro(), TotalMinor: q.Total.Minor(),
		Components: components(q.Components), LockClause: lock, PromiseUntil: unixMicro(q.PromisedUntil), PromiseReview: q.PromisedByReview,
	}
	if !came.slipAt.IsZero() {
		out.SlipClause = o.Settings.Price.SlipClause
	}
	for _, row := range q.Tiers {
		out.Tiers = append(out.Tiers, &pb.Tier{
			Number: int32(row.Tier), TotalMinor: row.Total.Minor(), From: row.From.UnixMicro(), Until: unixMicro(row.Until), Now: row.Now, Clause: row.Clause,
		})
	}
	return out, nil
}

// tierUntil is until when the price is what it is; zero: for ever.
func tierUntil(q ticket.Quote) time.Time {
	if !q.PromisedUntil.IsZero() {
		return q.PromisedUntil
	}
	for _, row := range q.Tiers {
		if row.Now {
			return row.Until
		}
	}
	return time.Time{}
}

func components(all []ticket.Component) []*pb.Component {
	out := make([]*pb.Component, 0, len(all))
	for _, c := range all {
		out = append(out, &pb.Component{Kind: string(c.Kind), AmountMinor: c.Amount.Minor(), Clause: c.Clause, Until: unixMicro(c.Until)})
	}
	return out
}

// withSlip makes the days between a slip and the ticket's arrival not count, if the ticket came in
// after the slip. It returns the slip's instant where it counted.
func withSlip(t ticket.Ticket, slipAt time.Time) (ticket.Ticket, time.Time) {
	if slipAt.IsZero() || !t.ArrivedAt.After(slipAt) {
		return t, time.Time{}
	}
	events := append([]ticket.Event(nil), t.Events...)
	t.Events = append(events, ticket.Event{Kind: ticket.SlipFrom, At: slipAt}, ticket.Event{Kind: ticket.SlipUntil, At: t.ArrivedAt})
	return t, slipAt
}

func unixMicro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// readQuotes shows again the tickets whose quotes the visitor holds. A quote that still holds is
// shown as it was signed; one that does not is replaced, and the page says so.
func (o *Office) readQuotes(ctx context.Context, r *pb.ReadQuotesRequest) (*pb.ReadQuotesResponse, error) {
	now := o.Now()
	out := &pb.ReadQuotesResponse{}
	err := o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		for i, token := range r.GetTokens() {
			if i == o.limits.Tickets {
				break
			}
			q, err := readQuote(o.Token, token)
			if err != nil || !now.Before(q.At.Add(tokenLife)) {
				continue
			}
			t, err := o.reshow(ctx, tx, q, token, now)
			if err != nil {
				return err
			}
			out.Tickets = append(out.Tickets, t)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read quotes: %w", err)
	}
	return out, nil
}

func (o *Office) reshow(ctx context.Context, tx *store.Tx, q quoteToken, token string, now time.Time) (*pb.Ticket, error) {
	f, err := tx.Ticket(ctx, q.Ticket)
	if err != nil {
		return nil, err
	}
	total, err := q.Total()
	if err != nil {
		return nil, err
	}
	if !now.Before(q.Until()) || q.Version != f.Version {
		t, err := o.show(ctx, tx, f, by{q.SlipAt, q.ByCode}, now)
		if err == nil {
			t.Quote.Stale, t.Quote.WasMinor = true, total.Minor()
		}
		return t, err
	}
	// Still held: priced at its own instant, so that page and token say the same.
	t, err := o.show(ctx, tx, f, by{q.SlipAt, q.ByCode}, q.At)
	if err != nil {
		return nil, err
	}
	t.Quote.Token, t.Quote.HoldsUntil = token, q.Until().UnixMicro()
	t.Quote.TotalMinor = total.Minor()
	t.Quote.BelowMinimum = t.Standing.Payable && total.Cmp(o.minimum()) < 0 && total.Cmp(money.Zero) > 0
	return t, nil
}
