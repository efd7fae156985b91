// Package ident makes ids: random text that tells nothing and is not guessed.
package ident

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"strings"
)

// alphabet is Crockford's base 32 in lower case: no i, l, o, u.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

var encoding = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// New is a prefix and 128 random bits: "pay_3f…".
func New(prefix string) string { return prefix + "_" + Secret() }

// Secret is 128 random bits, 26 characters: an id that is also its holder's only proof.
func Secret() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand aborts the process instead
	return encoding.EncodeToString(b[:])
}

// Encode writes bytes in the same alphabet.
func Encode(b []byte) string { return encoding.EncodeToString(b) }

// Short is an id that is kept in hexadecimal as pages write it, in addresses and forms: 16 hexadecimal digits can look
// like a card's number, one in 3,000, and 13 letters and digits of base 32 look like one in less than one in ten million. Any other text
// is itself.
func Short(id string) string {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != shortSize || strings.ToLower(id) != id {
		return id
	}
	return Encode(b)
}

// Long is the hexadecimal id that Short has written so; any other text is itself.
func Long(text string) string {
	b, err := encoding.DecodeString(text)
	if err != nil || len(b) != shortSize || Encode(b) != text {
		return text
	}
	return hex.EncodeToString(b)
}

// shortSize is how many bytes the digest has that stands for an attempt.
const shortSize = 8

// Receipt is a receipt number to be read aloud: three groups of four characters, 55 random bits
// and a check character, so that one that was misheard is noticed.
func Receipt() string {
	var b [11]byte
	rand.Read(b[:])
	var text [12]byte
	for i, c := range b {
		text[i] = alphabet[c&31]
	}
	text[11] = check(text[:11])
	return receiptForm(string(text[:]))
}

// ValidReceipt says whether a typed receipt number is one that Receipt can have made. It forgives
// case, spaces, hyphens and the letters that are left out.
func ValidReceipt(s string) bool {
	_, ok := ReadReceipt(s)
	return ok
}

// asRead makes what was typed of what was read aloud or off paper, in small letters.
var asRead = strings.NewReplacer(" ", "", "-", "", "o", "0", "i", "1", "l", "1")

// ReadReceipt is a typed receipt number as Receipt has written it; false for one that it can't have made.
func ReadReceipt(s string) (string, bool) {
	s = asRead.Replace(strings.ToLower(s))
	if len(s) != 12 || strings.Trim(s, alphabet) != "" || check([]byte(s[:11])) != s[11] {
		return "", false
	}
	return receiptForm(s), true
}

func receiptForm(s string) string {
	s = strings.ToUpper(s)
	return s[:4] + "-" + s[4:8] + "-" + s[8:]
}

// check is the sum of the characters' values, each weighted by an odd number: it finds any single
// wrong character.
func check(text []byte) byte {
	sum := 0
	for i, c := range text {
		sum += (2*i + 1) * strings.IndexByte(alphabet, c)
	}
	return alphabet[sum%32]
}

// Message is the reference that a message carries: two groups of five characters, 45 random bits and a check
// character. It gives no right: who has it can ask whether the message is ours.
func Message() string {
	var b [9]byte
	rand.Read(b[:])
	var text [messageLength]byte
	for i, c := range b {
		text[i] = alphabet[c&31]
	}
	text[9] = check(text[:9])
	return messageForm(string(text[:]))
}

const messageLength = 10

// ReadMessage is a typed reference as Message has written it; false for one that it can't have made.
func ReadMessage(s string) (string, bool) {
	s = asRead.Replace(strings.ToLower(s))
	if len(s) != messageLength || strings.Trim(s, alphabet) != "" || check([]byte(s[:9])) != s[9] {
		return "", false
	}
	return messageForm(s), true
}

func messageForm(s string) string {
	s = strings.ToUpper(s)
	return s[:5] + "-" + s[5:]
}
