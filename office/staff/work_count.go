package staff

import (
	"context"

	"fundy/payment"
	"fundy/store"
)

// After how many days what one person has asked for, and nobody has decided, is late.
const (
	refundsWait  = 7
	secondsWait  = 1 // the money is counted, and lies there
	rulesWait    = 7
	closuresWait = 2 // deadlines hang on it that may be near
	rightsWait   = 3
)

// changesOpen bounds the changes of rights that wait: of each person there are two at most.
const changesOpen = 500

// countExceptions counts what waits in the queue: the messages that reached nobody, or all else.
func countExceptions(mail bool) counter {
	return func(ctx context.Context, tx *store.Tx, v *view) (n waiting, err error) {
		read := tx.OpenExceptionsBut
		if mail {
			read = tx.OpenExceptionsOf
		}
		all, err := read(ctx, payment.ExceptionMail, queueShown)
		for _, e := range all {
			n.add(e.OpenedAt, e.DueAt, v.Now)
		}
		n.Most = len(all) == queueShown
		return n, err
	}
}

func (p *Pages) countReviews(ctx context.Context, tx *store.Tx, v *view) (n waiting, err error) {
	all, err := tx.OpenReviews(ctx, reviewsShown)
	for _, r := range all {
		n.add(r.AskedAt, r.DueOn.AddDays(1).Start(p.city.Zone), v.Now)
	}
	n.Most = len(all) == reviewsShown
	return n, err
}

func countRefunds(ctx context.Context, tx *store.Tx, v *view) (n waiting, err error) {
	all, err := tx.Refunds(ctx, refundsShown)
	for _, one := range all {
		if one.State == payment.RefundAsked {
			n.asked(one.AskedAt, refundsWait, one.AskedBy, v)
		}
	}
	n.Most = len(all) == refundsShown && all[refundsShown-1].State == payment.RefundAsked // they come first
	return n, err
}

func countSeconds(ctx context.Context, tx *store.Tx, v *view) (n waiting, err error) {
	all, err := tx.OpenSeconds(ctx, secondsShown)
	for _, one := range all {
		n.asked(one.AskedAt, secondsWait, one.AskedBy, v)
	}
	n.Most = len(all) == secondsShown
	return n, err
}

// countItems counts what came in and could not be taken as it is. Cash is ended by another person than who entered it.
func countItems(ctx context.Context, tx *store.Tx, v *view) (n waiting, err error) {
	all, err := tx.Items(ctx, payment.ItemKept, itemsShown)
	for _, i := range all {
		n.add(i.EnteredAt, i.EnteredAt.AddDate(0, 0, payment.ExceptionItem.Rule().Days), v.Now)
		if i.Another(v.Name()) {
			n.Mine++
		}
	}
	n.Most = len(all) == itemsShown
	return n, err
}

// countRules counts the rules that wait: closures and outages, or all else.
func countRules(closures bool) counter {
	return func(ctx context.Context, tx *store.Tx, v *view) (n waiting, err error) {
		days := rulesWait
		if closures {
			days = closuresWait
		}
		all, err := tx.AskedRuleChanges(ctx, changesShown)
		for _, one := range all {
			if (one.Kind == store.RuleClosure || one.Kind == store.RuleOutage) == closures {
				n.asked(one.AskedAt, days, one.AskedBy, v)
			}
		}
		n.Most = len(all) == changesShown
		return n, err
	}
}

func countRights(ctx context.Context, tx *store.Tx, v *view) (n waiting, err error) {
	all, err := tx.OpenStaffChanges(ctx, changesOpen)
	for _, one := range all {
		n.asked(one.AskedAt, rightsWait, one.AskedBy, v)
	}
	n.Most = len(all) == changesOpen
	return n, err
}

// reader reads a list's page, as it stands.
type reader func(ctx context.Context, tx *store.Tx, v *view) (*listPage, error)

// countOf counts what a list's page has.
func countOf(read reader) counter {
	return func(ctx context.Context, tx *store.Tx, v *view) (n waiting, err error) {
		page, err := read(ctx, tx, nil)
		if err != nil {
			return n, err
		}
		for _, row := range page.Rows {
			if row.Over {
				continue
			}
			n.add(row.Since, row.Due, v.Now)
			if row.ByTwo == v.Name() {
				n.Mine++
			}
		}
		n.Most = page.More
		return n, nil
	}
}
