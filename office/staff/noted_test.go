package staff

import "testing"

// What the office itself notes of a decision is in the reader's language; what a person says stays as it was said.
func TestANoteOfADecisionIsTranslatedAndAPersonsWordsStay(t *testing.T) {
	t.Parallel()
	v := &view{Lang: "fr"}
	for _, c := range [][3]string{
		{"olga", "review ABCDE-12345: withdraw", "révision ABCDE-12345\u00a0: retirée"},
		{"", "review ABCDE-12345: withdraw", "révision ABCDE-12345\u00a0: retirée"},
		{"olga", "review it: the sign had fallen", "review it: the sign had fallen"},
		{"olga", "the officer wrote it twice", "the officer wrote it twice"},
	} {
		if got := v.Noted(c[0], c[1]); got != c[2] {
			t.Errorf("%s, %s: %s", c[0], c[1], got)
		}
	}
}
