package ident_test

import (
	"strings"
	"testing"

	"fundy/ident"
)

func TestReceiptFindsAnySingleWrongCharacter(t *testing.T) {
	t.Parallel()
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	for range 50 {
		r := ident.Receipt()
		if !ident.ValidReceipt(r) || !ident.ValidReceipt(strings.ToLower(strings.ReplaceAll(r, "-", " "))) {
			t.Fatalf("%s is not valid", r)
		}
		for i := range r {
			if r[i] == '-' {
				continue
			}
			for _, c := range alphabet {
				if byte(c) == r[i] {
					continue
				}
				if wrong := r[:i] + string(c) + r[i+1:]; ident.ValidReceipt(wrong) {
					t.Fatalf("%s passes for %s", wrong, r)
				}
			}
		}
	}
}

func TestIDsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 10000 {
		id := ident.New("t")
		if seen[id] || len(id) != 28 {
			t.Fatalf("%s came twice or is %d long", id, len(id))
		}
		seen[id] = true
	}
}

func TestMessageFindsAnySingleWrongCharacter(t *testing.T) {
	t.Parallel()
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	for range 50 {
		m := ident.Message()
		if got, ok := ident.ReadMessage(" " + strings.ToLower(strings.ReplaceAll(m, "-", " "))); !ok || got != m || len(m) != 11 {
			t.Fatalf("%s is not valid: %s", m, got)
		}
		for i := range m {
			for _, c := range alphabet {
				if m[i] == '-' || byte(c) == m[i] {
					continue
				}
				if wrong := m[:i] + string(c) + m[i+1:]; wrong != m {
					if _, ok := ident.ReadMessage(wrong); ok {
						t.Fatalf("%s passes for %s", wrong, m)
					}
				}
			}
		}
	}
}

// An id in hexadecimal comes back from how pages write it; anything else is left as it is, in both directions.
func TestShortComesBack(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"0000000000000000", "ffffffffffffffff", "0123456789abcdef", "4242424242424242"} {
		short := ident.Short(id)
		if len(short) != 13 || ident.Long(short) != id {
			t.Errorf("%s is %s, and comes back as %s", id, short, ident.Long(short))
		}
	}
	for _, other := range []string{"", "4K7M-2XQ9-3C5T", "0123456789ABCDEF", "0123456789abcde", "A-000001", "zzzzzzzzzzzzz", "0123456789abc!", "att_0123456789abc"} {
		if ident.Short(other) != other || ident.Long(other) != other {
			t.Errorf("%s is taken for an id: %s, %s", other, ident.Short(other), ident.Long(other))
		}
	}
}
