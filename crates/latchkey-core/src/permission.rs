//! Permissions and what covers what (`domain.md`, Permissions). Three dialects of one grammar:
//! `resource:action`, `app_label.codename`, bare `codename`; wildcards `posts:*`, `*:read`, `*`.
//! Pure matching; who holds which permission is said elsewhere.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::wire::travels_as_text;

/// The most characters of a permission.
pub const PERMISSION_MAX: usize = 100;
/// The resource of Latchkey's own permissions, which no customer's wildcard covers.
pub const OWN_RESOURCE: &str = "latchkey";

/// What [`Permission::from_str`] reads, for those who only have a pattern.
#[cfg(feature = "openapi")]
const PATTERN: &str = concat!(
    r"^(?:(?:\*|[A-Za-z0-9_.-]+):(?:\*|[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)*)",
    r"|\*|[A-Za-z0-9_-](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?)$"
);

/// One permission, as granted or as required. Case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct Permission {
    text: Cow<'static, str>,
    /// Where the first colon stands, found once: matching is on the hot path. 0: there is none, since no permission
    /// begins with one.
    colon: u8,
}

/// What a text that is no permission is told.
#[derive(Debug, thiserror::Error)]
#[error(
    "“{0}” is not a permission. Write resource:action (posts:read), app.codename (tasks.add_task), a codename, or a wildcard: posts:*, *:read, *"
)]
pub struct BadPermission(String);

/// Which dialect's extras count, as a profile says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// `admin` grants everything (funtime-partner).
    pub admin_grants_all: bool,
    /// A bare codename stands for that codename under any app label (django-tenant).
    pub bare_codename_any_app: bool,
}

impl Permission {
    /// A permission that stands in the program text.
    #[must_use]
    pub const fn known(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), colon: colon(text) }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Resource and action around the first colon, so that `api:*` covers `api:v2:posts:read`.
    fn parts(&self) -> Option<(&str, &str)> {
        let colon = usize::from(self.colon);
        if colon == 0 {
            return None;
        }
        Some((self.text.get(..colon)?, self.text.get(colon + 1..)?))
    }

    /// Whether it is one of Latchkey's own, which only operators hold.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.parts().is_some_and(|(resource, _)| resource == OWN_RESOURCE)
    }

    /// Whether it gives everything a customer's key can have.
    #[must_use]
    pub fn is_full_access(&self, dialect: Dialect) -> bool {
        self.text == "*" || self.text == "*:*" || (dialect.admin_grants_all && self.text == "admin")
    }

    /// Whether holding `self` is enough where `wanted` is asked for. `wanted` may itself be a
    /// wildcard: then the question is whether `self` grants at least as much.
    #[must_use]
    pub fn covers(&self, wanted: &Self, dialect: Dialect) -> bool {
        if self == wanted {
            return true;
        }
        if wanted.is_own() {
            return self.text == "latchkey:*";
        }
        if self.text == "*" || (dialect.admin_grants_all && self.text == "admin") {
            return true;
        }
        match (self.parts(), wanted.parts()) {
            (Some(("*", "*")), Some(_)) => true,
            (Some(("*", action)), Some((_, wanted))) => action == wanted,
            (Some((resource, "*")), Some((wanted, _))) => resource == wanted,
            (None, None) => dialect.bare_codename_any_app && same_codename(&self.text, &wanted.text),
            _ => false,
        }
    }
}

/// Where the first colon of a permission stands, which is within the first hundred bytes; 0: nowhere.
#[allow(clippy::cast_possible_truncation)] // the loop ends before that
const fn colon(text: &str) -> u8 {
    let bytes = text.as_bytes();
    let mut place = 0;
    while place < bytes.len() && place < PERMISSION_MAX {
        if bytes[place] == b':' {
            return place as u8;
        }
        place += 1;
    }
    0
}

/// `add_task` and `tasks.add_task`, either way round; two different app labels stay different.
fn same_codename(held: &str, wanted: &str) -> bool {
    match (held.split_once('.'), wanted.split_once('.')) {
        (None, Some((_, codename))) => codename == held,
        (Some((_, codename)), None) => codename == wanted,
        _ => false,
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Permission {
    type Err = BadPermission;

    fn from_str(text: &str) -> Result<Self, BadPermission> {
        let word = |part: &str| {
            part == "*"
                || (!part.is_empty()
                    && part
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')))
        };
        let well_formed = match text.split_once(':') {
            // After the first colon only the whole rest may be a wildcard.
            Some((resource, rest)) => {
                word(resource) && (rest == "*" || rest.split(':').all(|part| part != "*" && word(part)))
            }
            None => word(text) && !text.starts_with('.') && !text.ends_with('.'),
        };
        if well_formed && text.len() <= PERMISSION_MAX {
            Ok(Self { colon: colon(text), text: Cow::Owned(text.to_owned()) })
        } else {
            Err(BadPermission(text.chars().take(PERMISSION_MAX).collect()))
        }
    }
}

travels_as_text!(Permission: {
    "description": "A permission or a wildcard over some. Case-sensitive.",
    "pattern": PATTERN,
    "maxLength": PERMISSION_MAX,
    "examples": ["posts:read", "tasks.add_task", "posts:*", "*:read", "*"]
});

/// What a role or a key grants: a sorted set. Empty grants nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Permission>", into = "Vec<Permission>")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(as = "Vec<Permission>"))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(with = "Vec<Permission>"))]
pub struct Permissions(Vec<Permission>);

impl Permissions {
    /// Whether one of them covers `wanted`.
    #[must_use]
    pub fn cover(&self, wanted: &Permission, dialect: Dialect) -> bool {
        // Most often it is held as it is asked for, which is found out without taking anything apart.
        self.0.contains(wanted) || self.0.iter().any(|held| held.covers(wanted, dialect))
    }

    /// These and `others` together: a key's role and its direct scopes.
    #[must_use]
    pub fn union(&self, others: &Self) -> Self {
        self.0.iter().chain(&others.0).cloned().collect::<Vec<_>>().into()
    }

    /// In order.
    pub fn iter(&self) -> std::slice::Iter<'_, Permission> {
        self.0.iter()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is granted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Permissions {
    type Item = &'a Permission;
    type IntoIter = std::slice::Iter<'a, Permission>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Vec<Permission>> for Permissions {
    fn from(mut permissions: Vec<Permission>) -> Self {
        permissions.sort();
        permissions.dedup();
        Self(permissions)
    }
}

impl From<Permissions> for Vec<Permission> {
    fn from(permissions: Permissions) -> Self {
        permissions.0
    }
}

/// What one verification asks for: every one of `all`, and one of `any` where `any` is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    /// Each must be covered.
    pub all: Vec<Permission>,
    /// One must be covered.
    pub any: Vec<Permission>,
}

impl Requirement {
    /// Whether `held` is enough.
    #[must_use]
    pub fn met_by(&self, held: &Permissions, dialect: Dialect) -> bool {
        self.all.iter().all(|wanted| held.cover(wanted, dialect))
            && (self.any.is_empty() || self.any.iter().any(|wanted| held.cover(wanted, dialect)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: Dialect = Dialect { admin_grants_all: false, bare_codename_any_app: false };

    fn permission() -> impl Strategy<Value = Permission> {
        let resource = prop_oneof![Just("posts"), Just("users"), Just("api"), Just("*"), Just("latchkey")];
        let action = prop_oneof![Just("read"), Just("write"), Just("v2:posts:read"), Just("*")];
        prop_oneof![
            4 => (resource, action).prop_map(|(resource, action)| format!("{resource}:{action}").parse().unwrap()),
            1 => prop_oneof![Just("*"), Just("admin"), Just("add_task"), Just("tasks.add_task"), Just("notes.add_task")]
                .prop_map(|text| text.parse().unwrap()),
        ]
    }

    fn dialect() -> impl Strategy<Value = Dialect> {
        (any::<bool>(), any::<bool>()).prop_map(|(admin_grants_all, bare_codename_any_app)| Dialect {
            admin_grants_all,
            bare_codename_any_app,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn a_grant_never_gives_less_than_what_it_covers(wide in permission(), narrow in permission(), wanted in permission()) {
            if wide.covers(&narrow, PLAIN) && narrow.covers(&wanted, PLAIN) {
                prop_assert!(wide.covers(&wanted, PLAIN), "{wide} covers {narrow}, which covers {wanted}");
            }
        }

        #[test]
        fn everything_covers_itself_and_more_grants_never_give_less(
            held in prop::collection::vec(permission(), 0..5), more in permission(), wanted in permission(), dialect in dialect()
        ) {
            prop_assert!(wanted.covers(&wanted, dialect));
            let held = Permissions::from(held);
            let grown = held.union(&vec![more].into());
            prop_assert!(!held.cover(&wanted, dialect) || grown.cover(&wanted, dialect));
        }

        #[test]
        fn empty_grants_nothing(wanted in permission(), dialect in dialect()) {
            prop_assert!(!Permissions::default().cover(&wanted, dialect));
            let asked = Requirement { all: vec![], any: vec![wanted] };
            prop_assert!(!asked.met_by(&Permissions::default(), dialect));
        }

        #[test]
        fn only_latchkeys_own_grants_cover_latchkeys_permissions(held in permission(), dialect in dialect()) {
            let own = Permission::known("latchkey:keys");
            prop_assert_eq!(held.covers(&own, dialect), held.as_str() == "latchkey:*" || held == own);
        }

        #[test]
        fn any_text_is_read_without_a_panic_and_reads_back_the_same(text in ".{0,120}") {
            if let Ok(permission) = text.parse::<Permission>() {
                prop_assert_eq!(permission.to_string(), text);
            }
        }
    }

    #[test]
    fn the_seeds_examples_hold() {
        let covers = |held: &str, wanted: &str, dialect| {
            held.parse::<Permission>().unwrap().covers(&wanted.parse().unwrap(), dialect)
        };
        let funtime = Dialect { admin_grants_all: true, ..PLAIN };
        let django = Dialect { bare_codename_any_app: true, ..PLAIN };
        assert!(covers("posts:*", "posts:delete", PLAIN));
        assert!(covers("*:read", "posts:read", PLAIN) && !covers("*:read", "posts:write", PLAIN));
        assert!(covers("api:*", "api:v2:posts:read", PLAIN));
        assert!(covers("*", "tasks.add_task", PLAIN) && !covers("posts:*", "postscript:read", PLAIN));
        assert!(!covers("Posts:read", "posts:read", PLAIN));
        assert!(covers("admin", "push:send", funtime) && !covers("admin", "push:send", PLAIN));
        assert!(covers("add_task", "tasks.add_task", django) && !covers("add_task", "tasks.add_task", PLAIN));
        assert!(!covers("notes.add_task", "tasks.add_task", django));
    }

    #[test]
    fn malformed_scopes_are_refused() {
        for bad in [
            "",
            ":",
            "posts:",
            ":read",
            "po*:read",
            "posts:re*",
            "a b:c",
            "posts:*:read",
            "a:b:*",
            "posts:read\n",
            "ä:b",
            ".x",
        ] {
            assert!(bad.parse::<Permission>().is_err(), "{bad:?}");
        }
        assert!("a".repeat(101).parse::<Permission>().is_err());
    }

    #[test]
    fn all_and_any_combine() {
        let held: Permissions = vec![Permission::known("posts:read"), Permission::known("users:read")].into();
        let asked = |all: &[&'static str], any: &[&'static str]| Requirement {
            all: all.iter().copied().map(Permission::known).collect(),
            any: any.iter().copied().map(Permission::known).collect(),
        };
        assert!(asked(&["posts:read"], &["posts:write", "users:read"]).met_by(&held, PLAIN));
        assert!(!asked(&["posts:read", "posts:write"], &[]).met_by(&held, PLAIN));
        assert!(!asked(&[], &["posts:write"]).met_by(&held, PLAIN));
        assert!(asked(&[], &[]).met_by(&Permissions::default(), PLAIN));
    }
}
