package staff

import (
	"encoding/json"
	"errors"
	"net/http"
)

// askUnlock hands a page that has hidden itself what its script asks the passkey with.
func (p *Pages) askUnlock(w http.ResponseWriter, _ *http.Request, _ *view) error {
	asked, err := p.askPasskey()
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]any{"options": json.RawMessage(asked.Options), "ceremony": asked.Ceremony})
}

// unlock takes the passkey's answer for a page that has hidden itself. The page stays as it was left: its forms get
// the session's token. Another person, who has his own session now, is not shown it.
func (p *Pages) unlock(w http.ResponseWriter, r *http.Request, v *view) error {
	same, err := p.enter(w, r, &v.visit, r.PostForm.Get(fieldCeremony), r.PostForm.Get(fieldAnswer))
	if errors.Is(err, errSlow) {
		w.WriteHeader(http.StatusTooManyRequests)
		return nil
	}
	if refusedAnswer(err) {
		w.WriteHeader(http.StatusForbidden)
		return nil
	}
	if err != nil {
		return err
	}
	if !same {
		w.WriteHeader(http.StatusConflict)
		return nil
	}
	return writeJSON(w, map[string]any{"form": p.formToken(v.visit.token)})
}

func writeJSON(w http.ResponseWriter, what any) error {
	b, err := json.Marshal(what)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b) // who has gone away asks again
	return nil
}
