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
		staff("GET /finance/files", UploadFiles, p.showFiles).readBy(ReadFiles),
		upload("POST /finance/files/bank", UploadFiles, p.uploadBank),
		upload("POST /finance/files/tickets", UploadFiles, p.uploadTickets),
		touched("POST /finance/files/{id}/apply", UploadFiles, p.applyFile),
		// Prices, holidays, closures and outages: asked for by one, approved by another.
		staff("GET /finance/rules", ReadRules, p.showRules).or(DecideRules),
		staff("GET /finance/rules/{id}", ReadRules, p.showRule).or(DecideRules),
		touched("POST /finance/rules/holiday", AskRules, p.askHoliday),
		touched("POST /finance/rules/schedule", AskRules, p.askSchedule),
		touched("POST /finance/rules/outage", DeclareOutage, p.askOutage),
		touched("POST /finance/rules/{id}/approve", DecideRules, p.approveRule),
		touched("POST /finance/rules/{id}/refuse", DecideRules, p.refuseRule),
		// A whole file of rules.
		staff("GET /finance/rules/file", AskRules, p.showRulesFile).readBy(ReadForms),
		upload("POST /finance/rules/file", AskRules, p.uploadRules).from("/finance/rules/file"),
		staff("GET /finance/rules/file/{id}", AskRules, p.showRulesLook).readBy(ReadForms),
		touched("POST /finance/rules/file/{id}/ask", AskRules, p.askRulesFile),
		// Debts that are given up: asked for by one, approved by another.
		staff("GET /finance/write-offs", ReadQueue, p.showDebts).or(DecideWriteOffs),
		staff("POST /finance/write-offs/look", AskWriteOffs, p.lookDebts),
		upload("POST /finance/write-offs/file", AskWriteOffs, p.bringDebts).from("/finance/write-offs"),
		touched("POST /finance/write-offs", AskWriteOffs, p.askDebts),
		touched("POST /finance/write-offs/{id}/approve", DecideWriteOffs, p.approveWriteOff),
		touched("POST /finance/write-offs/{id}/refuse", DecideWriteOffs, p.refuseWriteOff),
		// What one person has asked for about tickets and another decides, and what has ended.
		staff("GET /decisions", ReadQueue, p.showDecisions).or(ApproveTickets, DecideWriteOffs),
		staff("GET /decisions/{id}", ReadQueue, p.showDecision).or(ApproveTickets, DecideWriteOffs),
		touched("POST /decisions/{id}/approve", ApproveTickets, p.approveDecision),
		touched("POST /decisions/{id}/refuse", ApproveTickets, p.refuseDecision),
		staff("GET /finance/ended", ReadFinance, p.showEnded),
		touched("POST /finance/ended/file", ExportReports, p.endedFile),
		// A line of the bank that is a deposit although the two differ.
		touched("POST /deposits/{id}/accept", AcceptDeposits, p.acceptDeposit),
	}
}
