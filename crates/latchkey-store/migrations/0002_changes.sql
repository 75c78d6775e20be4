-- Every change is remembered under its idempotency key, not only what mints a key: the record names
-- what was changed by noun and id. What was changed may be gone since, so nothing is referred to.

CREATE TABLE remembered (
    actor TEXT COLLATE "C" NOT NULL CHECK (length(actor) >= 1),
    name TEXT COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    operation TEXT NOT NULL CHECK (length(operation) >= 1),
    request_hash TEXT NOT NULL CHECK (length(request_hash) = 64),
    noun TEXT NOT NULL CHECK (noun IN ('tenant', 'role', 'key')),
    target_id TEXT COLLATE "C" NOT NULL CHECK (length(target_id) = 36),
    created_at BIGINT NOT NULL CHECK (created_at > 0),
    PRIMARY KEY (actor, name)
);
INSERT INTO remembered (actor, name, operation, request_hash, noun, target_id, created_at)
SELECT actor, name, operation, request_hash, 'key', key_id, created_at FROM idempotency;
DROP TABLE idempotency;
ALTER TABLE remembered RENAME TO idempotency;
CREATE INDEX idempotency_by_age ON idempotency (created_at);
