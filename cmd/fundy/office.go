package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/user"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"fundy/desk"
	"fundy/fault"
	"fundy/office"
	"fundy/office/staff"
	"fundy/processor/stripe"
	"fundy/web"
)

type officeCommand struct {
	City       string `required:"" placeholder:"DIR" help:"The city's folder."`
	DemoSignIn bool   `hidden:"" help:"fundy demo has handed over its sign-in. By itself this lets nobody in: it only says where to look."`
}

// Run answers the desk and settles until it is told to stop.
func (c *officeCommand) Run(ctx context.Context) (err error) {
	debug.SetGCPercent(50)
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	if err := f.checkKeys("office"); err != nil {
		return err
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	unlock, err := s.LockCity(f.path("run", "office.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	config, err := f.officeConfig()
	if err != nil {
		return err
	}
	config.Store = s
	inside, err := f.staffListener(ctx)
	if err != nil {
		return err
	}
	if inside != nil {
		defer inside.Close()
	}
	if config.StandIn, err = c.standIn(f, inside); err != nil {
		return err
	}
	o, err := office.New(ctx, config)
	if err != nil {
		return err
	}
	uid, err := portalUser(f.settings.Desk.PortalUser)
	if err != nil {
		return err
	}
	l, err := desk.Listen(f.relative(f.settings.Desk.Socket), uid)
	if err != nil {
		return err
	}
	var pages *staff.Pages
	if inside != nil {
		if pages, err = o.StaffPages(); err != nil {
			return fmt.Errorf("city.toml: %w", err)
		}
	}
	slog.Info("office: answers the desk", "city", f.settings.ID, "kind", string(f.settings.Kind))
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return web.Serve(ctx, l, o.Handler()) })
	g.Go(func() error { return o.Run(ctx) })
	if inside != nil {
		slog.Info("office: staff pages are open", "address", f.settings.Office.PublicURL)
		g.Go(func() error { return web.Serve(ctx, inside, pages.Handler()) })
	}
	return g.Wait()
}

// standIn is the demonstration's sign-in, where fundy demo has handed it over; nil: passkeys only.
func (c *officeCommand) standIn(f folder, inside net.Listener) (*staff.StandIn, error) {
	if !c.DemoSignIn {
		return nil, nil
	}
	if inside == nil {
		return nil, fmt.Errorf("%w: there are no staff pages", errNoStandIn)
	}
	s, err := standIn(os.NewFile(handed, "handed over"), f.settings, inside.Addr(), startedByUs)
	if err == nil {
		slog.Warn("office: a demonstration: whoever reaches the staff pages is any of their people", "alarm", "demo_sign_in")
	}
	return s, err
}

// staffListener is where the staff pages are served, or nil for none.
func (f folder) staffListener(ctx context.Context) (net.Listener, error) {
	if f.settings.Office.Listen == "" {
		return nil, nil
	}
	certificate, err := certificates(f, "office", f.settings.Office.TLSDir)
	if err != nil {
		return nil, err
	}
	l, err := listen(ctx, f.settings.Office.Listen, certificate)
	if err != nil {
		return nil, fmt.Errorf("office.listen: %w", err)
	}
	return l, nil
}

// tokenKeyID names keys/office/token.key in what is made with it.
const tokenKeyID = 1

func (f folder) officeConfig() (office.Config, error) {
	c := office.Config{Settings: f.settings, Now: fault.Now, Log: slog.Default()}
	var err error
	if c.Index, err = f.indexKey(); err != nil {
		return c, err
	}
	token, err := f.secretKey("office", "token.key")
	if err != nil {
		return c, err
	}
	c.Token = office.TokenKey{ID: tokenKeyID, Key: token}
	if c.Private, err = f.key("office", "seal.private"); err != nil {
		return c, err
	}
	if c.Mail, err = f.mailSender(); err != nil {
		return c, err
	}
	key, err := f.key("office", "processor.key")
	if err != nil {
		return c, err
	}
	secrets, err := f.key("office", "webhook.secret")
	if err != nil {
		return c, err
	}
	if _, _, err := f.depositRules(); err != nil {
		return c, err
	}
	c.DepositRules = f.depositRules
	if f.settings.Settlement.BankFolder != "" {
		c.BankFolder = f.bankFolder
	}
	if f.settings.Intake.Folder != "" {
		c.TicketFolder = f.ticketFolder
	}
	c.Mappings = f.mappings
	c.Processor, err = stripe.New(stripe.Config{
		Key: string(key), WebhookSecrets: strings.Fields(string(secrets)), BaseURL: f.settings.Processor.BaseURL, CityKind: string(f.settings.Kind),
	})
	return c, err
}

// bankFolder opens the folder into which the bank's files come.
func (f folder) bankFolder() (*os.Root, error) {
	return f.dropFolder("settlement.bank_folder", f.settings.Settlement.BankFolder)
}

// ticketFolder opens the folder into which files of tickets come.
func (f folder) ticketFolder() (*os.Root, error) {
	return f.dropFolder("intake.folder", f.settings.Intake.Folder)
}

// dropFolder opens a folder into which somebody brings files. No link leads out of the city's own.
func (f folder) dropFolder(setting, name string) (*os.Root, error) {
	city, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, err
	}
	defer city.Close()
	root, err := city.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("%s: make the folder %s, for the office's user and who brings the files: %w", setting, f.path(name), err)
	}
	return root, nil
}

// mappings is the folder in which it stands how the city's files of tickets are written. No link leads out of it.
func (f folder) mappings() (fs.FS, error) {
	root, err := os.OpenRoot(f.path("mappings"))
	if err != nil {
		return nil, err
	}
	return root.FS(), nil
}

// portalUser is the number of the user that the desk lets in; "" is our own.
func portalUser(name string) (int, error) {
	if name == "" {
		return os.Getuid(), nil
	}
	if uid, err := strconv.Atoi(name); err == nil {
		return uid, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return 0, fmt.Errorf("desk.portal_user: %w", err)
	}
	return strconv.Atoi(u.Uid)
}
