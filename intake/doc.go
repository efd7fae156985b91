// Package intake brings tickets in: a mapping says how a city's export is written, a reader reads it row by row,
// the city's rules make tickets of the rows, and the store takes them in short batches.
//
// Invariants:
//   - a new city needs a mapping and no code;
//   - a row goes in whole or is rejected with its line, its column and a reason; a reject holds nothing out of the row;
//   - the same file twice changes nothing; a row that contradicts a ticket goes to quarantine, sealed; nothing is overwritten;
//   - a ticket's id follows from its key, so an import that was killed and is run again ends as if it had run once;
//   - a plate leaves this package only as keyed indexes and sealed;
//   - memory does not grow with the file; the one exception, a dry run's memory of what it has seen, is bounded.
//
// On disk: tickets, postings, quarantine and one leaf per batch, by way of the store; the reject file. An attacker
// who controls the file can put tickets in that no officer wrote, and nothing else; control totals are there to notice it.
package intake
