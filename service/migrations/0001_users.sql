CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  email text NOT NULL CHECK (length(email) <= 254),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
  -- No row is changed two billion times.
  -- squawk-ignore prefer-bigint-over-int
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON users (lower(email));

-- One for all documents: a document that is deleted and stored again must not have a version, and so an ETag, again.
CREATE SEQUENCE user_data_version;

CREATE TABLE user_data (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  -- Pages are read in the order of the keys, which must not depend on the locale the database was made with.
  key text COLLATE "C" NOT NULL CHECK (length(key) <= 64),
  value jsonb NOT NULL,
  version bigint NOT NULL DEFAULT nextval('user_data_version'),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, key)
);

CREATE TABLE idempotency_keys (
  principal text NOT NULL,
  key text NOT NULL CHECK (length(key) <= 255),
  request_hash bytea NOT NULL,
  -- Of HTTP, so three digits; null only inside the transaction that claims the key.
  -- squawk-ignore prefer-bigint-over-smallint
  status smallint,
  response jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (principal, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON users, user_data, idempotency_keys TO accounts_service;
GRANT USAGE ON SEQUENCE user_data_version TO accounts_service;
GRANT SELECT ON pgmigrations TO accounts_service;
