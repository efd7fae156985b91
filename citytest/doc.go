// Package citytest is a whole city in one test: store, office behind its socket, portal and sandbox
// behind real listeners, in one process. What crosses between them crosses as in life.
//
// Every city of every test runs under a tripwire. At the city's end the test fails when
//
//   - a card number, an expiry date or a security code was in any byte between office and processor
//     (before and after the adapter's strict reading), through the desk or the portal, in a log or in the
//     store;
//   - the name, e-mail or postal code that a payer typed on the card page was in any of these, but for the
//     processor's answers before the strict reading, which carry them in life;
//   - the address that a payer typed on the confirm page was in any of these in clear, but for the form
//     that his browser sent to the portal;
//   - a plate was in clear in a log, in the store, or in the first line or a header of a request or answer;
//   - any of these, or a plate, was in a message that the city sent.
//
// It looks at both ways of each connection as they are on the wire, and again at what HTTP carries once
// chunks are joined and compression is undone. It knows the plain, JSON, HTML, URL, hexadecimal and
// base64 forms. What it cannot read, or has no room to keep, is a finding as well. What tests type as a
// payer must be one of its canaries: another value is a finding, since nobody would look for it.
//
// Beside it stands a city of real processes (Processes): office, portal and sandbox, built with the tag
// "faults", each with its own folder and its own keys, on SQLite or PostgreSQL. They have one clock, which the
// test moves; each can be killed, at a named step or at any time; and each way between two of them is a link
// that can be cut, be late, or lose an answer. When such a city has come to rest (Rest), Check compares its
// books with the processor's own, once it has read what went back to payers (RestBack). These hold, whatever died and whatever was lost:
//
//   - no ticket is captured twice, by its receipts or by the ledger;
//   - no captured cent is without an allocation or an open exception, and postings sum to zero;
//   - each payment that the processor took is a captured attempt of the same cents, or an unallocated receipt,
//     and each captured attempt is one that the processor took;
//   - no authorisation is left standing at the processor;
//   - each attempt is in a final state, or in one that is known to wait, after bounded work;
//   - what was captured is the by-law's price at the instant of the quote;
//   - a one-time code began one payment at most, of its own tickets, and no payment by telephone is without one;
//   - one review of a ticket is open at most; a ticket is under review exactly while one is; and its clock stands still
//     exactly while a review holds it;
//   - each dispute of the processor's is a chargeback here that went through statuses that it had there, in their order, and
//     stands where it stands there; each refund is one refund there. What they posted, what is owed again and for how much,
//     which accounts hold it and what is in the queue is what a model says (back.go), which knows the processor's books, and
//     what the office has read when, and none of the office's rules.
package citytest
