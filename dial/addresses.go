package dial

import (
	"net/netip"
	"slices"
)

// special is a range of addresses that is not the open internet.
type special struct{ prefix, kind string }

// specials are those of the IANA registries of special-purpose addresses (RFC 6890 and what
// came after it), multicast, and addresses at which clouds tell a machine its own secrets
// that lie in none of these. Of IPv6 only 2000::/3 is the open internet (RFC 4291, 2.4), and
// so only what is special inside of it has a line.
func specials() []special {
	const (
		private, shared, documentation, reserved = "a private address", "an address of carrier-grade NAT", "an address of documentation", "a reserved address"
		metadata                                 = "an address of a cloud's metadata"
	)
	return []special{
		{"169.254.169.254/32", metadata}, // most clouds
		{"169.254.170.2/32", metadata},   // containers of AWS
		{"100.100.100.200/32", metadata}, // Alibaba
		{"192.0.0.192/32", metadata},     // Oracle
		{"168.63.129.16/32", metadata},   // Azure; a public address by its number
		{"fd00:ec2::254/128", metadata},  // AWS
		{"fd20:ce::254/128", metadata},   // Google

		{"0.0.0.0/8", "an unspecified address"},
		{"10.0.0.0/8", private},
		{"100.64.0.0/10", shared},
		{"127.0.0.0/8", "a loopback address"},
		{"169.254.0.0/16", "a link-local address"},
		{"172.16.0.0/12", private},
		{"192.0.0.0/24", reserved},
		{"192.0.2.0/24", documentation},
		{"192.88.99.0/24", reserved},
		{"192.168.0.0/16", private},
		{"198.18.0.0/15", "an address of test networks"},
		{"198.51.100.0/24", documentation},
		{"203.0.113.0/24", documentation},
		{"224.0.0.0/4", "a multicast address"},
		{"240.0.0.0/4", reserved},

		{"::/128", "an unspecified address"},
		{"::1/128", "a loopback address"},
		{"fc00::/7", private},
		{"fe80::/10", "a link-local address"},
		{"ff00::/8", "a multicast address"},
		{"2001::/23", reserved}, // Teredo, ORCHID and others, none of which a server speaks
		{"2001:db8::/32", documentation},
		{"3fff::/20", documentation},
	}
}

// kindOf says what an address is that is not of the open internet; empty for one that is.
func kindOf(a netip.Addr) string {
	all := specials()
	i := slices.IndexFunc(all, func(s special) bool { return netip.MustParsePrefix(s.prefix).Contains(a) })
	switch {
	case i >= 0:
		return all[i].kind
	case a.Is6() && !netip.MustParsePrefix("2000::/3").Contains(a) && !netip.MustParsePrefix(nat64).Contains(a):
		return "a reserved address"
	default:
		return ""
	}
}

// nat64 is the prefix of addresses that a gateway turns into IPv4 (RFC 6052). The one for
// networks of one's own (RFC 8215) is reserved, as all that is outside of 2000::/3.
const nat64 = "64:ff9b::/96"

// embedded is the IPv4 address that a gateway would make of one of IPv6: NAT64, 6to4 (RFC
// 3056) and ISATAP (RFC 5214). Of others it is the address itself.
func embedded(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	b := a.As16()
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte(b[i : i+4])) }
	switch {
	case netip.MustParsePrefix(nat64).Contains(a):
		return at(12)
	case netip.MustParsePrefix("2002::/16").Contains(a):
		return at(2)
	case (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe:
		return at(12)
	default:
		return a
	}
}
