package ticket

import (
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"fundy/money"
)

// FileTotals are the control totals of a file of tickets.
type FileTotals struct {
	Rows     int
	New      int
	Same     int // there already, with the same content
	Changed  int // contradict a ticket we have: they go into quarantine, and overwrite nothing
	Rejected int // can't go in
	Fines    money.Amount
}

// SenderTotals are what a file's sender says that is in it.
type SenderTotals struct {
	Rows  int
	Fines *money.Amount // nil: he does not say
}

// ParseSenderTotals reads the text that a sender puts beside a file: rows, and the sum of fines where he knows it.
func ParseSenderTotals(text []byte) (SenderTotals, error) {
	var said struct {
		Rows  *int          `toml:"rows"`
		Fines *money.Amount `toml:"sum_of_fines"`
	}
	if err := toml.Unmarshal(text, &said); err != nil {
		return SenderTotals{}, fmt.Errorf("read the sender's totals: %w", err)
	}
	if said.Rows == nil || *said.Rows < 0 {
		return SenderTotals{}, fmt.Errorf("read the sender's totals: rows is missing")
	}
	return SenderTotals{Rows: *said.Rows, Fines: said.Fines}, nil
}

// HoldFile says why a person has to look at a file before it is applied.
type HoldFile string

// The reasons.
const (
	HoldNot      HoldFile = ""          // nobody has to
	HoldUnread   HoldFile = "unread"    // it can't be read by its mapping
	HoldRejects  HoldFile = "rejects"   // more rows don't go in than the city lets pass
	HoldTotals   HoldFile = "totals"    // its sender has counted otherwise
	HoldNoTotals HoldFile = "no_totals" // its sender has not counted, and the city wants it
	HoldEmpty    HoldFile = "empty"     // there is no row in it, and its sender does not say so
	HoldFault    HoldFile = "fault"     // a file of the bank's: it can't be taken as it is
	HoldGap      HoldFile = "gap"       // a file of the bank's: a statement before it is missing
)

// FileRule is what a city lets pass without a person.
type FileRule struct {
	MostRejects int  // rows of a file that don't go in: rejected, or contradicting a ticket we have
	WantTotals  bool // the sender's totals have to come with each file
}

// Hold says why a file is not to be applied by itself; sender is nil where he says nothing.
func (r FileRule) Hold(t FileTotals, sender *SenderTotals) HoldFile {
	switch {
	case sender == nil && r.WantTotals:
		return HoldNoTotals
	case sender != nil && (sender.Rows != t.Rows || sender.Fines != nil && *sender.Fines != t.Fines):
		return HoldTotals
	case sender == nil && t.Rows == 0:
		return HoldEmpty
	case t.Rejected+t.Changed > r.MostRejects:
		return HoldRejects
	}
	return HoldNot
}
