package fundy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

var roomOf = regexp.MustCompile(`maxlength="([^"]*)"`)

// No field is so short that a browser cuts a card number which is typed or pasted into it: twelve of its digits are no card
// to the guard, and would be kept. 24 are the longest number with a space after each fourth digit, and 40 more let what is too
// long come whole.
func TestAFieldHasRoomForTheGuardToSeeACard(t *testing.T) {
	t.Parallel()
	fields := 0
	for _, dir := range []string{"portal", "office/staff"} {
		pages, err := filepath.Glob(dir + "/pages/*.html")
		if err != nil || len(pages) < 10 {
			t.Fatalf("%s: %d pages, %v", dir, len(pages), err)
		}
		for _, page := range pages {
			b, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range roomOf.FindAllSubmatch(b, -1) {
				room := string(m[1])
				if room == "{{.Room}}" {
					continue // office/staff/input_test.go
				}
				fields++
				if n, err := strconv.Atoi(room); err != nil || n < 24+40 {
					t.Errorf("%s: a field of %s", page, room)
				}
			}
		}
	}
	if fields < 30 {
		t.Errorf("only %d fields were found", fields)
	}
}
