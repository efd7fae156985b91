package city_test

import (
	"strings"
	"testing"

	"fundy/city"
)

const mailTOML = "id = \"t\"\nkind = \"test\"\n[portal]\npublic_url = \"https://t.example.ca\"\n[mail]\n"

// Each fault of [mail] is named with its field and its fix; a city without a server needs nothing.
func TestMailSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "",
		"host = \"mail.example.ca\"\nfrom = \"p@example.ca\"":                                                         "",
		"host = \"mail.example.ca\"\nfrom = \"p@example.ca\"\ntls = \"none\"":                                         "mail.tls",
		"host = \"127.0.0.1\"\nport = 2525\nfrom = \"p@example.ca\"\ntls = \"none\"":                                  "",
		"host = \"mail.example.ca\"\nfrom = \"p@example.ca\"\ntls = \"ssl\"":                                          "mail.tls",
		"host = \"mail.example.ca\"\nfrom = \"Parking <p@example.ca>\"":                                               "mail.from",
		"host = \"mail.example.ca\"":                                                                                  "mail.from",
		"host = \"mail.example.ca\"\nfrom = \"p@example.ca\"\nreply_to = \"p\"":                                       "mail.reply_to",
		"host = \"mail.example.ca\"\nfrom = \"p@example.ca\"\nport = 0":                                               "mail.port",
		"host = \"mail.example.ca\"\nfrom = \"p@example.ca\"\nuser = \"p\"":                                           "mail.user",
		"host = \"smtp://mail.example.ca\"\nfrom = \"p@example.ca\"":                                                  "mail.host",
		"host = \"mail.example.ca\"\nfrom = \"p@example.ca\"\nuser = \"p\"\npassword_file = \"keys/office/mail.key\"": "",
	} {
		_, faults := city.ReadSettings([]byte(mailTOML + text))
		var all []string
		for _, f := range faults {
			all = append(all, f.Error())
		}
		got := strings.Join(all, "; ")
		if want == "" && got != "" || want != "" && (len(all) != 1 || !strings.HasPrefix(got, want)) {
			t.Errorf("%s: %q, want one of %q", text, got, want)
		}
	}
}
