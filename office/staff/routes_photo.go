package staff

// photoRoutes are the photographs of a ticket: brought, covered, released to who has the ticket, taken back, erased.
func (p *Pages) photoRoutes() []route {
	return []route{
		staff("GET /tickets/{id}/photos", FindTickets, p.showPhotos),
		{pattern: "POST /tickets/{id}/photos", may: AddPhotos, upload: photoMost, papers: true, handle: p.addPhoto},
		staff("GET /photos/{id}", FindTickets, p.showPhoto),
		touched("POST /photos/{id}/open", OpenPhotos, p.openPhoto),
		touched("POST /photos/{id}/cover", OpenPhotos, p.coverPhoto),
		touched("POST /photos/{id}/uncover", OpenPhotos, p.uncoverPhoto),
		touched("POST /photos/{id}/release", ReleasePhotos, p.releasePhoto),
		// Taking back waits for no passkey: it only takes away.
		staff("POST /photos/{id}/back", ReleasePhotos, p.takeBackPhoto),
		touched("POST /photos/{id}/erase", ReleasePhotos, p.erasePhoto),
		// A picture is served without a session, by an address that holds for a minute and once.
		public("GET /photo-files/{token}", p.servePhoto),
	}
}
