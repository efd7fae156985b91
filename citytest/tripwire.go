package citytest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Finding is a secret where none may be.
type Finding struct {
	Place string // which of the tripwire's places
	Where string // what there
	Kind  Kind
	Form  string // how it was written
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s, %s", f.Place, f.Where, f.Kind, f.Form)
}

// The places that bytes pass, as findings name them.
const (
	PlaceEntered   = "into the office" // what the strict reading lets past
	PlaceWire      = "from the processor"
	PlaceAsked     = "to the processor"
	PlaceDeskIn    = "into the desk"
	PlaceDeskOut   = "out of the desk"
	PlacePortalIn  = "into the portal"
	PlacePortalOut = "out of the portal"
	PlaceLog       = "log"
	PlaceStore     = "store"
	PlaceMail      = "sent by e-mail"
)

// may are the kinds that a place holds in life.
var may = map[string][]Kind{
	PlaceWire:     {Payer},
	PlacePortalIn: {Receipt}, // as a whole; each request is looked at again by itself
}

// headsMost bounds what is kept of first lines and headers, in bytes: a page has some 2 KB of them.
const headsMost = 16 << 20

// tripwire is what watches one city.
type tripwire struct {
	mu       sync.Mutex
	seen     map[Finding]bool
	allowed  map[string]map[Kind]bool // kinds that were where they may be, by place
	read     map[string]int64         // bytes, by place
	streams  []*stream
	running  sync.WaitGroup
	heads    safeBuffer
	plates   []string
	shortest int // letters of a plate
	disarmed bool
	declines bool // a declined card's expiry date is on the wire from the processor
}

func newTripwire() *tripwire {
	return &tripwire{seen: map[Finding]bool{}, allowed: map[string]map[Kind]bool{}, read: map[string]int64{}, heads: safeBuffer{most: headsMost}}
}

func (t *tripwire) add(f Finding) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen[f] = true
}

// scanner looks for the canaries in one stream; kinds in except may be there.
func (t *tripwire) scanner(place, where string, except []Kind) io.Writer {
	return t.scannerOf(common(), place, where, except)
}

func (t *tripwire) scannerOf(a *automaton, place, where string, except []Kind) io.Writer {
	hit := func(p pattern) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if slices.Contains(except, p.kind) || t.declines && place == PlaceWire && p.kind == Date {
			if t.allowed[place] == nil {
				t.allowed[place] = map[Kind]bool{}
			}
			t.allowed[place][p.kind] = true
			return
		}
		t.seen[Finding{place, where, p.kind, p.form}] = true
	}
	return io.MultiWriter(&scanner{automaton: a, hit: hit}, &counter{t, place})
}

// counter counts what was looked at, so that a tap that hears nothing shows.
type counter struct {
	t     *tripwire
	place string
}

func (c *counter) Write(p []byte) (int, error) {
	c.t.mu.Lock()
	defer c.t.mu.Unlock()
	c.t.read[c.place] += int64(len(p))
	return len(p), nil
}

// rest looks at bytes that lie still: for the canaries, and for plates.
func (t *tripwire) rest(place, where string, r io.Reader) {
	w := t.scanner(place, where, nil)
	if len(t.plates) > 0 {
		w = io.MultiWriter(w, t.scannerOf(newAutomaton(plates(t.plates, t.shortest)), place, where, nil))
	}
	if _, err := io.Copy(w, r); err != nil {
		t.add(Finding{Place: place, Where: where, Form: "not read: " + err.Error()})
	}
}

// plate adds one to look for.
func (t *tripwire) plate(written string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(t.plates, written) {
		t.plates = append(t.plates, written)
	}
}

// head keeps the first line and the headers of a request or an answer, and looks at them.
func (t *tripwire) head(place, line string, h http.Header) {
	var b bytes.Buffer
	b.WriteString(line + "\r\n")
	if err := h.Write(&b); err != nil {
		t.add(Finding{Place: place, Where: line, Form: "not read: " + err.Error()})
	}
	t.scanner(place, "head of "+line, nil).Write(b.Bytes()) // no kind may be in one
	t.heads.Write(b.Bytes())
}

// end stops listening and waits until all that was heard has been looked at.
func (t *tripwire) end() {
	t.mu.Lock()
	streams := t.streams
	t.streams = nil
	t.mu.Unlock()
	for _, s := range streams {
		s.end()
	}
	t.running.Wait()
}

// findings are all so far, in order.
func (t *tripwire) findings() []Finding {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Finding, 0, len(t.seen))
	for f := range t.seen {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Finding) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// safeBuffer is a buffer that many may write to, and that says when it is full.
type safeBuffer struct {
	mu   sync.Mutex
	b    bytes.Buffer
	most int
	full bool
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.b.Len()+len(p) > s.most {
		s.full = true
		return len(p), nil
	}
	return s.b.Write(p)
}

// String is all that was written.
func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// buffer looks at a buffer's bytes; a full one is a finding.
func (t *tripwire) buffer(place, where string, s *safeBuffer) {
	t.rest(place, where, strings.NewReader(s.String()))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		t.add(Finding{Place: place, Where: where, Form: fmt.Sprintf("more than %d bytes: not all was looked at", s.most)})
	}
}
