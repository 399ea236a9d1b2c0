-- The version of the tenant template that a tenant's Worker was last uploaded from; empty for one
-- that was uploaded before this was recorded.
ALTER TABLE tenants ADD COLUMN artefact TEXT;
