package office

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	pb "fundy/desk/deskpb"
	"fundy/fault"
	"fundy/logbook"
	"fundy/office/unseal"
	"fundy/payment"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// showReceipt shows the receipt of a captured attempt: to its payer, who has the attempt's id, the
// whole; to one who found it by a ticket, that ticket alone.
func (o *Office) showReceipt(ctx context.Context, r *pb.ShowReceiptRequest) (*pb.ShowReceiptResponse, error) {
	attempt, only, err := o.whichReceipt(ctx, r)
	if err != nil {
		return nil, err
	}
	a, p, tickets, err := o.readReceipt(ctx, attempt, only)
	if errors.Is(err, store.ErrNotFound) || err == nil && (a.Receipt == "" || a.State == payment.Reversed || len(tickets) == 0) {
		return &pb.ShowReceiptResponse{}, nil
	}
	if err != nil {
		return nil, err
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
	if out.GivenMinor, err = o.givenBack(ctx, a.ID, tickets); err != nil {
		return nil, err
	}
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
	if err != nil || !o.Now().Before(q.At.Add(tokenLife)) {
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

func (o *Office) readReceipt(ctx context.Context, id payment.AttemptID, only ticket.ID) (a payment.Attempt, p payment.Payment, tickets []store.FoundTicket, err error) {
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
		return nil
	})
	return a, p, tickets, err
}

// givenBack is what the payer has again of a receipt's tickets, in minor units.
func (o *Office) givenBack(ctx context.Context, id payment.AttemptID, tickets []store.FoundTicket) (minor int64, err error) {
	var refunds []payment.Refund
	err = o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		refunds, err = tx.RefundsOfAttempt(ctx, id)
		return err
	})
	for _, r := range refunds {
		for _, part := range r.Parts {
			if r.State.Gone() && slices.ContainsFunc(tickets, func(t store.FoundTicket) bool { return t.ID == part.Ticket }) {
				minor += part.Amount.Minor()
			}
		}
	}
	return minor, err
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

// openingLeaf is what the log is told of an opening of sealed data.
type openingLeaf struct {
	Actor   string `json:"actor"`
	Purpose string `json:"purpose"`
	Subject string `json:"subject"`
	Field   string `json:"field"`
}

// openPlate opens a ticket's plate for its receipt; the opening is on record first.
func (o *Office) openPlate(ctx context.Context, t store.FoundTicket) (string, error) {
	var key store.DataKey
	err := o.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		key, err = tx.DataKey(ctx, t.DataKey)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read data key: %w", err)
	}
	what := unseal.What{Actor: "desk", Purpose: "receipt", Subject: string(t.ID), Field: "plate"}
	plain, err := o.opener.OpenField(ctx, what, seal.DataKey{ID: key.ID, Sealed: key.Sealed}, o.city.ID, t.PlateSealed)
	if err != nil {
		return "", fmt.Errorf("open plate: %w", err)
	}
	return string(plain), nil
}

// recordOpening puts an opening of sealed data on record before the plain text is there.
func (o *Office) recordOpening(ctx context.Context, what unseal.What) error {
	leaf, err := logbook.NewLeaf("opening", o.Now(), openingLeaf{
		Actor: what.Actor, Purpose: what.Purpose, Subject: what.Subject, Field: what.Field,
	}, rand.Reader)
	if err != nil {
		return fmt.Errorf("make leaf: %w", err)
	}
	return o.Store.Write(ctx, fault.RecordOpening, func(ctx context.Context, tx *store.Tx) error { return tx.AddLeaf(ctx, leaf) })
}

func (o *Office) recordShown(ctx context.Context, id payment.AttemptID) (first bool, err error) {
	err = o.Store.Write(ctx, fault.RecordShown, func(ctx context.Context, tx *store.Tx) (err error) {
		first, err = tx.ShowReceipt(ctx, id, o.Now())
		return err
	})
	return first, err
}
