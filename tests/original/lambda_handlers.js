// A team's handlers of the original design: connect, status, feedback and disconnect, by AWS's SDK v3.
// Nothing here knows of this product: where to post, and with which keys, is in the environment.
const {
  ApiGatewayManagementApiClient,
  GoneException,
  PostToConnectionCommand,
} = require("@aws-sdk/client-apigatewaymanagementapi");
const {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} = require("@aws-sdk/client-dynamodb");

const { STACK, CONNECTIONS_URL, CONNECTIONS_KEY_ID, CONNECTIONS_SECRET } = process.env;
const database = new DynamoDBClient({});
const gateway = new ApiGatewayManagementApiClient({
  endpoint: CONNECTIONS_URL,
  credentials: { accessKeyId: CONNECTIONS_KEY_ID, secretAccessKey: CONNECTIONS_SECRET },
});
const CONNECTIONS = `${STACK}-websocket-connections`;
const DAY = 24 * 60 * 60;

exports.handler = async (event) => {
  const { routeKey, connectionId } = event.requestContext;
  const routes = { $connect: connect, $disconnect: disconnect, status, feedback };
  const counts = await routes[routeKey](connectionId, event);
  return { statusCode: 200, body: counts ? JSON.stringify(counts) : "" };
};

async function connect(connectionId, event) {
  const { user_email, user_type, tutor_email } = event.queryStringParameters;
  const person = { user_email, user_type, ...(tutor_email && { tutor_email }) };
  await put("websocket-connections", { ...person, connection_id: connectionId, connected_at: now(), ttl: after(DAY) });
}

async function status(connectionId, event) {
  const student = await who(connectionId);
  const { status, current_sentence, progress, session_id } = JSON.parse(event.body);
  const shown = { student_email: student.user_email.S, status, current_sentence, progress, last_update: now() };
  const tutor = student.tutor_email.S;
  await put("practice-sessions", { ...shown, session_id, tutor_email: tutor, started_at: now(), ttl: after(30 * DAY) });
  return toTutor(tutor, "update", shown);
}

async function feedback(connectionId, event) {
  const tutor = (await who(connectionId)).user_email.S;
  const said = JSON.parse(event.body);
  const frame = { ...said, from: tutor, timestamp: now() };
  const student = said.student_email;
  if (!student) return post(await found("tutor_email", tutor), frame);
  await put("feedback-messages", {
    composite_key: `${tutor}#${student}#${said.session_id}`,
    timestamp: frame.timestamp,
    student_email: student,
    tutor_email: tutor,
    message_text: said.message,
    message_type: said.message_type,
    ttl: after(30 * DAY),
  });
  return post(await found("user_email", student), frame);
}

async function disconnect(connectionId) {
  const person = await forget(connectionId);
  if (!person?.tutor_email) return null;
  return toTutor(person.tutor_email.S, "student_left", { student_email: person.user_email.S });
}

async function who(connectionId) {
  const Key = { connection_id: { S: connectionId } };
  return (await database.send(new GetItemCommand({ TableName: CONNECTIONS, Key }))).Item;
}

async function forget(connectionId) {
  const Key = { connection_id: { S: connectionId } };
  const command = new DeleteItemCommand({ TableName: CONNECTIONS, Key, ReturnValues: "ALL_OLD" });
  return (await database.send(command)).Attributes;
}

async function found(attribute, email) {
  const command = new QueryCommand({
    TableName: CONNECTIONS,
    IndexName: `${attribute}-index`,
    KeyConditionExpression: `${attribute} = :email`,
    ExpressionAttributeValues: { ":email": { S: email } },
  });
  return (await database.send(command)).Items.map((item) => item.connection_id.S);
}

async function put(table, values) {
  const typed = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "number" ? { N: String(value) } : { S: value },
  ]);
  await database.send(new PutItemCommand({ TableName: `${STACK}-${table}`, Item: Object.fromEntries(typed) }));
}

function toTutor(tutor, action, data) {
  return found("user_email", tutor).then((ids) =>
    post(ids, { type: "dashboard", action, target_tutor_email: tutor, data }),
  );
}

async function post(connectionIds, frame) {
  const counts = { sent: 0, gone: 0 };
  for (const ConnectionId of connectionIds) {
    try {
      await gateway.send(new PostToConnectionCommand({ ConnectionId, Data: JSON.stringify(frame) }));
      counts.sent += 1;
    } catch (error) {
      if (!(error instanceof GoneException)) throw error;
      await forget(ConnectionId);
      counts.gone += 1;
    }
  }
  return counts;
}

const now = () => new Date().toISOString();
const after = (seconds) => Math.floor(Date.now() / 1000) + seconds;
