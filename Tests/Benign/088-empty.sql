-- protocol: empty and comment-only texts
;

-- nothing at all;

/* nothing /* at all */ */;

SELECT;
