// Package desk is what the public side may ask of the office: the schema (desk.proto) and its
// client over a Unix socket. What answers stands in office/.
//
// Its invariants, and what one who owns the portal can do with it, stand at the head of desk.proto.
package desk

import (
	"context"
	"net"
	"net/http"
	"time"

	"connectrpc.com/connect"

	"fundy/desk/deskpb/deskpbconnect"
)

// Limits of the desk. Each is checked on both sides.
const (
	MaxMessage = 512 << 10        // bytes of one message: an event of 256 KiB and its frame
	MaxEvent   = 256 << 10        // bytes of a processor's event
	MaxWait    = 20 * time.Second // how long WatchPayment holds its answer
	MaxPhoto   = 400 << 10        // bytes of a photograph's copy
	callLimit  = 30 * time.Second // the longest call, WatchPayment's wait included
)

// CodeFull is the code of a call that was not done because the office can't write: its disk is full or
// read-only. Nothing that was begun is lost by it.
const CodeFull = connect.CodeFailedPrecondition

// Dial makes a client of the office's Unix socket. It connects at the first call, and again after
// the office has been restarted.
func Dial(socket string) deskpbconnect.DeskClient {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, "unix", socket)
		},
		MaxIdleConns:        64,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}
	return deskpbconnect.NewDeskClient(
		&http.Client{Transport: transport, Timeout: callLimit},
		"http://desk",
		connect.WithReadMaxBytes(MaxMessage),
		connect.WithSendMaxBytes(MaxReviewFile), // the largest of all; the office checks each call's own limit
		// Nothing is compressed on the way: same machine, bytes are cheaper than cycles. Compressing took a
		// third of a look-up's time and 0.8 MB for each that was under way.
		connect.WithAcceptCompression("gzip", nil, nil),
	)
}
