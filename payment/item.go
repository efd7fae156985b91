package payment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fundy/city"
	"fundy/money"
)

// ItemID is an item's opaque id. It is no secret: it stands in logs and on the letter that goes with the item.
type ItemID string

// ItemReason says why what came in can't be taken for a ticket as it is.
type ItemReason string

// The reasons.
const (
	ItemUnidentified ItemReason = "unidentified"     // nobody can say what it is for
	ItemPostDated    ItemReason = "post_dated"       // drawn on a day to come
	ItemUnsigned     ItemReason = "unsigned"         // no signature
	ItemStale        ItemReason = "stale_dated"      // drawn more than six months before it came
	ItemForeign      ItemReason = "foreign_currency" // not in the city's money
	ItemShort        ItemReason = "short"            // less than is due, where only the whole is taken
	ItemNoTicket     ItemReason = "no_ticket"        // for a ticket that the city does not have
)

// ItemReasons are all of them.
var ItemReasons = []ItemReason{ItemUnidentified, ItemPostDated, ItemUnsigned, ItemStale, ItemForeign, ItemShort, ItemNoTicket}

// ItemState is where an item is.
type ItemState string

// The states of an item.
const (
	ItemNew      ItemState = "new"
	ItemKept     ItemState = "kept"     // here, with an owner and an age
	ItemWentBack ItemState = "returned" // sent back with a letter
	ItemResolved ItemState = "resolved" // it became a payment
)

// ItemEvent is what moves an item.
type ItemEvent string

// The events.
const (
	ItemEntered   ItemEvent = "entered"
	ItemDeposited ItemEvent = "deposited"  // its money is at the bank, and put to no ticket
	ItemTakenBack ItemEvent = "taken_back" // the entry of that was undone, or the bank did not pay it
	ItemSentBack  ItemEvent = "sent_back"
	ItemPaid      ItemEvent = "paid"
)

// ItemLine is one edge of the table of items.
type ItemLine struct {
	From  ItemState
	Event ItemEvent
	To    ItemState
}

// ItemTable is every move that an item can make. What is not here does not happen.
var ItemTable = []ItemLine{
	{ItemNew, ItemEntered, ItemKept},
	{ItemKept, ItemDeposited, ItemKept},
	{ItemKept, ItemTakenBack, ItemKept},
	{ItemKept, ItemSentBack, ItemWentBack},
	{ItemKept, ItemPaid, ItemResolved},
}

// NextItem is the line that an event takes; false: it does not happen.
func NextItem(from ItemState, event ItemEvent) (ItemLine, bool) {
	for _, l := range ItemTable {
		if l.From == from && l.Event == event {
			return l, true
		}
	}
	return ItemLine{}, false
}

// Item is what came in and can't be taken as it is. While it is kept its money is in no account, unless it was
// deposited: then it is the payer's, put to no ticket, under the attempt's receipt.
type Item struct {
	ID         ItemID
	Kind       TenderKind
	Amount     money.Amount // in minor units of its own currency
	Currency   string       // upper case
	Reason     ItemReason
	ReceivedOn city.Date
	DrawnOn    city.Date // what is written on it; zero: not known
	Batch      BatchID   // the mail's, in whose total it counts; "" for none
	Reference  string    // the number on it
	State      ItemState
	Note       []byte    // sealed to the office: who sent it, say
	LetterOn   city.Date // of the letter with which it went back
	Attempt    AttemptID // the payment that it became, or under which it was deposited
	EnteredBy  string
	EnteredAt  time.Time
	Version    int64
}

// Deposited says whether a kept item's money is at the bank.
func (i Item) Deposited() bool { return i.State == ItemKept && i.Attempt != "" }

// Another says whether it takes another person than by to end an item: cash that by has entered. No bank, no number
// on it and no count tells of such money, so one alone could write it away: as sent back, or as any payment of that amount.
func (i Item) Another(by string) bool { return i.Kind == Cash && i.EnteredBy == by }

// ItemRefusal says why something was not done to an item. Nothing has been written.
type ItemRefusal struct{ Reason string }

func (r *ItemRefusal) Error() string { return "item refused: " + r.Reason }

// The reasons for which an item goes no further.
const (
	RefusedItemKind      = "item_kind"      // not cash, a cheque or a money order
	RefusedItemReason    = "item_reason"    // not of the list
	RefusedItemCurrency  = "item_currency"  // foreign money in the city's currency, or the other way round
	RefusedItemDate      = "item_date"      // received on a day to come, or more than a year ago
	RefusedItemDrawn     = "item_drawn"     // post-dated or stale: the day on it does not say so
	RefusedItemReference = "item_reference" // the number on it, in capitals, digits and hyphens
	RefusedItemState     = "item_state"     // not kept any more
	RefusedItemDeposited = "item_deposited" // its money is at the bank: it goes back as a refund
	RefusedItemNotTaken  = "item_not_taken" // the receipt is of no payment that was taken
	RefusedItemOther     = "item_other"     // the receipt is of less money, or of another kind
	RefusedItemUncashed  = "item_uncashed"  // of this kind or for this reason, it can't be deposited
	RefusedItemOwn       = "item_own"       // who has entered the cash does not end it
)

// itemOldest is how many days ago an item can have been received.
const itemOldest = 366

// EnterItem decides whether an item can be entered as it is described. today is the city's day.
func EnterItem(i Item, currency string, today city.Date, now time.Time) (Item, *ItemRefusal) {
	cheque := i.Kind == Cheque || i.Kind == MoneyOrder
	switch {
	case !StaffName(i.EnteredBy):
		return i, &ItemRefusal{RefusedWho}
	case !cheque && i.Kind != Cash, i.Reason == ItemUnsigned && i.Kind != Cheque:
		return i, &ItemRefusal{RefusedItemKind}
	case !slices.Contains(ItemReasons, i.Reason):
		return i, &ItemRefusal{RefusedItemReason}
	case i.Amount.Cmp(money.Zero) <= 0:
		return i, &ItemRefusal{RefusedAmount}
	case !currencyCode(i.Currency), (i.Currency != currency) != (i.Reason == ItemForeign):
		return i, &ItemRefusal{RefusedItemCurrency}
	case i.ReceivedOn.Compare(today) > 0, i.ReceivedOn.Compare(today.AddDays(-itemOldest)) < 0:
		return i, &ItemRefusal{RefusedItemDate}
	case !i.drawnAsSaid():
		return i, &ItemRefusal{RefusedItemDrawn}
	case cheque && !form(i.Reference, referenceMost, false), !cheque && i.Reference != "":
		return i, &ItemRefusal{RefusedItemReference}
	}
	i.State, i.EnteredAt = ItemKept, now
	return i, nil
}

// drawnAsSaid wants the day on a post-dated or stale item to be known and to say so. A cheque is stale as the
// counter has it.
func (i Item) drawnAsSaid() bool {
	switch i.Reason {
	case ItemPostDated:
		return i.DrawnOn.Compare(i.ReceivedOn) > 0
	case ItemStale:
		return !i.DrawnOn.IsZero() && i.DrawnOn.Compare(monthsBefore(i.ReceivedOn, chequeMonths)) < 0
	}
	return true
}

func currencyCode(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// DepositItem decides whether an item's money may be put in the bank before anybody knows what it is for.
func DepositItem(i Item, by string) *ItemRefusal {
	switch {
	case !StaffName(by):
		return &ItemRefusal{RefusedWho}
	case i.State != ItemKept:
		return &ItemRefusal{RefusedItemState}
	case i.Attempt != "":
		return &ItemRefusal{RefusedItemDeposited}
	case i.Kind == Cash, i.Reason != ItemUnidentified && i.Reason != ItemNoTicket:
		return &ItemRefusal{RefusedItemUncashed}
	}
	return nil
}

// ReturnItem decides whether an item may go back with a letter of a day. Cash wants another person than who entered it.
func ReturnItem(i Item, letter, today city.Date, by string) *ItemRefusal {
	switch {
	case !StaffName(by):
		return &ItemRefusal{RefusedWho}
	case i.State != ItemKept:
		return &ItemRefusal{RefusedItemState}
	case i.Attempt != "":
		return &ItemRefusal{RefusedItemDeposited}
	case i.Another(by):
		return &ItemRefusal{RefusedItemOwn}
	case letter.Compare(i.ReceivedOn) < 0 || letter.Compare(today) > 0:
		return &ItemRefusal{RefusedItemDate}
	}
	return nil
}

// ResolveItem decides whether an item has become the payment a, of which tenders are what was handed over. Cash wants
// another person than who entered it. One that
// was deposited has become the payment to whose tickets its own money was put; another the one in which it is a tender.
func ResolveItem(i Item, a Attempt, tenders []Tender, by string) *ItemRefusal {
	switch {
	case !StaffName(by):
		return &ItemRefusal{RefusedWho}
	case i.State != ItemKept:
		return &ItemRefusal{RefusedItemState}
	case i.Another(by):
		return &ItemRefusal{RefusedItemOwn}
	case a.Receipt == "" || a.State != Captured && a.State != Settled && a.State != Banked:
		return &ItemRefusal{RefusedItemNotTaken}
	case i.Attempt != "":
		return nil
	}
	for _, t := range tenders {
		sum, err := t.Kept()
		if err == nil && t.Kind == i.Kind && (i.Reason == ItemForeign || sum == i.Amount) {
			return nil
		}
	}
	return &ItemRefusal{RefusedItemOther}
}

// String names an item for a message.
func (i Item) String() string {
	return fmt.Sprintf("%s of %s %s, %s, received on %s", i.Kind, i.Amount, i.Currency, i.Reason, i.ReceivedOn)
}
