-- The first schema, written in PostgreSQL's types; dialect.rs turns it into SQLite's. Times are
-- milliseconds since 1970 (UTC), lengths of time end in _ms, lists are JSON text, words are core's.
-- Each CHECK says again what core refuses, for hands that do not go through core.

CREATE TABLE meta (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (name IN ('application', 'prefix', 'created_at')),
    value TEXT NOT NULL CHECK (length(value) BETWEEN 1 AND 100)
);

CREATE TABLE numbers (
    noun TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (noun IN ('role')),
    next BIGINT NOT NULL CHECK (next >= 1)
);

CREATE TABLE tenants (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (substr(id, 1, 4) = 'ten_' AND length(id) = 36),
    slug TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 63),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    name_fold TEXT COLLATE "C" NOT NULL CHECK (length(name_fold) >= 1),
    notes TEXT NOT NULL CHECK (length(notes) <= 2000),
    profile TEXT NOT NULL CHECK (profile IN ('latchkey', 'django-tenant', 'funtime-partner', 'ticket-003', 'core-php', 'chatapi')),
    default_grace_ms BIGINT NOT NULL CHECK (default_grace_ms = 0 OR default_grace_ms >= 60000),
    max_grace_ms BIGINT NOT NULL CHECK (max_grace_ms = 0 OR max_grace_ms BETWEEN 60000 AND 7776000000),
    max_lifetime_ms BIGINT CHECK (max_lifetime_ms >= 3600000),
    environments TEXT NOT NULL CHECK (environments IN ('["live"]', '["test"]', '["live","test"]')),
    ip_required BIGINT NOT NULL CHECK (ip_required IN (0, 1)),
    allow_reactivate BIGINT NOT NULL CHECK (allow_reactivate IN (0, 1)),
    suspended_at BIGINT CHECK (suspended_at > 0),
    created_at BIGINT NOT NULL CHECK (created_at > 0),
    updated_at BIGINT NOT NULL CHECK (updated_at > 0),
    updated_by TEXT NOT NULL CHECK (length(updated_by) >= 1),
    version BIGINT NOT NULL CHECK (version >= 1),
    CHECK (default_grace_ms <= max_grace_ms),
    CHECK (updated_at >= created_at)
);
CREATE INDEX tenants_by_name ON tenants (name_fold, id);

CREATE TABLE roles (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (substr(id, 1, 4) = 'rol_' AND length(id) = 36),
    number BIGINT NOT NULL UNIQUE CHECK (number >= 1),
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    name_fold TEXT COLLATE "C" NOT NULL CHECK (length(name_fold) >= 1),
    description TEXT NOT NULL CHECK (length(description) <= 2000),
    permissions TEXT NOT NULL CHECK (permissions LIKE '[%]'),
    created_at BIGINT NOT NULL CHECK (created_at > 0),
    updated_at BIGINT NOT NULL CHECK (updated_at > 0),
    updated_by TEXT NOT NULL CHECK (length(updated_by) >= 1),
    version BIGINT NOT NULL CHECK (version >= 1),
    UNIQUE (tenant_id, name_fold),
    UNIQUE (id, tenant_id),
    CHECK (updated_at >= created_at)
);
CREATE INDEX roles_by_name ON roles (name_fold, id);

CREATE TABLE keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (substr(id, 1, 4) = 'key_' AND length(id) = 36),
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    name_fold TEXT COLLATE "C" NOT NULL CHECK (length(name_fold) >= 1),
    notes TEXT NOT NULL CHECK (length(notes) <= 2000),
    owner TEXT NOT NULL CHECK (length(owner) <= 100),
    environment TEXT NOT NULL CHECK (environment IN ('live', 'test')),
    role_id TEXT COLLATE "C",
    scopes TEXT NOT NULL CHECK (scopes LIKE '[%]'),
    identity TEXT CHECK (length(identity) BETWEEN 1 AND 100),
    integration TEXT CHECK (length(integration) BETWEEN 1 AND 100),
    tags TEXT NOT NULL CHECK (tags LIKE '[%]'),
    tier TEXT CHECK (length(tier) BETWEEN 1 AND 100),
    ip TEXT NOT NULL CHECK (ip LIKE '[%]'),
    grace_ms BIGINT CHECK (grace_ms = 0 OR grace_ms BETWEEN 60000 AND 7776000000),
    expires_at BIGINT CHECK (expires_at > 0),
    suspended_at BIGINT CHECK (suspended_at > 0),
    revoked_at BIGINT CHECK (revoked_at > 0),
    revoked_by TEXT CHECK (length(revoked_by) >= 1),
    revoke_reason TEXT CHECK (length(revoke_reason) <= 100),
    created_at BIGINT NOT NULL CHECK (created_at > 0),
    created_by TEXT NOT NULL CHECK (length(created_by) >= 1),
    updated_at BIGINT NOT NULL CHECK (updated_at > 0),
    updated_by TEXT NOT NULL CHECK (length(updated_by) >= 1),
    version BIGINT NOT NULL CHECK (version >= 1),
    FOREIGN KEY (role_id, tenant_id) REFERENCES roles (id, tenant_id),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL) AND (revoked_at IS NULL) = (revoke_reason IS NULL)),
    CHECK (updated_at >= created_at),
    CHECK (expires_at > created_at)
);
CREATE UNIQUE INDEX keys_name ON keys (tenant_id, name_fold) WHERE revoked_at IS NULL;
CREATE INDEX keys_by_name ON keys (name_fold, id);
CREATE INDEX keys_of_tenant_by_name ON keys (tenant_id, name_fold, id);
CREATE INDEX keys_by_created ON keys (created_at, id);
CREATE INDEX keys_by_expires ON keys (expires_at, id);
CREATE INDEX keys_of_role ON keys (role_id);
-- Counting keys by their state reads this and no row.
CREATE INDEX keys_by_state ON keys (tenant_id, revoked_at, suspended_at, expires_at, id);

CREATE TABLE secrets (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (substr(id, 1, 4) = 'sec_' AND length(id) = 36),
    key_id TEXT COLLATE "C" NOT NULL REFERENCES keys (id),
    ordinal BIGINT NOT NULL CHECK (ordinal >= 1),
    public_id TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(public_id) = 6),
    head TEXT COLLATE "C" NOT NULL CHECK (length(head) <= 40),
    digest TEXT NOT NULL CHECK (digest LIKE '$argon2id$%'),
    tag BYTEA,
    pepper_id TEXT,
    created_at BIGINT NOT NULL CHECK (created_at > 0),
    lapses_at BIGINT NOT NULL,
    grace_ms BIGINT NOT NULL CHECK (grace_ms BETWEEN 0 AND 7776000000),
    next_expiry_chosen BIGINT NOT NULL CHECK (next_expiry_chosen IN (0, 1)),
    next_expiry BIGINT CHECK (next_expiry IS NULL OR (next_expiry > 0 AND next_expiry_chosen = 1)),
    confirmed_at BIGINT,
    not_after BIGINT,
    killed_at BIGINT,
    UNIQUE (key_id, ordinal),
    CHECK ((tag IS NULL) = (pepper_id IS NULL)),
    CHECK (lapses_at > created_at),
    CHECK (confirmed_at >= created_at AND confirmed_at < lapses_at),
    CHECK (not_after IS NULL OR confirmed_at IS NOT NULL),
    CHECK (not_after >= created_at),
    CHECK (killed_at >= created_at)
);
CREATE INDEX secrets_by_hint ON secrets (head, public_id, key_id);
-- Whether a key has a secret that lives, and which few have one that retires: read here, from no row.
CREATE INDEX secrets_by_state ON secrets (key_id, killed_at, confirmed_at, not_after, lapses_at);
CREATE INDEX secrets_retiring ON secrets (not_after, key_id) WHERE killed_at IS NULL AND not_after IS NOT NULL;

CREATE TABLE usage (
    secret_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES secrets (id),
    key_id TEXT COLLATE "C" NOT NULL REFERENCES keys (id),
    last_used_at BIGINT NOT NULL CHECK (last_used_at > 0),
    last_used_ip TEXT CHECK (length(last_used_ip) BETWEEN 2 AND 45),
    use_count BIGINT NOT NULL CHECK (use_count >= 1)
);
CREATE INDEX usage_by_time ON usage (last_used_at, key_id);
CREATE INDEX usage_of_key ON usage (key_id, last_used_at);

CREATE TABLE audit (
    seq BIGINT NOT NULL PRIMARY KEY CHECK (seq >= 1),
    at BIGINT NOT NULL CHECK (at > 0),
    action TEXT COLLATE "C" NOT NULL CHECK (length(action) >= 1),
    actor TEXT NOT NULL CHECK (length(actor) >= 1),
    source TEXT NOT NULL CHECK (source IN ('desktop', 'cli', 'server')),
    noun TEXT NOT NULL CHECK (noun IN ('tenant', 'role', 'key')),
    target_id TEXT COLLATE "C" NOT NULL CHECK (length(target_id) = 36),
    target_name TEXT NOT NULL CHECK (length(target_name) >= 1),
    tenant_id TEXT COLLATE "C" CHECK (length(tenant_id) = 36),
    request_id TEXT NOT NULL CHECK (length(request_id) = 36),
    before_json TEXT NOT NULL CHECK (before_json = '' OR before_json LIKE '{%}'),
    after_json TEXT NOT NULL CHECK (after_json = '' OR after_json LIKE '{%}'),
    prev_hash TEXT NOT NULL CHECK (length(prev_hash) = 64),
    hash TEXT NOT NULL CHECK (length(hash) = 64)
);
CREATE INDEX audit_of_tenant ON audit (tenant_id, seq);
CREATE INDEX audit_of_action ON audit (action, seq);

CREATE TABLE audit_targets (
    noun TEXT COLLATE "C" NOT NULL CHECK (noun IN ('tenant', 'role', 'key')),
    id TEXT COLLATE "C" NOT NULL CHECK (length(id) = 36),
    seq BIGINT NOT NULL REFERENCES audit (seq),
    PRIMARY KEY (noun, id, seq)
);
CREATE INDEX audit_targets_by_seq ON audit_targets (seq);

CREATE TABLE audit_head (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    hash TEXT NOT NULL CHECK (length(hash) = 64),
    at BIGINT NOT NULL CHECK (at >= 0)
);

CREATE TABLE idempotency (
    actor TEXT COLLATE "C" NOT NULL CHECK (length(actor) >= 1),
    name TEXT COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    operation TEXT NOT NULL CHECK (length(operation) >= 1),
    request_hash TEXT NOT NULL CHECK (length(request_hash) = 64),
    key_id TEXT COLLATE "C" NOT NULL REFERENCES keys (id),
    created_at BIGINT NOT NULL CHECK (created_at > 0),
    PRIMARY KEY (actor, name)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
