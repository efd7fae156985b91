package city_test

import (
	"fmt"
	"strings"
	"testing"

	"fundy/city"
)

// No city can ask for a fee on paying by card, in Quebec or elsewhere, by whatever name: neither in city.toml, so that
// nothing starts, nor in the by-law's rows.
func TestNoCityCanAskForASurcharge(t *testing.T) {
	t.Parallel()
	quebec := strings.Replace(answers, "kind", "province = \"QC\"\nregime = \"generic\"\nkind", 1)
	if _, faults := city.ReadSettings([]byte(quebec)); len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, setting := range []string{
		"[payment]\nsurcharge = \"2.4 %\"\n", "[processor]\ncard_fee = 150\n", "[surcharge]\npercent = 2\n", "[price]\nConvenienceFee = true\n",
		"[payment]\nquote_minutes = 20\nservice_fee_minor = 1\ncolour = \"red\"\n",
	} {
		_, faults := city.ReadSettings([]byte(quebec + setting))
		said := fmt.Sprint(faults)
		for _, want := range []string{"line ", "a fee for paying by card is not made here", "In Quebec a surcharge on cards is not lawful", "Take the setting out"} {
			if len(faults) != 1 || !strings.Contains(said, want) {
				t.Errorf("%q: %s", setting, said)
			}
		}
	}
	for old, asked := range map[string]string{
		"[[schedule]]":         "[[card_fee]]\npercent = 2\n\n[[schedule]]",
		"[[schedule.offence]]": "[[schedule.offence]]\ncharge = [{ component = \"card_surcharge\", amount = \"1.50\", clause = \"9\" }]",
	} {
		rules := demoRules(t)
		if !strings.Contains(rules, old) {
			t.Fatalf("the demonstration's rules have no %s", old)
		}
		generic := demo(t)
		generic.Regime, generic.Province = "generic", "QC"
		_, faults := city.ParseRules([]byte(strings.Replace(rules, old, asked, 1)), beside, generic)
		if said := fmt.Sprint(faults); !strings.Contains(said, "a fee for paying by card is not made here") {
			t.Errorf("%s: %s", asked, said)
		}
	}
}
