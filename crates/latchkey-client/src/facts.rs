//! What is known of a server once it has answered, and what a person should always see of it: a token that ends
//! soon, a version that is not this program's.

use latchkey_core::operations::CurrentOperator;
use latchkey_core::{Span, Timestamp};

/// A token that ends sooner is worth a sentence.
const SOON: Span = Span::days(14);

/// What is known of a server once it has answered.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerFacts {
    /// Its version: `0.1.0`.
    pub version: String,
    /// As whom it knows the token.
    pub operator: CurrentOperator,
    /// What a person should always see while it is open: a token that ends soon, a version that is not this
    /// program's. Sentences.
    pub warnings: Vec<String>,
}

impl ServerFacts {
    pub(crate) fn of(version: String, operator: CurrentOperator, now: Timestamp) -> Self {
        let ends = operator.operator.as_ref().and_then(|operator| operator.expires_at);
        let warnings = [ends_soon(ends, now), other_version(&version)].into_iter().flatten().collect();
        Self { version, operator, warnings }
    }
}

/// The sentence for a token that ends soon.
fn ends_soon(ends: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let ends = ends.filter(|ends| *ends <= now.plus(SOON))?;
    Some(format!(
        "Your admin token ends on {} UTC. Rotate it before then, or ask an admin to (Operators, or latchkey operators rotate).",
        ends.to_plain_text()
    ))
}

/// The sentence for another version that is understood all the same.
fn other_version(theirs: &str) -> Option<String> {
    let ours = env!("CARGO_PKG_VERSION");
    if release(theirs) == release(ours) {
        return None;
    }
    Some(format!(
        "The server's version is {theirs}, this program's {ours}. What only one of them knows does not work; update the older one."
    ))
}

/// `0.1` of `0.1.7`: within it, nothing changes that anybody would have to know.
fn release(version: &str) -> Option<&str> {
    version.rsplit_once('.').map(|(release, _)| release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_near_its_end_and_another_release_are_said() {
        let now = Timestamp::from_millis(1_795_262_400_000);
        assert_eq!(ends_soon(None, now), None);
        assert_eq!(ends_soon(Some(now.plus(Span::days(15))), now), None);
        let said = ends_soon(Some(now.plus(Span::days(14))), now).unwrap();
        assert!(said.contains("2026-12-05"), "{said}");
        assert_eq!(other_version(env!("CARGO_PKG_VERSION")), None);
        assert!(other_version("99.0.0").unwrap().contains("99.0.0"));
    }
}
