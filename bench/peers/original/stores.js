// The two tables, and the clients for them and for the sockets.
const { ApiGatewayManagementApiClient } = require('@aws-sdk/client-apigatewaymanagementapi');
const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
const { DynamoDBDocumentClient } = require('@aws-sdk/lib-dynamodb');

const shared = { region: 'us-east-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } };
const database = new DynamoDBClient({ ...shared, endpoint: process.env.DYNAMODB_URL });

exports.database = database;
exports.documents = DynamoDBDocumentClient.from(database);
exports.sockets = new ApiGatewayManagementApiClient({ ...shared, endpoint: process.env.SOCKETS_URL });
exports.CONNECTIONS = 'bench-connections';
exports.FEEDBACK = 'bench-feedback';
exports.BY_EMAIL = 'by-email';
