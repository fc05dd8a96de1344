// A member in a real browser: every page of the sandbox's sign-in, every way through it, and what comes of it: a fetch
// by loopback listener, and one by pasted code.
//
//     node tests/network/browser.mjs [SCREENSHOTS]      FHIRKIT names the binary; needs `npm ci` here, and chromium
//
// Screenshots of every page go to the folder SCREENSHOTS when one is given. What processes print is kept in the folder
// FHIRKIT_NETWORK_LOGS, and what must not stand there is noted beside it: see common.py.

import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.FHIRKIT ?? path.join(root, "target/release/fhirkit");
const work = fs.mkdtempSync(path.join(os.tmpdir(), "fhirkit-browser-"));
const logs = process.env.FHIRKIT_NETWORK_LOGS ?? path.join(work, "logs");
const screenshots = process.argv[2];
fs.mkdirSync(logs, { recursive: true });
if (screenshots) fs.mkdirSync(screenshots, { recursive: true });

let [passed, failed, number, shots] = [0, 0, 0, 0];

function check(name, holds, details = "") {
  holds ? passed++ : failed++;
  console.log(`${holds ? "ok    " : "FAILED"} ${name}`);
  if (!holds && details) console.log(String(details).split("\n").slice(0, 20).map((line) => `    ${line}`).join("\n"));
  return holds;
}

function secret(kind, value) {
  if (value) fs.appendFileSync(`${logs}.secrets`, JSON.stringify([kind, value]) + "\n");
}

/** The home of a user of whom nothing is known; `more` holds what a command is given besides. */
function environment(more) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(FHIRKIT_|XDG_|DBUS_)/.test(name));
  return { ...Object.fromEntries(kept), HOME: path.join(work, "home"), XDG_STATE_HOME: path.join(work, "state"), NO_COLOR: "1", ...more };
}

/** Starts fhirkit in the folder of the configuration; its streams are kept. */
function begin(name, args, more = {}) {
  const place = String(++number).padStart(3, "0");
  const file = (ending) => path.join(logs, `browser-${place}-${name}.${ending}`);
  const child = spawn(binary, args, { cwd: work, env: environment(more), stdio: ["pipe", "pipe", "pipe"] });
  const run = { child, stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"]) {
    const log = fs.createWriteStream(file(stream));
    child[stream].on("data", (data) => { run[stream] += data; log.write(data); });
  }
  run.ended = new Promise((resolve) => child.on("close", (code) => resolve(code)));
  try {
    fs.writeFileSync(file("cmdline"), fs.readFileSync(`/proc/${child.pid}/cmdline`, "utf8").replaceAll("\0", " "));
  } catch { /* no /proc, or it has ended */ }
  return run;
}

async function run(name, args, more) {
  const begun = begin(name, args, more);
  begun.child.stdin.end();
  begun.code = await begun.ended;
  return begun;
}

async function until(what, found) {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    const value = found();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain for ${what}`);
}

// The sandbox, and the two providers: its public client, and its confidential one as a payer's page documents it.
const sandbox = begin("sandbox", ["sandbox", "--port", "0", "--json", "--members", "3"]);
process.on("exit", () => sandbox.child.kill());
const about = JSON.parse(await until("the sandbox", () => sandbox.stdout.includes("\n") && sandbox.stdout));
const member = about.members[0];
fs.writeFileSync(path.join(work, "fhirkit.toml"), `
[provider.sandbox]
fhir_base = "${about.fhir_base}"

[provider.payer]
fhir_base = "${about.fhir_base}"
authorize_url = "${about.authorize_url}"
token_url = "${about.token_url}"
userinfo_url = "${about.base_url}/v1/connect/userinfo"
client_id = "${about.client_id}"
client_secret = { env = "PAYER_SECRET" }
redirect_uri = "https://oidcdebugger.com/debug"
scopes = ["openid", "read", "profile", "clinical"]
aud = false
`);
const payer = { PAYER_SECRET: about.client_secret };
secret("client secret", about.client_secret);
secret("subscriber", member.subscriber_id);
secret("name", member.first_name);
secret("name", member.last_name);
secret("birth date", member.birth_date);

const browser = await chromium.launch({
  executablePath: process.env.PATH.split(":").map((folder) => path.join(folder, "chromium")).find((file) => fs.existsSync(file)),
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    // Nothing leaves this machine, the page that shows the code least of all.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
});

/** A fresh browser at the beginning of a sign-in. */
async function visit(url, options = {}) {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1000, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  await page.goto(url);
  return page;
}

async function shoot(page, name) {
  if (!screenshots) return;
  shots++;
  await page.screenshot({ path: path.join(screenshots, `${String(shots).padStart(2, "0")}-${name}.png`), fullPage: true });
}

/** The address that a payer's page has, with a `state`; the browser is sent to a host that it does not find. */
function documented() {
  const query = new URLSearchParams({
    response_type: "code", client_id: about.client_id, redirect_uri: "https://oidcdebugger.com/debug",
    scope: "openid read profile clinical", state: "test123",
  });
  return `${about.authorize_url}?${query}`;
}

/** The address that the browser is sent to when it leaves the payer. */
async function landing(page, step) {
  const leaves = page.waitForRequest((request) => !request.url().startsWith(about.base_url));
  await step();
  const url = new URL((await leaves).url());
  secret("code", url.searchParams.get("code"));
  return url;
}

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const title = (page) => page.getByRole("heading", { level: 1 }).innerText();
const summary = async (page) => (await page.getByRole("alert").count()) ? page.getByRole("alert").innerText() : "";

async function signIn(page, facts = member) {
  for (const name of ["subscriber_id", "member_code", "first_name", "last_name", "birth_date", "zip"]) {
    await page.locator(`#${name}`).fill(facts[name]);
  }
  await press(page, "Sign In");
}

/** From the first page to the third. */
async function toWho(page) {
  await press(page, "I Understand");
  await signIn(page);
}

async function toConsent(page) {
  await toWho(page);
  await press(page, "Continue");
}

/** `fhirkit login`, up to the address that it prints. */
async function login(provider, more) {
  const begun = begin("login", ["login", provider, "--no-browser"], more);
  begun.url = await until("the address", () => begun.stderr.match(/open in a browser: (\S+)\n/)?.[1]);
  return begun;
}

async function everyPageWithItsMistakes() {
  const page = await visit(documented());
  check("the disclaimer comes first", (await title(page)) === "Before you share your health record");
  await shoot(page, "disclaimer");
  await press(page, "I Understand");
  check("then the sign-in", (await title(page)) === "Sign in");
  await shoot(page, "sign-in");
  await press(page, "Sign In");
  check("nothing entered: every field is named", (await page.locator(".summary li").count()) === 6, await summary(page));
  check("the title says so to a screen reader", (await page.title()).startsWith("Error: "));
  await shoot(page, "sign-in-empty");
  await signIn(page, { ...member, zip: "99999" });
  check("a wrong answer does not say which", (await summary(page)).includes("We found no member with these details"), await summary(page));
  check("what was entered stays", (await page.locator("#first_name").inputValue()) === member.first_name);
  await shoot(page, "sign-in-wrong");
  await signIn(page);
  check("the right answers go on", (await title(page)) === "Who is signing in?", await summary(page));
  check("a member is asked nothing about representatives", !(await page.locator("#full_name").isVisible()));
  await shoot(page, "who");
  await page.getByLabel("Personal Representative").check();
  check("a representative is", await page.locator("#full_name").isVisible());
  check("and of a relationship only after “Other”", !(await page.locator("#relationship").isVisible()));
  await press(page, "Continue");
  const words = await summary(page);
  check("a representative needs a reason and a name", words.includes("what makes you") && words.includes("full name"), words);
  await shoot(page, "representative-empty");
  await page.getByLabel("Other", { exact: true }).check();
  await page.getByLabel("Your full name").fill("Robin Example");
  await press(page, "Continue");
  check("“Other” needs a relationship", (await summary(page)).includes("Enter your relationship to the member"), await summary(page));
  await shoot(page, "representative-other");
  await page.getByLabel("Your relationship to the member").fill("Neighbour");
  await press(page, "Continue");
  check("then the consent", (await title(page)) === "Share your health record", await summary(page));
  await page.locator(".consent").press("End");
  await shoot(page, "consent");
  const url = await landing(page, () => press(page, "I Do Not Agree"));
  check("declined: the application learns it, and gets no code",
    url.searchParams.get("error") === "access_denied" && url.searchParams.get("state") === "test123" && !url.searchParams.has("code"), url.search);
  await page.context().close();
}

async function everyRepresentative() {
  const relations = ["Parent or guardian of a minor", "Active healthcare power of attorney", "Court ordered guardianship", "Other"];
  for (const relation of relations) {
    const page = await visit(documented());
    await toWho(page);
    await page.getByLabel("Personal Representative").check();
    await page.getByLabel(relation, { exact: true }).check();
    if (relation === relations[0]) {
      await press(page, "Continue");
      check("a parent without a name is asked for it", (await summary(page)).includes("Enter your full name"), await summary(page));
    }
    await page.getByLabel("Your full name").fill("Robin Example");
    if (relation === "Other") await page.getByLabel("Your relationship to the member").fill("Neighbour");
    await press(page, "Continue");
    const url = await landing(page, () => press(page, "I Agree"));
    check(`${relation}: agreed, with a code and the state`, url.searchParams.has("code") && url.searchParams.get("state") === "test123", url.search);
    await page.context().close();
  }
}

async function otherPages() {
  const page = await visit(`${about.base_url}/member/consent`);
  check("a page without an application says where to begin", (await title(page)) === "Start at the application");
  await shoot(page, "start-at-the-application");
  await page.goto(`${about.authorize_url}?response_type=code&client_id=nobody`);
  check("an unknown application is not sent anywhere", (await title(page)) === "This request cannot be answered");
  await shoot(page, "unknown-application");
  await page.context().close();
  const small = await visit(documented(), { viewport: { width: 380, height: 700 }, colorScheme: "dark" });
  await press(small, "I Understand");
  await shoot(small, "small-and-dark-sign-in");
  await signIn(small);
  await small.getByLabel("Personal Representative").check();
  await shoot(small, "small-and-dark-representative");
  await press(small, "Continue");
  const width = await small.locator("main").evaluate((main) => main.ownerDocument.documentElement.scrollWidth);
  check("nothing is cut off on a telephone", width <= 380, width);
  await small.context().close();
  const locked = await visit(documented());
  await press(locked, "I Understand");
  for (let tries = 0; tries < 20 && (await title(locked)) === "Sign in"; tries++) await signIn(locked, { ...member, zip: "99999" });
  check("who guesses is shown out", (await title(locked)) === "You cannot sign in now");
  await shoot(locked, "locked");
  await locked.context().close();
}

/** The whole way by loopback listener, with Tab, Space and Enter alone. */
async function keyboardThenFetch() {
  const begun = await login("sandbox");
  const page = await visit(begun.url);
  const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim());
  const tabTo = async (wanted) => {
    for (let presses = 0; presses < 30; presses++) {
      await page.keyboard.press("Tab");
      if ((await focused()) === wanted) return;
    }
    throw new Error(`Tab never came to ${wanted}`);
  };
  await tabTo("I Understand");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/member/login");
  for (const name of ["subscriber_id", "member_code", "first_name", "last_name", "birth_date", "zip"]) {
    await tabTo(name);
    await page.keyboard.type(member[name]);
  }
  await page.keyboard.press("Enter");
  await page.waitForURL("**/member/who");
  await tabTo("who-self");
  await shoot(page, "keyboard-focus");
  await tabTo("Continue");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/member/consent");
  await shoot(page, "consent-for-fhirkit");
  await tabTo("I Agree");
  const url = await landing(page, () => page.keyboard.press("Enter"));
  check("by keyboard alone, the browser comes to the listener", url.hostname === "127.0.0.1" && url.searchParams.has("code"), url.host);
  const code = await begun.ended;
  check("login has a token by loopback", code === 0, begun.stderr);
  await page.waitForLoadState();
  await shoot(page, "landed");
  check("the listener's page says that one may close it", /close/i.test(await page.locator("body").innerText()), await page.locator("body").innerText());
  await page.context().close();
  await fetched("sandbox", {});
}

async function fetched(provider, more) {
  const token = await run("token", ["token", provider, "--show"], more);
  secret("token", token.stdout.trim());
  const file = path.join(work, `${provider}.ndjson`);
  const fetch = await run("fetch", ["fetch", provider, "-o", file, "--overwrite"], more);
  const resources = fetch.code === 0 ? fs.readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line)) : [];
  check(`${provider}: the record is fetched (${resources.length} resources)`, fetch.code === 0 && resources.length > 30, fetch.stderr);
  return resources;
}

/** Paste mode: the page of the redirect URI only shows the code, which goes back to the terminal. */
async function pasted() {
  for (const shares of [true, false]) {
    const begun = await login("payer", payer);
    const page = await visit(begun.url);
    await toConsent(page);
    if (!shares) await page.getByLabel("Share none of it").check();
    const url = await landing(page, () => press(page, "I Agree"));
    await page.context().close();
    begun.child.stdin.end((shares ? url.href : url.searchParams.get("code")) + "\n");
    const code = await begun.ended;
    check(`login takes the pasted ${shares ? "address" : "code"} for the confidential client`, code === 0, begun.stderr);
    const resources = await fetched("payer", payer);
    const patient = resources.find((resource) => resource.resourceType === "Patient") ?? {};
    const said = await run("userinfo", ["userinfo", "payer"], payer);
    const claims = said.code === 0 ? JSON.parse(said.stdout) : {};
    if (shares) {
      check("demographics shared: the Patient has a name, as has the user", patient.name && claims.family_name === member.last_name, said.stderr);
    } else {
      const keys = Object.keys(patient).sort().join(" ");
      check("demographics not shared: the Patient has id, meta and identifier only", keys === "id identifier meta resourceType", keys);
      check("and the user no name", claims.sub && !("name" in claims || "given_name" in claims || "family_name" in claims), Object.keys(claims));
    }
  }
}

try {
  await everyPageWithItsMistakes();
  await everyRepresentative();
  await otherPages();
  await keyboardThenFetch();
  await pasted();
} catch (error) {
  check("the walk came to its end", false, error.stack);
}
await browser.close();
sandbox.child.kill("SIGTERM");
await sandbox.ended;
fs.rmSync(work, { recursive: true, force: true });
console.log(`test result: ${failed ? "FAILED" : "ok"}. ${passed} passed; ${failed} failed`);
process.exit(failed ? 1 : 0);
