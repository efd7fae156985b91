package staff

// reviewRoutes are the pages of reviews: the queue, one review, what is sealed of it, the decision, and a letter that came in.
func (p *Pages) reviewRoutes() []route {
	return []route{
		staff("GET /reviews", ReadReviews, p.showReviews).or(DecideReviews),
		staff("GET /reviews/{id}", ReadReviews, p.showReview).or(DecideReviews),
		touched("POST /reviews/{id}/open", OpenReviews, p.openReview),
		touched("POST /reviews/{id}/files/{n}", OpenReviews, p.openReviewFile),
		touched("POST /reviews/{id}/letter", OpenReviews, p.printReviewLetter),
		touched("POST /reviews/{id}/paper", OpenReviews, p.printReviewPaper),
		staff("POST /reviews/{id}/take", DecideReviews, p.takeReview),
		touched("POST /reviews/{id}/decide", DecideReviews, p.decideReview),
		staff("GET /tickets/{id}/review", EnterReviews, p.showReviewEntry).readBy(ReadForms),
		staff("POST /tickets/{id}/review", EnterReviews, p.enterReview),
		{pattern: "POST /reviews/{id}/scan", may: EnterReviews, upload: photoMost, papers: true, handle: p.addScan},
		// A file is served without a session, by an address that holds for a minute and once.
		public("GET /review-files/{token}", p.serveReviewFile),
	}
}
