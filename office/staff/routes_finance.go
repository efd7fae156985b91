package staff

// financeRoutes are the pages of finance, and those of prices, holidays and outages.
func (p *Pages) financeRoutes() []route {
	return []route{
		// The way to the bank, day by day.
		staff("GET /finance", ReadFinance, p.showDays),
		staff("GET /finance/days/{day}", ReadFinance, p.showDay),
		touched("POST /finance/days/{day}/explain", ExplainMoney, p.explain),
		touched("POST /finance/days/{day}/close", CloseDays, p.closeDay),
		touched("POST /finance/days/{day}/file", ExportReports, p.dayFile),
		staff("GET /finance/payouts", ReadFinance, p.showPayouts),
		staff("GET /finance/payouts/{id}", ReadFinance, p.showPayout),
		touched("POST /finance/payouts/{id}/file", ExportReports, p.payoutFile),
		staff("GET /finance/bank", ReadFinance, p.showBank),
		touched("POST /finance/bank/file", ExportReports, p.bankFile),
		// What came in, and what is owed.
		staff("GET /finance/reports", ReadFinance, p.showReports),
		touched("POST /finance/reports/file", ExportReports, p.reportsFile),
		staff("GET /finance/year", ReadFinance, p.showYear),
		touched("POST /finance/year/close", CloseDays, p.closeYear),
		touched("POST /finance/year/file", ExportReports, p.yearFile),
		// Files that come in: looked at first, applied as a second step.
		staff("GET /finance/files", UploadFiles, p.showFiles),
		upload("POST /finance/files/bank", UploadFiles, p.uploadBank),
		upload("POST /finance/files/tickets", UploadFiles, p.uploadTickets),
		touched("POST /finance/files/{id}/apply", UploadFiles, p.applyFile),
		// Prices, holidays, closures and outages: asked for by one, approved by another.
		staff("GET /finance/rules", ReadRules, p.showRules),
		staff("GET /finance/rules/{id}", ReadRules, p.showRule),
		touched("POST /finance/rules/holiday", AskRules, p.askHoliday),
		touched("POST /finance/rules/schedule", AskRules, p.askSchedule),
		touched("POST /finance/rules/outage", DeclareOutage, p.askOutage),
		touched("POST /finance/rules/{id}/approve", DecideRules, p.approveRule),
		touched("POST /finance/rules/{id}/refuse", DecideRules, p.refuseRule),
	}
}
