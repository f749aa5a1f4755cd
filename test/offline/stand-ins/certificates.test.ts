import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import * as fs from "node:fs";

import { ensureCertificates, type Certificates } from "../../../offline/stand-ins/certificates";
import { newFolder, removeFolders } from "./folders";

describe("ensureCertificates", () => {
  const now = new Date();
  const days = (count: number): Date => new Date(now.getTime() + count * 86_400_000);
  const read = ({ caFile, certificateFile, keyFile }: Certificates): string[] => (
    [caFile, certificateFile, keyFile].map((file) => fs.readFileSync(file, "utf8"))
  );

  afterEach(removeFolders);

  it("makes a certificate that its authority vouches for, for localhost and its address", async () => {
    const [authority = "", server = ""] = read(await ensureCertificates(newFolder()));
    const [ca, certificate] = [new X509Certificate(authority), new X509Certificate(server)];
    assert.ok(ca.ca && !certificate.ca);
    assert.ok(certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
    assert.equal(certificate.checkHost("localhost"), "localhost");
    assert.equal(certificate.checkIP("127.0.0.1"), "127.0.0.1");
    assert.equal(certificate.checkHost("example.com"), undefined);
  });

  it("keeps the key to its owner", async () => {
    const { keyFile } = await ensureCertificates(newFolder());
    assert.equal(fs.statSync(keyFile).mode & 0o777, 0o600);
  });

  it("keeps certificates that are good", async () => {
    const folder = newFolder();
    const first = read(await ensureCertificates(folder, now));
    assert.deepEqual(read(await ensureCertificates(folder, days(300))), first);
  });

  it("renews those that end within a week", async () => {
    const folder = newFolder();
    const first = read(await ensureCertificates(folder, now));
    const second = read(await ensureCertificates(folder, days(360)));
    assert.equal(second.filter((pem) => first.includes(pem)).length, 0);
  });

  for (const file of ["caFile", "certificateFile", "keyFile"] as const) {
    it(`makes all anew when ${file} is missing or belongs to others`, async () => {
      const [folder, other] = [newFolder(), newFolder()];
      const files = await ensureCertificates(folder);
      const strangers = await ensureCertificates(other);
      fs.copyFileSync(strangers[file], files[file]);
      const mixed = read(files);
      const renewed = read(await ensureCertificates(folder));
      assert.equal(renewed.filter((pem) => mixed.includes(pem)).length, 0);
      fs.rmSync(files[file]);
      assert.equal(read(await ensureCertificates(folder)).filter((pem) => renewed.includes(pem)).length, 0);
    });
  }
});
