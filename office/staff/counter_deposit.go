package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"fundy/city"
	"fundy/desk"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/settle"
	"fundy/store"
)

// slipDays is how far back the list of deposits goes. Those that the bank has not shown are on it either way.
const slipDays = 14

// depositsPage is the way to the bank: what waits, and the deposits.
type depositsPage struct {
	Carried  []waitingBatch // of cash, cheques and mail
	Terminal []settle.Waiting
	Slips    []payout.Slip
	Accounts []string
	// As typed: of the slip, and of the terminal's report.
	Account, Day, Reference                   string
	BatchT, AccountT, DayT, ReferenceT, Total string
}

type waitingBatch struct {
	settle.Waiting
	Picked bool
}

func (p *Pages) showDeposits(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.depositsPage(w, r, v, &depositsPage{}, nil)
}

func (p *Pages) depositsPage(w http.ResponseWriter, r *http.Request, v *view, page *depositsPage, picked []string) error {
	d := p.toBank()
	today := city.DateOf(p.Now(), p.city.Zone)
	waiting, slips, err := d.Slips(r.Context(), today.AddDays(-slipDays))
	if err != nil {
		return err
	}
	page.Slips = slips
	if !v.May(string(ReadCounter)) { // who accepts alone sees what there is to be accepted
		waiting = nil
		err = p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
			page.Slips, err = p.toAccept(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, b := range waiting {
		if b.Kind == payment.TerminalBatch {
			page.Terminal = append(page.Terminal, b)
			continue
		}
		page.Carried = append(page.Carried, waitingBatch{b, picked == nil || slices.Contains(picked, string(b.ID))})
	}
	for _, a := range d.Rules.Accounts {
		if !slices.Contains(page.Accounts, a.Name) {
			page.Accounts = append(page.Accounts, a.Name)
		}
	}
	if page.Day == "" {
		page.Day = today.String()
	}
	if page.DayT == "" {
		page.DayT = today.String()
	}
	v.Data, v.Back = page, "/deposits"
	return p.answer(w, v, "counter_deposits")
}

// toAccept are the deposits for which the bank has a line that a person may accept.
func (p *Pages) toAccept(ctx context.Context, tx *store.Tx) ([]payout.Slip, error) {
	d, ok := p.Deposits()
	if !ok {
		return nil, nil
	}
	lines, err := tx.LinesOfCounter(ctx)
	if err != nil {
		return nil, err
	}
	slips, err := tx.Deposits(ctx, p.today())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slips, func(s payout.Slip) bool {
		return s.State == payout.SlipBanked || !slices.ContainsFunc(lines, func(l store.Claimed) bool {
			_, no := d.Rules.Acceptable(s, l.BankLine, l.Claim)
			return no == nil
		})
	}), nil
}

// depositsWait is after how many days a deposit is late for which the bank has a line that differs.
const depositsWait = 7

// countDeposits counts the deposits for which the bank has a line that another than who made them may accept.
func (p *Pages) countDeposits(ctx context.Context, tx *store.Tx, v *view) (n waiting, err error) {
	all, err := p.toAccept(ctx, tx)
	for _, s := range all {
		n.asked(s.MadeAt, depositsWait, s.By, v)
	}
	return n, err
}

// makeDeposit puts the ticked batches on a slip.
func (p *Pages) makeDeposit(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &depositsPage{Account: bounded(r, "account"), Day: bounded(r, "day"), Reference: strings.ToUpper(bounded(r, "reference"))}
	picked := r.PostForm["batch"]
	ask := payout.SlipAsk{Account: page.Account, Reference: page.Reference, By: v.Name()}
	for _, id := range picked {
		ask.Batches = append(ask.Batches, payment.BatchID(id))
	}
	if picked == nil {
		picked = []string{}
	}
	var wrong *problem
	if ask.Day, wrong = typedDay("day", page.Day); wrong != nil {
		v.Problem = wrong
		return p.depositsPage(w, r, v, page, picked)
	}
	s, err := p.toBank().MakeSlip(r.Context(), ask, true)
	if v.Problem = p.againstSlip(v, err, ""); v.Problem != nil {
		return p.depositsPage(w, r, v, page, picked)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/deposits/"+s.ID, "counter_slip_made")
}

// makeTerminalDeposit enters what the terminal's own report says of its batch.
func (p *Pages) makeTerminalDeposit(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &depositsPage{
		BatchT: bounded(r, "batch"), AccountT: bounded(r, "account"), DayT: bounded(r, "day"), ReferenceT: strings.ToUpper(bounded(r, "reference")), Total: bounded(r, "total"),
	}
	ask := payout.SlipAsk{Account: page.AccountT, Reference: page.ReferenceT, By: v.Name(), Batches: []payment.BatchID{payment.BatchID(page.BatchT)}}
	var wrong *problem
	ask.Day, wrong = typedDay("day-t", page.DayT)
	var ok bool
	if ask.Total, ok = v.amountTyped(page.Total); !ok {
		wrong = &problem{Field: "total", Key: "counter.amount.form"}
	}
	if wrong != nil {
		v.Problem = wrong
		return p.depositsPage(w, r, v, page, nil)
	}
	s, err := p.toBank().MakeTerminal(r.Context(), ask, true)
	if v.Problem = p.againstSlip(v, err, "-t"); v.Problem != nil {
		return p.depositsPage(w, r, v, page, nil)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/deposits/"+s.ID, "counter_slip_made")
}

// slipPage is a deposit with its batches.
type slipPage struct {
	payout.Slip
	Batches []drawerBatch
	Differs money.Amount
	Lines   []acceptLine // of the bank, that could be this deposit
	More    int          // that are left out
	Mine    bool         // who looks has made it
	Line    string       // as picked
	Why     string       // as typed
}

// acceptLine is a line of the bank with what the deposit has more; where the bank has more, it is negative.
type acceptLine struct {
	payout.BankLine
	Short  money.Amount
	Picked bool
}

// linesShown bounds the lines of the bank that a person picks from.
const linesShown = 30

// acceptLines are the bank's lines of the deposit's account and kind that are nothing yet, what is nearest first. Those
// that differ by more than a person may accept are left out.
func (page *slipPage) acceptLines(d *settle.Deposits, all []store.Claimed) {
	page.Lines, page.More = nil, 0
	for _, l := range all {
		if short, no := d.Rules.Acceptable(page.Slip, l.BankLine, l.Claim); no == nil {
			page.Lines = append(page.Lines, acceptLine{l.BankLine, short, page.Line == l.ID})
		}
	}
	slices.SortStableFunc(page.Lines, func(a, b acceptLine) int { return absolute(a.Short).Cmp(absolute(b.Short)) })
	page.More = max(0, len(page.Lines)-linesShown)
	page.Lines = page.Lines[:min(len(page.Lines), linesShown)]
}

func (p *Pages) showDeposit(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &slipPage{Line: bounded(r, "line"), Why: typedLine(r, "why")}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		page.Batches = nil
		if page.Slip, err = tx.Deposit(ctx, r.PathValue("id")); err != nil {
			return err
		}
		ids, err := tx.BatchesOfDeposit(ctx, page.ID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			b, err := tx.Batch(ctx, id)
			if err != nil {
				return err
			}
			page.Batches = append(page.Batches, drawerBatch{Batch: b, Sum: b.Total})
		}
		if page.State == payout.SlipBanked {
			return v.seesBanked()
		}
		lines, err := tx.LinesOfCounter(ctx)
		page.acceptLines(p.toBank(), lines)
		if err == nil && len(page.Lines) == 0 && !v.May(string(ReadCounter)) {
			return fmt.Errorf("deposit to be accepted: %w", store.ErrNotFound)
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	if page.Differs, err = page.Difference(); err != nil {
		return err
	}
	page.Mine = page.By == v.Name()
	v.Data, v.Back = page, "/deposits/"+page.ID
	return p.answer(w, v, "counter_deposit")
}

// seesBanked is ErrNotFound for who only accepts deposits: of one that is in the bank there is nothing to be accepted.
func (v *view) seesBanked() error {
	if v.May(string(ReadCounter)) {
		return nil
	}
	return fmt.Errorf("deposit to be accepted: %w", store.ErrNotFound)
}

func absolute(a money.Amount) money.Amount {
	if a.IsNegative() {
		return a.Neg()
	}
	return a
}

// acceptDeposit keeps a person's word that a line of the bank is a deposit although the two differ: another person than
// who has made it. What is short, or over, goes where a drawer's would.
func (p *Pages) acceptDeposit(w http.ResponseWriter, r *http.Request, v *view) error {
	why := typedLine(r, "why")
	if desk.HasCard(why) {
		v.Problem = &problem{Field: "why", Key: "finance.refused.card"}
		return p.showDeposit(w, r, v)
	}
	_, err := p.toBank().AcceptSlip(r.Context(), r.PathValue("id"), bounded(r, "line"), why, v.Name(), true)
	return p.slipMoved(w, r, v, err, "decide_slip_accepted")
}

// sendDeposit keeps that a deposit went out of the house.
func (p *Pages) sendDeposit(w http.ResponseWriter, r *http.Request, v *view) error {
	_, err := p.toBank().SendSlip(r.Context(), r.PathValue("id"), v.Name(), true)
	return p.slipMoved(w, r, v, err, "counter_slip_sent")
}

// slipMoved answers what became of an act on a deposit: said, or why not.
func (p *Pages) slipMoved(w http.ResponseWriter, r *http.Request, v *view, err error, said string) error {
	if v.Problem = p.againstSlip(v, err, ""); v.Problem != nil {
		return p.showDeposit(w, r, v)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	if !v.May(string(ReadCounter)) {
		return done(w, r, "/deposits", said)
	}
	return done(w, r, "/deposits/"+r.PathValue("id"), said)
}

// toBank is the city's way to the bank, for what needs no rules of its own.
func (p *Pages) toBank() *settle.Deposits {
	d, _ := p.Deposits()
	return d
}
