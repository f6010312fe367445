-- Puts the tables of Tests/Attacks/schema.sql back to what they were when this was run. Only for superusers.
CREATE SCHEMA attack_restore;
CREATE TABLE attack_restore.users AS TABLE public.users;
CREATE TABLE attack_restore.orders AS TABLE public.orders;
CREATE TABLE attack_restore.order_items AS TABLE public.order_items;
CREATE TABLE attack_restore.events AS TABLE public.events;
CREATE TABLE attack_restore.app_users AS TABLE app.users;
CREATE PROCEDURE attack_restore.restore() LANGUAGE plpgsql AS $$
BEGIN
  SET LOCAL client_min_messages = error;
  -- No triggers, and no history of this.
  SET LOCAL session_replication_role = replica;
  TRUNCATE public.users, public.orders, public.order_items, public.events, app.users, app.user_history;
  INSERT INTO public.users SELECT * FROM attack_restore.users ORDER BY id;
  INSERT INTO public.orders SELECT * FROM attack_restore.orders ORDER BY id;
  INSERT INTO public.order_items SELECT * FROM attack_restore.order_items ORDER BY order_id, line;
  INSERT INTO public.events SELECT * FROM attack_restore.events ORDER BY id;
  INSERT INTO app.users SELECT * FROM attack_restore.app_users ORDER BY id;
END $$;
CALL attack_restore.restore();
