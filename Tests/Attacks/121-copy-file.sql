-- COPY: files and programs
COPY users TO '/tmp/leak';

COPY (SELECT email FROM users) TO PROGRAM 'cat';

COPY users FROM PROGRAM 'echo';
