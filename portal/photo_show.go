package portal

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"connectrpc.com/connect"

	"fundy/desk/deskpb"
	"fundy/locale"
)

// Limits of photographs per source: a page of ten tickets with twelve each has 120.
const (
	photosPerSecond = 10
	photosBurst     = 150
)

// photoShown is a photograph of a ticket on its page: the page says what it is, and the browser asks for it by itself.
type photoShown struct {
	Address       string
	Alt           string
	Width, Height int32
}

// Photos are a ticket's photographs that may be shown. Their addresses name no ticket: they are good in this visit alone,
// whose cookie has the ticket's quote.
func (v *view) Photos(t *deskpb.Ticket) []photoShown {
	var all []photoShown
	key := seen([]string{t.GetQuote().GetToken()})
	for i, p := range t.GetPhotos() {
		alt := v.T("photo.alt", "number", i+1, "count", len(t.GetPhotos()))
		if day, err := time.ParseInLocation(time.DateOnly, p.GetTakenOn(), v.City.zone); err == nil {
			alt = v.T("photo.alt.taken", "number", i+1, "count", len(t.GetPhotos()), "day", locale.Day(v.Lang, day))
		}
		all = append(all, photoShown{
			Address: v.Path("photo") + "?t=" + key + "&n=" + strconv.Itoa(i+1), Alt: alt, Width: p.GetWidth(), Height: p.GetHeight(),
		})
	}
	return all
}

// showPhoto answers with one photograph of a ticket that the visit holds. It is no page: where there is none, it says so
// without touching the visit, which a page in another window may have changed.
func (p *Portal) showPhoto(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	token := p.visit(r).tokenOf(r.URL.Query().Get("t"))
	if err != nil || token == "" {
		http.Error(w, "", http.StatusNotFound)
		return
	}
	if !p.photos.allow(p.source(r), p.Now()) {
		h.Set("Retry-After", "10")
		http.Error(w, "", http.StatusTooManyRequests)
		return
	}
	body, status := p.photo(r.Context(), r.Pattern, token, n)
	if status != http.StatusOK {
		http.Error(w, "", status)
		return
	}
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if _, err := w.Write(body); err != nil {
		p.Log.Info("portal: visitor went away", "err", err)
	}
}

func (p *Portal) photo(ctx context.Context, route, token string, n int) ([]byte, int) {
	res, err := p.Desk.ShowPhoto(ctx, &deskpb.ShowPhotoRequest{Token: token, Number: int32(n)})
	switch {
	case err != nil && ctx.Err() == nil:
		p.Log.Error("portal: photograph not shown", "route", route, "code", connect.CodeOf(err).String(), "err", err)
		return nil, http.StatusServiceUnavailable
	case len(res.GetJpeg()) == 0:
		return nil, http.StatusNotFound
	}
	return res.GetJpeg(), http.StatusOK
}

// tokenOf is the visit's quote that a page has named; "" where the visit does not hold it.
func (v visit) tokenOf(key string) string {
	for _, t := range v.Tokens {
		if seen([]string{t}) == key {
			return t
		}
	}
	return ""
}
