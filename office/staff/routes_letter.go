package staff

// letterRoutes are receipts and letters on paper. An address or a name that is typed for one is kept nowhere.
func (p *Pages) letterRoutes() []route {
	return []route{
		staff("POST /receipts/{number}/paper", WriteLetters, p.printReceipt),
		touched("POST /receipts/{number}/named", WriteLetters, p.printNamed),
		staff("GET /messages/{reference}", FindTickets, p.showMessage),
		staff("POST /messages/{reference}/bounced", WriteLetters, p.messageBounced),
		staff("POST /messages/{reference}/back", WriteLetters, p.letterCameBack),
		staff("GET /letters/item/{id}", WriteLetters, p.showLetter(p.itemLetter, "id", "/letters/item/")).readBy(ReadForms),
		staff("POST /letters/item/{id}", WriteLetters, p.printLetter(p.itemLetter, "id", "/letters/item/")),
		staff("GET /letters/refund/{id}", WriteLetters, p.showLetter(p.refundLetter, "id", "/letters/refund/")).readBy(ReadForms),
		staff("POST /letters/refund/{id}", WriteLetters, p.printLetter(p.refundLetter, "id", "/letters/refund/")),
		staff("GET /letters/returned/{id}", WriteLetters, p.showLetter(p.returnedLetter, "id", "/letters/returned/")).readBy(ReadForms),
		staff("POST /letters/returned/{id}", WriteLetters, p.printLetter(p.returnedLetter, "id", "/letters/returned/")),
	}
}
