// fhirkit as a user runs it, in a folder of its own; and the book of what was checked.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
const BINARY = resolve(process.env.FHIRKIT ?? join(ROOT, 'target/release/fhirkit'));

export const work = mkdtempSync(join(tmpdir(), 'fhirkit-network-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
mkdirSync(join(work, 'state'), { mode: 0o700 });

const environment = {
  PATH: process.env.PATH,
  HOME: work,
  XDG_STATE_HOME: join(work, 'state'),
  XDG_CONFIG_HOME: join(work, 'config'),
  NO_COLOR: '1',
};

/** All that any run has said on stderr. */
export const said = [];

/** Starts fhirkit. `ended` gives its exit code and its words; `line` waits for words on stderr. */
export function start(args, { secret, input } = {}) {
  const variables = secret ? { ...environment, TEST_SECRET: secret } : environment;
  const child = spawn(BINARY, args, { cwd: work, env: variables, stdio: ['pipe', 'pipe', 'pipe'] });
  const run = { stdout: '', stderr: '', write: (text) => child.stdin.end(text) };
  // One that has ended before it read is told apart by its exit code.
  child.stdin.on('error', () => {});
  if (input !== undefined) run.write(input);
  child.stdout.on('data', (text) => { run.stdout += text; });
  child.stderr.on('data', (text) => { run.stderr += text; child.emit('said'); });
  const timer = setTimeout(() => child.kill('SIGKILL'), 90_000);
  run.ended = new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => {
      clearTimeout(timer);
      said.push(run.stderr);
      child.emit('said');
      done({ code, stdout: run.stdout, stderr: run.stderr });
    });
  });
  run.line = (pattern) => new Promise((found, failed) => {
    const look = () => {
      const match = pattern.exec(run.stderr);
      if (match) found(match);
      else if (child.exitCode !== null) failed(new Error(`ended with ${child.exitCode}: ${run.stderr}`));
    };
    child.on('said', look);
    look();
  });
  return run;
}

/** Runs fhirkit to its end. */
export const fhirkit = (args, options) => start(args, { input: '', ...options }).ended;

let passed = 0;
let failed = 0;

/** Books a fact. `detail` is shown when it does not hold. */
export function check(fact, holds, detail = '') {
  if (holds) passed += 1;
  else failed += 1;
  const shown = typeof detail === 'string' ? detail : JSON.stringify(detail);
  console.log(holds ? `ok     ${fact}` : `FAILED ${fact}\n    ${shown.trim().replaceAll('\n', '\n    ')}`);
}

/** Books how a run ended, and words that it must have said. */
export function checkRun(fact, run, code, words = '') {
  const holds = run.code === code && run.stderr.includes(words) && !run.stderr.includes('panicked');
  check(fact, holds, `exit ${run.code}, wanted ${code} and the words: ${words}\n${run.stderr}`);
}

/** The last line, and the exit code. */
export function result() {
  console.log(`test result: ${failed === 0 ? 'ok' : 'FAILED'}. ${passed} passed; ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
