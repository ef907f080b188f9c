package child

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// program is the file of this program, as it was when it began.
func program() string { return "/proc/self/exe" }

// bound has the kernel kill a child whose parent died, and keeps it out of the signals of a
// terminal.
func bound() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// restrain limits this process to so many bytes and so many seconds of the processor; 0 is
// any. What is limited is data (RLIMIT_DATA: since Linux 4.7 all private memory that can be
// written), and not the address space (RLIMIT_AS): the runtime of Go and the allocators of C
// and DuckDB reserve far more than they use, so that a plan which takes 260 MiB does not even
// begin below 3 GiB of addresses, and needs less than 400 MiB of data. Should the machine
// itself run out of memory, the kernel is to end this process before any other.
func restrain(memory, cpu uint64) error {
	var errs []error
	if memory > 0 {
		errs = append(errs, syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: memory, Max: memory}))
	}
	if cpu > 0 {
		errs = append(errs, syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: cpu, Max: cpu}))
	}
	// A death is told by the parent; a core file would hold values of the model.
	errs = append(errs, syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}))
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0) // not let everywhere
	return errors.Join(errs...)
}

// MachineMemory is how many bytes of memory there are for this process: the machine's, or
// those of its control group. It is 0 where that is not known.
func MachineMemory() uint64 {
	var info syscall.Sysinfo_t
	var all uint64
	if syscall.Sysinfo(&info) == nil {
		all = uint64(info.Totalram) * uint64(info.Unit) //nolint:unconvert // of another size on other processors
	}
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if group, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil && (all == 0 || group < all) {
			all = group
		}
	}
	return all
}
