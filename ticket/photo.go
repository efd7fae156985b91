package ticket

import (
	"time"

	"fundy/city"
)

// PhotoID is a photograph's opaque id. It may stand on the log.
type PhotoID string

// PhotoState is how a photograph stands.
type PhotoState string

// The states. A photograph that was taken back is kept again.
const (
	PhotoKept     PhotoState = "kept"     // the office's alone
	PhotoReleased PhotoState = "released" // its copy may be shown to who has the ticket's number and plate
	PhotoErased   PhotoState = "erased"   // its pixels are gone
)

// What is on record of a photograph.
const (
	PhotoAdded     = "added"
	PhotoRelease   = "released"
	PhotoTakenBack = "taken_back"
	PhotoErase     = "erased"
	PhotoAged      = "aged" // erased by its age, by the office itself
)

// Photo is a photograph of a contravention. What it shows is sealed bytes here: this room can't read it.
type Photo struct {
	ID            PhotoID
	Ticket        ID
	N             int // of its ticket, from 1; one that was erased keeps its number
	State         PhotoState
	TakenOn       city.Date // as who has added it says; zero: not known
	Kind          string
	Width, Height int // pixels of the original, made anew
	AddedAt       time.Time
	AddedBy       string
	Covers        []Cover
	Version       int64
	Sealed        []byte // the original
	Copy          []byte // sealed too: what may be shown; none where nothing may
	CopyWidth     int
	CopyHeight    int
}

// Cover is a part of a photograph that nobody outside sees: faces, plates of other vehicles. In pixels of the original,
// the lower right corner not part of it.
type Cover struct {
	Left   int `json:"l"`
	Top    int `json:"t"`
	Right  int `json:"r"`
	Bottom int `json:"b"`
}

// Limits of photographs.
const (
	PhotosMost     = 12  // of a ticket, those that were erased apart
	PhotoNumbers   = 99  // that a ticket ever gives
	CoversMost     = 40  // of a photograph
	coverLeast     = 6   // pixels of a side
	photoDaysAhead = -1  // of the day of issue: a contravention can begin before midnight
	versionsMost   = 999 // changes of a photograph's covers, and of its state
)

// PhotoRefusal says why something about a photograph was not done. Reason is a key of words.
type PhotoRefusal struct{ Reason string }

func (r *PhotoRefusal) Error() string { return "photograph refused: " + r.Reason }

// The reasons.
const (
	PhotoFull    = "full"    // its ticket has as many as it can have
	PhotoDay     = "day"     // taken before the contravention, or on a day to come
	PhotoMoved   = "moved"   // somebody has changed it since the page was shown
	PhotoStands  = "state"   // it is not in a state for that
	PhotoSmall   = "small"   // a cover without two corners apart, within the picture
	PhotoCovers  = "covers"  // more covers than a photograph can have
	PhotoWhy     = "why"     // no reason, or not one line of at most 300 letters
	PhotoUnseen  = "unseen"  // nobody has said that he has looked at all of it
	PhotoForm    = "form"    // what was brought is not of the form of a photograph
	PhotoChanges = "changes" // too many changes: erase it and bring it anew
)

// PhotoOf says whether a photograph may be put to a ticket that has some already. numbers is how many it ever had.
func PhotoOf(t Ticket, has, numbers int, taken, today city.Date) *PhotoRefusal {
	switch {
	case has >= PhotosMost, numbers >= PhotoNumbers:
		return &PhotoRefusal{PhotoFull}
	case !taken.IsZero() && (taken.Compare(today) > 0 || taken.Compare(t.IssuedOn.AddDays(photoDaysAhead)) < 0):
		return &PhotoRefusal{PhotoDay}
	}
	return nil
}

// changed says why a photograph can't be changed from the version that somebody has seen.
func (p Photo) changed(version int64) *PhotoRefusal {
	switch {
	case p.Version != version:
		return &PhotoRefusal{PhotoMoved}
	case p.Version >= versionsMost:
		return &PhotoRefusal{PhotoChanges}
	}
	return nil
}

// CoverOf is a photograph's covers with one more, whose two corners are any two opposite ones.
func CoverOf(p Photo, version int64, c Cover) ([]Cover, *PhotoRefusal) {
	if no := p.changed(version); no != nil {
		return nil, no
	}
	c = Cover{min(c.Left, c.Right), min(c.Top, c.Bottom), max(c.Left, c.Right), max(c.Top, c.Bottom)}
	c = Cover{max(c.Left, 0), max(c.Top, 0), min(c.Right, p.Width), min(c.Bottom, p.Height)}
	switch {
	case p.State != PhotoKept:
		return nil, &PhotoRefusal{PhotoStands}
	case c.Right-c.Left < coverLeast || c.Bottom-c.Top < coverLeast:
		return nil, &PhotoRefusal{PhotoSmall}
	case len(p.Covers) >= CoversMost:
		return nil, &PhotoRefusal{PhotoCovers}
	}
	return append(append([]Cover(nil), p.Covers...), c), nil
}

// UncoverOf is a photograph's covers without the n-th, from 1.
func UncoverOf(p Photo, version int64, n int) ([]Cover, *PhotoRefusal) {
	if no := p.changed(version); no != nil {
		return nil, no
	}
	if p.State != PhotoKept || n < 1 || n > len(p.Covers) {
		return nil, &PhotoRefusal{PhotoStands}
	}
	return append(append([]Cover(nil), p.Covers[:n-1]...), p.Covers[n:]...), nil
}

// ReleasePhotoOf says whether a photograph may be shown outside: somebody has looked at all of what is shown, and says why.
func ReleasePhotoOf(p Photo, version int64, looked bool, why string) *PhotoRefusal {
	if no := p.changed(version); no != nil {
		return no
	}
	switch {
	case p.State != PhotoKept:
		return &PhotoRefusal{PhotoStands}
	case !looked:
		return &PhotoRefusal{PhotoUnseen}
	}
	return againstPhotoWhy(why)
}

// TakeBackOf says whether a photograph's copy may be taken back. It is never too late: no count of changes is against it.
func TakeBackOf(p Photo, why string) *PhotoRefusal {
	if p.State != PhotoReleased {
		return &PhotoRefusal{PhotoStands}
	}
	return againstPhotoWhy(why)
}

// ErasePhotoOf says whether a photograph's pixels may be erased, its copy's too.
func ErasePhotoOf(p Photo, why string) *PhotoRefusal {
	if p.State == PhotoErased {
		return &PhotoRefusal{PhotoStands}
	}
	return againstPhotoWhy(why)
}

func againstPhotoWhy(why string) *PhotoRefusal {
	if againstWhy(Ticket{}, why) != nil {
		return &PhotoRefusal{PhotoWhy}
	}
	return nil
}
