package staff

// accessRoutes are the yearly look through who has what.
func (p *Pages) accessRoutes() []route {
	return []route{
		staff("GET /access", ReadPeople, p.showAccess),
		touched("POST /access", AskRights, p.beginAccess),
		touched("POST /access/{name}", AskRights, p.sayOfAccess),
	}
}
