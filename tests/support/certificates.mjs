// Certificates for tests, made by the openssl command: elliptic, so that they cost milliseconds.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const folder = mkdtempSync(path.join(os.tmpdir(), "parley-certificates-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
const key_kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
let made = 0;

/**
 * A certificate with its key; `by` is the one that signs it, itself if there is none.
 * Gives the paths { cert, key }, and `args` for a server.
 */
export function certificate({ name = "localhost", by, passphrase } = {}) {
  const base = path.join(folder, `${++made}`);
  const files = { cert: `${base}-cert.pem`, key: `${base}-key.pem` };
  const secret = passphrase ? ["-passout", `pass:${passphrase}`] : ["-nodes"];
  const subject = ["-subj", `/CN=${name}`, "-addext", names];
  const signed = by ? ["-CA", by.cert, "-CAkey", by.key] : [];
  openssl("req", "-x509", ...key_kind, ...secret, "-days", "30", ...subject, ...signed, "-keyout", files.key, "-out", files.cert);
  return { ...files, args: ["--tls-cert", files.cert, "--tls-key", files.key] };
}
