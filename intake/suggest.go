package intake

import (
	"fmt"
	"strings"
)

// suggest is `; did you mean "…"?` when one of the names is near, else "".
func suggest(name string, names []string) string {
	best, least := "", 3
	if len(name) < 4 {
		least = 2
	}
	for _, n := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(n), least); d < least {
			best, least = n, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// sentence ends what a suggestion is put behind: with its own question mark, or with a full stop.
func sentence(suggestion string) string {
	if suggestion == "" {
		return "."
	}
	return suggestion
}

// distance is how many letters must be put in, taken out, changed or swapped with the next to make b of a, or limit
// when it is more.
func distance(a, b string, limit int) int {
	if len(a) > 64 || len(b) > 64 || len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	var earlier []int
	before := make([]int, len(b)+1)
	for j := range before {
		before[j] = j
	}
	for i := range len(a) {
		now := append(make([]int, 0, len(b)+1), i+1)
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			least := min(now[j]+1, before[j+1]+1, before[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				least = min(least, earlier[j-1]+1)
			}
			now = append(now, least)
		}
		earlier, before = before, now
	}
	return before[len(b)]
}
