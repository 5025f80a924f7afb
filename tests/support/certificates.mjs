// Certificates for tests, made by the openssl command: elliptic, so that they cost milliseconds.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import tls from "node:tls";
import { within } from "./clock.mjs";

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

/** What a certificate's file says, in base64. */
export const certificateText = ({ cert }) => readFileSync(cert, "utf8").replace(/-----.*-----|\n/g, "");

/** The same of the certificate that a server shows to a new connection. */
export async function shownBy(server) {
  const socket = tls.connect({ host: server.host, port: server.port, rejectUnauthorized: false });
  await within(once(socket, "secureConnect"), "handshake");
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return raw.toString("base64");
}
