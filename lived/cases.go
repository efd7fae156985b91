package lived

import (
	"context"
	"fmt"
	"time"

	"fundy/city"
	"fundy/payment"
	"fundy/review"
)

// aCase is something that waits for a person at the end, or that was dealt with on the way.
type aCase struct {
	name string
	ages []int // how many days before the end it happens; where the city hall has to be open, on the working day before
	at   time.Duration
	shut bool // it happens on any day: nobody at the city hall does it
	do   func(ctx context.Context, t *town) error
}

// cases are all of them. A queue that the program gets later gets its line here, and its function in a file of its own.
var cases = []aCase{
	{"a refund that waits for a second person", []int{1, 3, 6, 15, 24}, 11 * time.Hour, false, refundWaits},
	{"a refund that was given", []int{40, 75, 110, 160, 220, 300, 380}, 11 * time.Hour, false, refundGiven},
	{"a refund that came back", []int{5, 18}, 11 * time.Hour, false, refundComesBack},
	{"a refund by cheque that waits for a second person", []int{2, 8}, 13 * time.Hour, false, chequeWaits},
	{"a refund by cheque that accounts payable has not been asked for", []int{3, 12}, 13 * time.Hour, false, chequeApproved},
	{"a cheque that the post brought back", []int{31, 52}, 13 * time.Hour, false, chequeReturned},
	{"a cheque of a payer's that his bank did not pay", []int{14, 27, 60}, 14 * time.Hour, false, chequeBounces},
	{"a letter with too much in it", []int{2, 9, 21}, opens + time.Hour, false, tooMuch},
	{"money of which nobody knows what it is for", []int{4, 17}, 15 * time.Hour, false, unallocated},
	{"an item that can't be taken", []int{1, 3, 6, 11, 19}, opens + time.Hour, false, oddItem},
	{"an item that went back with a letter", []int{33, 70}, opens + time.Hour, false, itemWentBack},
	{"a payment that was taken twice over, and stopped", []int{1, 4, 7}, 20 * time.Hour, true, stops},
	{"a payment whose hold lapsed", []int{10, 45}, 19 * time.Hour, true, lapses},
	{"a payment whose money the processor can't take yet", []int{1, 3}, 19*time.Hour + 30*time.Minute, true, takenLater},
	{"a payment that stopped, whose end somebody has asked for", []int{2}, 15 * time.Hour, false, endOfStoppedWaits},
	{"money that is to go to the ticket that the payer meant", []int{1, 5}, 11 * time.Hour, false, transferWaits},
	{"money that went to the ticket that the payer meant", []int{23, 70}, 11 * time.Hour, false, transferMade},
	{"a file that says something else of a ticket", []int{1, 3, 10}, 7 * time.Hour, true, contradicts},
	{"a refund that waits for its payer at the terminal", []int{3, 7}, 14 * time.Hour, false, terminalRefundWaits},
	{"a chargeback", []int{1, 4, 7}, 21 * time.Hour, true, chargeback("")},
	{"a chargeback that was won", []int{60, 150}, 21 * time.Hour, true, chargeback("won")},
	{"a chargeback that was lost", []int{40, 90}, 21 * time.Hour, true, chargeback("lost")},
	{"a drawer that is short", []int{2, 13}, 11 * time.Hour, false, drawerShort},
	{"a deposit of which the bank has less", []int{9}, 15 * time.Hour, false, depositDiffers},
	{"a paid ticket that was withdrawn", []int{5, 16}, 12 * time.Hour, false, withdrawnPaid},
	{"a terminal whose report says more than was entered", []int{6, 9}, 15 * time.Hour, false, terminalDiffers},
	{"a payout that failed", []int{1}, 7*time.Hour + 30*time.Minute, true, payoutFails},
	{"a line of the bank's that nobody knows", []int{6, 9}, 7 * time.Hour, true, strangeLine},
	{"a message that came back", []int{2, 11}, 15 * time.Hour, false, messageBack},
	{"a review that waits", []int{1, 2, 4, 8, 12, 16, 24}, 20 * time.Hour, true, reviewWaits},
	{"a review that somebody has taken", []int{5, 10}, 18 * time.Hour, true, reviewTaken},
	{"a review by letter", []int{1, 7}, byLetterAt, false, reviewByLetter},
	{"a review that was kept: its ticket's clock runs again", []int{6, 9, 33, 80}, 18 * time.Hour, true, reviewDecided(review.Keep)},
	{"a review for which its ticket was withdrawn", []int{7, 20, 65}, 18 * time.Hour, true, reviewDecided(review.Withdraw)},
	{"a review of a ticket that was paid meanwhile, and given back", []int{22, 55}, 19 * time.Hour, true, reviewOfPaid},
	{"a review of a stranger's, closed unread", []int{13}, 18 * time.Hour, true, reviewDecided(review.Close)},
	{"prices that wait", []int{9}, 15 * time.Hour, false, pricesWait},
	{"a holiday that waits", []int{3, 13}, 15 * time.Hour, false, holidayWaits},
	{"a holiday that was refused", []int{30}, 15 * time.Hour, false, holidayRefused},
	{"a closure that waits", []int{1, 5}, 15 * time.Hour, false, closureWaits},
	{"an outage that waits", []int{2}, 15 * time.Hour, false, outageWaits},
	{"a change of rights that waits", []int{9}, 14 * time.Hour, false, rightsWait},
	{"an invitation that waits", []int{1}, 14 * time.Hour, false, invitationWaits},
	{"passkeys that are lost", []int{4}, 14 * time.Hour, false, keysWait},
	{"the mail, counted by one", []int{1}, clockTime(10, 45), false, mailCounted},
	{"a drawer, counted by one", []int{6}, clockTime(16, 40), false, drawerCounted},
	{"a caller who pays with a one-time code", []int{3, 20, 90}, 11*time.Hour + 20*time.Minute, false, codeUsed},
	{"a caller who hangs up", []int{2, 14}, 11*time.Hour + 30*time.Minute, false, codeLapsed},
	{"a letter about a refund", []int{6, 26}, 13 * time.Hour, false, letterPosted},
	{"a ticket that is to be withdrawn", []int{1, 3, 6}, 14 * time.Hour, false, endWaits},
	{"a ticket on hold", []int{4, 12, 41}, 16 * time.Hour, false, onHold},
	{"a ticket that two people have withdrawn", []int{15, 40}, 14 * time.Hour, false, endDecided(true)},
	{"a ticket that one person wanted withdrawn, and another did not", []int{26}, 14 * time.Hour, false, endDecided(false)},
	{"a charge that was laid", []int{2}, 14 * time.Hour, false, chargeLaidWaits},
	{"debts that are to be given up", []int{4, 10}, 14 * time.Hour, false, debtsWait},
	{"debts that two people have given up", []int{60}, 14 * time.Hour, false, debtsGivenUp},
	{"photographs that nobody is shown", []int{3}, 10 * time.Hour, false, photoKept},
	{"photographs of which one is shown", []int{2, 8}, 10 * time.Hour, false, photoReleased},
	{"something in the queue that somebody has taken", []int{1}, 16 * time.Hour, false, somebodyTakes},
}

// planCases puts each case on its days' lists.
func (t *town) planCases() error {
	for _, c := range cases {
		for _, age := range c.ages {
			day := t.last.AddDays(-age)
			if !c.shut {
				day = t.before(day.AddDays(1))
			}
			t.on(day, c.at, func(ctx context.Context, t *town) error {
				if err := c.do(ctx, t); err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				t.sum.Cases++
				return nil
			})
		}
	}
	return nil
}

// today is the day that it is.
func (t *town) today() city.Date { return city.DateOf(t.clock.now(), t.city.Zone) }

// later does something on a later day, where the end does not come first.
func (t *town) later(days int, at time.Duration, do func(ctx context.Context, t *town) error) {
	t.on(t.today().AddDays(days), at, do)
}

// paidByCard is a payment of a ticket by card.
func (t *town) paidByCard(ctx context.Context, card string) (payment.Attempt, error) {
	d, err := t.fresh()
	if err != nil {
		return payment.Attempt{}, err
	}
	return t.payCard(ctx, d, card)
}
