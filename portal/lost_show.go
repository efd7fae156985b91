package portal

import "net/http"

// showLost says whom to call, when, and with what ready, for who does not have his ticket. It looks for nothing: a
// plate can be read on any street, and alone it opens no ticket.
func (p *Portal) showLost(w http.ResponseWriter, _ *http.Request, v *view) error {
	v.Switch = paths["lost"][v.Other()]
	return p.show(w, v, http.StatusOK, "lost")
}
