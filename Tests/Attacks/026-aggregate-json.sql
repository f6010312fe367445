-- aggregates: JSON
SELECT json_agg(users), jsonb_object_agg(id, email), json_object_agg(card, ssn) FROM users;
