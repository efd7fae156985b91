package city

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"time"

	"github.com/pelletier/go-toml/v2"

	"fundy/money"
)

// Settings is city.toml: what only an operator changes. Paths are relative to the city's folder.
type Settings struct {
	ID        string     `toml:"id"        comment:"The city's id, a-z 0-9 and hyphens. It stands in every sealed record: it never changes."`
	Kind      Kind       `toml:"kind"      comment:"live, test or demo, for ever."`
	Zone      string     `toml:"zone"      comment:"The city's clock, an IANA name."`
	Languages []Language `toml:"languages" comment:"The languages of its pages and letters."`
	Currency  string     `toml:"currency"  comment:"ISO 4217."`
	Regime    string     `toml:"regime"    comment:"The law its tickets stand under: nb-lga or generic."`
	Province  string     `toml:"province"  comment:"Two letters. A plate of another is out of province."`

	Store     StoreSettings     `toml:"store"`
	Portal    PortalSettings    `toml:"portal"`
	Desk      DeskSettings      `toml:"desk"`
	Office    OfficeSettings    `toml:"office"`
	Processor ProcessorSettings `toml:"processor"`
	Payment   PaymentSettings   `toml:"payment"`
	Price     PriceSettings     `toml:"price"`
	Counter   CounterSettings   `toml:"counter"`
	Mail      MailSettings      `toml:"mail"`
	Refund    RefundSettings    `toml:"refund"`
	Review    ReviewSettings    `toml:"review"`
	Ticket    TicketSettings    `toml:"ticket"`
	Photo     PhotoSettings     `toml:"photo"`

	Settlement SettlementSettings `toml:"settlement"`
	Intake     IntakeSettings     `toml:"intake"`
	Chargeback ChargebackSettings `toml:"chargeback"`
	Ledger     Ledger             `toml:"ledger"`

	zone *time.Location
}

// StoreSettings says where the office keeps everything.
type StoreSettings struct {
	Driver  string `toml:"driver"   comment:"sqlite or postgres."`
	Path    string `toml:"path"     comment:"SQLite: the file."`
	DSNFile string `toml:"dsn_file" comment:"PostgreSQL: a file that holds the connection string."`
}

// PortalSettings says where residents come in.
type PortalSettings struct {
	Listen         string   `toml:"listen"          comment:"Address and port. Without tls_dir only a loopback address."`
	PublicURL      string   `toml:"public_url"      comment:"The address that is printed on the ticket. https, but for a loopback one of a test or demo city."`
	TLSDir         string   `toml:"tls_dir"         comment:"A folder with cert.pem and key.pem, or empty where a proxy has the certificate."`
	TrustedProxies []string `toml:"trusted_proxies" comment:"Networks whose X-Forwarded-For is believed, such as 10.0.0.0/8. None is the safe default."`
}

// OfficeSettings says where staff come in, and what each role may do.
type OfficeSettings struct {
	Listen         string         `toml:"listen"          comment:"Address and port of the staff pages. Empty: there are none. Without tls_dir only a loopback address."`
	PublicURL      string         `toml:"public_url"      comment:"The staff pages' address, by a name and not a number. Passkeys are made for it: whoever moves it has everybody invited again."`
	TLSDir         string         `toml:"tls_dir"         comment:"A folder with cert.pem and key.pem, or empty where a proxy has the certificate."`
	TrustedProxies []string       `toml:"trusted_proxies" comment:"Networks whose X-Forwarded-For is believed."`
	Roles          []RoleSettings `toml:"role"            comment:"What each role may do, where it is not the default. docs/staff.md lists roles and permissions."`
}

// RoleSettings is a role of the city's own, or one of the defaults written otherwise.
type RoleSettings struct {
	Name string   `toml:"name"`
	May  []string `toml:"may"`
}

// DeskSettings says where portal and office meet.
type DeskSettings struct {
	Socket     string `toml:"socket"      comment:"The Unix socket."`
	PortalUser string `toml:"portal_user" comment:"The portal's user. Empty: the office's own user (a laptop, a demo)."`
	Lookups    int    `toml:"lookups_per_second" comment:"Look-ups of the whole city; beyond it visitors are asked to wait a second."`
}

// ProcessorSettings says who takes the cards.
type ProcessorSettings struct {
	Adapter        string       `toml:"adapter"         comment:"stripe."`
	BaseURL        string       `toml:"base_url"        comment:"Empty: the processor's own. A demo city's sandbox: a loopback address."`
	CardHost       string       `toml:"card_host"       comment:"The only host that a payer's browser is sent to."`
	SessionMinutes int          `toml:"session_minutes" comment:"How long a card page stays open: 35 to 1440. The processor wants 30 left when it is asked."`
	MinimumAmount  money.Amount `toml:"minimum_amount"  comment:"The least that the processor takes."`
}

// PaymentSettings bounds paying.
type PaymentSettings struct {
	QuoteMinutes      int  `toml:"quote_minutes"       comment:"How long a shown price may begin a payment: 5 to 60."`
	AttemptsPerTicket int  `toml:"attempts_per_ticket" comment:"Open attempts on one ticket: 1 to 20."`
	TicketsPerPayment int  `toml:"tickets_per_payment" comment:"1 to 10."`
	LapsedDays        int  `toml:"lapsed_days"         comment:"How long a price holds again when a payment came to nothing through us, in days: 0 (not at all) to 60."`
	TellDeclines      bool `toml:"tell_declines"       comment:"Read from the processor why a card was declined while its page is open, for clerk and payer who look. Its answer has the card's expiry date in it, which is dropped before anything is read; by default it is not asked for, and the pages say only that the card page is open."`
}

// PriceSettings names the clauses without which a city does not give time away.
type PriceSettings struct {
	SlipClause      string `toml:"slip_clause"       comment:"The clause by which the days that a ticket was not in the system do not count. Empty: no slips."`
	PriceLockClause string `toml:"price_lock_clause" comment:"The clause by which a shown price holds past its deadline. Empty: it holds until its deadline at most."`
}

// SettlementSettings says what the office fetches by itself on the way to the bank.
type SettlementSettings struct {
	FetchMinutes int    `toml:"fetch_minutes" comment:"How often the office reads the card processor's payouts: 5 to 1440. 0: only a person does, with fundy settle fetch."`
	BankFolder   string `toml:"bank_folder"   comment:"A folder within the city's, into which the bank's files come: the office takes them from there. Empty: only a person does, with fundy settle bank."`
}

// IntakeSettings says how files of tickets come in by themselves.
type IntakeSettings struct {
	Folder      string `toml:"folder"       comment:"A folder within the city's, into which files of tickets come: the office takes them from there. Empty: only a person does, on the page for files or with fundy import."`
	Mapping     string `toml:"mapping"      comment:"How those files are written: a mapping's name in mappings/, without .toml."`
	MostRejects int    `toml:"most_rejects" comment:"How many rows of a file may not go in (rejected, or contradicting a ticket that is there) before a person has to look at it: 0 to 1000."`
	WantTotals  bool   `toml:"want_totals"  comment:"Whether each file has to come with its sender's totals, NAME.totals.toml: without them, a person looks at it."`
	ExpectedBy  string `toml:"expected_by"  comment:"By when on each working day a file of tickets is here, such as \"09:00\", on the city's clock. Empty: nobody is told when none comes."`
}

// By is the time of day of ExpectedBy; ok is false where there is none.
func (i IntakeSettings) By() (by time.Duration, ok bool) {
	at, err := time.Parse("15:04", i.ExpectedBy)
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, err == nil
}

// ChargebackSettings says what becomes of a debt whose payment a payer's bank has taken back for good.
type ChargebackSettings struct {
	Reopen Reopen `toml:"reopen" comment:"never: it is written off. original, dispute_day: its tickets are owed again, at the price of the day of the payment, or of the day on which the chargeback was opened."`
}

// TicketSettings says what takes two people of what ends a ticket. A ticket that somebody makes go away for a friend is the
// oldest fraud of this trade: one who asks and another who approves are the control against it.
type TicketSettings struct {
	ByTwo     bool         `toml:"by_two"     comment:"Whether it takes two people to withdraw, cancel or void a ticket, and to keep that a charge was laid: one asks, another approves."`
	AloneMost money.Amount `toml:"alone_most" comment:"With by_two: the highest penalty of a ticket that one person may still decide alone. 0.00: none."`
	Series    []string     `toml:"series"     comment:"Only where ticket numbers have 13 to 19 digits and no letter: how they begin, with # for each digit that differs, as \"610034##########\". Such a number is looked up on the portal although it looks like a card's (docs/cards.md)."`
}

// seriesForm is a series of ticket numbers: at least six digits that stay, then those that differ.
var seriesForm = regexp.MustCompile(`^[0-9]{6,}#+$`)

// seriesMost bounds the series of a city, which go to the portal with its front page.
const seriesMost = 20

func (t TicketSettings) check(f *faultList) {
	if t.AloneMost.IsNegative() || t.AloneMost.Cmp(PenaltyMost) > 0 {
		f.add("ticket.alone_most", fmt.Sprintf("%s is not between 0.00 and %s", t.AloneMost, PenaltyMost))
	}
	if len(t.Series) > seriesMost {
		f.add("ticket.series", fmt.Sprintf("has more than %d", seriesMost))
	}
	for _, one := range t.Series {
		if !seriesForm.MatchString(one) || len(one) < 13 || len(one) > 19 {
			f.add("ticket.series", fmt.Sprintf("%q is not a series: write six digits or more that all its numbers begin with, and # for each other digit, 13 to 19 together", one))
		}
	}
}

// TakesTwo says whether it takes two people to end a ticket of a penalty.
func (t TicketSettings) TakesTwo(penalty money.Amount) bool {
	return t.ByTwo && (t.AloneMost.IsZero() || penalty.Cmp(t.AloneMost) > 0)
}

// RefundSettings bounds what is kept of a refund.
type RefundSettings struct {
	PayeeDays int `toml:"payee_days" comment:"How long the payee of a refund's cheque is kept once it has cleared: 30 to 3650."`
}

// Defaults are the settings that an answers file may leave out.
func Defaults() Settings {
	return Settings{
		Zone: "America/Moncton", Languages: []Language{English, French}, Currency: "CAD", Regime: "nb-lga", Province: "NB",
		Store:     StoreSettings{Driver: "sqlite", Path: "fundy.db"},
		Portal:    PortalSettings{Listen: "127.0.0.1:8400", TrustedProxies: []string{}},
		Office:    OfficeSettings{TrustedProxies: []string{}},
		Desk:      DeskSettings{Socket: "run/desk.sock", Lookups: 500},
		Processor: ProcessorSettings{Adapter: "stripe", CardHost: "checkout.stripe.com", SessionMinutes: 60, MinimumAmount: money.FromMinor(50)},
		Counter:   CounterSettings{MailDate: "received", DrawerLimit: money.FromMinor(500), Supervisors: []string{}, NSFTier: NSFNow},
		Mail:      MailSettings{Port: 587, TLS: "starttls"},
		Payment:   PaymentSettings{QuoteMinutes: 30, AttemptsPerTicket: 5, TicketsPerPayment: 10, LapsedDays: 15},

		Settlement: SettlementSettings{FetchMinutes: 60},
		Chargeback: ChargebackSettings{Reopen: ReopenOriginal},
		Refund:     RefundSettings{PayeeDays: 400},
		Review:     defaultReview(),
		Photo:      defaultPhoto(),
		Ledger:     Ledger{Basis: CashBasis},
		Ticket:     TicketSettings{ByTwo: true, Series: []string{}},
	}
}

// ReadSettings reads city.toml, or an answers file: what is left out has its default. Every fault is
// named with its field and its fix.
func ReadSettings(b []byte) (Settings, []error) {
	s := Defaults()
	if err := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(&s); err != nil {
		return s, []error{tomlError(err)}
	}
	var f faultList
	s.check(&f)
	if len(f) > 0 {
		return s, f
	}
	return s, nil
}

// TOML writes the settings as city.toml, each with a line that says what it is.
func (s Settings) TOML() ([]byte, error) { return toml.Marshal(s) }

// City is what the domain rooms need of the settings.
func (s Settings) City() City {
	return City{
		ID: s.ID, Kind: s.Kind, Zone: s.zone, Languages: s.Languages, Currency: s.Currency, Regime: s.Regime, Province: s.Province,
		Reopen: s.Chargeback.Reopen,
		Ledger: s.Ledger, Ticket: s.Ticket,
	}
}

// Proxies are the trusted networks. ReadSettings has checked them.
func (s Settings) Proxies() []netip.Prefix { return prefixes(s.Portal.TrustedProxies) }

// OfficeProxies are the trusted networks of the staff pages. ReadSettings has checked them.
func (s Settings) OfficeProxies() []netip.Prefix { return prefixes(s.Office.TrustedProxies) }

func prefixes(texts []string) []netip.Prefix {
	var all []netip.Prefix
	for _, p := range texts {
		if prefix, err := netip.ParsePrefix(p); err == nil {
			all = append(all, prefix)
		}
	}
	return all
}

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

func (s *Settings) check(f *faultList) {
	if !idForm.MatchString(s.ID) {
		f.add("id", fmt.Sprintf("%q is not an id: 1 to 32 of a-z, 0-9 and hyphens", s.ID))
	}
	if s.Kind != Live && s.Kind != Test && s.Kind != Demo {
		f.add("kind", fmt.Sprintf("%q is none of live, test, demo", s.Kind))
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil || s.Zone == "" || s.Zone == "Local" {
		f.add("zone", fmt.Sprintf("%q is not a time zone: write it as \"America/Moncton\"", s.Zone))
	}
	s.zone = zone
	if len(s.Languages) == 0 {
		f.add("languages", `is empty: write ["en", "fr"]`)
	}
	for _, l := range s.Languages {
		if l != English && l != French {
			f.add("languages", fmt.Sprintf("there are no words in %q: en and fr", l))
		}
	}
	if len(s.Currency) != 3 {
		f.add("currency", fmt.Sprintf("%q is not a currency: write it as \"CAD\"", s.Currency))
	}
	if s.Regime != "nb-lga" && s.Regime != "generic" {
		f.add("regime", fmt.Sprintf("%q is neither nb-lga nor generic", s.Regime))
	}
	s.checkStore(f)
	s.checkPortal(f)
	s.checkOffice(f)
	s.checkProcessor(f)
	s.checkCounter(f)
	s.checkMail(f)
	if r := s.Chargeback.Reopen; r != ReopenNever && r != ReopenOriginal && r != ReopenDisputeDay {
		f.add("chargeback.reopen", fmt.Sprintf("%q is none of never, original, dispute_day", r))
	}
	s.checkLedger(f)
	f.between("desk.lookups_per_second", s.Desk.Lookups, 1, 1_000_000)
	f.between("payment.quote_minutes", s.Payment.QuoteMinutes, 5, 60)
	f.between("payment.attempts_per_ticket", s.Payment.AttemptsPerTicket, 1, 20)
	f.between("payment.tickets_per_payment", s.Payment.TicketsPerPayment, 1, 10)
	f.between("payment.lapsed_days", s.Payment.LapsedDays, 0, 60)
	s.checkSettlement(f)
	s.checkIntake(f)
	f.between("refund.payee_days", s.Refund.PayeeDays, 30, 3650)
	s.checkReview(f)
	s.checkPhoto(f)
	s.Ticket.check(f)
}

func (s *Settings) checkSettlement(f *faultList) {
	if s.Settlement.FetchMinutes != 0 {
		f.between("settlement.fetch_minutes", s.Settlement.FetchMinutes, 5, 1440)
	}
	if folder := s.Settlement.BankFolder; folder != "" && !inFolder.MatchString(folder) {
		f.add("settlement.bank_folder", fmt.Sprintf("%q is not a folder within the city's: write it as \"bank\", of a to z, 0 to 9, hyphens and / between", folder))
	}
}

func (s *Settings) checkIntake(f *faultList) {
	i := s.Intake
	switch {
	case i.Folder == "":
	case !inFolder.MatchString(i.Folder):
		f.add("intake.folder", fmt.Sprintf("%q is not a folder within the city's: write it as \"tickets\", of a to z, 0 to 9, hyphens and / between", i.Folder))
	case i.Folder == s.Settlement.BankFolder:
		f.add("intake.folder", "is the bank's folder too: give files of tickets another one")
	case i.Mapping == "":
		f.add("intake.mapping", "is empty: name the mapping of the files that come into the folder")
	}
	if i.Mapping != "" && !mappingName.MatchString(i.Mapping) {
		f.add("intake.mapping", fmt.Sprintf("%q is not a mapping's name: write it without .toml, as it stands in mappings/", i.Mapping))
	}
	f.between("intake.most_rejects", i.MostRejects, 0, 1000)
	if _, ok := i.By(); i.ExpectedBy != "" && !ok {
		f.add("intake.expected_by", fmt.Sprintf("%q is not a time of day: write it as \"09:00\"", i.ExpectedBy))
	}
}

// mappingName is a mapping's name: a file's in one folder, and no path.
var mappingName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// inFolder is a path that can only lead into the city's folder.
var inFolder = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*$`)

func (s *Settings) checkStore(f *faultList) {
	switch s.Store.Driver {
	case "sqlite":
		if s.Store.Path == "" {
			f.add("store.path", `is empty: write "fundy.db"`)
		}
	case "postgres":
		if s.Store.DSNFile == "" {
			f.add("store.dsn_file", "is empty: name a file that holds the connection string and that only the office's user can read")
		}
	default:
		f.add("store.driver", fmt.Sprintf("%q is neither sqlite nor postgres", s.Store.Driver))
	}
	if s.Desk.Socket == "" {
		f.add("desk.socket", `is empty: write "run/desk.sock"`)
	}
}

func (s *Settings) checkProcessor(f *faultList) {
	if s.Processor.Adapter != "stripe" {
		f.add("processor.adapter", fmt.Sprintf("%q is not an adapter: stripe", s.Processor.Adapter))
	}
	f.between("processor.session_minutes", s.Processor.SessionMinutes, 35, 1440)
	if s.Processor.MinimumAmount.Cmp(money.Zero) <= 0 {
		f.add("processor.minimum_amount", "is not greater than zero")
	}
	host := s.Processor.CardHost
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if host == "" {
		f.add("processor.card_host", `is empty: write "checkout.stripe.com"`)
	}
	if loopback(host) && s.Kind != Demo {
		f.add("processor.card_host", "is this machine: only a demo city's card page may be here")
	}
	if s.Processor.BaseURL == "" {
		return
	}
	u, err := url.Parse(s.Processor.BaseURL)
	if err != nil || s.Kind != Demo || !loopback(u.Hostname()) {
		f.add("processor.base_url", "only a demo city may have one, and only on this machine: leave it empty for the processor's own")
	}
}

func (f *faultList) between(at string, n, low, high int) {
	if n < low || n > high {
		f.add(at, fmt.Sprintf("%d is not between %d and %d", n, low, high))
	}
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
