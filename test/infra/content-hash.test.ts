import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { contentHash } from "../../infra/content-hash";

describe("contentHash", () => {
  let folder: string;

  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  const hash = (salt = "arm64") => contentHash(folder, salt);
  /** The hash before and after a change. */
  const around = (change: () => void): [before: string, after: string] => {
    const before = hash();
    change();
    return [before, hash()];
  };

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "content-hash-"));
    write(".dockerignore", "node_modules\ndist\n*.md\n!KEPT.md\ntest/**\n!test/kept.ts\n");
    write("Dockerfile", "FROM scratch\n");
    write("src/server.ts", "listen();\n");
    write("src/empty.ts", "");
  });

  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("is 16 hex digits, which fit into a tag", () => {
    assert.match(hash(), /^[0-9a-f]{16}$/);
  });

  it("stays while nothing changes, or an immutable tag would be pushed for nothing", () => {
    assert.equal(hash(), hash());
  });

  it("does not know where the folder is, so that two computers agree", () => {
    const copy = fs.mkdtempSync(path.join(os.tmpdir(), "content-hash-copy-"));
    fs.cpSync(folder, copy, { recursive: true });
    try {
      assert.equal(contentHash(copy, "arm64"), hash());
    } finally {
      fs.rmSync(copy, { recursive: true });
    }
  });

  it("does not know when a file was written", () => {
    const [before, after] = around(() => fs.utimesSync(path.join(folder, "Dockerfile"), 0, 0));
    assert.equal(after, before);
  });

  const builds: [title: string, change: () => void][] = [
    ["a file's content", () => write("src/server.ts", "listen(8080);\n")],
    ["a file's content of the same length", () => write("src/server.ts", "ignore();\n")],
    ["a file's mode", () => fs.chmodSync(path.join(folder, "src/server.ts"), 0o755)],
    ["a file's path", () => fs.renameSync(path.join(folder, "src/server.ts"), path.join(folder, "src/main.ts"))],
    ["a new file, also an empty one", () => write("src/other.ts", "")],
    ["a file that is gone", () => fs.rmSync(path.join(folder, "src/empty.ts"))],
    ["the Dockerfile", () => write("Dockerfile", "FROM alpine\n")],
    [".dockerignore", () => write(".dockerignore", "node_modules\ndist\n*.md\n!KEPT.md\ntest/**\n!test/kept.ts\ncoverage\n")],
    ["a file that .dockerignore takes back", () => write("KEPT.md", "kept\n")],
    ["a file that .dockerignore takes back in a folder that is ignored", () => write("test/kept.ts", "kept\n")],
    ["content that moves from one file to the next", () => {
      write("src/empty.ts", "listen();\n");
      write("src/server.ts", "");
    }],
    ["a link", () => fs.symlinkSync("server.ts", path.join(folder, "src/main.ts"))],
  ];
  for (const [title, change] of builds) {
    it(`changes with ${title}, because the provider builds again then`, () => {
      const [before, after] = around(change);
      assert.notEqual(after, before);
    });
  }

  for (const left of ["*\n!src\n", "Dockerfile\n"]) {
    it(`changes with the Dockerfile also where .dockerignore is ${JSON.stringify(left)}: a build reads it all the same`, () => {
      write(".dockerignore", left);
      const [before, after] = around(() => write("Dockerfile", "FROM alpine\n"));
      assert.notEqual(after, before);
    });
  }

  it("changes with what .dockerignore names after it has left out everything", () => {
    write(".dockerignore", "*\n!src\n");
    const [before, after] = around(() => write("src/server.ts", "listen(8080);\n"));
    assert.notEqual(after, before);
  });

  it("stays when something comes that .dockerignore does not name after it has left out everything", () => {
    write(".dockerignore", "*\n!src\n");
    const [before, after] = around(() => write("notes.txt", "text\n"));
    assert.equal(after, before);
  });

  it("changes with the target of a link", () => {
    fs.symlinkSync("server.ts", path.join(folder, "src/main.ts"));
    const [before, after] = around(() => {
      fs.rmSync(path.join(folder, "src/main.ts"));
      fs.symlinkSync("empty.ts", path.join(folder, "src/main.ts"));
    });
    assert.notEqual(after, before);
  });

  it("changes with the target of a link also where both targets hold the same, and takes one that leads nowhere", () => {
    write("src/copy.ts", fs.readFileSync(path.join(folder, "src/server.ts"), "utf8"));
    const hashes = ["server.ts", "copy.ts", "nowhere.ts", "../src"].map((target) => {
      fs.rmSync(path.join(folder, "src/main.ts"), { force: true });
      fs.symlinkSync(target, path.join(folder, "src/main.ts"));
      return hash();
    });
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it("is the same in whichever order the computer lists the files, or each would push an image of its own", () => {
    const computer = process.getBuiltinModule("node:fs");
    const { readdirSync } = computer;
    try {
      const [before, after] = around(() => {
        computer.readdirSync = ((...args: Parameters<typeof readdirSync>) =>
          readdirSync(...args).toReversed()) as typeof readdirSync;
      });
      assert.equal(after, before);
    } finally {
      computer.readdirSync = readdirSync;
    }
  });

  it("differs where one file holds what would read like the next file's beginning", () => {
    write("src/a", "1");
    const mode = fs.statSync(path.join(folder, "src/a")).mode.toString(8);
    write("src/a", `1src/b\u0000${mode}\u00002`);
    const [before, after] = around(() => {
      write("src/a", "1");
      write("src/b", "2");
    });
    assert.notEqual(after, before);
  });

  it("changes with the salt, because another architecture is another image", () => {
    assert.notEqual(hash("arm64"), hash("amd64"));
  });

  const ignored = ["README.md", "dist/server.mjs", "test/server.test.ts", "node_modules/pg/index.js"];
  for (const file of ignored) {
    it(`stays when ${file} comes, because .dockerignore keeps it out of the image`, () => {
      const [before, after] = around(() => write(file, "text\n"));
      assert.equal(after, before);
    });
  }

  it("says which file is missing when there is no .dockerignore, because everything would be sent to the daemon", () => {
    fs.rmSync(path.join(folder, ".dockerignore"));
    assert.throws(hash, { code: "ENOENT", path: path.join(folder, ".dockerignore") });
  });
});
