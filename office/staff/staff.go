// Package staff is the pages that the city's people work with, on an address of their own.
//
// Invariants:
//   - nobody is let in but by a passkey that has verified its user; there is no password anywhere;
//   - every page and action stands in routes.go with the one permission that it wants, and one guard asks for it
//     at each request: rights that are taken away are gone at once;
//   - what two people have to do, two people do: who asks never approves, by a rule and by a constraint;
//   - no page has a field for a card, and what looks like a card's number is refused in any field, header or
//     address before anything reads it;
//   - a plate, and what a party wrote for a review, is opened only by who asks for it with his passkey, after a leaf tells of it;
//   - a photograph of a contravention goes outside only as a copy whose covered parts are gone, after a person has looked at it;
//   - a file that came from outside is never a page here: it is served once, without a session, in a sandbox.
//
// One who holds a person's passkey has that person's rights, and what he does stands under that name. One who
// controls the store can let himself in, and what he has not written into the log no longer agrees with it.
package staff

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"golang.org/x/time/rate"

	"fundy/city"
	"fundy/payment"
	"fundy/picture"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
	"fundy/web"
)

// Limits of a session.
const (
	sessionMost = 12 * time.Hour
	sessionIdle = 15 * time.Minute
	sessionSeen = 30 * time.Second // a person at work is written down so often
	freshFor    = 5 * time.Minute  // what wants the passkey anew takes an answer so old
)

// Config is what the staff pages are made of.
type Config struct {
	Settings city.Settings
	Store    *store.Store
	Settler  *settle.Settler
	Rules    func() city.Rules
	Key      Key
	Index    seal.IndexKey
	// OpenPlate opens a ticket's plate for a person, after a leaf tells of it.
	OpenPlate func(ctx context.Context, person string, t store.FoundTicket) (string, error)
	// OpenPlates opens the plates of several tickets, after one leaf tells of them all.
	OpenPlates func(ctx context.Context, person string, tickets []store.FoundTicket) (map[ticket.ID]string, error)
	// SealAddress seals an e-mail address for what is sent to it, under the id that it is about; nil: nothing is sent.
	SealAddress func(address, id string) ([]byte, error)
	// StandIn lets the people of a demonstration in without passkeys; nil everywhere else.
	StandIn *StandIn
	Now     func() time.Time
	Log     *slog.Logger
	// Deposits is the city's way to the bank as its rules stand; found is false where the city has no deposits.toml.
	// nil: there is none.
	Deposits func() (d *settle.Deposits, found bool)
	// Intake reads files of tickets; nil: these pages take none.
	Intake *Intake
	// Folder holds the files that came by a folder and wait for a person; nil: none do.
	Folder *settle.Feeds
	// RulesChanged has the office read its rules again; nil: it does so by itself within seconds.
	RulesChanged func(ctx context.Context) error
	// EnterTicket writes a paper ticket that a person has typed, its plate sealed and indexed as an import does it. A
	// ticket.WrittenRefusal says which field can't be taken.
	EnterTicket func(ctx context.Context, person string, w ticket.Written) (ticket.ID, error)
	// OpenHeld opens a row in quarantine for a person, after a leaf tells of it.
	OpenHeld func(ctx context.Context, person string, row store.HeldRow) ([]HeldField, error)
	Cheques  Cheques
	// SealNote seals a note to its item; OpenNote opens one for a person, after a leaf tells of it.
	SealNote func(id payment.ItemID, note []byte) ([]byte, error)
	OpenNote func(ctx context.Context, person string, id payment.ItemID) (string, error)
	// Reviews is what the office does for the pages of reviews.
	Reviews Reviews
	// Photos is what the office does for the pages of photographs.
	Photos Photos
}

// Pages serves the staff pages.
type Pages struct {
	Config
	city    city.City
	roles   Roles
	keys    *webauthn.WebAuthn
	pages   pages
	proxies []netip.Prefix
	codes   *tries        // of invitations, as they are typed
	answers *tries        // of passkeys, that were refused
	streams following     // pages that follow a code now
	told    *rate.Limiter // of cards that were typed
	staged  *staged       // files that were looked at and wait to be applied
	files   usedOnce      // addresses of files
	maker   picture.Maker
	secure  bool
}

// New makes the staff pages, or says what is wrong with their settings.
func New(c Config) (*Pages, error) {
	roles, err := ParseRoles(c.Settings.Office.Roles)
	if err != nil {
		return nil, err
	}
	if err := c.StandIn.check(c.Settings.Kind); err != nil {
		return nil, err
	}
	u, err := url.Parse(c.Settings.Office.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("office.public_url: %w", err)
	}
	p := &Pages{
		Config: c, city: c.Settings.City(), roles: roles, proxies: c.Settings.OfficeProxies(), codes: newTries(), answers: newTries(), told: rate.NewLimiter(5, 500), staged: newStaged(), secure: u.Scheme == "https",
	}
	if p.Deposits == nil {
		p.Deposits = p.noDeposits
	}
	if p.keys, err = passkeys(u); err != nil {
		return nil, err
	}
	p.pages, err = parsePages()
	return p, err
}

// Handler answers the city's people.
func (p *Pages) Handler() http.Handler {
	return web.InsideHeaders(scripts, p.secure, p.routes())
}

// cityName is the city's name in a language.
func (p *Pages) cityName(lang string) string {
	profile, ok := p.Rules().ProfileOn(city.DateOf(p.Now(), p.city.Zone))
	if !ok {
		return p.city.ID
	}
	if name := profile.Name[city.Language(lang)]; name != "" {
		return name
	}
	return strings.ToUpper(p.city.ID)
}
