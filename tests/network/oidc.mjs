// fhirkit against npm `oidc-provider`, a certified authorization server that nobody here wrote.
//
//     npm ci && node oidc.mjs        FHIRKIT names the binary (default target/release/fhirkit)

import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { importJWK } from 'jose';

import { check, checkRun, fhirkit, result, said, start as run, work } from './fhirkit.mjs';
import { Member } from './member.mjs';
import { SECRET, ec, rsa, signedAnew, start } from './oidc-server.mjs';

const SCOPES = 'openid offline_access launch/patient patient/*.read';

/** A port that is free now. */
async function freePort() {
  const socket = createServer();
  await new Promise((ready) => socket.listen(0, '127.0.0.1', ready));
  const { port } = socket.address();
  await new Promise((closed) => socket.close(closed));
  return port;
}

/** The providers of all tests. What is not said is discovered. */
function configuration({ issuer }, fixedRedirect) {
  const table = (name, lines) => `[provider.${name}]\nfhir_base = "${issuer}/fhir"\n${lines.join('\n')}\n`;
  const signIn = (client, more = []) => [
    `client_id = "${client}"`, 'redirect_uri = "http://127.0.0.1/callback"', `scopes = "${SCOPES}"`, ...more];
  const secret = 'client_secret = { env = "TEST_SECRET" }';
  const given = [`authorize_url = "${issuer}/auth?prompt=consent"`, `token_url = "${issuer}/token"`,
    `issuer = "${issuer}"`];
  const backend = (alg, file) => [`client_id = "${alg.toLowerCase()}"`,
    `backend = { key_file = "${file}", key_id = "${alg}", algorithm = "${alg}", scopes = ["system/*.read"] }`];
  return [
    table('public', signIn('public')),
    table('es256', signIn('es256')),
    table('ps256', signIn('ps256')),
    table('long', signIn('long')),
    table('post', signIn('post', [secret, ...given])),
    table('web', [...signIn('web', [secret, 'client_auth = "basic"']).filter((line) => !line.startsWith('redirect')),
      `redirect_uri = "${fixedRedirect}"`]),
    table('app', signIn('app').map((line) => line.replace('http://127.0.0.1/callback', 'com.example.app:/landed'))),
    table('scopes', signIn('public').map((line) => line.replace('launch/patient', 'user/*.write'))),
    table('stranger', signIn('nobody')),
    table('rs384', backend('RS384', 'rs384.pem')),
    table('es384', backend('ES384', 'es384.pem')),
    table('wrong-key', backend('RS384', 'other.pem')),
  ].join('\n');
}

/** `fhirkit login`, with a member at the browser. `ask` changes the address visited, `land` the one landed at. */
async function login(server, name, { secret, ask = (url) => url, land = (url) => [url], agrees, paste } = {}) {
  const login = run(['login', name, '--no-browser', '--wait', '60', ...(paste ? ['--paste'] : [])], { secret });
  const [, url] = await login.line(/open in a browser: (\S+)/);
  const asked = new URL(url);
  const landed = await new Member(server.issuer).visit(ask(asked).href, { agrees });
  const statuses = [];
  for (const place of land(landed)) {
    if (paste) login.write(`${place}\n`);
    else statuses.push(await fetch(place).then(async (page) => (await page.text(), page.status), () => 0));
  }
  return { ...await login.ended, asked, landed, statuses };
}

const token = async (name, options) => fhirkit(['token', name, '--show'], options);
const whoami = async (name) => {
  const { stdout } = await fhirkit(['whoami', name, '--output-format', 'json']);
  return stdout ? JSON.parse(stdout)[0] : undefined;
};
const kept = (name) => join(work, `state/fhirkit/tokens/${name}.json`);
const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const changed = (url, name, value) => {
  const other = new URL(url);
  if (value === undefined) other.searchParams.delete(name);
  else other.searchParams.set(name, value);
  return other;
};

/** Public and confidential clients, loopback and paste, and three ways to sign an `id_token`. */
async function signIns(server) {
  const ways = [['public', undefined, ''], ['es256', undefined, ''], ['ps256', undefined, ''],
    ['post', SECRET, ''], ['web', SECRET, 'Basic']];
  for (const [name, secret, scheme] of ways) {
    const before = server.asked.length;
    const signedIn = await login(server, name, { secret });
    checkRun(`${name}: signs in`, signedIn, 0, 'signed in');
    const [exchange, ...more] = server.asked.slice(before);
    check(`${name}: one exchange, as this client does it`, exchange?.status === 200 && more.length === 0
      && exchange.scheme === scheme && exchange.body.includes('client_secret') === (name === 'post'), exchange);
    const who = await whoami(name);
    check(`${name}: the id_token is verified, the patient is known`,
      who?.identity === 'id_token verified' && who.patient === 'p1' && who.issuer === server.issuer, who);
    check(`${name}: S256, state, nonce and aud are sent`,
      signedIn.asked.searchParams.get('code_challenge_method') === 'S256'
      && ['state', 'nonce', 'aud'].every((key) => signedIn.asked.searchParams.get(key)), signedIn.asked.href);
    // OpenID Connect Core, section 11: without `prompt=consent` the scope would be ignored.
    check(`${name}: offline_access is granted, since consent is asked for`,
      !signedIn.stderr.includes('missing: offline_access')
      && signedIn.asked.searchParams.getAll('prompt').join() === 'consent', signedIn.stderr);
    check(`${name}: the server sends iss`, signedIn.landed.searchParams.get('iss') === server.issuer);
  }
  const pasted = await login(server, 'app', { paste: true });
  checkRun('app: a redirect URI of its own scheme, pasted', pasted, 0, 'signed in');
  const twice = await login(server, 'public', { land: (url) => [new URL('/favicon.ico', url),
    changed(url, 'state', 'another'), url, url] });
  checkRun('strangers and a replay do not disturb', twice, 0, 'signed in');
  check('the listener answers strangers', twice.statuses[0] >= 400 && twice.statuses[1] >= 400
    && twice.statuses[2] === 200, twice.statuses);
  const userinfo = await fhirkit(['userinfo', 'public']);
  check('userinfo is that of the member', userinfo.code === 0 && JSON.parse(userinfo.stdout).sub === 'member-1',
    userinfo);
}

/** What must not become a sign-in. Nothing of it may be kept. */
async function refusals(server) {
  const attempt = async (fact, words, options, name = 'public') => {
    await fhirkit(['logout', name]);
    const before = server.asked.length;
    const refused = await login(server, name, options);
    checkRun(`refused: ${fact}`, refused, 4, words);
    check(`nothing is kept: ${fact}`, await whoami(name) === undefined);
    return server.asked.slice(before);
  };
  const none = await attempt('consent declined', 'consent was declined', { agrees: false });
  check('no code is redeemed when consent was declined', none.length === 0, none);
  await attempt('another nonce', '(`nonce`)', { ask: (url) => changed(url, 'nonce', 'other-nonce-other-nonce') });
  await attempt('another challenge', 'does not accept the code',
    { ask: (url) => changed(url, 'code_challenge', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM') });
  const iss = await attempt('another iss', 'another issuer',
    { land: (url) => [changed(url, 'iss', 'https://evil.example')] });
  const bare = await attempt('no iss', '(`iss`)', { land: (url) => [changed(url, 'iss')] });
  check('no code is redeemed without the right iss', iss.length + bare.length === 0);
  await attempt('an invented code', 'does not accept the code',
    { land: (url) => [changed(url, 'code', 'invented')] });
  await attempt('a wrong secret', 'does not accept the client', { secret: 'wrong-secret' }, 'post');
}

/** `id_token`s that the server never would send, and keys that are not its own. */
async function badTokens(server) {
  const attempt = async (fact, words, faults) => {
    await fhirkit(['logout', 'public']);
    server.faults = faults;
    const refused = await login(server, 'public');
    server.faults = {};
    checkRun(`id_token refused: ${fact}`, refused, 4, words);
    check(`nothing is kept: ${fact}`, await whoami('public') === undefined);
  };
  const own = { key: await signing(server.keys.RS256) };
  const other = rsa('r', 'RS256');
  const forged = (claims, how = own) => ({ idToken: (token) => signedAnew(token, claims, how) });
  const same = (claims) => claims;
  await attempt('the key set holds another key of that name', 'signature that does not fit',
    { jwks: () => ({ keys: [other.public] }) });
  await attempt('the key set does not hold the key', 'does not publish',
    { jwks: ({ keys }) => ({ keys: keys.filter((key) => key.kid !== 'r') }) });
  await attempt('the key set is a page', 'keys of the `id_token` cannot be had', { jwks: () => '<html>sign in</html>' });
  await attempt('signed by another', 'signature that does not fit', forged(same, { key: await signing(other) }));
  await attempt('unsigned', 'not signed in a way that is accepted', forged(same, {}));
  await attempt('HMAC with the public key', 'not signed in a way that is accepted',
    forged(same, { alg: 'HS256', key: new TextEncoder().encode(JSON.stringify(server.keys.RS256.public)) }));
  await attempt('another client', 'for another client', forged((claims) => ({ ...claims, aud: 'someone-else' })));
  await attempt('several clients', '`azp`', forged((claims) => ({ ...claims, aud: ['public', 'someone-else'] })));
  await attempt('another issuer', 'another issuer', forged((claims) => ({ ...claims, iss: 'https://evil.example' })));
  await attempt('expired', 'has expired', forged((claims) => ({ ...claims, exp: claims.iat - 3600 })));
  await attempt('without nonce', '(`nonce`)', forged(({ nonce, ...claims }) => claims));
}

const signing = (pair) => importJWK(pair.private, pair.private.alg);

/** Refresh tokens that rotate: each is used once, whoever asks. */
async function rotation(server) {
  const refreshes = (from) => server.asked.slice(from).filter((request) => request.grant === 'refresh_token');
  await login(server, 'long');
  const from = server.asked.length;
  const [first, second] = [await token('long'), await token('long')];
  check('a token that is good is shown as it is', first.code === 0 && first.stdout === second.stdout
    && refreshes(from).length === 0);
  await pause(7);
  const before = readFileSync(kept('long'), 'utf8');
  const many = await Promise.all(Array.from({ length: 6 }, () => token('long')));
  check('six processes renew it once', refreshes(from).length === 1 && new Set(many.map((one) => one.stdout)).size === 1
    && many.every((one) => one.code === 0) && many[0].stdout !== first.stdout, [refreshes(from), many.map((one) => one.code)]);

  for (const [name, secret] of [['public'], ['post', SECRET], ['web', SECRET]]) {
    await login(server, name, { secret });
    const from = server.asked.length;
    // Every token of this client is about to end: each call renews, and the calls wait for one another.
    const sequence = [await token(name, { secret }), await token(name, { secret }),
      ...await Promise.all(Array.from({ length: 4 }, () => token(name, { secret })))];
    const used = refreshes(from);
    check(`${name}: six renewals by six refresh tokens, none used twice`, used.length === 6
      && used.every((request) => request.status === 200) && new Set(used.map((request) => request.refresh)).size === 6
      && new Set(sequence.map((one) => one.stdout)).size === 6, [used, sequence.map((one) => one.code)]);
  }

  writeFileSync(kept('long'), before.replace(/"expires_at":\s*\d+/, '"expires_at":1'));
  const atReuse = server.asked.length;
  checkRun('a refresh token used twice is refused', await token('long'), 4, 'can no longer be renewed');
  checkRun('it is not tried again', await token('long'), 4, 'fhirkit login long');
  check('the server saw it once', refreshes(atReuse).length === 1, refreshes(atReuse));
}

/** A token that the server takes back early is renewed on the way; `logout` hands tokens back. */
async function atWork(server) {
  await login(server, 'long');
  const { stdout } = await token('long');
  await (await server.provider.AccessToken.find(stdout.trim())).destroy();
  const from = server.asked.length;
  const fetched = await fhirkit(['fetch', 'long', '-o', 'record.ndjson']);
  checkRun('a fetch renews a token that is refused', fetched, 0, '1 resource');
  check('by one refresh', server.asked.slice(from).filter((request) => request.grant === 'refresh_token').length === 1);
  const fresh = (await token('long')).stdout.trim();
  checkRun('logout', await fhirkit(['logout', 'long']), 0, 'signed out');
  check('the server no longer knows the token', fresh && await server.provider.AccessToken.find(fresh) === undefined);
  checkRun('a scope that the server does not give is named', await login(server, 'scopes'), 0, 'user/*.write');
  const before = server.asked.length;
  const login2 = run(['login', 'stranger', '--no-browser', '--wait', '2']);
  const [, url] = await login2.line(/open in a browser: (\S+)/);
  check('an unknown client is not sent back', await new Member(server.issuer).visit(url).then(() => false, () => true));
  checkRun('nobody comes back in time', await login2.ended, 4, 'nobody came back');
  check('and nothing was redeemed', server.asked.length === before);
}

/** Backend Services: a program's own key, RS384 and ES384. */
async function backendServices(server) {
  for (const [name, alg] of [['rs384', 'RS384'], ['es384', 'ES384']]) {
    const from = server.asked.length;
    const exported = await fhirkit(['fetch', name, '--bulk', '--system', '-o', `bulk-${name}`]);
    checkRun(`${alg}: exports`, exported, 0);
    const asked = server.asked.slice(from);
    check(`${alg}: by client_credentials and its own signature`, asked.length >= 1
      && asked.every((one) => one.client === name && one.status === 200 && one.grant === 'client_credentials'
        && one.scope === 'system/*.read' && header(one.assertion).alg === alg && header(one.assertion).kid === alg), asked);
  }
  const from = server.asked.length;
  checkRun('a key that the server does not know', await fhirkit(['fetch', 'wrong-key', '--bulk', '--system', '-o', 'bulk-wrong']), 4,
    'does not accept the client');
  check('it is tried once', server.asked.slice(from).length === 1, server.asked.slice(from));
}

const header = (assertion) => JSON.parse(Buffer.from(assertion.split('.')[0], 'base64url'));

/** Nothing that must stay secret was said. */
function silence(server) {
  const words = said.join('\n');
  const told = [...server.secrets, 'wrong-secret', 'member-1'].filter((secret) => words.includes(secret));
  check(`none of ${server.secrets.size} secrets in ${said.length} runs' words`, told.length === 0, told.length);
}

const backendKeys = { rs384: rsa('RS384', 'RS384'), es384: ec('ES384', 'ES384', 'P-384'), other: rsa('RS384', 'RS384') };
const fixedRedirect = `http://127.0.0.1:${await freePort()}/landed`;
const server = await start(fixedRedirect, backendKeys);
writeFileSync(join(work, 'fhirkit.toml'), configuration(server, fixedRedirect));
for (const [name, pair] of Object.entries(backendKeys)) writeFileSync(join(work, `${name}.pem`), pair.pem);
const parts = { signIns, refusals, badTokens, rotation, atWork, backendServices };
for (const [name, part] of Object.entries(parts)) {
  const begun = Date.now();
  try {
    await part(server);
  } catch (error) {
    check(`${name} runs to its end`, false, error.stack);
  }
  console.log(`       ${name}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}
silence(server);
process.exit(result());
