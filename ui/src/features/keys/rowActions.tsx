// What can be done to a key from its row, by its status, and which letter does it. The same list
// feeds the row's menu and its keyboard, so they cannot differ. Whether it is allowed is Rust's.
import { Ban, CalendarClock, Copy, Pause, Pencil, Play, RefreshCw, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { writeItem } from "@/app/writes";
import { Kbd } from "@/components/Details";
import type { MenuAction } from "@/components/Menu";
import { toast } from "@/components/Toast";
import { useMayChange, useWhyNoWrites } from "@/data/writes";
import type { KeyDetails } from "@/generated/KeyDetails";

export interface RowAction extends MenuAction {
  /** The key that does it in the row. */
  letter?: string;
}

const ICON = "size-4 shrink-0";

/** Groups of actions for one key. */
export function useRowActions(): (key: KeyDetails) => RowAction[][] {
  const { t } = useTranslation();
  const open = useLayers((layers) => layers.open);
  const reason = useWhyNoWrites();
  const may = useMayChange();
  const copy = (text: string, done: string) =>
    void navigator.clipboard.writeText(text).then(
      () => toast.done(done),
      () => undefined,
    );
  return (key) => {
    const revoked = key.status === "revoked";
    const suspended = key.status === "suspended";
    const ended = revoked || key.status === "expired";
    const copies: RowAction[] = [
      {
        label: t("keys.copy_id"),
        icon: <Copy className={ICON} />,
        letter: "c",
        hint: <Kbd>C</Kbd>,
        run: () => copy(key.id, t("keys.copied_id")),
      },
      {
        label: t("keys.copy_hint"),
        icon: <Copy className={ICON} />,
        run: () => copy(key.hint.replace(/…$/, ""), t("keys.copied_hint")),
      },
    ];
    if (!may) return [copies];
    const changes: RowAction[] = [];
    if (!revoked && !suspended) {
      changes.push({
        label: t("keys.rotate"),
        icon: <RefreshCw className={ICON} />,
        letter: "r",
        hint: <Kbd>R</Kbd>,
        run: () => open({ kind: "rotate", key }),
      });
    }
    if (!ended) {
      changes.push({
        label: t("keys.set_expiry"),
        icon: <CalendarClock className={ICON} />,
        run: () => open({ kind: "set-expiry", key }),
      });
    }
    if (!revoked) {
      changes.push({
        label: t("keys.edit"),
        icon: <Pencil className={ICON} />,
        letter: "e",
        hint: <Kbd>E</Kbd>,
        run: () => open({ kind: "edit-key", key }),
      });
    }
    const ends: RowAction[] = [];
    if (suspended) {
      ends.push({
        label: t("keys.resume"),
        icon: <Play className={ICON} />,
        run: () => open({ kind: "resume", key }),
      });
    } else if (!ended) {
      ends.push({
        label: t("keys.suspend"),
        icon: <Pause className={ICON} />,
        run: () => open({ kind: "suspend", key }),
      });
    }
    if (!revoked) {
      ends.push({
        label: t("keys.revoke"),
        icon: <Ban className={ICON} />,
        letter: "Delete",
        hint: <Kbd>Del</Kbd>,
        danger: true,
        run: () => open({ kind: "revoke", key }),
      });
    } else if (key.reactivable) {
      ends.push({
        label: t("keys.reactivate"),
        icon: <RotateCcw className={ICON} />,
        run: () => open({ kind: "reactivate", key }),
      });
    }
    const writes = [changes, ends].map((group) => group.map((action) => writeItem(action, reason)));
    return [copies, ...writes];
  };
}
