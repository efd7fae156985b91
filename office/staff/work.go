package staff

import (
	"context"
	"net/http"
	"time"

	"fundy/payment"
	"fundy/store"
)

// waiting is how much of a kind waits.
type waiting struct {
	Count  int
	Most   bool      // there may be more: the list was cut
	Oldest time.Time // zero where nothing waits
	Late   int       // that has waited longer than it may
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

// worklist is a line of the page of all that waits: a list of its own, whose it is, and how much is on it.
type worklist struct {
	Name  string // of the words: work.list.NAME, and work.next.NAME
	Path  string
	Owner string // a role
	may   Permission
	count func(ctx context.Context, tx *store.Tx, now time.Time) (waiting, error)
}

// worklists are all lists of what waits for a person. One that is added here is on the supervisor's page.
func (p *Pages) worklists() []worklist {
	return []worklist{
		{"exceptions", "/queue", payment.RoleSupervisor, ReadQueue, countExceptions},
		{"refunds", "/refunds", payment.RoleFinance, ReadRefunds, countRefunds},
		{"byhand", "/work/byhand", payment.RoleFinance, ReadQueue, countOf(p.byHand)},
		{"corrections", "/work/corrections", payment.RoleFinance, ReadQueue, countOf(p.corrections)},
		{"stopped", "/work/stopped", payment.RoleSupervisor, ReadQueue, countOf(p.stopped)},
		{"unallocated", "/work/unallocated", payment.RoleFinance, ReadQueue, countOf(p.unallocated)},
		{"chargebacks", "/work/chargebacks", payment.RoleFinance, ReadQueue, countOf(p.chargebacks)},
		{"held", "/work/held", payment.RoleSupervisor, ReadQueue, countOf(p.heldRows)},
		{"cheques", "/work/cheques", payment.RoleFinance, ReadQueue, countOf(p.cheques)},
		{"reviews", "/reviews", "screening", ReadReviews, p.countReviews},
	}
}

// workLine is a worklist as it stands.
type workLine struct {
	worklist
	waiting
}

// showWork shows all that waits: one line a list, with how much, since when, whose, and what is done next.
func (p *Pages) showWork(w http.ResponseWriter, r *http.Request, v *view) error {
	var lines []workLine
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		lines = nil
		for _, l := range p.worklists() {
			if !v.May(string(l.may)) {
				continue
			}
			n, err := l.count(ctx, tx, v.Now)
			if err != nil {
				return err
			}
			lines = append(lines, workLine{l, n})
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.Data = lines
	return p.show(w, v, http.StatusOK, "work")
}

func countExceptions(ctx context.Context, tx *store.Tx, now time.Time) (n waiting, err error) {
	all, err := tx.OpenExceptions(ctx, queueShown)
	for _, e := range all {
		n.add(e.OpenedAt, e.DueAt, now)
	}
	n.Most = len(all) == queueShown
	return n, err
}

func (p *Pages) countReviews(ctx context.Context, tx *store.Tx, now time.Time) (n waiting, err error) {
	all, err := tx.OpenReviews(ctx, reviewsShown)
	for _, r := range all {
		n.add(r.AskedAt, r.DueOn.AddDays(1).Start(p.city.Zone), now)
	}
	n.Most = len(all) == reviewsShown
	return n, err
}

// refundsWait is after how many days a refund that nobody has decided is late.
const refundsWait = 7

func countRefunds(ctx context.Context, tx *store.Tx, now time.Time) (n waiting, err error) {
	all, err := tx.Refunds(ctx, refundsShown)
	for _, one := range all {
		if one.State == payment.RefundAsked {
			n.add(one.AskedAt, one.AskedAt.AddDate(0, 0, refundsWait), now)
		}
	}
	n.Most = len(all) == refundsShown
	return n, err
}

// reader reads a list's page, as it stands.
type reader func(ctx context.Context, tx *store.Tx, v *view) (*listPage, error)

// countOf counts what a list's page has.
func countOf(read reader) func(ctx context.Context, tx *store.Tx, now time.Time) (waiting, error) {
	return func(ctx context.Context, tx *store.Tx, now time.Time) (n waiting, err error) {
		page, err := read(ctx, tx, nil)
		if err != nil {
			return n, err
		}
		for _, row := range page.Rows {
			if !row.Over {
				n.add(row.Since, row.Due, now)
			}
		}
		n.Most = page.More
		return n, nil
	}
}
