package main_test

// screen is a page to be pictured, as somebody comes to it: he opens a path, fills fields and presses a button, or
// follows a link, one after the other. {number} and {plate} are those of a ticket that is owed, {paid} and {paidplate} of one that is paid,
// {answered} is of one whose review was decided, {pictured} and {picturedplate} are of one with photographs, {lang} is en or fr.
type screen struct {
	name   string
	as     string    // who is signed in: clerk, supervisor, finance or administrator; "": nobody, on the office's pages; public: on the portal
	path   [2]string // in English and in French
	fill   [][2]string
	press  string
	follow string
	then   []string // pressed or followed one after the other, on the pages that come
}

// both is a path that is the same in both languages, as all of the office's are.
func both(path string) [2]string { return [2]string{path, path} }

const public = "public"

// screens are all pages that there are. A new page gets a line here.
var screens = []screen{
	{name: "front", as: public, path: both("/")},
	{name: "find", as: public, path: [2]string{"/pay", "/payer"}},
	{name: "find-error", as: public, path: [2]string{"/pay", "/payer"}, press: "#find .govuk-button"},
	{name: "not-found", as: public, path: [2]string{"/pay", "/payer"}, fill: [][2]string{{"#number", "FH-1"}, {"#plate", "ZZZ 999"}}, press: "#find .govuk-button"},
	{name: "ticket", as: public, path: [2]string{"/pay", "/payer"}, fill: [][2]string{{"#number", "{number}"}, {"#plate", "{plate}"}}, press: "#find .govuk-button"},
	{name: "confirm", as: public, path: [2]string{"/pay/confirm", "/payer/confirmer"}},
	{name: "message", as: public, path: [2]string{"/message", "/courriel"}},
	{name: "paid", as: public, path: [2]string{"/pay", "/payer"}, fill: [][2]string{{"#number", "{paid}"}, {"#plate", "{paidplate}"}}, press: "#find .govuk-button"},

	{name: "pictured", as: public, path: [2]string{"/pay", "/payer"}, fill: [][2]string{{"#number", "{pictured}"}, {"#plate", "{picturedplate}"}}, press: "#find .govuk-button"},
	{name: "ask-review", as: public, path: [2]string{"/pay", "/payer"}, fill: [][2]string{{"#number", "{number}"}, {"#plate", "{plate}"}}, press: "#find .govuk-button", follow: `a[href*="/revi"][href*="?"]`},
	{name: "ask-review-error", as: public, path: [2]string{"/pay", "/payer"}, fill: [][2]string{{"#number", "{number}"}, {"#plate", "{plate}"}}, press: "#find .govuk-button", follow: `a[href*="/revi"][href*="?"]`, then: []string{"#review .govuk-button"}},
	{name: "find-review", as: public, path: [2]string{"/review/find", "/revision/trouver"}},

	{name: "sign-in", path: both("/signin")},
	{name: "invite", path: both("/invite")},
	{name: "home", as: "clerk", path: both("/")},
	{name: "home-found", as: "clerk", path: both("/"), fill: [][2]string{{"#plate", "{plate}"}}, press: "#find .govuk-button"},
	{name: "ticket", as: "clerk", path: both("/"), fill: [][2]string{{"#plate", "{plate}"}}, press: "#find .govuk-button", follow: "main td a"},
	{name: "ticket-paid", as: "clerk", path: both("/"), fill: [][2]string{{"#number", "{paid}"}}, press: "#find .govuk-button"},
	{name: "twice", as: "clerk", path: both("/"), fill: [][2]string{{"#number", "{paid}"}}, press: "#find .govuk-button", follow: "#twice"},
	{name: "phone", as: "clerk", path: both("/"), fill: [][2]string{{"#number", "{number}"}}, press: "#find .govuk-button", follow: `#phone button[value="{lang}"]`},
	{name: "invited", as: "administrator", path: both("/people"), fill: [][2]string{{"#name", "emil.{lang}"}}, press: "#invite button"},
	{name: "receipt", as: "clerk", path: both("/refunds"), follow: `main td a[href^="/receipts/"]`},
	{name: "counter", as: "clerk", path: both("/counter")},
	{name: "second", as: "clerk", path: both("/drawers"), follow: `main a[href^="/seconds/"]`},
	{name: "drawers", as: "clerk", path: both("/drawers")},
	{name: "drawer", as: "clerk", path: both("/drawers/A")},
	{name: "mail", as: "clerk", path: both("/mail")},
	{name: "items", as: "clerk", path: both("/items")},
	{name: "item", as: "clerk", path: both("/items"), follow: `main td a[href^="/items/itm"]`},
	{name: "item-new", as: "clerk", path: both("/items/new")},
	{name: "charges", as: "clerk", path: both("/charges")},
	{name: "charge", as: "clerk", path: both("/charges"), follow: `main td a[href^="/charges/"]`},
	{name: "letter-item", as: "clerk", path: both("/items?state=returned"), follow: `main td a[href^="/items/itm"]`, then: []string{`main a[href^="/letters/item/"]`}},
	{name: "work", as: "clerk", path: both("/work")},
	{name: "review-enter", as: "clerk", path: both("/"), fill: [][2]string{{"#number", "{number}"}}, press: "#find .govuk-button", follow: `main a[href$="/review"]`},
	{name: "deposits", as: "finance", path: both("/deposits")},
	{name: "deposit", as: "finance", path: both("/deposits"), follow: `main td a[href^="/deposits/dep"]`},
	{name: "enter", as: "clerk", path: both("/enter")},
	{name: "no-right", as: "clerk", path: both("/people")},
	{name: "wrong", as: "clerk", path: both("/none")},
	{name: "me", as: "clerk", path: both("/me")},
	{name: "key", as: "clerk", path: both("/me/key")},
	{name: "home", as: "supervisor", path: both("/")},
	{name: "queue", as: "supervisor", path: both("/queue")},
	{name: "exception", as: "supervisor", path: both("/queue"), follow: `main td a[href^="/queue/"]`},
	{name: "work", as: "supervisor", path: both("/work")},
	{name: "queue-mail", as: "supervisor", path: both("/queue?kind=mail")},
	{name: "work-corrections", as: "supervisor", path: both("/work/corrections")},
	{name: "work-stopped", as: "supervisor", path: both("/work/stopped")},
	{name: "work-unallocated", as: "supervisor", path: both("/work/unallocated")},
	{name: "work-chargebacks", as: "supervisor", path: both("/work/chargebacks")},
	{name: "work-held", as: "supervisor", path: both("/work/held")},
	{name: "work-holds", as: "supervisor", path: both("/work/holds")},
	{name: "work-cheques", as: "supervisor", path: both("/work/cheques")},
	{name: "work-byhand", as: "supervisor", path: both("/work/byhand")},
	{name: "reviews", as: "supervisor", path: both("/reviews")},
	{name: "review", as: "supervisor", path: both("/reviews"), follow: "main td a"},
	{name: "review-open", as: "supervisor", path: both("/reviews"), follow: "main td a", then: []string{"#open button"}},
	{name: "review-decide-error", as: "supervisor", path: both("/reviews"), follow: "main td a", then: []string{"#decide button"}},
	{name: "review-decided", as: "supervisor", path: both("/"), fill: [][2]string{{"#number", "{answered}"}}, press: "#find .govuk-button", follow: `main a[href$="/review"]`, then: []string{`main a[href^="/reviews/"]`}},
	{name: "review-letter", as: "supervisor", path: both("/"), fill: [][2]string{{"#number", "{answered}"}}, press: "#find .govuk-button", follow: `main a[href$="/review"]`, then: []string{`main a[href^="/reviews/"]`, "#letter button"}},
	{name: "refunds", as: "supervisor", path: both("/refunds")},
	{name: "rules", as: "supervisor", path: both("/finance/rules")},
	{name: "rule-mine", as: "supervisor", path: both("/finance/rules"), follow: `main td a[href^="/finance/rules/"]`},
	{name: "work-list", as: "supervisor", path: both("/work"), follow: `main a[href^="/work/"]`},
	{name: "ticket", as: "supervisor", path: both("/"), fill: [][2]string{{"#number", "{number}"}}, press: "#find .govuk-button"},
	{name: "photos", as: "supervisor", path: both("/"), fill: [][2]string{{"#number", "{pictured}"}}, press: "#find .govuk-button", follow: `main a[href$="/photos"]`},
	{name: "photo", as: "supervisor", path: both("/"), fill: [][2]string{{"#number", "{pictured}"}}, press: "#find .govuk-button", follow: `main a[href$="/photos"]`, then: []string{`main td a[href^="/photos/"]`}},
	{name: "photo-open", as: "supervisor", path: both("/"), fill: [][2]string{{"#number", "{pictured}"}}, press: "#find .govuk-button", follow: `main a[href$="/photos"]`, then: []string{`main td a[href^="/photos/"]`, "#open button"}},
	{name: "photo-released", as: "supervisor", path: both("/"), fill: [][2]string{{"#number", "{pictured}"}}, press: "#find .govuk-button", follow: `main a[href$="/photos"]`, then: []string{`main tr:nth-child(2) td a[href^="/photos/"]`, "#open button"}},
	{name: "decisions", as: "supervisor", path: both("/decisions")},
	{name: "decision-mine", as: "supervisor", path: both("/decisions"), follow: `main td a[href^="/decisions/"]`},
	{name: "decision", as: "finance", path: both("/decisions"), follow: `main td a[href^="/decisions/"]`},
	{name: "write-offs", as: "finance", path: both("/finance/write-offs")},
	{name: "write-offs-looked", as: "finance", path: both("/finance/write-offs"), fill: [][2]string{{"#numbers", "{number}\nFH-1"}}, press: `main form[action="/finance/write-offs/look"] button`},
	{name: "ended", as: "finance", path: both("/finance/ended")},
	{name: "rules-file", as: "finance", path: both("/finance/rules/file")},
	{name: "books", as: "supervisor", path: both("/books")},
	{name: "refunds", as: "finance", path: both("/refunds")},
	{name: "finance", as: "finance", path: both("/finance")},
	{name: "day", as: "finance", path: both("/finance"), follow: `main a[href^="/finance/days/"]`},
	{name: "payouts", as: "finance", path: both("/finance/payouts")},
	{name: "payout", as: "finance", path: both("/finance/payouts"), follow: `main a[href^="/finance/payouts/"]`},
	{name: "bank", as: "finance", path: both("/finance/bank")},
	{name: "files", as: "finance", path: both("/finance/files")},
	{name: "reports", as: "finance", path: both("/finance/reports")},
	{name: "year", as: "finance", path: both("/finance/year")},
	{name: "rules", as: "finance", path: both("/finance/rules")},
	{name: "home", as: "administrator", path: both("/")},
	{name: "work", as: "administrator", path: both("/work")},
	{name: "rules", as: "administrator", path: both("/finance/rules")},
	{name: "rule-prices", as: "administrator", path: both("/finance/rules"), follow: `main tr:nth-last-child(2) td a[href^="/finance/rules/"]`},
	{name: "rule", as: "administrator", path: both("/finance/rules"), follow: `main td a[href^="/finance/rules/"]`},
	{name: "access", as: "administrator", path: both("/access")},
	{name: "work", as: "finance", path: both("/work")},
	{name: "people", as: "administrator", path: both("/people")},
	{name: "person", as: "administrator", path: both("/people/anne")},
}
