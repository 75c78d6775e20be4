//! Where a store lies: the text people write (`sqlite:PATH`, `postgres://…`) and how it is shown
//! again. Never shows a password, in `Display` or `Debug`. Opens nothing.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use latchkey_core::AdminError;

use crate::place::{Encryption, PostgresLogin};
use crate::read_url::read_url;

/// Where a store lies.
#[derive(Clone)]
pub enum StoreUrl {
    /// A file on this computer.
    Sqlite(PathBuf),
    /// A PostgreSQL database and who logs in.
    Postgres(PostgresLogin),
}

impl FromStr for StoreUrl {
    type Err = AdminError;

    /// A URL is an explicit choice: `sslmode=require` and `disable` are followed (and warned of by
    /// [`crate::Store::warnings`]); what might fall back to the clear unseen is refused.
    ///
    /// # Errors
    /// `invalid` at `store` for anything but `sqlite:PATH`, `postgres://…` and `postgresql://…`.
    fn from_str(text: &str) -> Result<Self, AdminError> {
        if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            let read = read_url(text).map_err(|error| error.at_field("store"))?;
            let mut login = read.login;
            match read.weaker.as_deref() {
                None => {}
                Some("require") => login.place.encryption = Encryption::Require,
                Some("disable") => login.place.encryption = Encryption::Off,
                Some(_) => {
                    let words = "sslmode=allow and prefer may fall back to the clear unseen. Write verify-full, require or disable.";
                    return Err(AdminError::invalid("store", words));
                }
            }
            return Ok(Self::Postgres(login));
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
            Self::Postgres(login) => write!(f, "postgres://{}", login.place),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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
            ("postgresql://ann@db:5433/keys?password=canary", "postgres://ann@db:5433/keys"),
        ] {
            let url: StoreUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), shown);
        }
    }

    #[test]
    fn other_texts_are_refused_at_the_store_and_not_repeated() {
        for text in [
            "",
            "sqlite:",
            "mysql://ann:canary@db/keys",
            "store.db",
            "postgres:canary",
            "postgres://db/keys#canary",
            "postgres://ann:canary@db/keys?sslmode=prefer",
        ] {
            let error = text.parse::<StoreUrl>().unwrap_err();
            assert_eq!(error.field.as_deref(), Some("store"), "{text}");
            assert!(!error.message.contains("canary"));
        }
    }

    #[test]
    fn a_weaker_line_is_taken_from_a_url_that_asks_for_it() {
        for (mode, encryption) in [("require", Encryption::Require), ("disable", Encryption::Off)] {
            let url = format!("postgres://ann@db.example/keys?sslmode={mode}").parse().unwrap();
            let StoreUrl::Postgres(login) = url else { panic!("{mode}") };
            assert_eq!(login.place.encryption, encryption);
            assert!(login.place.is_weaker_than_default());
        }
    }
}
