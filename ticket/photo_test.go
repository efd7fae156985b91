package ticket_test

import (
	"slices"
	"strings"
	"testing"

	"fundy/city"
	"fundy/ticket"
)

func photoReason(no *ticket.PhotoRefusal) string {
	if no == nil {
		return ""
	}
	return no.Reason
}

func cover(left, top, right, bottom int) ticket.Cover {
	return ticket.Cover{Left: left, Top: top, Right: right, Bottom: bottom}
}

// A photograph is added up to the most of them, taken from the day before the contravention to today.
func TestWhichPhotographsAreAdded(t *testing.T) {
	t.Parallel()
	issued, today := day(t, "2026-06-01"), day(t, "2026-06-03")
	for name, c := range map[string]struct {
		has, numbers int
		taken        city.Date
		want         string
	}{
		"the first":            {0, 0, city.Date{}, ""},
		"the last":             {11, 40, issued, ""},
		"one too many":         {12, 12, issued, ticket.PhotoFull},
		"no number left":       {1, 99, issued, ticket.PhotoFull},
		"before midnight":      {0, 0, issued.AddDays(-1), ""},
		"before it all":        {0, 0, issued.AddDays(-2), ticket.PhotoDay},
		"afterwards, today":    {0, 0, today, ""},
		"on a day to come":     {0, 0, today.AddDays(1), ticket.PhotoDay},
		"full, whatever a day": {12, 12, today.AddDays(9), ticket.PhotoFull},
	} {
		if got := photoReason(ticket.PhotoOf(ticket.Ticket{IssuedOn: issued}, c.has, c.numbers, c.taken, today)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A cover has two opposite corners, in any order, and lies within the picture; of a photograph as somebody has seen it.
func TestCovers(t *testing.T) {
	t.Parallel()
	kept := ticket.Photo{State: ticket.PhotoKept, Width: 200, Height: 100, Version: 3}
	full := kept
	full.Covers = make([]ticket.Cover, ticket.CoversMost)
	out := kept
	out.State = ticket.PhotoReleased
	for name, c := range map[string]struct {
		photo   ticket.Photo
		version int64
		cover   ticket.Cover
		want    string
		is      ticket.Cover
	}{
		"from upper left":    {kept, 3, cover(10, 20, 50, 60), "", cover(10, 20, 50, 60)},
		"from lower left":    {kept, 3, cover(10, 60, 50, 20), "", cover(10, 20, 50, 60)},
		"beyond the edges":   {kept, 3, cover(-5, -5, 900, 900), "", cover(0, 0, 200, 100)},
		"a line":             {kept, 3, cover(10, 20, 90, 20), ticket.PhotoSmall, ticket.Cover{}},
		"outside":            {kept, 3, cover(300, 20, 390, 60), ticket.PhotoSmall, ticket.Cover{}},
		"of an older page":   {kept, 2, cover(10, 20, 50, 60), ticket.PhotoMoved, ticket.Cover{}},
		"one too many":       {full, 3, cover(10, 20, 50, 60), ticket.PhotoCovers, ticket.Cover{}},
		"of a released one":  {out, 3, cover(10, 20, 50, 60), ticket.PhotoStands, ticket.Cover{}},
		"an overflow's edge": {kept, 3, cover(-1<<62, 0, 1<<62, 50), "", cover(0, 0, 200, 50)},
	} {
		covers, no := ticket.CoverOf(c.photo, c.version, c.cover)
		if photoReason(no) != c.want || no == nil && covers[len(covers)-1] != c.is {
			t.Errorf("%s: %q, %v", name, photoReason(no), covers)
		}
	}
	two := kept
	two.Covers = []ticket.Cover{cover(1, 1, 9, 9), cover(2, 2, 20, 20)}
	left, no := ticket.UncoverOf(two, 3, 1)
	if no != nil || !slices.Equal(left, two.Covers[1:]) || len(two.Covers) != 2 {
		t.Errorf("%v, %v", left, no)
	}
	for _, n := range []int{0, 3, -1} {
		if _, no := ticket.UncoverOf(two, 3, n); photoReason(no) != ticket.PhotoStands {
			t.Errorf("%d: %v", n, no)
		}
	}
}

// A photograph is released by who has looked at the page of this version, with a reason; taken back and erased with one.
func TestReleasingAndTakingBack(t *testing.T) {
	t.Parallel()
	kept, out, gone := ticket.Photo{State: ticket.PhotoKept, Version: 2}, ticket.Photo{State: ticket.PhotoReleased, Version: 3}, ticket.Photo{State: ticket.PhotoErased, Version: 4}
	for name, c := range map[string]struct{ got, want string }{
		"released":               {photoReason(ticket.ReleasePhotoOf(kept, 2, true, "asked for")), ""},
		"unseen":                 {photoReason(ticket.ReleasePhotoOf(kept, 2, false, "asked for")), ticket.PhotoUnseen},
		"without a reason":       {photoReason(ticket.ReleasePhotoOf(kept, 2, true, " ")), ticket.PhotoWhy},
		"with a long reason":     {photoReason(ticket.ReleasePhotoOf(kept, 2, true, strings.Repeat("a", 301))), ticket.PhotoWhy},
		"of an older page":       {photoReason(ticket.ReleasePhotoOf(kept, 1, true, "asked for")), ticket.PhotoMoved},
		"twice":                  {photoReason(ticket.ReleasePhotoOf(out, 3, true, "asked for")), ticket.PhotoStands},
		"an erased one":          {photoReason(ticket.ReleasePhotoOf(gone, 4, true, "asked for")), ticket.PhotoStands},
		"taken back":             {photoReason(ticket.TakeBackOf(out, "a face is seen")), ""},
		"taken back, for no why": {photoReason(ticket.TakeBackOf(out, "")), ticket.PhotoWhy},
		"taken back unreleased":  {photoReason(ticket.TakeBackOf(kept, "a face is seen")), ticket.PhotoStands},
		"erased":                 {photoReason(ticket.ErasePhotoOf(kept, "of another ticket")), ""},
		"erased while shown":     {photoReason(ticket.ErasePhotoOf(out, "of another ticket")), ""},
		"erased twice":           {photoReason(ticket.ErasePhotoOf(gone, "of another ticket")), ticket.PhotoStands},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
}
