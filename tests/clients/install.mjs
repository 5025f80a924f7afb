// Installs and builds every client of clients.mjs in build/clients, and says what is missing.

import { clients, install } from "./clients.mjs";

let failed = 0;
for (const client of clients) {
  const start = Date.now();
  const problem = client.missing || install(client);
  if (problem && !client.missing) failed++;
  console.log(`${client.name}: ${problem || `ready after ${Date.now() - start} ms`}`);
}
process.exit(failed ? 1 : 0);
