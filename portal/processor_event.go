package portal

import (
	"errors"
	"io"
	"net/http"

	"fundy/desk"
	"fundy/desk/deskpb"
)

// signatureHeaders say where each adapter's processor puts its signature.
var signatureHeaders = map[string]string{"stripe": "Stripe-Signature"}

// processorEvent hands a processor's message in, raw. It is never limited by source and carries no
// form token: its signature is checked inside.
func (p *Portal) processorEvent(w http.ResponseWriter, r *http.Request) {
	header, ok := signatureHeaders[r.PathValue("adapter")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, desk.MaxEvent))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		http.Error(w, "event too large", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		return // the sender went away
	}
	res, err := p.Desk.ProcessorEvent(r.Context(), &deskpb.ProcessorEventRequest{
		Adapter: r.PathValue("adapter"), Signature: r.Header.Get(header), Body: body,
	})
	switch {
	case err != nil:
		http.Error(w, "later, please", http.StatusServiceUnavailable)
	case !res.GetAccepted():
		http.Error(w, "not accepted", http.StatusBadRequest)
	default:
		w.WriteHeader(http.StatusOK)
	}
}
