//! Profiles: how a tenant's keys look and which permissions its systems know. One default and one
//! for each seed (`domain.md`, Profiles). What each answers over HTTP comes with the server.

use serde::{Deserialize, Serialize};

use crate::error::AdminError;
use crate::key::Environment;
use crate::key_format::{KeyFormat, RANDOM_LENGTH, is_prefix};
use crate::permission::{Dialect, Permission};

/// Which system a tenant's keys are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub enum Profile {
    /// Latchkey's own.
    #[default]
    Latchkey,
    /// `django-tenant-keys.md`.
    DjangoTenant,
    /// `funtime-partner-keys.md`.
    FuntimePartner,
    /// `ticket-003-key-middleware.md`.
    #[serde(rename = "ticket-003")]
    #[cfg_attr(feature = "cli", value(name = "ticket-003"))]
    Ticket003,
    /// `core-php-api-keys.md`.
    CorePhp,
    /// `chatapi-dual-keys.md`.
    Chatapi,
}

/// A permission that a profile's systems are known to ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct KnownPermission {
    /// The permission.
    pub permission: Permission,
    /// What it allows, in the seed's words.
    pub description: String,
    /// The group it is shown under.
    pub category: String,
}

/// A role to start from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RoleTemplate {
    /// The role's name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it grants.
    pub permissions: Vec<Permission>,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 6] = [
        Self::Latchkey,
        Self::DjangoTenant,
        Self::FuntimePartner,
        Self::Ticket003,
        Self::CorePhp,
        Self::Chatapi,
    ];

    /// The word that names it in SQL, JSON and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Latchkey => "latchkey",
            Self::DjangoTenant => "django-tenant",
            Self::FuntimePartner => "funtime-partner",
            Self::Ticket003 => "ticket-003",
            Self::CorePhp => "core-php",
            Self::Chatapi => "chatapi",
        }
    }

    /// The profile of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.word() == word)
    }

    /// How a new key looks. `store_prefix` is the store's own word (`sk` unless set otherwise),
    /// `slug` the tenant's, `has_identity` whether the key is for one user of the tenant.
    #[must_use]
    pub fn key_format(
        self,
        store_prefix: &str,
        slug: &str,
        environment: Environment,
        has_identity: bool,
    ) -> KeyFormat {
        let word = environment.word();
        match self {
            Self::Latchkey => KeyFormat::with_head(format!("{store_prefix}_{word}_")),
            Self::DjangoTenant | Self::CorePhp => KeyFormat::with_head(format!("sk_{word}_")),
            // 64 characters in all; the partner's word is the slug's first letters: `pk_comm_`.
            Self::FuntimePartner => {
                let partner: String = slug.chars().filter(char::is_ascii_alphanumeric).take(4).collect();
                let head = format!("pk_{partner}_");
                KeyFormat { random_length: 64 - head.len(), head }
            }
            Self::Ticket003 => KeyFormat { head: String::new(), random_length: RANDOM_LENGTH },
            Self::Chatapi if has_identity => KeyFormat::with_head("sk_user_"),
            Self::Chatapi => KeyFormat::with_head("ck_live_"),
        }
    }

    /// The permission dialect.
    #[must_use]
    pub const fn dialect(self) -> Dialect {
        Dialect {
            admin_grants_all: matches!(self, Self::FuntimePartner),
            bare_codename_any_app: matches!(self, Self::DjangoTenant),
        }
    }

    /// Whether a revoked key may be made active again unless the tenant says otherwise. The Django
    /// seed has “Activate selected API keys”; everybody else starts without.
    #[must_use]
    pub const fn reactivates(self) -> bool {
        matches!(self, Self::DjangoTenant)
    }

    /// The permissions its systems know.
    #[must_use]
    pub fn catalogue(self) -> Vec<KnownPermission> {
        let rows: &[(&'static str, &str, &str)] = match self {
            Self::Latchkey | Self::Ticket003 => &[],
            Self::DjangoTenant => &DJANGO,
            Self::FuntimePartner => &FUNTIME,
            Self::CorePhp => &CORE_PHP,
            Self::Chatapi => &CHATAPI,
        };
        rows.iter()
            .map(|(permission, description, category)| KnownPermission {
                permission: Permission::known(permission),
                description: (*description).to_owned(),
                category: (*category).to_owned(),
            })
            .collect()
    }
}

/// The roles to start from: the Django seed's three permission patterns.
#[must_use]
pub fn role_templates() -> Vec<RoleTemplate> {
    TEMPLATES
        .iter()
        .map(|(name, description, permissions)| RoleTemplate {
            name: (*name).to_owned(),
            description: (*description).to_owned(),
            permissions: permissions.iter().copied().map(Permission::known).collect(),
        })
        .collect()
}

/// A prefix for a store's own keys.
///
/// # Errors
/// `invalid` at `prefix`.
pub fn check_prefix(prefix: &str) -> Result<(), AdminError> {
    if is_prefix(prefix) {
        return Ok(());
    }
    Err(AdminError::invalid(
        "prefix",
        "Use 2 to 12 lower-case letters and digits, a letter first, for example acme.",
    ))
}

const TEMPLATES: [(&str, &str, &[&str]); 3] = [
    (
        "Read-Only",
        "Sees work items, customers and tasks, and changes nothing.",
        &["view_all_workitems", "view_all_customers", "view_all_tasks"],
    ),
    (
        "Integration",
        "Reads and writes work items, customers and tasks.",
        &[
            "view_all_workitems",
            "tasks.add_workitem",
            "tasks.change_workitem",
            "view_all_customers",
            "customers.add_customer",
            "customers.change_customer",
            "view_all_tasks",
            "tasks.add_task",
            "tasks.change_task",
        ],
    ),
    (
        "Limited",
        "Sees and creates work items, and updates none.",
        &["view_all_workitems", "tasks.add_workitem"],
    ),
];

const DJANGO: [(&str, &str, &str); 9] = [
    ("view_all_workitems", "See all work items", "Work items"),
    ("tasks.add_workitem", "Create work items", "Work items"),
    ("tasks.change_workitem", "Change work items", "Work items"),
    ("view_all_customers", "See all customers", "Customers"),
    ("customers.add_customer", "Create customers", "Customers"),
    ("customers.change_customer", "Change customers", "Customers"),
    ("view_all_tasks", "See all tasks", "Tasks"),
    ("tasks.add_task", "Create tasks", "Tasks"),
    ("tasks.change_task", "Change tasks", "Tasks"),
];

const FUNTIME: [(&str, &str, &str); 9] = [
    ("auth:validate", "Validate JWT tokens", "auth"),
    ("auth:sync", "Synchronize authentication state, force-auth, external login", "auth"),
    ("users:read", "Read user information and profiles", "users"),
    ("users:write", "Update user information (email, password, roles)", "users"),
    ("assets:read", "Read/download assets", "assets"),
    ("assets:write", "Upload, register links, and delete assets", "assets"),
    ("sites:read", "Read site membership information", "sites"),
    ("push:send", "Send push notifications", "push"),
    ("admin", "Full administrative access (grants all scopes)", "admin"),
];

const CORE_PHP: [(&str, &str, &str); 6] = [
    ("posts:read", "Read posts", "posts"),
    ("posts:write", "Create and update posts", "posts"),
    ("posts:delete", "Delete posts", "posts"),
    ("categories:read", "Read categories", "categories"),
    ("categories:write", "Create and update categories", "categories"),
    ("categories:delete", "Delete categories", "categories"),
];

const CHATAPI: [(&str, &str, &str); 10] = [
    ("users:manage", "Create and manage users", "Master"),
    ("rooms:manage", "Create and manage rooms", "Master"),
    ("notifications:send", "Send notifications", "Master"),
    ("client:read", "View all client data", "Master"),
    ("webhooks:manage", "Manage webhooks", "Master"),
    ("analytics:read", "Access analytics", "Master"),
    ("messages:send", "Send messages in joined rooms", "Scoped"),
    ("rooms:join", "Join and leave rooms", "Scoped"),
    ("profile:write", "Update own profile", "Scoped"),
    ("own:read", "View own data", "Scoped"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_look_as_each_seed_shows_them() {
        let look = |profile: Profile, identity| {
            let format = profile.key_format("sk", "community", Environment::Live, identity);
            (format.head.clone(), format.head.len() + format.random_length)
        };
        assert_eq!(look(Profile::Latchkey, false), ("sk_live_".into(), 40));
        assert_eq!(look(Profile::DjangoTenant, false), ("sk_live_".into(), 40));
        assert_eq!(look(Profile::FuntimePartner, false), ("pk_comm_".into(), 64));
        assert_eq!(look(Profile::Ticket003, false), (String::new(), 32));
        assert_eq!(look(Profile::Chatapi, false), ("ck_live_".into(), 40));
        assert_eq!(look(Profile::Chatapi, true), ("sk_user_".into(), 40));
    }

    #[test]
    fn every_known_permission_and_template_is_well_formed_and_words_read_back() {
        for profile in Profile::ALL {
            assert_eq!(Profile::of_word(profile.word()), Some(profile));
            assert_eq!(serde_json::to_value(profile).unwrap(), profile.word());
            for known in profile.catalogue() {
                assert!(known.permission.as_str().parse::<Permission>().is_ok());
            }
        }
        assert!(
            role_templates()
                .iter()
                .flat_map(|template| &template.permissions)
                .all(|p| p.as_str().parse::<Permission>().is_ok())
        );
    }
}
