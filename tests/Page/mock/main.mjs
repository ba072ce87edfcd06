// Serves the page with a simulated run: node tests/Page/mock/main.mjs [SCENARIO] [PORT]
// SCENARIO: normal, fresh, fleet, standstill, finished, hostile
import { MockServer } from "./server.mjs";

const [scenario = "normal", port = "8080"] = process.argv.slice(2);
const server = await new MockServer(scenario).start(Number(port));
console.log(`watch it at ${server.url}`);
