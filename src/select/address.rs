//! Network prefixes as Go's `net/netip` has them. Addresses are the standard library's.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads an address; upstream refuses zones and IPv4 addresses in IPv6 form (`apiserver/pkg/cel/library/ip.go`).
pub fn parse_ip(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => None,
        address => Some(address),
    }
}

/// An address and how many of its leading bits count. The others are kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cidr {
    /// The address.
    pub address: IpAddr,
    /// The length of the prefix.
    pub bits: u8,
}

impl Cidr {
    /// Reads `10.0.0.0/8`.
    pub fn parse(text: &str) -> Option<Cidr> {
        let (address, bits) = text.rsplit_once('/')?;
        let address = parse_ip(address)?;
        let plain = bits.bytes().all(|b| b.is_ascii_digit()) && (bits.len() == 1 || !bits.starts_with('0'));
        let bits: u8 = bits.parse().ok().filter(|bits| plain && *bits <= width(address))?;
        Some(Cidr { address, bits })
    }

    /// The same prefix with all other bits zero.
    pub fn masked(&self) -> Cidr {
        let address = match self.address {
            IpAddr::V4(v4) => {
                IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0)))
            }
            IpAddr::V6(v6) => {
                IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0)))
            }
        };
        Cidr { address, bits: self.bits }
    }

    /// True if the address is of the same family and has this prefix.
    pub fn contains(&self, address: IpAddr) -> bool {
        let same_family = address.is_ipv4() == self.address.is_ipv4();
        same_family && Cidr { address, bits: self.bits }.masked() == self.masked()
    }

    /// True if every address of `other` is one of this.
    pub fn contains_all(&self, other: &Cidr) -> bool {
        self.bits <= other.bits && self.contains(other.address)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check =
            |text: &str, want: &str| assert_eq!(parse_ip(text).map_or(String::new(), |ip| ip.to_string()), want, "{text}");
        check("10.1.2.3", "10.1.2.3");
        check("2001:DB8:0:0:0:0:0:1", "2001:db8::1");
        check("1:0:0:2:0:0:0:3", "1:0:0:2::3");
        check("1:2:3:4:5:6:0:8", "1:2:3:4:5:6:0:8");
        check("::1.2.3.4", "::102:304");
        check("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
        for wrong in
            ["", "10.1.2", "10.01.2.3", "10.1.2.256", "::ffff:1.2.3.4", "fe80::1%eth0", "1::2::3", ":::", "12345::", " ::1"]
        {
            check(wrong, "");
        }
    }

    #[test]
    fn prefixes() {
        let cidr = |text: &str| Cidr::parse(text).unwrap_or_else(|| panic!("{text} is a prefix"));
        assert_eq!(cidr("10.1.2.3/16").masked().to_string(), "10.1.0.0/16");
        assert_eq!(cidr("::1/0").masked().to_string(), "::/0");
        assert_eq!(cidr("1.2.3.4/32").masked().to_string(), "1.2.3.4/32");
        let contains = |a: &str, b: &str| cidr(a).contains_all(&cidr(b));
        assert!(contains("10.0.0.0/8", "10.1.2.3/16") && contains("0.0.0.0/0", "0.0.0.0/0"));
        assert!(!contains("10.1.0.0/16", "10.0.0.0/8") && !contains("::/0", "10.0.0.0/8"));
        for wrong in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/", "::/129", "/8", "::ffff:1.2.3.4/128"]
        {
            assert_eq!(Cidr::parse(wrong), None, "{wrong}");
        }
    }
}
