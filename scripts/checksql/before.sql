-- What stands before the statements of a golden file: tables that earlier runs, or other parts of
-- a run, made. A name that ends with * is one of many.

CREATE TABLE `local`.`shop`.customers (id STRING, email STRING, phone STRING, expires STRING);

CREATE TABLE `local`.`_eddy`.INFORMATION_SCHEMA.TABLES (table_catalog STRING, table_schema STRING, table_name STRING, table_type STRING, creation_time TIMESTAMP);
CREATE TABLE `local`.`shop_own`.INFORMATION_SCHEMA.TABLES (table_catalog STRING, table_schema STRING, table_name STRING, table_type STRING, creation_time TIMESTAMP);

CREATE TABLE `runs*` (connection_id STRING, run_id STRING, seq INT64, event STRING, happened_at TIMESTAMP, detail STRING);
CREATE TABLE `sync_log*` (connection_id STRING, sync_run_id STRING, primary_key STRING, operation STRING, status STRING, error_reason STRING, sync_started_at TIMESTAMP, sync_finished_at TIMESTAMP);
CREATE TABLE `prepared_with*` (run_id STRING);
CREATE TABLE `sync_runs*` (run_id STRING);
CREATE TABLE `stage_*` (record_id STRING, email STRING, phone_number STRING, device_id STRING, twitter_id STRING, partner_user_id STRING, handle STRING, effective_at STRING, expires_at STRING, fingerprint STRING);
CREATE TABLE `list_*` (email STRING, phone_number STRING, device_id STRING, twitter_id STRING, partner_user_id STRING, handle STRING);
CREATE TABLE `times_*` (field INT64, v STRING, iso STRING);
CREATE TABLE `exceptions_*` (record_id STRING, status STRING, reason STRING, until STRING);
CREATE TABLE `changes_*` (bucket INT64, settings INT64, attempts INT64, present INT64, record_id STRING, until STRING, operation STRING, side STRING, state STRING, was STRING, held_until STRING, email STRING, phone_number STRING, device_id STRING, twitter_id STRING, partner_user_id STRING, handle STRING, effective_at STRING, expires_at STRING, fingerprint STRING, reason STRING);
CREATE TABLE `base_*` (settings INT64, attempts INT64, record_id STRING, until STRING, state STRING, email STRING, phone_number STRING, device_id STRING, twitter_id STRING, partner_user_id STRING, handle STRING, effective_at STRING, expires_at STRING, fingerprint STRING, reason STRING);
