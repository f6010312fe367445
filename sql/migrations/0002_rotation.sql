-- When passwords were rotated, and when roles that are not handed out any more were last in use.

CREATE TABLE issuer.admin_rotation (
  role text PRIMARY KEY,
  rotated_at timestamptz NOT NULL
);

-- Alternating accounts, of the role whose turn it is not: since when nobody was seen logged in as it (NULL: somebody was at the last look,
-- or nobody looked yet), and when its password was taken away.
ALTER TABLE issuer.static_role ADD COLUMN idle_since timestamptz, ADD COLUMN retired_at timestamptz;
