// Builds the peers in other languages in build/peers, and says what is missing.

import { installAll } from "../support/install.mjs";
import { foreign } from "./foreign.mjs";

process.exit(installAll(foreign) ? 1 : 0);
