import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** Files of a server certificate for localhost and of the authority that signed it. */
export interface Certificates {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

const millisecondsPerDay = 86_400_000;
const validityDays = 365;
const renewalDays = 7;

/** Makes the certificates, unless those in the folder are still good for some days. */
export async function ensureCertificates(folder: string, now = new Date()): Promise<Certificates> {
  const files = {
    caFile: path.join(folder, "ca.pem"),
    certificateFile: path.join(folder, "server.pem"),
    keyFile: path.join(folder, "server-key.pem"),
  };
  if (!areGood(files, now)) {
    fs.mkdirSync(folder, { recursive: true });
    await issue(files, now);
  }
  return files;
}

function areGood(files: Certificates, now: Date): boolean {
  try {
    const authority = new crypto.X509Certificate(fs.readFileSync(files.caFile));
    const certificate = new crypto.X509Certificate(fs.readFileSync(files.certificateFile));
    const key = crypto.createPrivateKey(fs.readFileSync(files.keyFile));
    const renewal = now.getTime() + renewalDays * millisecondsPerDay;
    return certificate.verify(authority.publicKey) && certificate.checkPrivateKey(key)
      && [authority, certificate].every(({ validTo }) => Date.parse(validTo) > renewal);
  } catch {
    return false;
  }
}

async function issue(files: Certificates, now: Date): Promise<void> {
  // Loading it takes longer than starting a database whose certificates are good.
  const { generate } = await import("selfsigned");
  const common = {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: now,
    notAfterDate: new Date(now.getTime() + validityDays * millisecondsPerDay),
  } as const;
  const authority = await generate([{ name: "commonName", value: "stand-in authority of this computer" }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "localhost" }], {
    ...common,
    // The authority's key is not kept: it could sign for any host, and nobody needs it again.
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }, { type: 7, ip: "127.0.0.1" }] },
    ],
  });
  fs.writeFileSync(files.caFile, authority.cert, { mode: 0o644 });
  fs.writeFileSync(files.certificateFile, server.cert, { mode: 0o644 });
  fs.rmSync(files.keyFile, { force: true });
  fs.writeFileSync(files.keyFile, server.private, { mode: 0o600 });
}
