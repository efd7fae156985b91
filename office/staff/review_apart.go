package staff

import (
	"context"
	"slices"
	"strings"

	"fundy/review"
	"fundy/store"
)

// apart takes from a review's page what who looks may not decide because of what he has done to it, and says who may.
func (p *Pages) apart(ctx context.Context, who string, page *reviewPage) error {
	return p.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := p.Settler.ActsOn(ctx, tx, page.ID)
		if err != nil {
			return err
		}
		page.Apart = page.Part.Against()
		page.Decisions = slices.DeleteFunc(page.Decisions, func(e review.Event) bool {
			no := review.Banned(page.Regime, done, e, who)
			if page.Apart == "" {
				page.Apart = no
			}
			return no != ""
		})
		if page.Apart == "" {
			return nil
		}
		left, known, err := p.Settler.LeftToDecide(ctx, tx, page.Review.Ticket)
		page.Others, page.Known = strings.Join(left, ", "), known
		return err
	})
}
