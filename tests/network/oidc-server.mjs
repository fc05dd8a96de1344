// A foreign authorization server for tests: npm `oidc-provider` on loopback, its clients, and a FHIR server of two
// answers behind its tokens. What is wrong on request stands in `faults`; what came to the token endpoint in `asked`.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

import * as jose from 'jose';
import Provider from 'oidc-provider';

// With what forms and `Authorization: Basic` must encode.
export const SECRET = `s3 cret+/%:&=~-${randomUUID()}`;
export const SCOPES = ['openid', 'offline_access', 'launch/patient', 'patient/*.read', 'system/*.read'];
const LOOPBACK = 'http://127.0.0.1/callback';

/** A key pair: the private half as PEM and JWK, the public one as JWK. */
export function keyPair(kind, options, names) {
  const { privateKey, publicKey } = generateKeyPairSync(kind, options);
  const jwk = (key) => ({ ...key.export({ format: 'jwk' }), ...names });
  return { pem: privateKey.export({ type: 'pkcs8', format: 'pem' }), private: jwk(privateKey), public: jwk(publicKey) };
}

export const rsa = (kid, alg) => keyPair('rsa', { modulusLength: 2048 }, { kid, alg, use: 'sig' });
export const ec = (kid, alg, namedCurve) => keyPair('ec', { namedCurve }, { kid, alg, use: 'sig' });

function client(client_id, method, more = {}) {
  return {
    client_id,
    client_secret: method.startsWith('client_secret') ? SECRET : undefined,
    token_endpoint_auth_method: method,
    application_type: 'native',
    redirect_uris: [LOOPBACK],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    ...more,
  };
}

const backend = (client_id, alg, key) => client(client_id, 'private_key_jwt', {
  redirect_uris: [],
  response_types: [],
  grant_types: ['client_credentials'],
  token_endpoint_auth_signing_alg: alg,
  jwks: { keys: [key.public] },
});

/** Listens at a free port. `fixedRedirect` is the one redirect URI of the client `web`, with its port. */
export async function start(fixedRedirect, backendKeys) {
  const http = createServer();
  await new Promise((ready) => http.listen(0, '127.0.0.1', ready));
  const issuer = `http://127.0.0.1:${http.address().port}`;
  const keys = { RS256: rsa('r', 'RS256'), PS256: rsa('p', 'PS256'), ES256: ec('e', 'ES256', 'P-256') };
  const provider = new Provider(issuer, {
    clients: [
      client('public', 'none'),
      client('es256', 'none', { id_token_signed_response_alg: 'ES256' }),
      client('ps256', 'none', { id_token_signed_response_alg: 'PS256' }),
      client('post', 'client_secret_post'),
      client('web', 'client_secret_basic', { application_type: 'web', redirect_uris: [fixedRedirect] }),
      client('app', 'none', { redirect_uris: ['com.example.app:/landed'] }),
      client('long', 'none'),
      backend('rs384', 'RS384', backendKeys.rs384),
      backend('es384', 'ES384', backendKeys.es384),
    ],
    scopes: SCOPES,
    jwks: { keys: Object.values(keys).map((key) => key.private) },
    cookies: { keys: [randomUUID()] },
    enabledJWA: { clientAuthSigningAlgValues: ['RS384', 'ES384'] },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: false },
      revocation: { enabled: true, allowedPolicy: async (_, client, token) => token.clientId === client.clientId },
    },
    // SMART servers give refresh tokens without `prompt=consent` as well.
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => false,
    rotateRefreshToken: true,
    // fhirkit renews a minute before the end: for `long` that is after six seconds, for the others at once.
    ttl: { AccessToken: (_, __, client) => (client.clientId === 'long' ? 66 : 30), ClientCredentials: 300, Grant: 900,
      IdToken: 600, Interaction: 600, RefreshToken: 600, Session: 900 },
  });
  const state = { issuer, provider, faults: {}, asked: [], secrets: new Set([SECRET]), keys };
  provider.use((ctx, next) => around(ctx, next, state));
  http.on('request', provider.callback());
  state.close = () => http.close();
  return state;
}

/** Stands around the server's own work. */
async function around(ctx, next, state) {
  if (ctx.path.startsWith('/fhir/')) return fhir(ctx, state);
  await next();
  if (ctx.path === '/jwks' && state.faults.jwks) ctx.body = state.faults.jwks(ctx.body);
  if (ctx.path === '/token') await noted(ctx, state);
}

/** Notes who asked for what, and every secret that passed. The member's record is `p1`, as SMART says it. */
async function noted(ctx, state) {
  const params = ctx.oidc?.params ?? {};
  state.asked.push({ client: ctx.oidc?.client?.clientId, grant: params.grant_type, refresh: params.refresh_token,
    scheme: ctx.get('authorization').split(' ')[0], status: ctx.status, error: ctx.body?.error, scope: params.scope,
    assertion: params.client_assertion, body: Object.keys(params).filter((key) => params[key] !== undefined) });
  for (const key of ['code', 'code_verifier', 'refresh_token', 'client_assertion']) {
    if (params[key]) state.secrets.add(params[key]);
  }
  for (const key of ['access_token', 'refresh_token', 'id_token']) {
    if (ctx.body?.[key]) state.secrets.add(ctx.body[key]);
  }
  if (ctx.status !== 200 || params.grant_type === 'client_credentials') return;
  ctx.body = { ...ctx.body, patient: 'p1' };
  if (state.faults.idToken && ctx.body.id_token) ctx.body.id_token = await state.faults.idToken(ctx.body.id_token);
}

/** An `id_token` with other claims, signed with the server's own key; without `key`, with none. */
export async function signedAnew(token, change, { alg = 'RS256', kid = 'r', key } = {}) {
  const claims = change({ ...jose.decodeJwt(token) });
  if (!key) return new jose.UnsecuredJWT(claims).encode();
  return new jose.SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key);
}

/** The FHIR server behind the tokens: a SMART configuration, one record, one export. */
async function fhir(ctx, state) {
  const { provider, issuer } = state;
  if (ctx.path === '/fhir/.well-known/smart-configuration') {
    const found = await fetch(`${issuer}/.well-known/openid-configuration`);
    ctx.body = await found.json();
    return;
  }
  const token = ctx.get('authorization').replace(/^Bearer /, '');
  const holder = await provider.AccessToken.find(token) ?? await provider.ClientCredentials.find(token);
  const granted = holder?.scope?.split(' ') ?? [];
  const base = `${issuer}/fhir`;
  const answers = {
    '/fhir/Patient/p1/$everything': () => ({ resourceType: 'Bundle', type: 'searchset', total: 1,
      entry: [{ resource: { resourceType: 'Patient', id: 'p1' } }] }),
    '/fhir/jobs/1': () => ({ transactionTime: new Date().toISOString(), request: `${base}/$export`,
      requiresAccessToken: true, output: [{ type: 'Patient', url: `${base}/files/1`, count: 1 }], error: [] }),
    '/fhir/files/1': () => '{"resourceType":"Patient","id":"p1"}\n',
  };
  const needs = ctx.path.includes('Patient/') ? 'patient/*.read' : 'system/*.read';
  if (!granted.includes(needs)) {
    ctx.status = holder ? 403 : 401;
    ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"');
    ctx.body = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'login' }] };
  } else if (ctx.path === '/fhir/$export') {
    ctx.status = 202;
    ctx.set('Content-Location', `${base}/jobs/1`);
  } else if (ctx.method === 'DELETE') {
    ctx.status = 202;
  } else if (answers[ctx.path]) {
    ctx.body = answers[ctx.path]();
    ctx.type = ctx.path.startsWith('/fhir/files') ? 'application/fhir+ndjson' : 'application/json';
  }
}
