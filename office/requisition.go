package office

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ident"
	"fundy/office/unseal"
	"fundy/payment"
	"fundy/seal"
	"fundy/sheet"
	"fundy/store"
)

// RequisitionsConfig is what Requisitions is made of.
type RequisitionsConfig struct {
	Store   *store.Store
	City    city.City
	Private []byte                        // the text of the seal's private key
	Digest  func(fields ...string) []byte // keyed: what a file says can't be guessed from its digest
	Now     func() time.Time
}

// Requisitions asks accounts payable for the cheques of refunds. It opens payees, and each opening is on record
// before the name is there.
type Requisitions struct {
	RequisitionsConfig
	opener *unseal.Opener
}

// NewRequisitions makes a Requisitions.
func NewRequisitions(c RequisitionsConfig) (*Requisitions, error) {
	key, err := unseal.Parse(c.Private)
	if err != nil {
		return nil, err
	}
	opener, err := unseal.New(unseal.Config{PrivateKey: key, Record: openings{c.Store, c.Now}.record})
	if err != nil {
		return nil, err
	}
	return &Requisitions{RequisitionsConfig: c, opener: opener}, nil
}

// requisitionMost bounds the cheques of one requisition.
const requisitionMost = 500

// What stands in a requisition's way. Nothing has been written.
var (
	ErrNothingToPay  = errors.New("no refund waits for a cheque that nobody has been asked for")
	ErrPayeeErased   = errors.New("a payee of it has been erased since: its file can't be made again")
	ErrOtherFile     = errors.New("its file is not as it was: a name or an address was changed in the store")
	ErrSomebodyFirst = errors.New("somebody else has made a requisition, or ended one of its refunds, at the same moment: nothing was written; try again")
)

// ErrOwnPayee is a requisition with a payee whom its maker has given himself.
type ErrOwnPayee struct {
	Refund payment.RefundID
	By     string
}

func (e ErrOwnPayee) Error() string {
	return fmt.Sprintf("%s has given the payee of %s: somebody else makes the requisition", e.By, e.Refund)
}

// Waiting lists the refunds that the next requisition would ask for. It opens nothing.
func (q *Requisitions) Waiting(ctx context.Context, by string) (r payment.Requisition, all []payment.ToPay, err error) {
	err = q.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		if all, err = tx.ToPay(ctx, requisitionMost); err != nil {
			return err
		}
		r.Number, err = tx.NewestRequisition(ctx)
		return err
	})
	if err != nil {
		return r, nil, err
	}
	r.Number, r.By, r.At, r.Count = r.Number+1, by, q.Now(), len(all)
	for _, p := range all {
		if r.Sum, err = r.Sum.Add(p.Amount); err != nil {
			return r, nil, err
		}
	}
	switch own := payment.AgainstRequisition(all, by); {
	case !payment.StaffName(by):
		return r, nil, &payment.RefundRefusal{Reason: payment.RefusedWho}
	case len(all) == 0:
		return r, nil, ErrNothingToPay
	case own != "":
		return r, nil, ErrOwnPayee{Refund: own, By: by}
	}
	return r, all, nil
}

// Make asks for the cheques of all refunds that wait: the requisition is written, and its file returned. A crash
// after it was written loses no file: Again makes the same.
func (q *Requisitions) Make(ctx context.Context, by string) (payment.Requisition, []byte, error) {
	r, all, err := q.Waiting(ctx, by)
	if err != nil {
		return r, nil, err
	}
	r.ID = ident.New("req")
	file, err := q.file(ctx, r, all, by)
	if err != nil {
		return r, nil, err
	}
	r.Digest = q.digest(file)
	err = q.Store.Write(ctx, fault.MakeRequisition, func(ctx context.Context, tx *store.Tx) error {
		// First, as everybody does who locks several refunds.
		if err := tx.LockSettlement(ctx); err != nil {
			return err
		}
		if err := stillToPay(ctx, tx, all); err != nil {
			return err
		}
		if err := tx.AddRequisition(ctx, r, all); err != nil {
			return err
		}
		return tx.Tell(ctx, "requisition", r.At, map[string]any{
			"requisition": r.ID, "number": r.Number, "who": by, "refunds": r.Count, "amount_minor": r.Sum.Minor(), "file": r.Digest,
		})
	})
	if errors.Is(err, store.ErrConflict) {
		err = ErrSomebodyFirst
	}
	return r, file, err
}

// stillToPay locks the refunds, in the order in which everybody locks them, and wants each to wait for its cheque.
func stillToPay(ctx context.Context, tx *store.Tx, all []payment.ToPay) error {
	for _, p := range all {
		r, err := tx.Refund(ctx, p.Refund)
		if err != nil {
			return err
		}
		if _, err := tx.LockAttempt(ctx, r.Attempt); err != nil {
			return err
		}
		if r, err = tx.LockRefund(ctx, p.Refund); err != nil {
			return err
		}
		if r.State != payment.RefundToIssue {
			return ErrSomebodyFirst
		}
	}
	return nil
}

// Again makes a requisition's file once more: the same, to the byte, and for nobody who has given a payee of it.
func (q *Requisitions) Again(ctx context.Context, number int64, by string) (r payment.Requisition, file []byte, err error) {
	if !payment.StaffName(by) {
		return r, nil, &payment.RefundRefusal{Reason: payment.RefusedWho}
	}
	var all []payment.ToPay
	err = q.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		if r, err = tx.Requisition(ctx, number); err != nil {
			return err
		}
		all, err = tx.RequisitionItems(ctx, r.ID)
		return err
	})
	if err != nil {
		return r, nil, err
	}
	if own := payment.AgainstRequisition(all, by); own != "" {
		return r, nil, ErrOwnPayee{Refund: own, By: by}
	}
	for _, p := range all {
		if p.Erased {
			return r, nil, ErrPayeeErased
		}
	}
	if file, err = q.file(ctx, r, all, by); err != nil {
		return r, nil, err
	}
	if q.digest(file) != r.Digest {
		return r, nil, ErrOtherFile
	}
	return r, file, nil
}

func (q *Requisitions) digest(file []byte) string {
	return hex.EncodeToString(q.Digest("requisition", string(file)))
}

// file opens each payee and writes the requisition as CSV. What a spreadsheet could take for a formula is written as
// text: a payer can have any name.
func (q *Requisitions) file(ctx context.Context, r payment.Requisition, all []payment.ToPay, by string) ([]byte, error) {
	rows := [][]string{{"requisition", "line", "refund", "receipt", "amount", "currency", "payee", "address_1", "address_2", "address_3", "address_4", "address_5", "address_6"}}
	for i, p := range all {
		what := unseal.What{Actor: "staff:" + by, Purpose: "requisition", Subject: string(p.Refund), Field: "payee"}
		plain, err := q.opener.Open(ctx, what, p.Sealed, []byte(seal.RefundPayee), payeePlace(q.City.ID, p.Refund, p.N))
		if err != nil {
			return nil, err
		}
		row := make([]string, len(rows[0]))
		copy(row, []string{strconv.FormatInt(r.Number, 10), strconv.Itoa(i + 1), string(p.Refund), p.Receipt, p.Amount.String(), q.City.Currency})
		for j, line := range strings.Split(string(plain), "\n") {
			if j < payeeLinesMost {
				row[6+j] = sheet.Escape(line)
			}
		}
		rows = append(rows, row)
	}
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	out.UseCRLF = true
	if err := out.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write requisition: %w", err)
	}
	return b.Bytes(), nil
}
