package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machine describes what the figures were measured on.
func machine() []string {
	out := []string{fmt.Sprintf("%d cores, %s", runtime.NumCPU(), field("/proc/cpuinfo", "model name"))}
	if kb := field("/proc/meminfo", "MemTotal"); kb != "" {
		out[0] += ", memory " + kb
	}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		out = append(out, runtime.GOOS+"/"+runtime.GOARCH+" "+strings.TrimSpace(string(kernel)))
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		out = append(out, "load average before: "+strings.Join(strings.Fields(string(load))[:3], " "))
	}
	return append(out, runtime.Version())
}

// field is the first value of a key in a file of "key : value" lines.
func field(file, key string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
