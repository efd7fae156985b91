package city

import (
	"fmt"
	"slices"
)

// ReviewSettings is how people ask that a ticket be looked at again.
type ReviewSettings struct {
	Offered    bool     `toml:"offered"     comment:"Whether people can ask for a review of a ticket, on the portal and through staff."`
	Reasons    []string `toml:"reasons"     comment:"The reasons that are offered, of permit, machine, plate, sold, stolen, medical, other."`
	AskDays    int      `toml:"ask_days"    comment:"How many days after the day of issue a review can be asked for: 0 (as long as the ticket is owed) to 365."`
	DecideDays int      `toml:"decide_days" comment:"How many working days the city has for a decision: 1 to 120."`
	Hold       bool     `toml:"hold"        comment:"Whether the price stands still while a review is under way."`
	AfterDays  int      `toml:"after_days"  comment:"How many days after a review was not granted the price of the day it was asked for holds again: 0 (not at all) to 60."`
	AgainDays  int      `toml:"again_days"  comment:"generic: how many days after a hearing that the party did not come to another can be asked for, once: 0 (none can) to 60."`
	KeepDays   int      `toml:"keep_days"   comment:"How long what people have written for a review is kept once it has ended: 30 to 3650. Then it is erased."`
	FilesMost  int      `toml:"files_most"  comment:"Photos and documents to one review: 0 to 5."`
}

// reviewReasons are all reasons that there are words for.
var reviewReasons = []string{"permit", "machine", "plate", "sold", "stolen", "medical", "other"}

func defaultReview() ReviewSettings {
	return ReviewSettings{Offered: true, Reasons: slices.Clone(reviewReasons), DecideDays: 15, KeepDays: 400, FilesMost: 5}
}

func (s *Settings) checkReview(f *faultList) {
	r := s.Review
	for _, reason := range r.Reasons {
		if !slices.Contains(reviewReasons, reason) {
			f.add("review.reasons", fmt.Sprintf("there are no words for %q: %v", reason, reviewReasons))
		}
	}
	if r.Offered && len(r.Reasons) == 0 {
		f.add("review.reasons", `is empty: write ["other"], or set offered to false`)
	}
	f.between("review.ask_days", r.AskDays, 0, 365)
	f.between("review.decide_days", r.DecideDays, 1, 120)
	f.between("review.after_days", r.AfterDays, 0, 60)
	f.between("review.again_days", r.AgainDays, 0, 60)
	f.between("review.keep_days", r.KeepDays, 30, 3650)
	f.between("review.files_most", r.FilesMost, 0, 5)
}
