// Socket.IO with its Redis adapter: node socketio.js PORT REDIS_PORT, key in BENCH_KEY.
const { createServer } = require('node:http');
const { randomUUID } = require('node:crypto');
const jwt = require('jsonwebtoken');
const { createClient } = require('redis');
const { Server } = require('socket.io');
const { createAdapter } = require('@socket.io/redis-adapter');

const [, , port, redisPort] = process.argv;
const key = process.env.BENCH_KEY;
const statuses = new Set(['studying', 'idle', 'paused', 'finished']);
const claimsOf = (token) => jwt.verify(token, key, { algorithms: ['HS256'] });

function answerFeedback(io, request, response) {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    const me = claimsOf(request.headers.authorization.split(' ')[1]);
    const given = JSON.parse(body);
    const frame = { type: 'feedback', from: me.email, ...given, timestamp: new Date().toISOString(), message_id: randomUUID() };
    io.to(given.student_email).emit('feedback', frame);
    const text = JSON.stringify(frame);
    response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
    response.end(text);
  });
}

async function main() {
  const publisher = createClient({ url: `redis://127.0.0.1:${redisPort}` });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  const server = createServer((request, response) => {
    if (!request.url.startsWith('/socket.io/')) answerFeedback(io, request, response);
  });
  const io = new Server(server, {
    transports: ['websocket'],
    perMessageDeflate: false,
    adapter: createAdapter(publisher, subscriber),
  });
  io.use((socket, next) => {
    try {
      socket.data.me = claimsOf(socket.handshake.auth.token);
      next();
    } catch (error) {
      next(error);
    }
  });
  io.on('connection', (socket) => {
    const { me } = socket.data;
    socket.join(me.email);
    socket.emit('connection_success', { user_email: me.email, timestamp: new Date().toISOString() });
    socket.on('status', (status) => {
      if (!statuses.has(status.status)) {
        socket.emit('message_error', { code: 'INVALID_MESSAGE' });
        return;
      }
      io.to(me.tutor).emit('dashboard', {
        type: 'dashboard',
        action: 'update',
        target_tutor_email: me.tutor,
        data: {
          student_email: me.email,
          status: status.status,
          current_sentence: status.current_sentence,
          progress: status.progress,
          last_update: new Date().toISOString(),
          student_name: me.name,
          session_id: status.session_id,
          online: true,
          version: Date.now() * 1000,
        },
      });
    });
  });
  server.listen(Number(port), '127.0.0.1', 4096);
}

main();
