// Command fundy is everything that a city runs: one binary, a verb for each process and each task.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	_ "time/tzdata" // the city's clock, on machines without a time zone database

	"github.com/alecthomas/kong"
)

// commands are the verbs. Each stands in a file of its own.
type commands struct {
	Demo    demoCommand    `cmd:"" help:"Make a throw-away city on this machine, with real tickets, a sandbox for cards, and everything running. Ctrl-C ends it all."`
	Init    initCommand    `cmd:"" help:"Make a city's folder: city.toml, fresh keys, an empty store."`
	Migrate migrateCommand `cmd:"" help:"Move a city's store to this program's schema."`
	City    struct {
		Apply applyCommand `cmd:"" help:"Load names, by-law prices and holidays from a rules file. Says what it would do; --apply does it."`
	} `cmd:"" help:"What the city has set."`
	Import importCommand `cmd:"" help:"Bring tickets in from a file. Says what it would do; --apply does it."`
	Backup struct {
		Make   backupCommand       `cmd:"" default:"withargs" help:"Write an encrypted backup of the store, while the office runs."`
		Verify backupVerifyCommand `cmd:"" help:"Open a backup, look at all of it, and record the proof."`
	} `cmd:"" help:"Backups of a SQLite city, encrypted with age."`
	Restore restoreCommand `cmd:"" help:"Put a backup in the place of a store that is absent or empty; or mark a store that was restored by other means."`
	Keys    struct {
		Export keysExportCommand `cmd:"" help:"Seal all key files to recipients."`
		Import keysImportCommand `cmd:"" help:"Bring exported key files back."`
	} `cmd:"" help:"The city's keys. They are in no backup."`
	Doctor  doctorCommand  `cmd:"" help:"Look at a city and say what is wrong, each with the fix. It changes nothing."`
	Quote   quoteCommand   `cmd:"" help:"Say what a ticket costs at an instant, and how that is found."`
	Office  officeCommand  `cmd:"" help:"Run the office: the store, the processor's key, settling."`
	Portal  portalCommand  `cmd:"" help:"Run the portal: the public pages."`
	Serve   serveCommand   `cmd:"" help:"Run office and portal, as two processes."`
	Sandbox sandboxCommand `cmd:"" help:"Run a card processor to develop against. It takes test cards only."`
	Refund  struct {
		Ask     refundAskCommand     `cmd:"" help:"Put a refund before a second person. Says what it would do; --apply does it."`
		Approve refundApproveCommand `cmd:"" help:"Let a refund go, that somebody else has asked for. Says what it would do; --apply does it."`
		Refuse  refundRefuseCommand  `cmd:"" help:"End a refund that was asked for. Says what it would do; --apply does it."`
		List    refundListCommand    `cmd:"" help:"What was asked for and what became of it, and what can still be given back."`

		Requisition refundRequisitionCommand `cmd:"" help:"Ask accounts payable for the cheques that are owed. Says what it would do; --apply does it."`
		Cheque      refundChequeCommand      `cmd:"" help:"Enter cheques that accounts payable has written: one, or a file of them. Says what it would do; --apply does it."`
		Cleared     refundClearedCommand     `cmd:"" help:"Say that the bank has paid a cheque, where its line does not. Says what it would do; --apply does it."`
		Returned    refundReturnedCommand    `cmd:"" help:"Say that the post has brought a cheque back. Says what it would do; --apply does it."`
		Readdress   refundReaddressCommand   `cmd:"" help:"Give the payee and address of a cheque that came back or was never cashed: it is written anew. Says what it would do; --apply does it."`
		Terminal    refundTerminalCommand    `cmd:"" help:"Enter what was given back on the terminal. Says what it would do; --apply does it."`
		ByHand      refundByHandCommand      `cmd:"" name:"settle-by-hand" help:"Say what became of a refund that has stopped: two people, one after the other. Says what it would do; --apply does it."`
		End         refundEndCommand         `cmd:"" help:"End a refund by cheque or on the terminal before its money has gone: two people, one after the other. Says what it would do; --apply does it."`
	} `cmd:"" help:"Give money back. The staff pages do it too; who can run this is trusted to give his own name."`
	Counter struct {
		Take    counterTakeCommand    `cmd:"" help:"Take cash, cheques, money orders, and what the card terminal has taken, for tickets. Says what it would do; --apply does it."`
		Reverse counterReverseCommand `cmd:"" help:"Undo an entry while its batch is open. Says what it would do; --apply does it."`
	} `cmd:"" help:"Money without the card page, over the counter and by mail. The staff pages do it too; who can run this is trusted to give his own name."`
	Drawer struct {
		Make   drawerMakeCommand   `cmd:"" help:"Enter a drawer that the city has."`
		Open   drawerOpenCommand   `cmd:"" help:"Open a drawer with its float, counted by coin and note."`
		Drop   drawerDropCommand   `cmd:"" help:"Take cash out of it into the safe."`
		Close  drawerCloseCommand  `cmd:"" help:"Close it with all that was counted, checked by a second person, and its batches."`
		Reopen drawerReopenCommand `cmd:"" help:"Open a closed drawer again: a supervisor, before its cash has gone to the bank."`
		List   drawerListCommand   `cmd:"" default:"withargs" aliases:"show" help:"Who has had which drawer; of one, what has happened and its receipts."`
	} `cmd:"" help:"Cash drawers."`
	Batch struct {
		Open  batchOpenCommand  `cmd:"" help:"Open a batch of the mail, two people, with what it comes to."`
		Close batchCloseCommand `cmd:"" help:"Close a batch of the mail, or the cheques or the terminal of a drawer."`
		List  batchListCommand  `cmd:"" default:"withargs" help:"Batches, newest first, with what is in them."`
	} `cmd:"" help:"Tenders that go to the bank together."`
	Queue struct {
		List  queueListCommand  `cmd:"" default:"withargs" help:"What waits, the most urgent first, with its age, its owner and what to do."`
		Take  queueTakeCommand  `cmd:"" help:"Make one thing yours."`
		Note  queueNoteCommand  `cmd:"" help:"Keep a note with one thing."`
		Close queueCloseCommand `cmd:"" help:"Say that one thing has been dealt with, and how."`
	} `cmd:"" help:"What a person has to look at. The staff pages show it too."`
	Dispute struct {
		List disputeListCommand `cmd:"" default:"withargs" help:"Chargebacks that are not decided, with the day until which each can be answered at the processor's dashboard."`
	} `cmd:"" help:"What payers' banks have taken back."`
	Payment struct {
		List     paymentListCommand     `cmd:"" help:"What was asked for about payments and what became of it; --stopped: those that stopped."`
		Transfer paymentTransferCommand `cmd:"" help:"Ask that a payment is put to the ticket that the payer meant. Says what it would do; --apply does it."`
		Release  paymentReleaseCommand  `cmd:"" help:"Ask that what a stopped payment has set aside is given back. Says what it would do; --apply does it."`
		Put      paymentPutCommand      `cmd:"" help:"Ask that what was taken for a stopped payment pays its tickets. Says what it would do; --apply does it."`
		Keep     paymentKeepCommand     `cmd:"" help:"Ask that what was taken for a stopped payment stays put to no ticket. Says what it would do; --apply does it."`
		Free     paymentFreeCommand     `cmd:"" help:"Ask that a stopped payment ends of which the processor has nothing. Says what it would do; --apply does it."`
		Approve  paymentApproveCommand  `cmd:"" help:"Do what somebody else has asked for. Says what it would do; --apply does it."`
		Refuse   paymentRefuseCommand   `cmd:"" help:"End what was asked for. Says what it would do; --apply does it."`
	} `cmd:"" help:"Put right what went wrong with a payment. The staff pages do it too; who can run this is trusted to give his own name."`
	Ticket struct {
		Withdraw ticketWithdrawCommand `cmd:"" help:"Withdraw a ticket; a paid one is paid back. Says what it would do; --apply does it."`
		Cancel   ticketCancelCommand   `cmd:"" help:"Cancel a ticket, where its law knows that; a paid one is paid back. Says what it would do; --apply does it."`
		Void     ticketVoidCommand     `cmd:"" help:"Say that a ticket was never valid; a paid one is paid back. Says what it would do; --apply does it."`
		Asked    ticketAskedCommand    `cmd:"" help:"List what was asked for about tickets, and what waits for a second person."`
		Approve  ticketApproveCommand  `cmd:"" help:"Approve what another person has asked for about tickets. Says what it would do; --apply does it."`
		Refuse   ticketRefuseCommand   `cmd:"" help:"Refuse what was asked for about tickets. Says what it would do; --apply does it."`
		WriteOff ticketWriteOffCommand `cmd:"" help:"Give up what is owed on tickets, by a resolution. Says what it would do; --apply does it."`
		Recover  ticketRecoverCommand  `cmd:"" help:"Make tickets that were written off owed again. Says what it would do; --apply does it."`
	} `cmd:"" help:"Decide about a ticket. The staff pages do it too; who can run this is trusted to give his own name."`
	Mail struct {
		Test    mailTestCommand    `cmd:"" help:"Send a message to yourself, and say what the mail server answered."`
		Bounced mailBouncedCommand `cmd:"" help:"Say that a message has come back. Says what it would do; --apply does it."`
	} `cmd:"" help:"The city's messages by e-mail."`
	Staff struct {
		Invite  staffInviteCommand  `cmd:"" help:"Invite somebody, the first administrator too, and print a one-time code. Says what it would do; --apply does it."`
		Recover staffRecoverCommand `cmd:"" help:"Let somebody in again who has lost all passkeys, where no two other administrators could. Says what it would do; --apply does it."`
		List    staffListCommand    `cmd:"" default:"1" help:"Who works in the office, and with how many passkeys."`
	} `cmd:"" help:"Who works on the staff pages."`
	Settle struct {
		Fetch   settleFetchCommand   `cmd:"" help:"Read the processor's payouts, and enter those that add up. Says what it would do; --apply does it."`
		Bank    settleBankCommand    `cmd:"" help:"Take a file of the bank: BAI2, CAMT.053 or CSV. Says what it would do; --apply does it."`
		Report  settleReportCommand  `cmd:"" help:"Say what a business day came to: taken, fees, payouts, bank, and each difference with its class."`
		Explain settleExplainCommand `cmd:"" help:"Say what an unknown is, so that its day can close. Says what it would do; --apply does it."`
		Close   settleCloseCommand   `cmd:"" help:"Lock a business day that has nothing unexplained. Says whether it can; --apply does it."`
	} `cmd:"" help:"Follow what was taken to the bank."`
	Deposit struct {
		Make     depositMakeCommand     `cmd:"" help:"Put closed batches of cash and cheques on a deposit slip. Says what it would do; --apply does it."`
		Terminal depositTerminalCommand `cmd:"" help:"Enter what a card terminal's own report says of its batch. Says what it would do; --apply does it."`
		Sent     depositSentCommand     `cmd:"" help:"Keep that a deposit went out of the house. Says what it would do; --apply does it."`
		Accept   depositAcceptCommand   `cmd:"" help:"Say that a line of the bank is a deposit although they differ. Says what it would do; --apply does it."`
		List     depositListCommand     `cmd:"" help:"The closed batches that wait for a deposit, and the deposits."`
	} `cmd:"" help:"Bring what was taken at the counter to the bank."`
	Item struct {
		Enter    itemEnterCommand    `cmd:"" help:"Keep what came in and can't be taken as it is. Says what it would do; --apply does it."`
		Deposit  itemDepositCommand  `cmd:"" help:"Put an item's money in the bank before anybody knows what it is for. Says what it would do; --apply does it."`
		Return   itemReturnCommand   `cmd:"" help:"Keep that an item went back with a letter. Says what it would do; --apply does it."`
		Resolve  itemResolveCommand  `cmd:"" help:"Keep which payment an item became. Says what it would do; --apply does it."`
		Note     itemNoteCommand     `cmd:"" help:"Read the sealed note on an item. It is on the log before you do."`
		Returned itemReturnedCommand `cmd:"" help:"Take a payment back whose cheque came back. Says what it would do; --apply does it."`
		List     itemListCommand     `cmd:"" help:"The items that are kept, with their owners and ages."`
	} `cmd:"" help:"What came in and is no payment, and cheques that came back."`
	Charge struct {
		List  chargeListCommand  `cmd:"" help:"The charges that are owed."`
		Pay   chargePayCommand   `cmd:"" help:"Take money for a charge, into your drawer. Says what it would do; --apply does it."`
		Waive chargeWaiveCommand `cmd:"" help:"Let a charge go. Says what it would do; --apply does it."`
	} `cmd:"" help:"Debts beside tickets, for cheques that came back."`
	Ledger struct {
		Check     ledgerCheckCommand     `cmd:"" help:"Recompute every account from its postings, and say what does not agree."`
		Balances  ledgerBalancesCommand  `cmd:"" help:"Every account as of the end of a day."`
		Export    ledgerExportCommand    `cmd:"" help:"Write a range of days for the city's own general ledger, by a mapping. Says what it would do; --apply does it."`
		Year      ledgerYearCommand      `cmd:"" help:"What a year came to at its end: receivable by age, money in transit, what is not claimed, write-offs."`
		CloseYear ledgerCloseYearCommand `cmd:"" help:"Lock a year whose days are all closed. Says whether it can; --apply does it."`
	} `cmd:"" help:"The ledger."`
}

// Exit codes: 1 for a failure, 2 for a wrong call.
const (
	exitFailure = 1
	exitUsage   = 2
)

// errUsage is a call that can't be taken.
var errUsage = errors.New("usage")

func main() {
	// A child that is to die with us is watched by the thread that started it.
	runtime.LockOSThread()
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	var c commands
	parser, err := kong.New(&c,
		kong.Name("fundy"),
		kong.Description("What a city runs to be paid for its parking tickets. Start with: fundy demo"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fundy:", err)
		return exitFailure
	}
	call, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fundy:", err)
		fmt.Fprintln(os.Stderr, "see: fundy --help")
		return exitUsage
	}
	err = call.Run()
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "fundy:", err)
		return exitUsage
	}
	fmt.Fprintln(os.Stderr, "fundy:", err)
	return exitFailure
}
