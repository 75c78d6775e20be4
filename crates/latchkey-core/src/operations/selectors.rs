//! How a request names a tenant or a role: by id or slug; by id, number or name. Finding them is the
//! store's.

use std::fmt;
use std::str::FromStr;

use crate::id::{RoleId, TenantId};
use crate::wire::travels_as_text;

/// A tenant by id or slug.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub enum TenantSelector {
    /// `ten_…`
    Id(TenantId),
    /// `acme`
    Slug(String),
}

/// A role by id, number, or name within its tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub enum RoleSelector {
    /// `rol_…`
    Id(RoleId),
    /// `5`
    Number(i64),
    /// `Integration`
    Name(String),
}

/// What an empty or endless selector is told.
#[derive(Debug, thiserror::Error)]
#[error("name it by its id or name")]
pub struct BadSelector;

/// Something visible must be in it.
#[cfg(feature = "openapi")]
const NOT_BLANK: &str = r"\S";

fn check_size(text: &str) -> Result<(), BadSelector> {
    // No name has a NUL, and no text of PostgreSQL may have one.
    if text.trim().is_empty() || text.len() > 400 || text.contains('\0') { Err(BadSelector) } else { Ok(()) }
}

impl FromStr for TenantSelector {
    type Err = BadSelector;

    fn from_str(text: &str) -> Result<Self, BadSelector> {
        check_size(text)?;
        Ok(text.parse().map_or_else(|_| Self::Slug(text.to_owned()), Self::Id))
    }
}

impl FromStr for RoleSelector {
    type Err = BadSelector;

    fn from_str(text: &str) -> Result<Self, BadSelector> {
        check_size(text)?;
        let by_number = || text.parse().map(Self::Number);
        Ok(text
            .parse()
            .map(Self::Id)
            .or_else(|_| by_number())
            .unwrap_or_else(|_| Self::Name(text.to_owned())))
    }
}

impl fmt::Display for TenantSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => f.write_str(slug),
        }
    }
}

impl fmt::Display for RoleSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

travels_as_text!(
    TenantSelector: {
        "description": "A tenant by its id or its slug.",
        "minLength": 1,
        "maxLength": 400,
        "pattern": NOT_BLANK,
        "examples": ["acme", "ten_0190b5f0a1b27c3d8e4f5a6b7c8d9e0f"]
    },
    RoleSelector: {
        "description": "A role by its id, its number, or its name within the tenant.",
        "minLength": 1,
        "maxLength": 400,
        "pattern": NOT_BLANK,
        "examples": ["5", "Integration", "rol_0190b5f0a1b27c3d8e4f5a6b7c8d9e0f"]
    },
);
