package office

import (
	"context"
	"errors"
	"testing"

	"fundy/desk"
	"fundy/office/unseal"
	"fundy/review"
	"fundy/store"
)

// What does not open in a request's place is what can't be read, whoever looks: no fault of ours.
func TestAnUnsealedRequestCannotBeRead(t *testing.T) {
	t.Parallel()
	private, _, err := unseal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	opener, err := unseal.New(unseal.Config{PrivateKey: private, Record: func(context.Context, unseal.What) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	o := &Office{opener: opener}
	junk := review.Review{ID: "rev_1", RequestID: "a-request-of-a-thief", Contact: []byte("junk"), Statement: []byte("junk")}
	if _, err := o.openReviewContact(t.Context(), "anne", junk); !errors.Is(err, desk.ErrUnreadable) {
		t.Errorf("contact: %v", err)
	}
	if _, err := o.openReviewStatement(t.Context(), "anne", junk); !errors.Is(err, desk.ErrUnreadable) {
		t.Errorf("statement: %v", err)
	}
	if _, err := o.openReviewFile(t.Context(), "anne", junk, store.ReviewFile{N: 1, Sealed: []byte("junk")}); !errors.Is(err, desk.ErrUnreadable) {
		t.Errorf("file: %v", err)
	}
}
