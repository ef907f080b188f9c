package duckdb

import "syscall"

// freeSpace is how many bytes the disk of a folder has left for this user; 0 where that is
// not known.
func freeSpace(dir string) uint64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0
	}
	return s.Bavail * uint64(s.Bsize)
}
