-- XML: elements
SELECT xmlforest(email, card), xmlelement(name x, xmlattributes(ssn), born) FROM users;
