//! Whose OS session this is: who the audit names, and the prefix that a new store is offered. Asks nothing else.

use latchkey_core::profile::check_prefix;

/// A prefix of one's own for a new store's keys: the person's account name where it can be one, `lk` where it
/// cannot or says nothing.
pub fn proposed_prefix() -> String {
    prefix_from(&account_name())
}

/// The account of the OS session: who the audit names.
pub fn account_name() -> String {
    whoami::username().unwrap_or_else(|_| "unknown".to_owned())
}

fn prefix_from(account: &str) -> String {
    let letters = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let word: String = account
        .to_ascii_lowercase()
        .chars()
        .skip_while(|c| !c.is_ascii_lowercase())
        .take_while(letters)
        .take(12)
        .collect();
    let says_nothing =
        ["root", "admin", "administrator", "user", "unknown", "sk", "pk"].contains(&word.as_str());
    if says_nothing || check_prefix(&word).is_err() { "lk".to_owned() } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proposed_prefix_is_ones_own_and_always_a_prefix() {
        for (account, prefix) in [
            ("Ann", "ann"),
            ("ann.lee", "ann"),
            ("root", "lk"),
            ("", "lk"),
            ("Ünal", "nal"),
            ("x", "lk"),
            ("sk", "lk"),
        ] {
            assert_eq!(prefix_from(account), prefix, "{account}");
            assert!(check_prefix(&prefix_from(account)).is_ok());
        }
        assert_eq!(prefix_from("averylongaccountname"), "averylongacc");
    }
}
