-- aggregates: bits, hashes, regressions
SELECT bit_xor(hashtext(email)), regr_slope(id, extract(epoch FROM born)), stddev(length(email)) FROM users;
