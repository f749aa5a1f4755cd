import type { ChildProcess } from "node:child_process";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { ensureCertificates } from "./certificates";
import { freePort } from "./local-server";
import { findBinaries } from "./postgres-binaries";
import { ensureCluster, type MasterUser } from "./postgres-cluster";
import { freezeServer, thawServer } from "./postgres-freeze";
import { openHome, own, removeAbandonedHomes, type PostgresHome } from "./postgres-home";
import { shutDown, startServer } from "./postgres-server";
import { stopLeftOver } from "./postgres-shutdown";

/** What the database is asked to be. */
export interface PostgresArgs extends MasterUser {
  /** Folder that keeps the data between starts; without one they are deleted on stop. */
  readonly dataDestination?: string;
  readonly majorVersion: number;
  /** Refuses connections without TLS, as `rds.force_ssl` does. */
  readonly forceTls: boolean;
  /** A free one if not given. */
  readonly port?: number;
  /** Further server parameters, as in a parameter group; PostgreSQL has to know them. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Takes each line of the server's log. */
  readonly onLine?: (line: string) => void;
}

/** A running PostgreSQL, its certificate good for `verify-full` with `caFile`. */
export interface Postgres {
  readonly host: "localhost";
  readonly port: number;
  readonly caFile: string;
  /** Process id of the server; another one after a restart. */
  readonly pid: number;
  /** For looking at the server from outside of what its users may see. */
  readonly superuser: { readonly username: string; readonly password: string };
  /** Stops the server and starts it on the same port and data; nothing listens for `downMilliseconds` in between. */
  restart(downMilliseconds?: number): Promise<void>;
  /** Stops all its processes where they stand, as a host does that hangs; connections stay open and silent. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Starts PostgreSQL from the binaries that npm installed. */
export async function startPostgres(args: PostgresArgs): Promise<Postgres> {
  const binaries = findBinaries(args.majorVersion);
  await removeAbandonedHomes();
  const home = openHome(args.dataDestination);
  try {
    await stopLeftOver(home.cluster);
    const [certificates, superuser] = await Promise.all([
      ensureCertificates(path.join(home.folder, "tls")),
      ensureCluster(binaries, home, args),
    ]);
    [path.dirname(certificates.keyFile), ...Object.values(certificates)].forEach(own);
    const port = args.port ?? await freePort();
    const start = (): Promise<ChildProcess> => startServer(binaries, home, certificates, { ...args, port });
    return new EmbeddedPostgres(await start(), start, home, port, certificates.caFile, superuser);
  } catch (error) {
    home.release();
    throw error;
  }
}

class EmbeddedPostgres implements Postgres {
  readonly host = "localhost";
  private last: Promise<void> = Promise.resolve();
  private stopped = false;
  private frozen = false;

  constructor(
    private server: ChildProcess,
    private readonly start: () => Promise<ChildProcess>,
    private readonly home: PostgresHome,
    readonly port: number,
    readonly caFile: string,
    readonly superuser: Postgres["superuser"],
  ) {}

  get pid(): number {
    return this.server.pid!;
  }

  restart(downMilliseconds = 0): Promise<void> {
    return this.inTurn(async () => {
      if (this.stopped) {
        throw new Error("PostgreSQL is stopped and its data may be deleted: start another one");
      }
      this.thaw();
      await shutDown(this.server);
      await delay(downMilliseconds);
      this.server = await this.start();
    });
  }

  freeze(): void {
    this.frozen = true;
    freezeServer(this.pid);
  }

  thaw(): void {
    if (this.frozen) {
      this.frozen = false;
      thawServer(this.pid);
    }
  }

  stop(): Promise<void> {
    return this.inTurn(async () => {
      if (!this.stopped) {
        this.stopped = true;
        this.thaw();
        await shutDown(this.server);
        this.home.release();
      }
    });
  }

  private inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.last.then(action);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
