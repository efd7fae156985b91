package staff

import (
	"context"
	"net/http"
	"slices"
	"time"

	"fundy/store"
)

// waiting is how much of a kind waits.
type waiting struct {
	Count  int
	Most   bool      // there may be more: the list was cut
	Oldest time.Time // zero where nothing waits
	Late   int       // that has waited longer than it may
	Mine   int       // that who looks has asked for, so that another decides
}

// add counts one that has waited since at, and is late after due; zero: it has no such day.
func (w *waiting) add(at, due, now time.Time) {
	w.Count++
	if w.Oldest.IsZero() || at.Before(w.Oldest) {
		w.Oldest = at
	}
	if !due.IsZero() && now.After(due) {
		w.Late++
	}
}

// asked counts one that one person has asked for, and another decides within days.
func (w *waiting) asked(at time.Time, days int, by string, v *view) {
	w.add(at, at.AddDate(0, 0, days), v.Now)
	if by == v.Name() {
		w.Mine++
	}
}

// worklist is a line of the page of all that waits: a list of its own, whom it concerns, and how much is on it.
type worklist struct {
	Name  string     // of the words: work.list.NAME, and work.next.NAME
	Path  string     // the page of the list
	see   Permission // who may see that page
	next  Permission // who may do what is next
	alone bool       // and sees what waits on it with that permission alone
	count counter
}

// counter counts what waits, as who looks sees it.
type counter func(ctx context.Context, tx *store.Tx, v *view) (waiting, error)

// worklists are all lists of what waits for a person. One that is added here is on the page of whoever may see its own.
func (p *Pages) worklists() []worklist {
	return []worklist{
		{"exceptions", "/queue", ReadQueue, ActOnQueue, false, countExceptions(false)},
		{"mail", "/queue?kind=mail", ReadQueue, ActOnQueue, false, countExceptions(true)},
		{"refunds", "/refunds", ReadRefunds, DecideRefunds, true, countRefunds},
		{"byhand", "/work/byhand", ReadQueue, DecideRefunds, true, countOf(p.byHand)},
		{"asked", "/decisions", ReadQueue, ApproveTickets, true, countAsks(false)},
		{"debts", "/decisions", ReadQueue, DecideWriteOffs, true, countAsks(true)},
		{"corrections", "/work/corrections", ReadQueue, DecideCorrections, true, countOf(p.corrections)},
		{"stopped", "/work/stopped", ReadQueue, AskCorrections, false, countOf(p.stopped)},
		{"underway", "/work/underway", ReadQueue, ActOnQueue, false, countOf(p.underWay)},
		{"unallocated", "/work/unallocated", ReadQueue, AskRefunds, false, countOf(p.unallocated)},
		{"chargebacks", "/work/chargebacks", ReadQueue, ActOnQueue, false, countOf(p.chargebacks)},
		{"held", "/work/held", ReadQueue, ActOnQueue, false, countOf(p.heldRows)},
		{"holds", "/work/holds", ReadQueue, HoldTickets, false, countOf(p.holds)},
		{"cheques", "/work/cheques", ReadQueue, KeepCheques, false, countOf(p.cheques)},
		{"reviews", "/reviews", ReadReviews, DecideReviews, true, p.countReviews},
		{"items", "/items", ReadCounter, TakeMoney, true, countItems},
		{"seconds", "/drawers", ReadCounter, TakeMoney, true, countSeconds},
		{"rules", "/finance/rules", ReadRules, DecideRules, true, countRules(false)},
		{"closures", "/finance/rules", ReadRules, DecideRules, true, countRules(true)},
		{"deposits", "/deposits", ReadCounter, AcceptDeposits, true, p.countDeposits},
		{"rights", "/people", ReadPeople, DecideRights, true, countRights},
	}
}

// sees says whether who is signed in may see what waits on a list.
func (l worklist) sees(v *view) bool { return v.May(string(l.see)) || l.alone && v.May(string(l.next)) }

// Works says whether there is a list that who is signed in may see.
func (v *view) Works() bool {
	return v.in && slices.ContainsFunc(v.pages.worklists(), func(l worklist) bool { return l.sees(v) })
}

// workLine is a worklist as it stands.
type workLine struct {
	worklist
	waiting
	Who []string // the roles that may do what is next
	May bool     // who looks may
}

// Yours is how many of a list who looks may do something about.
func (l workLine) Yours() int { return l.Count - l.Mine }

// showWork shows all that waits: one line a list, with how much, since when, whose, and what is done next.
func (p *Pages) showWork(w http.ResponseWriter, r *http.Request, v *view) error {
	var lines []workLine
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		lines = nil
		for _, l := range p.worklists() {
			if !l.sees(v) {
				continue
			}
			n, err := l.count(ctx, tx, v)
			if err != nil {
				return err
			}
			lines = append(lines, workLine{l, n, p.roles.Having(l.next), v.May(string(l.next))})
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.Data = lines
	return p.show(w, v, http.StatusOK, "work")
}
