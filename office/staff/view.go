package staff

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"text/template/parse"
	"time"

	"fundy/city"
	"fundy/ident"
	"fundy/locale"
	"fundy/web"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed words/*.json
var wordFiles embed.FS

// languages are those that there are words in.
var languages = locale.Languages

// said are the words of these pages.
var said = locale.ReadWords(wordFiles)

func say(lang, key string, fill ...any) string { return said.Say(lang, key, fill...) }

// pages are the parsed templates by language and name.
type pages map[string]map[string]*template.Template

// pageNames are all pages: what lies in their folder but the two layouts and the parts.
var pageNames = namesOfPages()

func namesOfPages() []string {
	files, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		panic(err) // of the pattern
	}
	var names []string
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name != "layout" && name != "print" && !strings.HasSuffix(name, "parts") {
			names = append(names, name)
		}
	}
	return names
}

// forPrinter are the pages that go to a printer: without menu, with a style sheet of their own.
var forPrinter = map[string]bool{"counter_receipt": true}

// parsePages parses all pages in all languages, at start, so that a fault in one stops the start and nobody's work.
func parsePages() (pages, error) {
	all := pages{}
	for _, lang := range languages {
		parts, err := readPages(lang, "parts", "*parts")
		if err != nil {
			return nil, err
		}
		all[lang] = map[string]*template.Template{}
		for _, name := range pageNames {
			layout := "layout"
			if forPrinter[name] {
				layout = "print"
			}
			t, err := readPages(lang, layout, layout, name)
			if err == nil {
				err = addParts(t, parts)
			}
			if err != nil {
				return nil, fmt.Errorf("page %s: %w", name, err)
			}
			all[lang][name] = t
		}
	}
	return all, nil
}

// readPages parses files of pages in a language, as one template.
func readPages(lang, name string, files ...string) (*template.Template, error) {
	t := template.New(name)
	for _, file := range files {
		found, err := fs.Glob(pageFiles, "pages/"+file+".html")
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			text, err := fs.ReadFile(pageFiles, one)
			if err != nil {
				return nil, err
			}
			if _, err := t.Parse(said.Within(lang, string(text))); err != nil {
				return nil, fmt.Errorf("%s: %w", one, err)
			}
		}
	}
	return t, nil
}

// addParts gives a page the parts that it names, and those that they name: with all parts in each page the templates are
// five times as large, and the collector walks through them each time.
func addParts(t, parts *template.Template) (err error) {
	var add func(string)
	add = func(name string) {
		if t.Lookup(name) != nil || err != nil {
			return
		}
		part := parts.Lookup(name)
		if part == nil {
			err = fmt.Errorf("there is no part %q", name)
			return
		}
		if _, err = t.AddParseTree(name, part.Tree.Copy()); err == nil {
			takesIn(part.Tree.Root, add)
		}
	}
	for _, own := range t.Templates() {
		takesIn(own.Tree.Root, add)
	}
	return err
}

// takesIn calls each with the names of the templates that a piece of one takes in.
func takesIn(n parse.Node, each func(name string)) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, one := range n.Nodes {
				takesIn(one, each)
			}
		}
	case *parse.TemplateNode:
		each(n.Name)
	case *parse.IfNode:
		takesIn(n.List, each)
		takesIn(n.ElseList, each)
	case *parse.WithNode:
		takesIn(n.List, each)
		takesIn(n.ElseList, each)
	case *parse.RangeNode:
		takesIn(n.List, each)
		takesIn(n.ElseList, each)
	}
}

// problem is what is wrong with what was typed.
type problem = web.Problem

// view is what a page is made of.
type view struct {
	Lang      string
	Page      string
	City      string
	Kind      city.Kind
	Problem   *problem
	Said      string // what has been done: a key of the words "said."
	Reference string
	Data      any
	Now       time.Time
	Back      string // where the page is, for the switch of language
	visit     visit
	file      *brought // that came with the form; nil: none
	in        bool     // somebody is signed in
	reads     bool     // who looks may read this page, and send nothing from it
	pages     *Pages
}

const languageCookie = "__Host-fundy-staff-lang"

func (p *Pages) newView(r *http.Request) *view {
	v := &view{Lang: preferred(r), Kind: p.city.Kind, Now: p.Now(), pages: p, Back: "/"}
	v.City = p.cityName(v.Lang)
	if r.Method == http.MethodGet {
		v.Back = r.URL.Path
	}
	if key := r.URL.Query().Get("said"); said["en"]["said."+key] != "" {
		v.Said = key
	}
	return v
}

// preferred is the language that was chosen, or the first of the browser's that there are words in.
func preferred(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && (c.Value == "en" || c.Value == "fr") {
		return c.Value
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		part = strings.ToLower(strings.TrimSpace(part))
		for _, lang := range languages {
			if strings.HasPrefix(part, lang) {
				return lang
			}
		}
	}
	return "en"
}

// show writes a page. Nothing is written before the whole page is made.
func (p *Pages) show(w http.ResponseWriter, v *view, status int, name string) error {
	v.Page = name
	var b bytes.Buffer
	if err := p.pages[v.Lang][name].Execute(&b, v); err != nil {
		return fmt.Errorf("make page %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Lang)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	if err != nil {
		p.Log.Info("staff: somebody went away", "err", err)
	}
	return nil
}

// answer writes a page; with a problem it is what could not be taken.
func (p *Pages) answer(w http.ResponseWriter, v *view, name string) error {
	status := http.StatusOK
	if v.Problem != nil {
		status = http.StatusUnprocessableEntity
	}
	return p.show(w, v, status, name)
}

// requestForm is an id that a page has given what its form makes.
var requestForm = regexp.MustCompile(`^([a-z]+)_[0-9a-z]{26}$`)

// NewID is an id for what a page's form makes: the form sent twice makes it once.
func (*view) NewID(prefix string) string { return ident.New(prefix) }

// Short is a payment's name as addresses and forms have it: a receipt's number, or what stands for a payment without one, in
// letters and digits that can't look like a card's number.
func (*view) Short(name string) string { return ident.Short(name) }

// requested is the id that a page has given what its form makes; "" where it has given none of this kind.
func requested(r *http.Request, prefix string) string {
	typed := bounded(r, "request")
	if m := requestForm.FindStringSubmatch(typed); m == nil || m[1] != prefix {
		return ""
	}
	return typed
}

// done leads on after an action, to a page that says what has been done.
func done(w http.ResponseWriter, r *http.Request, to, said string) error {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to+"?said="+said, http.StatusSeeOther)
	return nil
}
