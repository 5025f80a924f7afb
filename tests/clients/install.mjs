// Installs and builds every client of clients.mjs in build/clients, and says what is missing.

import { installAll } from "../support/install.mjs";
import { clients } from "./clients.mjs";

process.exit(installAll(clients) ? 1 : 0);
