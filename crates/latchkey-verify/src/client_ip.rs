//! From which address a request came: the socket's, or, only behind a proxy that is trusted by name, the one found by
//! walking `X-Forwarded-For` from the right. What a client writes into that header itself is never believed.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use latchkey_core::ip_range::IpRange;

use crate::question::ClientIp;

/// The header in which proxies pass on for whom they ask. `Forwarded` is not read: a proxy that passes on what a
/// client wrote into the other one would let it choose.
pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose word counts. None: the socket's address is the client's.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpRange>);

impl TrustedProxies {
    /// Those of these ranges.
    #[must_use]
    pub fn new(ranges: Vec<IpRange>) -> Self {
        Self(ranges)
    }

    /// Whether this address is one.
    #[must_use]
    pub fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(address))
    }

    /// The client's address. `None` where it cannot be known: no socket's address, or a trusted proxy that passes on
    /// something else than one (`unknown`); what is kept to a list of addresses then stays out.
    #[must_use]
    pub fn client_ip(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> ClientIp {
        let mut client = peer?.to_canonical();
        if !self.trust(client) {
            return Some(client);
        }
        // The last proxy appends at the right end of the last line, so what is at the left may be forged.
        for line in headers.get_all(X_FORWARDED_FOR).iter().collect::<Lines>().into_iter().rev() {
            for word in line.as_bytes().rsplit(|byte| *byte == b',') {
                if !self.trust(client) {
                    return Some(client);
                }
                client = read(word)?;
            }
        }
        Some(client)
    }
}

type Lines<'a> = Vec<&'a http::HeaderValue>;

/// One hop: an address, with or without a port, version 6 in brackets or not.
fn read(word: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(word).ok()?.trim_matches([' ', '\t']);
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|both| both.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, lines: &[&str]) -> Option<String> {
        let proxies = TrustedProxies::new(trusted.iter().map(|range| range.parse().unwrap()).collect());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, line.parse().unwrap());
        }
        proxies.client_ip(peer.parse().ok(), &headers).map(|address| address.to_string())
    }

    #[test]
    fn a_header_counts_only_behind_a_trusted_proxy_and_only_up_to_the_first_stranger() {
        for (trusted, peer, lines, expected) in [
            // Nobody is trusted: the socket's, whatever is claimed.
            (&[][..], "203.0.113.9", &["10.0.0.1"][..], Some("203.0.113.9")),
            (&["10.0.0.0/8"], "203.0.113.9", &["198.51.100.1"], Some("203.0.113.9")),
            // The proxy appended whom it saw; the rest is what that client claims.
            (&["10.0.0.0/8"], "10.0.0.2", &["127.0.0.1, 203.0.113.9"], Some("203.0.113.9")),
            (&["10.0.0.0/8"], "10.0.0.2", &["127.0.0.1", "203.0.113.9"], Some("203.0.113.9")),
            (&["10.0.0.0/8"], "10.0.0.2", &["1.1.1.1, 203.0.113.9,10.0.0.3"], Some("203.0.113.9")),
            (&["10.0.0.0/8"], "10.0.0.2", &["1.1.1.1, 203.0.113.9", "10.0.0.3"], Some("203.0.113.9")),
            // A proxy that passes nothing on asks for itself.
            (&["10.0.0.0/8"], "10.0.0.2", &[], Some("10.0.0.2")),
            (&["10.0.0.0/8"], "10.0.0.2", &["10.0.0.7"], Some("10.0.0.7")),
            // What is no address is nobody's.
            (&["10.0.0.0/8"], "10.0.0.2", &["203.0.113.9, unknown"], None),
            (&["10.0.0.0/8"], "10.0.0.2", &["203.0.113.9,"], None),
            (&["10.0.0.0/8"], "10.0.0.2", &["203.0.113.9\u{ff}"], None),
            // Garbage left of the client is never reached.
            (&["10.0.0.0/8"], "10.0.0.2", &["unknown, ' OR 1=1, 203.0.113.9"], Some("203.0.113.9")),
            // Ports, brackets, mapped addresses.
            (&["10.0.0.0/8"], "::ffff:10.0.0.2", &["203.0.113.9:4711"], Some("203.0.113.9")),
            (&["::1"], "::1", &["[2001:db8::7]:443"], Some("2001:db8::7")),
            (&["::1"], "::1", &["[2001:db8::7]"], Some("2001:db8::7")),
            (&["::1"], "::1", &["::ffff:203.0.113.9"], Some("203.0.113.9")),
            (&["10.0.0.0/8"], "", &["203.0.113.9"], None),
        ] {
            assert_eq!(client(trusted, peer, lines).as_deref(), expected, "{peer} {lines:?}");
        }
    }
}
