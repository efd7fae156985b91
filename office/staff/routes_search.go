package staff

// searchRoutes are what a search leads on to.
func (p *Pages) searchRoutes() []route {
	return []route{
		staff("GET /tickets/{id}/payments", FindTickets, p.showTwice),
	}
}
