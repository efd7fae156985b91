package desk

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Who a person is who asks for a review, and why: keys of words. The city offers some of the reasons.
var (
	ReviewWho     = []string{"owner", "driver", "other"}
	ReviewReasons = []string{"permit", "machine", "plate", "sold", "stolen", "medical", "other"}
)

// Limits of what is written for a review.
const (
	ReviewNameMost  = 120   // bytes
	ReviewLineMost  = 60    // letters of a line of an address
	ReviewLinesMost = 6     // of an address
	ReviewWordsMost = 4_000 // bytes
	reviewPlainMost = 8_000 // bytes of what was sealed
)

// Limits of what belongs to a review as files. Each is checked on both sides of the desk.
const (
	ReviewFilesMost  = 5
	ReviewFileMost   = 4 << 20  // bytes of one, before the seal
	ReviewSealedMost = 16 << 10 // bytes of what else is sealed
	MaxReviewFile    = 4<<20 + 64<<10
)

// The kinds of file: what they are, not what they were called.
const (
	FileJPEG = "jpeg"
	FilePNG  = "png"
	FilePDF  = "pdf"
)

// ReviewContact is who asks for a review and how that person is answered: by e-mail or by post. It is sealed before
// anything else sees it. It prints as [sealed].
type ReviewContact struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	Post  string `json:"post,omitempty"` // lines
}

// String keeps people out of logs.
func (ReviewContact) String() string { return "[sealed]" }

// GoString keeps people out of logs.
func (ReviewContact) GoString() string { return "[sealed]" }

// Lines are the name and the address as they stand on an envelope.
func (c ReviewContact) Lines() []string {
	return append([]string{c.Name}, strings.Split(c.Post, "\n")...)
}

// ReviewStatement is what is said of the ticket, and by whom. A reason can tell of somebody's health, so it is sealed too.
type ReviewStatement struct {
	Who    string `json:"who"`
	Reason string `json:"reason"`
	Words  string `json:"words"`
}

// String keeps what people write out of logs.
func (ReviewStatement) String() string { return "[sealed]" }

// GoString keeps what people write out of logs.
func (ReviewStatement) GoString() string { return "[sealed]" }

// ErrUnreadable is what stands in a request's place and is none: not sealed by a page of ours, or changed. It says nothing of
// what it is about.
var ErrUnreadable = errors.New("what was sealed is not of the form of a request")

// Seal is the text that is sealed.
func (c ReviewContact) Seal() ([]byte, error) { return json.Marshal(c) }

// Seal is the text that is sealed.
func (s ReviewStatement) Seal() ([]byte, error) { return json.Marshal(s) }

// ReadReviewContact reads what was sealed. It came from the public side, so nothing in it is believed: control letters and
// whatever is too long are refused.
func ReadReviewContact(plain []byte) (ReviewContact, error) {
	var c ReviewContact
	if err := readPlain(plain, &c); err != nil {
		return c, err
	}
	if len(c.Name) > ReviewNameMost || len(c.Email) > EmailMost || !OneLine(c.Name) || !OneLine(c.Email) || !Address(c.Post) {
		return ReviewContact{}, ErrUnreadable
	}
	return c, nil
}

// ReadReviewStatement reads what was sealed, as ReadReviewContact does.
func ReadReviewStatement(plain []byte) (ReviewStatement, error) {
	var s ReviewStatement
	if err := readPlain(plain, &s); err != nil {
		return s, err
	}
	if !slices.Contains(ReviewWho, s.Who) || !slices.Contains(ReviewReasons, s.Reason) || len(s.Words) > ReviewWordsMost {
		return ReviewStatement{}, ErrUnreadable
	}
	return s, nil
}

func readPlain(plain []byte, into any) error {
	if len(plain) > reviewPlainMost || !utf8.Valid(plain) {
		return ErrUnreadable
	}
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if d.Decode(into) != nil {
		return ErrUnreadable
	}
	return nil
}

// OneLine says whether a text is of one line, without any control letter.
func OneLine(s string) bool { return !strings.ContainsFunc(s, unicode.IsControl) }

// Lines is a text without empty lines and the spaces at the ends of lines.
func Lines(s string) string {
	var all []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return strings.Join(all, "\n")
}

// EmailMost is the longest e-mail address, in bytes (RFC 5321, 4.5.3.1.3). A longer one is refused, never cut.
const EmailMost = 254

// IsEmail says whether a text is one e-mail address and nothing else.
func IsEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && len(s) <= EmailMost && a.Address == s && strings.Contains(s[strings.LastIndex(s, "@"):], ".")
}

// Address says whether a text can stand on an envelope: at most ReviewLinesMost lines of at most ReviewLineMost letters.
// An empty one can.
func Address(s string) bool {
	lines := strings.Split(s, "\n")
	for _, l := range lines {
		if utf8.RuneCountInString(l) > ReviewLineMost || !OneLine(l) {
			return false
		}
	}
	return len(lines) <= ReviewLinesMost
}
