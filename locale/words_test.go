package locale

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestWordsAreFilledIn(t *testing.T) {
	t.Parallel()
	w := ReadWords(fstest.MapFS{"words/en.json": {Data: []byte(`{"a": "{n} of {n}, {who}"}`)}, "words/fr.json": {Data: []byte(`{"a": "{who} : {n}"}`)}})
	for _, c := range []struct{ got, want string }{
		{w.Say("en", "a", "n", 2, "who", "anne"), "2 of 2, anne"}, {w.Say("fr", "a", "n", 2, "who", "anne"), "anne : 2"},
		{w.Say("en", "b"), "[b]"}, {w.Say("de", "a"), "[a]"}, {w.Say("en", "a", "n"), "{n} of {n}, {who}"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

// A file of words that is not there or can't be read stops the start and names itself.
func TestWordsThatCannotBeReadStopTheStart(t *testing.T) {
	t.Parallel()
	for _, files := range []fstest.MapFS{{"words/en.json": {Data: []byte("{}")}}, {"words/en.json": {Data: []byte("{}")}, "words/fr.json": {Data: []byte("{")}}} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "words/fr.json") {
					t.Errorf("%v", err)
				}
			}()
			ReadWords(files)
		}()
	}
}

// A page's own words are put into it in its reader's language, as text; what is filled in, or is said to another reader, is asked for.
func TestWordsWithinAPage(t *testing.T) {
	t.Parallel()
	w := Words{"en": {"both": "Here & \"there\""}, "fr": {"both": "Ici < là"}}
	for page, want := range map[string]string{
		`<p title="{{.T "both"}}">`: `<p title="Ici &lt; là">`, `{{$.T "both"}}{{$v.T "both"}}{{.V.T "both"}}{{$.V.T "both"}}`: strings.Repeat("Ici &lt; là", 4),
		`{{$in.T "both"}}`: `{{$in.T "both"}}`, `{{.T "both" "n" 1}}`: `{{.T "both" "n" 1}}`, `{{with .T "both"}}`: `{{with .T "both"}}`, `{{.T "none"}}`: "[none]",
	} {
		if got := w.Within("fr", page); got != want {
			t.Errorf("%s: %s, want %s", page, got, want)
		}
	}
	if got := w.Within("en", `{{.T "both"}}`); got != "Here &amp; &#34;there&#34;" {
		t.Error(got)
	}
}
