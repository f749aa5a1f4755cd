import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { buildService, Program, type Build } from "./support/process.ts";

const year = 365 * 86_400_000;

describe("the build", () => {
  let build: Build;

  before(async () => {
    build = await buildService();
  });
  after(() => build.remove());

  const read = (file: string) => readFileSync(join(build.folder, file), "utf8");
  const certificatesOf = (region: string) =>
    read(`rds-ca/${region}.pem`).split(/(?<=-----END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem));
  const regions = () => readdirSync(join(build.folder, "rds-ca")).map((file) => file.replace(/\.pem$/, ""));

  it("is complete: three programs with source maps and what they share, the API's page, the migrations, the CAs", () => {
    assert.deepEqual(readdirSync(build.folder).sort(), [
      "api-page", "chunks", "migrate.mjs", "migrate.mjs.map", "migrations", "openapi.json", "rds-ca", "rotate.mjs",
      "rotate.mjs.map", "server.mjs", "server.mjs.map",
    ]);
    const programs = readdirSync(build.folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".mjs"));
    assert.deepEqual(programs.filter((file) => !existsSync(join(build.folder, `${file}.map`))), []);
    assert.deepEqual(readdirSync(join(build.folder, "migrations")), readdirSync(new URL("../migrations", import.meta.url)));
    assert.ok(existsSync(join(build.folder, "rds-ca/eu-west-1.pem")));
  });

  it("is the same whatever the commit, so that the image keeps its tag, unless it is told to name the commit", async () => {
    const contentOf = ({ folder }: Build) => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()
      .filter((file) => statSync(join(folder, file)).isFile())
      .map((file) => [file, readFileSync(join(folder, file), "utf8")]);
    const again = await buildService({ SOURCE_COMMIT: "" });
    const named = await buildService({ SOURCE_COMMIT: "4f2a9c1" });
    // Without settings it only says what it lacks.
    const programs = [build, named].map((one) => new Program(one, "migrate.mjs", {}));
    await Promise.all(programs.map(({ ended }) => ended));
    const same = isDeepStrictEqual(contentOf(again), contentOf(build));
    [again, named].forEach(({ remove }) => remove());

    assert.ok(same);
    assert.deepEqual(programs.map(({ lines }) => (lines[0] as { commit?: string }).commit), [undefined, "4f2a9c1"]);
  });

  it("has for every region the three CAs that sign there, and they last for more than a year", () => {
    assert.ok(regions().length >= 27);
    for (const region of regions()) {
      const certificates = certificatesOf(region);
      assert.deepEqual(certificates.map(({ subject }) => /CN=(.*)/.exec(subject)?.[1]).sort(),
        ["ECC384", "RSA2048", "RSA4096"].map((kind) => `Amazon RDS ${region} Root CA ${kind} G1`));
      for (const certificate of certificates) {
        assert.ok(certificate.ca && Date.parse(certificate.validTo) > Date.now() + year);
      }
    }
  });

  it("pins the CAs of a region by their fingerprints, so that a changed source is seen", () => {
    const fingerprints = certificatesOf("eu-west-1").map(({ subject, fingerprint256 }) =>
      [/Root CA (\w+)/.exec(subject)?.[1], fingerprint256.replaceAll(":", "").slice(0, 32)]);
    assert.deepEqual(Object.fromEntries(fingerprints), {
      RSA2048: "6F7E01B62AF24058417130B21E5FB9AD",
      RSA4096: "62E29EF90310947EED5D5546021D6360",
      ECC384: "88ECF027448F7198F3C1A6762474C465",
    });
  });

  it("holds no certificate authority of the stages AWS tests on", () => {
    for (const region of regions()) {
      assert.doesNotMatch(certificatesOf(region).map(({ subject }) => subject).join(), /Beta|Preview|2019/);
    }
  });
});
