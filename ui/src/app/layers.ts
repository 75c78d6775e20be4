// Which sheet or dialog is open above the screens, and for what. One at a time; the reveal has a
// store of its own, because it outlives whatever opened it. Holds no screen.
import { useState } from "react";
import { create } from "zustand";
import { toast } from "@/components/Toast";
import { whyNoWrites, type Subject } from "@/data/writes";
import type { KeyDetails } from "@/generated/KeyDetails";
import type { OperatorDetails } from "@/generated/OperatorDetails";
import type { RoleDetails } from "@/generated/RoleDetails";
import type { TenantDetails } from "@/generated/TenantDetails";
import { t } from "@/i18n";
import type { ConnectionDraft } from "@/platform/connections";

export type Layer =
  | { kind: "create-key"; tenant?: string }
  | { kind: "edit-key"; key: KeyDetails }
  | { kind: "rotate"; key: KeyDetails }
  | { kind: "revoke" | "reactivate" | "suspend" | "resume" | "set-expiry"; key: KeyDetails }
  | { kind: "edit-tenant"; tenant: TenantDetails | null; name?: string }
  | { kind: "suspend-tenant" | "resume-tenant"; tenant: TenantDetails }
  | { kind: "edit-role"; role: RoleDetails | null; tenant?: string }
  | { kind: "delete-role"; role: RoleDetails }
  | { kind: "edit-operator"; operator: OperatorDetails | null }
  | { kind: "rotate-operator"; operator: OperatorDetails }
  | { kind: "remove-operator"; operator: OperatorDetails }
  | { kind: "connection"; draft: ConnectionDraft }
  | { kind: "settings" }
  | { kind: "shortcuts" };

interface Layers {
  layer: Layer | null;
  open: (layer: Layer) => void;
  close: () => void;
}

/** What each changes in the store; nothing: it only shows, or changes something else. */
const CHANGES: Record<Layer["kind"], Subject | null> = {
  "create-key": "keys",
  "edit-key": "keys",
  rotate: "keys",
  revoke: "keys",
  reactivate: "keys",
  suspend: "keys",
  resume: "keys",
  "set-expiry": "keys",
  "edit-tenant": "tenants",
  "suspend-tenant": "tenants",
  "resume-tenant": "tenants",
  "edit-role": "roles",
  "delete-role": "roles",
  "edit-operator": "operators",
  "rotate-operator": "operators",
  "remove-operator": "operators",
  connection: null,
  settings: null,
  shortcuts: null,
};

/** The open layer. */
export const useLayers = create<Layers>((set) => ({
  layer: null,
  open: (layer) => {
    // Buttons say it beforehand; a shortcut says it here. Nobody fills in a form that cannot be sent.
    const subject = CHANGES[layer.kind];
    const reason = subject === null ? undefined : whyNoWrites(subject);
    if (reason === undefined) set({ layer });
    else toast.failed(t("rights.not_changed"), { description: reason });
  },
  close: () => set({ layer: null }),
}));

/** The open layer when it is of one of these kinds. */
export function useLayer<K extends Layer["kind"]>(...kinds: K[]): Extract<Layer, { kind: K }> | null {
  return useLayers(({ layer }) =>
    layer !== null && (kinds as string[]).includes(layer.kind)
      ? (layer as Extract<Layer, { kind: K }>)
      : null,
  );
}

/** Like `useLayer`, but keeps the layer while its closing motion runs; call `closed` after it. */
export function useLingeringLayer<K extends Layer["kind"]>(...kinds: K[]) {
  const layer = useLayer(...kinds);
  const [last, setLast] = useState<{ layer: NonNullable<typeof layer>; times: number } | null>(null);
  if (layer !== null && layer !== last?.layer) {
    setLast({ layer, times: (last?.times ?? 0) + 1 });
  }
  return {
    shown: last?.layer ?? null,
    /** Changes with every opening: a form keyed by it starts afresh. */
    times: last?.times ?? 0,
    open: layer !== null,
    closed: () => setLast((before) => (layer === null ? null : before)),
  };
}
