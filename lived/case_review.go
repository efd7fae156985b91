package lived

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"fundy/city"
	"fundy/desk"
	"fundy/desk/deskpb"
	"fundy/payment"
	"fundy/review"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// request is what somebody writes who asks for a review. Nobody has these names.
type request struct {
	lang                   city.Language
	who, reason, name, way string
	words                  string
	photo                  bool
}

// requests are drawn from in turn.
var requests = []request{
	{city.English, "owner", "machine", "Robin Example", "email", "The machine on the corner took my coins and printed nothing.\nI went to the next one, which had a sheet over its screen. When I came back, the ticket was there.", true},
	{city.French, "driver", "permit", "Camille Exemple", "email", "Mon permis de résident était sur le tableau de bord, mais la neige couvrait le pare-brise.\nJe joins une photo du permis.", true},
	{city.French, "owner", "sold", "Dominique Exemple", "post", "J’ai vendu cette voiture deux semaines avant le jour de la contravention. L’acte de vente porte la date.", false},
	{city.English, "owner", "plate", "Kim Example", "email", "The plate on the ticket is mine, the make is not: my car is a red wagon, and the ticket says a grey van.", false},
	{city.English, "driver", "medical", "Alex Example", "post", "I stopped because my passenger felt faint. We left as soon as he could walk.", false},
	{city.French, "owner", "other", "Sacha Exemple", "email", "Le panneau était caché par un échafaudage.\nSur la photo, on voit le trottoir, et aucun panneau.", true},
}

// next is the next request.
func (t *town) nextRequest() request {
	t.requests++
	return requests[t.requests%len(requests)]
}

// asks has somebody ask on the portal for a review of a ticket, and is the review.
func (t *town) asks(ctx context.Context, d *drawn, q request) (review.Review, error) {
	found, err := t.desk.FindTicket(ctx, &deskpb.FindTicketRequest{Number: d.number, Plate: d.plate})
	if err != nil {
		return review.Review{}, fmt.Errorf("find %s: %w", d.number, err)
	}
	ask := &deskpb.AskReviewRequest{RequestId: rand.Text(), Token: found.GetTicket().GetQuote().GetToken(), Way: q.way, Language: string(q.lang)}
	if ask.SealedContact, ask.SealedStatement, err = t.seals(q, ask.GetRequestId()); err != nil {
		return review.Review{}, err
	}
	res, err := t.desk.AskReview(ctx, ask)
	if err != nil {
		return review.Review{}, fmt.Errorf("ask for review of %s: %w", d.number, err)
	}
	if res.GetAsked() == nil {
		return review.Review{}, fmt.Errorf("ask for review of %s: %s", d.number, res.GetRefused().GetReason())
	}
	if q.photo {
		sealed, err := t.photo(ask.GetRequestId())
		if err != nil {
			return review.Review{}, err
		}
		added, err := t.desk.AddReviewFile(ctx, &deskpb.AddReviewFileRequest{RequestId: ask.GetRequestId(), Kind: desk.FilePNG, Number: 1, Sealed: sealed})
		if err != nil || added.GetFiles() != 1 {
			return review.Review{}, errors.Join(fmt.Errorf("add a photo: %s", added.GetRefused()), err)
		}
	}
	return t.reviewOf(ctx, ask.GetRequestId())
}

func (t *town) reviewOf(ctx context.Context, request string) (r review.Review, err error) {
	err = t.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = tx.ReviewByRequest(ctx, request)
		return err
	})
	return r, err
}

// seals is who asks and what is said, sealed as the portal does.
func (t *town) seals(q request, id string) (contact, statement []byte, err error) {
	c := desk.ReviewContact{Name: q.name}
	if q.way == string(review.ByEmail) {
		c.Email = strings.ToLower(strings.ReplaceAll(q.name, " ", ".")) + "@example.com"
	} else {
		c.Post = fmt.Sprintf(map[city.Language]string{
			city.English: "%d Tide Street\nFundy Harbour NB  E0E 0E0", city.French: "%d, rue de la Marée\nHavre-de-Fundy (N.-B.)  E0E 0E0",
		}[q.lang], 10+t.rng.IntN(80))
	}
	plain, err := c.Seal()
	if err != nil {
		return nil, nil, err
	}
	if contact, err = t.Public.Seal(plain, []byte(seal.ReviewContact), []byte(id)); err != nil {
		return nil, nil, err
	}
	if plain, err = (desk.ReviewStatement{Who: q.who, Reason: q.reason, Words: q.words}).Seal(); err != nil {
		return nil, nil, err
	}
	statement, err = t.Public.Seal(plain, []byte(seal.ReviewStatement), []byte(id))
	return contact, statement, err
}

// photo is a picture of a kerb without a sign, sealed as the first file of a request.
func (t *town) photo(id string) ([]byte, error) {
	scene, err := kerb()
	if err != nil {
		return nil, err
	}
	return t.Public.Seal(scene, []byte(seal.ReviewFile), seal.ReviewFilePlace(id, 1))
}

// answers are what the officer says to a party, by decision and language.
var answers = map[review.Event]map[city.Language]string{
	review.Keep: {
		city.English: "The machine’s record of that hour shows twelve payments, before and after. The other machine stands forty metres away. The ticket stands.",
		city.French:  "Le relevé de l’horodateur montre douze paiements à cette heure, avant et après. L’autre appareil est à quarante mètres. La contravention est maintenue.",
	},
	review.Withdraw: {
		city.English: "Our own photo shows what you describe. The ticket is withdrawn, and you owe nothing.",
		city.French:  "Notre propre photo montre ce que vous décrivez. La contravention est retirée, et vous ne devez rien.",
	},
}

// decides has the supervisor decide a review as it stands.
func (t *town) decides(ctx context.Context, id review.ID, e review.Event) (r review.Review, err error) {
	err = t.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = tx.Review(ctx, id)
		return err
	})
	if err != nil {
		return r, err
	}
	d := review.Decision{Event: e, Words: answers[e][r.Language], Version: r.Version, By: supervisor}
	if e == review.Close {
		d.Why = review.Stranger
	}
	return t.office.Settler().DecideReview(ctx, id, d, func(id review.ID, words string) ([]byte, error) {
		return t.Public.Seal([]byte(words), []byte(seal.ReviewWords), []byte(id))
	})
}

// freshReview is a review of a ticket that nobody means to pay.
func (t *town) freshReview(ctx context.Context) (*drawn, review.Review, error) {
	d, err := t.fresh()
	if err != nil {
		return nil, review.Review{}, err
	}
	r, err := t.asks(ctx, d, t.nextRequest())
	return d, r, err
}

func reviewWaits(ctx context.Context, t *town) error {
	_, _, err := t.freshReview(ctx)
	return err
}

func reviewTaken(ctx context.Context, t *town) error {
	_, r, err := t.freshReview(ctx)
	if err != nil {
		return err
	}
	t.later(1, clockTime(9, 30), func(ctx context.Context, t *town) error {
		_, err := t.office.Settler().TakeReview(ctx, r.ID, r.Version, supervisor)
		return err
	})
	return nil
}

// reviewDecided is a review that is decided after some days. One that is kept has its ticket owed again, and its clock
// goes on.
func reviewDecided(e review.Event) func(ctx context.Context, t *town) error {
	return func(ctx context.Context, t *town) error {
		d, r, err := t.freshReview(ctx)
		if err != nil {
			return err
		}
		t.later(3, clockTime(14, 30), func(ctx context.Context, t *town) error {
			_, err := t.decides(ctx, r.ID, e)
			if err == nil && e.Told() && r.Way == review.ByPost {
				d.shows = Answered
			}
			return err
		})
		return nil
	}
}

// reviewOfPaid is a review whose ticket is paid by card before anybody has looked at it: it is withdrawn all the same, and
// the money is given back.
func reviewOfPaid(ctx context.Context, t *town) error {
	d, r, err := t.freshReview(ctx)
	if err != nil {
		return err
	}
	if _, err := t.payCard(ctx, d, good); err != nil {
		return err
	}
	t.later(4, clockTime(14, 40), func(ctx context.Context, t *town) error {
		done, err := t.decides(ctx, r.ID, review.Withdraw)
		if err != nil || !done.Refund {
			return errors.Join(fmt.Errorf("review of a paid ticket: refund %t", done.Refund), err)
		}
		asked, err := t.refundOfTicket(ctx, r.Ticket)
		if err != nil {
			return err
		}
		if _, err = t.office.Settler().ApproveRefund(ctx, asked, finance); err != nil {
			return err
		}
		return t.office.Settler().Round(ctx)
	})
	return nil
}

// refundOfTicket is the refund of a ticket's payment that waits for a second person.
func (t *town) refundOfTicket(ctx context.Context, id ticket.ID) (found payment.RefundID, err error) {
	err = t.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.AttemptOfTicket(ctx, id)
		if err != nil {
			return err
		}
		all, err := tx.Refunds(ctx, 100)
		for _, r := range all {
			if r.Attempt == a && r.State == payment.RefundAsked {
				found = r.ID
			}
		}
		return err
	})
	if err == nil && found == "" {
		err = errors.New("nothing is asked for")
	}
	return found, err
}

// reviewByLetter is a request that came by mail: the clerk enters it, and the scan of the letter.
func reviewByLetter(ctx context.Context, t *town) error {
	d, err := t.fresh()
	if err != nil {
		return err
	}
	q, id := requests[2], rand.Text()
	ask := review.Review{
		Ticket: d.id, Way: review.ByPost, Language: q.lang, Channel: review.AtOffice, EnteredBy: clerk, RequestID: id, ReceivedOn: t.today(),
	}
	if ask.Contact, ask.Statement, err = t.seals(q, id); err != nil {
		return err
	}
	r, err := t.office.Settler().AskReview(ctx, ask)
	if err != nil {
		return err
	}
	sealed, err := t.photo(id)
	if err != nil {
		return err
	}
	_, err = t.office.Settler().AddReviewFile(ctx, r.ID, store.ReviewFile{N: 1, Kind: desk.FilePNG, Bytes: len(sealed), Sealed: sealed}, clerk)
	return err
}

// byLetterAt is when the mail's requests are entered: once the letters are open.
const byLetterAt = 13*time.Hour + 30*time.Minute
