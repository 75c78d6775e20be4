//! What a gateway asks of `/v1/check`: its query, read once and kept by its text, so that the same question costs no
//! reading the next time. Reads no header and no key.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use latchkey_core::AdminError;
use latchkey_core::error::ErrorCode;
use latchkey_core::key::Environment;
use latchkey_core::operations::TenantSelector;
use latchkey_core::permission::{Permission, Requirement};
use latchkey_core::profile::Profile;
use latchkey_core::text::LIST_MAX;
use latchkey_verify::{Audience, CannotTell, Question, Verifier};

/// How many bytes the questions that are kept take, about; a gateway has one a route. Beyond, all are forgotten and
/// read again: anybody may make up more.
const KEPT: usize = 4 * 1024 * 1024;
/// The longest query that is read, in bytes.
const LONGEST: usize = 8 * 1024;

/// One question with what is around it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// What the verifier is asked.
    pub(crate) question: Question,
    /// In whose words the client is answered.
    pub(crate) profile: Profile,
    /// How the answer travels.
    pub(crate) through: Through,
    /// In which reading of the tenants its own was found ([`Verifier::tenants_reading`]).
    reading: u64,
}

/// How an answer travels to the gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Through {
    /// As it is: the gateway hands status, headers and body of a refusal to the client.
    #[default]
    AsIs,
    /// As nginx's `auth_request` needs it: 2xx, 401 or 403, everything else in headers.
    Nginx,
}

/// Why a question is not asked.
pub(crate) enum Unread {
    /// The gateway is not set up as it should be: `unknown_field`, `invalid` with the field.
    Bad(AdminError),
    /// Nobody can say whether its tenant exists.
    CannotTell {
        /// Why not.
        why: CannotTell,
        /// In whose words the client is answered, as far as the question itself says so.
        profile: Profile,
        /// How the answer travels.
        through: Through,
    },
}

impl From<AdminError> for Unread {
    fn from(error: AdminError) -> Self {
        Self::Bad(error)
    }
}

/// The questions that were read.
#[derive(Default)]
pub(crate) struct Questions {
    read: papaya::HashMap<String, Arc<Asked>>,
    /// What they take, never less than they do but while two are forgetting.
    taken: AtomicUsize,
}

impl Questions {
    /// What `then` makes of the question of this query, where it was read before in this reading of the tenants. It
    /// is lent, not given: many threads ask the same question at once, and would wait for each other to count who has it.
    pub(crate) fn known<R>(
        &self,
        query: &str,
        reading: u64,
        then: impl FnOnce(&Arc<Asked>) -> R,
    ) -> Option<R> {
        self.read.pin().get(query).filter(|asked| asked.reading == reading).map(then)
    }

    /// Reads the question of this query.
    ///
    /// # Errors
    /// [`Unread`].
    pub(crate) async fn read(&self, query: &str, verifier: &Verifier) -> Result<Arc<Asked>, Unread> {
        let written = Written::read(query)?;
        let mut asked = Asked {
            question: Question {
                audience: Audience::Customers,
                requirement: written.requirement,
                tenant: None,
                environment: written.environment,
                asker: None,
            },
            profile: written.profile.unwrap_or_default(),
            through: written.through.unwrap_or_default(),
            // Before the tenant is looked for: should they be read anew meanwhile, it is looked for again.
            reading: verifier.tenants_reading(),
        };
        if let Some(selector) = &written.tenant {
            let found = verifier.find_tenant(selector).await.map_err(|why| Unread::CannotTell {
                why,
                profile: asked.profile,
                through: asked.through,
            })?;
            let look = found.ok_or_else(|| AdminError::invalid("tenant", "There is no such tenant."))?;
            asked.question.tenant = Some(look.tenant.id);
            asked.profile = written.profile.unwrap_or(look.profile);
        }
        let asked = Arc::new(asked);
        self.keep(query, &asked);
        Ok(asked)
    }

    /// Keeps a question.
    fn keep(&self, query: &str, asked: &Arc<Asked>) {
        let kept = self.read.pin();
        let takes = taken_by(query, asked);
        if self.taken.fetch_add(takes, Ordering::Relaxed) + takes > KEPT {
            self.taken.store(takes, Ordering::Relaxed);
            kept.clear();
        }
        kept.insert(query.to_owned(), Arc::clone(asked));
    }
}

/// How many bytes a question takes, about: its text twice (once in its permissions), what stands around each permission,
/// and the rest.
fn taken_by(query: &str, asked: &Asked) -> usize {
    let Requirement { all, any } = &asked.question.requirement;
    2 * query.len() + (all.len() + any.len()) * 64 + 512
}

/// A query's parameters, before the tenant is looked up.
#[derive(Default)]
struct Written {
    requirement: Requirement,
    tenant: Option<TenantSelector>,
    profile: Option<Profile>,
    environment: Option<Environment>,
    through: Option<Through>,
}

impl Written {
    fn read(query: &str) -> Result<Self, AdminError> {
        if query.len() > LONGEST {
            return Err(AdminError::new(
                ErrorCode::Unreadable,
                format!("The query is larger than {LONGEST} bytes."),
            ));
        }
        let pairs: Vec<(String, String)> = serde_html_form::from_str(query).map_err(|error| {
            AdminError::new(ErrorCode::Unreadable, format!("The query cannot be read: {error}."))
        })?;
        let mut written = Self::default();
        for (name, value) in pairs {
            written.take(&name, &value)?;
        }
        if written.requirement.all.len() + written.requirement.any.len() > LIST_MAX {
            return Err(AdminError::invalid(
                "permission",
                format!("At most {LIST_MAX} permissions in one question."),
            ));
        }
        Ok(written)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), AdminError> {
        match name {
            "permission" => self.requirement.all.push(permission(name, value)?),
            "any" => self.requirement.any.push(permission(name, value)?),
            "tenant" => {
                let selector = value
                    .parse()
                    .map_err(|_| AdminError::invalid(name, "Name it by its id or its short name."))?;
                once(&mut self.tenant, name, selector)?;
            }
            "profile" => {
                let profile = Profile::of_word(value).ok_or_else(|| {
                    let words =
                        "Use latchkey, django-tenant, funtime-partner, ticket-003, core-php or chatapi.";
                    AdminError::invalid(name, words)
                })?;
                once(&mut self.profile, name, profile)?;
            }
            "environment" => {
                let environment = match value {
                    "live" => Environment::Live,
                    "test" => Environment::Test,
                    _ => return Err(AdminError::invalid(name, "Use live or test.")),
                };
                once(&mut self.environment, name, environment)?;
            }
            "proxy" => {
                if value != "nginx" {
                    return Err(AdminError::invalid(name, "Use nginx, or leave it out."));
                }
                once(&mut self.through, name, Through::Nginx)?;
            }
            unknown => {
                let unknown: String = unknown.chars().take(60).collect();
                let words = format!("check knows no field named {unknown}.");
                return Err(AdminError::new(ErrorCode::UnknownField, words).at_field(&unknown));
            }
        }
        Ok(())
    }
}

fn permission(field: &str, text: &str) -> Result<Permission, AdminError> {
    text.parse().map_err(|error: latchkey_core::permission::BadPermission| {
        AdminError::invalid(field, error.to_string())
    })
}

fn once<T>(place: &mut Option<T>, field: &str, value: T) -> Result<(), AdminError> {
    if place.replace(value).is_some() {
        return Err(AdminError::invalid(field, "This field stands twice. Give it once."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_whole() {
        let written = Written::read(
            "permission=posts:read&permission=posts%3Awrite&any=a:b&tenant=acme&environment=test&profile=core-php&proxy=nginx",
        )
        .unwrap();
        let all: Vec<&str> = written.requirement.all.iter().map(Permission::as_str).collect();
        assert_eq!(all, ["posts:read", "posts:write"]);
        assert_eq!(written.requirement.any.len(), 1);
        assert_eq!(written.tenant, Some(TenantSelector::Slug("acme".to_owned())));
        assert_eq!(
            (written.profile, written.environment, written.through),
            (Some(Profile::CorePhp), Some(Environment::Test), Some(Through::Nginx))
        );
        assert!(Written::read("").unwrap().tenant.is_none());
    }

    #[test]
    fn questions_that_somebody_makes_up_take_no_more_than_their_room() {
        let questions = Questions::default();
        let kept =
            || -> usize { questions.read.pin().iter().map(|(query, asked)| taken_by(query, asked)).sum() };
        let mut most = 0;
        for number in 0..3_000 {
            let query = format!("permission=a:{number}&{}", "any=a:b&".repeat(LIST_MAX - 1));
            let requirement = Written::read(query.trim_end_matches('&')).unwrap().requirement;
            let question = Question { requirement, ..Question::default() };
            let asked = Asked { question, profile: Profile::Latchkey, through: Through::AsIs, reading: 0 };
            questions.keep(&query, &Arc::new(asked));
            assert!(questions.known(&query, 0, |_| ()).is_some(), "the last one is known");
            most = most.max(kept());
        }
        assert!((KEPT / 2..=KEPT).contains(&most), "{most}");
    }

    #[test]
    fn a_gateway_that_asks_nonsense_is_told_which_field() {
        for (query, code, field) in [
            ("permissions=a", ErrorCode::UnknownField, "permissions"),
            ("permission=po*:read", ErrorCode::Invalid, "permission"),
            ("permission=", ErrorCode::Invalid, "permission"),
            ("any=", ErrorCode::Invalid, "any"),
            ("tenant=a&tenant=b", ErrorCode::Invalid, "tenant"),
            ("tenant=", ErrorCode::Invalid, "tenant"),
            ("profile=mine", ErrorCode::Invalid, "profile"),
            ("environment=prod", ErrorCode::Invalid, "environment"),
            ("proxy=apache", ErrorCode::Invalid, "proxy"),
        ] {
            let error = Written::read(query).map(drop).unwrap_err();
            assert_eq!((error.code, error.field.as_deref()), (code, Some(field)), "{query}");
        }
        let many = vec!["permission=a:b"; LIST_MAX + 1].join("&");
        assert_eq!(Written::read(&many).map(drop).unwrap_err().code, ErrorCode::Invalid);
        assert_eq!(
            Written::read(&"a".repeat(LONGEST + 1)).map(drop).unwrap_err().code,
            ErrorCode::Unreadable
        );
    }
}
