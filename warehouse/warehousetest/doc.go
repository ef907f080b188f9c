// Package warehousetest is the suites that every source and every engine passes, and the
// real servers that tests run on.
package warehousetest
