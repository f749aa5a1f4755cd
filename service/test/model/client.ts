import { ApiClient } from "./api-client.ts";
import type { Command } from "./commands.ts";
import { CommonWork } from "./common-work.ts";
import type { History } from "./history.ts";
import { OwnUsers } from "./own-users.ts";

/** One of several clients at work at the same time. */
export class Client {
  readonly #api: ApiClient;
  readonly #own: OwnUsers;
  readonly #common: CommonWork;

  constructor(name: string, url: string, sharedUserId: string, history: History) {
    this.#api = new ApiClient(name, url);
    this.#own = new OwnUsers(this.#api, history);
    this.#common = new CommonWork(this.#api, sharedUserId, history);
  }

  get requests(): number {
    return this.#api.requests;
  }

  async run(command: Command): Promise<void> {
    switch (command.does) {
      case "create":
        return await this.#own.create(command);
      case "list":
        return await this.#common.list(command.limit);
      case "increment":
        return await this.#common.increment();
      case "increment-document":
      case "remove-document":
        return await this.#common.changeSharedDocument(command.does === "remove-document");
      case "claim":
        return await this.#common.claim(`claimed${command.email}@model.example`);
      case "release":
        return await this.#common.release(`claimed${command.email}@model.example`);
      case "once":
        return await this.#common.once(command);
      default:
        return await this.#own.run(command);
    }
  }
}
