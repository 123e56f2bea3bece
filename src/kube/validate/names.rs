//! Rules for names (`k8s.io/apimachinery` `util/validation`). An error is the rule that is broken.

/// A rule; the error says what is allowed.
pub type Rule = fn(&str) -> Result<(), &'static str>;

/// A label of a domain name.
pub fn dns_label(name: &str) -> Result<(), &'static str> {
    let ok = name.len() <= 63 && is_label(name);
    ok.then_some(()).ok_or("up to 63 lower-case letters, digits and `-`, beginning and ending with a letter or digit")
}

/// A domain name.
pub fn dns_subdomain(name: &str) -> Result<(), &'static str> {
    let ok = name.len() <= 253 && name.split('.').all(is_label);
    ok.then_some(()).ok_or("a lower-case domain name of up to 253 characters")
}

/// The name of a driver: a short domain name in any case.
pub fn driver(name: &str) -> Result<(), &'static str> {
    let is_label = |label: &str| label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && ends(label, |b| b != b'-');
    let ok = name.len() <= 63 && name.split('.').all(is_label);
    ok.then_some(()).ok_or("a domain name of up to 63 characters")
}

/// The name of a pool.
pub fn pool(name: &str) -> Result<(), &'static str> {
    let ok = name.len() <= 253 && name.split('/').all(|part| dns_subdomain(part).is_ok());
    ok.then_some(()).ok_or("lower-case domain names joined by `/`, up to 253 characters")
}

/// The name of an attribute or capacity: an identifier, with a domain or without. Upstream looks at nothing where there are
/// several slashes.
pub fn qualified(name: &str) -> Result<(), &'static str> {
    const RULE: &str =
        "an identifier of up to 32 letters, digits and `_`, with a domain of up to 63 characters and `/` before it, or without";
    let ok = match name.split_once('/') {
        _ if is_identifier(name) => true,
        None => false,
        Some((_, rest)) if rest.contains('/') => true,
        Some((domain, id)) => driver(domain).is_ok() && is_identifier(id),
    };
    ok.then_some(()).ok_or(RULE)
}

/// Such a name with a domain.
pub fn fully_qualified(name: &str) -> Result<(), &'static str> {
    if !name.contains('/') {
        return Err("a domain and `/` must stand before the identifier");
    }
    qualified(name)
}

/// The key of a label.
pub fn label_key(name: &str) -> Result<(), &'static str> {
    let (prefix, rest) = name.split_once('/').map_or((None, name), |(prefix, rest)| (Some(prefix), rest));
    let ok = prefix.is_none_or(|prefix| dns_subdomain(prefix).is_ok()) && !rest.is_empty() && label_value(rest).is_ok();
    ok.then_some(()).ok_or("up to 63 letters, digits, `-`, `_` and `.`, with a domain name and `/` before them, or without")
}

/// The value of a label.
pub fn label_value(value: &str) -> Result<(), &'static str> {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let ok = value.len() <= 63 && value.bytes().all(inner) && ends(value, |b| b.is_ascii_alphanumeric());
    let ok = ok || value.is_empty();
    ok.then_some(()).ok_or("up to 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit")
}

/// An extended resource: with a domain that is not Kubernetes' own.
pub fn extended_resource(name: &str) -> Result<(), &'static str> {
    let domain = name.split_once('/').map_or("", |(domain, _)| domain);
    let native = domain.is_empty() || domain == "kubernetes.io" || domain.ends_with(".kubernetes.io");
    let ok = !native && !name.starts_with("requests.") && label_key(name).is_ok();
    ok.then_some(()).ok_or("a domain that is not Kubernetes' own, `/`, and a name")
}

fn is_label(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    name.len() <= 253 && name.bytes().all(inner) && ends(name, |b| b != b'-')
}

fn is_identifier(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    name.len() <= 32 && name.bytes().all(inner) && name.bytes().next().is_some_and(|b| !b.is_ascii_digit())
}

fn ends(name: &str, ok: impl Fn(u8) -> bool) -> bool {
    name.bytes().next().is_some_and(&ok) && name.bytes().next_back().is_some_and(ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_their_rules() {
        let check = |rule: Rule, good: &[&str], bad: &[&str]| {
            good.iter().for_each(|name| assert_eq!(rule(name), Ok(()), "{name}"));
            bad.iter().for_each(|name| assert!(rule(name).is_err(), "{name}"));
        };
        let long = "a".repeat(64);
        check(dns_label, &["a", "0-9", "gpu-0"], &["", "A", "-a", "a-", "a.b", "a_b", &long]);
        check(dns_subdomain, &["a", "a.b-c", &long], &["", "a..b", ".a", "a.", "A.b"]);
        check(driver, &["gpu.nvidia.com", "GPU.example.com"], &["", "a_b", &long]);
        check(pool, &["node-1", "a/b.c"], &["", "/a", "a//b", "A"]);
        check(qualified, &["model", "_x9", "dra.net/rdma", "a/b/c"], &["", "9x", "a-b", "/x", "x/", &"a".repeat(33)]);
        check(fully_qualified, &["dra.net/rdma"], &["", "rdma", "/rdma"]);
        check(label_key, &["a", "A.b_c", "example.com/a"], &["", "a/", "/a", "a b", "-a"]);
        check(label_value, &["", "A", "a.b"], &["-", "a-", &long]);
        check(extended_resource, &["example.com/gpu"], &["cpu", "kubernetes.io/x", "a.kubernetes.io/x", "example.com/"]);
    }
}
