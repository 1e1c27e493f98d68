'use strict';
// telegram-test-api behind the Bot API behaviour that it lacks and python-telegram-bot needs.
// Usage: PORT=… NODE_PATH=… node telegram.js. What is replaced, and why, is in README.md.
const express = require('express');
const TelegramServer = require('telegram-test-api');

const port = Number(process.env.PORT);
const server = new TelegramServer({ port, host: '127.0.0.1', storeTimeout: 86400 });
const seconds = () => Math.floor(Date.now() / 1000);
const chats = new Map(); // chat id -> the chat object its people last spoke in
const pollers = new Map(); // token -> ends the getUpdates that is waiting
const failures = []; // {token, method, status, description, retry_after, lose, times}

const me = (token) => ({
  id: Number(token.split(':')[0]), is_bot: true, first_name: 'Kestrelo', username: 'kestrelo_bot',
});
const chat = (id) => chats.get(id)
  || (id < 0 ? { id, type: 'supergroup', title: 'Group' } : { id, type: 'private', first_name: 'Person' });
const refuse = (res, status, description, parameters) =>
  res.status(status).json({ ok: false, error_code: status, description, ...(parameters && { parameters }) });
const parsed = (value) => (typeof value === 'string' ? JSON.parse(value) : value);

// The stock answer to sendMessage has no sender, a date in milliseconds and a private chat always.
const store = server.addBotMessage.bind(server);
server.addBotMessage = (raw, token) => {
  if (raw.reply_parameters) raw.reply_parameters = parsed(raw.reply_parameters);
  if (raw.link_preview_options) raw.link_preview_options = parsed(raw.link_preview_options);
  return { ...store(raw, token), date: seconds(), from: me(token), chat: chat(Number(raw.chat_id)) };
};

const waiting = (token) => server.storage.userMessages.filter((update) => update.botToken === token);
const drop = (token, test) => {
  server.storage.userMessages = server.storage.userMessages.filter((u) => u.botToken !== token || !test(u));
};

function confirm(token, offset) {
  // Bot API: a negative offset forgets all but the last |offset| updates.
  const from = offset < 0 ? (waiting(token).slice(offset)[0] || { updateId: 0 }).updateId : offset;
  drop(token, (update) => update.updateId < from);
}

function shown(update) {
  const { update_id: id, message, callback_query: pressed } = TelegramServer.formatUpdate(update);
  if (pressed) return { update_id: id, callback_query: { chat_instance: 'kestrelo', ...pressed } };
  const { botToken, kind, ...fields } = message;
  if (update.message.message_id) fields.message_id = update.message.message_id; // an edit keeps its number
  return { update_id: id, [kind || 'message']: fields };
}

function batch(token, allowed, limit) {
  if (allowed.length) drop(token, (u) => !allowed.includes(Object.keys(shown(u))[1]));
  return waiting(token).slice(0, limit).map(shown);
}

function news(token, milliseconds, res) {
  return new Promise((resolve) => {
    const events = ['AddedUserMessage', 'AddedUserCommand', 'AddedUserCallbackQuery'];
    const end = (why) => {
      clearTimeout(timer);
      events.forEach((name) => server.off(name, heard));
      res.off('close', gone);
      pollers.delete(token);
      resolve(why);
    };
    const heard = () => end('news');
    const gone = () => end('gone');
    const timer = setTimeout(end, milliseconds, 'timeout');
    events.forEach((name) => server.on(name, heard));
    res.on('close', gone);
    pollers.set(token, () => end('conflict'));
  });
}

async function getUpdates(req, res) {
  const { offset = 0, limit = 100, timeout = 0, allowed_updates: allowed = '[]' } = req.fields;
  const { token } = req.params;
  const until = Date.now() + 1000 * Number(timeout);
  if (pollers.has(token)) pollers.get(token)();
  confirm(token, Number(offset));
  for (;;) {
    const result = batch(token, parsed(allowed), Number(limit));
    if (result.length || Date.now() >= until) return res.json({ ok: true, result });
    const why = await news(token, until - Date.now(), res);
    if (why === 'gone') return undefined;
    if (why === 'conflict') {
      return refuse(res, 409, 'Conflict: terminated by other getUpdates request; '
        + 'make sure that only one bot instance is running');
    }
  }
}

function edit(method) {
  return (req, res) => {
    const { chat_id: id, message_id: number } = req.fields;
    const found = server.storage.botMessages.find((m) => String(m.messageId) === String(number)
      && m.botToken === req.params.token && String(m.message.chat_id) === String(id));
    if (!found) return refuse(res, 400, 'Bad Request: message to edit not found');
    server[method](req.fields);
    // The stock server keeps the keyboard that an edit without one takes away.
    if (method === 'editMessageText' && !req.fields.reply_markup) delete found.message.reply_markup;
    return res.json({
      ok: true,
      result: {
        message_id: found.messageId, date: Math.floor(found.time / 1000), edit_date: seconds(),
        from: me(req.params.token), chat: chat(Number(id)), text: found.message.text,
      },
    });
  };
}

function guard(req, res, next) {
  // The path names no registered bot: Telegram says 404 to what is no token at all, 401 to a wrong one.
  if (!/^\d+:[\w-]+$/.test(req.params.token)) return refuse(res, 404, 'Not Found');
  if (!/^\d+:kestrelo/.test(req.params.token)) return refuse(res, 401, 'Unauthorized');
  const failure = failures.find((f) => f.times > 0 && f.token === req.params.token && f.method === req.params.method);
  if (!failure) return next();
  failure.times -= 1;
  if (failure.lose) { // the call is done, but its answer never arrives
    res.json = () => req.socket.destroy();
    return next();
  }
  return refuse(res, failure.status, failure.description,
    failure.retry_after && { retry_after: failure.retry_after });
}

async function say(req, res) {
  const { token, kind, message } = req.body;
  chats.set(message.chat.id, message.chat);
  const number = message.message_id || server.messageId;
  const update = server.updateId;
  await server.addUserMessage({ ...message, botToken: token, kind });
  res.json({ update_id: update, message_id: number });
}

const app = express();
app.use(express.json(), express.urlencoded({ extended: true }));
app.all('/bot:token/:method', guard, (req, res, next) => {
  req.fields = { ...req.query, ...req.body };
  next();
});
app.all('/bot:token/getMe', (req, res) => res.json({
  ok: true, result: { ...me(req.params.token), can_join_groups: true, can_read_all_group_messages: true },
}));
app.all('/bot:token/getUpdates', getUpdates);
for (const method of ['editMessageText', 'editMessageReplyMarkup']) app.all(`/bot:token/${method}`, edit(method));
app.all('/bot:token/answerCallbackQuery', (req, res) => res.json({ ok: true, result: true }));
app.post('/say', say);
app.post('/fail', (req, res) => res.json({ ok: failures.push(req.body) > 0 }));
app.use(server.webServer);
app.listen(port, '127.0.0.1');
