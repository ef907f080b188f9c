// Package jobs runs connections on servers: when somebody asks and when their schedule
// says, each run exactly once, whatever dies meanwhile.
//
// # Who decides what
//
// The store decides. It lets a connection have one run at a time, and a worker have a run
// as long as it keeps telling that it lives. River, the library of durable jobs, only
// carries the news that a run waits to a worker: a job that is lost or that comes twice
// costs time or nothing. Jobs lie in the store's own database, and a run and its job
// are written in one transaction.
//
// # What happens when
//
//   - A worker gets a job, claims its run, and tells the store every few seconds that it
//     lives and how far it is. The answer says whether somebody wants the run cancelled.
//   - A worker that dies stops doing so. The tick, which each server makes every few seconds,
//     takes back runs whose worker it saw silent for longer than a lease, and gives them new
//     jobs. The next attempt leads to the exact mirror by promise 8.
//   - A worker that cannot reach the store for the length of a lease stops its run: another
//     may have it already. The warehouse's own lock keeps the two apart until it has.
//   - A server that stops ends its runs early and gives them back; what was sent is
//     settled first.
//   - The tick also starts what is due, tells alerts and clears away what is old.
//   - A clock that jumps changes none of that: silence is measured on each server's monotonic
//     clock, and a job that a clock which was set back puts off is told to start now.
//
// # Local state
//
// A connection whose state lies in a state folder can only run where that folder is.
// Each folder has an id, the store remembers a connection's home, and its jobs go to
// the queue of that folder alone.
package jobs
