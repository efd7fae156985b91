// Package office is the inside: it answers the desk, owns the store, the ledger, the processor's key
// and what opens sealed data, and settles payments.
//
// Invariants:
//   - a quote that is shown is signed; what comes back is checked before anything else;
//   - absent and mismatched are one answer;
//   - an opening of sealed data is on record before the plain text is returned;
//   - no answer to the desk holds a name, an address, an e-mail, or a plate that the visitor did
//     not bring (a receipt names the plate that is on the ticket he has paid).
//
// One who controls this process holds the city: its store, its processor key within that key's
// rights, and what is sealed, each opening of which he would have to keep off the log.
package office

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"

	"fundy/city"
	"fundy/desk"
	"fundy/desk/deskpb/deskpbconnect"
	"fundy/mail"
	"fundy/money"
	"fundy/office/staff"
	"fundy/office/unseal"
	"fundy/payment"
	"fundy/payout"
	"fundy/processor"
	"fundy/review"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// Processor is what the office needs of an adapter.
type Processor interface {
	settle.Processor
	processor.Events
}

// Config is what an office is made of.
type Config struct {
	Settings  city.Settings
	Store     *store.Store
	Processor Processor
	Token     TokenKey
	Index     seal.IndexKey
	Private   []byte       // the text of the seal's private key, which opens what is sealed
	Mail      *mail.Sender // nil: no message is sent, and receipts by e-mail wait
	// DepositRules is deposits.toml as it stands, false where the city has none; nil: the office fetches nothing by itself.
	DepositRules func() (payout.Rules, bool, error)
	// BankFolder opens the folder into which the bank's files come; nil: there is none.
	BankFolder func() (*os.Root, error)
	// TicketFolder opens the folder into which files of tickets come; nil: there is none.
	TicketFolder func() (*os.Root, error)
	// StandIn is for the staff pages of a demonstration; nil everywhere else: passkeys only.
	StandIn *staff.StandIn
	Now     func() time.Time
	Log     *slog.Logger
	// Mappings is the folder that says how the city's files of tickets are written; nil: the staff pages take none.
	Mappings func() (fs.FS, error)
}

// Office answers the desk and settles.
type Office struct {
	Config
	city    city.City
	limits  payment.Limits
	settler *settle.Settler
	feeds   *settle.Feeds // nil: nothing is fetched
	slow    *slowdown
	shown   *slowdown // receipts, by attempt, and photographs
	opener  *unseal.Opener
	public  seal.PublicKey
	rules   atomic.Pointer[city.Rules]
	hints   chan processor.Hint

	refused seldom // events that were not the processor's
	away    seldom // calls that the store could not take
	guessed seldom // wrong one-time codes beyond what people mistype
	wrong   wrongCodes
}

// rulesEvery is how often the office looks whether new rules have been applied.
const rulesEvery = 10 * time.Second

// hintQueue bounds the events that wait to be followed up. One that finds no place is not lost: the
// sweeper comes to its attempt.
const hintQueue = 1024

// New makes an office. It reads the city's rules and refuses to start without any.
func New(ctx context.Context, c Config) (*Office, error) {
	o := &Office{
		Config: c, city: c.Settings.City(), slow: newSlowdown(c.Settings.Desk.Lookups, wrongFree), shown: newSlowdown(c.Settings.Desk.Lookups, shownFree), hints: make(chan processor.Hint, hintQueue),
		limits: payment.Limits{
			Tickets:  c.Settings.Payment.TicketsPerPayment,
			Attempts: c.Settings.Payment.AttemptsPerTicket,
			Session:  time.Duration(c.Settings.Processor.SessionMinutes) * time.Minute,
			Minimum:  c.Settings.Processor.MinimumAmount,
		},
	}
	o.settler = settle.New(settle.Config{
		Store: c.Store, Processor: c.Processor, City: o.city, Rules: func() city.Rules { return *o.rules.Load() }, Adapter: c.Settings.Processor.Adapter, Counter: c.Settings.Counter,
		CardHost: c.Settings.Processor.CardHost, Now: c.Now, Log: c.Log, PayeeLife: time.Duration(c.Settings.Refund.PayeeDays) * 24 * time.Hour,
		LapsedDays: c.Settings.Payment.LapsedDays, TellDeclines: c.Settings.Payment.TellDeclines, Review: review.SettingsOf(c.Settings.Review),
		PhotoDays: c.Settings.Photo.KeepDays,
	})
	var err error
	if o.settler.Colleagues, err = Colleagues(c.Settings); err != nil {
		return nil, err
	}
	o.feeds = o.newFeeds()
	key, err := unseal.Parse(c.Private)
	if err != nil {
		return nil, err
	}
	if o.public, err = key.Public(); err != nil {
		return nil, err
	}
	if o.opener, err = unseal.New(unseal.Config{PrivateKey: key, Record: openings{c.Store, c.Now}.record}); err != nil {
		return nil, err
	}
	if o.Mail != nil {
		o.settler.Register(settle.TaskMail, o.sends(o.receiptLetter))
		o.settler.Register(settle.TaskMailLapsed, o.sends(o.lapsedLetter))
		o.settler.Register(settle.TaskMailCode, o.sends(o.codeLetter))
		o.settler.Register(settle.TaskMailCopy, o.sends(o.copyLetter))
		o.settler.Register(settle.TaskMailReview, o.sendDecision)
	}
	return o, o.loadRules(ctx)
}

// newFeeds is what the office fetches by itself. A processor that tells of no payouts is not asked for them.
func (o *Office) newFeeds() *settle.Feeds {
	if o.DepositRules == nil {
		return nil
	}
	return settle.NewFeeds(settle.FeedsConfig{
		Deposits: o.depositsConfig(),
		Rules:    o.DepositRules, Calendar: func() payout.Calendar { return *o.rules.Load() },
		Every: time.Duration(o.Settings.Settlement.FetchMinutes) * time.Minute, Folder: o.BankFolder, Tickets: o.TicketFiles(),
		Backups: o.Settings.Store.Driver == "sqlite" && o.Settings.Kind != city.Demo,
	})
}

// depositsConfig is the city's way to the bank, but its rules and calendar.
func (o *Office) depositsConfig() settle.DepositsConfig {
	banking, _ := o.Processor.(settle.Banking)
	return settle.DepositsConfig{
		Store: o.Store, Processor: banking, Adapter: o.Settings.Processor.Adapter, City: o.city, Counter: o.Settings.Counter, Now: o.Now, Log: o.Log,
		PayeeLife: time.Duration(o.Settings.Refund.PayeeDays) * 24 * time.Hour,
		Digest:    func(fields ...string) []byte { return o.Index.Digest(o.Settings.ID, fields...) },
	}
}

// Settler is the office's background worker, for commands that settle by hand.
func (o *Office) Settler() *settle.Settler { return o.settler }

// Handler answers the desk. It is served on the desk's socket only.
func (o *Office) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(deskpbconnect.NewDeskHandler(&deskAnswers{o},
		connect.WithConditionalHandlerOptions(func(spec connect.Spec) []connect.HandlerOption {
			if spec.Procedure == deskpbconnect.DeskAddReviewFileProcedure {
				return []connect.HandlerOption{connect.WithReadMaxBytes(desk.MaxReviewFile)}
			}
			return []connect.HandlerOption{connect.WithReadMaxBytes(desk.MaxMessage)}
		}),
		connect.WithSendMaxBytes(desk.MaxMessage),
		connect.WithCompression("gzip", nil, nil), // see desk.Dial
		connect.WithInterceptors(o.faults()),
		connect.WithRecover(func(_ context.Context, spec connect.Spec, _ http.Header, p any) error {
			o.Log.Error("office: panic", "alarm", "panic", "call", spec.Procedure, "panic", fmt.Sprint(p))
			return connect.NewError(connect.CodeInternal, errors.New("internal"))
		})))
	return mux
}

// Run settles, follows events up and watches for new rules until ctx ends.
func (o *Office) Run(ctx context.Context) error {
	for range 4 {
		go o.followHints(ctx)
	}
	go o.watchRules(ctx)
	go o.watchMail(ctx)
	var feeds sync.WaitGroup
	if o.feeds != nil {
		feeds.Go(func() { o.feeds.Run(ctx) })
	}
	err := o.settler.Run(ctx)
	feeds.Wait()
	return err
}

func (o *Office) followHints(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case hint := <-o.hints:
			o.followHint(ctx, hint)
		}
	}
}

// followHint follows one event up. One that came while the store was away is followed up when it is back: no
// other comes.
func (o *Office) followHint(ctx context.Context, hint processor.Hint) {
	err := o.patiently(ctx, func() error {
		if hint.Refund != "" {
			_, err := o.settler.RefreshRefund(ctx, payment.RefundID(hint.Refund))
			return err
		}
		_, err := o.settler.Refresh(ctx, payment.AttemptID(hint.Attempt))
		return err
	})
	if err != nil && ctx.Err() == nil {
		o.Log.Warn("office: event not followed up", "refund", hint.Refund, "attempt", payment.AttemptID(hint.Attempt).Ref(), "err", err)
	}
}

func (o *Office) watchRules(ctx context.Context) {
	tick := time.NewTicker(rulesEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := o.loadRules(ctx); err != nil && ctx.Err() == nil {
				o.Log.Error("office: rules not read; the ones before stay in force", "alarm", "rules", "err", err)
			}
		}
	}
}

func (o *Office) loadRules(ctx context.Context) error {
	rules, err := LoadRules(ctx, o.Store)
	if err != nil {
		return err
	}
	o.rules.Store(&rules)
	return nil
}

// ErrNoRules is a city without by-law: nothing could be priced.
var ErrNoRules = errors.New("the city has no rules yet: run fundy city apply --city DIR FILE --apply")

// LoadRules reads a city's effective-dated rules, or ErrNoRules.
func LoadRules(ctx context.Context, s *store.Store) (city.Rules, error) {
	var rows []city.RuleRow
	err := s.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		rows, err = tx.Rules(ctx)
		return err
	})
	if err != nil {
		return city.Rules{}, fmt.Errorf("read rules: %w", err)
	}
	if len(rows) == 0 {
		return city.Rules{}, ErrNoRules
	}
	rules, err := city.RulesFromRows(rows)
	if err != nil {
		return rules, fmt.Errorf("read rules: %w", err)
	}
	return rules, nil
}

// faults turns an error of ours into one that tells the portal nothing of the inside.
func (o *Office) faults() connect.UnaryInterceptorFunc {
	return func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
			res, err := next(ctx, req)
			if err == nil {
				return res, nil
			}
			var coded *connect.Error
			if errors.As(err, &coded) {
				return nil, err
			}
			if ctx.Err() != nil {
				return nil, connect.NewError(connect.CodeCanceled, errors.New("canceled"))
			}
			if errors.Is(err, store.ErrFull) {
				o.Log.Error("office: store can't be written: make room on its disk, or make it writable", "alarm", "store_full", "call", req.Spec().Procedure, "err", err)
				return nil, connect.NewError(desk.CodeFull, errors.New("full"))
			}
			if errors.Is(err, store.ErrBusy) || errors.Is(err, store.ErrCommitUnknown) {
				if calls, say := o.away.now(o.Now()); say {
					o.Log.Error("office: store can't take it now", "alarm", "store_busy", "calls_since_start", calls, "call", req.Spec().Procedure, "err", err)
				}
				return nil, connect.NewError(connect.CodeUnavailable, errors.New("busy"))
			}
			o.Log.Error("office: call not answered", "alarm", "call", "call", req.Spec().Procedure, "err", err)
			return nil, connect.NewError(connect.CodeInternal, errors.New("internal"))
		}
	}
}

// regimeOf is the law that a ticket stands under.
func regimeOf(t ticket.Ticket) (ticket.Regime, error) {
	r, ok := ticket.RegimeOf(t.Regime)
	if !ok {
		return r, fmt.Errorf("ticket of unknown regime %q", t.Regime)
	}
	return r, nil
}

// minimum is the least that can be paid by card.
func (o *Office) minimum() money.Amount { return o.limits.Minimum }
