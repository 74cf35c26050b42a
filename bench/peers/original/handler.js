// The Lambda functions: connections in DynamoDB, frames through PostToConnection.
const { randomUUID } = require('node:crypto');
const jwt = require('jsonwebtoken');
const { PostToConnectionCommand } = require('@aws-sdk/client-apigatewaymanagementapi');
const { DeleteCommand, GetCommand, PutCommand, QueryCommand } = require('@aws-sdk/lib-dynamodb');
const { BY_EMAIL, CONNECTIONS, FEEDBACK, documents, sockets } = require('./stores');

const statuses = new Set(['studying', 'idle', 'paused', 'finished']);
const done = { statusCode: 200 };

function claimsOf(event) {
  const headers = Object.entries(event.headers || {});
  const [, bearer] = headers.find(([name]) => name.toLowerCase() === 'authorization') || [];
  const token = bearer ? bearer.split(' ')[1] : (event.queryStringParameters || {}).token;
  return jwt.verify(token, process.env.BENCH_KEY, { algorithms: ['HS256'] });
}

async function connectionsOf(email) {
  const found = await documents.send(new QueryCommand({
    TableName: CONNECTIONS,
    IndexName: BY_EMAIL,
    KeyConditionExpression: 'email = :email',
    ExpressionAttributeValues: { ':email': email },
  }));
  return found.Items;
}

const forget = (id) => documents.send(
  new DeleteCommand({ TableName: CONNECTIONS, Key: { connection_id: id } }),
);

async function post(id, frame) {
  try {
    await sockets.send(new PostToConnectionCommand({ ConnectionId: id, Data: JSON.stringify(frame) }));
  } catch (error) {
    if (error.name !== 'GoneException') throw error;
    await forget(id);
  }
}

async function postToAll(email, frame) {
  const found = await connectionsOf(email);
  await Promise.all(found.map((one) => post(one.connection_id, frame)));
}

exports.connect = async (event) => {
  let me;
  try {
    me = claimsOf(event);
  } catch {
    return { statusCode: 401 };
  }
  const { email, name, user_type, tutor } = me;
  const connection_id = event.requestContext.connectionId;
  await documents.send(new PutCommand({
    TableName: CONNECTIONS,
    Item: { connection_id, email, name, user_type, tutor, connected_at: new Date().toISOString() },
  }));
  return done;
};

exports.disconnect = async (event) => {
  await forget(event.requestContext.connectionId);
  return done;
};

// Nothing can be sent to a connection before $connect has ended, so that the client asks.
exports.connection = async (event) => {
  const connection_id = event.requestContext.connectionId;
  await post(connection_id, { type: 'connection_success', connection_id, timestamp: new Date().toISOString() });
  return done;
};

exports.status = async (event) => {
  const { Item: me } = await documents.send(new GetCommand({
    TableName: CONNECTIONS,
    Key: { connection_id: event.requestContext.connectionId },
  }));
  const status = JSON.parse(event.body);
  if (!me || !statuses.has(status.status)) return { statusCode: 400 };
  await postToAll(me.tutor, {
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
    },
  });
  return done;
};

exports.feedback = async (event) => {
  const me = claimsOf(event);
  const given = JSON.parse(event.body);
  const frame = { type: 'feedback', from: me.email, ...given, timestamp: new Date().toISOString(), message_id: randomUUID() };
  await documents.send(new PutCommand({ TableName: FEEDBACK, Item: frame }));
  await postToAll(given.student_email, frame);
  return { statusCode: 201, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(frame) };
};
