package citytest

import (
	"fundy/desk"
	"fundy/desk/deskpb/deskpbconnect"
)

// Desk is the desk's socket, as the portal has it.
func (c *City) Desk() deskpbconnect.DeskClient { return desk.Dial(c.Socket) }
