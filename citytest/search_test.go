package citytest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/proto"

	"fundy/citytest"
)

// The plates of a list are opened together: one leaf names every ticket of the list, before the first is shown.
func TestThePlatesOfAListAreOneLeaf(t *testing.T) {
	t.Parallel()
	citytest.Browser(t)
	c := citytest.SQLite(t)
	one := c.Add(citytest.Spec{Number: "PL-1", Plate: "PLT 1O1", Offence: "LOADING", Age: 1})
	two := c.Add(citytest.Spec{Number: "PL-2", Plate: "PLT 101", Offence: "NOPARK", Age: 4})
	c.Add(citytest.Spec{Number: "PL-3", Offence: "NOPARK", Age: 4})
	w := joins(t, c, c.OpenStaff(), "anne", proto.WebAuthnAuthenticatorTransportInternal, "supervisor")
	w.page.MustElement("#number").MustInput("PLT 10?")
	press(w.page, "#find .govuk-button")
	w.sees("Tickets found: 2", "PL-1", "PL-2", "NB •••")
	if strings.Contains(w.text(), "PLT 1") {
		t.Error("a list shows plates")
	}
	press(w.page, "#open-plates")
	w.sees("NB PLT 1O1", "NB PLT 101")
	all := c.Query("select opening from leaf where kind = 'opening' and opening like '%staff:anne%'")
	if len(all) != 1 || !strings.Contains(fmt.Sprintf("%s", all[0][0]), string(one)) || !strings.Contains(fmt.Sprintf("%s", all[0][0]), string(two)) {
		t.Errorf("%s", all)
	}
	// Both are picked, and one code opens them.
	w.page.MustElement("#pick-" + string(one)).MustEval(`() => this.click()`)
	w.page.MustElement("#pick-" + string(two)).MustEval(`() => this.click()`)
	press(w.page, `#pick [value="en"]`)
	w.sees("Waiting", "PL-1", "PL-2", "$80.00")
	if n, err := c.Count(context.Background(), "select count(*) from phone_code_ticket"); err != nil || n != 2 {
		t.Errorf("%d tickets, %v", n, err)
	}
}
