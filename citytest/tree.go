package citytest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"
)

// shown are the properties of a node that a screen reader says and that a page can get wrong.
var shown = []proto.AccessibilityAXPropertyName{
	proto.AccessibilityAXPropertyNameLevel, proto.AccessibilityAXPropertyNameRequired, proto.AccessibilityAXPropertyNameInvalid,
	proto.AccessibilityAXPropertyNameExpanded, proto.AccessibilityAXPropertyNameChecked, proto.AccessibilityAXPropertyNameDisabled,
	proto.AccessibilityAXPropertyNameFocused, proto.AccessibilityAXPropertyNameLive,
}

// Tree is what a screen reader is told of a page: an indented line for each node with its role, its
// name, its value, what describes it and the properties that matter. Nodes that are only there for
// the eye are left out.
func Tree(t testing.TB, page *rod.Page) string {
	t.Helper()
	// A page that is not in front has no focus of its own.
	if err := (proto.EmulationSetFocusEmulationEnabled{Enabled: true}).Call(page); err != nil {
		t.Fatal(err)
	}
	all, err := proto.AccessibilityGetFullAXTree{}.Call(page)
	if err != nil {
		t.Fatal(err)
	}
	w := treeWriter{nodes: map[proto.AccessibilityAXNodeID]*proto.AccessibilityAXNode{}}
	for _, n := range all.Nodes {
		w.nodes[n.NodeID] = n
	}
	w.write(all.Nodes[0], 0, "")
	return w.out.String()
}

type treeWriter struct {
	nodes map[proto.AccessibilityAXNodeID]*proto.AccessibilityAXNode
	out   strings.Builder
}

// write writes a node and what is in it. above is the name or the value of the node that it stands in:
// text that says only that again is left out, as are spaces, the ends of lines and the marks of lists.
func (w *treeWriter) write(n *proto.AccessibilityAXNode, depth int, above string) {
	role, name := said(n.Role), said(n.Name)
	switch {
	case role == "InlineTextBox" || role == "LineBreak" || role == "ListMarker":
		return
	case role == "StaticText" && (name == above || strings.TrimSpace(name) == ""):
		return
	case n.Ignored || (role == "generic" || role == "none") && name == "":
	default:
		fmt.Fprintf(&w.out, "%s%s", strings.Repeat("  ", depth), role)
		w.rest(n, name)
		depth, above = depth+1, cmp.Or(said(n.Value), name)
	}
	for _, id := range n.ChildIDs {
		if child, ok := w.nodes[id]; ok {
			w.write(child, depth, above)
		}
	}
}

func (w *treeWriter) rest(n *proto.AccessibilityAXNode, name string) {
	if name != "" {
		fmt.Fprintf(&w.out, " %q", constant(name))
	}
	if value := said(n.Value); value != "" {
		fmt.Fprintf(&w.out, " value %q", constant(value))
	}
	if by := said(n.Description); by != "" {
		fmt.Fprintf(&w.out, " described by %q", constant(by))
	}
	for _, p := range n.Properties {
		// What is false is not said, but for what could be opened.
		value := said(p.Value)
		if slices.Contains(shown, p.Name) && (value != "false" || p.Name == proto.AccessibilityAXPropertyNameExpanded) {
			fmt.Fprintf(&w.out, " %s=%s", p.Name, value)
		}
	}
	w.out.WriteByte('\n')
}

func said(v *proto.AccessibilityAXValue) string {
	if v == nil || v.Value.Nil() {
		return ""
	}
	return v.Value.Str()
}

// changing is what is another text in each run though the clock stands still.
var changing = []struct {
	form *regexp.Regexp
	word string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "HOST"},
	{regexp.MustCompile(`\b[0-9A-Z]{4}(-[0-9A-Z]{4}){3}\b`), "SLIP"},
	{regexp.MustCompile(`\b[0-9A-Z]{4}(-[0-9A-Z]{4}){2}\b`), "RECEIPT"},
	{regexp.MustCompile(`\b[0-9A-Z]{10}\b`), "REFERENCE"},
	{regexp.MustCompile(`\b[0-9A-Z]{5}-[0-9A-Z]{5}\b`), "MESSAGE"},
}

func constant(s string) string {
	for _, c := range changing {
		s = c.form.ReplaceAllString(s, c.word)
	}
	return strings.ReplaceAll(s, "\u00a0", " ")
}
