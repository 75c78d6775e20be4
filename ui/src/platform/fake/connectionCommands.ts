// The fake's commands about connections, the keychain and the lock, and commands that wait until a
// test lets them go. Never in the production bundle.
import type { ConnectionCommands } from "../connections";
import type { AdminError, CommandName, StartState } from "../platform";
import type { Commands, Inside } from "./index";
import { fault } from "./world";

export type ConnectionCommandName = keyof ConnectionCommands<StartState>;

/** Commands whose answers are held back. */
export class Holds {
  private names = new Set<CommandName>();
  private waiting = new Map<CommandName, { go: () => void; end: () => void }>();

  hold(name: CommandName): () => void {
    this.names.add(name);
    return () => {
      this.names.delete(name);
      this.waiting.get(name)?.go();
    };
  }

  async wait(name: CommandName): Promise<void> {
    if (!this.names.has(name)) return;
    await new Promise<void>((resolve, reject) => {
      this.waiting.set(name, { go: resolve, end: () => reject(fault("busy", "Cancelled.")) });
    });
  }

  cancel(): void {
    for (const one of this.waiting.values()) one.end();
    this.waiting.clear();
  }
}

/** The commands. */
export function createConnectionCommands(inside: Inside): Commands<ConnectionCommandName> {
  const { connections } = inside;
  const enter = (...asked: Parameters<typeof connections.enter>) => {
    try {
      inside.stand(connections.storeOf(connections.enter(...asked), "open"));
    } catch (error) {
      // Who has only to type something goes on with what was open.
      const typing =
        (error as AdminError).code === "credential_needed" && inside.state().store.state === "open";
      if (!typing) inside.stand(connections.storeOf(connections.find(asked[0]), "failed", error as never));
      throw error;
    }
    return inside.state();
  };
  return {
    connections_list: () => connections.list(),
    connection_save: ({ connection, secret, passphrase }) => connections.save(connection, secret, passphrase),
    connection_remove: ({ id }) => connections.remove(id),
    connection_read_url: ({ text }) => connections.readUrl(text),
    connection_test: ({ connection, secret }) => connections.test(connection, secret),
    connection_open: ({ id, ...given }) => enter(id, given),
    connection_cancel: () => {
      const { store } = inside.state();
      if (store.state === "opening") inside.stand({ ...store, state: "none" });
      inside.cancel();
      return null;
    },
    connection_look: ({ id }) => connections.look(id),
    connection_set_up: ({ id, prefix }) => {
      if (!/^[a-z][a-z0-9]*$/.test(prefix)) {
        throw fault("invalid", "Use small letters and digits, and start with a letter.", "prefix");
      }
      const answer = enter(id, {}, ["store_empty"]);
      connections.refusals.delete(id);
      return answer;
    },
    connection_migrate: ({ id }) => {
      const answer = enter(id, {}, ["schema_older"]);
      connections.refusals.delete(id);
      return answer;
    },
    keychain_state: () => connections.words(),
    keychain_retry: () => connections.retry(),
    encrypted_file_open: ({ passphrase }) => {
      connections.openEncrypted(passphrase);
      return connections.list();
    },
    choose_file: () => ({ path: connections.chosenPath }),
    lock: () => {
      inside.stand({ ...inside.state().store, state: "locked" });
      return inside.state();
    },
    unlock: (given) => {
      const { store } = inside.state();
      if (store.connection === undefined || store.connection === null) {
        inside.stand({ ...store, state: "open" });
        return inside.state();
      }
      inside.stand(connections.storeOf(connections.enter(store.connection.id, given), "open"));
      return inside.state();
    },
    still_here: () => null,
  };
}
