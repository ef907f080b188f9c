package dial

import "net/netip"

// Check is what a rule says of an address, without a call.
func Check(g Guard, a netip.Addr) error { return g.check(a) }
