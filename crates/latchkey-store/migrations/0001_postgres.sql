-- What only PostgreSQL needs: triggers that keep the audit's rows as they are.
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are never changed or deleted';
END;
$$;

CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_targets_stay BEFORE UPDATE OR DELETE ON audit_targets
FOR EACH ROW EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_targets_are_not_emptied BEFORE TRUNCATE ON audit_targets
FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
