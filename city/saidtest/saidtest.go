// Package saidtest holds a room to its French: every sentence that its code says of a file has one, and it is written as in
// New Brunswick.
package saidtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Said is which arguments of a function's calls are sentences.
type Said map[string][]int

// consts are the strings that a folder's constants stand for.
type consts map[string]string

// Walk reads the code of files and demands French of each sentence that is said in it: arguments of the functions of
// said, and of what stands in a composite literal under one of keys. It returns how many were found.
func Walk(t *testing.T, glob string, said Said, keys []string, french map[string]string, trim string) int {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatal(glob, err)
	}
	set := token.NewFileSet()
	var parsed []*ast.File
	known := consts{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "french.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
		known.of(f)
	}
	found := map[string]bool{}
	demand := func(at token.Pos, e ast.Expr) {
		text, ok := known.text(e)
		if !ok {
			return // it is handed on: what it stands for is said elsewhere
		}
		if trim != "" && strings.HasSuffix(text, trim) && text != trim {
			text = strings.TrimSpace(strings.TrimSuffix(text, trim))
		}
		if text == "" || text == "%s" {
			return
		}
		found[text] = true
		fr, ok := french[text]
		if !ok {
			t.Errorf("%s: there is no French of %q", set.Position(at), text)
			return
		}
		Check(t, text, fr)
	}
	for _, f := range parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CallExpr:
				for _, i := range said[called(x.Fun)] {
					if i < len(x.Args) {
						demand(x.Pos(), x.Args[i])
					}
				}
			case *ast.KeyValueExpr:
				for _, key := range keys {
					if id, ok := x.Key.(*ast.Ident); ok && id.Name == key {
						demand(x.Pos(), x.Value)
					}
				}
			}
			return true
		})
	}
	return len(found)
}

func called(fun ast.Expr) string {
	switch x := fun.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

func (c consts) of(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			if i < len(spec.Values) {
				if text, ok := c.text(spec.Values[i]); ok {
					c[name.Name] = text
				}
			}
		}
		return true
	})
}

// text is what an expression of literals and constants stands for.
func (c consts) text(e ast.Expr) (string, bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(x.Value)
		return text, err == nil && x.Kind == token.STRING
	case *ast.Ident:
		text, ok := c[x.Name]
		return text, ok
	case *ast.BinaryExpr:
		a, ok := c.text(x.X)
		b, also := c.text(x.Y)
		return a + b, ok && also
	}
	return "", false
}

var (
	verb     = regexp.MustCompile(`%(\[\d+\])?[a-z.0-9]*[a-z]`)
	numbered = regexp.MustCompile(`%\[\d+\]`)
	wrong    = regexp.MustCompile(`[ \x{a0}][;!?]|[^\x{a0}]:( |$)| :|"|'`)
	literal  = regexp.MustCompile(`"[^"]*"`)
	others   = regexp.MustCompile(`(?i)\b(tickets?|parkings?|amendes?|billet|e-?mails?|licences?|infractions?)\b`)
)

// Check wants French to fill in no more than English does, to be written by the rules, and to leave a literal that
// is to be typed into a file as the file wants it: « » there is no TOML.
func Check(t *testing.T, en, fr string) {
	t.Helper()
	if n := len(verb.FindAllString(fr, -1)); n > 0 && n != len(verb.FindAllString(en, -1)) && !numbered.MatchString(fr) {
		t.Errorf("%q has other places in French: %q", en, fr)
	}
	said := fr
	for _, typed := range literal.FindAllString(en, -1) {
		if !strings.Contains(fr, typed) {
			t.Errorf("%q is typed with its quotes, and is not so in %q", typed, fr)
		}
		fr = strings.ReplaceAll(fr, typed, "X")
	}
	if at := wrong.FindString(fr); at != "" {
		t.Errorf("%q in %q", at, said)
	}
	if at := others.FindString(fr); at != "" {
		t.Errorf("the word %q in %q", at, said)
	}
}
