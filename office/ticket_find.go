package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/city"
	"fundy/desk"
	pb "fundy/desk/deskpb"
	"fundy/store"
	"fundy/ticket"
)

// fitsMost is how many tickets of one number and plate are read: two are enough to ask the day.
const fitsMost = 5

// findTicket looks one ticket up by number and plate skeleton, in one index: absent and mismatched
// are the same query with no row.
func (o *Office) findTicket(ctx context.Context, r *pb.FindTicketRequest) (*pb.FindTicketResponse, error) {
	typed, invalid := o.readTyped(r)
	if invalid != nil {
		return &pb.FindTicketResponse{Outcome: &pb.FindTicketResponse_Invalid{Invalid: invalid}}, nil
	}
	now := o.Now()
	if wait := o.slow.wait(typed.number, now); wait > 0 {
		return &pb.FindTicketResponse{Outcome: &pb.FindTicketResponse_SlowDown{SlowDown: slowDown(wait)}}, nil
	}
	var fits []store.FoundTicket
	var shown *pb.Ticket
	err := o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		fits, err = o.lookUp(ctx, tx, typed)
		if err != nil || len(fits) != 1 {
			return err
		}
		shown, err = o.show(ctx, tx, fits[0], by{slipAt: typed.slipAt}, now)
		return err
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("find ticket: %w", err)
	case len(fits) == 0:
		return &pb.FindTicketResponse{Outcome: &pb.FindTicketResponse_NotFound{NotFound: &pb.NotFound{Slip: o.slipFor(typed, now)}}}, nil
	case len(fits) > 1:
		return &pb.FindTicketResponse{Outcome: &pb.FindTicketResponse_AskDay{AskDay: &pb.AskDay{}}}, nil
	}
	o.slow.found(typed.number)
	return &pb.FindTicketResponse{Outcome: &pb.FindTicketResponse_Ticket{Ticket: shown}}, nil
}

// typed is what a visitor typed, in canonical form.
type typed struct {
	number   string
	skeleton string // "" for a ticket without a plate
	day      city.Date
	slipAt   time.Time
}

func (o *Office) readTyped(r *pb.FindTicketRequest) (typed, *pb.Invalid) {
	for field, text := range map[string]string{"number": r.GetNumber(), "plate": r.GetPlate(), "slip": r.GetSlip()} {
		if desk.HasCard(text) && (field != "number" || !desk.InSeries(text, o.Settings.Ticket.Series)) {
			return typed{}, &pb.Invalid{Field: field, Problem: "card"}
		}
	}
	t := typed{number: ticket.NumberKey(r.GetNumber())}
	if t.number == "" {
		return t, &pb.Invalid{Field: "number", Problem: "missing"}
	}
	if len(t.number) > ticket.MaxNumber {
		return t, &pb.Invalid{Field: "number", Problem: "too_long"}
	}
	if r.GetIssuedOn() != "" {
		day, err := city.ParseDate(r.GetIssuedOn())
		if err != nil {
			return t, &pb.Invalid{Field: "issued_on", Problem: "not_a_day"}
		}
		t.day = day
	}
	if r.GetPlate() == "" {
		if t.day.IsZero() {
			return t, &pb.Invalid{Field: "plate", Problem: "missing"}
		}
		return t, nil
	}
	plate, err := ticket.ParsePlate(r.GetPlate())
	if err != nil {
		return t, &pb.Invalid{Field: "plate", Problem: plateProblem(err)}
	}
	t.skeleton = plate.Skeleton
	if r.GetSlip() == "" || !o.slips() {
		return t, nil
	}
	at, ok := readSlip(o.Token, r.GetSlip(), t.number, t.skeleton)
	if !ok || at.After(o.Now()) {
		return t, &pb.Invalid{Field: "slip", Problem: "not_for_this"}
	}
	t.slipAt = at
	return t, nil
}

// lookUp reads the tickets that fit. The day narrows, it never widens.
func (o *Office) lookUp(ctx context.Context, tx *store.Tx, t typed) ([]store.FoundTicket, error) {
	index := o.Index.Lookup(o.city.ID, t.number, t.skeleton)
	if t.skeleton == "" {
		index = o.Index.LookupDay(o.city.ID, t.number, t.day.String())
	}
	found, err := tx.TicketsByLookup(ctx, index, fitsMost)
	if err != nil || t.day.IsZero() {
		return found, err
	}
	var fits []store.FoundTicket
	for _, f := range found {
		if f.IssuedOn == t.day {
			fits = append(fits, f)
		}
	}
	return fits, nil
}

// slips says whether the city's by-law lets a slip count: it names the clause, or it does not.
func (o *Office) slips() bool { return o.Settings.Price.SlipClause != "" }

func (o *Office) slipFor(t typed, now time.Time) string {
	if !o.slips() || t.skeleton == "" {
		return ""
	}
	return makeSlip(o.Token, t.number, t.skeleton, now)
}

func plateProblem(err error) string {
	var p *ticket.PlateError
	if errors.As(err, &p) {
		return p.Problem
	}
	return "not_a_plate"
}
