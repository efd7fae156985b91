// Package picture makes photographs anew, and covers parts of them. It knows no ticket and no visitor.
//
// Invariants:
//   - what comes out is pixels alone: no place, no time, no telephone, no second file behind the first;
//   - a file is decoded only when its head has said how large it is, and one at a time;
//   - what a cover lies on is gone: no byte of the copy depends on a pixel beneath it.
//
// One who has a fault of a decoder has the process that calls it: the portal, for what strangers send; the office, for
// what its own people bring, who have shown a passkey before any of it is read.
package picture
