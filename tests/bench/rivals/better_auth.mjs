// A service that accepts keys of better-auth with its plugin for API keys: what verifying one costs there. Arguments: a
// port, how many keys to make, the file to write them into as JSON, and the URL of an empty PostgreSQL database; without
// one everything is in memory.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";

import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { getMigrations } from "better-auth/db/migration";
import pg from "pg";

const [port, count, file, url] = process.argv.slice(2);
const inMemory = () => memoryAdapter({ user: [], session: [], account: [], verification: [], apikey: [] });
const auth = betterAuth({
  secret: "of this benchmark alone, and long enough",
  baseURL: "http://127.0.0.1",
  database: url ? new pg.Pool({ connectionString: url }) : inMemory(),
  emailAndPassword: { enabled: true },
  plugins: [apiKey({ rateLimit: { enabled: false } })],
  telemetry: { enabled: false },
});
if (url) await (await getMigrations(auth.options)).runMigrations();
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
