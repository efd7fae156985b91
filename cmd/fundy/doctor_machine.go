package main

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"fundy/intake"
	"fundy/payout"
	"fundy/processor/stripe"
)

// keyFiles are the files that each owner's process needs.
var keyFiles = map[string][]string{
	"office": {"city", "seal.private", "index.key", "token.key", "processor.key", "webhook.secret"},
	"portal": {"city", "seal.public", "cookie.key"},
}

// keys wants each key file to be there, to be closed to others, and to be this city's.
func (d *doctor) keys() {
	bad := 0
	say := func(v verdict, fix, what string, args ...any) {
		bad++
		d.say(v, "keys", fix, what, args...)
	}
	for _, owner := range []string{"office", "portal"} {
		for _, name := range keyFiles[owner] {
			path := d.f.path("keys", owner, name)
			info, err := os.Stat(path)
			switch {
			case errors.Is(err, fs.ErrPermission):
				say(warning, "run this as that user, or as root", "%s can't be looked at as this user", path)
			case err != nil:
				say(failing, "bring it back: fundy keys import --city DIR --from FILE --identity FILE", "%s is missing", path)
			case name != "seal.public" && name != "city" && info.Mode().Perm()&0o007 != 0:
				say(failing, "chmod o= "+path+", and replace the key if another could have read it", "%s is open to every user of this machine (mode %04o)", path, info.Mode().Perm())
			}
		}
		if err := d.f.checkKeys(owner); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			say(failing, "put the right keys into keys/"+owner, "%v", err)
		}
	}
	if bad == 0 {
		d.ok("keys", "all there, closed to others, of this city")
	}
}

// processorKey wants a key of the city's kind, and a webhook's secret.
func (d *doctor) processorKey() {
	key, err1 := os.ReadFile(d.f.path("keys", "office", "processor.key"))
	secrets, err2 := os.ReadFile(d.f.path("keys", "office", "webhook.secret"))
	if errors.Join(err1, err2) != nil {
		return // said with the keys
	}
	_, err := stripe.New(stripe.Config{
		Key: strings.TrimSpace(string(key)), WebhookSecrets: strings.Fields(string(secrets)), BaseURL: d.f.settings.Processor.BaseURL, CityKind: string(d.f.settings.Kind),
	})
	if err != nil {
		d.say(failing, "processor", "put the right one into keys/office", "%v", err)
		return
	}
	d.ok("processor", "its key is of a %s city", d.f.settings.Kind)
}

// How long before a certificate ends it is said.
const (
	certificateSoon = 21 * 24 * time.Hour
	certificateNow  = 3 * 24 * time.Hour
)

func (d *doctor) certificate() {
	if d.f.settings.Portal.TLSDir == "" {
		d.ok("certificate", "a proxy has it: the portal listens on %s", d.f.settings.Portal.Listen)
		return
	}
	const fix = "look at your ACME client: it renews a certificate a month before its end"
	dir := d.f.relative(d.f.settings.Portal.TLSDir)
	key := filepath.Join(dir, "key.pem")
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), key)
	if errors.Is(err, fs.ErrPermission) {
		d.say(warning, "certificate", "run this as the portal's user, or as root", "it can't be looked at as this user")
		return
	}
	if err == nil {
		err = onlyOwners(key)
	}
	if err != nil {
		d.say(failing, "certificate", "put cert.pem and key.pem into "+dir+", readable by the portal's user only", "%v", err)
		return
	}
	end := pair.Leaf.NotAfter
	switch left := end.Sub(d.now); {
	case left < certificateNow:
		d.say(failing, "certificate", fix, "it ends on %s", d.clockOf(end))
	case left < certificateSoon:
		d.say(warning, "certificate", fix, "it ends on %s", d.clockOf(end))
	default:
		d.ok("certificate", "ends on %s", d.clockOf(end))
	}
}

// clockUnsynchronised is what the kernel says of a clock that nothing keeps right (TIME_ERROR).
const clockUnsynchronised = 5

func (d *doctor) clock() {
	zone := d.f.settings.City().Zone
	state, err := syscall.Adjtimex(&syscall.Timex{})
	switch {
	case d.now.Year() < 2026:
		d.say(failing, "clock", "set it (timedatectl): prices and deadlines are reckoned by it", "this machine says that it is %s", d.now.Format(time.DateTime))
	case err == nil && state == clockUnsynchronised:
		d.say(warning, "clock", "run chrony or systemd-timesyncd: prices and deadlines are reckoned by it", "nothing keeps this machine's clock right; it says %s", d.now.In(zone).Format("2006-01-02 15:04 MST"))
	default:
		d.ok("clock", "%s", d.now.In(zone).Format("2006-01-02 15:04 MST"))
	}
}

// What a city's disk should have free, and how long SQLite's log may be.
const (
	diskLow  = 2 << 30
	diskGone = 200 << 20
	walLong  = 256 << 20
)

func (d *doctor) disk() {
	var at syscall.Statfs_t
	path := d.f.dir
	if d.f.settings.Store.Driver == "sqlite" {
		path = filepath.Dir(d.f.relative(d.f.settings.Store.Path))
	}
	if err := syscall.Statfs(path, &at); err != nil {
		d.say(failing, "disk", "look whether the disk is there", "%s: %v", path, err)
		return
	}
	free := int64(at.Bavail) * at.Bsize
	const fix = "make room: on a full disk no payment begins"
	switch {
	case free < diskGone:
		d.say(failing, "disk", fix, "%d MB are free at %s", free>>20, path)
	case free < diskLow:
		d.say(warning, "disk", fix, "%d MB are free at %s", free>>20, path)
	default:
		d.ok("disk", "%d MB are free at %s", free>>20, path)
	}
	if d.f.settings.Store.Driver != "sqlite" {
		return
	}
	if info, err := os.Stat(d.f.relative(d.f.settings.Store.Path) + "-wal"); err == nil && info.Size() > walLong {
		d.say(warning, "disk", "look for a program that keeps the store open and reads (a copy, a shell): stop it", "SQLite's log is %d MB: somebody has read for long", info.Size()>>20)
	}
}

func (d *doctor) depositRules() payout.Rules {
	rules, found, err := d.f.depositRules()
	switch {
	case err != nil:
		d.say(failing, "deposits", "mend deposits.toml as it says", "%v", err)
		return payout.NoRules()
	case !found:
		d.say(warning, "deposits", "begin with examples/cities/demo/deposits.toml: docs/deposits.md", "deposits.toml is missing: payouts are read, and nothing is followed to the bank")
		return rules
	}
	watched := 0
	for _, a := range rules.Accounts {
		if _, expected := a.By(); expected {
			watched++
		}
	}
	d.ok("deposits", "%d accounts, of %d of them a statement is expected by an hour; %d rules", len(rules.Accounts), watched, len(rules.Rules))
	return rules
}

func (d *doctor) bankFolder() {
	name := d.f.settings.Settlement.BankFolder
	if name == "" {
		return
	}
	root, ok := d.dropFolder("bank folder", d.f.bankFolder)
	if !ok {
		return
	}
	defer root.Close()
	if d.refused("bank folder", "the bank", root) == 0 {
		d.ok("bank folder", "%s", d.f.path(name))
	}
}

// ticketFolder wants the folder, and the mapping of the files that come into it.
func (d *doctor) ticketFolder() {
	const check = "ticket folder"
	s := d.f.settings.Intake
	if s.Folder == "" {
		return
	}
	root, ok := d.dropFolder(check, d.f.ticketFolder)
	if !ok {
		return
	}
	defer root.Close()
	if _, faults := intake.LoadMapping(d.f.path("mappings/" + s.Mapping + ".toml")); len(faults) > 0 {
		d.say(failing, check, "mend mappings/"+s.Mapping+".toml: docs/mapping.md; until then the files wait", "the mapping of its files can't be used: %v", faults[0])
		return
	}
	held, err := fs.ReadDir(root.FS(), "held")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.say(failing, check, "let the office's user into it", "%v", err)
		return
	}
	waiting := 0
	for _, e := range held {
		if !strings.HasSuffix(e.Name(), ".totals.toml") {
			waiting++
		}
	}
	if waiting > 0 {
		d.say(warning, check, "look at each on the page for files, and apply or refuse it there", "%d files of tickets wait for a person", waiting)
	}
	if d.refused(check, "tickets", root) == 0 && waiting == 0 {
		d.ok(check, "%s", d.f.path(s.Folder))
	}
}

// dropFolder opens a folder into which somebody brings files.
func (d *doctor) dropFolder(check string, open func() (*os.Root, error)) (root *os.Root, ok bool) {
	root, err := open()
	if err != nil {
		d.say(failing, check, "make it, for the office's user", "%v", err)
	}
	return root, err == nil
}

// refused says how many files of a folder were refused, with a reason beside each.
func (d *doctor) refused(check, of string, root *os.Root) int {
	refused, err := fs.ReadDir(root.FS(), "refused")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.say(failing, check, "let the office's user into it", "%v", err)
		return 1
	}
	n := 0
	for _, e := range refused {
		if strings.HasSuffix(e.Name(), ".reason.txt") {
			n++
		}
	}
	if n > 0 {
		d.say(warning, check, "read the .reason.txt beside each; put it right into the folder again, or delete both", "%d files of %s were refused", n, of)
	}
	return n
}
