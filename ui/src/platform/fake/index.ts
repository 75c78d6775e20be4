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
  Unsaved,
} from "../platform";
import { confirm } from "./keys";
import { OPERATIONS } from "./operations";
import { fillWithSamples } from "./sample";
import { fault, World } from "./world";

interface FakeOptions {
  /** What is open at the start. */
  store?: "none" | "failed" | "local" | "sample";
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
  /** Lets the program speak. */
  emit: <E extends keyof DesktopEvents>(event: E, payload: DesktopEvents[E]) => void;
  /** The next call of this operation rejects with this. */
  failNext: (name: OperationName, error: AdminError) => void;
  /** Every call so far, its name alone. */
  calls: string[];
}

const CLEARS_IN_S = 30;

/** Makes a stand-in. */
export function createFakePlatform(options: FakeOptions = {}): FakePlatform {
  const world = new World(options.clock ?? Date.now);
  const hearers = new Map<string, Set<(payload: never) => void>>();
  const failures = new Map<OperationName, AdminError>();
  const calls: string[] = [];
  let unsaved = options.unsaved ?? [];
  let store: StartState["store"] = { state: "none", kind: "local", name: "", path: "keys.db" };
  const open = (kind: "local" | "sample") => {
    store = {
      state: "open",
      kind,
      name: kind === "sample" ? "Sample data" : "This computer",
      path: "keys.db",
    };
    if (kind === "sample") fillWithSamples(world, options.more ?? 0);
  };
  if (options.store === "local" || options.store === "sample") open(options.store);
  if (options.store === "failed") {
    store = {
      ...store,
      state: "failed",
      error: fault(
        "store_unusable",
        "keys.db is not a Latchkey database. Move it away, or start Latchkey with another data folder.",
      ),
    };
  }
  const emit: FakePlatform["emit"] = (event, payload) => {
    for (const hear of hearers.get(event) ?? []) hear(payload as never);
  };
  const state = (): StartState => ({ store, unsaved, version: "0.1.0", proposed_prefix: world.prefix });
  const slot = (handle: string) => {
    const found = world.reveals.get(handle);
    if (found === undefined) throw fault("reveal_gone", "This secret can no longer be shown.");
    return found;
  };
  const commands = createCommands({
    state,
    open,
    close: () => (store = { ...store, state: "none" }),
    slot,
    world,
    emit,
    discard: (id) => (unsaved = unsaved.filter((one) => one.id !== id)),
  });
  return {
    world,
    emit,
    calls,
    failNext: (name, error) => failures.set(name, error),
    call: async (name, request) => {
      calls.push(name);
      await pause(options.delayMs ?? 0);
      const failure = failures.get(name);
      if (failure !== undefined) {
        failures.delete(name);
        throw failure;
      }
      const operation = OPERATIONS[name] as (world: World, request: unknown) => unknown;
      return structuredClone(await operation(world, request)) as AnswerOf<typeof name>;
    },
    command: async (name, request) => {
      calls.push(name);
      await pause(options.delayMs ?? 0);
      return commands[name](request as never) as never;
    },
    on: (event, hear) => {
      const set = hearers.get(event) ?? new Set();
      hearers.set(event, set.add(hear as never));
      return () => set.delete(hear as never);
    },
  };
}

interface Inside {
  state: () => StartState;
  open: (kind: "local" | "sample") => void;
  close: () => void;
  slot: (handle: string) => { keyId: string; text: string };
  world: World;
  emit: FakePlatform["emit"];
  discard: (id: string) => void;
}

function createCommands(inside: Inside): {
  [C in CommandName]: (request: DesktopCommands[C]["request"]) => DesktopCommands[C]["answer"];
} {
  let countdown: ReturnType<typeof setInterval> | undefined;
  const clear = () => {
    clearInterval(countdown);
    inside.emit("clipboard:cleared", null);
  };
  const confirmSlot = (handle: string) => {
    const key = inside.world.key(inside.slot(handle).keyId);
    if (key.secrets[0]?.state === "unconfirmed") {
      confirm(inside.world, key, key.grace ?? inside.world.tenant(key.tenant.id).policy.default_grace);
    }
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
