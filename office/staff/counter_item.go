package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"fundy/city"
	"fundy/payment"
	"fundy/store"
)

// Limits of items.
const (
	itemsShown   = 500
	itemNoteMost = 2000 // bytes
)

// itemStates are the lists that there are.
var itemStates = []payment.ItemState{payment.ItemKept, payment.ItemWentBack, payment.ItemResolved}

// itemRow is an item of the list, with who has it and since when.
type itemRow struct {
	payment.Item
	Owner string
	Days  int
	Mine  bool // cash that who looks has entered: another ends it
}

type itemsPage struct {
	State  payment.ItemState
	States []payment.ItemState
	Items  []itemRow
	Full   bool
}

func (p *Pages) showItems(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &itemsPage{State: payment.ItemState(r.URL.Query().Get("state")), States: itemStates}
	if !slices.Contains(itemStates, page.State) {
		page.State = payment.ItemKept
	}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		page.Items = nil
		all, err := tx.Items(ctx, page.State, itemsShown)
		if err != nil {
			return err
		}
		owners, err := tx.ItemOwners(ctx)
		if err != nil {
			return err
		}
		for _, i := range all {
			page.Items = append(page.Items, itemRow{i, owners[i.ID], p.daysSince(i.ReceivedOn), i.State == payment.ItemKept && i.Another(v.Name())})
		}
		page.Full = len(all) == itemsShown
		return nil
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/items"
	return p.answer(w, v, "counter_items")
}

// daysSince is how many days ago a day was.
func (p *Pages) daysSince(day city.Date) int {
	today := city.DateOf(p.Now(), p.city.Zone)
	return int(today.Start(time.UTC).Sub(day.Start(time.UTC)) / (24 * time.Hour))
}

// newItemPage is a form for what came in and can't be taken as it is.
type newItemPage struct {
	Kinds                                                                     []payment.TenderKind
	Reasons                                                                   []payment.ItemReason
	Kind, Amount, Currency, Reason, Received, Drawn, Batch, Reference, Letter string
	Note                                                                      string
}

func (p *Pages) showNewItem(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.newItemPage(w, v, &newItemPage{Batch: cut(r.URL.Query().Get("batch"), typedMost)})
}

func (p *Pages) newItemPage(w http.ResponseWriter, v *view, page *newItemPage) error {
	page.Kinds, page.Reasons = []payment.TenderKind{payment.Cheque, payment.MoneyOrder, payment.Cash}, payment.ItemReasons
	if page.Currency == "" {
		page.Currency = p.city.Currency
	}
	if page.Received == "" {
		page.Received = city.DateOf(p.Now(), p.city.Zone).String()
	}
	v.Data, v.Back = page, "/items/new"
	return p.answer(w, v, "counter_item_new")
}

// enterItem keeps what came in. Its note is sealed before anything is written.
func (p *Pages) enterItem(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &newItemPage{
		Kind: bounded(r, "kind"), Amount: bounded(r, "amount"), Currency: strings.ToUpper(bounded(r, "currency")), Reason: bounded(r, "reason"), Received: bounded(r, "received"),
		Drawn: bounded(r, "drawn"), Batch: bounded(r, "batch"), Reference: strings.ToUpper(bounded(r, "reference")), Note: strings.TrimSpace(r.PostForm.Get("note")),
	}
	item := payment.Item{
		ID: payment.ItemID(requested(r, "itm")), Kind: payment.TenderKind(page.Kind), Currency: page.Currency, Reason: payment.ItemReason(page.Reason), Batch: payment.BatchID(page.Batch), Reference: page.Reference, EnteredBy: v.Name(),
	}
	if wrong := page.read(v, &item); wrong != nil {
		v.Problem = wrong
		return p.newItemPage(w, v, page)
	}
	var sealing func(payment.ItemID) ([]byte, error)
	if page.Note != "" {
		sealing = func(id payment.ItemID) ([]byte, error) { return p.SealNote(id, []byte(page.Note)) }
	}
	i, err := p.Settler.EnterItem(r.Context(), item, sealing, true)
	if v.Problem = p.againstItem(v, err); v.Problem != nil {
		return p.newItemPage(w, v, page)
	}
	if err != nil {
		return err
	}
	if i.Batch != "" {
		return done(w, r, "/mail/"+string(i.Batch), "counter_item_kept")
	}
	return done(w, r, "/items/"+string(i.ID), "counter_item_kept")
}

func (page *newItemPage) read(v *view, i *payment.Item) *problem {
	var ok bool
	if i.Amount, ok = v.amountTyped(page.Amount); !ok {
		return &problem{Field: "amount", Key: "counter.amount.form"}
	}
	var wrong *problem
	if i.ReceivedOn, wrong = typedDay("received", page.Received); wrong != nil {
		return wrong
	}
	if i.DrawnOn, wrong = typedDay("drawn", page.Drawn); wrong != nil {
		return wrong
	}
	if len(page.Note) > itemNoteMost {
		return &problem{Field: "note", Key: "counter.item.note.long"}
	}
	return nil
}

// itemPage is one item, with what can be done about it.
type itemPage struct {
	payment.Item
	Owner   string
	Days    int
	Entry   string // the receipt under which it was deposited, or that it became
	Opened  string // its note, once it has been opened
	Letter  string // as typed
	Receipt string
	HasNote bool
	Mine    bool // cash that who looks has entered: another ends it
	MayBank bool // its money can go to the bank before anybody knows what it is for
}

func (p *Pages) showItem(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.itemPage(w, r, v, &itemPage{})
}

func (p *Pages) itemPage(w http.ResponseWriter, r *http.Request, v *view, page *itemPage) error {
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Item, err = tx.Item(ctx, payment.ItemID(r.PathValue("id"))); err != nil {
			return err
		}
		owners, err := tx.ItemOwners(ctx)
		if err != nil {
			return err
		}
		page.Owner, page.Entry = owners[page.ID], ""
		if page.Attempt == "" {
			return nil
		}
		a, err := tx.Attempt(ctx, page.Attempt)
		if page.Entry = a.Receipt; page.Entry == "" {
			page.Entry = a.ID.Ref()
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	page.Days, page.HasNote, page.MayBank = p.daysSince(page.ReceivedOn), len(page.Note) > 0, payment.DepositItem(page.Item, v.Name()) == nil
	page.Mine = page.State == payment.ItemKept && page.Another(v.Name())
	if page.Letter == "" {
		page.Letter = city.DateOf(p.Now(), p.city.Zone).String()
	}
	v.Data, v.Back = page, "/items/"+string(page.ID)
	return p.answer(w, v, "counter_item")
}

// itemDone leads back to an item's page after something was done about it, or says what is in the way.
func (p *Pages) itemDone(w http.ResponseWriter, r *http.Request, v *view, page *itemPage, err error, said string) error {
	if v.Problem = p.againstItem(v, err); v.Problem != nil {
		return p.itemPage(w, r, v, page)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	return done(w, r, "/items/"+r.PathValue("id"), said)
}

func (p *Pages) depositItem(w http.ResponseWriter, r *http.Request, v *view) error {
	_, _, err := p.Settler.DepositItem(r.Context(), payment.ItemID(r.PathValue("id")), v.Name(), true)
	return p.itemDone(w, r, v, &itemPage{}, err, "counter_item_deposited")
}

func (p *Pages) returnItem(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &itemPage{Letter: bounded(r, "letter")}
	letter, wrong := typedDay("letter", page.Letter)
	if wrong != nil {
		v.Problem = wrong
		return p.itemPage(w, r, v, page)
	}
	_, err := p.Settler.ReturnItem(r.Context(), payment.ItemID(r.PathValue("id")), letter, v.Name(), true)
	return p.itemDone(w, r, v, page, err, "counter_item_returned")
}

func (p *Pages) resolveItem(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &itemPage{Receipt: bounded(r, "receipt")}
	var a payment.Attempt
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if _, err = tx.Item(ctx, payment.ItemID(r.PathValue("id"))); err != nil {
			return err
		}
		if a, _, err = entryOf(ctx, tx, page.Receipt); errors.Is(err, store.ErrNotFound) {
			a, err = payment.Attempt{}, nil
		}
		return err
	})
	if err == nil && a.ID == "" {
		v.Problem = &problem{Field: "receipt", Key: "find.receipt.none"}
		return p.itemPage(w, r, v, page)
	}
	if err == nil {
		_, err = p.Settler.ResolveItem(r.Context(), payment.ItemID(r.PathValue("id")), a.ID, v.Name(), true)
	}
	return p.itemDone(w, r, v, page, err, "counter_item_resolved")
}

// openItemNote shows the note on an item, once: a leaf tells who has opened it before it is there.
func (p *Pages) openItemNote(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &itemPage{}
	var i payment.Item
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		i, err = tx.Item(ctx, payment.ItemID(r.PathValue("id")))
		return err
	})
	if err == nil && len(i.Note) > 0 {
		page.Opened, err = p.OpenNote(r.Context(), v.Name(), i.ID)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return p.itemPage(w, r, v, page)
}
