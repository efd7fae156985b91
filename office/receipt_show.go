package office

import (
	"context"
	"errors"
	"time"

	pb "fundy/desk/deskpb"
	"fundy/fault"
	"fundy/office/unseal"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// showReceipt shows the receipt of a captured attempt: to its payer, who has the attempt's id, the
// whole; to one who found it by a ticket, that ticket alone. Each showing opens plates and leaves leaves: who asks again and
// again waits.
func (o *Office) showReceipt(ctx context.Context, r *pb.ShowReceiptRequest) (*pb.ShowReceiptResponse, error) {
	attempt, only, err := o.whichReceipt(ctx, r)
	if err != nil {
		return nil, err
	}
	if !opaque(string(attempt)) {
		return &pb.ShowReceiptResponse{}, nil
	}
	a, p, tickets, back, err := o.readReceipt(ctx, attempt, only)
	if errors.Is(err, store.ErrNotFound) || err == nil && !shows(a, len(tickets)) {
		return &pb.ShowReceiptResponse{}, nil
	}
	if err != nil {
		return nil, err
	}
	if wait := o.shown.wait(string(attempt), o.Now()); wait > 0 {
		return &pb.ShowReceiptResponse{SlowDown: slowDown(wait)}, nil
	}
	tender, err := o.tender(ctx, a)
	if err != nil {
		return nil, err
	}
	out := &pb.Receipt{
		Number: a.Receipt, PaidAt: p.QuotedAt.UnixMicro(), TakenAt: a.CapturedAt.UnixMicro(),
		Tender: tender, Whole: len(tickets) == len(p.Tickets),
	}
	for _, t := range tickets {
		line, err := o.receiptTicket(ctx, t, p)
		if err != nil {
			return nil, err
		}
		out.TotalMinor += line.TotalMinor
		out.Tickets = append(out.Tickets, line)
	}
	givenBack(out, back, tickets, only, o.city.Zone)
	if out.Copy = !a.ShownAt.IsZero(); out.Copy {
		return &pb.ShowReceiptResponse{Receipt: out}, nil
	}
	first, err := o.recordShown(ctx, a.ID)
	out.Copy = !first
	return &pb.ShowReceiptResponse{Receipt: out}, err
}

// tender is what the money of a receipt was handed over as: a key of words.
func (o *Office) tender(ctx context.Context, a payment.Attempt) (string, error) {
	if a.Adapter != payment.CounterAdapter {
		return "card", nil
	}
	var tenders []payment.Tender
	err := o.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		tenders, err = tx.Tenders(ctx, a.ID)
		return err
	})
	if err != nil {
		return "", err
	}
	kind := ""
	for _, t := range tenders {
		if kind != "" && kind != string(t.Kind) {
			return "several", nil
		}
		kind = string(t.Kind)
	}
	return kind, nil
}

// whichReceipt is the attempt that was asked for, or the last one that paid the ticket that was.
func (o *Office) whichReceipt(ctx context.Context, r *pb.ShowReceiptRequest) (payment.AttemptID, ticket.ID, error) {
	if r.GetTicketToken() == "" {
		return payment.AttemptID(r.GetAttempt()), "", nil
	}
	q, err := readQuote(o.Token, r.GetTicketToken())
	if err != nil || q.ByCode || !o.Now().Before(q.At.Add(tokenLife)) {
		return "", "", nil
	}
	var refs []store.ReceiptRef
	err = o.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		refs, err = tx.ReceiptsOfTicket(ctx, q.Ticket)
		return err
	})
	if err != nil || len(refs) == 0 {
		return "", "", err
	}
	return refs[len(refs)-1].Attempt, q.Ticket, nil
}

// tokenLife is how long a quote that no longer begins a payment still shows its ticket.
const tokenLife = 24 * time.Hour

func (o *Office) readReceipt(ctx context.Context, id payment.AttemptID, only ticket.ID) (a payment.Attempt, p payment.Payment, tickets []store.FoundTicket, back []store.GivenBack, err error) {
	err = o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		tickets = nil
		if a, err = tx.Attempt(ctx, id); err != nil {
			return err
		}
		if p, err = tx.Payment(ctx, a.Payment); err != nil {
			return err
		}
		for _, f := range p.Tickets {
			if only != "" && f.Ticket != only {
				continue
			}
			t, err := tx.Ticket(ctx, f.Ticket)
			if err != nil {
				return err
			}
			tickets = append(tickets, t)
		}
		back, err = tx.GivenBackOf(ctx, id)
		return err
	})
	return a, p, tickets, back, err
}

// givenBack puts on a receipt what was given back since, of the tickets that it shows: a receipt that still said
// "paid in full" could be shown to somebody. only is the one ticket that it is of; "" is all, and what was given back
// of money that was put to none.
func givenBack(out *pb.Receipt, back []store.GivenBack, tickets []store.FoundTicket, only ticket.ID, zone *time.Location) {
	numbers := map[ticket.ID]string{}
	for _, t := range tickets {
		numbers[t.ID] = t.Number
	}
	for _, g := range back {
		number, shown := numbers[g.Ticket]
		if !shown && (only != "" || g.Ticket != "") {
			continue
		}
		line := &pb.GivenBack{TicketNumber: number, AmountMinor: g.Amount.Minor(), At: g.At.UnixMicro(), Way: string(g.Way)}
		switch {
		case g.Way != payment.ByCheque:
		case g.Cheque.IsZero():
			line.Way = "cheque_due"
		default:
			line.ChequeAt = g.Cheque.Start(zone).UnixMicro()
		}
		out.GivenBack = append(out.GivenBack, line)
		out.GivenBackMinor += line.AmountMinor
	}
}

// receiptTicket is one ticket of a receipt, with what the law wants on it (LGA s. 159(3)): the person
// as registered owner of the plate, the amount, the day of payment, the contravention.
func (o *Office) receiptTicket(ctx context.Context, t store.FoundTicket, p payment.Payment) (*pb.ReceiptTicket, error) {
	face, err := o.face(t.Ticket)
	if err != nil {
		return nil, err
	}
	line := &pb.ReceiptTicket{Ticket: face}
	for _, f := range p.Tickets {
		if f.Ticket == t.ID {
			line.TotalMinor, line.Components, line.MovedAt = f.Total.Minor(), components(f.Components), unixMicro(f.MovedAt)
		}
	}
	if t.NoPlate || len(t.PlateSealed) == 0 {
		return line, nil
	}
	plate, err := o.openPlate(ctx, t)
	if err != nil {
		return nil, err
	}
	line.OwnerPlate = t.Jurisdiction + " " + plate
	return line, nil
}

// openPlate opens a ticket's plate for its receipt; the opening is on record first.
func (o *Office) openPlate(ctx context.Context, t store.FoundTicket) (string, error) {
	return o.openPlateAs(ctx, unseal.What{Actor: "desk", Purpose: "receipt", Subject: string(t.ID), Field: "plate"}, t)
}

func (o *Office) recordShown(ctx context.Context, id payment.AttemptID) (first bool, err error) {
	err = o.Store.Write(ctx, fault.RecordShown, func(ctx context.Context, tx *store.Tx) (err error) {
		first, err = tx.ShowReceipt(ctx, id, o.Now())
		return err
	})
	return first, err
}
