package fault_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// notKilled are the steps at which no test kills a process, each with what a crash there leaves behind.
var notKilled = map[string]string{
	"ByTest":         "what a test writes itself",
	"MakeCity":       "fundy init makes a folder anew: what is half there is removed by hand, and no city runs on it",
	"ApplyRules":     "fundy city apply is one transaction of rows, which a second one finds standing",
	"MarkRestored":   "a mark on a store that takes no payments yet: the command is called again",
	"RecordProof":    "a line about a backup that was read: fundy backup verify is called again",
	"AddCharges":     "a map from the processor's charges to ours, only of payments from before it was kept: read again, it is the same",
	"ExportLedger":   "the file is written after its leaf: who has none exports again, and gets the same file under the same number",
	"TakeInvitation": "a passkey and the use of its code in one transaction: killed before, the code is good; after, its holder signs in",
	"SignIn":         "a session and the use of an answer in one transaction: who has no cookie answers again",
	"ChangeKeys":     "a passkey more or less in one transaction: the page says which there are",
}

// Every step is in a list that some test kills a process at, or stands above with the reason why it is in none. A list
// that no test walks holds nothing.
func TestEveryStepIsWhereAProcessIsKilled(t *testing.T) {
	t.Parallel()
	steps, lists := declared(t)
	tests := testTexts(t)
	walked := map[string]bool{}
	for name, in := range lists {
		if !strings.Contains(tests, "fault."+name) {
			t.Errorf("%s: no test of citytest or cmd/fundy walks this list", name)
			continue
		}
		for _, s := range in {
			walked[s] = true
		}
	}
	for _, s := range steps {
		if why := notKilled[s]; walked[s] == (why != "") {
			t.Errorf("%s: in a list that is walked %v, and among those that are in none: %q", s, walked[s], why)
		}
	}
	for s := range maps.Keys(notKilled) {
		if !slices.Contains(steps, s) {
			t.Errorf("%s is no step", s)
		}
	}
	if len(steps) < 100 || len(lists) < 10 {
		t.Errorf("%d steps and %d lists were found", len(steps), len(lists))
	}
}

// declared are the steps of this package, and its lists of them, by their names in Go.
func declared(t *testing.T) (steps []string, lists map[string][]string) {
	t.Helper()
	lists = map[string][]string{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 {
				return true
			}
			l, ok := v.Values[0].(*ast.CompositeLit)
			if !ok {
				return true
			}
			if of, ok := l.Type.(*ast.Ident); ok && of.Name == "Step" {
				steps = append(steps, v.Names[0].Name)
			}
			if of, ok := l.Type.(*ast.ArrayType); ok && isStep(of.Elt) {
				lists[v.Names[0].Name] = namesIn(l)
			}
			return true
		})
	}
	return steps, lists
}

func isStep(e ast.Expr) bool {
	i, ok := e.(*ast.Ident)
	return ok && i.Name == "Step"
}

func namesIn(l *ast.CompositeLit) (names []string) {
	for _, e := range l.Elts {
		if i, ok := e.(*ast.Ident); ok {
			names = append(names, i.Name)
		}
	}
	return names
}

// testTexts is all that the tests say which run real processes.
func testTexts(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"../citytest/*_test.go", "../cmd/fundy/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(b)
		}
	}
	return all.String()
}
