package citytest

import (
	"context"

	"fundy/review"
	"fundy/seal"
	"fundy/store"
)

// Decides has olga decide the review that has a reference, as it stands.
func (c *City) Decides(reference string, d review.Decision) review.Review {
	c.T.Helper()
	ctx := context.Background()
	var r review.Review
	err := c.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = tx.ReviewByReference(ctx, reference)
		return err
	})
	if err != nil {
		c.T.Fatal(err)
	}
	d.Version, d.By = r.Version, "olga"
	if !d.Event.Sets() && r.State == review.Hearing {
		d.By = "oscar" // who has sent it there does not decide it
	}
	r, err = c.Office.Settler().DecideReview(ctx, r.ID, d, func(id review.ID, words string) ([]byte, error) {
		return c.public.Seal([]byte(words), []byte(seal.ReviewWords), []byte(id))
	})
	if err != nil {
		c.T.Fatal(err)
	}
	return r
}
