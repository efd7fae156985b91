package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"fundy/city"
	"fundy/store"
	"fundy/ticket"
)

// booksShown bounds a list.
const booksShown = 200

// bookRow is a book with what has become of its numbers.
type bookRow struct {
	ticket.Book
	ticket.Counted
}

// InStore says whether the book can be handed out.
func (b bookRow) InStore() bool { return b.HandedAt.IsZero() }

// Out says whether an officer has it.
func (b bookRow) Out() bool { return !b.HandedAt.IsZero() && b.BackAt.IsZero() }

// Title is a book's first and last number.
func (b bookRow) Title() string { return b.Number(b.First) + " – " + b.Number(b.Last) }

// missingRow is a number that nobody has accounted for.
type missingRow struct {
	ticket.Missing
	Officer string
	Days    int
	Book    string
}

// booksPage is the books of paper tickets, and the numbers that are missing.
type booksPage struct {
	Books   []bookRow
	Missing []missingRow // the longest missing first, by officer
	More    bool
	Typed   typedIn
}

func (p *Pages) showBooks(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.booksPage(w, r, v, nil)
}

func (p *Pages) booksPage(w http.ResponseWriter, r *http.Request, v *view, typed typedIn) error {
	var page *booksPage
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		page, err = p.readBooks(ctx, tx, v)
		return err
	})
	if err != nil {
		return err
	}
	page.Typed = typed
	v.Data, v.Back = page, "/books"
	return p.answer(w, v, "work_books")
}

func (p *Pages) readBooks(ctx context.Context, tx *store.Tx, v *view) (*booksPage, error) {
	books, err := tx.Books(ctx, booksShown)
	if err != nil {
		return nil, err
	}
	page, today := &booksPage{More: len(books) == booksShown}, city.DateOf(v.Now, p.city.Zone)
	for _, b := range books {
		used, err := tx.UsedNumbers(ctx, b)
		if err != nil {
			return nil, err
		}
		marked, err := tx.MarkedNumbers(ctx, b.ID)
		if err != nil {
			return nil, err
		}
		row := bookRow{b, b.Count(used, marked)}
		page.Books = append(page.Books, row)
		for _, m := range row.Missing {
			age := int(today.Start(p.city.Zone).Sub(m.Since.Start(p.city.Zone)).Hours()+12) / 24
			page.Missing = append(page.Missing, missingRow{m, b.Officer, age, b.ID})
		}
	}
	slices.SortStableFunc(page.Missing, func(a, b missingRow) int {
		if by := strings.Compare(a.Officer, b.Officer); by != 0 {
			return by
		}
		return b.Days - a.Days
	})
	return page, nil
}

// onBook answers what came of an act on a book. What is refused stays in the page.
func (p *Pages) onBook(w http.ResponseWriter, r *http.Request, v *view, typed typedIn, err error) error {
	var no *ticket.BookRefusal
	switch {
	case errors.As(err, &no):
		field := no.Field
		if typed["id"] != "" {
			field = "main" // the book's own form stands in a row
		}
		v.Problem = &problem{Field: field, Key: "work.book." + no.Reason}
	case errors.Is(err, store.ErrConflict):
		v.Problem = &problem{Field: "main", Key: "work.book.state"}
	case errors.Is(err, store.ErrNotFound):
		return p.show(w, v, http.StatusNotFound, "wrong")
	case err != nil:
		return err
	default:
		return done(w, r, "/books", "work_book")
	}
	return p.booksPage(w, r, v, typed)
}

func (p *Pages) receiveBook(w http.ResponseWriter, r *http.Request, v *view) error {
	typed := typedIn{"series": bounded(r, "series"), "first": bounded(r, "first"), "last": bounded(r, "last")}
	_, err := p.Settler.ReceiveBook(r.Context(), typed["series"], typed["first"], typed["last"], v.Name())
	return p.onBook(w, r, v, typed, err)
}

func (p *Pages) handBook(w http.ResponseWriter, r *http.Request, v *view) error {
	typed := typedIn{"id": r.PathValue("id"), "officer": strings.ToUpper(bounded(r, "officer"))}
	return p.onBook(w, r, v, typed, p.Settler.HandBook(r.Context(), typed["id"], typed["officer"], v.Name()))
}

func (p *Pages) bookBack(w http.ResponseWriter, r *http.Request, v *view) error {
	id := r.PathValue("id")
	return p.onBook(w, r, v, typedIn{"id": id}, p.Settler.BookBack(r.Context(), id, v.Name()))
}

// markNumber keeps that a number was spoiled, or is lost.
func (p *Pages) markNumber(w http.ResponseWriter, r *http.Request, v *view) error {
	typed := typedIn{"id": r.PathValue("id"), "number": bounded(r, "number"), "act": bounded(r, "act"), "reason": oneLine(r, "reason")}
	return p.onBook(w, r, v, typed, p.Settler.MarkNumber(r.Context(), typed["id"], typed["number"], ticket.Fate(typed["act"]), typed["reason"], v.Name()))
}
