//! The keyring of Linux: whatever answers as Secret Service on the session bus. Looking never prompts: it
//! asks for the default keyring and whether that is locked, and both are plain properties.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use zbus_secret_service_keyring_store::cred::Specifier;
use zbus_secret_service_keyring_store::errors::decode_error;

use super::platform::Platform;
use crate::keychain_state::{KeychainState, KeychainWords};

/// The name under which a keyring answers, whichever program it is.
const SERVICE: &str = "org.freedesktop.secrets";
/// Names that only one program has on the bus, and what that program is called.
const PRODUCTS: &[(&str, &str)] = &[
    ("org.gnome.keyring", "GNOME Keyring"),
    ("org.kde.secretservicecompat", "KDE Wallet"),
    ("org.kde.kwalletd6", "KDE Wallet"),
    ("org.kde.kwalletd5", "KDE Wallet"),
    ("org.kde.kwalletd", "KDE Wallet"),
    ("org.keepassxc.KeePassXC.MainWindow", "KeePassXC"),
];

/// The Secret Service of the session.
pub(crate) struct SecretServicePlatform;

impl Platform for SecretServicePlatform {
    fn store(&self) -> keyring_core::Result<Arc<CredentialStore>> {
        Ok(zbus_secret_service_keyring_store::Store::new()?)
    }

    fn look(&self) -> KeychainWords {
        match look() {
            Ok(words) => words,
            Err(error) => {
                tracing::debug!(%error, "no keyring");
                KeychainWords::of(self.state_of(&error))
            }
        }
    }

    fn unlock(&self) -> keyring_core::Result<()> {
        let service = connect().map_err(decode_error)?;
        service.get_default_collection().and_then(|keyring| keyring.unlock()).map_err(decode_error)
    }

    fn modifiers<'a>(&self, label: &'a str) -> HashMap<&'a str, &'a str> {
        // The store refuses an empty label; calls that make no item have none.
        if label.is_empty() { HashMap::new() } else { HashMap::from([("label", label)]) }
    }

    fn relabel(&self, entry: &Entry, label: &str) -> keyring_core::Result<()> {
        match entry.as_any().downcast_ref::<Specifier>() {
            Some(item) if item.get_label()? != label => item.set_label(label),
            Some(_) => Ok(()),
            None => Err(Error::NotSupportedByStore("label".to_owned())),
        }
    }

    fn state_of(&self, error: &(dyn std::error::Error + 'static)) -> KeychainState {
        use secret_service::Error as Cause;
        let Some(cause) = error.downcast_ref::<Cause>() else { return KeychainState::Failed };
        match cause {
            Cause::Unavailable => KeychainState::NoService,
            Cause::Locked => KeychainState::Locked,
            Cause::NoResult => KeychainState::NoDefaultCollection,
            Cause::Prompt | Cause::PromptDisconnected => KeychainState::PromptDismissed,
            Cause::Zbus(error) => of_bus(error),
            _ => KeychainState::Failed,
        }
    }
}

fn connect() -> Result<SecretService<'static>, secret_service::Error> {
    SecretService::connect(EncryptionType::Dh)
}

fn look() -> Result<KeychainWords, secret_service::Error> {
    let service = connect()?;
    if service.get_default_collection()?.is_locked()? {
        return Ok(KeychainWords::of(KeychainState::Locked));
    }
    Ok(match product() {
        Some(product) => KeychainWords::using(product),
        None => KeychainWords::of(KeychainState::Available),
    })
}

/// Which program the keyring is: the one that owns its name and one of its own.
fn product() -> Option<&'static str> {
    let bus = zbus::blocking::Connection::session().ok()?;
    let names = zbus::blocking::fdo::DBusProxy::new(&bus).ok()?;
    let owner = |name: &'static str| names.get_name_owner(name.try_into().ok()?).ok();
    let keyring = owner(SERVICE)?;
    let found = PRODUCTS.iter().find(|(name, _)| owner(name).as_ref() == Some(&keyring));
    found.map(|(_, product)| *product)
}

/// What the bus says when nobody answers to the name.
fn of_bus(error: &zbus::Error) -> KeychainState {
    match error {
        zbus::Error::MethodError(name, _, _) => match name.as_str() {
            "org.freedesktop.DBus.Error.ServiceUnknown"
            | "org.freedesktop.DBus.Error.NameHasNoOwner"
            | "org.freedesktop.DBus.Error.Spawn.ExecFailed"
            | "org.freedesktop.DBus.Error.Spawn.ChildExited"
            | "org.freedesktop.DBus.Error.Disconnected"
            | "org.freedesktop.DBus.Error.NoServer" => KeychainState::NoService,
            "org.freedesktop.Secret.Error.IsLocked" => KeychainState::Locked,
            _ => KeychainState::Failed,
        },
        zbus::Error::FDO(error) => match error.as_ref() {
            zbus::fdo::Error::ServiceUnknown(_)
            | zbus::fdo::Error::NameHasNoOwner(_)
            | zbus::fdo::Error::NoServer(_)
            | zbus::fdo::Error::Disconnected(_) => KeychainState::NoService,
            _ => KeychainState::Failed,
        },
        zbus::Error::InputOutput(_)
        | zbus::Error::Connection(..)
        | zbus::Error::Address(_)
        | zbus::Error::Handshake(_) => KeychainState::NoService,
        _ => KeychainState::Failed,
    }
}
