package staff

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fundy/city"
	"fundy/store"
)

// may is who may do what, written down apart from the code: a route that is not here fails, as does a role that
// gets more or less.
var may = map[string]string{
	"POST /signout":                         "everybody",
	"GET /me":                               "everybody",
	"GET /me/key":                           "everybody",
	"POST /me/key":                          "everybody",
	"POST /me/key/remove":                   "everybody",
	"POST /me/sessions/end":                 "everybody",
	"GET /{$}":                              "everybody",
	"POST /find":                            "clerk supervisor screening finance auditor",
	"GET /tickets/{id}":                     "clerk supervisor screening finance auditor",
	"POST /tickets/{id}/plate":              "supervisor screening",
	"GET /receipts/{number}":                "clerk supervisor screening finance auditor",
	"POST /find/plates":                     "supervisor screening",
	"POST /receipts/{number}/mail":          "clerk supervisor finance",
	"POST /phone":                           "clerk supervisor",
	"GET /phone/{id}":                       "clerk supervisor",
	"GET /phone/{id}/live":                  "clerk supervisor",
	"POST /phone/{id}/end":                  "clerk supervisor",
	"POST /phone/{id}/mail":                 "clerk supervisor",
	"GET /queue":                            "supervisor screening finance auditor",
	"GET /queue/{id}":                       "supervisor screening finance auditor",
	"POST /queue/{id}/act":                  "supervisor finance",
	"GET /refunds":                          "clerk supervisor finance auditor",
	"POST /receipts/{number}/refund":        "clerk supervisor finance",
	"POST /refunds/{id}/approve":            "supervisor finance",
	"POST /refunds/{id}/refuse":             "supervisor finance",
	"GET /tickets/{id}/photos":              "clerk supervisor screening finance auditor",
	"POST /tickets/{id}/photos":             "clerk supervisor screening finance",
	"GET /photos/{id}":                      "clerk supervisor screening finance auditor",
	"POST /photos/{id}/open":                "supervisor screening",
	"POST /photos/{id}/cover":               "supervisor screening",
	"POST /photos/{id}/uncover":             "supervisor screening",
	"POST /photos/{id}/release":             "supervisor screening",
	"POST /photos/{id}/back":                "supervisor screening",
	"POST /photos/{id}/erase":               "supervisor screening",
	"GET /reviews":                          "clerk supervisor screening auditor",
	"GET /reviews/{id}":                     "clerk supervisor screening auditor",
	"POST /reviews/{id}/open":               "supervisor screening",
	"POST /reviews/{id}/files/{n}":          "supervisor screening",
	"POST /reviews/{id}/letter":             "supervisor screening",
	"POST /reviews/{id}/paper":              "supervisor screening",
	"POST /reviews/{id}/take":               "supervisor screening",
	"POST /reviews/{id}/decide":             "supervisor screening",
	"POST /reviews/{id}/scan":               "clerk supervisor screening",
	"GET /tickets/{id}/review":              "clerk supervisor screening auditor",
	"POST /tickets/{id}/review":             "clerk supervisor screening",
	"GET /finance":                          "finance auditor",
	"GET /finance/days/{day}":               "finance auditor",
	"POST /finance/days/{day}/explain":      "finance",
	"POST /finance/days/{day}/close":        "finance",
	"POST /finance/days/{day}/file":         "finance auditor",
	"GET /finance/payouts":                  "finance auditor",
	"GET /finance/payouts/{id}":             "finance auditor",
	"POST /finance/payouts/{id}/file":       "finance auditor",
	"GET /finance/bank":                     "finance auditor",
	"POST /finance/bank/file":               "finance auditor",
	"GET /finance/reports":                  "finance auditor",
	"POST /finance/reports/file":            "finance auditor",
	"GET /finance/year":                     "finance auditor",
	"POST /finance/year/close":              "finance",
	"POST /finance/year/file":               "finance auditor",
	"GET /finance/files":                    "finance auditor",
	"POST /finance/files/bank":              "finance",
	"POST /finance/files/tickets":           "finance",
	"POST /finance/files/{id}/apply":        "finance",
	"GET /finance/files/held/{id}":          "finance auditor",
	"POST /finance/files/held/{id}/apply":   "finance",
	"POST /finance/files/held/{id}/refuse":  "finance",
	"GET /finance/rules":                    "supervisor finance administrator auditor",
	"GET /finance/rules/{id}":               "supervisor finance administrator auditor",
	"POST /finance/rules/holiday":           "finance administrator",
	"POST /finance/rules/schedule":          "finance administrator",
	"POST /finance/rules/outage":            "supervisor finance administrator",
	"POST /finance/rules/{id}/approve":      "supervisor finance administrator",
	"POST /finance/rules/{id}/refuse":       "supervisor finance administrator",
	"GET /finance/rules/file":               "finance administrator auditor",
	"POST /finance/rules/file":              "finance administrator",
	"GET /finance/rules/file/{id}":          "finance administrator auditor",
	"POST /finance/rules/file/{id}/ask":     "finance administrator",
	"GET /finance/write-offs":               "supervisor screening finance auditor",
	"POST /finance/write-offs":              "finance",
	"POST /finance/write-offs/look":         "finance",
	"POST /finance/write-offs/file":         "finance",
	"POST /finance/write-offs/{id}/approve": "supervisor finance",
	"POST /finance/write-offs/{id}/refuse":  "supervisor finance",
	"GET /decisions":                        "supervisor screening finance auditor",
	"GET /decisions/{id}":                   "supervisor screening finance auditor",
	"POST /decisions/{id}/approve":          "supervisor finance",
	"POST /decisions/{id}/refuse":           "supervisor finance",
	"GET /finance/ended":                    "finance auditor",
	"POST /finance/ended/file":              "finance auditor",
	"POST /deposits/{id}/accept":            "supervisor finance",
	"GET /people":                           "administrator auditor",
	"POST /people":                          "administrator",
	"GET /people/{name}":                    "administrator auditor",
	"POST /people/{name}/roles":             "administrator",
	"POST /people/{name}/keys":              "administrator",
	"POST /people/{name}/sessions/end":      "administrator",
	"POST /changes/{id}/approve":            "administrator",
	"POST /changes/{id}/refuse":             "administrator",

	"POST /tickets/{id}/note":          "clerk supervisor screening finance",
	"POST /tickets/{id}/hold":          "supervisor screening",
	"POST /tickets/{id}/release":       "supervisor screening",
	"POST /tickets/{id}/end":           "supervisor screening",
	"POST /tickets/{id}/charge":        "supervisor",
	"GET /enter":                       "clerk finance auditor",
	"POST /enter":                      "clerk finance",
	"GET /books":                       "supervisor finance auditor",
	"POST /books":                      "supervisor finance",
	"POST /books/{id}/hand":            "supervisor finance",
	"POST /books/{id}/back":            "supervisor finance",
	"POST /books/{id}/number":          "supervisor finance",
	"GET /work":                        "everybody",
	"GET /work/{list}":                 "supervisor screening finance auditor",
	"POST /receipts/{number}/transfer": "clerk supervisor finance",
	"POST /work/underway/ask":          "supervisor finance",
	"POST /work/stopped/ask":           "clerk supervisor finance",
	"POST /corrections/{id}/approve":   "supervisor finance",
	"POST /corrections/{id}/refuse":    "supervisor finance",
	"GET /held/{id}":                   "supervisor screening finance auditor",
	"POST /held/{id}/open":             "supervisor screening",
	"POST /held/{id}/close":            "supervisor finance",
	"POST /work/byhand/say":            "supervisor finance",
	"POST /work/byhand/terminal":       "clerk supervisor finance",
	"POST /work/cheques/written":       "supervisor finance",
	"POST /work/cheques/back":          "supervisor finance",
	"POST /work/cheques/payee":         "supervisor finance",
	"POST /work/cheques/requisition":   "supervisor finance",
	// The counter and the mail.
	"GET /counter":                       "clerk supervisor auditor",
	"POST /counter":                      "clerk supervisor",
	"GET /entries/{number}":              "clerk supervisor screening finance auditor",
	"GET /entries/{number}/print":        "clerk supervisor screening finance auditor",
	"POST /entries/{number}/undo":        "clerk supervisor",
	"POST /entries/{number}/returned":    "finance",
	"GET /drawers":                       "clerk supervisor finance auditor",
	"POST /drawers":                      "supervisor",
	"GET /drawers/{name}":                "clerk supervisor finance auditor",
	"POST /drawers/{name}/open":          "clerk supervisor",
	"POST /drawers/{name}/drop":          "clerk supervisor",
	"POST /drawers/{name}/close":         "clerk supervisor",
	"POST /drawers/{name}/reopen":        "supervisor",
	"GET /seconds/{id}":                  "clerk supervisor finance auditor",
	"POST /seconds/{id}/confirm":         "clerk supervisor",
	"POST /seconds/{id}/withdraw":        "clerk supervisor",
	"POST /batches/{id}/close":           "clerk supervisor",
	"GET /mail":                          "clerk supervisor finance auditor",
	"POST /mail":                         "clerk supervisor",
	"GET /mail/{id}":                     "clerk supervisor finance auditor",
	"POST /mail/{id}":                    "clerk supervisor",
	"GET /items":                         "clerk supervisor finance auditor",
	"GET /items/new":                     "clerk supervisor auditor",
	"POST /items":                        "clerk supervisor",
	"GET /items/{id}":                    "clerk supervisor finance auditor",
	"POST /items/{id}/deposit":           "clerk supervisor",
	"POST /items/{id}/return":            "clerk supervisor",
	"POST /items/{id}/resolve":           "clerk supervisor",
	"POST /items/{id}/note":              "supervisor",
	"GET /charges":                       "clerk supervisor finance auditor",
	"GET /charges/{id}":                  "clerk supervisor finance auditor",
	"POST /charges/{id}/pay":             "clerk supervisor",
	"POST /charges/{id}/waive":           "supervisor",
	"GET /deposits":                      "clerk supervisor finance auditor",
	"POST /deposits":                     "finance",
	"POST /deposits/terminal":            "finance",
	"GET /deposits/{id}":                 "clerk supervisor finance auditor",
	"POST /deposits/{id}/sent":           "finance",
	"POST /receipts/{number}/paper":      "clerk supervisor screening finance",
	"POST /receipts/{number}/named":      "clerk supervisor screening finance",
	"GET /letters/item/{id}":             "clerk supervisor screening finance auditor",
	"GET /messages/{reference}":          "clerk supervisor screening finance auditor",
	"POST /messages/{reference}/bounced": "clerk supervisor screening finance",
	"POST /messages/{reference}/back":    "clerk supervisor screening finance",
	"POST /letters/item/{id}":            "clerk supervisor screening finance",
	"GET /letters/refund/{id}":           "clerk supervisor screening finance auditor",
	"POST /letters/refund/{id}":          "clerk supervisor screening finance",
	"GET /letters/returned/{id}":         "clerk supervisor screening finance auditor",
	"POST /letters/returned/{id}":        "clerk supervisor screening finance",
	"GET /access":                        "administrator auditor",
	"POST /access":                       "administrator",
	"POST /access/{name}":                "administrator",
	"GET /tickets/{id}/payments":         "clerk supervisor screening finance auditor",
}

// open is what everybody may see.
var open = []string{"GET /signin", "POST /signin", "GET /unlock", "POST /unlock", "GET /invite", "POST /invite", "POST /invite/key", "POST /language", "GET /review-files/{token}", "GET /photo-files/{token}"}

// touchedOnly wants the passkey anew: money, rights, sealed data.
var touchedOnly = []string{
	"GET /me/key", "POST /me/key/remove", "POST /tickets/{id}/plate", "POST /find/plates", "POST /receipts/{number}/refund", "POST /refunds/{id}/approve", "POST /refunds/{id}/refuse",
	"POST /finance/days/{day}/explain", "POST /finance/days/{day}/close", "POST /finance/days/{day}/file", "POST /finance/payouts/{id}/file", "POST /finance/bank/file",
	"POST /finance/reports/file", "POST /finance/year/close", "POST /finance/year/file", "POST /finance/files/{id}/apply",
	"POST /finance/files/held/{id}/apply", "POST /finance/files/held/{id}/refuse",
	"POST /finance/rules/holiday", "POST /finance/rules/schedule", "POST /finance/rules/outage", "POST /finance/rules/{id}/approve", "POST /finance/rules/{id}/refuse",
	"POST /finance/rules/file/{id}/ask", "POST /finance/write-offs", "POST /finance/write-offs/{id}/approve", "POST /finance/write-offs/{id}/refuse",
	"POST /decisions/{id}/approve", "POST /decisions/{id}/refuse", "POST /finance/ended/file", "POST /deposits/{id}/accept",
	"POST /reviews/{id}/open", "POST /reviews/{id}/files/{n}", "POST /reviews/{id}/letter", "POST /reviews/{id}/paper", "POST /reviews/{id}/decide",
	"POST /photos/{id}/open", "POST /photos/{id}/cover", "POST /photos/{id}/uncover", "POST /photos/{id}/release", "POST /photos/{id}/erase",
	"POST /people", "POST /people/{name}/roles", "POST /people/{name}/keys", "POST /people/{name}/sessions/end", "POST /changes/{id}/approve", "POST /changes/{id}/refuse",
	"POST /tickets/{id}/end", "POST /tickets/{id}/charge", "POST /receipts/{number}/transfer", "POST /work/stopped/ask", "POST /corrections/{id}/approve", "POST /corrections/{id}/refuse",
	"POST /held/{id}/open", "POST /work/byhand/say", "POST /work/byhand/terminal", "POST /work/cheques/written", "POST /work/cheques/back", "POST /work/cheques/payee", "POST /work/cheques/requisition",
	"POST /entries/{number}/undo", "POST /entries/{number}/returned", "POST /drawers/{name}/reopen", "POST /seconds/{id}/confirm", "POST /items/{id}/note", "POST /charges/{id}/waive",
	"POST /receipts/{number}/named",
	"POST /receipts/{number}/named", "POST /access", "POST /access/{name}",
}

func has(all []string, one string) bool {
	for _, a := range all {
		if a == one {
			return true
		}
	}
	return false
}

func pathOf(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	return method, strings.NewReplacer("{$}", "", "{id}", "none", "{number}", "none", "{name}", "nobody", "{day}", "2026-06-01", "{list}", "none", "{n}", "1", "{token}", "none").Replace(path)
}

// Every route by every role, and by nobody.
func TestEveryRouteByEveryRole(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		tokens := map[string]string{}
		for role := range defaultRoles {
			b.person("a-"+role, role)
			tokens[role] = b.session("a-" + role)
		}
		b.person("a-none")
		tokens["none"] = b.session("a-none")
		seen := 0
		for _, r := range b.pages.table() {
			seen++
			method, path := pathOf(r.pattern)
			if has(open, r.pattern) {
				code, page := b.do(b.request(method, path, "", nil))
				if code == http.StatusUnauthorized || code == http.StatusForbidden && page != "" {
					t.Errorf("%s is not open: %d", r.pattern, code)
				}
				continue
			}
			roles, known := may[r.pattern]
			if !known {
				t.Errorf("%s is not written down: who may do it?", r.pattern)
			}
			if code, page := b.do(b.request(method, path, "", nil)); code != http.StatusUnauthorized || !strings.Contains(page, "Sign in") {
				t.Errorf("%s lets nobody in: %d", r.pattern, code)
			}
			for role, token := range tokens {
				if r.pattern == "POST /signout" || r.pattern == "POST /people/{name}/sessions/end" {
					token = b.session("a-" + role)
				}
				code, page := b.do(b.request(method, path, token, nil))
				allowed := roles == "everybody" || has(strings.Fields(roles), role)
				refused := code == http.StatusForbidden && strings.Contains(page, "You may not do this")
				if allowed == refused || code >= 500 || code == http.StatusUnauthorized {
					t.Errorf("%s as %s: %d, allowed %v", r.pattern, role, code, allowed)
				}
			}
		}
		if seen != len(may)+len(open) {
			t.Errorf("%d routes, and %d are written down", seen, len(may)+len(open))
		}
	})
}

// What is about money, rights and sealed data wants a passkey's answer of the last five minutes; the rest does not.
func TestWhatWantsThePasskeyAnew(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("all", "administrator", "supervisor", "finance")
	for _, r := range b.pages.table() {
		if has(open, r.pattern) {
			continue
		}
		token := b.session("all")
		was := b.now
		b.now = b.now.Add(freshFor)
		method, path := pathOf(r.pattern)
		code, page := b.do(b.request(method, path, token, nil))
		asked := code == http.StatusUnauthorized && strings.Contains(page, "Confirm with your passkey")
		if asked != has(touchedOnly, r.pattern) {
			t.Errorf("%s: %d, asked anew %v", r.pattern, code, asked)
		}
		b.now = was.Add(1) // another session's name
	}
}

// Only routes.go registers anything, and nothing there goes past the guard but static files.
func TestNothingIsRegisteredPastTheGuard(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if !strings.Contains(line, "mux.Handle") || strings.HasSuffix(f, "_test.go") {
				continue
			}
			plain := strings.Contains(line, "/static/") || strings.Contains(line, "/favicon.ico")
			if f != "routes.go" || !plain && !strings.Contains(line, "p.guard(") {
				t.Errorf("%s: %s", f, strings.TrimSpace(line))
			}
		}
	}
}

// Roles are the city's own setting; a wrong one is refused with its fix.
func TestRolesOfACity(t *testing.T) {
	t.Parallel()
	roles, err := ParseRoles([]city.RoleSettings{{Name: "night", May: []string{"find_tickets"}}, {Name: "clerk", May: []string{"find_tickets", "open_plates"}}})
	if err != nil || len(roles["night"]) != 1 || len(roles["clerk"]) != 2 || len(roles["finance"]) == 0 {
		t.Errorf("%v, %v", roles, err)
	}
	for words, own := range map[string][]city.RoleSettings{
		`there is no permission "find"`: {{Name: "night", May: []string{"find"}}},
		"nobody could ever be let in":   {{Name: "administrator", May: []string{"ask_rights"}}},
		"a name of its own":             {{Name: "Night shift"}},
		"a role has a name of its own":  {{Name: "a"}, {Name: "a"}},
		`there is no permission "own"`:  {{Name: "night", May: []string{"own"}}},
	} {
		if _, err := ParseRoles(own); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v: %v", own, err)
		}
	}
}

// In an office of three, whoever asks for something there is another who can decide it: nobody is stuck.
func TestAnOfficeOfThree(t *testing.T) {
	t.Parallel()
	roles, err := ParseRoles(nil)
	if err != nil {
		t.Fatal(err)
	}
	three := []store.Person{
		{Name: "anne", Roles: []string{Administrator, "supervisor"}}, {Name: "ben", Roles: []string{Administrator, "finance"}}, {Name: "carl", Roles: []string{"clerk"}},
	}
	for ask, decide := range map[Permission]Permission{
		AskRefunds: DecideRefunds, AskRights: DecideRights, AskRules: DecideRules, DeclareOutage: DecideRules, AskCorrections: DecideCorrections, EnterTickets: DecideTickets, KeepCheques: KeepCheques,
	} {
		askers := 0
		for _, asker := range three {
			if !roles.May(asker, ask) {
				continue
			}
			askers++
			others := 0
			for _, other := range three {
				if other.Name != asker.Name && roles.May(other, decide) {
					others++
				}
			}
			if others == 0 {
				t.Errorf("%s asks (%s), and nobody else can decide", asker.Name, ask)
			}
		}
		if askers < 2 {
			t.Errorf("%d can ask (%s)", askers, ask)
		}
	}
}
