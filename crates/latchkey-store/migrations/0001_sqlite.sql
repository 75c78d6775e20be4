-- What only SQLite needs: the marks by which the file is known as ours ("LKEY"), and triggers that
-- keep the audit's rows as they are.
PRAGMA application_id = 1280001369;
PRAGMA user_version = 1;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;
CREATE TRIGGER audit_targets_are_not_changed BEFORE UPDATE ON audit_targets
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
CREATE TRIGGER audit_targets_are_not_deleted BEFORE DELETE ON audit_targets
BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;
