package citytest

import "sync"

// automaton finds many patterns in one pass, letters of either case alike (Aho and Corasick 1975). It
// reads a stream in pieces of any size and keeps nothing of it but where it stands.
type automaton struct {
	patterns []pattern
	class    [256]int // of each byte; 0: in no pattern
	classes  int
	next     []int32   // node*classes + class
	found    [][]int32 // by node
}

func newAutomaton(patterns []pattern) *automaton {
	a := &automaton{patterns: patterns, classes: 1}
	for _, p := range patterns {
		for _, b := range []byte(p.text) {
			if b = lower(b); a.class[b] == 0 {
				a.class[b] = a.classes
				a.classes++
			}
		}
	}
	for b := byte('A'); b <= 'Z'; b++ {
		a.class[b] = a.class[lower(b)]
	}
	a.node()
	for i, p := range patterns {
		at := int32(0)
		for _, b := range []byte(p.text) {
			step := int(at)*a.classes + a.class[b]
			if a.next[step] == 0 {
				n := a.node()
				a.next[step] = n
			}
			at = a.next[step]
		}
		a.found[at] = append(a.found[at], int32(i))
	}
	a.link()
	return a
}

func (a *automaton) node() int32 {
	a.next = append(a.next, make([]int32, a.classes)...)
	a.found = append(a.found, nil)
	return int32(len(a.found) - 1)
}

// link gives each node, for the bytes that do not go on with its pattern, the way to the longest other
// beginning that has been read.
func (a *automaton) link() {
	fail := make([]int32, len(a.found))
	var queue []int32
	for c := range a.classes {
		if n := a.next[c]; n != 0 {
			queue = append(queue, n)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		a.found[at] = append(a.found[at], a.found[fail[at]]...)
		for c := range a.classes {
			step, other := int(at)*a.classes+c, a.next[int(fail[at])*a.classes+c]
			if n := a.next[step]; n != 0 {
				fail[n] = other
				queue = append(queue, n)
			} else {
				a.next[step] = other
			}
		}
	}
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// scanner is an automaton on one stream: an io.Writer.
type scanner struct {
	*automaton
	at  int32
	hit func(pattern)
}

func (s *scanner) Write(p []byte) (int, error) {
	at := s.at
	for _, b := range p {
		at = s.next[int(at)*s.classes+s.class[b]]
		for _, i := range s.found[at] {
			s.hit(s.patterns[i])
		}
	}
	s.at = at
	return len(p), nil
}

// common is the automaton of all canaries, made once.
var common = sync.OnceValue(func() *automaton { return newAutomaton(canaries()) })
