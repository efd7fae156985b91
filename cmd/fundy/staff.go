package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"fundy/fault"
	"fundy/office/staff"
	"fundy/store"
)

type staffInviteCommand struct {
	City  string   `required:"" placeholder:"DIR" help:"The city's folder."`
	Name  string   `required:"" placeholder:"NAME" help:"The name that stands under all that the person does: small letters, digits and . _ -."`
	Roles []string `name:"as-role" required:"" placeholder:"ROLE" help:"What the person is: administrator, clerk, supervisor, screening, finance, auditor, or a role of city.toml. Say it again for each further one."`
	Apply bool     `help:"Write it. Without this, only what would happen is said."`
}

// Run invites somebody and prints the one-time code.
func (c *staffInviteCommand) Run(ctx context.Context) error {
	return withStaff(ctx, c.City, func(f folder, d staff.Desk) error {
		if !c.Apply {
			err := d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error { return d.CheckInvite(ctx, tx, c.Name, c.Roles) })
			if err != nil {
				return staffInWords(err, c.Name)
			}
			fmt.Printf("%s would be invited as %s.\n", c.Name, strings.Join(c.Roles, ", "))
			fmt.Println(dryRun)
			return nil
		}
		code, err := d.Invite(ctx, c.Name, c.Roles, staff.OnHost)
		if err != nil {
			return staffInWords(err, c.Name)
		}
		f.printCode(c.Name, code)
		return nil
	})
}

type staffRecoverCommand struct {
	City  string `required:"" placeholder:"DIR" help:"The city's folder."`
	Name  string `arg:"" help:"Whose passkeys are lost."`
	Apply bool   `help:"Write it. Without this, only what would happen is said."`
}

// Run takes a person's passkeys away and prints a new code, where no two other administrators could.
func (c *staffRecoverCommand) Run(ctx context.Context) error {
	return withStaff(ctx, c.City, func(f folder, d staff.Desk) error {
		if !c.Apply {
			err := d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error { return d.CheckRecover(ctx, tx, c.Name) })
			if err != nil {
				return staffInWords(err, c.Name)
			}
			fmt.Printf("All passkeys and sessions of %s would be removed, and a new code be given.\n", c.Name)
			fmt.Println(dryRun)
			return nil
		}
		code, err := d.Recover(ctx, c.Name)
		if err != nil {
			return staffInWords(err, c.Name)
		}
		f.printCode(c.Name, code)
		return nil
	})
}

type staffListCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
}

// Run lists who works in the office.
func (c *staffListCommand) Run(ctx context.Context) error {
	return withStaff(ctx, c.City, func(f folder, d staff.Desk) error {
		zone := f.settings.City().Zone
		return d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			people, err := tx.People(ctx)
			if err != nil {
				return err
			}
			if len(people) == 0 {
				fmt.Printf("Nobody yet: fundy staff invite --city %s --as-role administrator --name NAME --apply\n", c.City)
				return nil
			}
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tROLES\tPASSKEYS THAT ARE GOOD HERE\tLAST USED\tSINCE")
			for _, p := range people {
				keys, err := d.Good(ctx, tx, p.Name)
				if err != nil {
					return err
				}
				var last time.Time
				for _, k := range keys {
					if k.UsedAt.After(last) {
						last = k.UsedAt
					}
				}
				fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", p.Name, strings.Join(p.Roles, ", "), len(keys), clock(last, zone), clock(p.Since, zone))
			}
			return w.Flush()
		})
	})
}

// printCode prints a one-time code, which the store has the HMAC of only.
func (f folder) printCode(name, code string) {
	at := f.settings.Office.PublicURL
	if at == "" {
		at = "the staff pages, once city.toml has [office] listen and public_url"
	} else {
		at = strings.TrimSuffix(at, "/") + "/invite"
	}
	fmt.Printf("%s\nThis code lets %s in once, within 24 hours, at %s. It is not shown again.\n", code, name, at)
}

// staffHost is what passkeys are made for: the host of the staff pages' address, or "".
func (f folder) staffHost() string {
	u, err := url.Parse(f.settings.Office.PublicURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// withStaff opens a city for what is done about its people.
func withStaff(ctx context.Context, dir string, do func(folder, staff.Desk) error) error {
	f, err := openFolder(dir)
	if err != nil {
		return err
	}
	if err := f.checkKeys("office"); err != nil {
		return err
	}
	roles, err := staff.ParseRoles(f.settings.Office.Roles)
	if err != nil {
		return fmt.Errorf("city.toml: %w", err)
	}
	token, err := f.secretKey("office", "token.key")
	if err != nil {
		return err
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	err = do(f, staff.Desk{Store: s, Key: staff.Key{ID: tokenKeyID, Key: token}, Roles: roles, Host: f.staffHost(), Now: fault.Now})
	return errors.Join(err, s.Close())
}

// staffInWords says what is in the way, and what to do.
func staffInWords(err error, name string) error {
	var no *staff.Refusal
	if !errors.As(err, &no) {
		return err
	}
	switch no.Reason {
	case staff.RefusedName:
		return fmt.Errorf("%w: --name: %q is not a name that staff can have: small letters, digits and . _ -, and not a role's", errUsage, name)
	case staff.RefusedTaken:
		return fmt.Errorf("somebody has or had the name %s: take another; for lost passkeys: fundy staff recover %s", name, name)
	case staff.RefusedNobody:
		return fmt.Errorf("nobody has the name %s: fundy staff list shows who is there", name)
	case staff.RefusedRole:
		return fmt.Errorf("%w: --as-role: not a role of this city: administrator, clerk, supervisor, screening, finance, auditor, or one of city.toml", errUsage)
	case staff.RefusedOthers:
		return fmt.Errorf("two other administrators can let %s in again: one asks on the staff pages under People, the other approves", name)
	}
	return err
}
