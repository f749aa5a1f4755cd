import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Plan } from "../../offline/render";
import { containerOf, planOf, type Part } from "../plans";
import { serviceFolder } from "../service-code";
import { Builder } from "./builder";
import { commandOf, optionsOf } from "./container";
import type { Docker, Ended } from "./docker";
import { Layers } from "./layers";
import { drainSeconds, Surroundings } from "./surroundings";

/** What is pulled at every start of a task, since Fargate keeps no image. */
const mostCompressedMegabytes = 45;

const commit = "0123456789abcdef0123456789abcdef01234567";
const architecture = process.arch === "x64" ? "amd64" : process.arch;
const billOfMaterials = "usr/share/sbom/accounts-service.cdx.json";

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
}

interface Bill {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Locked {
  readonly version: string;
  readonly dev?: boolean;
}

const readJson = <T>(file: string) => JSON.parse(readFileSync(join(serviceFolder, file), "utf8")) as T;

/** esbuild puts a hash of the content into names of chunks, and the content of a map is also where it was built. */
const withoutHash = (path: string) => path.replace(/-[0-9A-Z]{8}(?=\.mjs)/, "");

/** The paths of files that the service's build makes, below its folder. */
function builtFiles(): string[] {
  const folder = mkdtempSync(join(tmpdir(), "accounts-built-"));
  try {
    execFileSync("npm", ["run", "build", "--silent", "--", folder], { cwd: serviceFolder });
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return entries.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("the image", () => {
  let builder: Builder;
  let docker: Docker;
  let image: string;

  before(async function () {
    // Longer than the commands below may take together, each of which says so when it is given up.
    this.timeout("15m");
    builder = await Builder.open(this);
    docker = builder.docker;
    image = await builder.build("--build-arg", `SOURCE_COMMIT=${commit}`);
  });

  after(async function () {
    this.timeout("2m");
    await builder?.close();
  });

  const inspect = async <T>(name: string, field: string) => JSON.parse(await docker.run("inspect", "--format", `{{json ${field}}}`, name)) as T;

  describe("holds", () => {
    let layers: Layers;

    before(async () => {
      layers = await Layers.of(docker, image);
    });

    after(() => layers?.remove());

    it(`less than ${mostCompressedMegabytes} MB to pull at each start of a task`, async () => {
      const megabytes = await layers.compressedBytes() / 1_000_000;
      assert.ok(megabytes <= mostCompressedMegabytes, `the layers are ${megabytes.toFixed(2)} MB, compressed`);
    });

    it("node, its libraries, the build and what describes them: no shell, no npm, no test, no other file", async () => {
      const libraries = architecture === "amd64" ? "usr/lib/x86_64-linux-gnu" : "usr/lib/aarch64-linux-gnu";
      const loader = architecture === "amd64" ? "lib64/ld-linux-x86-64.so.2" : "lib/ld-linux-aarch64.so.1";
      const names = ["libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libstdc++.so.6"];
      const packages = ["libc6", "libgcc-s1", "libstdc++6"];
      const files = (await layers.entries()).filter(({ mode }) => !mode.startsWith("d")).map(({ path }) => path);
      assert.deepEqual(files.map(withoutHash).toSorted(), [
        ...["debian_version", "group", "nsswitch.conf", "os-release", "passwd"].map((name) => `etc/${name}`),
        loader,
        ...names.map((name) => `${libraries}/${name}`),
        "usr/local/bin/node",
        ...packages.flatMap((name) => [`usr/share/doc/${name}/copyright`, `var/lib/dpkg/status.d/${name}`]),
        billOfMaterials,
        ...builtFiles().map((path) => withoutHash(`app/${path}`)),
      ].toSorted());
    });

    it("no file that its user could change or gain rights by, whatever the umask of the builder was", async () => {
      const strange = (await layers.entries()).filter(({ mode, owner }) => owner !== "0/0" || !/^[-d]rw[-x]r-[-x]r-[-x]$/.test(mode));
      assert.deepEqual(strange, []);
    });

    it("a bill of materials with the production packages of the lockfile, each in its version", async () => {
      const { components } = JSON.parse(await layers.read(billOfMaterials)) as Bill;
      const { packages } = readJson<{ packages: Record<string, Locked> }>("package-lock.json");
      const production = Object.entries(packages).filter(([path, { dev }]) => path !== "" && dev !== true)
        .map(([path, { version }]) => `${path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)} ${version}`);
      const described = components.filter(({ purl }) => purl.startsWith("pkg:npm/")).map(({ name, version }) => `${name} ${version}`);
      assert.ok(described.some((line) => line.startsWith("fastify ")));
      assert.deepEqual(described.toSorted(), [...new Set(production)].toSorted());
    });

    it("in that bill also node and Debian's packages, on which the service depends", async () => {
      const { components, dependencies, metadata } = JSON.parse(await layers.read(billOfMaterials)) as Bill;
      const others = components.filter(({ purl }) => !purl.startsWith("pkg:npm/"));
      assert.deepEqual(others.map(({ name }) => name), ["node", "libc6", "libgcc-s1", "libstdc++6"]);
      assert.equal(others[0]?.version, await run(["-p", "process.versions.node"]));
      for (const { name, version, purl } of others.slice(1)) {
        const record = await layers.read(`var/lib/dpkg/status.d/${name}`);
        assert.ok(record.split("\n").includes(`Version: ${version}`), record);
        assert.match(purl, new RegExp(`^pkg:deb/debian/.*\\?arch=${architecture}&distro=debian-12&upstream=(glibc|gcc-12)$`));
      }
      assert.equal(metadata.component.name, "accounts-service");
      assert.ok(dependencies.find(({ ref }) => ref.startsWith("accounts-service@"))?.dependsOn.includes(`node@${others[0]?.version}`));
    });

    it("what scanners look for to know the release of Debian, and which of its packages are here", async () => {
      assert.match(await layers.read("etc/os-release"), /^ID=debian$/m);
      assert.match(await layers.read("etc/debian_version"), /^12\.\d+$/m);
      assert.match(await layers.read("var/lib/dpkg/status.d/libc6"), /^Package: libc6$/m);
    });
  });

  describe("says of itself", () => {
    it("what it is, of which commit, and of which base", async () => {
      const { version, description, license } = readJson<Record<string, string>>("package.json");
      assert.deepEqual(await inspect(image, ".Config.Labels"), {
        "org.opencontainers.image.title": "accounts-service",
        "org.opencontainers.image.description": description,
        "org.opencontainers.image.licenses": license,
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.base.name": builder.base,
        "org.opencontainers.image.base.digest": "",
      });
    });

    it("nothing of how it was built in its history or its environment: no registry, no proxy, no certificates", async () => {
      const history = await docker.run("history", "--no-trunc", "--format", "{{.CreatedBy}}", image);
      const environment = await inspect<string[]>(image, ".Config.Env");
      assert.deepEqual(environment, ["PATH=/usr/local/bin"]);
      assert.doesNotMatch(history, /npm|proxy|certificates/i);
    });
  });

  it("is the same again, to the digest of each layer, when it is built anew from the same source", async function () {
    this.timeout("5m");
    const again = await builder.build("--no-cache", "--build-arg", `SOURCE_COMMIT=${commit}`);
    assert.deepEqual(await inspect(again, ".RootFS.Layers"), await inspect(image, ".RootFS.Layers"));
  });

  /** Runs node in a container of its own, as prod's service is run, with other arguments than its program. */
  async function end(args: readonly string[], options?: readonly string[]): Promise<Ended> {
    const plan = await planOf("prod");
    const all = options ?? optionsOf(plan, "service");
    return docker.end("run", "--rm", ...all, image, ...commandOf(containerOf(plan, "service"), args));
  }

  async function run(args: readonly string[], options?: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await end(args, options);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  }

  describe("run as the plan of prod says", () => {
    let plan: Plan;

    before(async () => {
      plan = await planOf("prod");
    });

    it("has no shell", async () => {
      const { code, stderr } = await docker.end("run", "--rm", "--network", "host", "--entrypoint", "sh", image, "-c", "true");
      assert.equal(code, 127);
      assert.match(stderr, /"sh": executable file not found/);
    });

    describe("can write nowhere:", () => {
      const probe = readFileSync(join(__dirname, "write-probe.cjs"), "utf8");
      const writable = async (options?: readonly string[]) => JSON.parse(await run(["--eval", probe], options)) as string[];

      it("neither a file nor a folder", async () => {
        assert.deepEqual(await writable(), []);
      });

      it("by its user alone already", async () => {
        assert.deepEqual(await writable(optionsOf(plan, "service").filter((option) => option !== "--read-only")), []);
      });

      it("by its read-only root alone already, for root", async () => {
        const { user } = containerOf(plan, "service");
        const options = optionsOf(plan, "service").map((option) => option === user ? "0:0" : option);
        // Docker's own files, which Docker mounts there.
        const others = (await writable(options)).filter((path) => !/^\/etc\/(hosts|hostname|resolv\.conf)$/.test(path));
        assert.deepEqual(others, []);
      });

      it("which the probe would see: root without both writes everywhere", async () => {
        const found = await writable(["--network", "host", "--entrypoint", "node", "--user", "0:0"]);
        assert.deepEqual(["/", "/app", "/app/server.mjs", "/etc/passwd"].filter((path) => !found.includes(path)), []);
      });
    });

    describe("knows how much memory it has,", () => {
      before(async function () {
        const { stdout } = await docker.end("info", "--format", "{{.MemoryLimit}}");
        if (stdout.trim() !== "true") {
          process.stderr.write("\n*** TESTS OF MEMORY LIMITS SKIPPED: the kernel gives Docker no control group for memory\n\n");
          this.skip();
        }
      });

      it("so that its heap is full before the container is, and leaves room for the rest of node", async () => {
        const limits = "[v8.getHeapStatistics().heap_size_limit, process.constrainedMemory()].map((bytes) => bytes / 2 ** 20).join()";
        const [heap = 0, memory = 0] = (await run(["--print", limits])).split(",").map(Number);
        assert.equal(memory, containerOf(plan, "service").memory);
        assert.ok(heap > memory * 0.4 && heap < memory * 0.75, `the heap may grow to ${heap} MiB of ${memory} MiB`);
      });

      it("so that a heap that is full ends it with a trace, and not with SIGKILL and no word", async () => {
        const { code, stderr } = await end(["--eval", "const all = []; for (;;) all.push(new Array(100_000).fill(0.5));"]);
        assert.match(stderr, /JavaScript heap out of memory/);
        assert.equal(code, 134);
      });
    });

    describe("with a database and its secrets", () => {
      let surroundings: Surroundings;
      const lines: string[] = [];
      const container = `accounts-test-${process.pid}`;

      const optionsFor = (part: Part) => [...optionsOf(plan, part), ...surroundings.optionsFor(part)];
      const request = async (method: string, path: string, body?: object): Promise<Response> => fetch(`http://127.0.0.1:${surroundings.port}${path}`, {
        method,
        headers: { "authorization": `Bearer ${await surroundings.apiKey()}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });

      before(async () => {
        surroundings = await Surroundings.start(plan);
      });

      after(async () => {
        await docker.end("rm", "--force", container);
        await surroundings?.stop();
      });

      it("brings the schema up to date and ends with 0, as the migration", async () => {
        const { code, stdout, stderr } = await docker.end(
          "run", "--rm", ...optionsFor("migration"), image, ...commandOf(containerOf(plan, "migration")));
        assert.match(stdout, /"migration finished"/, stderr);
        assert.equal(code, 0);
      });

      it("starts as the service, which stores a user and finds it again", async () => {
        await docker.run("run", "--detach", "--name", container, ...optionsFor("service"), image, ...commandOf(containerOf(plan, "service")));
        await started();
        const created = await request("POST", "/v1/users", { email: "ada@example.com", name: "Ada" });
        assert.equal(created.status, 201, await created.clone().text());
        const { id } = await created.json() as { id: string };
        const found = await request("GET", `/v1/users/${id}`);
        assert.equal(found.status, 200);
        assert.equal((await found.json() as { name: string }).name, "Ada");
      });

      it("leaves with 0 on docker stop, once it has drained, before anybody kills it", async () => {
        const from = performance.now();
        await docker.run("stop", container);
        const seconds = (performance.now() - from) / 1_000;
        const { ExitCode, OOMKilled } = await inspect<{ ExitCode: number; OOMKilled: boolean }>(container, ".State");
        assert.deepEqual({ ExitCode, OOMKilled }, { ExitCode: 0, OOMKilled: false }, lines.join("\n"));
        assert.ok(seconds >= drainSeconds && seconds < drainSeconds + 1, `it took ${seconds.toFixed(2)} s`);
      });

      /** Waits for the line that the service writes when it is ready; fails when it ends without. */
      async function started(): Promise<void> {
        await new Promise<void>((resolve, reject) => {
          const ended = docker.follow(container, (line) => {
            lines.push(line);
            if (line.includes("\"started\"")) {
              resolve();
            }
          });
          void ended.then(() => reject(new Error(`the service ended:\n${lines.join("\n")}`)));
        });
      }
    });
  });
});
