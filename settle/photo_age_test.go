package settle_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"fundy/city"
	"fundy/ident"
	"fundy/payment"
	"fundy/review"
	"fundy/store"
	"fundy/ticket"
)

const aDay = 24 * time.Hour

// photographed puts a photograph to a ticket, and releases it.
func (h *hall) photographed(id ticket.ID) ticket.PhotoID {
	h.t.Helper()
	ctx := context.Background()
	p, err := h.s.AddPhoto(ctx, ticket.Photo{
		ID: ticket.PhotoID(ident.New("pho")), Ticket: id, Kind: "jpeg", Width: 40, Height: 30, AddedBy: "anne", Sealed: []byte("a sealed original"),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	p.Copy, p.CopyWidth, p.CopyHeight = []byte("a sealed copy"), 40, 30
	if err := h.s.ReleasePhoto(ctx, p, true, "asked for", "olga"); err != nil {
		h.t.Fatal(err)
	}
	return p.ID
}

func (h *hall) photo(id ticket.PhotoID) (p ticket.Photo) {
	h.t.Helper()
	h.read(func(ctx context.Context, tx *store.Tx) (err error) {
		p, err = tx.Photo(ctx, id)
		return err
	})
	return p
}

// gone says that a photograph is erased by its age, or that it is not.
func (h *hall) gone(name string, id ticket.PhotoID, want bool) {
	h.t.Helper()
	p := h.photo(id)
	if (p.State == ticket.PhotoErased) != want || (len(p.Sealed) == 0) != want || (len(p.Copy) == 0) != want {
		h.t.Errorf("%s: %s, %d and %d bytes; want it gone: %v", name, p.State, len(p.Sealed), len(p.Copy), want)
	}
}

func (h *hall) sweepsPhotos() {
	h.t.Helper()
	if err := h.s.SweepPhotos(context.Background()); err != nil {
		h.t.Fatal(err)
	}
}

// Photographs go so many days after their ticket has ended, original and copy, by nobody and on the record; those of a
// ticket that is owed, reviewed, before a court or whose money a bank has asked back stay as long as that lasts.
func TestPhotographsAreErasedByTheirAge(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx := context.Background()
		h.s.PhotoDays = 100
		h.s.Review = review.Settings{DecideDays: 10, KeepDays: 400, FilesMost: 2}
		h.drawer("A", "anne")
		var of [6]ticket.ID
		var photos [6]ticket.PhotoID
		for i := range of {
			of[i] = h.add(given{number: fmt.Sprint(i), age: 40})
			photos[i] = h.photographed(of[i])
		}
		paid, back, owed, court, late, asked := 0, 1, 2, 3, 4, 5
		h.take([]ticket.ID{of[paid]}, cash(6500))
		e := h.take([]ticket.ID{of[back]}, cash(6500))
		h.take([]ticket.ID{of[late]}, cash(6500))
		d := payment.Dispute{ID: "dp_1", State: payment.DisputeNew, Attempt: e.Attempt.ID, Amount: e.Attempt.Amount, Reason: "fraudulent", OpenedAt: h.Now(), RefreshedAt: h.Now()}
		if err := h.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.MoveDispute(ctx, &d, payment.BankTakes, h.Now(), "")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := h.s.ChargeTicket(ctx, of[court], "laid today", "ben"); err != nil {
			t.Fatal(err)
		}
		r := h.asked(of[asked])
		h.sweepsPhotos()
		h.later(99 * aDay)
		added := h.photographed(of[late]) // long after it was paid
		h.sweepsPhotos()
		h.gone("a day too early", photos[paid], false)
		h.later(aDay)
		h.sweepsPhotos()
		for i, want := range []bool{true, false, false, false, true, false} {
			h.gone(fmt.Sprint("photograph ", i), photos[i], want)
		}
		h.gone("added late", added, false)
		h.read(func(ctx context.Context, tx *store.Tx) error {
			events, err := tx.PhotoEvents(ctx, photos[paid])
			if last := events[len(events)-1]; err != nil || len(events) != 3 || last.Act != ticket.PhotoAged || last.Who != "" || last.Why != "" {
				t.Errorf("%+v, %v", events, err)
			}
			story, _, err := tx.TicketStory(ctx, of[paid])
			if last := story[len(story)-1]; err != nil || last.Kind != store.StoryPhoto || last.What != ticket.PhotoAged || last.Ref != "1" || last.Who != "" {
				t.Errorf("%+v, %v", last, err)
			}
			return nil
		})
		// What it was kept for ends: the chargeback, the review.
		h.later(aDay)
		h.sweepsPhotos()
		h.gone("a chargeback is under way", photos[back], false)
		d.ClosedAt, d.RefreshedAt = h.Now(), h.Now()
		if err := h.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.MoveDispute(ctx, &d, payment.BankReturns, h.Now(), "")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		h.decided(r, review.Withdraw, "ben", nil)
		h.later(2 * aDay)
		h.sweepsPhotos()
		h.gone("the chargeback is over", photos[back], true)
		h.gone("withdrawn two days ago", photos[asked], false)
		h.later(100 * aDay)
		h.sweepsPhotos()
		h.gone("withdrawn long ago", photos[asked], true)
		h.gone("added late, and late by now", added, true)
		h.gone("owed", photos[owed], false)
		h.gone("before a court", photos[court], false)
		// The city keeps them for a shorter time: it counts at once. The owed one counts from when it was last looked at.
		h.take([]ticket.ID{of[owed]}, cash(6500))
		h.later(31 * aDay)
		h.sweepsPhotos()
		h.gone("paid 31 days ago, kept for 100", photos[owed], false)
		h.s.PhotoDays = 30
		h.sweepsPhotos()
		h.gone("paid 31 days ago, kept for 30", photos[owed], true)
	})
}

// A round erases so many and no more; the next one goes on.
func TestARoundErasesSoManyPhotographs(t *testing.T) {
	t.Parallel()
	reviews(t, review.Settings{}, func(t *testing.T, h *hall) {
		h.s.PhotoDays = 30
		var all []ticket.PhotoID
		for i := range 3 {
			id := h.add(given{number: fmt.Sprint(i), age: 3})
			for range 7 {
				all = append(all, h.photographed(id))
			}
			if _, err := h.s.DecideTicket(context.Background(), id, ticket.Withdrawn, "the sign was hidden", "ben", true); err != nil {
				t.Fatal(err)
			}
		}
		h.later(31 * aDay)
		left := func() (n int) {
			for _, id := range all {
				if h.photo(id).State != ticket.PhotoErased {
					n++
				}
			}
			return n
		}
		for _, want := range []int{5, 0, 0} {
			h.sweepsPhotos()
			if got := left(); got != want {
				t.Errorf("%d are left, want %d", got, want)
			}
		}
	})
}
