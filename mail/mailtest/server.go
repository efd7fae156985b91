// Package mailtest is a mail server to test against: it speaks SMTP over real connections on loopback, with a
// certificate of an authority of its own, keeps what it takes, and refuses on order.
package mailtest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Who may sign in.
const User, Password = "fundy-harbour", "correct horse battery"

// Server is a mail server on loopback.
type Server struct {
	Port     int
	CA       []byte // PEM, of the authority of its certificate
	implicit bool   // TLS from the first byte
	tls      *tls.Config
	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
	orders   map[string][]string // answers that are due, by command
	always   map[string]string
	taken    []Mail
	tried    int // connections so far
	before   func()
	running  sync.WaitGroup
}

// Start starts a server that speaks STARTTLS.
func Start(t testing.TB) *Server { return start(t, false) }

// StartTLS starts one that speaks TLS from the first byte.
func StartTLS(t testing.TB) *Server { return start(t, true) }

func start(t testing.TB, implicit bool) *Server {
	t.Helper()
	s := &Server{implicit: implicit, open: map[net.Conn]bool{}, orders: map[string][]string{}, always: map[string]string{}}
	var err error
	if s.tls, s.CA, err = certificate(); err != nil {
		t.Fatal(err)
	}
	s.Up(t)
	t.Cleanup(s.Down)
	return s
}

// Up has it listen: on the port that it had before.
func (s *Server) Up(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port))
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.listener, s.Port = l, l.Addr().(*net.TCPAddr).Port
	s.mu.Unlock()
	s.running.Go(func() { s.accept(l) })
}

// Down ends it, and every connection.
func (s *Server) Down() {
	s.mu.Lock()
	if s.listener != nil {
		s.listener.Close()
	}
	for c := range s.open {
		c.Close()
	}
	s.listener = nil
	s.mu.Unlock()
	s.running.Wait()
}

// Order has the next such command (mail, rcpt, data, text, auth) answered so, once for each answer.
func (s *Server) Order(command string, answers ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders[command] = append(s.orders[command], answers...)
}

// Always has every such command answered so; "" ends that.
func (s *Server) Always(command, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always[command] = answer
}

// BeforeYes is called when a message is kept and the server has not said so yet.
func (s *Server) BeforeYes(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = do
}

// Taken is what it has taken so far.
func (s *Server) Taken() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.taken...)
}

// Tried is how many connections there were so far.
func (s *Server) Tried() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tried
}

// Wait waits until it has taken n messages.
func (s *Server) Wait(t testing.TB, n int) []Mail {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if all := s.Taken(); len(all) >= n {
			return all
		}
	}
	t.Fatalf("the mail server took %d messages, want %d", len(s.Taken()), n)
	return nil
}

func (s *Server) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.open[c] = true
		s.tried++
		s.mu.Unlock()
		s.running.Go(func() {
			(&session{s: s, secure: s.implicit}).talk(c)
			s.mu.Lock()
			delete(s.open, c)
			s.mu.Unlock()
		})
	}
}

// answer is what a command is answered with.
func (s *Server) answer(command, otherwise string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if due := s.orders[command]; len(due) > 0 {
		s.orders[command] = due[1:]
		return due[0]
	}
	if a := s.always[command]; a != "" {
		return a
	}
	return otherwise
}

// session is one connection.
type session struct {
	s      *Server
	c      net.Conn
	r      *bufio.Reader
	secure bool
	mail   Mail
}

func (c *session) talk(raw net.Conn) {
	defer raw.Close()
	raw.SetDeadline(time.Now().Add(30 * time.Second)) //nolint:errcheck // a connection that is closed says so when it is read
	c.c = raw
	if c.secure {
		c.c = tls.Server(raw, c.s.tls)
	}
	c.r = bufio.NewReader(c.c)
	c.say("220 mail.test ESMTP")
	for {
		text, err := c.r.ReadString('\n')
		if err != nil || !c.do(strings.TrimRight(text, "\r\n")) {
			return
		}
	}
}

func (c *session) say(text string) { fmt.Fprintf(c.c, "%s\r\n", text) }

// do answers one command; false ends the connection.
func (c *session) do(text string) bool {
	verb, rest, _ := strings.Cut(text, " ")
	switch verb = strings.ToUpper(verb); verb {
	case "EHLO":
		c.mail.Hello = rest
		c.say("250-mail.test")
		if c.secure {
			c.say("250-AUTH PLAIN")
		} else {
			c.say("250-STARTTLS")
		}
		c.say("250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
	case "STARTTLS":
		c.say("220 go ahead")
		c.c = tls.Server(c.c, c.s.tls)
		c.r, c.secure = bufio.NewReader(c.c), true
	case "AUTH":
		c.auth(rest)
	case "MAIL":
		c.mail.From = between(rest)
		c.say(c.s.answer("mail", "250 2.1.0 ok"))
	case "RCPT":
		c.mail.To = between(rest)
		c.say(c.s.answer("rcpt", "250 2.1.5 ok"))
	case "DATA":
		return c.data()
	case "RSET", "NOOP":
		c.say("250 2.0.0 ok")
	case "QUIT":
		c.say("221 2.0.0 goodbye")
		return false
	default:
		c.say("500 5.5.1 what?")
	}
	return true
}

func (c *session) auth(rest string) {
	_, text, _ := strings.Cut(rest, " ")
	b, err := base64.StdEncoding.DecodeString(text)
	if parts := strings.Split(string(b), "\x00"); err != nil || !c.secure || len(parts) != 3 || parts[1] != User || parts[2] != Password {
		c.say("535 5.7.8 no")
		return
	}
	c.mail.User = User
	c.say(c.s.answer("auth", "235 2.7.0 welcome"))
}

func (c *session) data() bool {
	if no := c.s.answer("data", ""); no != "" {
		c.say(no)
		return true
	}
	c.say("354 go on")
	var b strings.Builder
	for {
		text, err := c.r.ReadString('\n')
		if err != nil {
			return false
		}
		if text == ".\r\n" {
			break
		}
		b.WriteString(strings.TrimPrefix(text, "."))
	}
	answer := c.s.answer("text", "250 2.0.0 queued as 4711")
	if answer[0] == '2' {
		c.mail.Raw, c.mail.TLS = b.String(), c.secure
		c.s.mu.Lock()
		c.s.taken = append(c.s.taken, c.mail)
		before := c.s.before
		c.s.mu.Unlock()
		if before != nil {
			before()
		}
	}
	c.say(answer)
	return true
}

func between(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}

// Cut closes every connection: what is to be answered is not.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		c.Close()
	}
}
