// Another team's program: AWS's SDK as it is, with an endpoint and two keys. Prints what came of each call.
import * as sdk from "@aws-sdk/client-apigatewaymanagementapi";

const [endpoint, ConnectionId, closing, accessKeyId, secretAccessKey] = process.argv.slice(2);
const clientWith = (secret) =>
  new sdk.ApiGatewayManagementApiClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey: secret },
    maxAttempts: 1,
  });
const client = clientWith(secretAccessKey);
const post = (Data, id = ConnectionId) => new sdk.PostToConnectionCommand({ ConnectionId: id, Data });

const outcomes = {};
async function note(name, call) {
  try {
    outcomes[name] = await call();
  } catch (error) {
    outcomes[name] = `${error.name} ${error.$metadata?.httpStatusCode}`;
  }
}
const status = async (command, by = client) => (await by.send(command)).$metadata.httpStatusCode;
await note("text", () => status(post("안녕")));
await note("bytes", () => status(post(new Uint8Array([255, 254]))));
await note("seen", async () => {
  const found = await client.send(new sdk.GetConnectionCommand({ ConnectionId }));
  return [found.Identity.SourceIp, found.ConnectedAt <= found.LastActiveAt];
});
await note("gone", () => status(post("x", "AAAAAAAAAAAAAAA=")));
await note("large", () => status(post("x".repeat(131_073))));
await note("refused", () => status(post("x"), clientWith("x".repeat(40))));
await note("malformed", () => status(post("x", "short")));
await note("closed", () => status(new sdk.DeleteConnectionCommand({ ConnectionId: closing })));
process.stdout.write(JSON.stringify(outcomes));
