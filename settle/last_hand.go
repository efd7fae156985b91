package settle

import (
	"context"
	"slices"

	"fundy/city"
	"fundy/payment"
	"fundy/review"
	"fundy/store"
	"fundy/ticket"
)

// Colleagues reads who works in the office, and says who of them, with a passkey, has a permission. It is the staff pages'
// to say; where there are none it is nil, and nobody is kept for a review.
type Colleagues func(ctx context.Context, tx *store.Tx) (having func(may string) []string, err error)

// The permissions that it is asked about, by the names that the staff pages give them.
const (
	MayDecideReviews = "decide_reviews"
	MayTakeMoney     = "take_money"
	MayAskRefunds    = "ask_refunds"
	MayDecideRefunds = "decide_refunds"
)

// handling is an act on a ticket's money. Whoever does one decides no review of the ticket.
type handling struct {
	by   string
	may  string // the permission that it wants
	not  string // who may not do it: has asked for it
	then string // the permission of another who has to finish it; "": nobody
}

// lastHand says whether an act on the money of tickets is somebody else's: after it nobody would be left to decide a review of
// one of them, and after another's there would be. Where nobody else can, the act goes on: money waits for no review. The caller
// has locked the tickets or their payment.
//
// So the money of one ticket stays with those through whose hands it has gone already, and an office of three has always one
// left.
func (s *Settler) lastHand(ctx context.Context, tx *store.Tx, tickets []ticket.ID, h handling) (bool, error) {
	if s.Colleagues == nil || s.Review.DecideDays == 0 {
		return false, nil
	}
	having, err := s.Colleagues(ctx, tx)
	if err != nil {
		return false, err
	}
	for _, id := range tickets {
		may, err := s.mayStillBeReviewed(ctx, tx, id)
		if err != nil {
			return false, err
		}
		if !may {
			continue
		}
		left, err := leftToDecide(ctx, tx, id, having(MayDecideReviews))
		if err != nil {
			return false, err
		}
		if !h.spares(left, h.by, having) && slices.ContainsFunc(having(h.may), func(other string) bool { return other != h.not && h.spares(left, other, having) }) {
			return true, nil
		}
	}
	return false, nil
}

// spares says whether somebody of those who are left stays so when one does the act, and another finishes it.
func (h handling) spares(left []string, by string, having func(may string) []string) bool {
	stays := slices.DeleteFunc(slices.Clone(left), func(name string) bool { return name == by })
	if h.then == "" {
		return len(stays) > 0
	}
	return slices.ContainsFunc(having(h.then), func(other string) bool {
		return other != by && slices.ContainsFunc(stays, func(name string) bool { return name != other })
	})
}

// leftToDecide are those of some people who have had no part in a ticket: not in its money, not in how it came in, and not in a
// review of it that they have sent on.
func leftToDecide(ctx context.Context, tx *store.Tx, id ticket.ID, people []string) ([]string, error) {
	hands, err := tx.HandsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	entered, err := tx.EnteredBy(ctx, id)
	if err != nil {
		return nil, err
	}
	hands = append(hands, entered)
	reviews, err := tx.ReviewsOfTicket(ctx, id, reviewsLooked)
	if err != nil {
		return nil, err
	}
	for _, r := range reviews {
		done, err := actsOn(ctx, tx, r.ID)
		if err != nil {
			return nil, err
		}
		if !r.State.Final() || r.State == review.Ended || r.State == review.Missed {
			hands = append(hands, review.Screeners(r.Regime, done)...)
		}
	}
	return slices.DeleteFunc(slices.Clone(people), func(name string) bool { return slices.Contains(hands, name) }), nil
}

// reviewsLooked bounds the reviews of a ticket: it has one decision, and what was closed unread.
const reviewsLooked = 20

// mayStillBeReviewed says whether a review of a ticket is under way, or can still come.
func (s *Settler) mayStillBeReviewed(ctx context.Context, tx *store.Tx, id ticket.ID) (bool, error) {
	reviews, err := tx.ReviewsOfTicket(ctx, id, reviewsLooked)
	if err != nil {
		return false, err
	}
	today, decided := city.DateOf(s.Now(), s.City.Zone), false
	for _, r := range reviews {
		again := review.AgainUntil(s.Review, r, s.City.Zone)
		if r.Open() || r.State == review.Ended || !again.IsZero() && today.Compare(again) <= 0 {
			return true, nil
		}
		decided = decided || r.State.Decided()
	}
	if decided {
		return false, nil
	}
	t, err := tx.Ticket(ctx, id)
	if err != nil {
		return false, err
	}
	last := review.LastDay(s.Review, t.Ticket)
	return last.IsZero() || today.Compare(last) <= 0, nil
}

// LeftToDecide are the people who may decide a ticket's review, by name: who has the permission and a passkey, and has had no
// part in the ticket. known is false where nobody knows who works here.
func (s *Settler) LeftToDecide(ctx context.Context, tx *store.Tx, id ticket.ID) (left []string, known bool, err error) {
	if s.Colleagues == nil {
		return nil, false, nil
	}
	having, err := s.Colleagues(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	left, err = leftToDecide(ctx, tx, id, having(MayDecideReviews))
	return left, true, err
}

// ActsOn is what has been done to a review, by whom.
func (s *Settler) ActsOn(ctx context.Context, tx *store.Tx, id review.ID) ([]review.Act, error) {
	return actsOn(ctx, tx, id)
}

func actsOn(ctx context.Context, tx *store.Tx, id review.ID) ([]review.Act, error) {
	events, err := tx.ReviewEvents(ctx, id)
	if err != nil {
		return nil, err
	}
	var acts []review.Act
	from := review.New
	for _, e := range events {
		acts = append(acts, review.Act{From: from, Event: e.Event, By: e.Who})
		from = e.To
	}
	return acts, nil
}

// apartIn says why a person does not decide a review so: because of what he has done to it, or because nobody could decide the
// hearing that he sends it to. What another has decided meanwhile is said first.
func (s *Settler) apartIn(ctx context.Context, tx *store.Tx, r review.Review, d review.Decision) error {
	if _, ok := review.Next(r.Regime, r.State, d.Event); !ok || r.Version != d.Version {
		return nil
	}
	done, err := actsOn(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if no := review.Banned(r.Regime, done, d.Event, d.By); no != "" {
		return &review.Refusal{Reason: no}
	}
	if r.State != review.Asked || d.Event != review.Send {
		return nil
	}
	left, known, err := s.LeftToDecide(ctx, tx, r.Ticket)
	if err != nil {
		return err
	}
	if known && !slices.ContainsFunc(left, func(name string) bool { return name != d.By }) {
		return &review.Refusal{Reason: review.RefusedAlone}
	}
	return nil
}

// refundHand refuses to whom is the last left for the reviews of an attempt's tickets to ask for a refund of it, or to approve one.
func (s *Settler) refundHand(ctx context.Context, tx *store.Tx, a payment.Attempt, h handling) error {
	sources, err := Sources(ctx, tx, a)
	if err != nil {
		return err
	}
	var tickets []ticket.ID
	for _, one := range sources {
		if one.Ticket != "" {
			tickets = append(tickets, one.Ticket)
		}
	}
	last, err := s.lastHand(ctx, tx, tickets, h)
	if err == nil && last {
		return &payment.RefundRefusal{Reason: payment.RefusedLastHand}
	}
	return err
}
