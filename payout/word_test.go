package payout_test

import (
	"testing"

	"fundy/money"
	"fundy/payout"
)

// What is about deposits is explained by nobody who has made one of them, and a line that can be a deposit is accepted as one
// or is none of ours.
func TestWhoMaySayWhatIsAboutADeposit(t *testing.T) {
	t.Parallel()
	carls := payout.Slip{ID: "dep_a", Reference: "1001", By: "carl"}
	doras := payout.Slip{ID: "dep_b", Reference: "1002", By: "dora"}
	near := []payout.CouldBe{{ID: "dep_b", Reference: "1002", Short: money.FromMinor(50)}}
	for name, c := range map[string]struct {
		about []payout.Slip
		could []payout.CouldBe
		class payout.Class
		by    string
		want  string
	}{
		"nothing of a deposit":              {class: payout.Fee, want: ""},
		"the maker":                         {about: []payout.Slip{carls}, class: payout.Fee, by: "carl", want: payout.WordOwnSlip},
		"the maker, not ours":               {about: []payout.Slip{carls}, class: payout.Stray, by: "carl", want: payout.WordOwnSlip},
		"the maker of another that waits":   {about: []payout.Slip{carls, doras}, could: near, class: payout.Stray, by: "carl", want: payout.WordOwnSlip},
		"nobody named":                      {about: []payout.Slip{carls}, class: payout.Fee, want: payout.WordNoName},
		"another, of what can be a deposit": {about: []payout.Slip{doras}, could: near, class: payout.Fee, by: "fay", want: payout.WordAcceptIt},
		"another, none of ours":             {about: []payout.Slip{doras}, could: near, class: payout.Stray, by: "fay"},
		"another, of what can be none":      {about: []payout.Slip{doras}, class: payout.Fee, by: "fay"},
	} {
		got := ""
		if no := payout.MaySay(c.about, c.could, payout.Word{Class: c.class, Why: "asked", By: c.by}); no != nil {
			got = no.Reason
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Money of the counter that is in no deposit is explained by nobody who had it in hand.
func TestWhoMayExplainTheCountersMoney(t *testing.T) {
	t.Parallel()
	for by, want := range map[string]string{"anne": payout.WordOwnMoney, "bert": payout.WordOwnMoney, "": payout.WordNoName, "dora": ""} {
		got := ""
		if no := payout.MaySayOf("bat_1", []string{"anne", "bert"}, by); no != nil {
			got = no.Reason
		}
		if got != want {
			t.Errorf("%q: %q, want %q", by, got, want)
		}
	}
}

// What was said of a thing that came right since stays on its day.
func TestAWordOutlivesWhatItWasSaidOf(t *testing.T) {
	t.Parallel()
	words := map[string]payout.Word{"cap_1": {Class: payout.Fee, Why: "asked R.", By: "fay"}}
	r := payout.Report{Variances: []payout.Variance{{Class: payout.Unknown, Ref: "cap_1", Amount: money.FromMinor(100), What: "late"}}}.Explained(words)
	if v := r.Variances[0]; v.Class != payout.Fee || v.What != "asked R." || v.Of != "late" || v.By != "fay" || len(r.Overtaken) != 0 {
		t.Errorf("%+v", r)
	}
}
