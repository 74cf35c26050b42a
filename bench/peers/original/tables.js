// Makes the tables: node tables.js, the emulator's address in DYNAMODB_URL.
const { CreateTableCommand } = require('@aws-sdk/client-dynamodb');
const { database, BY_EMAIL, CONNECTIONS, FEEDBACK } = require('./stores');

const text = (name) => ({ AttributeName: name, AttributeType: 'S' });
const hash = (name) => ({ AttributeName: name, KeyType: 'HASH' });
const range = (name) => ({ AttributeName: name, KeyType: 'RANGE' });

async function main() {
  await database.send(new CreateTableCommand({
    TableName: CONNECTIONS,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [text('connection_id'), text('email')],
    KeySchema: [hash('connection_id')],
    GlobalSecondaryIndexes: [
      { IndexName: BY_EMAIL, KeySchema: [hash('email')], Projection: { ProjectionType: 'ALL' } },
    ],
  }));
  await database.send(new CreateTableCommand({
    TableName: FEEDBACK,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [text('student_email'), text('message_id')],
    KeySchema: [hash('student_email'), range('message_id')],
  }));
}

main();
