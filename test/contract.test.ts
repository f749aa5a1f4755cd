import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import ignore from "@balena/dockerignore";

import { rolloutPercent } from "../environments/check-database";
import { startPatienceSeconds, stopReserveSeconds } from "../environments/check-service";
import type { Plan } from "../offline/render";
import { committedStacks } from "../offline/stack-file";
import { ownMetrics } from "./alarms";
import { readDockerfile, substitute, type Instruction } from "./dockerfile";
import { all, containerOf, environmentOf, list, only, planOf, statements, type Part } from "./plans";
import { loadServiceCode, serviceFolder, type Service, type ServiceCode } from "./service-code";

let code: ServiceCode;
/** What the service's build makes, which is the working directory of the containers. */
let built: string;

const parts = ["migration", "service"] as const;

/** What the container's program makes of its environment. */
const serviceConfig = (plan: Plan) => code.readServiceConfig(environmentOf(plan, "service"));
const configOf = (plan: Plan, part: Part) => part === "service"
  ? serviceConfig(plan) : code.readMigrationConfig(environmentOf(plan, "migration"));
const variablesOf = (part: Part) =>
  Object.keys((part === "service" ? code.ServiceConfig : code.MigrationConfig).properties).toSorted();

/** The service as a task of the plan would put it together. */
function createService(plan: Plan): Promise<Service> {
  const config = serviceConfig(plan);
  const log = code.createLog("contract", "fatal");
  return code.createService({ ...config, DATABASE_CA_FILE: join(built, config.DATABASE_CA_FILE) }, log);
}

describe("the contract between infra/ and service/", () => {
  before(async () => {
    code = await loadServiceCode();
    built = mkdtempSync(join(tmpdir(), "accounts-service-"));
    const file = readFileSync(join(serviceFolder, "package.json"), "utf8");
    const [program, ...args] = (JSON.parse(file) as { scripts: { build: string } }).scripts.build.split(" ");
    assert.equal(program, "node");
    execFileSync(process.execPath, [...args, built], { cwd: serviceFolder, stdio: "inherit" });
  });

  after(() => rmSync(built, { recursive: true, force: true }));

  for (const stack of committedStacks()) {
    describe(`of ${stack}: both sides`, () => {
      let plan: Plan;

      before(async () => {
        plan = await planOf(stack);
      });

      for (const part of parts) {
        describe(`agree on what the ${part} is told:`, () => {
          it("every variable it reads, and none that it does not", () => {
            assert.deepEqual(Object.keys(environmentOf(plan, part)).toSorted(), variablesOf(part));
          });

          it("each variable once", () => {
            const { environment, secrets } = containerOf(plan, part);
            const names = [...environment, ...secrets].map(({ name }) => name);
            assert.equal(new Set(names).size, names.length);
          });

          it("values that it takes", () => {
            assert.doesNotThrow(() => configOf(plan, part));
          });

          it("settings by Parameter Store, and by the task definition only where it runs and where its secrets are", () => {
            const { environment, secrets } = containerOf(plan, part);
            const stated = variablesOf(part).filter((name) => name === "AWS_REGION" || name.endsWith("_SECRET_ARN"));
            assert.deepEqual(environment.map(({ name }) => name).toSorted(), stated);
            assert.deepEqual(secrets.filter(({ valueFrom }) => !valueFrom.startsWith("arn:aws:ssm:")), []);
          });

          it("a region that is its own", () => {
            assert.equal(configOf(plan, part).AWS_REGION, plan.config["aws:region"]);
          });
        });
      }

      it("agree on the database: its name, and the port that it listens on", () => {
        const { dbName, port } = only(plan, "aws:rds/instance:Instance").inputs;
        for (const part of parts) {
          const { DATABASE_NAME, DATABASE_PORT } = configOf(plan, part);
          assert.deepEqual({ DATABASE_NAME, DATABASE_PORT }, { DATABASE_NAME: dbName, DATABASE_PORT: port });
        }
      });

      it("agree on who may say who the client is: a load balancer of this VPC", () => {
        const { TRUSTED_PROXY_CIDR } = serviceConfig(plan);
        assert.equal(TRUSTED_PROXY_CIDR, only(plan, "awsx:ec2:Vpc").inputs["cidrBlock"]);
      });

      it("agree on one port, from the firewall to the process", () => {
        const { PORT } = serviceConfig(plan);
        const { loadBalancers } = only(plan, "awsx:ecs:FargateService").inputs;
        const rules = [
          only(plan, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "firewall-requests-out"),
          only(plan, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "firewall-requests-in"),
        ];
        assert.deepEqual({
          container: containerOf(plan, "service").portMappings,
          service: loadBalancers[0].containerPort,
          targetGroup: only(plan, "awsx:lb:ApplicationLoadBalancer").inputs["defaultTargetGroup"].port,
          firewall: rules.map(({ inputs }) => [inputs["fromPort"], inputs["toPort"]]),
        }, {
          container: [{ containerPort: PORT, hostPort: PORT, protocol: "tcp" }],
          service: PORT,
          targetGroup: PORT,
          firewall: [[PORT, PORT], [PORT, PORT]],
        });
      });

      it("agree on connections: all that the tasks of a deployment may open, the database accepts", () => {
        const { DATABASE_POOL_CONNECTIONS, DATABASE_LANE_CONNECTIONS } = serviceConfig(plan);
        const { maxCapacity } = only(plan, "aws:appautoscaling/target:Target").inputs;
        const { deploymentMaximumPercent } = only(plan, "awsx:ecs:FargateService").inputs;
        const [group] = all(plan, "aws:rds/parameterGroup:ParameterGroup");
        const parameters = group?.inputs["parameters"] as { name: string; value: string }[];
        const accepted = Number(parameters.find(({ name }) => name === "max_connections")?.value);
        const tasks = Math.ceil(maxCapacity * deploymentMaximumPercent / 100);
        const opened = tasks * (DATABASE_POOL_CONNECTIONS + DATABASE_LANE_CONNECTIONS);
        // Three are the migration's, and fifteen are kept by PostgreSQL and by RDS for those who mend it.
        assert.ok(opened + 3 + 15 <= accepted, `${tasks} tasks open ${opened}, and the database accepts ${accepted}`);
      });

      describe("agree on time:", () => {
        const seconds = () => serviceConfig(plan);
        const alb = () => only(plan, "awsx:lb:ApplicationLoadBalancer").inputs;

        it("a statement is given up while its request may still be answered, and that before the load balancer answers 504", () => {
          const order = [seconds().DATABASE_STATEMENT_TIMEOUT_SECONDS, seconds().REQUEST_TIMEOUT_SECONDS, alb()["idleTimeout"]];
          assert.ok(order.every((value, index) => index === 0 || value > order[index - 1]!), order.join(" < "));
        });

        it("the load balancer closes idle connections before the service does, or requests meet closing ones", () => {
          assert.ok(alb()["idleTimeout"] < seconds().KEEP_ALIVE_TIMEOUT_SECONDS);
        });

        it("the service serves on until the load balancer has noticed that it leaves", () => {
          const { interval, unhealthyThreshold } = alb()["defaultTargetGroup"].healthCheck;
          assert.ok(seconds().DRAIN_SECONDS >= interval * unhealthyThreshold);
        });

        it("the load balancer waits for the last request of a task that leaves", () => {
          assert.ok(alb()["defaultTargetGroup"].deregistrationDelay >= seconds().REQUEST_TIMEOUT_SECONDS);
        });

        it("ECS kills after the time that the service was told", () => {
          assert.equal(containerOf(plan, "service").stopTimeout, seconds().STOP_TIMEOUT_SECONDS);
        });

        it("the service has drained and answered its last request before its own deadline, which is before ECS's", () => {
          const { DRAIN_SECONDS, REQUEST_TIMEOUT_SECONDS, STOP_TIMEOUT_SECONDS } = seconds();
          assert.ok(DRAIN_SECONDS + REQUEST_TIMEOUT_SECONDS <= STOP_TIMEOUT_SECONDS - code.STOP_RESERVE_SECONDS);
        });
      });

      describe("agree on metrics:", () => {
        let service: Service;

        beforeEach(async () => {
          service = await createService(plan);
        });

        afterEach(() => service.app.close());

        /** The metrics without dimensions that a line of the service makes. */
        const written = (): string[] => {
          // As when the login has been read, which is before anything is served.
          const gauges = new code.Gauges({ ...service, credentials: { ageSeconds: 0 }, openSockets: () => 0 });
          const lines = code.takeLines(serviceConfig(plan).METRICS_NAMESPACE, 0, service.traffic, gauges);
          gauges.close();
          return lines.flatMap(({ _aws }) => _aws.CloudWatchMetrics)
            .filter(({ Dimensions }) => Dimensions.some((names) => names.length === 0))
            .flatMap(({ Namespace, Metrics }) => Metrics.map(({ Name }) => `${Namespace} ${Name}`));
        };

        it("whatever an alarm or the dashboard shows of the service's own, the service writes", async () => {
          await service.app.inject({ url: "/" });
          const names = written();
          const shown = ownMetrics(plan).map(({ metric }) => metric);
          assert.ok(shown.length > 0);
          assert.deepEqual(shown.filter((name) => !names.includes(name)), []);
        });

        it("what an alarm misses when it is silent is written also when nothing has happened", () => {
          const names = written();
          const missed = ownMetrics(plan).filter(({ silence }) => silence === "breaching").map(({ metric }) => metric);
          assert.deepEqual(missed, [`accounts/${stack} ServerErrors`]);
          assert.deepEqual(missed.filter((name) => !names.includes(name)), []);
        });
      });

      describe("agree on health:", () => {
        let service: Service;
        const check = () => only(plan, "awsx:lb:ApplicationLoadBalancer").inputs["defaultTargetGroup"].healthCheck;
        const answer = async () => String((await service.app.inject({ url: check().path })).statusCode);

        beforeEach(async () => {
          service = await createService(plan);
        });

        afterEach(() => service.app.close());

        it("the path that is checked is one of the service's", () => {
          assert.ok(service.app.hasRoute({ method: "GET", url: check().path }), check().path);
        });

        it("a service that is ready gives the answer that is healthy", async () => {
          service.lifecycle.becomeReady();
          assert.equal(await answer(), check().matcher);
        });

        it("a service that starts gives another one", async () => {
          assert.notEqual(await answer(), check().matcher);
        });

        it("a service that leaves gives another one", async () => {
          service.lifecycle.becomeReady();
          service.lifecycle.drain();
          assert.notEqual(await answer(), check().matcher);
        });
      });
    });
  }

  describe("of every stack: both sides", () => {
    const saidBy: Readonly<Record<string, string>> = {
      routingHttpResponseContentSecurityPolicyHeaderValue: "content-security-policy",
      routingHttpResponseStrictTransportSecurityHeaderValue: "strict-transport-security",
      routingHttpResponseXContentTypeOptionsHeaderValue: "x-content-type-options",
      routingHttpResponseXFrameOptionsHeaderValue: "x-frame-options",
    };

    it("say the same in the headers that the listener writes over the service's own", async () => {
      const plan = await planOf("prod");
      const service = await createService(plan);
      const { headers } = await service.app.inject({ url: "/health/live" });
      await service.app.close();
      const listener = only(plan, "aws:lb/listener:Listener", "load-balancer-1").inputs;
      const said = Object.entries(saidBy).map(([key, header]) => [header, listener[key]]);
      assert.deepEqual(said, said.map(([header]) => [header, headers[header]]));
    });

    it("call too many requests the same, whoever counts them", async () => {
      const [body] = only(await planOf("prod"), "aws:wafv2/webAcl:WebAcl").inputs["customResponseBodies"];
      const { detail, ...problem } = JSON.parse(body.content) as Record<string, unknown>;
      const { status, title } = code.problemTypes["rate-limited"] ?? {};
      assert.deepEqual(problem, { type: "/problems/rate-limited", title, status });
      assert.equal(typeof detail, "string");
    });

    it("keep the same seconds back before ECS kills", () => {
      assert.equal(code.STOP_RESERVE_SECONDS, stopReserveSeconds);
    });

    it("give a start the same time to reach its database before ECS replaces the task", () => {
      assert.equal(code.START_PATIENCE_SECONDS, startPatienceSeconds);
    });

    it("count the same tasks in a deployment as ECS starts", async () => {
      for (const stack of committedStacks()) {
        const { deploymentMaximumPercent } = only(await planOf(stack), "awsx:ecs:FargateService").inputs;
        assert.equal(deploymentMaximumPercent, rolloutPercent, stack);
      }
    });

    it("agree on the port also when the settings change it", async () => {
      const plan = await planOf("dev", { settings: { service: { port: 3000 } } });
      assert.equal(serviceConfig(plan).PORT, 3000);
    });

    it("agree on what may be asked of Secrets Manager: the migration has a right to each operation in the code", async () => {
      const source = join(serviceFolder, "src");
      const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
      const text = files.map((file) => readFileSync(join(source, file), "utf8")).join("\n");
      const commands = [...text.matchAll(/new (\w+)Command\(/g)];
      const operations = new Set(commands.map(([, operation]) => `secretsmanager:${operation}`));
      const policy = only(await planOf("dev"), "aws:iam/rolePolicy:RolePolicy", "migration-task").inputs["policy"];
      const rights = statements(policy).flatMap(({ Action }) => list(Action));
      assert.notEqual(operations.size, 0);
      assert.deepEqual([...operations].filter((operation) => !rights.includes(operation)), []);
    });
  });

  describe("the image", () => {
    const dockerfile = readDockerfile(readFileSync(join(serviceFolder, "Dockerfile"), "utf8"));
    const final = dockerfile.at(-1)!;
    const one = (name: string): Instruction => {
      const found = final.instructions.filter((instruction) => instruction.name === name);
      assert.equal(found.length, 1, `the last stage has ${found.length} ${name}`);
      return found[0]!;
    };

    for (const part of parts) {
      it(`runs the ${part} as the Dockerfile would: same user, folder and entry point`, async () => {
        const { user, workingDirectory, entryPoint } = containerOf(await planOf("prod"), part);
        assert.deepEqual({ user, workingDirectory, entryPoint }, {
          user: one("USER").text,
          workingDirectory: one("WORKDIR").text,
          entryPoint: one("ENTRYPOINT").words,
        });
      });
    }

    it("runs the service by default", async () => {
      assert.deepEqual(containerOf(await planOf("prod"), "service").command, one("CMD").words);
    });

    it("does not run as root, by number, because nobody resolves names in it", () => {
      assert.match(one("USER").text, /^[1-9]\d*:[1-9]\d*$/);
    });

    it("opens the port of both stacks", async () => {
      for (const stack of committedStacks()) {
        const { portMappings } = containerOf(await planOf(stack), "service");
        assert.deepEqual(portMappings.map(({ containerPort }) => String(containerPort)), [one("EXPOSE").text]);
      }
    });

    it("is made of nothing that may change under its name", () => {
      const [head, ...stages] = dockerfile;
      const args = Object.fromEntries(head?.instructions.map(({ text }) => text.split("=") as [string, string]) ?? []);
      const bases = stages.map(({ base }) => substitute(base, args));
      assert.deepEqual(bases.filter((base) => base !== "scratch" && !/@sha256:[0-9a-f]{64}$/.test(base)), []);
    });

    it("is built on the builder's own platform, with the packages of the lockfile, and knows the commit", () => {
      const build = dockerfile.find(({ alias }) => alias === "build")!;
      const text = readFileSync(join(serviceFolder, "Dockerfile"), "utf8");
      assert.match(text, /^FROM --platform=\$BUILDPLATFORM .* AS build$/m, "without a platform, another architecture would be emulated");
      assert.match(text, /^FROM \$.* AS runtime$/m, "what runs in the service is of the platform that the image is for");
      const steps = build.instructions.flatMap(({ name, text: said }) => name === "RUN" || said.startsWith("SOURCE_COMMIT") ? [said] : []);
      assert.deepEqual(steps.slice(0, -1), ["npm ci", "SOURCE_COMMIT=", "npm run build"]);
    });

    it("sets nothing for its processes but where their program is", () => {
      assert.equal(one("ENV").text, "PATH=/usr/local/bin");
      assert.deepEqual(one("ENTRYPOINT").words, ["node", "--enable-source-maps"]);
    });

    it("is labelled with what it is, of which commit, and of which base", () => {
      const labels = [...one("LABEL").text.matchAll(/org\.opencontainers\.image\.([a-z.]+)="([^"]+)"/g)].map(([, name, value]) => [name, value]);
      const { version, license } = JSON.parse(readFileSync(join(serviceFolder, "package.json"), "utf8")) as Record<string, string>;
      const { description, ...others } = Object.fromEntries(labels) as Record<string, string>;
      assert.ok(description);
      assert.deepEqual(others, {
        "title": "accounts-service", version, "licenses": license,
        "revision": "$SOURCE_COMMIT", "base.name": "$NODE_IMAGE", "base.digest": "$NODE_DIGEST",
      });
      // An argument of another stage is empty here.
      const given = final.instructions.filter(({ name }) => name === "ARG").map(({ text }) => text.split("=")[0]);
      assert.deepEqual(given, ["NODE_IMAGE", "NODE_DIGEST", "SOURCE_COMMIT"]);
    });

    describe("holds in its working directory", () => {
      it("what `npm run build` makes", () => {
        const commands = dockerfile.find(({ alias }) => alias === "build")?.instructions
          .flatMap(({ name, text }) => name === "RUN" ? [text] : []) ?? [];
        const [build, assemble = ""] = commands.slice(-2);
        assert.equal(build, "npm run build");
        assert.match(assemble, / node image\/assemble\.ts \/base "\$TARGETARCH" dist \/layers$/);
        assert.deepEqual(final.instructions.filter(({ name }) => name === "COPY").map(({ text }) => text), [
          "--from=build /layers/runtime/ /",
          "--from=build /layers/service/ /",
        ]);
      });

      for (const part of parts) {
        it(`the program of the ${part}`, async () => {
          const [program, ...others] = containerOf(await planOf("prod"), part).command;
          assert.deepEqual(others, []);
          assert.ok(statSync(join(built, program!)).isFile());
        });

        it(`the map of the ${part}'s program, without which --enable-source-maps shows nothing`, async () => {
          const [program] = containerOf(await planOf("prod"), part).command;
          assert.ok(existsSync(join(built, `${program}.map`)));
        });
      }

      for (const stack of committedStacks()) {
        it(`the CAs of the database of ${stack}`, async () => {
          const { DATABASE_CA_FILE } = serviceConfig(await planOf(stack));
          assert.match(readFileSync(join(built, DATABASE_CA_FILE), "utf8"), /^-----BEGIN CERTIFICATE-----/);
        });
      }

      it("the migrations", () => {
        assert.deepEqual(readdirSync(join(built, "migrations")), readdirSync(join(serviceFolder, "migrations")));
      });
    });

    describe("is built from a context", () => {
      const ignored = ignore().add(readFileSync(join(serviceFolder, ".dockerignore"), "utf8"));
      const sources = dockerfile.flatMap(({ instructions }) => instructions)
        .filter(({ name, text }) => name === "COPY" && !text.startsWith("--from="))
        .flatMap(({ text }) => text.split(" ").slice(0, -1));

      it("that has everything the Dockerfile copies", () => {
        assert.notEqual(sources.length, 0);
        const isThere = (source: string) => existsSync(join(serviceFolder, source)) && !ignored.ignores(source);
        assert.deepEqual(sources.filter((source) => !isThere(source)), []);
      });

      it("that has nothing else, because each change in it is another image", () => {
        const sent = readdirSync(serviceFolder).filter((entry) => !ignored.ignores(entry));
        assert.deepEqual(sent.toSorted(), sources.toSorted());
      });

      it("that is enough for the build", () => {
        const context = mkdtempSync(join(tmpdir(), "accounts-context-"));
        try {
          for (const entry of readdirSync(serviceFolder).filter((one) => !ignored.ignores(one))) {
            cpSync(join(serviceFolder, entry), join(context, entry), { recursive: true });
          }
          symlinkSync(join(serviceFolder, "node_modules"), join(context, "node_modules"));
          assert.doesNotThrow(() => execFileSync("npm", ["run", "build", "--silent"], { cwd: context, stdio: "pipe" }));
        } finally {
          rmSync(context, { recursive: true, force: true });
        }
      });

      it("without node_modules, which the content tag leaves out unasked", () => {
        assert.ok(ignored.ignores("node_modules") && ignored.ignores("node_modules/pg/package.json"));
      });
    });
  });
});
