DROP TABLE queue_entries;
DROP INDEX matches_by_owner;
ALTER TABLE matches DROP COLUMN fence;
ALTER TABLE matches DROP COLUMN owner_id;
DROP TABLE replicas;
