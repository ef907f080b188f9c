// Package warehousetest is the suite that every warehouse passes, and the real servers
// that tests run on.
package warehousetest
