package staff

// phoneRoutes are the pages of somebody who has a caller on the telephone.
func (p *Pages) phoneRoutes() []route {
	return []route{
		touched("POST /find/plates", OpenPlates, p.openPlates),
		staff("POST /receipts/{number}/mail", SendReceipts, p.mailReceipt),
		staff("POST /phone", GiveCodes, p.makeCode),
		staff("GET /phone/{id}", GiveCodes, p.showCode),
		watching("GET /phone/{id}/live", GiveCodes, p.followCode),
		staff("POST /phone/{id}/end", GiveCodes, p.endCode),
		staff("POST /phone/{id}/mail", GiveCodes, p.mailCode),
	}
}
