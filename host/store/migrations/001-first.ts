/** Schema 1: what the home holds, which sites it works with, what they asked for. */

export const FIRST = `
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE blocked (hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE blocked_list (name TEXT PRIMARY KEY, ranges INTEGER NOT NULL, v4 BLOB NOT NULL, v6 TEXT NOT NULL) STRICT;
CREATE TABLE usage (
  origin TEXT NOT NULL,
  month TEXT NOT NULL,
  down INTEGER NOT NULL,
  up INTEGER NOT NULL,
  PRIMARY KEY (origin, month)
) STRICT, WITHOUT ROWID;
CREATE TABLE served (id TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE download_order (id TEXT PRIMARY KEY, place INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX download_order_place ON download_order (place);

CREATE TABLE folder (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  prefix_end TEXT NOT NULL,
  all_types INTEGER NOT NULL,
  everyone INTEGER NOT NULL,
  identity TEXT,
  missing TEXT,
  added_at INTEGER NOT NULL,
  scanned_at INTEGER
) STRICT;
CREATE TABLE folder_site (
  folder INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
  origin TEXT NOT NULL,
  PRIMARY KEY (origin, folder)
) STRICT, WITHOUT ROWID;

CREATE TABLE torrent (
  info_hash TEXT NOT NULL,
  id TEXT NOT NULL,
  req2 TEXT NOT NULL,
  file_index INTEGER NOT NULL,
  canonical INTEGER NOT NULL,
  info BLOB NOT NULL,
  PRIMARY KEY (info_hash, id)
) STRICT;
CREATE INDEX torrent_id ON torrent (id);
CREATE INDEX torrent_req2 ON torrent (req2);

CREATE TABLE file (
  path TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  extension TEXT NOT NULL,
  media INTEGER NOT NULL,
  inode TEXT NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns TEXT NOT NULL,
  ctime_ns TEXT NOT NULL,
  verified_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX file_id ON file (id, media);
CREATE INDEX file_inode ON file (inode);
CREATE INDEX file_verified ON file (verified_at);
CREATE TABLE rotten (
  path TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  extension TEXT NOT NULL,
  media INTEGER NOT NULL,
  inode TEXT NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns TEXT NOT NULL,
  ctime_ns TEXT NOT NULL,
  verified_at INTEGER NOT NULL,
  found_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX rotten_inode ON rotten (inode);

CREATE TABLE download (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL,
  inode TEXT NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns TEXT NOT NULL,
  ctime_ns TEXT NOT NULL,
  extension TEXT NOT NULL,
  sha256 TEXT,
  info_hash TEXT NOT NULL,
  verified_at INTEGER NOT NULL,
  checked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX download_checked ON download (checked_at);

CREATE TABLE site (
  origin TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  reach TEXT NOT NULL,
  lan INTEGER NOT NULL,
  stun INTEGER NOT NULL,
  download INTEGER NOT NULL,
  quota INTEGER,
  expires_at INTEGER,
  added_at INTEGER NOT NULL,
  last_used_at INTEGER,
  username TEXT,
  cookies TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE own_copy (
  origin TEXT NOT NULL,
  id TEXT NOT NULL,
  agreed INTEGER NOT NULL,
  PRIMARY KEY (origin, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE site_log (
  number INTEGER PRIMARY KEY,
  origin TEXT NOT NULL,
  at INTEGER NOT NULL,
  deed TEXT NOT NULL,
  times INTEGER NOT NULL,
  amounts TEXT NOT NULL,
  code TEXT
) STRICT;
CREATE INDEX site_log_origin ON site_log (origin, number);
CREATE TABLE reported (
  origin TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (origin, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE metadata_sent (
  origin TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (origin, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE withdrawn (
  origin TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (origin, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE request (
  origin TEXT NOT NULL,
  id TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  described INTEGER NOT NULL DEFAULT 0,
  info_hash TEXT,
  size INTEGER,
  extension TEXT NOT NULL DEFAULT '',
  sha256 TEXT,
  told INTEGER NOT NULL,
  state TEXT NOT NULL,
  settled INTEGER NOT NULL,
  learned_size INTEGER,
  refuted INTEGER NOT NULL DEFAULT 0,
  reason TEXT,
  PRIMARY KEY (origin, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_id ON request (id);
CREATE INDEX request_open ON request (added_at, id, origin) WHERE state = 'open';
CREATE INDEX request_open_of ON request (origin, added_at DESC, id) WHERE state = 'open';
CREATE TABLE request_places (
  origin TEXT NOT NULL,
  id TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  places TEXT NOT NULL,
  torrent BLOB,
  PRIMARY KEY (origin, id)
) STRICT;
CREATE INDEX request_places_bytes ON request_places (origin, bytes);
CREATE TABLE tried (
  id TEXT NOT NULL,
  info_hash TEXT NOT NULL,
  PRIMARY KEY (id, info_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE lbry_claim (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  claim_id TEXT NOT NULL,
  value BLOB NOT NULL,
  raw_transaction BLOB,
  output INTEGER,
  UNIQUE (key, claim_id)
) STRICT;
CREATE INDEX lbry_claim_id ON lbry_claim (claim_id);
CREATE TABLE lbry_file (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  claim TEXT,
  folder TEXT NOT NULL,
  file_name TEXT,
  play_name TEXT,
  both INTEGER NOT NULL,
  twin TEXT,
  added_at INTEGER NOT NULL
) STRICT;
CREATE TABLE lbry_stream (
  number INTEGER PRIMARY KEY,
  sd_hash TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL,
  folder TEXT NOT NULL,
  file_name TEXT NOT NULL,
  complete INTEGER NOT NULL,
  size INTEGER,
  stamp TEXT,
  stopped INTEGER NOT NULL,
  eager INTEGER NOT NULL,
  uploaded INTEGER NOT NULL,
  added_at INTEGER NOT NULL,
  seeding_since INTEGER,
  uploaded_before INTEGER NOT NULL,
  ended INTEGER NOT NULL
) STRICT;
CREATE TABLE lbry_descriptor (
  stream INTEGER PRIMARY KEY REFERENCES lbry_stream (number) ON DELETE CASCADE,
  bytes BLOB NOT NULL
) STRICT;
CREATE TABLE lbry_blob (
  stream INTEGER NOT NULL REFERENCES lbry_stream (number) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  hash BLOB NOT NULL,
  is_here INTEGER NOT NULL,
  PRIMARY KEY (stream, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX lbry_blob_hash ON lbry_blob (hash);
CREATE TABLE lbry_announce (key TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE lbry_reflected (sd_hash TEXT PRIMARY KEY REFERENCES lbry_stream (sd_hash) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
CREATE TABLE lbry_key (key TEXT PRIMARY KEY, port INTEGER, added_at INTEGER NOT NULL) STRICT;
CREATE TABLE lbry_contact (node_id TEXT PRIMARY KEY, address TEXT NOT NULL, udp_port INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;
