package ticket

import (
	"log/slog"
	"strings"
	"time"

	"fundy/city"
)

// Written is a paper ticket as a person types it. It holds a plate in clear: it prints as [sealed].
type Written struct {
	Series, Number string
	Day            city.Date     // of the contravention
	Clock          time.Duration // since midnight
	TimeKnown      bool
	Offence        string // code in the schedule of its day
	Place, Make    string
	Plate          string
	NoPlate        bool
	Jurisdiction   string // of the plate: "NB"
	Delivery       Delivery
	ServedOn       city.Date // day of mailing; zero on a windshield
	NoBook         bool      // who enters it says that its paper came without a book
	NoBookWhy      string    // and why: it is kept with the ticket
}

// String keeps plates out of logs.
func (Written) String() string { return "[sealed]" }

// LogValue keeps plates out of logs.
func (Written) LogValue() slog.Value { return slog.StringValue("[sealed]") }

// WrittenRefusal says which field of a paper ticket can't be taken, and why: keys of words.
type WrittenRefusal struct{ Field, Reason string }

func (r *WrittenRefusal) Error() string { return "ticket refused: " + r.Field + ": " + r.Reason }

// The reasons against a field of a paper ticket.
const (
	WrittenMissing  = "missing"
	WrittenForm     = "form"       // not what such a field holds
	WrittenLong     = "long"       // more than the field takes
	WrittenFuture   = "future"     // a day that has not come yet
	WrittenBefore   = "before"     // mailed before the contravention
	WrittenSixMonth = "six_months" // the notice is too long after the contravention
	WrittenUnknown  = "unknown"    // the schedule of that day has no such offence
	WrittenThere    = "there"      // a ticket of that number and day is here
	WrittenSpoiled  = "spoiled"    // its number was spoiled
	WrittenInStore  = "in_store"   // its book was not handed to anybody yet
	WrittenNoBook   = "no_book"    // the city keeps books of such numbers, and none has it
	WrittenOfBook   = "of_book"    // it is said to be of none, and one has it
)

// Limits of what stands on a paper ticket, in bytes.
const (
	writtenPlaceMost = 120
	writtenMakeMost  = 40
	writtenWhyMost   = 300
)

// CheckWritten says what is wrong with a paper ticket by the rules that need nothing but it and the day, or nil. A mailed
// notice is given on its day of mailing; one on a windshield on the day of the contravention.
func CheckWritten(r Regime, w Written, today city.Date) *WrittenRefusal {
	no := func(field, reason string) *WrittenRefusal { return &WrittenRefusal{field, reason} }
	key := NumberKey(w.Number)
	switch {
	case strings.TrimSpace(w.Number) == "":
		return no("number", WrittenMissing)
	case key == "" || len(key) > MaxNumber:
		return no("number", WrittenForm)
	case w.Day.IsZero():
		return no("day", WrittenForm)
	case w.Day.Compare(today) > 0:
		return no("day", WrittenFuture)
	case w.Offence == "":
		return no("offence", WrittenMissing)
	case strings.TrimSpace(w.Place) == "":
		return no("place", WrittenMissing)
	case len(w.Place) > writtenPlaceMost:
		return no("place", WrittenLong)
	case len(w.Make) > writtenMakeMost:
		return no("make", WrittenLong)
	}
	if w.NoBook && (strings.TrimSpace(w.NoBookWhy) == "" || len(w.NoBookWhy) > writtenWhyMost || strings.ContainsAny(w.NoBookWhy, "\r\n")) {
		return no("why", WrittenMissing)
	}
	if no := checkPlate(w); no != nil {
		return no
	}
	switch {
	case w.Delivery == Windshield:
		return nil
	case w.Delivery != Mailed:
		return no("delivery", WrittenForm)
	case w.ServedOn.IsZero():
		return no("served", WrittenForm)
	case w.ServedOn.Compare(w.Day) < 0:
		return no("served", WrittenBefore)
	case w.ServedOn.Compare(today) > 0:
		return no("served", WrittenFuture)
	case r.NoticeTooLate(w.Day, w.ServedOn):
		return no("served", WrittenSixMonth)
	}
	return nil
}

func checkPlate(w Written) *WrittenRefusal {
	if w.NoPlate {
		return nil
	}
	if strings.TrimSpace(w.Plate) == "" {
		return &WrittenRefusal{"plate", WrittenMissing}
	}
	if _, err := ParsePlate(w.Plate); err != nil {
		return &WrittenRefusal{"plate", WrittenForm}
	}
	if len(w.Jurisdiction) < 2 || len(w.Jurisdiction) > 3 || strings.Trim(w.Jurisdiction, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return &WrittenRefusal{"province", WrittenForm}
	}
	return nil
}

// NoticeTooLate says whether a notice was given later after the contravention than the regime has it (nb-lga: s. 157(6)).
// served zero: it was given on the day of issue.
func (r Regime) NoticeTooLate(issued, served city.Date) bool {
	return r.NoticeMonths > 0 && !served.IsZero() && served.Compare(monthsAfter(issued, r.NoticeMonths)) > 0
}

// monthsAfter is the same day so many months later; the month's last, where it does not have that day.
func monthsAfter(d city.Date, months int) city.Date {
	at := d.Start(time.UTC)
	last := time.Date(at.Year(), at.Month()+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC)
	if at.Day() > last.Day() {
		return city.DateOf(last, time.UTC)
	}
	return city.DateOf(time.Date(last.Year(), last.Month(), at.Day(), 0, 0, 0, 0, time.UTC), time.UTC)
}
