package office

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"time"

	"fundy/desk"
	pb "fundy/desk/deskpb"
	"fundy/fault"
	"fundy/ident"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// Limits of what the desk brings for a payment.
const (
	sealedEmailMax = 4 << 10 // bytes: an address of 254 and the seal around it
)

// startPayment begins one payment of the quoted tickets. One store.Write decides and writes payment,
// attempt, frozen amounts, key, task and leaf; then the task's lease is ours, and we make the one
// foreign call of the way in. If we die in between, a worker makes it with the same key.
func (o *Office) startPayment(ctx context.Context, r *pb.StartPaymentRequest) (*pb.StartPaymentResponse, error) {
	ask, refused := o.readAsk(r)
	if refused != nil {
		return refusal(refused), nil
	}
	var id payment.AttemptID
	var task *store.Task
	var no *payment.Refusal
	err := o.patiently(ctx, func() (err error) {
		id, task, err = o.begin(ctx, ask, r.GetCode())
		if errors.Is(err, store.ErrConflict) || errors.As(err, &no) {
			// The same request may have been written by its twin, while this one waited for the ticket or the code: read
			// by its key.
			id, task, err = o.begin(ctx, ask, r.GetCode())
		}
		return err
	})
	if errors.As(err, &no) {
		return refusal(no), nil
	}
	if err != nil {
		return nil, fmt.Errorf("begin payment: %w", err)
	}
	// The visitor may close the browser now; the session is made all the same.
	ctx = context.WithoutCancel(ctx)
	if task != nil {
		if err := o.settler.Do(ctx, *task); err != nil {
			o.Log.Warn("office: session not made yet", "attempt", id.Ref(), "err", err)
		}
	}
	o.closeEarlier(ctx, payment.AttemptID(r.GetEarlierAttempt()), id)
	return o.begun(ctx, id)
}

// readAsk checks everything that the desk brought before the store is touched.
func (o *Office) readAsk(r *pb.StartPaymentRequest) (payment.Ask, *payment.Refusal) {
	if !requestID(r.GetRequestId()) || len(r.GetSealedEmail()) > sealedEmailMax || r.GetCode() != "" && !opaque(r.GetCode()) {
		return payment.Ask{}, &payment.Refusal{Reason: payment.RefusedOtherContent}
	}
	if len(r.GetTokens()) > o.limits.Tickets {
		return payment.Ask{}, &payment.Refusal{Reason: payment.RefusedTooMany}
	}
	ask := payment.Ask{
		RequestID: r.GetRequestId(), Channel: "web", Language: o.language(r.GetLanguage()), Currency: o.city.Currency,
		SealedEmail: r.GetSealedEmail(), ReviewBox: r.GetReviewBox(),
	}
	for _, token := range r.GetTokens() {
		q, err := readQuote(o.Token, token)
		if err != nil {
			return ask, &payment.Refusal{Reason: payment.RefusedStale}
		}
		f, err := q.Frozen("")
		if err != nil {
			return ask, &payment.Refusal{Reason: payment.RefusedStale, Tickets: []ticket.ID{q.Ticket}}
		}
		ask.Quotes = append(ask.Quotes, f)
	}
	sort.Slice(ask.Quotes, func(i, j int) bool { return ask.Quotes[i].Ticket < ask.Quotes[j].Ticket })
	ask.RequestHash = hashAsk(r.GetTokens(), ask, r.GetCode())
	return ask, nil
}

// hashAsk is what must be the same when a request id comes again. A sealed address is another text
// each time it is sealed, so only whether there is one counts.
func hashAsk(tokens []string, ask payment.Ask, code string) []byte {
	sorted := append([]string(nil), tokens...)
	sort.Strings(sorted)
	sorted = append(sorted, ask.Language, fmt.Sprint(ask.ReviewBox, len(ask.SealedEmail) > 0))
	if code != "" {
		sorted = append(sorted, code)
	}
	h := sha256.New()
	for _, part := range sorted {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

func (o *Office) language(asked string) string {
	for _, l := range o.city.Languages {
		if string(l) == asked {
			return asked
		}
	}
	return string(o.city.Languages[0])
}

// begin writes the payment, or finds the one that this request id began. task is nil when somebody
// else has the making of the session. code is the id of a one-time code that is used up with it; "" for none.
func (o *Office) begin(ctx context.Context, ask payment.Ask, code string) (id payment.AttemptID, task *store.Task, err error) {
	err = o.Store.Write(ctx, fault.BeginPayment, func(ctx context.Context, tx *store.Tx) error {
		id, task = "", nil
		earlier, err := tx.PaymentByRequest(ctx, ask.RequestID)
		if err == nil {
			id, err = o.sameAgain(ctx, tx, earlier, ask)
			return err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if _, restoring, err := tx.Restoring(ctx); err != nil {
			return err
		} else if restoring {
			return &payment.Refusal{Reason: payment.RefusedRestoring}
		}
		now := o.Now()
		used, err := codeOf(ctx, tx, code, &ask, now)
		if err != nil {
			return err
		}
		tickets, err := o.candidates(ctx, tx, &ask, now)
		if err != nil {
			return err
		}
		p, refused := payment.Begin(ask, tickets, o.limits, now)
		if refused != nil {
			return refused
		}
		p.ID = payment.ID(ident.New("pay"))
		if id, task, err = o.write(ctx, tx, p, tickets, now); err != nil || used.ID == "" {
			return err
		}
		return settle.UseCode(ctx, tx, used, p.ID, now)
	})
	return id, task, err
}

// sameAgain is the attempt of a request that came before: the same twice is one payment.
func (o *Office) sameAgain(ctx context.Context, tx *store.Tx, earlier payment.Payment, ask payment.Ask) (payment.AttemptID, error) {
	if !bytes.Equal(earlier.RequestHash, ask.RequestHash) {
		return "", &payment.Refusal{Reason: payment.RefusedOtherContent}
	}
	attempts, err := tx.AttemptsOfPayment(ctx, earlier.ID)
	if err != nil {
		return "", err
	}
	if len(attempts) == 0 {
		return "", fmt.Errorf("payment without an attempt")
	}
	return attempts[len(attempts)-1].ID, nil
}

// candidates reads the asked tickets, in ascending id, and completes the quotes with the ledger key
// of their offence.
func (o *Office) candidates(ctx context.Context, tx *store.Tx, ask *payment.Ask, now time.Time) (map[ticket.ID]payment.Candidate, error) {
	ids := make([]ticket.ID, 0, len(ask.Quotes))
	for _, q := range ask.Quotes {
		ids = append(ids, q.Ticket)
	}
	found, err := tx.LockTickets(ctx, ids)
	if err != nil {
		return nil, err
	}
	tickets := make(map[ticket.ID]payment.Candidate, len(found))
	for _, f := range found {
		if err := tx.ReadEvents(ctx, &f); err != nil {
			return nil, err
		}
		c := payment.Candidate{Ticket: f.Ticket}
		if c.Standing, err = o.stand(f.Ticket, now); err != nil {
			return nil, err
		}
		if c.Open, err = tx.OpenAttempts(ctx, f.ID); err != nil {
			return nil, err
		}
		tickets[f.ID] = c
		offence, err := o.offence(f.Ticket)
		if err != nil {
			return nil, err
		}
		for i := range ask.Quotes {
			if ask.Quotes[i].Ticket != f.ID {
				continue
			}
			ask.Quotes[i].Revenue = offence.Ledger
			if err := o.putClauses(f.Ticket, ask.Quotes[i].Components, now); err != nil {
				return nil, err
			}
		}
	}
	return tickets, nil
}

func (o *Office) write(ctx context.Context, tx *store.Tx, p payment.Payment, tickets map[ticket.ID]payment.Candidate, now time.Time) (payment.AttemptID, *store.Task, error) {
	a := payment.Attempt{
		ID: payment.AttemptID(ident.Secret()), Payment: p.ID, Adapter: o.Settings.Processor.Adapter, Amount: p.Total,
		CreatedAt: now, ExpiresAt: now.Add(o.limits.Session).Truncate(time.Second),
	}
	if err := tx.InsertPayment(ctx, p); err != nil {
		return "", nil, err
	}
	if err := tx.InsertAttempt(ctx, a); err != nil {
		return "", nil, err
	}
	task, err := settle.NewTask(settle.TaskCreate, a.ID, 1, o.session(p, a, tickets), now)
	if err != nil {
		return "", nil, err
	}
	if err := tx.AddTask(ctx, task, now, now.Add(o.settler.Lease)); err != nil {
		return "", nil, err
	}
	return a.ID, &task, tx.Tell(ctx, "payment", now, startLeaf(p, a))
}

// begun tells the portal where the payer goes next.
func (o *Office) begun(ctx context.Context, id payment.AttemptID) (*pb.StartPaymentResponse, error) {
	var a payment.Attempt
	err := o.patiently(ctx, func() (err error) {
		a, err = o.attempt(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	b := &pb.Begun{Attempt: string(a.ID)}
	if a.State == payment.Opened && desk.CheckCardURL(a.SessionURL, o.Settings.Processor.CardHost) == nil {
		b.CardUrl = a.SessionURL
	}
	return &pb.StartPaymentResponse{Outcome: &pb.StartPaymentResponse_Begun{Begun: b}}, nil
}

// closeEarlier has the card page closed that the same browser opened before, so that one person does not
// pay twice. A worker asks the processor: the new payment does not wait for it.
func (o *Office) closeEarlier(ctx context.Context, earlier, begun payment.AttemptID) {
	if !opaque(string(earlier)) || earlier == begun {
		return
	}
	err := o.settler.Close(ctx, earlier)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		o.Log.Warn("office: earlier card page not closed", "attempt", earlier.Ref(), "err", err)
	}
}

func (o *Office) attempt(ctx context.Context, id payment.AttemptID) (a payment.Attempt, err error) {
	err = o.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = tx.Attempt(ctx, id)
		return err
	})
	return a, err
}

func refusal(r *payment.Refusal) *pb.StartPaymentResponse {
	ids := make([]string, 0, len(r.Tickets))
	for _, id := range r.Tickets {
		ids = append(ids, string(id))
	}
	return &pb.StartPaymentResponse{Outcome: &pb.StartPaymentResponse_Refused{Refused: &pb.Refused{Reason: r.Reason, Tickets: ids}}}
}
