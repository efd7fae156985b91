package main

import (
	"errors"
	"fmt"

	"fundy/payment"
	"fundy/store"
)

// correctionWords say what is in the way of a correction, and what to do. What a reason is about is filled in.
var correctionWords = map[string]string{
	payment.RefusedSameTicket: "the money is at this ticket",
	payment.RefusedCanUndo:    "this entry is not deposited yet: undo it with fundy counter reverse, and enter it for the right ticket",
	payment.RefusedNotTaken:   "no money of this payment is at this ticket: fundy refund list --receipt shows where it is",
	payment.RefusedConfirming: "another payment of that ticket is being confirmed: look again in a few minutes",
	payment.RefusedNotPayable: "that ticket can't be paid here: fundy quote shows its state",
	payment.RefusedReview:     "a review of that ticket has been asked for: decide it first, for paying ends it",
	payment.RefusedNothingDue: "nothing was due on that ticket then",
	payment.RefusedNotIssued:  "that ticket was not issued yet when this payment was made: it can't have been meant",
	payment.RefusedUnderWay:   "something is asked for about this payment already: fundy payment list shows it; approve or refuse that first",
	payment.RefusedNotStopped: "this payment has not stopped: it goes its way by itself",
	payment.RefusedNotOwed:    "one of its tickets is not owed any more as it was: it can't be paid with this money; keep it, and give it back",
	payment.RefusedNotHere:    "nothing of this payment is in the books",
	payment.RefusedNoPayment:  "the processor's payment is not known: nothing can be released",
	payment.RefusedDecided:    "this is not waiting for a decision any more: fundy payment list shows what became of it",
}

// correctionInWords says what is in the way, and what to do.
func correctionInWords(err error, by, about string) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("nothing that was asked for has the id %q: fundy payment list shows it", about)
	}
	var no *payment.CorrectionRefusal
	if !errors.As(err, &no) {
		return err
	}
	switch no.Reason {
	case payment.RefusedWho:
		return fmt.Errorf("%w: --as: %q is not a name that staff can have: small letters, digits and . _ -", errUsage, by)
	case payment.RefusedNote:
		return fmt.Errorf("%w: --why: say it in one line of at most 300 letters", errUsage)
	case payment.RefusedSamePerson:
		return fmt.Errorf("%s has asked for this: somebody else has to approve it", by)
	case payment.RefusedPaidTarget:
		return fmt.Errorf("that ticket is paid already: give the payer his money back instead, with fundy refund ask %s --reason wrong_ticket --reopen", about)
	case payment.RefusedGiven:
		return fmt.Errorf("a part of this money is given back or asked for already: only all of it can be moved; fundy refund list --receipt %s shows it", about)
	case payment.RefusedCostsMore:
		return fmt.Errorf("that ticket cost %s when this payment was made, and that is more than was paid: give it back with fundy refund ask %s --reason wrong_ticket --reopen, and have the payer pay that ticket", no.Amount, about)
	case payment.RefusedWasTaken:
		return fmt.Errorf("%s of it was taken: it can't be released; put it to its tickets with fundy payment put, or keep it and give it back", no.Amount)
	case payment.RefusedNotTheSum:
		return fmt.Errorf("what was taken, %s, is not what its tickets cost: keep it, and give it back", no.Amount)
	}
	if words, ok := correctionWords[no.Reason]; ok {
		return errors.New(words)
	}
	return err
}
