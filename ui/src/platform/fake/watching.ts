// What the fake answers about use and about what looked wrong: made up from the keys that there are, the same at
// every start. Never in the production bundle.
import type { EventKind } from "@/generated/EventKind";
import type { KeyDetails } from "@/generated/KeyDetails";
import type { Outcome } from "@/generated/Outcome";
import type { SecurityEvent } from "@/generated/SecurityEvent";
import type { UsageBucket } from "@/generated/UsageBucket";
import type { AnswerOf, Request } from "../platform";
import { page } from "./checks";
import { DAY, type World } from "./world";

const HOUR = DAY / 24;

/** Between 0 and 1, the same for the same numbers. */
function noise(...numbers: number[]): number {
  let mixed = 2_166_136_261;
  for (const number of numbers) mixed = Math.imul(mixed ^ (number & 0xff_ff), 16_777_619) >>> 0;
  return (mixed % 1000) / 1000;
}

function bucketsOf(world: World, shown: KeyDetails, since: number): UsageBucket[] {
  const { usage, secrets } = shown;
  if (usage.last_used_at === null) return [];
  const last = Date.parse(usage.last_used_at);
  const [fresh, old] = secrets;
  const seed = world.keys.findIndex(({ id }) => id === shown.id);
  const buckets: UsageBucket[] = [];
  const note = (at: number, secret_id: string | undefined, outcome: Outcome, count: number) => {
    if (secret_id === undefined || count <= 0) return;
    buckets.push({ hour: new Date(at).toISOString(), secret_id, outcome, count });
  };
  for (let at = Math.ceil(since / HOUR) * HOUR; at <= last; at += HOUR) {
    const hour = (at / HOUR) % 24;
    const weekend = [0, 6].includes(new Date(at).getUTCDay()) ? 0.35 : 1;
    const busy = Math.round(
      (30 + 90 * noise(seed, at / HOUR)) * weekend * (hour > 6 && hour < 20 ? 1.6 : 0.5),
    );
    const minted = Date.parse(fresh?.created_at ?? "");
    const moved = old === undefined ? 1 : at < minted - HOUR ? 0 : 0.8;
    note(at, fresh?.id, "valid", Math.round(busy * moved));
    note(at, old?.id, "valid", busy - Math.round(busy * moved));
    const tried = moved === 0 ? old?.id : fresh?.id;
    if (noise(seed, at / HOUR, 3) > 0.93) note(at, tried, "insufficient_permissions", 3 + (hour % 9));
    if (noise(seed, at / HOUR, 7) > 0.96) note(at, tried, "rate_limited", 12 + (hour % 20));
    if (noise(seed, at / HOUR, 11) > 0.985) note(at, tried, "ip_denied", 2);
  }
  return buckets;
}

export function usage(world: World, request: Request<"usage.get">): AnswerOf<"usage.get"> {
  const now = world.clock();
  const since = request.since === undefined ? now - 30 * DAY : Date.parse(request.since);
  const key = request.key === undefined ? undefined : world.key(request.key);
  const chosen = key === undefined ? world.keys : [key];
  const buckets = world.gathered ? chosen.flatMap((one) => bucketsOf(world, world.view(one), since)) : [];
  return {
    since: new Date(since).toISOString(),
    until: world.now(),
    gathered: world.gathered,
    buckets: key === undefined ? buckets.map((one) => ({ ...one, secret_id: null })) : buckets,
  };
}

interface Seen {
  kind: EventKind;
  /** The name of a key or operator. */
  who: string | null;
  ip: string;
  outcome: string;
  count: number;
  minutes: number;
}

const SEEN: Seen[] = [
  {
    kind: "dead_secret_used",
    who: "Contractor laptop",
    ip: "198.51.100.23",
    outcome: "revoked",
    count: 14,
    minutes: 4,
  },
  {
    kind: "failures_by_address",
    who: null,
    ip: "203.0.113.77",
    outcome: "not_found",
    count: 212,
    minutes: 38,
  },
  { kind: "limit_hit", who: "Load test", ip: "10.0.4.19", outcome: "rate_limited", count: 51, minutes: 130 },
  {
    kind: "operator_refused",
    who: "Sam Whitfield",
    ip: "192.0.2.8",
    outcome: "revoked",
    count: 2,
    minutes: 60 * 7,
  },
  {
    kind: "operator_refused",
    who: "Billing webhook",
    ip: "10.0.4.12",
    outcome: "wrong_tenant",
    count: 1,
    minutes: 60 * 11,
  },
  {
    kind: "dead_secret_used",
    who: "Legacy export",
    ip: "10.0.9.2",
    outcome: "expired",
    count: 1,
    minutes: 60 * 30,
  },
  {
    kind: "dead_secret_used",
    who: "CI deploy",
    ip: "10.0.4.40",
    outcome: "retired",
    count: 3,
    minutes: 60 * 55,
  },
  {
    kind: "failures_by_address",
    who: null,
    ip: "2001:db8:4::9",
    outcome: "malformed",
    count: 64,
    minutes: 60 * 24 * 5,
  },
  {
    kind: "limit_hit",
    who: "n8n production",
    ip: "10.0.4.12",
    outcome: "rate_limited",
    count: 7,
    minutes: 60 * 24 * 12,
  },
];

/** Makes events up for the keys and operators that there are. */
export function fillWithEvents(world: World): void {
  for (const seen of SEEN) {
    const key = [...world.keys, ...world.operators.map((one) => one.key)].find(
      ({ name }) => name === seen.who,
    );
    addEvent(world, seen, key ?? null, seen.minutes);
  }
}

/** Something that looked wrong, so many minutes ago. */
export function addEvent(
  world: World,
  { kind, ip, outcome, count }: Pick<SecurityEvent, "kind" | "ip" | "outcome" | "count">,
  key: KeyDetails | null,
  minutes = 0,
): void {
  world.events.push({
    id: world.id("evt"),
    at: new Date(world.clock() - minutes * 60_000).toISOString(),
    kind,
    tenant_id: key?.tenant.id ?? null,
    key_id: key?.id ?? null,
    key_name: key?.name ?? null,
    secret_id: key?.secrets[0]?.id ?? null,
    ip,
    outcome,
    count,
  });
}

export function listEvents(world: World, request: Request<"events.list">): AnswerOf<"events.list"> {
  const tenant = request.tenant === undefined ? undefined : world.tenant(request.tenant).id;
  const items = world.events
    .filter((event) => request.kind === undefined || event.kind === request.kind)
    .filter((event) => request.key === undefined || event.key_id === request.key)
    .filter((event) => tenant === undefined || event.tenant_id === tenant)
    .filter((event) => request.since === undefined || event.at >= request.since)
    .toSorted((a, b) => b.at.localeCompare(a.at));
  return page(items, request);
}
