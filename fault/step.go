// Package fault names the steps of the city's work, and is where a test makes a process die at one, or
// moves its clock.
//
// A step is one transaction or one call of another party. Whoever makes one names it: a store.Write or a
// foreign call without a Step does not compile, so a new one can't be forgotten by the tests that kill a
// city at each of its steps.
//
// The ordinary program has none of the rest: Before, After and Now do something only in one that was built
// with the tag "faults" (on.go), and a test looks into both.
package fault

// Step is a transaction or a foreign call.
type Step struct{ name string }

// String is the step's name, as FUNDY_CRASH has it.
func (s Step) String() string { return s.name }

// The steps, in the order in which a payment comes to them, then those beside it.
var (
	BeginPayment    = Step{"begin_payment"}
	CallCreate      = Step{"call_create_session"}
	CallFind        = Step{"call_find_session"}
	MoveAttempt     = Step{"move_attempt"}
	ClaimReading    = Step{"claim_reading"}
	CallSession     = Step{"call_get_session"}
	CallPayment     = Step{"call_get_payment"}
	ApplyReading    = Step{"apply_reading"}
	Allocate        = Step{"allocate"}
	CallCapture     = Step{"call_capture"}
	CallRelease     = Step{"call_release"}
	FinishTask      = Step{"finish_task"}
	DelayTask       = Step{"delay_task"}
	RenewTask       = Step{"renew_task"}
	ClosePage       = Step{"close_page"}
	CallExpire      = Step{"call_expire_session"}
	AskRefund       = Step{"ask_refund"}
	DecideRefund    = Step{"decide_refund"}
	CallRefund      = Step{"call_refund"}
	CallFindBack    = Step{"call_find_refund"}
	CallGetBack     = Step{"call_get_refund"}
	ApplyRefund     = Step{"apply_refund"}
	ClaimRefunds    = Step{"claim_refunds"}
	LeaseTasks      = Step{"lease_tasks"}
	ClaimDue        = Step{"claim_due"}
	TakeEvent       = Step{"take_event"}
	RecordOpening   = Step{"record_opening"}
	RecordShown     = Step{"record_shown"}
	ImportBatch     = Step{"import_batch"}
	ApplyRules      = Step{"apply_rules"}
	MakeCity        = Step{"make_city"}
	CallList        = Step{"call_list_sessions"}
	AttachSession   = Step{"attach_session"}
	LiftRestore     = Step{"lift_restore"}
	MarkRestored    = Step{"mark_restored"}
	RecordProof     = Step{"record_proof"}
	CallPayouts     = Step{"call_list_payouts"}
	CallLines       = Step{"call_list_payout_lines"}
	AddCharges      = Step{"add_charges"}
	AddPayout       = Step{"add_payout"}
	AddLines        = Step{"add_payout_lines"}
	MovePaid        = Step{"move_paid_attempts"}
	AddBankFile     = Step{"add_bank_file"}
	MatchBank       = Step{"match_bank"}
	ExplainItem     = Step{"explain_item"}
	CloseDay        = Step{"close_day"}
	ActOnException  = Step{"act_on_exception"}
	TakeTender      = Step{"take_tender"}
	ReverseEntry    = Step{"reverse_entry"}
	MakeDrawer      = Step{"make_drawer"}
	OpenDrawer      = Step{"open_drawer"}
	DropCash        = Step{"drop_cash"}
	CloseDrawer     = Step{"close_drawer"}
	ReopenDrawer    = Step{"reopen_drawer"}
	OpenBatch       = Step{"open_batch"}
	CloseBatch      = Step{"close_batch"}
	AskSecond       = Step{"ask_second"}
	ConfirmSecond   = Step{"confirm_second"}
	WithdrawSecond  = Step{"withdraw_second"}
	LeaseFeed       = Step{"lease_feed"}
	RestFeed        = Step{"rest_feed"}
	WatchFeeds      = Step{"watch_feeds"}
	RefuseFile      = Step{"refuse_bank_file"}
	KeepFile        = Step{"keep_folder_file"}
	EndFile         = Step{"end_folder_file"}
	ClaimDisputes   = Step{"claim_disputes"}
	CallDisputes    = Step{"call_list_disputes"}
	CallDispute     = Step{"call_get_dispute"}
	ApplyDispute    = Step{"apply_dispute"}
	ListedDisputes  = Step{"listed_disputes"}
	AskPayee        = Step{"ask_payee"}
	MakeRequisition = Step{"make_requisition"}
	IssueCheques    = Step{"issue_cheques"}
	EndCheque       = Step{"end_cheque"}
	ErasePayees     = Step{"erase_payees"}
	TerminalRefund  = Step{"terminal_refund"}
	SayOfRefund     = Step{"say_of_refund"}
	ExportLedger    = Step{"export_ledger"}
	WriteOff        = Step{"write_off"}
	CloseYear       = Step{"close_year"}
	MakeDeposit     = Step{"make_deposit"}
	SendDeposit     = Step{"send_deposit"}
	AcceptDeposit   = Step{"accept_deposit"}
	ReturnCheque    = Step{"return_cheque"}
	PayCharge       = Step{"pay_charge"}
	WaiveCharge     = Step{"waive_charge"}
	EnterItem       = Step{"enter_item"}
	DepositItem     = Step{"deposit_item"}
	ReturnItem      = Step{"return_item"}
	ResolveItem     = Step{"resolve_item"}
	AskCorrection   = Step{"ask_correction"}
	DecideCorrect   = Step{"decide_correction"}
	DecideTicket    = Step{"decide_ticket"}
	MoveTicket      = Step{"move_ticket"}
	NoteTicket      = Step{"note_ticket"}
	EnterTicket     = Step{"enter_ticket"}
	KeepBook        = Step{"keep_book"}
	ResolveHeldRow  = Step{"resolve_held_row"}
	MakeMailDue     = Step{"make_mail_due"}
	MakeMessage     = Step{"make_message"}
	CallMail        = Step{"call_mail_server"}
	MoveMessage     = Step{"move_message"}
	MakeCode        = Step{"make_code"}
	OpenCode        = Step{"open_code"}
	EndCode         = Step{"end_code"}
	MailCode        = Step{"mail_code"}
	MailReceipt     = Step{"mail_receipt_asked"}
	AskReview       = Step{"ask_review"}
	AddReviewFile   = Step{"add_review_file"}
	TakeReview      = Step{"take_review"}
	DecideReview    = Step{"decide_review"}
	OvertakeReview  = Step{"overtake_review"}
	EraseReview     = Step{"erase_review"}
	AddPhoto        = Step{"add_photo"}
	CoverPhoto      = Step{"cover_photo"}
	ReleasePhoto    = Step{"release_photo"}
	TakeBackPhoto   = Step{"take_back_photo"}
	ErasePhoto      = Step{"erase_photo"}
	AgePhoto        = Step{"age_photo"}
	AskTicket       = Step{"ask_ticket"}
	DecideAsk       = Step{"decide_ticket_ask"}
	CallDecline     = Step{"call_get_decline"}
	SeeDecline      = Step{"see_decline"}
	ByTest          = Step{"by_test"} // what a test writes itself
)

// PaymentSteps are the steps that a city comes to while people pay.
var PaymentSteps = []Step{
	BeginPayment, CallCreate, MoveAttempt, ClaimReading, CallSession, ApplyReading, Allocate, CallCapture, CallRelease, FinishTask,
	ClosePage, CallExpire, LeaseTasks, ClaimDue, TakeEvent, RecordOpening, RecordShown,
}

// TroubleSteps are those that it comes to when the processor answers with errors, or not at all.
var TroubleSteps = []Step{DelayTask, RenewTask, CallFind, CallPayment}

// DeclineSteps are those that it comes to when a card is declined while somebody looks.
var DeclineSteps = []Step{CallDecline, SeeDecline}

// RefundSteps are the steps that a city comes to while money is given back.
var RefundSteps = []Step{AskRefund, DecideRefund, LeaseTasks, CallRefund, CallFindBack, ApplyRefund, FinishTask, ClaimRefunds, CallGetBack}

// CounterSteps are the steps that a city comes to while money is taken without the card page.
var CounterSteps = []Step{TakeTender, ReverseEntry, MakeDrawer, OpenDrawer, DropCash, CloseDrawer, ReopenDrawer, OpenBatch, CloseBatch}

// DisputeSteps are the steps that a city comes to when a payer's bank takes money back.
var DisputeSteps = []Step{ClaimDisputes, CallDisputes, ApplyDispute, ListedDisputes, CallDispute}

// RestoreSteps are the steps that a restored city comes to before it takes payments again.
var RestoreSteps = []Step{CallList, CallSession, ApplyReading, AttachSession, LiftRestore}

// MailSteps are the steps that a city comes to while a message is sent.
var MailSteps = []Step{MakeMailDue, LeaseTasks, MakeMessage, CallMail, RecordOpening, MoveMessage}

// ReviewSteps are the steps that a city comes to while a ticket is looked at again.
var ReviewSteps = []Step{AskReview, AddReviewFile, TakeReview, DecideReview, OvertakeReview, EraseReview, MakeLetter}

// PhotoSteps are the steps that an office comes to on the way of a photograph, from the camera to its erasing by age.
var PhotoSteps = []Step{AddPhoto, CoverPhoto, ReleasePhoto, TakeBackPhoto, ErasePhoto, AgePhoto}

// PhoneSteps are the steps that an office comes to while somebody pays by telephone.
var PhoneSteps = []Step{MakeCode, OpenCode, BeginPayment, EndCode, MailCode, MailReceipt}

// TicketSteps are the steps that an office comes to while tickets are worked on.
var TicketSteps = []Step{NoteTicket, MoveTicket, KeepBook, EnterTicket, DecideTicket, AskTicket, DecideAsk}

// SecondSteps are the steps that an office comes to while two people count.
var SecondSteps = []Step{MakeDrawer, OpenDrawer, AskSecond, ConfirmSecond, WithdrawSecond}

// OddSteps are the steps that an office comes to when something can't be taken as it is, a cheque comes back, and the bag
// goes to the bank; and when an address is needed no more.
var OddSteps = []Step{EnterItem, DepositItem, ReturnItem, ResolveItem, ActOnException, AskSecond, MakeDeposit, SendDeposit, ReturnCheque, PayCharge, WaiveCharge, ErasePayees}

// BankSteps are the steps that a city comes to while money is followed to the bank.
var BankSteps = []Step{CallPayouts, CallLines, AddLines, AddPayout, MovePaid, AddBankFile, MatchBank, ExplainItem}

// FeedSteps are the steps that an office comes to when it fetches by itself what it expects of others.
var FeedSteps = []Step{LeaseFeed, RestFeed, WatchFeeds, RefuseFile}

// IntakeSteps are the steps that an office comes to when a file of tickets comes by its folder, and when a person applies one
// that was held.
var IntakeSteps = []Step{KeepFile, ImportBatch, EndFile}

// ChequeSteps are the steps that a city comes to on the way of a refund by cheque.
var ChequeSteps = []Step{DecideRefund, RecordOpening, MakeRequisition, IssueCheques, EndCheque, AskPayee, SayOfRefund}

// BookSteps are the steps at which people decide what the books say: of the bank's count, of what went back on the
// terminal, of debts that are given up, and of days and years that are over.
var BookSteps = []Step{AcceptDeposit, TerminalRefund, WriteOff, CloseDay, CloseYear}

// CorrectionSteps are the steps of what is put right about a payment, and of what ends its ticket.
var CorrectionSteps = []Step{AskCorrection, DecideCorrect, AskTicket, DecideAsk}
