package citytest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// scenarios are what a city that takes cards has to survive, each with the tests that show it. 15 to 17 are
// refunds and disputes: not this table's.
var scenarios = []struct {
	number int
	what   string
	tests  []string
}{
	{1, "the answer to the card page's making is lost", []string{"TestALostAnswerMakesOneCardPageAndTakesTheMoneyOnce", "TestFaultsOfTheProcessorEndWithTheTicketPaidOnce"}},
	{2, "the answer to the capture is lost", []string{"TestALostAnswerMakesOneCardPageAndTakesTheMoneyOnce", "TestFaultsOfTheProcessorEndWithTheTicketPaidOnce"}},
	{3, "two payers of one ticket, both authorise", []string{"TestTwoPayersOfOneTicketAreChargedOnce"}},
	{4, "cash at the counter while somebody is at the card page", []string{"TestCashAtTheCounterMeanwhileGivesTheCardItsMoneyBack"}},
	{5, "the ticket is withdrawn while somebody is at the card page", []string{"TestATicketThatChangedWhileItWasPaidIsReleased"}},
	{6, "the event comes before the payer", []string{"TestTheEventComesBeforeThePayer"}},
	{7, "the payer comes before the event", []string{"TestThePayerComesBeforeTheEvent"}},
	{8, "no events for a day", []string{"TestADayWithoutEventsLosesNothing", "TestLostEventsLoseNothing"}},
	{9, "events twice and in another order", []string{"TestEventsTwiceAndInAnotherOrderPayOnce"}},
	{10, "the card page is closed while it is paid at", []string{"TestACardPageThatClosesWhileItIsPaidAt"}},
	{11, "a process is killed between any two steps", []string{"TestACityKilledAtEachStepIsPaidOnce", "TestACityKilledInTroubleIsPaidOnce"}},
	{12, "an idempotency key is older than a day", []string{"TestAKeyOfYesterdayIsNotUsedAgain"}},
	{13, "an error that the processor has saved under a key", []string{"TestASavedErrorIsNotReplayedForEver"}},
	{14, "the hold lapses before it is captured", []string{"TestAHoldThatLapsesGivesTheTicketBack", "TestALapsedHoldKeepsTheReview"}},
	{18, "a payout that was paid fails", []string{"TestAPayoutThatWasPaidFails", "TestTheBankSendsAPayoutBack"}},
	{19, "the bank's line is off by a cent", []string{"TestABankLineOffByACentWaitsForAPerson", "TestPlantedErrorsAreFound"}},
	{20, "a line of a payout that nobody has a word for", []string{"TestAnUnknownLineIsNeverDropped"}},
	{21, "a card page of another currency or amount", []string{"TestACardPageThatIsNotOursIsStopped", "TestAPartOfTheMoneyPaysNothing"}},
	{22, "the webhook's secret is replaced", []string{"TestTwoSecretsHoldWhileOneReplacesTheOther", "TestEventsAreTakenOnlyFromTheProcessor"}},
	{23, "no card number, date or code in any byte that comes in", []string{"TestTheTripwireHearsAPayment", "TestTheTripwireFindsWhatIsPlanted"}},
	{24, "a number that is no test card's on the sandbox's page", []string{"TestThePageRefusesWhatIsNoTestCardAndForgetsIt"}},
	{25, "a city in Quebec that asks for a surcharge on cards", []string{"TestNoCityCanAskForASurcharge", "TestACityWithASurchargeDoesNotStart"}},
}

// Every test that the table names is there.
func TestEveryScenarioHasItsTest(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, room := range []string{".", "../sandbox", "../processor/stripe", "../city", "../cmd/fundy"} {
		files, err := filepath.Glob(filepath.Join(room, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`).FindAllStringSubmatch(string(b), -1) {
				there[m[1]] = true
			}
		}
	}
	seen := map[int]bool{}
	for _, s := range scenarios {
		if seen[s.number] || strings.TrimSpace(s.what) == "" || len(s.tests) == 0 {
			t.Errorf("scenario %d stands twice, or says nothing", s.number)
		}
		seen[s.number] = true
		for _, name := range s.tests {
			if !there[name] {
				t.Errorf("scenario %d (%s): there is no %s", s.number, s.what, name)
			}
		}
	}
}
