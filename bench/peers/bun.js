// Bun's WebSocket server (uWebSockets, in C++) with Bun's own Redis client:
//   bun bun.js PORT REDIS_PORT own-first|redis      the key of the tokens in BENCH_KEY
// own-first: a frame goes to this process' sockets at once, and through Redis to the others', as Socket.IO's adapter
// and ours do it. redis: it goes through Redis even to the sockets beside the sender.
import { RedisClient, serve } from 'bun';
import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';

const [port, redisPort, way] = process.argv.slice(2);
const isOwnFirst = way === 'own-first';
const STATUSES = new Set(['studying', 'idle', 'paused', 'finished']);
const INVALID = JSON.stringify({ type: 'message_error', code: 'INVALID_MESSAGE' });
// All processes listen to one channel, since the client of Bun 1.4 knows no patterns. Each way has its own: both run
// beside each other on one Redis.
const CHANNEL = `bun-${way}`;
const self = randomUUID();
const publisher = new RedisClient(`redis://127.0.0.1:${redisPort}`);
const subscriber = new RedisClient(`redis://127.0.0.1:${redisPort}`);
let server;

const wire = () => new Date().toISOString();

// Read who sent a request; null when the token is not ours.
function senderOf(request) {
  try {
    const token = request.headers.get('authorization').split(' ')[1];
    return jwt.verify(token, process.env.BENCH_KEY, { algorithms: ['HS256'] });
  } catch {
    return null;
  }
}

// Send a frame to every socket of a person. Between processes it follows two words: who publishes, and for whom.
function send(email, frame) {
  const text = JSON.stringify(frame);
  if (isOwnFirst) server.publish(email, text);
  publisher.publish(CHANNEL, `${self} ${email} ${text}`);
}

function passOn(message) {
  const first = message.indexOf(' ');
  const second = message.indexOf(' ', first + 1);
  if (isOwnFirst && message.slice(0, first) === self) return;
  server?.publish(message.slice(first + 1, second), message.slice(second + 1));
}

function statusIn(text) {
  try {
    const given = JSON.parse(text);
    return given.type === 'status' && STATUSES.has(given.status) ? given : null;
  } catch {
    return null;
  }
}

function updateOf(me, given) {
  return {
    type: 'dashboard',
    action: 'update',
    target_tutor_email: me.tutor,
    data: {
      student_email: me.email,
      status: given.status,
      current_sentence: given.current_sentence,
      progress: given.progress,
      last_update: wire(),
      student_name: me.name,
      session_id: given.session_id,
      online: true,
      version: Date.now() * 1000,
    },
  };
}

const refuse = () => new Response('INVALID_CREDENTIALS', { status: 401 });

function upgrade(request) {
  const me = senderOf(request);
  if (!me) return refuse();
  return server.upgrade(request, { data: me }) ? undefined : new Response('no WebSocket', { status: 400 });
}

async function giveFeedback(request) {
  const me = senderOf(request);
  if (!me) return refuse();
  const given = await request.json();
  const frame = { type: 'feedback', from: me.email, ...given, timestamp: wire(), message_id: randomUUID() };
  send(given.student_email, frame);
  return Response.json(frame, { status: 201 });
}

const websocket = {
  open(socket) {
    const { email } = socket.data;
    socket.subscribe(email);
    socket.send(JSON.stringify({ type: 'connection_success', user_email: email, timestamp: wire() }));
  },
  message(socket, text) {
    const given = statusIn(text);
    if (given) send(socket.data.tutor, updateOf(socket.data, given));
    else socket.send(INVALID);
  },
};

await publisher.connect();
await subscriber.connect();
await subscriber.subscribe(CHANNEL, passOn);
server = serve({
  hostname: '127.0.0.1',
  port: Number(port),
  routes: { '/ws/': upgrade, '/api/tutor/feedback': { POST: giveFeedback } },
  fetch: () => new Response('not found', { status: 404 }),
  websocket,
});
