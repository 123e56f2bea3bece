//! Addresses and prefixes (`apiserver/pkg/cel/library/ip.go`, `cidr.go`).

use std::net::IpAddr;

use crate::select::address::{Cidr, parse_ip};
use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("ip", "(string) -> ip", Cost::Text, ip),
    ("isIP", "(string) -> bool", Cost::Text, is_ip),
    ("ip.isCanonical", "(string) -> bool", Cost::Rewrite, is_canonical),
    ("family", "ip.() -> int", Cost::One, family),
    ("isUnspecified", "ip.() -> bool", Cost::One, is_unspecified),
    ("isLoopback", "ip.() -> bool", Cost::One, is_loopback),
    ("isLinkLocalMulticast", "ip.() -> bool", Cost::One, is_link_local_multicast),
    ("isLinkLocalUnicast", "ip.() -> bool", Cost::One, is_link_local_unicast),
    ("isGlobalUnicast", "ip.() -> bool", Cost::One, is_global_unicast),
    ("cidr", "(string) -> cidr", Cost::Text, cidr),
    ("isCIDR", "(string) -> bool", Cost::Text, is_cidr),
    ("containsIP", "cidr.(string) -> bool", Cost::WithinText, contains_ip),
    ("containsIP", "cidr.(ip) -> bool", Cost::Within, contains_ip),
    ("containsCIDR", "cidr.(string) -> bool", Cost::RangeText, contains_cidr),
    ("containsCIDR", "cidr.(cidr) -> bool", Cost::Range, contains_cidr),
    ("ip", "cidr.() -> ip", Cost::One, address),
    ("prefixLength", "cidr.() -> int", Cost::One, prefix_length),
    ("masked", "cidr.() -> cidr", Cost::One, masked),
];

fn str<'a>(args: &'a [Value<'_>], n: usize) -> Result<&'a str, Failure> {
    args.get(n).and_then(Value::as_str).ok_or_else(Failure::no_overload)
}

fn read_ip(text: &str) -> Result<IpAddr, Failure> {
    parse_ip(text).ok_or_else(|| Failure::new(format!("`{text}` is no IP address, or one with a zone or an IPv4 address inside")))
}

fn read_cidr(text: &str) -> Result<Cidr, Failure> {
    Cidr::parse(text).ok_or_else(|| Failure::new(format!("`{text}` is no network such as 10.0.0.0/8")))
}

fn one_ip(args: &[Value<'_>], n: usize) -> Result<IpAddr, Failure> {
    match args.get(n) {
        Some(Value::Ip(ip)) => Ok(*ip),
        _ => Err(Failure::no_overload()),
    }
}

fn one_cidr<'a>(args: &'a [Value<'_>], n: usize) -> Result<&'a Cidr, Failure> {
    match args.get(n) {
        Some(Value::Cidr(cidr)) => Ok(cidr),
        _ => Err(Failure::no_overload()),
    }
}

fn ip<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    read_ip(str(args, 0)?).map(Value::Ip)
}

fn is_ip<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(parse_ip(str(args, 0)?).is_some()))
}

fn is_canonical<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let text = str(args, 0)?;
    Ok(Value::Bool(read_ip(text)?.to_string() == text))
}

fn family<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(if one_ip(args, 0)?.is_ipv4() { 4 } else { 6 }))
}

fn is_unspecified<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(one_ip(args, 0)?.is_unspecified()))
}

fn is_loopback<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(one_ip(args, 0)?.is_loopback()))
}

fn link_local_multicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.octets()[..3] == [224, 0, 0],
        IpAddr::V6(v6) => v6.segments()[0] & 0xff0f == 0xff02,
    }
}

fn link_local_unicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.segments()[0] & 0xffc0 == 0xfe80,
    }
}

fn is_link_local_multicast<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(link_local_multicast(one_ip(args, 0)?)))
}

fn is_link_local_unicast<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(link_local_unicast(one_ip(args, 0)?)))
}

/// As in Go, private addresses are global.
fn is_global_unicast<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let ip = one_ip(args, 0)?;
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    let special = broadcast || ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() || link_local_unicast(ip);
    Ok(Value::Bool(!special))
}

fn cidr<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    read_cidr(str(args, 0)?).map(Value::Cidr)
}

fn is_cidr<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Bool(Cidr::parse(str(args, 0)?).is_some()))
}

fn contains_ip<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let ip = match args.get(1).and_then(Value::as_str) {
        Some(text) => read_ip(text)?,
        None => one_ip(args, 1)?,
    };
    Ok(Value::Bool(one_cidr(args, 0)?.contains(ip)))
}

fn contains_cidr<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    let other = match args.get(1).and_then(Value::as_str) {
        Some(text) => read_cidr(text)?,
        None => *one_cidr(args, 1)?,
    };
    Ok(Value::Bool(one_cidr(args, 0)?.contains_all(&other)))
}

fn address<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Ip(one_cidr(args, 0)?.address))
}

fn prefix_length<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Int(one_cidr(args, 0)?.bits.into()))
}

fn masked<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    Ok(Value::Cidr(one_cidr(args, 0)?.masked()))
}
