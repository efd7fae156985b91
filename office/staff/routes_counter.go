package staff

// counterRoutes are the counter and the mail: taking money, drawers, what two people do, items, charges, deposits.
func (p *Pages) counterRoutes() []route {
	return []route{
		staff("GET /counter", TakeMoney, p.showCounter).readBy(ReadForms),
		staff("POST /counter", TakeMoney, p.counter),
		staff("GET /entries/{number}", FindTickets, p.showEntry),
		staff("GET /entries/{number}/print", FindTickets, p.printEntry),
		touched("POST /entries/{number}/undo", TakeMoney, p.undoEntry),
		touched("POST /entries/{number}/returned", MakeDeposits, p.returnCheque),
		// Drawers, and what takes a second person.
		staff("GET /drawers", ReadCounter, p.showDrawers).or(TakeMoney),
		staff("POST /drawers", RunDrawers, p.makeDrawer),
		staff("GET /drawers/{name}", ReadCounter, p.showDrawer).or(TakeMoney),
		staff("POST /drawers/{name}/open", TakeMoney, p.openDrawer),
		staff("POST /drawers/{name}/drop", TakeMoney, p.askDrop),
		staff("POST /drawers/{name}/close", TakeMoney, p.askClose),
		touched("POST /drawers/{name}/reopen", RunDrawers, p.reopenDrawer),
		staff("GET /seconds/{id}", TakeMoney, p.showSecond).readBy(ReadCounter),
		touched("POST /seconds/{id}/confirm", TakeMoney, p.confirmSecond),
		staff("POST /seconds/{id}/withdraw", TakeMoney, p.withdrawSecond),
		staff("POST /batches/{id}/close", TakeMoney, p.closeBatch),
		// The mail and what can't be taken as it is.
		staff("GET /mail", ReadCounter, p.showMail),
		staff("POST /mail", TakeMoney, p.askMail),
		staff("GET /mail/{id}", ReadCounter, p.showMailBatch),
		staff("POST /mail/{id}", TakeMoney, p.takeMail),
		staff("GET /items", ReadCounter, p.showItems).or(TakeMoney),
		staff("GET /items/new", TakeMoney, p.showNewItem).readBy(ReadForms),
		staff("POST /items", TakeMoney, p.enterItem),
		staff("GET /items/{id}", ReadCounter, p.showItem).or(TakeMoney),
		staff("POST /items/{id}/deposit", TakeMoney, p.depositItem),
		staff("POST /items/{id}/return", TakeMoney, p.returnItem),
		staff("POST /items/{id}/resolve", TakeMoney, p.resolveItem),
		touched("POST /items/{id}/note", OpenNotes, p.openItemNote),
		// Charges, and the way to the bank.
		staff("GET /charges", ReadCounter, p.showCharges),
		staff("GET /charges/{id}", ReadCounter, p.showCharge),
		staff("POST /charges/{id}/pay", TakeMoney, p.payCharge),
		touched("POST /charges/{id}/waive", RunDrawers, p.waiveCharge),
		staff("GET /deposits", ReadCounter, p.showDeposits).or(AcceptDeposits),
		staff("POST /deposits", MakeDeposits, p.makeDeposit),
		staff("POST /deposits/terminal", MakeDeposits, p.makeTerminalDeposit),
		staff("GET /deposits/{id}", ReadCounter, p.showDeposit).or(AcceptDeposits),
		staff("POST /deposits/{id}/sent", MakeDeposits, p.sendDeposit),
	}
}
