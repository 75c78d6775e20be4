-- What a server and its verifications need: where all of a tenant's keys may be used from, use by the hour, and
-- security events. The short name of the operators' tenant is taken back from a customer who has it.

ALTER TABLE tenants ADD COLUMN ip TEXT NOT NULL DEFAULT '[]' CHECK (ip LIKE '[%]');
UPDATE tenants SET slug = CASE
    WHEN EXISTS (SELECT 1 FROM tenants t WHERE t.slug = 'latchkey-tenant') THEN 'latchkey-' || substr(id, 5)
    ELSE 'latchkey-tenant' END WHERE slug = 'latchkey';

-- Keys and tenants are not referred to: their rows are locked by whoever changes them, and counting must not wait. What
-- a tenant's keys were used for is summed as it is written: a report on many keys reads no more rows than it shows.
CREATE TABLE usage_hours (
    secret_id TEXT COLLATE "C" NOT NULL REFERENCES secrets (id),
    key_id TEXT COLLATE "C" NOT NULL CHECK (substr(key_id, 1, 4) = 'key_' AND length(key_id) = 36),
    hour BIGINT NOT NULL CHECK (hour >= 0 AND hour % 3600000 = 0),
    outcome TEXT COLLATE "C" NOT NULL CHECK (length(outcome) BETWEEN 1 AND 40),
    count BIGINT NOT NULL CHECK (count >= 1),
    PRIMARY KEY (secret_id, hour, outcome)
);
CREATE INDEX usage_hours_of_key ON usage_hours (key_id, hour);
CREATE INDEX usage_hours_by_hour ON usage_hours (hour);

CREATE TABLE tenant_hours (
    tenant_id TEXT COLLATE "C" NOT NULL CHECK (substr(tenant_id, 1, 4) = 'ten_' AND length(tenant_id) = 36),
    hour BIGINT NOT NULL CHECK (hour >= 0 AND hour % 3600000 = 0),
    outcome TEXT COLLATE "C" NOT NULL CHECK (length(outcome) BETWEEN 1 AND 40),
    count BIGINT NOT NULL CHECK (count >= 1),
    PRIMARY KEY (tenant_id, hour, outcome)
);
CREATE INDEX tenant_hours_by_hour ON tenant_hours (hour);

CREATE TABLE events (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (substr(id, 1, 4) = 'evt_' AND length(id) = 36),
    at BIGINT NOT NULL CHECK (at > 0),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('dead_secret_used', 'failures_by_address', 'limit_hit', 'operator_refused')),
    tenant_id TEXT COLLATE "C" CHECK (length(tenant_id) = 36),
    key_id TEXT COLLATE "C" CHECK (length(key_id) = 36),
    secret_id TEXT COLLATE "C" CHECK (length(secret_id) = 36),
    ip TEXT CHECK (length(ip) BETWEEN 2 AND 45),
    outcome TEXT COLLATE "C" NOT NULL CHECK (length(outcome) BETWEEN 1 AND 40),
    count BIGINT NOT NULL CHECK (count >= 1)
);
CREATE INDEX events_by_time ON events (at, id);
CREATE INDEX events_of_kind ON events (kind, at, id);
CREATE INDEX events_of_tenant ON events (tenant_id, at, id);
CREATE INDEX events_of_key ON events (key_id, at, id);
-- Counting them reads this, a thirtieth of the table, and no row.
CREATE INDEX events_to_count ON events (kind);
