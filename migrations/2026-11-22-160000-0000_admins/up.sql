-- Who may moderate: accounts made or promoted by `transcendence create-admin`.
ALTER TABLE players ADD COLUMN is_admin BOOLEAN NOT NULL DEFAULT FALSE;
