package portal

import (
	"net/http"
	"net/url"
	"slices"

	"fundy/desk"
	"fundy/desk/deskpb"
)

// outcomePage says how a payment stands.
type outcomePage struct {
	Key     string // of the words: waiting, open, cancelled, expired, released, failed, stopped, unknown
	Attempt string
	CardURL string
	Total   int64
	Numbers []string
	Blocked string
	Reason  string
	// Declined is what is said of the last card that was refused, "" for nothing.
	Declined string
}

// Rest says whether there are others to be paid when one ticket stood in the way.
func (o *outcomePage) Rest() bool {
	return len(o.Numbers) > 1 && (o.Reason == "paid_elsewhere" || o.Reason == "gone")
}

// attemptMost is the longest attempt id, in characters.
const attemptMost = 64

// showReturn is where the browser comes back from the card page, and where "check again" leads. The
// answer is held up to 20 seconds while the outcome is not known; the page never refreshes by itself.
func (p *Portal) showReturn(w http.ResponseWriter, r *http.Request, v *view) error {
	attempt := r.PathValue("attempt")
	if len(attempt) > attemptMost {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	v.Again = "/r/" + url.PathEscape(attempt)
	cancelled := r.URL.Query().Get("c") != ""
	ask := &deskpb.WatchPaymentRequest{Attempt: attempt, Returned: true}
	if !cancelled {
		ask.WaitSeconds = int32(desk.MaxWait.Seconds())
	}
	res, err := p.Desk.WatchPayment(r.Context(), ask)
	if err != nil {
		return err
	}
	p.speak(r, v, res.GetLanguage())
	if res.GetOutcome() == "paid" {
		v.visit.Tokens, v.visit.Attempt, v.visit.Code = nil, "", ""
		return p.redirect(w, r, v, "/r/"+attempt+"/receipt"+v.langQuery(res.GetLanguage()))
	}
	page := &outcomePage{
		Key: res.GetOutcome(), Attempt: attempt, Total: res.GetTotalMinor(), Numbers: res.GetTicketNumbers(),
		Blocked: res.GetBlockedTicket(), Reason: res.GetReleaseReason(),
	}
	if page.Key == "open" && cancelled {
		page.Key = "cancelled"
	}
	page.Declined = p.declined(v, page.Key, res)
	if desk.CheckCardURL(res.GetCardUrl(), p.CardHost) == nil {
		page.CardURL = res.GetCardUrl()
	}
	status := http.StatusOK
	if page.Key == "unknown" || !has("outcome."+page.Key+".title") {
		page.Key, status = "unknown", http.StatusNotFound
	}
	v.Data, v.Switch = page, "/r/"+attempt+"?lang="+v.Other()
	if cancelled {
		v.Switch += "&c=1"
	}
	return p.show(w, v, status, "outcome")
}

// declined is what is said of the last card that was refused on this payment's page: that another may be tried while
// the page is open, or only that it was.
func (p *Portal) declined(v *view, outcome string, res *deskpb.WatchPaymentResponse) string {
	key := map[string]string{"open": "declined.at", "cancelled": "declined.at", "expired": "declined.before", "failed": "declined.before"}[outcome]
	reason := "declined." + res.GetDeclined()
	if key == "" || res.GetDeclined() == "" || !has(reason) {
		return ""
	}
	return v.T(key, "time", v.Clock(res.GetDeclinedAt()), "reason", v.T(reason))
}

// speak takes the language that was asked for by the switch, or else the payment's own.
func (p *Portal) speak(r *http.Request, v *view, own string) {
	for _, lang := range []string{own, r.URL.Query().Get("lang")} {
		if slices.Contains(languages, lang) {
			v.Lang = lang
		}
	}
}

// langQuery keeps a switched language over a redirect.
func (v *view) langQuery(own string) string {
	if v.Lang == own {
		return ""
	}
	return "?lang=" + v.Lang
}
