//! Where a store lies: the text people write (`sqlite:PATH`, `postgres://…`) and how it is shown
//! again. Never shows a password, in `Display` or `Debug`. Opens nothing.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use latchkey_core::AdminError;

/// Where a store lies.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// A file on this computer.
    Sqlite(PathBuf),
    /// A PostgreSQL database, as its connection URL. May hold a password.
    Postgres(String),
}

impl FromStr for StoreUrl {
    type Err = AdminError;

    /// # Errors
    /// `invalid` at `store` for anything but `sqlite:PATH`, `postgres://…` and `postgresql://…`.
    fn from_str(text: &str) -> Result<Self, AdminError> {
        if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Ok(Self::Postgres(text.to_owned()));
        }
        // The text itself is not repeated: it may be a URL with a password and a typo in its scheme.
        Err(AdminError::invalid(
            "store",
            "Write sqlite:PATH for a file, or postgres://USER@HOST/DATABASE for a PostgreSQL database.",
        ))
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Scheme, user, host, port and database. Parameters are left out: one of them may be a password.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    // The last @ ends the user: an unescaped one in a password must not show what follows it.
    match rest.rsplit_once('@') {
        Some((user, place)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{place}")
        }
        None => format!("{scheme}://{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        for (text, shown) in [
            ("sqlite:/var/lib/store.db", "sqlite:/var/lib/store.db"),
            ("postgres://ann:canary@db.example/keys", "postgres://ann@db.example/keys"),
            ("postgresql://ann:can@ary@db:5433/keys?password=canary", "postgresql://ann@db:5433/keys"),
            ("postgres://db/keys#canary", "postgres://db/keys"),
        ] {
            let url: StoreUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), shown);
        }
    }

    #[test]
    fn other_texts_are_refused_at_the_store_and_not_repeated() {
        for text in ["", "sqlite:", "mysql://ann:canary@db/keys", "store.db", "postgres:canary"] {
            let error = text.parse::<StoreUrl>().unwrap_err();
            assert_eq!(error.field.as_deref(), Some("store"), "{text}");
            assert!(!error.message.contains("canary"));
        }
    }
}
