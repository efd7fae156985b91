package settle

import "fmt"

// The reasons for which something of the books is not done.
const (
	RefusedNotOver   = "not_over"    // the day is not over
	RefusedClosed    = "closed"      // it is closed already
	RefusedOrder     = "order"       // a day before it is open
	RefusedHalf      = "half"        // a payout is entered in part
	RefusedWaiting   = "waiting"     // payments of it are under way
	RefusedStatement = "statement"   // the bank's statement of it has not been read
	RefusedUnknown   = "unknown"     // something is unexplained
	RefusedClass     = "class"       // a class that a person can't give
	RefusedWhy       = "why"         // no reason, or one that is too long
	RefusedCard      = "card"        // it looks like a card's number
	RefusedExplained = "explained"   // somebody has explained it
	RefusedYear      = "year"        // it is no year
	RefusedYearOpen  = "year_open"   // a day of it is open
	RefusedYearOrder = "year_order"  // a later one is locked
	RefusedLocked    = "year_locked" // it is locked
)

// BooksRefusal is why something of the books is not done: a reason with what fills its words in for a page, and a
// sentence for a terminal.
type BooksRefusal struct {
	Reason string
	Fill   []any // names and values in turn
	text   string
}

func (r *BooksRefusal) Error() string { return r.text }

func (r *BooksRefusal) with(name string, value any) *BooksRefusal {
	r.Fill = append(r.Fill, name, value)
	return r
}

func refuse(reason, format string, args ...any) *BooksRefusal {
	return &BooksRefusal{Reason: reason, text: fmt.Sprintf(format, args...)}
}
