package city

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Fault is what is wrong with a file of rules, or of settings: where, what, and what to do.
type Fault struct {
	Line int    // 0: it is not known, or it is the file as a whole
	At   string // the place in the file's own words, as schedule "2027", offence "METER", tier 1.amount
	What Said
}

func (f *Fault) Error() string {
	where := f.At
	if f.Line > 0 {
		where = strings.TrimSuffix(fmt.Sprintf("line %d, %s", f.Line, f.At), ", ")
	}
	if where == "" {
		return f.What.String()
	}
	return where + ": " + f.What.String()
}

// In is what is wrong in a language, without its place.
func (f *Fault) In(l Language) string { return f.What.In(l, french) }

// placed finds the line of each fault of a file's rows.
func placed(errs []error, text string) {
	lines := strings.Split(text, "\n")
	for _, err := range errs {
		var f *Fault
		if errors.As(err, &f) && f.Line == 0 {
			f.Line = lineOf(lines, f.At)
		}
	}
}

var (
	numbered = regexp.MustCompile(`^(profile|holiday) (\d+)`)
	named    = regexp.MustCompile(`^schedule (".*?")(?:, offence (".*?"))?(?:, tier (\d+))?`)
	lastKey  = regexp.MustCompile(`\.([a-z_]+)$`)
	anyPrice = regexp.MustCompile(`\b(?:amount|percent)\s*=`)
)

// lineOf is the line on which a place begins, as files of rules are written; 0 where it is not found.
func lineOf(lines []string, at string) int {
	from, until := 0, len(lines)
	if m := numbered.FindStringSubmatch(at); m != nil {
		n, _ := strconv.Atoi(m[2]) // digits only
		from = nth(lines, 0, until, regexp.MustCompile(`^\s*\[\[`+m[1]+`\]\]`), n)
		until = blockEnd(lines, from)
	} else if m := named.FindStringSubmatch(at); m != nil {
		from = nth(lines, 0, until, keyIs("id", m[1]), 1)
		if m[2] != "" && from > 0 {
			if from = nth(lines, from, until, keyIs("code", m[2]), 1); from == 0 {
				return 0
			}
			until = blockEnd(lines, from)
		}
		if n, err := strconv.Atoi(m[3]); err == nil {
			if price := nth(lines, from, until, anyPrice, n); price > 0 {
				return price
			}
		}
	} else {
		return 0
	}
	if m := lastKey.FindStringSubmatch(at); m != nil && from > 0 {
		if key := nth(lines, from-1, until, regexp.MustCompile(`^\s*`+m[1]+`\s*=`), 1); key > 0 {
			return key
		}
	}
	return from
}

func keyIs(key, quoted string) *regexp.Regexp {
	text, err := strconv.Unquote(quoted)
	if err != nil {
		text = strings.Trim(quoted, `"`)
	}
	return regexp.MustCompile(`^\s*` + key + `\s*=\s*["']` + regexp.QuoteMeta(text) + `["']`)
}

// nth is the line, from 1 on, of the nth match of a form in lines[from:until]; 0 where there is none.
func nth(lines []string, from, until int, form *regexp.Regexp, n int) int {
	for i := from; i < until; i++ {
		if n -= len(form.FindAllStringIndex(lines[i], -1)); n <= 0 {
			return i + 1
		}
	}
	return 0
}

// blockEnd is where the next offence, schedule, profile or holiday begins.
func blockEnd(lines []string, from int) int {
	for i := from; i < len(lines); i++ {
		head := strings.TrimSpace(lines[i])
		if strings.HasPrefix(head, "[[") && !strings.HasPrefix(head, "[[schedule.offence.") {
			return i
		}
	}
	return len(lines)
}
