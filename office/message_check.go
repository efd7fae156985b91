package office

import (
	"context"
	"errors"
	"fmt"

	pb "fundy/desk/deskpb"
	"fundy/ident"
	"fundy/payment"
	"fundy/store"
)

// checkMessage says whether a message is ours, and when it was sent: nothing of who has it, or of what.
func (o *Office) checkMessage(ctx context.Context, r *pb.CheckMessageRequest) (*pb.CheckMessageResponse, error) {
	if !o.slow.city.AllowN(o.Now(), 1) {
		return &pb.CheckMessageResponse{SlowDown: &pb.SlowDown{Seconds: 1}}, nil
	}
	reference, ok := ident.ReadMessage(r.GetReference())
	if !ok {
		return &pb.CheckMessageResponse{}, nil
	}
	var m payment.Message
	err := o.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		m, err = tx.Message(ctx, reference)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("check message: %w", err)
	}
	if !m.Ours() {
		return &pb.CheckMessageResponse{}, nil
	}
	at := m.MadeAt // the server may have it although we have not heard so
	if !m.SentAt.IsZero() {
		at = m.SentAt
	}
	return &pb.CheckMessageResponse{Ours: true, SentAt: at.UnixMicro(), Kind: m.Kind}, nil
}
