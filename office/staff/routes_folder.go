package staff

// folderRoutes are the pages of files that came by a folder and wait for a person. A route of one segment more stands beside
// those of finance: what is looked at there is what is looked at here.
func (p *Pages) folderRoutes() []route {
	return []route{
		staff("GET /finance/files/held/{id}", UploadFiles, p.showHeldFile).readBy(ReadFiles),
		touched("POST /finance/files/held/{id}/apply", UploadFiles, p.applyHeldFile),
		touched("POST /finance/files/held/{id}/refuse", UploadFiles, p.refuseHeldFile),
	}
}
