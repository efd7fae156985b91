package report

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"fundy/ledger"
	"fundy/payment"
	"fundy/payout"
	"fundy/ticket"
)

// Both languages have the same words, with the same places to fill in, and each sheet's name can be one.
func TestTheReportsWordsAreTheSameInBothLanguages(t *testing.T) {
	t.Parallel()
	en, fr := words["en"], words["fr"]
	places := func(s string) int { return strings.Count(s, "{") }
	for key, text := range en {
		other, ok := fr[key]
		if !ok || other == "" || text == "" || places(other) != places(text) {
			t.Errorf("%s: %q and %q", key, text, other)
		}
	}
	if len(en) != len(fr) || len(en) < 100 {
		t.Errorf("%d words in English, %d in French", len(en), len(fr))
	}
	for _, lang := range []map[string]string{en, fr} {
		names := map[string]bool{}
		for key, text := range lang {
			if !strings.HasPrefix(key, "sheet.") {
				continue
			}
			if utf8.RuneCountInString(text) > 31 || strings.ContainsAny(text, `:\/?*[]`) || names[strings.ToLower(text)] {
				t.Errorf("%q can't be a sheet's name", text)
			}
			names[strings.ToLower(text)] = true
		}
	}
}

// What the reports can name has a word.
func TestWhatTheReportsNameHasAWord(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, c := range payout.Classes {
		keys = append(keys, "class."+string(c))
	}
	for _, name := range []string{"nb-lga", "generic"} {
		regime, _ := ticket.RegimeOf(name)
		for _, s := range regime.States {
			if s.State != ticket.Warned {
				keys = append(keys, "stage."+string(s.State))
			}
		}
	}
	for _, k := range []ledger.Kind{
		ledger.Captured, ledger.Issued, ledger.Voided, ledger.Refunded, ledger.RefundFailed, ledger.DebtReopened, ledger.InPayout, ledger.PaidOut,
		ledger.PayoutFailed, ledger.AtBank, ledger.Explained, ledger.WrittenOff, ledger.Recovered, ledger.EntryUndone, ledger.OverShort,
		ledger.Charged, ledger.ChargeWaived, ledger.Deposited, ledger.RefundKnown, ledger.Transferred, ledger.Unallocated, ledger.UnallocatedKept,
		ledger.RefundChequeIssued, ledger.RefundChequeCleared, ledger.RefundChequeReturned, ledger.RefundChequeStale,
	} {
		keys = append(keys, "kind."+string(k))
	}
	for _, side := range []string{ledger.TransitAtEnd, ledger.WithProcessor, ledger.RefundNotTaken, ledger.FromBefore} {
		keys = append(keys, "side."+side)
	}
	for _, kind := range []payment.TenderKind{payment.Cash, payment.Cheque, payment.MoneyOrder, payment.Terminal, payout.OverShort} {
		keys = append(keys, "tender."+string(kind))
	}
	keys = append(keys, "basis.cash", "basis.receivable", "age.0", "age.3")
	for _, k := range keys {
		if words["fr"][k] == "" {
			t.Errorf("%s has no word", k)
		}
	}
	if slices.Contains(keys, "") {
		t.Error("a key is empty")
	}
}
