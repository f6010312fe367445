-- notifications
LISTEN channel;

NOTIFY channel, 'payload';

UNLISTEN *;
