#!/bin/bash
# Runs once, when the database is created: makes the site's own role, which owns its database and has no other rights in the cluster.
# (Sourced by the image's entrypoint, so it must not exit.)
psql -v ON_ERROR_STOP=1 -v password="$(cat /run/secrets/database_password)" -U "${POSTGRES_USER:-postgres}" -d postgres <<'SQL'
CREATE ROLE transcendence LOGIN PASSWORD :'password';
CREATE DATABASE transcendence OWNER transcendence ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE transcendence FROM PUBLIC;
SQL
