package staff

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"fundy/city"
	"fundy/ticket"
)

// enterPage is a paper ticket as it is typed.
type enterPage struct {
	Series, Number, Day, Time, Offence, Place, Make, Plate, Province, Delivery, Served string
	NoPlate                                                                            bool
	NoBook                                                                             bool
	Why                                                                                string         // it came without a book
	Offences                                                                           []city.Offence // of the schedule that holds today, and of those before
	Today                                                                              string
}

func (p *Pages) showEnter(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.enterPage(w, r, v, &enterPage{Province: p.city.Province, Delivery: string(ticket.Windshield)})
}

func (p *Pages) enterPage(w http.ResponseWriter, _ *http.Request, v *view, page *enterPage) error {
	today := city.DateOf(v.Now, p.city.Zone)
	page.Today = today.String()
	seen := map[string]bool{}
	for _, s := range p.Rules().Schedules {
		for _, o := range s.Offences {
			if !seen[o.Code] {
				seen[o.Code] = true
				page.Offences = append(page.Offences, o)
			}
		}
	}
	v.Data, v.Back = page, "/enter"
	return p.answer(w, v, "work_enter")
}

// enterTicket brings in a paper ticket. What is refused stays in the page, the plate too: it is the clerk's own typing.
func (p *Pages) enterTicket(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &enterPage{
		Series: bounded(r, "series"), Number: bounded(r, "number"), Day: bounded(r, "day"), Time: bounded(r, "time"), Offence: bounded(r, "offence"),
		Place: oneLine(r, "place"), Make: oneLine(r, "make"), Plate: bounded(r, "plate"), Province: strings.ToUpper(bounded(r, "province")),
		Delivery: bounded(r, "delivery"), Served: bounded(r, "served"), NoPlate: r.PostForm.Get("no_plate") == "1",
		NoBook: r.PostForm.Get("no_book") == "1", Why: oneLine(r, "why"),
	}
	written, no := page.written()
	var id ticket.ID
	var err error
	if no == nil {
		id, err = p.EnterTicket(r.Context(), v.Name(), written)
	}
	if no == nil && !errors.As(err, &no) {
		if err != nil {
			return err
		}
		return done(w, r, "/tickets/"+string(id), "work_entered")
	}
	v.Problem = &problem{Field: no.Field, Key: "work.written." + no.Field + "." + no.Reason}
	if said["en"][v.Problem.Key] == "" {
		v.Problem.Key = "work.written." + no.Reason
	}
	return p.enterPage(w, r, v, page)
}

// written reads what was typed.
func (page *enterPage) written() (ticket.Written, *ticket.WrittenRefusal) {
	w := ticket.Written{
		Series: page.Series, Number: page.Number, Offence: page.Offence, Place: page.Place, Make: page.Make, Plate: page.Plate, NoPlate: page.NoPlate,
		Jurisdiction: page.Province, Delivery: ticket.Delivery(page.Delivery), NoBook: page.NoBook, NoBookWhy: page.Why,
	}
	var err error
	if w.Day, err = city.ParseDate(page.Day); err != nil {
		return w, &ticket.WrittenRefusal{Field: "day", Reason: ticket.WrittenForm}
	}
	if page.Time != "" {
		at, err := time.Parse("15:04", page.Time)
		if err != nil {
			return w, &ticket.WrittenRefusal{Field: "time", Reason: ticket.WrittenForm}
		}
		w.Clock, w.TimeKnown = time.Duration(at.Hour())*time.Hour+time.Duration(at.Minute())*time.Minute, true
	}
	if page.Served != "" {
		if w.ServedOn, err = city.ParseDate(page.Served); err != nil {
			return w, &ticket.WrittenRefusal{Field: "served", Reason: ticket.WrittenForm}
		}
	}
	if w.Delivery == ticket.Windshield {
		w.ServedOn = city.Date{}
	}
	return w, nil
}
