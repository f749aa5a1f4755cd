import { serviceFolder } from "../service-code";
import { makeBaseImage, requireMmdebstrap } from "./base-image";
import { Docker } from "./docker";

/** How programs are told of a proxy; Docker passes these on to a build, which need not declare them. */
const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);

/** Builds `service/Dockerfile` as it stands, on a stand-in for Node's own image. */
export class Builder {
  /** The name of that stand-in. */
  readonly base = `accounts-test-node:${process.pid}`;
  private readonly names: string[] = [];

  private constructor(readonly docker: Docker) {}

  /** To be called from `before` of a suite, which is skipped without Docker, or fails where `CI` is "true". */
  static async open(suite: Mocha.Context): Promise<Builder> {
    const builder = new Builder(await dockerFor(suite));
    try {
      const { archive, environment } = await makeBaseImage();
      const changes = Object.entries(environment).flatMap(([name, value]) => ["--change", `ENV ${name}=${value}`]);
      await builder.docker.run("import", ...changes, archive, builder.base);
    } catch (error) {
      await builder.close();
      throw error;
    }
    return builder;
  }

  /** Returns the name of the image. */
  async build(...options: readonly string[]): Promise<string> {
    const name = `accounts-test-service:${process.pid}-${this.names.length}`;
    const told = proxies.filter((variable) => process.env[variable]).flatMap((variable) => ["--build-arg", variable]);
    await this.docker.run("build", ...options, ...told, "--network", "host", "--progress", "plain", "--tag", name,
      "--build-arg", `NODE_IMAGE=${this.base}`, "--build-arg", "NODE_DIGEST=", serviceFolder);
    this.names.push(name);
    return name;
  }

  async close(): Promise<void> {
    await this.docker.end("rmi", "--force", this.base, ...this.names);
    await this.docker.close();
  }
}

async function dockerFor(suite: Mocha.Context): Promise<Docker> {
  try {
    requireMmdebstrap();
    return await Docker.open();
  } catch (error) {
    if (process.env.CI === "true") {
      throw error;
    }
    process.stderr.write(`\n*** IMAGE TESTS SKIPPED: ${(error as Error).message}\n\n`);
    return suite.skip();
  }
}
