// Package model walks a city's payments at random and compares every step with what must always hold. The
// office, the settling, the adapter to the processor, the sandbox and the store are the real ones; they meet in
// memory, on one clock that the walk moves, and nothing runs beside the walk: whoever works (a worker, the
// sweeper, a second office) works when the walk says so, also in the middle of another's call. So a walk can be
// made again, and one that fails is cut down (-rapid.shrinktime says for how long).
//
// After every action, from the store's rows, the sandbox's own books and what the walk knows it has asked for:
//
//  1. A ticket has at most one live allocation. A capturing attempt and one with a receipt have all of their
//     tickets, for the frozen amounts; a stopped one, and one that is released after it
//     had stopped, all or none; any other none.
//  2. A ticket is paid while an attempt with a receipt has it, confirming while another one has it, and at no
//     other time. An attempt that has paid tells no reason for which it was
//     let go. A ticket moves only as its regime allows.
//  3. An attempt moves only along payment.Table, one version a line, and no event comes that has no line.
//     One that is not at rest has a task, or a time at which it is looked at.
//  4. What the books have of an attempt, captured and unallocated, is what was taken at the processor, to the
//     cent: always in the states in which money was taken, and after every reading of the processor that worked;
//     in every other state the books have nothing of it.
//  5. A session is of its attempt, for the frozen total. No more is ever taken than that, and the office itself
//     asks for exactly that.
//  6. Of an attempt that is released, or whose capture has failed, the money is back on the card and nothing was
//     taken; of one that is expired, failed or abandoned, nothing was ever set aside. The office takes what is set
//     aside exactly where no ticket of the payment has moved since its quote, and gives it back where one has. What the
//     payer reads of his money is so, and why it was given back is a reason that the page has words for.
//  7. A payment begins exactly when the model says that it may: quotes of ours, one a ticket, none older than its
//     30 minutes, none of a ticket that has moved since, the box ticked where there is a review, no more open
//     attempts than the city allows. The same request again is the same attempt; with other content it is refused.
//  8. An idempotency key stands for one request, byte for byte, and is not used after 24 hours, when the
//     processor has forgotten it.
//  9. An event is taken with a signature of the processor's that is not old, and never otherwise.
//  10. No alarm is raised that says that the office itself is at fault.
//
// After some actions and at the end:
//
//  11. The ledger agrees in itself and with the attempts (store.CheckLedger), what is in clearing is what the
//     sandbox has taken in all, and nothing is owed on any component of a paid ticket.
//
// At the end, once the workers have had two days, shorter than a hold lasts:
//
//  12. Every attempt is final, captured, or stopped; each that is stopped or was corrected is an exception that a
//     person is told of; no authorisation stands at the sandbox, and no task is left.
//
// Two people end attempts that stopped, and only as the books allow: then the tickets are free again.
//
// What it does not walk: two transactions at the same instant (PostgreSQL's locks), refunds and disputes, which the
// campaign has (citytest/back.go says what they must come to), transfers, tickets that are withdrawn after they were
// paid, and methods that answer later, which the sandbox does not have.
package model
