package staff

// workRoutes are the work on tickets, and what waits.
func (p *Pages) workRoutes() []route {
	return []route{
		// A ticket.
		staff("POST /tickets/{id}/note", NoteTickets, p.noteTicket),
		staff("POST /tickets/{id}/hold", HoldTickets, p.holdTicket),
		staff("POST /tickets/{id}/release", HoldTickets, p.releaseTicket),
		touched("POST /tickets/{id}/end", DecideTickets, p.endTicket),
		touched("POST /tickets/{id}/charge", CourtTickets, p.chargeTicket),
		staff("GET /enter", EnterTickets, p.showEnter).readBy(ReadForms),
		staff("POST /enter", EnterTickets, p.enterTicket),
		// Books of paper tickets.
		staff("GET /books", KeepBooks, p.showBooks).readBy(ReadBooks),
		staff("POST /books", KeepBooks, p.receiveBook),
		staff("POST /books/{id}/hand", KeepBooks, p.handBook),
		staff("POST /books/{id}/back", KeepBooks, p.bookBack),
		staff("POST /books/{id}/number", KeepBooks, p.markNumber),
		// What waits.
		staff("GET /work", Own, p.showWork), // of it, the lists that one may see
		staff("GET /work/{list}", ReadQueue, p.showList).or(DecideRefunds, DecideCorrections),
		touched("POST /receipts/{number}/transfer", AskCorrections, p.askTransfer),
		staff("POST /work/underway/ask", ActOnQueue, p.askProcessor),
		touched("POST /work/stopped/ask", AskCorrections, p.askStopped),
		touched("POST /corrections/{id}/approve", DecideCorrections, p.approveCorrection),
		touched("POST /corrections/{id}/refuse", DecideCorrections, p.refuseCorrection),
		staff("GET /held/{id}", ReadQueue, p.showHeldRow),
		touched("POST /held/{id}/open", OpenPlates, p.openHeldRow),
		staff("POST /held/{id}/close", ActOnQueue, p.closeHeldRow),
		touched("POST /work/byhand/say", DecideRefunds, p.sayOfRefund),
		touched("POST /work/byhand/terminal", AskRefunds, p.terminalRefund),
		touched("POST /work/cheques/written", KeepCheques, p.writtenCheque),
		touched("POST /work/cheques/back", KeepCheques, p.chequeBack),
		touched("POST /work/cheques/payee", KeepCheques, p.chequePayee),
		touched("POST /work/cheques/requisition", KeepCheques, p.requisition),
	}
}
