package staff

import (
	"sync"
	"time"

	"fundy/ident"
	"fundy/settle"
)

// Limits of what waits to be applied. It is held in this process's memory and nowhere else; what is forgotten is
// chosen again, and nothing was written.
const (
	stagedFor   = 20 * time.Minute
	stagedMost  = 12
	stagedBytes = 64 << 20
)

// staged are files that were looked at and wait to be applied by who has brought them.
type staged struct {
	turn chan struct{} // who reads a file now
	mu   sync.Mutex
	all  map[string]stagedFile
}

type stagedFile struct {
	brought
	Kind    string // "bank", "tickets", "rules"
	Base    string // of rules: the digest of those that stood when they were looked at
	Mapping string
	Despite settle.Despite
	By      string
	At      time.Time
}

func newStaged() *staged {
	return &staged{turn: make(chan struct{}, uploadsOnce), all: map[string]stagedFile{}}
}

// put keeps a file until it is applied, and forgets the oldest where there is no room.
func (s *staged) put(f stagedFile) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id = ident.New("upl")
	for s.crowded(f) {
		oldest := ""
		for key, one := range s.all {
			if oldest == "" || one.At.Before(s.all[oldest].At) {
				oldest = key
			}
		}
		delete(s.all, oldest)
	}
	s.all[id] = f
	return id
}

// crowded says whether there is no room for one more, once what is too old is forgotten.
func (s *staged) crowded(f stagedFile) bool {
	bytes := len(f.Content)
	for key, one := range s.all {
		if f.At.Sub(one.At) > stagedFor {
			delete(s.all, key)
			continue
		}
		bytes += len(one.Content)
	}
	return len(s.all) > 0 && (len(s.all) >= stagedMost || bytes > stagedBytes)
}

// get is a file that a person has brought, as it was looked at.
func (s *staged) get(id, by string, now time.Time) (stagedFile, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.all[id]
	return f, ok && f.By == by && now.Sub(f.At) <= stagedFor
}

// drop forgets a file.
func (s *staged) drop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, id)
}
