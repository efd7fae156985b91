package portal

import (
	"net/http"
	"slices"
	"strings"

	"connectrpc.com/connect"

	"fundy/desk/deskpb"
)

// findPage is what was typed, shown again as it was.
type findPage struct {
	Number, Plate, Day, Slip string
	NoPlate                  bool
	AskDay                   bool
	NotFound                 *deskpb.NotFound
}

// showFront offers both languages equally.
func (p *Portal) showFront(w http.ResponseWriter, _ *http.Request, v *view) error {
	return p.show(w, v, http.StatusOK, "front")
}

// showFind is the first page: number and plate.
func (p *Portal) showFind(w http.ResponseWriter, _ *http.Request, v *view) error {
	v.Data = &findPage{}
	return p.show(w, v, http.StatusOK, "find")
}

// Limits of what is typed, in characters.
const (
	typedMost = 64
	dayMost   = 10
)

// findTicket looks a ticket up. Absent and mismatched are one page.
func (p *Portal) findTicket(w http.ResponseWriter, r *http.Request, v *view) error {
	typed := &findPage{
		Number: field(r, "number"), Plate: field(r, "plate"), Day: field(r, "day"), Slip: field(r, "slip"), NoPlate: r.PostFormValue("no_plate") != "",
	}
	v.Data = typed
	typed.AskDay = r.PostFormValue("day_asked") != ""
	// The switch of language is a button of this form: what was typed stays.
	if lang := r.PostFormValue("lang"); lang != "" && slices.Contains(languages, lang) {
		v.Lang = lang
		return p.show(w, v, http.StatusOK, "find")
	}
	if v.Problem = typed.problem(v.card); v.Problem != nil {
		return p.show(w, v, http.StatusUnprocessableEntity, "find")
	}
	ask := &deskpb.FindTicketRequest{Number: typed.Number, Plate: typed.Plate, IssuedOn: typed.Day, Slip: typed.Slip}
	if typed.NoPlate {
		ask.Plate = ""
	}
	res, err := p.Desk.FindTicket(r.Context(), ask)
	if away(err) && r.Context().Err() == nil {
		return p.findLater(w, r, v, err)
	}
	if err != nil {
		return err
	}
	switch o := res.GetOutcome().(type) {
	case *deskpb.FindTicketResponse_Ticket:
		return p.hold(w, r, v, o.Ticket)
	case *deskpb.FindTicketResponse_AskDay:
		typed.AskDay = true
		v.Problem = &problem{Field: "day", Key: "find.day.two"}
	case *deskpb.FindTicketResponse_SlowDown:
		v.Problem = &problem{Field: "number", Key: "find.slow", Fill: []any{"seconds", o.SlowDown.GetSeconds()}}
	case *deskpb.FindTicketResponse_Invalid:
		v.Problem = &problem{Field: fieldID(o.Invalid.GetField()), Key: invalidKey(o.Invalid)}
	default:
		typed.NotFound = res.GetNotFound()
		v.Problem = &problem{Field: "number", Key: "find.not_found"}
	}
	return p.show(w, v, http.StatusUnprocessableEntity, "find")
}

// findLater keeps what was typed while the office is away: the same button tries again.
func (p *Portal) findLater(w http.ResponseWriter, r *http.Request, v *view, err error) error {
	p.Log.Error("portal: no answer to a look-up", "route", r.Pattern, "code", connect.CodeOf(err).String(), "err", err)
	v.Problem = &problem{Field: "number", Key: "find.away"}
	w.Header().Set("Retry-After", "10")
	return p.show(w, v, http.StatusServiceUnavailable, "find")
}

func (f *findPage) problem(card string) *problem {
	switch {
	case slices.Contains([]string{"number", "plate", "day", "slip"}, card):
		return &problem{Field: card, Key: "card.refused"}
	case card != "":
		return &problem{Field: "number", Key: "card.refused"}
	case f.Number == "":
		return &problem{Field: "number", Key: "find.number.missing"}
	case f.Plate == "" && !f.NoPlate:
		return &problem{Field: "plate", Key: "find.plate.missing"}
	case f.NoPlate && f.Day == "":
		return &problem{Field: "day", Key: "find.day.missing"}
	}
	return nil
}

// hold adds a found ticket to the visit and shows what the visit holds.
func (p *Portal) hold(w http.ResponseWriter, r *http.Request, v *view, t *deskpb.Ticket) error {
	token := t.GetQuote().GetToken()
	tokens, err := p.others(r, v, t)
	if err != nil {
		return err
	}
	if len(tokens) >= int(v.City.GetTicketsMax()) {
		v.Problem = &problem{Field: "number", Key: "find.too_many", Fill: []any{"max", v.City.GetTicketsMax()}}
		return p.show(w, v, http.StatusUnprocessableEntity, "find")
	}
	if v.visit.Tokens = append(tokens, token); len(tokens) == 0 {
		v.visit.Code = "" // nothing is left of what a code had opened
	}
	return p.redirect(w, r, v, v.Path("tickets"))
}

// others are the quotes of the visit's other tickets that can be paid: a ticket that can't be is
// shown once.
func (p *Portal) others(r *http.Request, v *view, t *deskpb.Ticket) ([]string, error) {
	if len(v.visit.Tokens) == 0 {
		return nil, nil
	}
	held, err := p.Desk.ReadQuotes(r.Context(), &deskpb.ReadQuotesRequest{Tokens: v.visit.Tokens})
	if err != nil {
		return nil, err
	}
	var tokens []string
	for _, h := range held.GetTickets() {
		if h.GetId() != t.GetId() && h.GetStanding().GetPayable() {
			tokens = append(tokens, h.GetQuote().GetToken())
		}
	}
	return tokens, nil
}

func field(r *http.Request, name string) string {
	s := strings.TrimSpace(strings.ToValidUTF8(r.PostFormValue(name), ""))
	if len(s) > typedMost {
		s = strings.ToValidUTF8(s[:typedMost], "")
	}
	return s
}

func fieldID(name string) string {
	if name == "issued_on" {
		return "day"
	}
	return name
}

// invalidKey is the sentence for what the desk found wrong with a field.
func invalidKey(i *deskpb.Invalid) string {
	if i.GetProblem() == "card" {
		return "card.refused"
	}
	if key := "find." + fieldID(i.GetField()) + "." + i.GetProblem(); has(key) {
		return key
	}
	return "find.number.missing"
}
