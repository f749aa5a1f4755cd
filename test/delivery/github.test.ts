import { strict as assert } from "node:assert";

import { bodyOf, Repository } from "../../delivery/github/repository";
import { GitHub } from "./github";

describe("a comment that is kept up to date", () => {
  const kept = { kind: "preview", stack: "dev" } as const;
  let github: GitHub;
  let repository: Repository;

  beforeEach(async () => {
    github = await new GitHub().start();
    repository = new Repository("octo-org/accounts", "token", github.url);
  });

  afterEach(() => github.stop());

  it("is written once, and then written anew in its place", async () => {
    assert.equal(await repository.putComment(7, kept, "one"), "created");
    assert.equal(await repository.putComment(7, kept, "two"), "updated");
    assert.equal(await repository.putComment(7, kept, "two"), "unchanged");

    assert.deepEqual(github.comments.map(({ on, body }) => [on, body]), [[7, bodyOf(kept, "two")]]);
  });

  it("is one a stack, a kind and a pull request", async () => {
    await repository.putComment(7, kept, "dev");
    await repository.putComment(7, { kind: "preview", stack: "prod" }, "prod");
    await repository.putComment(7, { kind: "plan", stack: "" }, "plan");
    await repository.putComment(8, kept, "dev of another");

    assert.equal(github.comments.length, 4);
  });

  it("is found behind 250 others", async () => {
    Array.from({ length: 250 }, (_, index) => github.comment(7, `comment ${index}`, "User"));
    const ours = github.comment(7, bodyOf(kept, "one"), "Bot");

    assert.equal(await repository.putComment(7, kept, "two"), "updated");
    assert.equal(ours.body, bodyOf(kept, "two"));
    assert.equal(github.asked.filter((request) => request.startsWith("GET")).length, 3);
  });

  it("is not mistaken for what somebody wrote who copied it, or quotes it", async () => {
    const copies = [github.comment(7, bodyOf(kept, "one"), "User"), github.comment(7, `> ${bodyOf(kept, "one")}`, "Bot")];

    assert.equal(await repository.putComment(7, kept, "two"), "created");
    assert.ok(copies.every(({ body }) => body.endsWith("one")));
  });

  it("is not written with a token that may only read, and that is no error", async () => {
    github.readOnly = true;

    assert.equal(await repository.putComment(7, kept, "one"), "refused");
    assert.deepEqual(github.comments, []);
  });

  it("is written although GitHub fails once", async () => {
    github.failing = 1;

    assert.equal(await repository.putComment(7, kept, "one"), "created");
  });

  it("is told of where GitHub takes it for wrong", async () => {
    await assert.rejects(repository.putComment(7, kept, "x".repeat(70_000)), /body is too long/);
    await assert.rejects(new Repository("octo-org/accounts", "other", github.url).putComment(7, kept, "one"), /Bad credentials/);
    assert.throws(() => new Repository("accounts", "token", github.url), /GITHUB_REPOSITORY is "accounts", but must be <owner>\/<name>/);
  });
});
