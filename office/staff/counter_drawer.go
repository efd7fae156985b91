package staff

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"fundy/money"
	"fundy/payment"
	"fundy/store"
)

// Limits of the counter's lists.
const (
	drawersShown  = 200
	entriesShown  = 500
	secondsShown  = 200
	drawersOfDay  = 30
	batchesOfMail = 30
)

// drawersPage lists the drawers, with who has which.
type drawersPage struct {
	Drawers []drawerRow
	Waiting []payment.Second
	Mine    string // the own drawer that is open
	Name    string // as typed
	Place   string
	Last    []payment.Session
}

type drawerRow struct {
	payment.Drawer
	Session payment.Session // its newest; zero: it was never open
}

func (p *Pages) showDrawers(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.drawersPage(w, r, v, &drawersPage{})
}

func (p *Pages) drawersPage(w http.ResponseWriter, r *http.Request, v *view, page *drawersPage) error {
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		page.Drawers, page.Mine = nil, ""
		all, err := tx.Drawers(ctx, drawersShown)
		if err != nil {
			return err
		}
		for _, d := range all {
			row := drawerRow{Drawer: d}
			if row.Session, err = tx.LastSession(ctx, d.Name); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if row.Session.State == payment.SessionOpen && row.Session.OpenedBy == v.Name() {
				page.Mine = d.Name
			}
			page.Drawers = append(page.Drawers, row)
		}
		if page.Last, err = tx.Sessions(ctx, drawersOfDay); err != nil {
			return err
		}
		page.Waiting, err = tx.OpenSeconds(ctx, secondsShown)
		return err
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/drawers"
	return p.answer(w, v, "counter_drawers")
}

func (p *Pages) makeDrawer(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &drawersPage{Name: strings.ToUpper(bounded(r, "name")), Place: oneLine(r, "place")}
	_, err := p.Settler.MakeDrawer(r.Context(), page.Name, page.Place, v.Name())
	if v.Problem = p.againstCounter(v, err, "name", nil); v.Problem != nil {
		return p.drawersPage(w, r, v, page)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/drawers", "counter_drawer_made")
}

// drawerPage is one drawer: whose it is, what is in it, what happened, its receipts in order.
type drawerPage struct {
	payment.Drawer
	Session  payment.Session
	Expected money.Amount
	Events   []store.Happening
	Batches  []drawerBatch
	Entries  []entryRow
	More     bool // there are more entries than are shown
	Waiting  *payment.Second
	Mine     bool
	Free     bool // it is not open, and the person has none
	Coins    []coinRow
	Reason   string // as typed
	Form     string // which form was sent
	Counted  string
}

// Told says whether who looks is told what should be in the drawer: its clerk, who counts it first, and who takes no money.
// Anybody else may be asked to count it again, and is to count.
func (page *drawerPage) Told(v *view) bool {
	return page.Mine || page.Session.State != payment.SessionOpen || !v.May(string(TakeMoney))
}

type drawerBatch struct {
	payment.Batch
	Sum     money.Amount
	Tenders int
}

type entryRow struct {
	store.CounterEntry
	Attempt payment.Attempt
}

// coinRow is one coin or note with how many were typed.
type coinRow struct {
	Value money.Amount
	ID    string
	Typed string
}

// coinField is the id of the field of the nth denomination, the largest first.
func coinField(n int) string {
	return "coin-" + strconv.FormatInt(payment.Denominations[len(payment.Denominations)-1-n], 10)
}

// coinsTyped are the denominations, the largest first, with what was typed.
func coinsTyped(r *http.Request) []coinRow {
	var rows []coinRow
	typed := r.PostForm["coin"]
	for i := range payment.Denominations {
		row := coinRow{Value: money.FromMinor(payment.Denominations[len(payment.Denominations)-1-i]), ID: coinField(i)}
		if i < len(typed) {
			row.Typed = cut(strings.TrimSpace(typed[i]), 8)
		}
		rows = append(rows, row)
	}
	return rows
}

// countTyped is the count of what was typed; nothing is none. What is no number can't be counted, and is refused.
func countTyped(rows []coinRow) (payment.Count, *problem) {
	c := payment.Count{}
	for _, row := range rows {
		if row.Typed == "" {
			continue
		}
		n, err := strconv.ParseUint(row.Typed, 10, 31)
		if err != nil {
			return nil, &problem{Field: row.ID, Key: "counter.refused." + payment.DrawerCount}
		}
		if n > 0 {
			c[row.Value.Minor()] = int64(n)
		}
	}
	return c, nil
}

func (p *Pages) showDrawer(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.drawerPage(w, r, v, &drawerPage{})
}

func (p *Pages) drawerPage(w http.ResponseWriter, r *http.Request, v *view, page *drawerPage) error {
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		return page.read(ctx, tx, r.PathValue("name"), v.Name())
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	if page.Coins == nil {
		page.Coins = coinsTyped(r)
	}
	v.Data, v.Back = page, "/drawers/"+page.Name
	return p.answer(w, v, "counter_drawer")
}

func (page *drawerPage) read(ctx context.Context, tx *store.Tx, name, who string) (err error) {
	if page.Drawer, err = tx.DrawerByName(ctx, name); err != nil {
		return err
	}
	_, err = tx.SessionOfClerk(ctx, who)
	if page.Free = errors.Is(err, store.ErrNotFound); err != nil && !page.Free {
		return err
	}
	page.Session, err = tx.LastSession(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	open := page.Session.State == payment.SessionOpen
	page.Mine, page.Free = open && page.Session.OpenedBy == who, page.Free && !open
	if page.Expected, err = tx.ExpectedCash(ctx, page.Session.ID); err != nil {
		return err
	}
	if page.Events, err = tx.DrawerEvents(ctx, page.Session.ID); err != nil {
		return err
	}
	waiting, err := tx.OpenSeconds(ctx, secondsShown)
	if err != nil {
		return err
	}
	for _, a := range waiting {
		if a.Session == page.Session.ID {
			page.Waiting = &a
		}
	}
	if err := page.readBatches(ctx, tx); err != nil {
		return err
	}
	return page.readEntries(ctx, tx)
}

func (page *drawerPage) readBatches(ctx context.Context, tx *store.Tx) error {
	page.Batches = nil
	all, err := tx.BatchesOfSession(ctx, page.Session.ID)
	if err != nil {
		return err
	}
	for _, b := range all {
		row := drawerBatch{Batch: b}
		if row.Sum, row.Tenders, err = tx.BatchSum(ctx, b.ID); err != nil {
			return err
		}
		page.Batches = append(page.Batches, row)
	}
	return nil
}

func (page *drawerPage) readEntries(ctx context.Context, tx *store.Tx) error {
	page.Entries = nil
	all, err := tx.CounterEntriesOfSession(ctx, page.Session.ID)
	if err != nil {
		return err
	}
	if page.More = len(all) > entriesShown; page.More {
		all = all[len(all)-entriesShown:]
	}
	for _, e := range all {
		row := entryRow{CounterEntry: e}
		if row.Attempt, err = tx.Attempt(ctx, e.Attempt); err != nil {
			return err
		}
		page.Entries = append(page.Entries, row)
	}
	return nil
}

// drawerAct does something to a drawer with what was counted, and leads back to its page.
func (p *Pages) drawerAct(w http.ResponseWriter, r *http.Request, v *view, form, said string, do func(ctx context.Context, name string, c payment.Count, reason string) error) error {
	page := &drawerPage{Coins: coinsTyped(r), Reason: oneLine(r, "reason"), Form: form}
	count, wrong := countTyped(page.Coins)
	if wrong != nil {
		v.Problem = wrong
		return p.drawerPage(w, r, v, page)
	}
	name := r.PathValue("name")
	err := do(r.Context(), name, count, page.Reason)
	if v.Problem = p.againstCounter(v, err, "main", nil); v.Problem != nil {
		return p.drawerPage(w, r, v, page)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	return done(w, r, "/drawers/"+name, said)
}

func (p *Pages) openDrawer(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.drawerAct(w, r, v, "open", "counter_drawer_open", func(ctx context.Context, name string, c payment.Count, _ string) error {
		_, err := p.Settler.OpenDrawer(ctx, name, v.Name(), c)
		return err
	})
}

// askDrop asks a second person to count what goes into the safe.
func (p *Pages) askDrop(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.drawerAct(w, r, v, "drop", "counter_asked", func(ctx context.Context, name string, c payment.Count, _ string) error {
		_, err := p.Settler.AskSecond(ctx, payment.Second{Kind: payment.SecondDrop, Drawer: name, Count: c, AskedBy: v.Name()})
		return err
	})
}

// askClose asks a second person to count what is in the drawer.
func (p *Pages) askClose(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.drawerAct(w, r, v, "close", "counter_asked", func(ctx context.Context, name string, c payment.Count, reason string) error {
		_, err := p.Settler.AskSecond(ctx, payment.Second{Kind: payment.SecondClose, Drawer: name, Count: c, Reason: reason, AskedBy: v.Name()})
		return err
	})
}

// reopenDrawer opens a closed drawer again. Who may run drawers is a supervisor; that he is neither its clerk nor one of
// the two who closed it is the domain's rule.
func (p *Pages) reopenDrawer(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.drawerAct(w, r, v, "reopen", "counter_drawer_reopened", func(ctx context.Context, name string, _ payment.Count, reason string) error {
		_, err := p.Settler.ReopenDrawer(ctx, name, v.Name(), reason, true)
		return err
	})
}
