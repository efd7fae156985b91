package office

import (
	"context"
	"fmt"
	"time"

	"fundy/desk"
	pb "fundy/desk/deskpb"
	"fundy/fault"
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
		o.refusedEvent(err, now)
		return &pb.ProcessorEventResponse{}, nil
	}
	var fresh bool
	err = o.Store.Write(ctx, fault.TakeEvent, func(ctx context.Context, tx *store.Tx) (err error) {
		fresh, err = tx.TakeEvent(ctx, hint, now)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("take event: %w", err)
	}
	if fresh && (hint.Attempt != "" || hint.Refund != "") {
		select {
		case o.hints <- hint:
		default: // the sweeper comes to it
		}
	}
	return &pb.ProcessorEventResponse{Accepted: true}, nil
}

// refusedEvent says once a minute that events are refused, and how many: anybody can send one.
func (o *Office) refusedEvent(err error, now time.Time) {
	if refused, say := o.refused.now(now); say {
		o.Log.Warn("office: events refused", "alarm", "event_refused", "since_start", refused, "last", err)
	}
}
