// npm's oidc-provider on PostgreSQL, set up as favourably as its documentation allows: for bench/peers.py.
// package.json and its lockfile pin its packages; to pin other versions, `npm install --package-lock-only` here.
// Its argument: the folder of its packages. Environment: PORT, DATABASE_URL, WORKERS, CLIENTS: what its clients register,
// as JSON; APIS: resource and scope of the APIs, by the format of their tokens, as JSON; CLIENTS_IN: `database` lets each
// request read its client from there, as a cluster with an admin has to, `memory` has them static.
import cluster from 'node:cluster';
import { createRequire } from 'node:module';

const require = createRequire(`${process.argv[2]}/`);
const pg = require('pg');
const jose = require('jose');
const { Provider } = require('oidc-provider');

const { PORT, DATABASE_URL, WORKERS } = process.env;
const clients = JSON.parse(process.env.CLIENTS);
const apis = Object.entries(JSON.parse(process.env.APIS));
const inDatabase = process.env.CLIENTS_IN === 'database';

if (cluster.isPrimary) {
  const c = new pg.Client({ connectionString: DATABASE_URL });
  await c.connect();
  await c.query(`CREATE TABLE IF NOT EXISTS oidc (model text, id text, payload jsonb, grant_id text, uid text, user_code text,
    expires_at timestamptz, consumed_at timestamptz, PRIMARY KEY (model, id))`);
  await c.query('CREATE INDEX IF NOT EXISTS oidc_grant ON oidc (grant_id) WHERE grant_id IS NOT NULL');
  await c.query('CREATE INDEX IF NOT EXISTS oidc_uid ON oidc (uid) WHERE uid IS NOT NULL');
  await c.query('CREATE TABLE IF NOT EXISTS people (sub text PRIMARY KEY, claims jsonb)');
  await c.query('CREATE TABLE IF NOT EXISTS jwks (one int PRIMARY KEY, jwks jsonb)');
  const jwks = { keys: [] };
  for (const [alg, crv] of [['RS256'], ['ES256']]) {
    const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
    jwks.keys.push({ ...(await jose.exportJWK(privateKey)), alg, use: 'sig', kid: alg });
  }
  await c.query('INSERT INTO jwks VALUES (1, $1) ON CONFLICT DO NOTHING', [jwks]);
  for (const client of inDatabase ? clients : []) {
    await c.query(`INSERT INTO oidc (model, id, payload) VALUES ('Client', $1, $2)`, [client.client_id, client]);
  }
  await c.end();
  for (let i = 0; i < Number(WORKERS); i += 1) cluster.fork();
} else {
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 8, idleTimeoutMillis: 0 });
  const q = (name, text, values) => pool.query({ name, text, values });
  class Adapter {
    constructor(model) { this.model = model; }
    async upsert(id, payload, expiresIn) {
      await q('up', `INSERT INTO oidc VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (model, id) DO UPDATE SET payload=$3, grant_id=$4, uid=$5, user_code=$6, expires_at=$7`,
        [this.model, id, payload, payload.grantId, payload.uid, payload.userCode, expiresIn ? new Date(Date.now() + expiresIn * 1000) : null]);
    }
    #row(r) { return r.rows[0] && { ...r.rows[0].payload, ...(r.rows[0].consumed_at ? { consumed: Math.floor(r.rows[0].consumed_at / 1000) } : {}) }; }
    async find(id) { return this.#row(await q('find', 'SELECT payload, consumed_at FROM oidc WHERE model=$1 AND id=$2 AND (expires_at IS NULL OR expires_at > now())', [this.model, id])); }
    async findByUid(uid) { return this.#row(await q('uid', 'SELECT payload, consumed_at FROM oidc WHERE model=$1 AND uid=$2', [this.model, uid])); }
    async findByUserCode(c) { return this.#row(await q('uc', 'SELECT payload, consumed_at FROM oidc WHERE model=$1 AND user_code=$2', [this.model, c])); }
    async consume(id) { await q('con', 'UPDATE oidc SET consumed_at=now() WHERE model=$1 AND id=$2', [this.model, id]); }
    async destroy(id) { await q('del', 'DELETE FROM oidc WHERE model=$1 AND id=$2', [this.model, id]); }
    async revokeByGrantId(g) { await q('rev', 'DELETE FROM oidc WHERE grant_id=$1', [g]); }
  }
  const { rows: [{ jwks }] } = await pool.query('SELECT jwks FROM jwks');
  const provider = new Provider(`http://localhost:${PORT}`, {
    adapter: Adapter,
    jwks,
    clients: inDatabase ? [] : clients,
    scopes: ['openid', 'profile', 'email', 'offline_access', ...apis.map(([, api]) => api.scope)],
    claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name', 'preferred_username', 'updated_at'], email: ['email', 'email_verified'] },
    cookies: { keys: ['bench'] },
    features: {
      devInteractions: { enabled: true }, clientCredentials: { enabled: true }, introspection: { enabled: true, allowedPolicy: () => true }, revocation: { enabled: true },
      resourceIndicators: {
        enabled: true, defaultResource: () => undefined, useGrantedResource: () => true,
        getResourceServerInfo: (ctx, resource) => {
          const [format, { scope }] = apis.find(([, api]) => api.resource === resource);
          return { scope, ...(format === 'opaque' ? { accessTokenFormat: format } : { accessTokenFormat: 'jwt', jwt: { sign: { alg: format } } }) };
        },
      },
    },
    issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
    findAccount: async (ctx, sub) => {
      const r = await q('acc', 'SELECT claims FROM people WHERE sub=$1', [sub]);
      const claims = r.rows[0]?.claims ?? { name: 'A B' };
      return { accountId: sub, claims: async () => ({ sub, ...claims }) };
    },
    pkce: { required: () => true },
    ttl: { AccessToken: 3600, AuthorizationCode: 60, RefreshToken: 86400, Session: 86400, Grant: 86400, IdToken: 600, ClientCredentials: 900, Interaction: 3600 },
  });
  provider.listen(Number(PORT), '127.0.0.1');
}
