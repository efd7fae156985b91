package staff

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"fundy/city"
	"fundy/store"
)

// Permission is one thing that a person may do. Its sentence stands in the words, as "may." and its name.
type Permission string

// The permissions.
const (
	Own               Permission = "own"                // the own passkeys and sessions: everybody
	FindTickets       Permission = "find_tickets"       // tickets, payments and receipts, plates masked
	OpenPlates        Permission = "open_plates"        // a plate, with a leaf for each
	GiveCodes         Permission = "give_codes"         // one-time codes, to callers
	SendReceipts      Permission = "send_receipts"      // to an address that a caller dictates
	ReadQueue         Permission = "read_queue"         // what waits for a person
	ActOnQueue        Permission = "act_on_queue"       // take, note, close
	ReadRefunds       Permission = "read_refunds"       // what was asked for and what became of it
	AskRefunds        Permission = "ask_refunds"        // put a refund before a second person
	DecideRefunds     Permission = "decide_refunds"     // approve or refuse what another has asked for
	ReadFinance       Permission = "read_finance"       // days, payouts, the bank's lines, reports, the year
	ExplainMoney      Permission = "explain_money"      // say what something unexplained is
	CloseDays         Permission = "close_days"         // lock a day, and a year
	ExportReports     Permission = "export_reports"     // take figures out as files, with a leaf for each
	ReadFiles         Permission = "read_files"         // the files that came in
	UploadFiles       Permission = "upload_files"       // the bank's files and files of tickets
	ReadRules         Permission = "read_rules"         // prices, holidays, closures and outages, and who has asked for what
	AskRules          Permission = "ask_rules"          // put prices and holidays before a second person
	DeclareOutage     Permission = "declare_outage"     // put a closure or an outage before a second person
	DecideRules       Permission = "decide_rules"       // approve or refuse what another has asked for
	NoteTickets       Permission = "note_tickets"       // keep a note with a ticket
	EnterTickets      Permission = "enter_tickets"      // bring in a paper ticket by hand
	HoldTickets       Permission = "hold_tickets"       // stop a ticket's clock, and let it go on
	DecideTickets     Permission = "decide_tickets"     // withdraw, cancel or void a ticket that another has entered
	CourtTickets      Permission = "court_tickets"      // keep that a charge was laid
	ApproveTickets    Permission = "approve_tickets"    // approve or refuse what another has asked for about a ticket
	AskWriteOffs      Permission = "ask_write_offs"     // put debts before a second person who gives them up
	DecideWriteOffs   Permission = "decide_write_offs"  // approve or refuse what another has asked for
	AcceptDeposits    Permission = "accept_deposits"    // say that a line of the bank is another's deposit although they differ
	ReadBooks         Permission = "read_books"         // the same, and the numbers that are missing, and no more
	KeepBooks         Permission = "keep_books"         // books of paper tickets: received, handed out, brought back
	AskCorrections    Permission = "ask_corrections"    // ask that money goes to another ticket, or that a stopped payment ends
	DecideCorrections Permission = "decide_corrections" // approve or refuse what another has asked for
	KeepCheques       Permission = "keep_cheques"       // cheques of refunds: payees, requisitions, numbers, returns
	ReadReviews       Permission = "read_reviews"       // requests that a ticket be looked at again: what was written stays sealed
	OpenReviews       Permission = "open_reviews"       // what was written, with a leaf for each
	EnterReviews      Permission = "enter_reviews"      // one that came by letter or at the counter
	DecideReviews     Permission = "decide_reviews"     // one of a ticket whose money one has neither taken nor given back
	ReadCounter       Permission = "read_counter"       // drawers, batches, items, charges and deposits
	TakeMoney         Permission = "take_money"         // at the counter and by mail, and count with another
	RunDrawers        Permission = "run_drawers"        // make them, open a closed one again, let a charge go
	MakeDeposits      Permission = "make_deposits"      // slips, the terminal's report, cheques that came back
	OpenNotes         Permission = "open_notes"         // the note on an item, with a leaf for each
	AddPhotos         Permission = "add_photos"         // photographs to a ticket
	OpenPhotos        Permission = "open_photos"        // the original, with a leaf for each time, and its covers
	ReleasePhotos     Permission = "release_photos"     // let a copy be shown to who has the ticket, take it back, erase
	WriteLetters      Permission = "write_letters"      // letters, and copies of receipts that name a person
	ReadForms         Permission = "read_forms"         // the forms that others fill in, as they stand, and to send none
	ReadPeople        Permission = "read_people"        // who has what
	AskRights         Permission = "ask_rights"         // invite, ask for a change of rights, end another's sessions
	DecideRights      Permission = "decide_rights"      // approve or refuse a change that another has asked for
)

// Permissions is the table of all of them, in the order in which pages show them.
var Permissions = []Permission{Own, FindTickets, OpenPlates, GiveCodes, SendReceipts, ReadQueue, ActOnQueue, ReadRefunds, AskRefunds,
	DecideRefunds, ReadFinance, ExplainMoney, CloseDays, ExportReports, ReadFiles, UploadFiles, ReadRules, AskRules, DeclareOutage, DecideRules, NoteTickets,
	EnterTickets, HoldTickets, DecideTickets, CourtTickets, ApproveTickets, AskWriteOffs, DecideWriteOffs, ReadBooks, KeepBooks, AskCorrections, DecideCorrections, KeepCheques, ReadCounter, TakeMoney,
	RunDrawers, MakeDeposits, AcceptDeposits, OpenNotes, ReadReviews, OpenReviews, EnterReviews, DecideReviews, AddPhotos, OpenPhotos,
	ReleasePhotos, WriteLetters, ReadForms, ReadPeople, AskRights, DecideRights}

// Administrator is the role of the first person of a city.
const Administrator = "administrator"

// Roles says what each role may do.
type Roles map[string][]Permission

// defaultRoles are the roles of a city that has not written its own. Conflicts are not between them: one person
// may have several, and still nobody approves what he has asked for. A supervisor enters no ticket by hand: who has
// entered one does not end it, and in a small office nobody else could.
var defaultRoles = Roles{
	"clerk": {FindTickets, GiveCodes, SendReceipts, ReadRefunds, AskRefunds, NoteTickets, EnterTickets, AskCorrections, ReadCounter, TakeMoney,
		ReadReviews, EnterReviews, AddPhotos, WriteLetters},
	"supervisor": {FindTickets, OpenPlates, GiveCodes, SendReceipts, ReadQueue, ActOnQueue, ReadRefunds, AskRefunds, DecideRefunds, ReadRules,
		DeclareOutage, DecideRules, NoteTickets, HoldTickets, DecideTickets, CourtTickets, ApproveTickets, DecideWriteOffs, KeepBooks, AskCorrections, DecideCorrections, KeepCheques,
		AcceptDeposits, ReadCounter, TakeMoney, RunDrawers, OpenNotes, ReadReviews, OpenReviews, EnterReviews, DecideReviews, AddPhotos, OpenPhotos,
		ReleasePhotos, WriteLetters},
	"screening": {FindTickets, OpenPlates, ReadQueue, NoteTickets, HoldTickets, DecideTickets, ReadReviews, OpenReviews, EnterReviews,
		DecideReviews, AddPhotos, OpenPhotos, ReleasePhotos, WriteLetters},
	"finance": {FindTickets, SendReceipts, ReadQueue, ActOnQueue, ReadRefunds, AskRefunds, DecideRefunds, ReadFinance, ExplainMoney, CloseDays,
		ExportReports, UploadFiles, ReadRules, AskRules, DeclareOutage, DecideRules, NoteTickets, EnterTickets, ApproveTickets, AskWriteOffs, DecideWriteOffs, KeepBooks, AskCorrections,
		DecideCorrections, KeepCheques, ReadCounter, MakeDeposits, AcceptDeposits, AddPhotos, WriteLetters},
	Administrator: {ReadRules, AskRules, DeclareOutage, DecideRules, ReadPeople, AskRights, DecideRights},
	// The auditor reads all but what is sealed. What he takes with him is on the log.
	"auditor": {FindTickets, ReadQueue, ReadRefunds, ReadFinance, ExportReports, ReadFiles, ReadRules, ReadBooks, ReadCounter, ReadReviews, ReadForms, ReadPeople},
}

var roleForm = regexp.MustCompile(`^[a-z][a-z_-]{0,31}$`)

// ParseRoles is the default roles with what the city has written otherwise. A role or permission that is none is
// named with its fix.
func ParseRoles(own []city.RoleSettings) (Roles, error) {
	roles := Roles{}
	for name, may := range defaultRoles {
		roles[name] = may
	}
	seen := map[string]bool{}
	for _, r := range own {
		if !roleForm.MatchString(r.Name) || seen[r.Name] {
			return nil, fmt.Errorf("office.role %q: a role has a name of its own of small letters, - and _", r.Name)
		}
		seen[r.Name] = true
		roles[r.Name] = nil
		for _, text := range r.May {
			may := Permission(text)
			if !slices.Contains(Permissions, may) || may == Own {
				return nil, fmt.Errorf("office.role %q: there is no permission %q: the permissions are %s", r.Name, text, words(Permissions[1:]))
			}
			roles[r.Name] = append(roles[r.Name], may)
		}
	}
	if !slices.Contains(roles[Administrator], AskRights) || !slices.Contains(roles[Administrator], DecideRights) {
		return nil, fmt.Errorf("office.role %q: keeps %s and %s, or nobody could ever be let in", Administrator, AskRights, DecideRights)
	}
	return roles, nil
}

func words[T ~string](all []T) string {
	texts := make([]string, 0, len(all))
	for _, one := range all {
		texts = append(texts, string(one))
	}
	return strings.Join(texts, ", ")
}

// May says whether a person has a permission now. A role that the city no longer has gives none.
func (r Roles) May(p store.Person, may Permission) bool {
	if may == Own {
		return true
	}
	for _, role := range p.Roles {
		if slices.Contains(r[role], may) {
			return true
		}
	}
	return false
}

// Having are the roles that have a permission, in order.
func (r Roles) Having(may Permission) []string {
	return slices.DeleteFunc(r.Names(), func(name string) bool { return !slices.Contains(r[name], may) })
}

// Names are the roles that there are, in order.
func (r Roles) Names() []string {
	names := make([]string, 0, len(r))
	for name := range r {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
