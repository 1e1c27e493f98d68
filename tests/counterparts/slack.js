'use strict';
// `emulate`'s Slack behind the Web API behaviour that it lacks and slack_sdk or our promises need.
// Usage: PORT=… NODE_PATH=… node slack.js. What is replaced, and why, is in README.md.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const express = require('express');
const YAML = require('yaml');

const seed = YAML.parse(readFileSync(join(__dirname, 'slack.yaml'), 'utf8'));
const scopes = new Map(seed.slack.tokens.map(({ token, scopes: held }) => [token, held]));
const [bot] = seed.slack.oauth_apps;
const ADMIN = 'xoxp-admin';
const MEMBERS_ONLY = ['chat.postMessage', 'chat.postEphemeral', 'conversations.history', 'conversations.replies'];
const failures = []; // {token, method, error, status, retry_after, lose, times}

const yes = (value) => ['true', '1', true, 1].includes(value);

let upstream; // the running emulator

async function call(method, token, fields) {
  const answer = await fetch(`http://127.0.0.1:${new URL(upstream.url).port}/api/${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(fields),
  });
  // emulate answers 404 in another form to a method that it does not have.
  return answer.status === 404 ? { ok: false, error: 'unknown_method' } : answer.json();
}

async function inviteBot() {
  const { channels } = await call('conversations.list', ADMIN, { types: 'public_channel' });
  const ours = seed.slack.channels.filter((channel) => !channel.is_private).map((channel) => channel.name);
  for (const channel of channels.filter(({ name }) => ours.includes(name))) {
    await call('conversations.invite', ADMIN, { channel: channel.id, users: bot.bot_user_id });
  }
}

// Slack refuses a bot that was not invited, unless it holds chat:write.public; emulate lets it in.
async function outside(method, token, { channel }) {
  if (!MEMBERS_ONLY.includes(method) || !token.startsWith('xoxb-')) return false;
  const info = await call('conversations.info', token, { channel });
  return info.ok && !info.channel.is_member && !info.channel.is_im && !info.channel.is_archived;
}

function between(messages, { oldest = '0', latest = '9999999999', inclusive }) {
  return messages.filter(({ ts }) => (Number(ts) > Number(oldest) && Number(ts) < Number(latest))
    || (yes(inclusive) && [oldest, latest].includes(ts)));
}

// emulate does not read oldest and latest, so a page is cut here, out of everything.
function page(body, fields) {
  const found = between(body.messages, fields);
  const start = Math.max(0, found.findIndex(({ ts }) => ts === fields.cursor));
  const end = start + (Number(fields.limit) || 100);
  const cursor = found[end] ? found[end].ts : '';
  const more = { has_more: Boolean(cursor), response_metadata: { next_cursor: cursor } };
  return { ...body, ...more, messages: found.slice(start, end) };
}

function told(message, withMetadata) {
  const { metadata, ...rest } = message;
  return {
    ...rest,
    ...(withMetadata && metadata && { metadata }),
    ...(message.user === bot.bot_user_id && { bot_id: bot.bot_id, app_id: bot.app_id }),
  };
}

function corrected(method, fields, body) {
  if (body.error === 'not_in_channel') return { ...body, error: 'channel_not_found' }; // Slack hides private ones
  if (body.message) return { ...body, message: told(body.message, true) };
  if (!body.messages) return body;
  const paged = method === 'conversations.history' ? page(body, fields) : body;
  return { ...paged, messages: paged.messages.map((message) => told(message, yes(fields.include_all_metadata))) };
}

async function answer(method, token, fields) {
  if (!token) return { ok: false, error: 'not_authed' };
  if (!scopes.has(token)) return { ok: false, error: 'invalid_auth' };
  const all = method === 'conversations.history' ? { channel: fields.channel, limit: 1000 } : fields;
  return corrected(method, fields, await call(method, token, all));
}

async function api(req, res) {
  const { method } = req.params;
  const token = (req.get('authorization') || '').replace(/^Bearer\s+/i, '').trim();
  const fields = { ...req.query, ...req.body };
  const failure = failures.find((f) => f.times > 0 && f.method === method && f.token === token);
  if (failure) failure.times -= 1;
  if (failure && !failure.lose) {
    if (failure.retry_after) res.set('Retry-After', String(failure.retry_after));
    return res.status(failure.status).json({ ok: false, error: failure.error });
  }
  const refused = (scopes.get(token) || []).includes('chat:write') && await outside(method, token, fields);
  const body = refused ? { ok: false, error: 'not_in_channel' } : await answer(method, token, fields);
  if (failure) return req.socket.destroy(); // done, but the answer is lost
  if (scopes.has(token)) res.set('x-oauth-scopes', scopes.get(token).join(','));
  return res.json(body);
}

async function reset(req, res) {
  upstream.reset();
  failures.length = 0;
  await inviteBot();
  res.json({ ok: true });
}

async function main() {
  const { createEmulator } = await import(pathToFileURL(join(process.env.NODE_PATH, 'emulate', 'dist', 'api.js')));
  upstream = await createEmulator({ service: 'slack', port: 0, seed });
  await inviteBot();
  const app = express();
  app.use(express.json({ limit: '1mb' }), express.urlencoded({ extended: true, limit: '1mb' }));
  app.all('/api/:method', (req, res, next) => api(req, res).catch(next));
  app.post('/fail', (req, res) => res.json({ ok: failures.push(req.body) > 0 }));
  app.post('/reset', (req, res, next) => reset(req, res).catch(next));
  app.listen(Number(process.env.PORT), '127.0.0.1');
}

main();
