-- Dropped leases whose last look for logins half-way is still owed (issuer.drop_due): they bear a claim until it was taken.
CREATE INDEX lease_owed ON issuer.lease (claimed_until) WHERE state = 'dropped' AND claimed_by IS NOT NULL;
