package citytest

import (
	"errors"
	"net"
	"sync"
	"time"
)

// LinkMode is what a link does with what comes.
type LinkMode int

// The modes of a link.
const (
	Pass   LinkMode = iota
	Refuse          // every connection is reset, those that stand too
	Hang            // nothing comes through until the mode is another one, then it does
)

// Link is one way between two processes of a city, on which a test decides what gets through. It knows bytes
// only: what is asked goes one way, what is answered the other.
type Link struct {
	Address     string // where the asking side goes
	network, to string
	listener    net.Listener
	mu          sync.Mutex
	changed     *sync.Cond
	mode        LinkMode
	late        time.Duration
	lose        int // answers that are still to be lost
	lost        int
	closed      bool
	open        map[net.Conn]bool
}

// newLink listens at an address (a port of 0 is any that is free) and leads to another.
func newLink(network, address, to string) (*Link, error) {
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	k := &Link{Address: l.Addr().String(), network: network, to: to, listener: l, open: map[net.Conn]bool{}}
	k.changed = sync.NewCond(&k.mu)
	go k.accept()
	return k, nil
}

// Set changes the mode; what is in the way of it is reset.
func (k *Link) Set(m LinkMode) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mode = m
	if m == Refuse {
		k.reset()
	}
	k.changed.Broadcast()
}

// Late makes all that comes wait so long; 0: no more.
func (k *Link) Late(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.late = d
}

// LoseAnswers lets the next n answers' requests through and cuts the connection instead of answering.
func (k *Link) LoseAnswers(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lose = n
}

// Lost is how many answers were lost.
func (k *Link) Lost() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lost
}

// Heal lets everything through again.
func (k *Link) Heal() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mode, k.late, k.lose = Pass, 0, 0
	k.changed.Broadcast()
}

// Close ends the link and all that passes over it.
func (k *Link) Close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	k.listener.Close()
	k.reset()
	k.changed.Broadcast()
}

func (k *Link) reset() {
	for c := range k.open {
		if t, ok := c.(*net.TCPConn); ok {
			t.SetLinger(0) //nolint:errcheck // a connection that is gone is reset enough
		}
		c.Close()
	}
	clear(k.open)
}

func (k *Link) accept() {
	for {
		from, err := k.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		go k.join(from)
	}
}

// join leads one connection on.
func (k *Link) join(from net.Conn) {
	if !k.keep(from) {
		from.Close()
		return
	}
	to, err := net.DialTimeout(k.network, k.to, 2*time.Second)
	if err != nil || !k.keep(to) {
		k.drop(from)
		if err == nil {
			to.Close()
		}
		return
	}
	go k.pump(to, from, false)
	k.pump(from, to, true)
}

func (k *Link) keep(c net.Conn) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.mode == Refuse || k.closed {
		return false
	}
	k.open[c] = true
	return true
}

func (k *Link) drop(all ...net.Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range all {
		delete(k.open, c)
		c.Close()
	}
}

// pump carries one way's bytes until either side ends.
func (k *Link) pump(to, from net.Conn, answers bool) {
	defer k.drop(to, from)
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if !k.through(answers) {
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// through waits as the mode wants and says whether what was read goes on.
func (k *Link) through(answers bool) bool {
	k.mu.Lock()
	late := k.late
	k.mu.Unlock()
	time.Sleep(late)
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.mode == Hang && !k.closed {
		k.changed.Wait()
	}
	if k.mode == Refuse || k.closed {
		return false
	}
	if answers && k.lose > 0 {
		k.lose--
		k.lost++
		return false
	}
	return true
}
