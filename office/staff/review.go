package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"fundy/city"
	"fundy/desk"
	"fundy/money"
	"fundy/payment"
	"fundy/review"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// Reviews is what the office does for the pages of reviews. Whatever is opened, a leaf tells of it first.
type Reviews struct {
	Contact   func(ctx context.Context, person string, r review.Review) (desk.ReviewContact, error)
	Statement func(ctx context.Context, person string, r review.Review) (desk.ReviewStatement, error)
	Words     func(ctx context.Context, person string, r review.Review) (string, error)
	File      func(ctx context.Context, person string, r review.Review, f store.ReviewFile) ([]byte, error)
	Letter    func(ctx context.Context, person string, id review.ID, languages []city.Language) (ReviewLetter, error)
	Seal      seal.PublicKey // seals what is typed here
}

// reviewsShown bounds a list.
const reviewsShown = 300

// reviewRow is a review of the queue, with its ticket.
type reviewRow struct {
	review.Review
	Number string
	State  ticket.State // of the ticket
}

func (p *Pages) today() city.Date { return city.DateOf(p.Now(), p.city.Zone) }

// Late says whether a review should have been decided.
func (v *view) Late(r review.Review) bool { return r.Overdue(v.pages.today()) }

// DayOf is a day of the city's calendar.
func (v *view) DayOf(d city.Date) string {
	if d.IsZero() {
		return "–"
	}
	return v.Day(d.Start(v.pages.city.Zone))
}

// reviewsPage are the reviews that are under way, the next due first.
type reviewsPage struct {
	Rows []reviewRow
	More bool // there are more than are shown
}

func (p *Pages) showReviews(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &reviewsPage{}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		page.Rows = nil
		all, err := tx.OpenReviews(ctx, reviewsShown+1)
		if err != nil {
			return err
		}
		all, page.More = cutAt(all, reviewsShown)
		for _, one := range all {
			t, err := tx.Ticket(ctx, one.Ticket)
			if err != nil {
				return err
			}
			page.Rows = append(page.Rows, reviewRow{one, t.Number, t.State})
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/reviews"
	return p.show(w, v, http.StatusOK, "reviews")
}

// reviewPage is one review: what it is about, what may be decided, and, once it has been opened, what was written.
type reviewPage struct {
	review.Review
	Found     store.FoundTicket
	Offence   city.Offence
	Penalty   money.Amount
	History   []store.ReviewEvent
	Messages  []payment.Message // and letters, that tell of its decisions
	Readers   []store.ReviewReader
	Files     []store.ReviewFile
	Decisions []review.Event
	Part      review.Part // of who looks
	Apart     string      // why who looks does not decide it; "": he may
	Others    string      // who may, where he does not
	Known     bool        // it is known who may
	Contact   *desk.ReviewContact
	Statement *desk.ReviewStatement
	Said      string // the officer's words, opened
	// As typed.
	Event, Words, Amount, Until, Hearing, Hour, Place, Asked, Closing string
	AgainUntil                                                        city.Date // the last day on which another hearing can be asked for; zero: none can
}

// NextFile is which of the review's files the next one is.
func (page *reviewPage) NextFile() int { return page.FilesCount + 1 }

func (p *Pages) showReview(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.reviewPage(w, r, v, &reviewPage{})
}

// readReview reads a review for its page, or ErrNotFound.
func (p *Pages) readReview(ctx context.Context, id string, who string, page *reviewPage) error {
	return p.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Review, err = tx.Review(ctx, review.ID(id)); err != nil {
			return err
		}
		if page.Found, err = tx.Ticket(ctx, page.Review.Ticket); err != nil {
			return err
		}
		if page.History, err = tx.ReviewEvents(ctx, page.ID); err != nil {
			return err
		}
		if page.Files, err = tx.ReviewFiles(ctx, page.ID); err != nil {
			return err
		}
		if page.Messages, err = tx.MessagesAbout(ctx, string(page.ID), messagesShown); err != nil {
			return err
		}
		if page.Readers, err = tx.ReviewReaders(ctx, page.ID); err != nil {
			return err
		}
		if page.Part.Money, err = tx.HandledMoney(ctx, page.Review.Ticket, who); err != nil {
			return err
		}
		entered, err := tx.EnteredBy(ctx, page.Review.Ticket)
		page.Part.Entered = entered == who
		return err
	})
}

func (p *Pages) reviewPage(w http.ResponseWriter, r *http.Request, v *view, page *reviewPage) error {
	err := p.readReview(r.Context(), r.PathValue("id"), v.Name(), page)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	about := &ticketPage{Ticket: page.Found}
	if err := p.price(about); err != nil {
		return err
	}
	page.Offence = about.Offence
	page.decisions(p.Settler.Review, p.city.Zone, p.Now())
	if err := p.apart(r.Context(), v.Name(), page); err != nil {
		return err
	}
	for _, c := range about.Quote.Components {
		if c.Kind == ticket.Penalty {
			page.Penalty = c.Amount
		}
	}
	v.Data, v.Back = page, "/reviews/"+string(page.ID)
	return p.answer(w, v, "review")
}

// decisions are what an officer may decide now: not that nobody came to a hearing before it has begun, nor another hearing
// where there can be none.
func (page *reviewPage) decisions(set review.Settings, zone *time.Location, now time.Time) {
	page.AgainUntil = review.AgainUntil(set, page.Review, zone)
	owed := page.Found.State == ticket.Open || page.Found.State == ticket.Reopened
	begun := review.Begun(page.Review, city.DateOf(now, zone), now.In(zone).Format("15:04"))
	page.Decisions = slices.DeleteFunc(review.Decisions(page.Regime, page.Review.State), func(e review.Event) bool {
		return e == review.Absent && !begun || e == review.Again && (page.AgainUntil.IsZero() || !owed)
	})
}

// openReview shows what a party has written, once: leaves tell who has opened it before it is there.
func (p *Pages) openReview(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &reviewPage{}
	err := p.readReview(r.Context(), r.PathValue("id"), v.Name(), page)
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	if !page.ErasedAt.IsZero() {
		return p.reviewPage(w, r, v, page)
	}
	contact, err := p.Reviews.Contact(r.Context(), v.Name(), page.Review)
	var statement desk.ReviewStatement
	if err == nil {
		statement, err = p.Reviews.Statement(r.Context(), v.Name(), page.Review)
	}
	if errors.Is(err, desk.ErrUnreadable) {
		v.Problem = &problem{Field: "written", Key: "review.unreadable"}
		return p.reviewPage(w, r, v, page)
	}
	if err != nil {
		return err
	}
	page.Contact, page.Statement = &contact, &statement
	if len(page.Review.Words) > 0 {
		if page.Said, err = p.Reviews.Words(r.Context(), v.Name(), page.Review); err != nil {
			return err
		}
	}
	return p.reviewPage(w, r, v, page)
}

func (p *Pages) takeReview(w http.ResponseWriter, r *http.Request, v *view) error {
	_, err := p.Settler.TakeReview(r.Context(), review.ID(r.PathValue("id")), version(r), v.Name())
	if p.againstReview(v, err, "version") {
		return p.reviewPage(w, r, v, &reviewPage{})
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	return done(w, r, "/reviews/"+r.PathValue("id"), "review_taken")
}

// version is that of the review when its page was shown; none fits no review.
func version(r *http.Request) int64 {
	n, err := strconv.ParseInt(bounded(r, "version"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// reviewFields says which field of the form a reason against is about.
var reviewFields = map[string]string{
	review.RefusedWords: "words", review.RefusedAmount: "amount", review.RefusedUntil: "until", review.RefusedHearing: "hearing", review.RefusedHour: "time", review.RefusedPlace: "place", review.RefusedDay: "received",
	review.RefusedLate: "received", review.RefusedAsked: "received", review.RefusedWhy: "why",
}

// againstReview says on the page why something about a review goes no further.
func (p *Pages) againstReview(v *view, err error, field string) bool {
	var no *review.Refusal
	if !errors.As(err, &no) {
		return false
	}
	if of := reviewFields[no.Reason]; of != "" {
		field = of
	}
	v.Problem = &problem{Field: field, Key: "review.refused." + no.Reason}
	return true
}
