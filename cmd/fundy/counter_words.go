package main

import (
	"errors"
	"fmt"
	"strings"

	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

// counterInWords says what is in the way at the counter, and what to do. numbers are the tickets' own, for those who
// were named.
func counterInWords(err error, numbers map[ticket.ID]string, by string) error {
	var no *payment.CounterRefusal
	if !errors.As(err, &no) {
		if errors.Is(err, store.ErrConflict) {
			return errors.New("somebody else has changed the same thing at the same moment: look again")
		}
		return err
	}
	about := make([]string, 0, len(no.Tickets))
	for _, id := range no.Tickets {
		about = append(about, numbers[id])
	}
	words := takeWords(no, strings.Join(about, ", "))
	if words == "" {
		words = drawerWords(no)
	}
	switch {
	case no.Reason == payment.RefusedWho:
		return fmt.Errorf("%w: %q, or who is with you, is not a name that staff can have: small letters, digits and . _ -", errUsage, by)
	case words == "":
		return err
	case no.Item():
		words += ". Keep it as an item, if it is not handed back at once"
	}
	return errors.New(words)
}

func takeWords(no *payment.CounterRefusal, tickets string) string {
	switch no.Reason {
	case payment.RefusedEmpty, payment.RefusedTooMany:
		return "an entry has one to ten tickets, each once"
	case payment.TakeTenders:
		return "nothing was handed over, or in more than ten pieces: say --cash, --cheque, --money-order or --terminal"
	case payment.TakeKind:
		return "money is cash, a cheque, a money order or taken on the terminal"
	case payment.TakeAmount:
		return fmt.Sprintf("%s can't be taken: an amount is more than nothing and at most %s", no.Got, payment.TenderMost)
	case payment.TakeCoins:
		return fmt.Sprintf("no coins make %s: cash is handed over in steps of five cents", no.Got)
	case payment.TakeTwoCash:
		return "cash is one amount: add it up"
	case payment.TakeReference:
		return "a cheque, a money order and the terminal each have a number: 1 to 12 capitals, digits and hyphens; cash has none"
	case payment.TakeBank:
		return "the branch of a cheque is its transit and institution, as 12345-003; the account is never entered"
	case payment.TakeDrawnOn:
		return "only a cheque has a date of its own"
	case payment.TakePostDated:
		return "the cheque's date has not come yet: it is not taken as a payment"
	case payment.TakeStaleCheque:
		return "the cheque is more than six months old: its bank may not pay it, and it is not taken as a payment"
	case payment.TakeChequeRefused:
		return fmt.Sprintf("a cheque for ticket %s came back: no further cheque is taken for it. Cash, a money order, or a card at the terminal", tickets)
	case payment.ChargeNotOwed:
		return "nothing is owed for this charge any more"
	case payment.TakeTerminalByMail:
		return "nothing comes from the terminal by mail"
	case payment.TakeReceived:
		return "the day on which it was received is missing, lies ahead, or is before its ticket; at the counter it is today, and not said"
	case payment.TakePostmark:
		return "the postmark's day sets the price in this city: say it with --postmark; it is not after the day of receipt, nor before its ticket. Where it can't be read, say why with --unreadable"
	case payment.TakeUnreadable:
		return "say with --unreadable why the postmark can't be read (faint, none or torn), or its day with --postmark: not both"
	case payment.TakePaid:
		return fmt.Sprintf("ticket %s is paid: nothing is taken for it", tickets)
	case payment.RefusedNotPayable:
		return notPayableWords(no, tickets)
	case payment.RefusedConfirming:
		return fmt.Sprintf("ticket %s is being paid by card at this moment: wait a minute and look again", tickets)
	case payment.RefusedBox:
		return fmt.Sprintf("a review of ticket %s is under way, and to pay ends it: ask the payer, and say --review-box", tickets)
	case payment.RefusedChanged:
		return fmt.Sprintf("ticket %s has been decided about meanwhile: look again", tickets)
	case payment.RefusedExpected:
		return fmt.Sprintf("you have seen %s, and %s is due: look again", no.Got, no.Due)
	case payment.TakeShort:
		return fmt.Sprintf("%s is due and %s was handed over, and the law of ticket %s takes the whole amount only", no.Due, no.Got, tickets)
	case payment.TakeNothingLeft:
		return fmt.Sprintf("%s is due and %s was handed over: it does not reach ticket %s; take that one off", no.Due, no.Got, tickets)
	case payment.TakeNotNeeded:
		return fmt.Sprintf("%s is not needed: what else was handed over is enough. Hand it back", no.Got)
	case payment.TakeNoDrawer:
		return "you have no open drawer: fundy drawer open; or, for the mail, say its --batch"
	case payment.TakeNoBatch:
		return "this is no open batch of the mail: fundy batch list shows them"
	case payment.TakeText:
		return "what you wrote looks like a card number: write it without"
	case payment.RefusedRestoring:
		return "the store was restored, and what was paid since is still asked for: nothing can be taken until that is known"
	case payment.RefusedOtherContent:
		return "this request came before with other content: begin anew"
	}
	return ""
}

func notPayableWords(no *payment.CounterRefusal, tickets string) string {
	if no.Standing.Reason == "" || no.Standing.Payable {
		return fmt.Sprintf("nothing is due for ticket %s, or it can't be paid here", tickets)
	}
	return fmt.Sprintf("ticket %s can't be paid here (%s; s. %s): %s", tickets, no.Standing.Reason, no.Standing.Section, map[string]string{
		"court": "it is before the court", "counter": "a supervisor has to look at it", "nowhere": "nothing is owed",
	}[no.Standing.Where])
}

func drawerWords(no *payment.CounterRefusal) string {
	switch no.Reason {
	case payment.RefusedSamePerson:
		return "that takes another person"
	case payment.RefusedReason:
		return "say why, in one line of at most 200 letters, without long numbers: --reason"
	case payment.DrawerName:
		return "a drawer's name is 1 to 16 capitals, digits and hyphens, and not MAIL: it is printed on receipts"
	case payment.DrawerPlace:
		return "say in at most 60 letters where the drawer is"
	case payment.DrawerCount:
		return "write what was counted as 20x3 5x10 0.25x8, or 0"
	case payment.DrawerTaken:
		return "that drawer is open or there already, or you have another one: fundy drawer list"
	case payment.DrawerNotOpen:
		return "the drawer is not open"
	case payment.DrawerNotClosed:
		return "the drawer is open"
	case payment.DrawerNotYours:
		return "only the clerk whose drawer it is takes cash out of it"
	case payment.DrawerNotSoMuch:
		return fmt.Sprintf("%s is more than the %s that should be in it", no.Got, no.Due)
	case payment.DrawerReason:
		return fmt.Sprintf("%s was counted and %s should be there: count again, or say --reason", no.Got, no.Due)
	case payment.DrawerSupervisor:
		return "only a supervisor opens a closed drawer again: city.toml names them, counter.supervisors"
	case payment.BatchNotOpen:
		return "the batch is not open"
	case payment.BatchOfDrawer:
		return "the cash of a drawer is closed with it: fundy drawer close"
	case payment.BatchDiffers:
		return fmt.Sprintf("%s was announced or counted, and %s is entered: %s", no.Due, no.Got, difference(no))
	case payment.BatchGone:
		return "its cash has gone to the bank"
	case payment.ReverseNotCounter:
		return "this is a card payment: it is refunded, fundy refund ask"
	case payment.ReverseState:
		return "this entry does not stand any more: it was reversed, deposited or returned"
	case payment.ReverseClosed:
		return "its batch is closed: the money is refunded, by cheque or on the terminal: fundy refund ask"
	case payment.ReverseRefunded:
		return "money of it has been given back, or is on its way"
	case payment.ReversePaidSince:
		return "the rest of its ticket has been paid or written off since: undo that first"
	}
	return ""
}

// difference says which way an amount is off.
func difference(no *payment.CounterRefusal) string {
	off, err := no.Due.Sub(no.Got)
	if err != nil {
		return "look again"
	}
	if off.IsNegative() {
		return off.Neg().String() + " is entered too much, or was not announced"
	}
	return off.String() + " is not entered yet"
}
