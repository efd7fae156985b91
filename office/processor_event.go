package office

import (
	"context"
	"fmt"

	"fundy/desk"
	pb "fundy/desk/deskpb"
	"fundy/payment"
	"fundy/processor"
	"fundy/store"
)

// processorEvent takes a processor's message: its signature is checked, its id, kind and object are
// kept, its body is dropped. Its amounts are never believed: it only makes us look.
func (o *Office) processorEvent(ctx context.Context, r *pb.ProcessorEventRequest) (*pb.ProcessorEventResponse, error) {
	if r.GetAdapter() != o.Settings.Processor.Adapter || len(r.GetBody()) > desk.MaxEvent {
		return &pb.ProcessorEventResponse{}, nil
	}
	now := o.Now()
	hint, err := o.Processor.ReadEvent(r.GetSignature(), r.GetBody(), now)
	if err != nil {
		o.Log.Warn("office: event refused", "alarm", "event_refused", "err", processor.ErrEvent)
		return &pb.ProcessorEventResponse{}, nil
	}
	err = o.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.TakeEvent(ctx, hint, now)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("take event: %w", err)
	}
	if hint.Attempt != "" {
		select {
		case o.hints <- payment.AttemptID(hint.Attempt):
		default: // the sweeper comes to it
		}
	}
	return &pb.ProcessorEventResponse{Accepted: true}, nil
}
