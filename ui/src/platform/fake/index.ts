// A stand-in for the desktop, in memory: for tests and the mock bundle, so that screens can be
// built and looked at without Rust. Never in the production bundle.
import type {
  AdminError,
  AnswerOf,
  CommandName,
  DesktopCommands,
  DesktopEvents,
  OperationName,
  Platform,
  StartState,
  StoreState,
  Unsaved,
} from "../platform";
import type { OperatorRole } from "@/generated/OperatorRole";
import type { KeychainStateName, Connection } from "../connections";
import { createConnectionCommands, Holds, type ConnectionCommandName } from "./connectionCommands";
import { FakeConnections, sampleConnections, sampleServer } from "./connections";
import { confirm } from "./keys";
import { OPERATIONS } from "./operations";
import { fillWithSamples } from "./sample";
import { DAY, fault, World } from "./world";

interface FakeOptions {
  /** What stands at the start; `connection`, `opening` and `locked` are the first saved connection's. */
  store?: "none" | "failed" | "local" | "sample" | "connection" | "opening" | "locked";
  /** What is saved is one server, and this is the role of the operator who is signed in there. */
  operator?: OperatorRole | undefined;
  /** What is saved; `some` for the made-up ones. */
  connections?: Connection[] | "some";
  keychain?: KeychainStateName;
  /** Whether the made-up connections' passwords are known. */
  secrets?: boolean;
  /** Words about a damaged settings file. */
  notices?: string[];
  /** Plain keys beside the samples. */
  more?: number;
  /** How long every answer takes. */
  delayMs?: number;
  clock?: () => number;
  unsaved?: Unsaved[];
}

/** The stand-in, and what a test may reach into. */
export interface FakePlatform extends Platform {
  world: World;
  connections: FakeConnections;
  /** Lets the program speak. */
  emit: <E extends keyof DesktopEvents>(event: E, payload: DesktopEvents[E]) => void;
  /** The next call of this operation or command rejects with this. */
  failNext: (name: OperationName | CommandName, error: AdminError) => void;
  /** Calls of this command wait; the answer lets them go. `connection_cancel` ends them as busy. */
  hold: (name: CommandName) => () => void;
  /** Every call so far, its name alone. */
  calls: string[];
}

const CLEARS_IN_S = 30;

/** Makes a stand-in. */
export function createFakePlatform(options: FakeOptions = {}): FakePlatform {
  const clock = options.clock ?? Date.now;
  const world = new World(clock);
  const connections = new FakeConnections(clock);
  const hearers = new Hearers();
  const failures = new Map<OperationName | CommandName, AdminError>();
  const held = new Holds();
  const calls: string[] = [];
  let unsaved = options.unsaved ?? [];
  let store: StoreState = { state: "none", kind: "local", name: "Local keys", path: "keys.db" };
  const fillSamples = () => fillWithSamples(world, options.more, options.operator);
  const open: Inside["open"] = (kind) => {
    const name = kind === "sample" ? "Sample data" : "Local keys";
    store = { state: "open", kind, name, path: "keys.db", engine: "SQLite 3.51.3" };
    if (kind === "sample" && world.keys.length === 0) fillSamples();
  };
  const stand: Inside["stand"] = (next) => {
    store = next;
    if (next.state === "open" && world.keys.length === 0) fillSamples();
  };
  fillConnections(connections, options, clock());
  if (options.store === "local" || options.store === "sample") open(options.store);
  if (options.store === "failed") store = { ...store, state: "failed", error: NOT_A_DATABASE };
  const first = connections.saved[0];
  const asked = { connection: "open", opening: "opening", locked: "locked" } as const;
  if (first !== undefined && options.store !== undefined && options.store in asked) {
    stand(connections.storeOf(first, asked[options.store as keyof typeof asked]));
  }
  const state = (): StartState => ({
    store,
    unsaved,
    version: "0.1.0",
    proposed_prefix: world.prefix,
    notices: options.notices ?? [],
  });
  const slot = (handle: string) => {
    const found = world.reveals.get(handle);
    if (found === undefined) throw fault("reveal_gone", "This secret can no longer be shown.");
    return found;
  };
  const inside: Inside = {
    state,
    open,
    stand,
    close: () => (store = { ...store, state: "none" }),
    slot,
    world,
    connections,
    cancel: () => held.cancel(),
    emit: hearers.emit,
    discard: (id) => (unsaved = unsaved.filter((one) => one.id !== id)),
  };
  const commands = { ...createCommands(inside), ...createConnectionCommands(inside) };
  const failIfAsked = (name: OperationName | CommandName) => {
    const failure = failures.get(name);
    failures.delete(name);
    if (failure !== undefined) throw failure;
  };
  return {
    world,
    connections,
    emit: hearers.emit,
    calls,
    failNext: (name, error) => failures.set(name, error),
    hold: (name) => held.hold(name),
    call: async (name, request, sent) => {
      calls.push(name);
      await pause(options.delayMs ?? 0);
      failIfAsked(name);
      const operation = OPERATIONS[name] as (world: World, request: unknown) => unknown;
      const answer = await world.line.carry(name, sent?.idempotencyKey, () => operation(world, request));
      return structuredClone(answer) as AnswerOf<typeof name>;
    },
    command: async (name, request) => {
      calls.push(name);
      await pause(options.delayMs ?? 0);
      await held.wait(name);
      failIfAsked(name);
      return structuredClone(commands[name](request as never)) as never;
    },
    on: hearers.on,
  };
}

/** Who listens to what. */
class Hearers {
  private readonly byEvent = new Map<string, Set<(payload: never) => void>>();

  readonly on: Platform["on"] = (event, hear) => {
    const set = this.byEvent.get(event) ?? new Set();
    this.byEvent.set(event, set.add(hear as never));
    return () => set.delete(hear as never);
  };

  readonly emit: FakePlatform["emit"] = (event, payload) => {
    for (const hear of this.byEvent.get(event) ?? []) hear(payload as never);
  };
}

const NOT_A_DATABASE = fault(
  "store_unusable",
  "keys.db is not a Latchkey database. Move it away, or start Latchkey with another data folder.",
);

function fillConnections(connections: FakeConnections, options: FakeOptions, now: number): void {
  connections.keychain = options.keychain ?? "available";
  connections.saved = options.connections === "some" ? sampleConnections(now) : (options.connections ?? []);
  if (options.operator !== undefined) {
    connections.saved = [sampleServer(now), ...connections.saved];
    connections.operator = {
      name: "Dana Okafor",
      role: options.operator,
      expires_at: new Date(now + 200 * DAY).toISOString(),
    };
  }
  if (options.secrets === false) return;
  for (const one of connections.saved) {
    if (one.keep === "keychain") connections.secrets.set(one.id, "fake-password");
  }
}

/** What the fake's commands reach. */
export interface Inside {
  state: () => StartState;
  open: (kind: "local" | "sample") => void;
  stand: (store: StoreState) => void;
  close: () => void;
  slot: (handle: string) => { keyId: string; text: string };
  world: World;
  connections: FakeConnections;
  cancel: () => void;
  emit: FakePlatform["emit"];
  discard: (id: string) => void;
}

/** Commands, as functions. */
export type Commands<C extends CommandName> = {
  [N in C]: (request: DesktopCommands[N]["request"]) => DesktopCommands[N]["answer"];
};

function createCommands(inside: Inside): Commands<Exclude<CommandName, ConnectionCommandName>> {
  let countdown: ReturnType<typeof setInterval> | undefined;
  const clear = () => {
    clearInterval(countdown);
    inside.emit("clipboard:cleared", null);
  };
  const confirmSlot = (handle: string) => {
    const key = inside.world.key(inside.slot(handle).keyId);
    if (key.secrets[0]?.state === "unconfirmed") confirm(inside.world, key, inside.world.graceOf(key));
  };
  return {
    ui_ready: () => null,
    start_state: inside.state,
    open_local_store: (request) => {
      if (request.prefix !== undefined && !/^[a-z][a-z0-9]*$/.test(request.prefix)) {
        throw fault("invalid", "Use small letters and digits, and start with a letter.", "prefix");
      }
      inside.world.prefix = request.prefix ?? inside.world.prefix;
      inside.open("local");
      return inside.state();
    },
    open_sample_store: () => {
      inside.open("sample");
      return inside.state();
    },
    close_store: () => {
      inside.close();
      return inside.state();
    },
    reveal_copy: ({ handle }) => {
      confirmSlot(handle);
      let left = CLEARS_IN_S;
      clearInterval(countdown);
      countdown = setInterval(() => {
        left -= 1;
        if (left <= 0) clear();
        else inside.emit("clipboard:countdown", { seconds_left: left });
      }, 1000);
      inside.emit("clipboard:countdown", { seconds_left: left });
      return { copied: true, clears_in_s: CLEARS_IN_S, concealed: true, confirmed: true };
    },
    reveal_save: ({ handle }) => {
      confirmSlot(handle);
      return { saved: true, path: "acme.env", warning: null, confirmed: true };
    },
    reveal_show: ({ handle }) => ({ plaintext: inside.slot(handle).text }),
    reveal_confirm: ({ handle }) => {
      confirmSlot(handle);
      return { confirmed: true };
    },
    reveal_drop: ({ handle }) => {
      inside.world.reveals.delete(handle);
      return null;
    },
    discard_unsaved: ({ id }) => {
      inside.discard(id);
      return null;
    },
    clipboard_clear: () => {
      clear();
      return null;
    },
    close_window: () => null,
  };
}

function pause(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
