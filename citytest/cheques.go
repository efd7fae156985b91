package citytest

import (
	"fundy/office"
	"fundy/settle"
)

// Requisitions asks accounts payable for the city's cheques.
func (c *City) Requisitions() *office.Requisitions {
	c.T.Helper()
	q, err := office.NewRequisitions(office.RequisitionsConfig{
		Store: c.Store, City: c.Settings.City(), Private: c.private, Now: c.Now,
		Digest: func(fields ...string) []byte { return c.index.Digest(c.Settings.ID, fields...) },
	})
	if err != nil {
		c.T.Fatal(err)
	}
	return q
}

// SealPayee seals a payee as a clerk's command does.
func (c *City) SealPayee(text string) settle.SealPayee {
	c.T.Helper()
	p, err := office.ParsePayee([]byte(text))
	if err != nil {
		c.T.Fatal(err)
	}
	return office.SealPayee(c.public, c.Settings.ID, p)
}
