//! IP addresses a key may be used from: CIDR ranges, v4 and v6, v4-mapped v6 normalised
//! (`domain.md`, Verification). Holds no header parsing.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::wire::travels_as_text;

/// One range. Host bits are dropped: `10.0.0.1/8` is kept and shown as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct IpRange(IpNet);

/// What a text that is no range is told.
#[derive(Debug, thiserror::Error)]
#[error("“{0}” is not an address range. Write 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32")]
pub struct BadIpRange(String);

impl IpRange {
    /// Whether `address` lies in it. `::ffff:10.0.0.1` counts as `10.0.0.1`.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether it excludes nothing (`0.0.0.0/0`, `::/0`).
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.0.prefix_len() == 0
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() {
            return write!(f, "{}", self.0.addr());
        }
        write!(f, "{}", self.0)
    }
}

impl FromStr for IpRange {
    type Err = BadIpRange;

    fn from_str(text: &str) -> Result<Self, BadIpRange> {
        let bad = || BadIpRange(text.chars().take(60).collect());
        let net =
            text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| bad())?;
        let net = match net {
            IpNet::V6(net) => match (net.addr().to_ipv4_mapped(), net.prefix_len().checked_sub(96)) {
                (Some(mapped), Some(length)) => IpNet::new(IpAddr::V4(mapped), length).map_err(|_| bad())?,
                _ => IpNet::V6(net),
            },
            IpNet::V4(net) => IpNet::V4(net),
        };
        Ok(Self(net.trunc()))
    }
}

travels_as_text!(IpRange: {
    "description": "An address or a range of them in CIDR form.",
    "minLength": 2,
    "examples": ["203.0.113.7", "10.0.0.0/8", "2001:db8::/32"]
});

/// Whether a list lets `address` in. An empty list lets everybody in; with a list, an unknown
/// address stays out.
#[must_use]
pub fn allowed(ranges: &[IpRange], address: Option<IpAddr>) -> bool {
    ranges.is_empty() || address.is_some_and(|address| ranges.iter().any(|range| range.contains(address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_normalised() {
        for (text, shown) in [
            ("10.0.0.1/8", "10.0.0.0/8"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("203.0.113.7", "203.0.113.7"),
            ("2001:DB8::1/32", "2001:db8::/32"),
            ("::1", "::1"),
        ] {
            assert_eq!(text.parse::<IpRange>().unwrap().to_string(), shown);
        }
        for bad in
            ["10.0.0.256", "localhost", "10.0.0.0/33", "", "10.0.0/8", "::/129", "10.0.0.1 ", "10.0.0.0/-1"]
        {
            assert!(bad.parse::<IpRange>().is_err(), "{bad}");
        }
        assert!("0.0.0.0/0".parse::<IpRange>().unwrap().is_everything());
    }

    #[test]
    fn mapped_addresses_count_as_version_four_and_unknown_ones_stay_out() {
        let list = ["10.0.0.0/8".parse().unwrap()];
        assert!(allowed(&list, Some("::ffff:10.1.2.3".parse().unwrap())));
        assert!(!allowed(&list, Some("11.0.0.1".parse().unwrap())));
        assert!(!allowed(&list, None));
        assert!(allowed(&[], None));
    }
}
