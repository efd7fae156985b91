package settle

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"fundy/bank"
	"fundy/city"
	"fundy/fault"
	"fundy/ledger"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
)

// WrittenCheque is what accounts payable says of a cheque that it wrote.
type WrittenCheque struct {
	Line   int // of its file; 0: typed
	Refund payment.RefundID
	Number string
	Day    city.Date
	Amount *money.Amount // nil: not said
}

// Issued is what became of cheques that were written.
type Issued struct {
	New  int          `json:"new"`
	Same int          `json:"known"` // they were here already, and say the same
	Sum  money.Amount `json:"sum"`   // of the new ones
}

// Limits of a file of cheques.
const (
	chequesMost   = 5_000
	chequeFileMax = 1 << 20
	faultsShown   = 20
)

// chequeHeader is the first line of a file of cheques.
const chequeHeader = "refund,number,date,amount"

// ReadCheques reads a file of cheques, strictly: comma-separated, with its header, one cheque a line. A wrong field
// is a bank.Fault, and nothing of the file is taken.
func ReadCheques(b []byte) ([]WrittenCheque, error) {
	if len(b) > chequeFileMax {
		return nil, &bank.Fault{What: "is larger than 1 MB", Fix: "Split it"}
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	in.FieldsPerRecord = 4
	head, err := in.Read()
	if err != nil || strings.Join(head, ",") != chequeHeader {
		return nil, &bank.Fault{Line: 1, What: "is not the header", Fix: "The first line is " + chequeHeader}
	}
	var all []WrittenCheque
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return nil, &bank.Fault{Line: broken.Line, What: broken.Err.Error(), Fix: "Each line has four fields: " + chequeHeader}
		}
		if err != nil {
			return nil, fmt.Errorf("read cheques: %w", err)
		}
		line, _ := in.FieldPos(0)
		if len(all) == chequesMost {
			return nil, &bank.Fault{Line: line, What: fmt.Sprintf("is one cheque more than %d", chequesMost), Fix: "Split the file"}
		}
		c, err := chequeOfRow(line, row)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, &bank.Fault{What: "has no cheques", Fix: "Is it the right file?"}
	}
	return all, nil
}

func chequeOfRow(line int, row []string) (WrittenCheque, error) {
	c := WrittenCheque{Line: line, Refund: payment.RefundID(row[0]), Number: row[1]}
	var err error
	if c.Day, err = city.ParseDate(row[2]); err != nil {
		return c, &bank.Fault{Line: line, Field: "date", What: shown(err.Error()), Fix: "Nothing of the file was taken"}
	}
	amount, err := money.Parse(row[3])
	if err != nil || amount.Cmp(money.Zero) <= 0 {
		return c, &bank.Fault{Line: line, Field: "amount", What: shown(fmt.Sprintf("%q is no amount of a cheque", row[3])), Fix: "Write it as 30.00. Nothing of the file was taken"}
	}
	c.Amount = &amount
	return c, nil
}

// IssueCheques enters cheques that accounts payable has written: all of them, or, where one is wrong, none. The same
// again changes nothing.
func (s *Settler) IssueCheques(ctx context.Context, all []WrittenCheque, by string, apply bool) (Issued, error) {
	if !payment.StaffName(by) {
		return Issued{}, &payment.RefundRefusal{Reason: payment.RefusedWho}
	}
	// One order for everybody: two files at once wait for each other, and never for ever.
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b WrittenCheque) int { return strings.Compare(string(a.Refund), string(b.Refund)) })
	var out Issued
	err := s.Store.Write(ctx, fault.IssueCheques, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockSettlement(ctx); err != nil {
			return err
		}
		out = Issued{}
		var wrong []*bank.Fault
		byRefund, byNumber := map[payment.RefundID]int{}, map[string]int{}
		now := s.Now()
		for _, c := range all {
			fault, err := s.issueIn(ctx, tx, c, by, byRefund, byNumber, &out, now)
			if err != nil {
				return err
			}
			if fault != nil {
				wrong = append(wrong, fault)
			}
		}
		switch {
		case len(wrong) > 0:
			return chequeFaults(wrong)
		case !apply:
			return errDryRun
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return Issued{}, err
	}
	return out, nil
}

// chequeFaults are the first faults of a file, in its order.
func chequeFaults(wrong []*bank.Fault) error {
	slices.SortStableFunc(wrong, func(a, b *bank.Fault) int { return a.Line - b.Line })
	var errs []error
	for i, f := range wrong {
		if i == faultsShown {
			errs = append(errs, fmt.Errorf("and %d more", len(wrong)-i))
			break
		}
		errs = append(errs, f)
	}
	return errors.Join(errs...)
}

// nothingTaken is the fix of a wrong cheque.
const nothingTaken = "Nothing was entered. fundy refund list shows each refund"

// issueIn enters one cheque, or says what is wrong with it.
func (s *Settler) issueIn(ctx context.Context, tx *store.Tx, c WrittenCheque, by string, byRefund map[payment.RefundID]int, byNumber map[string]int, out *Issued, now time.Time) (*bank.Fault, error) {
	wrong := func(field, what string, args ...any) (*bank.Fault, error) {
		return &bank.Fault{Line: c.Line, Field: field, What: shown(fmt.Sprintf(what, args...)), Fix: nothingTaken}, nil
	}
	number, ok := payment.RefundChequeNumber(c.Number)
	if !ok {
		return wrong("number", "%q is not a cheque's number: one to twelve digits", clip(c.Number))
	}
	if line, twice := byRefund[c.Refund]; twice {
		return wrong("refund", "%s stands in line %d already", clip(string(c.Refund)), line)
	}
	if line, twice := byNumber[number]; twice {
		return wrong("number", "cheque %s stands in line %d already", number, line)
	}
	byRefund[c.Refund], byNumber[number] = c.Line, c.Line
	r, _, err := lockRefund(ctx, tx, c.Refund)
	if errors.Is(err, store.ErrNotFound) {
		return wrong("refund", "no refund has the id %q", clip(string(c.Refund)))
	}
	if err != nil {
		return nil, err
	}
	if c.Amount != nil && *c.Amount != r.Amount {
		return wrong("amount", "the cheque is of %s and the refund %s of %s", c.Amount, r.ID, r.Amount)
	}
	before, err := tx.RefundCheque(ctx, r.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if err == nil && before.Number == number && before.Day == c.Day {
		out.Same++
		return nil, nil
	}
	if mayMove(r, payment.ChequeIssued, payment.ByCheque) != nil {
		return wrong("refund", "%s is %s: no cheque is to be written for it", r.ID, refundStanding(r))
	}
	return s.newCheque(ctx, tx, r, payment.RefundCheque{Refund: r.ID, Number: number, Day: c.Day, Amount: r.Amount, IssuedBy: by, IssuedAt: now}, out, wrong)
}

// newCheque enters a cheque whose refund waits for one.
func (s *Settler) newCheque(ctx context.Context, tx *store.Tx, r payment.Refund, c payment.RefundCheque, out *Issued,
	wrong func(field, what string, args ...any) (*bank.Fault, error),
) (*bank.Fault, error) {
	var err error
	if c.N, err = tx.NewestPayee(ctx, r.ID); err != nil {
		return nil, err
	}
	q, err := tx.RequisitionOf(ctx, r.ID, c.N)
	if errors.Is(err, store.ErrNotFound) {
		return wrong("refund", "%s is on no requisition yet: fundy refund requisition", r.ID)
	}
	if err != nil {
		return nil, err
	}
	asked, today := city.DateOf(q.At, s.City.Zone), city.DateOf(c.IssuedAt, s.City.Zone)
	switch {
	case c.Day.Compare(today) > 0:
		return wrong("date", "the cheque is of %s, and today is %s", c.Day, today)
	case c.Day.Compare(asked) < 0:
		return wrong("date", "the cheque is of %s, and its requisition %d of %s", c.Day, q.Number, asked)
	}
	other, err := tx.RefundChequeByNumber(ctx, c.Number)
	switch {
	case err == nil:
		return wrong("number", "cheque %s is that of the refund %s, of %s", c.Number, other.Refund, other.Day)
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	c.StaleAt = payment.ChequeStaleAt(c.Day, s.City.Zone)
	if err := tx.AddCheque(ctx, c); err != nil {
		return nil, err
	}
	at := c.Day.Start(s.City.Zone)
	if at.Before(r.DecidedAt) {
		at = r.DecidedAt
	}
	if err := postCheque(ctx, tx, ledger.RefundChequeIssued, c, at, c.IssuedAt, ledger.ForChequeIssued(c.Amount)); err != nil {
		return nil, err
	}
	if err := s.moveRefundIn(ctx, tx, &r, payment.ChequeIssued, c.IssuedBy, "cheque "+c.Number, c.IssuedAt); err != nil {
		return nil, err
	}
	out.New++
	out.Sum, err = out.Sum.Add(c.Amount)
	return nil, err
}

// refundStanding is where a refund stands, for a person.
func refundStanding(r payment.Refund) string {
	if r.Way != payment.ByCheque {
		return "by " + string(r.Way) + ", and " + string(r.State)
	}
	return string(r.State)
}

// clip bounds what a file has in a field, where it is said again.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
