package staff

import (
	"context"
	"crypto/rand"
	"errors"

	"fundy/city"
	"fundy/logbook"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// enterAsOffice writes a paper ticket as the office does, but that nothing of it is sealed: the office's own test is
// citytest's.
func (b *bench) enterAsOffice(ctx context.Context, person string, w ticket.Written) (ticket.ID, error) {
	zone := b.pages.city.Zone
	regime, _ := ticket.RegimeOf(b.pages.city.Regime)
	if no := ticket.CheckWritten(regime, w, city.DateOf(b.now, zone)); no != nil {
		return "", no
	}
	schedule, ok := b.pages.Rules().ScheduleFor(w.Day)
	if !ok {
		return "", &ticket.WrittenRefusal{Field: "offence", Reason: ticket.WrittenUnknown}
	}
	plate, err := ticket.ParsePlate(w.Plate)
	if err != nil {
		return "", err
	}
	key, index := ticket.NumberKey(w.Number), b.pages.Index
	t := ticket.Ticket{
		ID: ticket.ID(index.TicketID("demo", w.Series, key, w.Day.String())), Regime: regime.Name, Series: w.Series, Number: w.Number, IssuedOn: w.Day, IssuedAt: w.Day.Start(zone),
		Offence: w.Offence, Schedule: schedule.ID, Place: w.Place, Jurisdiction: w.Jurisdiction, Delivery: w.Delivery, ServedOn: w.ServedOn, State: ticket.Open, ArrivedAt: b.now,
	}
	batch := store.ImportBatch{
		ID: "imp-" + string(t.ID), Source: "by hand", Mapping: "by hand", At: b.now, DataKey: store.DataKey{ID: "k", Sealed: []byte{1}},
		Rows: []store.ImportRow{{
			Ticket: t, NumberKey: key, Digest: []byte(key), Lookup: index.Lookup("demo", key, plate.Skeleton), PlateIndex: index.Plate("demo", plate.Canonical, w.Jurisdiction),
			SkeletonIndex: index.Skeleton("demo", plate.Skeleton), PlateSealed: []byte{1}, DataKey: "k", Hold: func() ([]byte, error) { return nil, errors.New("not held") },
		}},
		Leaf: func([]store.ImportRow) (logbook.Leaf, error) {
			return logbook.NewLeaf("import", b.now, "test", rand.Reader)
		},
	}
	return t.ID, b.pages.Settler.EnterTicket(ctx, batch, w, person)
}

// noCheques has nothing to pay.
type noCheques struct{}

var errNone = errors.New("nothing waits")

func (noCheques) Make(context.Context, string) (payment.Requisition, []byte, error) {
	return payment.Requisition{}, nil, errNone
}

func (noCheques) Again(context.Context, int64, string) (payment.Requisition, []byte, error) {
	return payment.Requisition{}, nil, errNone
}

func (noCheques) Payee(text string) (settle.SealPayee, error) {
	if text == "" {
		return nil, errNone
	}
	return func(payment.RefundID, int) ([]byte, error) { return []byte{1}, nil }, nil
}

func (noCheques) Against(err error) string {
	if errors.Is(err, errNone) {
		return "work.requisition.nothing"
	}
	return ""
}
