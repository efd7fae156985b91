package citytest

import (
	"fmt"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"

	"fundy/office/staff"
	"fundy/payout"
)

// OpenStaff opens the staff pages and says where. Passkeys want a name: it is localhost.
func (c *City) OpenStaff() string {
	c.T.Helper()
	s := httptest.NewUnstartedServer(nil)
	at := fmt.Sprintf("http://localhost:%d", s.Listener.Addr().(*net.TCPAddr).Port)
	c.Office.Settings.Office.PublicURL = at
	c.Office.DepositRules = func() (payout.Rules, bool, error) { return c.Deposits().Rules, true, nil }
	pages, err := c.Office.StaffPages()
	if err != nil {
		c.T.Fatal(err)
	}
	s.Config.Handler = pages.Handler()
	s.Start()
	c.T.Cleanup(s.Close)
	return at
}

// Staff is what the command line does about people, on the city's own machine.
func (c *City) Staff() staff.Desk {
	c.T.Helper()
	roles, err := staff.ParseRoles(nil)
	if err != nil {
		c.T.Fatal(err)
	}
	return staff.Desk{Store: c.Store, Key: staff.Key{ID: 1, Key: make([]byte, 32)}, Roles: roles, Host: "localhost", Now: c.Now}
}

// Authenticator gives a page a device that makes passkeys: "internal" for one of the machine itself, "usb" for a
// security key. It verifies its user, as somebody who knows the PIN.
func Authenticator(t testing.TB, page *rod.Page, transport proto.WebAuthnAuthenticatorTransport) proto.WebAuthnAuthenticatorID {
	t.Helper()
	// A page that is not in front has no focus of its own, and without it no passkey is asked for.
	if err := (proto.EmulationSetFocusEmulationEnabled{Enabled: true}).Call(page); err != nil {
		t.Fatal(err)
	}
	if err := (proto.WebAuthnEnable{}).Call(page); err != nil {
		t.Fatal(err)
	}
	made, err := proto.WebAuthnAddVirtualAuthenticator{Options: &proto.WebAuthnVirtualAuthenticatorOptions{
		Protocol: proto.WebAuthnAuthenticatorProtocolCtap2, Transport: transport, HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
		AutomaticPresenceSimulation: true,
	}}.Call(page)
	if err != nil {
		t.Fatal(err)
	}
	return made.AuthenticatorID
}
