//! URLs as Go's `net/url` reads and prints them (`apiserver/pkg/cel/library/urls.go`).

use std::net::Ipv6Addr;

/// A URL taken apart. Parts in which escapes were resolved are bytes: they need not be UTF-8.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Url {
    /// In lower case.
    pub scheme: String,
    /// What follows the scheme where no slash does.
    opaque: String,
    user: Option<User>,
    host: Vec<u8>,
    path: Vec<u8>,
    /// The path as written, where escaping [`Url::path`] would not give it.
    raw_path: Option<String>,
    query: String,
    /// There is a question mark and nothing after it.
    force_query: bool,
    /// There is a scheme and a path, and no host between them.
    omit_host: bool,
    fragment: Vec<u8>,
    raw_fragment: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

/// Where in a URL a text stands; decides what must be escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    Zone,
    User,
    Query,
    Fragment,
}

/// True if `byte` stands for itself in `part`.
fn is_plain(byte: u8, part: Part) -> bool {
    match byte {
        b'-' | b'_' | b'.' | b'~' => true,
        _ if byte.is_ascii_alphanumeric() => true,
        _ => match part {
            Part::Host | Part::Zone => b"!$&'()*+,;=:[]<>\"".contains(&byte),
            Part::Path => b"$&+,/:;=@".contains(&byte),
            Part::User => b"$&+,;=".contains(&byte),
            Part::Query => false,
            Part::Fragment => b"$&+,/:;=?@!()*".contains(&byte),
        },
    }
}

fn hex(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).map(|d| d as u8)
}

/// Resolves escapes; nothing if one is malformed or a byte may not stand there.
fn unescape(text: &str, part: Part) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'%' => {
                let [high, low, after @ ..] = rest else { return None };
                let (high, low) = (hex(*high)?, hex(*low)?);
                let value = high << 4 | low;
                let refused = match part {
                    // In a host only bytes beyond ASCII are escaped, and the percent sign before a zone.
                    Part::Host => high < 8 && value != b'%',
                    Part::Zone => value != b'%' && value != b' ' && !is_plain(value, Part::Host),
                    _ => false,
                };
                if refused {
                    return None;
                }
                out.push(value);
                rest = after;
            }
            b'+' if part == Part::Query => out.push(b' '),
            byte if matches!(part, Part::Host | Part::Zone) && byte.is_ascii() && !is_plain(*byte, part) => return None,
            byte => out.push(*byte),
        }
    }
    Some(out)
}

fn escape(bytes: &[u8], part: Part) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        if is_plain(byte, part) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The text of bytes; every byte that is no UTF-8 becomes a replacement character, so that lengths stay.
fn text_of(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    out
}

/// The scheme and what follows its colon; an error if a colon comes first.
fn scheme(text: &str) -> Option<(&str, &str)> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return None,
            b':' => return Some((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Some(("", text))
}

fn is_optional_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
}

fn is_ipv6_literal(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let (address, zone) = text.split_once('%').map_or((text, None), |(address, zone)| (address, Some(zone)));
    zone != Some("") && address.parse::<Ipv6Addr>().is_ok()
}

fn host(scheme: &str, text: &str) -> Option<Vec<u8>> {
    match text.rfind('[') {
        Some(0) => {
            let close = text.rfind(']')?;
            let port = &text[close + 1..];
            if !is_optional_port(port) {
                return None;
            }
            let inside = &text[1..close];
            let name = match inside.find("%25") {
                Some(zone) => [unescape(&inside[..zone], Part::Host)?, unescape(&inside[zone..], Part::Zone)?].concat(),
                None => unescape(inside, Part::Host)?,
            };
            is_ipv6_literal(&name).then(|| [b"[", &name[..], b"]", port.as_bytes()].concat())
        }
        Some(_) => None,
        None => {
            // Elsewhere than in http and https a list of hosts is let through, and only the last port is looked at.
            let strict = matches!(scheme, "http" | "https");
            let colon = if strict { text.find(':') } else { text.rfind(':') };
            let fine = colon.is_none_or(|at| is_optional_port(&text[at..]));
            if fine { unescape(text, Part::Host) } else { None }
        }
    }
}

fn user(text: &str) -> Option<User> {
    let valid = |b: u8| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&b);
    if !text.bytes().all(valid) {
        return None;
    }
    let (name, password) = text.split_once(':').map_or((text, None), |(name, password)| (name, Some(password)));
    let password = match password {
        Some(password) => Some(unescape(password, Part::User)?),
        None => None,
    };
    Some(User { name: unescape(name, Part::User)?, password })
}

impl Url {
    /// True if the text is an absolute URL or an absolute path (`url.ParseRequestURI`).
    pub fn is_valid(text: &str) -> bool {
        Url::read(text, true).is_some()
    }

    /// Reads an absolute URL or an absolute path.
    pub fn parse(text: &str) -> Option<Url> {
        if !Url::is_valid(text) {
            return None;
        }
        // The check above takes a fragment for a part of the path; read again without it.
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let mut url = Url::read(before, false)?;
        if !fragment.is_empty() {
            url.fragment = unescape(fragment, Part::Fragment)?;
            url.raw_fragment = (escape(&url.fragment, Part::Fragment) != fragment).then(|| fragment.to_owned());
        }
        Some(url)
    }

    fn read(text: &str, request: bool) -> Option<Url> {
        if text.bytes().any(|b| b < b' ' || b == 0x7f) || text.is_empty() && request {
            return None;
        }
        if text == "*" {
            return Some(Url { path: b"*".to_vec(), ..Url::default() });
        }
        let (scheme, mut rest) = scheme(text)?;
        let mut url = Url { scheme: scheme.to_ascii_lowercase(), ..Url::default() };
        if rest.ends_with('?') && rest.matches('?').count() == 1 {
            url.force_query = true;
            rest = &rest[..rest.len() - 1];
        } else if let Some((before, query)) = rest.split_once('?') {
            url.query = query.to_owned();
            rest = before;
        }
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_owned();
                return Some(url);
            }
            let first_segment = rest.split('/').next().unwrap_or("");
            if request || first_segment.contains(':') {
                return None;
            }
        }
        let may_have_host = !url.scheme.is_empty() || !request && !rest.starts_with("///");
        match rest.strip_prefix("//").filter(|_| may_have_host) {
            Some(after) => {
                let slash = after.find('/').unwrap_or(after.len());
                url.authority(&after[..slash])?;
                rest = &after[slash..];
            }
            None => url.omit_host = !url.scheme.is_empty() && rest.starts_with('/'),
        }
        url.path = unescape(rest, Part::Path)?;
        url.raw_path = (escape(&url.path, Part::Path) != rest).then(|| rest.to_owned());
        Some(url)
    }

    fn authority(&mut self, text: &str) -> Option<()> {
        let (name, at) = text.rsplit_once('@').map_or((None, text), |(name, at)| (Some(name), at));
        self.host = host(&self.scheme, at)?;
        if let Some(name) = name {
            self.user = Some(user(name)?);
        }
        Some(())
    }

    /// Host and port.
    pub fn host(&self) -> String {
        text_of(&self.host)
    }

    fn host_and_port(&self) -> (String, String) {
        let host = self.host();
        let (name, port) = match host.rfind(':') {
            Some(colon) if is_optional_port(&host[colon..]) => (&host[..colon], &host[colon + 1..]),
            _ => (&host[..], ""),
        };
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        (bare.to_owned(), port.to_owned())
    }

    /// Host without port and brackets.
    pub fn hostname(&self) -> String {
        self.host_and_port().0
    }

    /// Port, without colon; empty if there is none.
    pub fn port(&self) -> String {
        self.host_and_port().1
    }

    /// The path with escapes: as written, if it was well written.
    pub fn escaped_path(&self) -> String {
        match &self.raw_path {
            Some(raw) if is_well_escaped(raw, Part::Path) => raw.clone(),
            _ if self.path == b"*" => "*".to_owned(),
            _ => escape(&self.path, Part::Path),
        }
    }

    fn escaped_fragment(&self) -> String {
        match &self.raw_fragment {
            Some(raw) if is_well_escaped(raw, Part::Fragment) => raw.clone(),
            _ => escape(&self.fragment, Part::Fragment),
        }
    }

    /// Keys and values of the query in order, escapes resolved. Malformed parts are left out.
    pub fn query(&self) -> Vec<(String, String)> {
        /// More parts than this are no query (`net/url` `defaultMaxParams`).
        const PARTS_MAX: usize = 10_000;
        if self.query.matches('&').count() >= PARTS_MAX {
            return Vec::new();
        }
        let parts = self.query.split('&').filter(|part| !part.is_empty() && !part.contains(';'));
        let pair = |part: &str| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            Some((text_of(&unescape(key, Part::Query)?), text_of(&unescape(value, Part::Query)?)))
        };
        parts.filter_map(pair).collect()
    }

    /// The whole URL as Go prints it; what `==` compares.
    pub fn text(&self) -> String {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            out.push_str(&self.scheme);
            out.push(':');
        }
        if !self.opaque.is_empty() {
            out.push_str(&self.opaque);
        } else {
            self.write_hierarchy(&mut out);
        }
        if self.force_query || !self.query.is_empty() {
            out.push('?');
            out.push_str(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push('#');
            out.push_str(&self.escaped_fragment());
        }
        out
    }

    fn write_hierarchy(&self, out: &mut String) {
        let has_host = !self.host.is_empty() || self.user.is_some();
        let names_host = !self.scheme.is_empty() || has_host;
        if has_host || names_host && !self.omit_host {
            if has_host || !self.path.is_empty() {
                out.push_str("//");
            }
            if let Some(user) = &self.user {
                out.push_str(&escape(&user.name, Part::User));
                if let Some(password) = &user.password {
                    out.push(':');
                    out.push_str(&escape(password, Part::User));
                }
                out.push('@');
            }
            out.push_str(&escape(&self.host, Part::Host));
        }
        let path = self.escaped_path();
        if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
            out.push('/');
        }
        if out.is_empty() && path.split('/').next().is_some_and(|segment| segment.contains(':')) {
            out.push_str("./");
        }
        out.push_str(&path);
    }
}

/// True if every byte of a text with escapes may stand there. It was unescaped before, so the escapes are well-formed.
fn is_well_escaped(text: &str, part: Part) -> bool {
    text.bytes().all(|b| b"!$&'()*+,;=:@[]%".contains(&b) || is_plain(b, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints() {
        // Text, then host, escaped path and the whole again.
        let check = |text: &str, host: &str, path: &str, whole: &str| {
            let url = Url::parse(text).unwrap_or_else(|| panic!("{text} is a URL"));
            assert_eq!((url.host().as_str(), url.escaped_path().as_str(), url.text().as_str()), (host, path, whole), "{text}");
        };
        check("https://u:p@a.example:80/p%20q?x=1#f", "a.example:80", "/p%20q", "https://u:p@a.example:80/p%20q?x=1#f");
        check("HTTP://A/p q", "A", "/p%20q", "http://A/p%20q");
        check("/only/path", "", "/only/path", "/only/path");
        check("//host/path", "host", "/path", "//host/path");
        check("http://[::1%25en0]:8/", "[::1%en0]:8", "/", "http://[::1%25en0]:8/");
        check("mailto:a@b", "", "", "mailto:a@b");
        check("file:///a", "", "/a", "file:///a");
        check("file:/a", "", "/a", "file:/a");
        check("/a%2fb!", "", "/a%2fb!", "/a%2fb!");
        check("/a?", "", "/a", "/a?");
        check("x://a,b:1,c:2/", "a,b:1,c:2", "/", "x://a,b:1,c:2/");
        check("*", "", "*", "*");
        for wrong in [
            "",
            "a",
            "a/b",
            ":a",
            "http://a b/",
            "http://a:b/",
            "http://a:1:2/",
            "http://[1.2.3.4]/",
            "http://[::1/",
            "/%zz",
            "/a\n",
            "http://%41/",
            "http://u@[::1]x/",
            "http://u\u{e9}@a/",
            "http://[::1%25]/",
        ] {
            assert!(Url::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn parts() {
        let url = |text: &str| Url::parse(text).unwrap_or_else(|| panic!("{text} is a URL"));
        assert_eq!((url("http://[::1]:80/").hostname().as_str(), url("http://[::1]:80/").port().as_str()), ("::1", "80"));
        assert_eq!((url("http://a:/").hostname().as_str(), url("http://a:/").port().as_str()), ("a", ""));
        let query = url("/?a=1&b=%20+&a=2&c&;x=1&%zz=1&=v").query();
        let query: Vec<(&str, &str)> = query.iter().map(|(k, v)| (&k[..], &v[..])).collect();
        assert_eq!(query, [("a", "1"), ("b", "  "), ("a", "2"), ("c", ""), ("", "v")]);
        assert_eq!(url("http://%ff%fe/").host().chars().count(), 2);
    }
}
