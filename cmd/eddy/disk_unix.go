//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// outliveFileLimit makes a write beyond a limit on the size of files (ulimit -f) fail as it
// does on a full disk, where it would end the process without a word.
func outliveFileLimit() { signal.Ignore(syscall.SIGXFSZ) }
