//go:build !linux

package child

import (
	"os"
	"syscall"
)

// program is the file of this program.
func program() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// bound has nothing to set: a child whose parent died reads the end of its input.
func bound() *syscall.SysProcAttr { return nil }

// restrain does nothing: only Linux counts what a process of many threads has written to.
func restrain(uint64, uint64) error { return nil }

// MachineMemory is not known.
func MachineMemory() uint64 { return 0 }
