package citytest

import (
	"io/fs"
	"os"

	"fundy/city"
	"fundy/settle"
)

// TicketFeeds is what an office takes of the files of tickets that come into a folder; "" is none. mappings is where it
// stands how they are written.
func (c *City) TicketFeeds(folder, mappings string, s city.IntakeSettings) *settle.Feeds {
	c.T.Helper()
	c.Office.Settings.Intake = s
	c.Office.Mappings = func() (fs.FS, error) { return os.DirFS(mappings), nil }
	c.Office.TicketFolder = nil
	if folder != "" {
		c.Office.TicketFolder = func() (*os.Root, error) { return os.OpenRoot(folder) }
	}
	none := ""
	f := c.Feeds(0, &none, "")
	f.Backups, f.Tickets = false, c.Office.TicketFiles()
	return f
}

// Feeds is what an office takes by itself.
type Feeds = settle.Feeds
