package office

import "strings"

// opaqueMost is the longest id that the desk brings, in characters.
const opaqueMost = 64

// opaque says whether a text can be an id or a request's id of ours: what the desk brings is not believed, and no database is
// asked for what it can't keep as text.
func opaque(s string) bool {
	return s != "" && len(s) <= opaqueMost && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

// requestIDMin is the least length of a request's id, in characters: 128 bits have more.
const requestIDMin = 16

// requestID says whether a text can be the id of a request, from a page of the portal's.
func requestID(s string) bool { return opaque(s) && len(s) >= requestIDMin }
