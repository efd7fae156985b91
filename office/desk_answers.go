package office

import (
	"context"

	pb "fundy/desk/deskpb"
)

// deskAnswers is the desk's schema in the order of its file; each answer stands in a file of its own.
type deskAnswers struct{ o *Office }

func (d *deskAnswers) Front(ctx context.Context, r *pb.FrontRequest) (*pb.FrontResponse, error) {
	return d.o.front(ctx, r)
}

func (d *deskAnswers) FindTicket(ctx context.Context, r *pb.FindTicketRequest) (*pb.FindTicketResponse, error) {
	return d.o.findTicket(ctx, r)
}

func (d *deskAnswers) OpenCode(ctx context.Context, r *pb.OpenCodeRequest) (*pb.OpenCodeResponse, error) {
	return d.o.openCode(ctx, r)
}

func (d *deskAnswers) ReadQuotes(ctx context.Context, r *pb.ReadQuotesRequest) (*pb.ReadQuotesResponse, error) {
	return d.o.readQuotes(ctx, r)
}

func (d *deskAnswers) StartPayment(ctx context.Context, r *pb.StartPaymentRequest) (*pb.StartPaymentResponse, error) {
	return d.o.startPayment(ctx, r)
}

func (d *deskAnswers) WatchPayment(ctx context.Context, r *pb.WatchPaymentRequest) (*pb.WatchPaymentResponse, error) {
	return d.o.watchPayment(ctx, r)
}

func (d *deskAnswers) ShowReceipt(ctx context.Context, r *pb.ShowReceiptRequest) (*pb.ShowReceiptResponse, error) {
	return d.o.showReceipt(ctx, r)
}

func (d *deskAnswers) CheckMessage(ctx context.Context, r *pb.CheckMessageRequest) (*pb.CheckMessageResponse, error) {
	return d.o.checkMessage(ctx, r)
}

func (d *deskAnswers) AskReview(ctx context.Context, r *pb.AskReviewRequest) (*pb.AskReviewResponse, error) {
	return d.o.askReview(ctx, r)
}

func (d *deskAnswers) AddReviewFile(ctx context.Context, r *pb.AddReviewFileRequest) (*pb.AddReviewFileResponse, error) {
	return d.o.addReviewFile(ctx, r)
}

func (d *deskAnswers) FindReview(ctx context.Context, r *pb.FindReviewRequest) (*pb.FindReviewResponse, error) {
	return d.o.findReview(ctx, r)
}

func (d *deskAnswers) ProcessorEvent(ctx context.Context, r *pb.ProcessorEventRequest) (*pb.ProcessorEventResponse, error) {
	return d.o.processorEvent(ctx, r)
}

func (d *deskAnswers) ShowPhoto(ctx context.Context, r *pb.ShowPhotoRequest) (*pb.ShowPhotoResponse, error) {
	return d.o.showPhoto(ctx, r)
}
