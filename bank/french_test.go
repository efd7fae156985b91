package bank

import (
	"testing"

	"fundy/city"
	"fundy/city/saidtest"
)

// Whatever can be wrong with a bank's file is said in both languages: by its reader, and by what payout wants of it.
func TestEveryFaultOfABanksFileIsSaidInFrench(t *testing.T) {
	t.Parallel()
	n := saidtest.Walk(t, "*.go", saidtest.Said{"Wrong": {2, 3}}, nil, french, askAgain)
	n += saidtest.Walk(t, "../payout/*.go", saidtest.Said{"Wrong": {1, 2, 3}}, nil, french, "")
	for _, o := range others {
		for _, text := range []string{o.is, o.fix} {
			if french[text] == "" {
				t.Errorf("there is no French of %q", text)
			}
		}
	}
	if n < 110 {
		t.Errorf("only %d sentences were found", n)
	}
}

func TestAFaultInFrench(t *testing.T) {
	t.Parallel()
	_, err := Read([]byte("01,B,C,270303,0500,1,,,2/\n16,301,5,Z,A,B,C/\n"), nil)
	f, ok := err.(*Fault) //nolint:errorlint // the reader's own
	if !ok {
		t.Fatal(err)
	}
	const want = "ligne 2, code d’enregistrement\u00a0: «\u00a016\u00a0» est là où seul 02 peut venir. Un fichier est 01, puis pour chaque groupe 02, pour chaque compte 03, 16 et 49, puis 98, et 99 à la fin. " +
		"Rien n’en a été pris\u00a0: demandez de nouveau le fichier à la banque, et montrez-lui ce message s’il revient pareil"
	if got := f.In(city.French); got != want {
		t.Error(got)
	}
	if f.In(city.English) != f.Error() {
		t.Error("English is another")
	}
}
