// A service that accepts keys of better-auth with its plugin for API keys, all of it in memory: what verifying one
// costs there, without a database. Arguments: a port, how many keys to make, the file to write them into as JSON.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";

import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";

const [port, count, file] = process.argv.slice(2);
const auth = betterAuth({
  secret: "of this benchmark alone, and long enough",
  baseURL: "http://127.0.0.1",
  database: memoryAdapter({ user: [], session: [], account: [], verification: [], apikey: [] }),
  emailAndPassword: { enabled: true },
  plugins: [apiKey({ rateLimit: { enabled: false } })],
  telemetry: { enabled: false },
});
const { user } = await auth.api.signUpEmail({
  body: { email: "bench@example.com", password: "of this benchmark alone", name: "Bench" },
});
const keys = [];
for (let number = 0; number < Number(count); number += 1) {
  const made = await auth.api.createApiKey({ body: { name: `key ${number}`, userId: user.id } });
  keys.push(made.key);
}
writeFileSync(file, JSON.stringify(keys));

createServer(async (request, response) => {
  const key = request.headers.authorization?.slice("Bearer ".length) ?? "";
  const { valid } = await auth.api.verifyApiKey({ body: { key } });
  const body = JSON.stringify({ valid });
  response.writeHead(valid ? 200 : 401, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}).listen(Number(port), "127.0.0.1");
