// Who a key is, and what can be done to it. Which action stands in the way of which status is
// decided in Rust; here only what could never work is left out or says why.
import { Link } from "@tanstack/react-router";
import { Copy, Ellipsis } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { useShortcut } from "@/app/shortcuts";
import { WriteButton } from "@/app/writes";
import { IconButton } from "@/components/Button";
import { KeyHint } from "@/components/Details";
import { Menu } from "@/components/Menu";
import { Badge, StatusBadge } from "@/components/StatusBadge";
import { toast } from "@/components/Toast";
import { useRowActions } from "@/features/keys/rowActions";
import type { KeyDetails } from "@/generated/KeyDetails";

/** Those of the row's actions that have a button of their own here. */
const BUTTONS = new Set(["r", "e", "Delete"]);

/** Name, status, tenant, hint, actions. */
export function Header({ shown }: { shown: KeyDetails }) {
  const { t } = useTranslation();
  const copyHint = () =>
    void navigator.clipboard.writeText(shown.hint.replace(/…$/, "")).then(
      () => toast.done(t("keys.copied_hint")),
      () => toast.failed(t("key_detail.not_copied")),
    );
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="selectable m-0 min-w-0 text-page font-semibold break-words">{shown.name}</h1>
          <StatusBadge status={shown.status} />
          {shown.environment === "test" && <Badge>{t("environment.test")}</Badge>}
        </div>
        <p className="m-0 mt-1 flex flex-wrap items-center gap-x-3 text-body text-fg-2">
          <Link
            to="/tenants/$tenantId"
            params={{ tenantId: shown.tenant.id }}
            className="rounded-tag text-accent-text underline-offset-2 hover:underline"
          >
            {shown.tenant.name}
          </Link>
          <span className="flex items-center gap-1">
            <KeyHint hint={shown.hint} />
            <IconButton label={t("key_detail.copy_hint")} size="compact" onClick={copyHint}>
              <Copy className="size-3.5" />
            </IconButton>
          </span>
        </p>
      </div>
      <Actions shown={shown} />
    </header>
  );
}

function Actions({ shown }: { shown: KeyDetails }) {
  const { t } = useTranslation();
  const open = useLayers((layers) => layers.open);
  const actionsOf = useRowActions();
  const revoked = shown.status === "revoked";
  const noRotation = revoked
    ? t("rotate.blocked_revoked")
    : shown.suspended_at !== null
      ? t("rotate.blocked_suspended")
      : undefined;
  const rotate = () => open({ kind: "rotate", key: shown });
  const edit = () => open({ kind: "edit-key", key: shown });
  useShortcut("R", t("shortcuts.list_rotate"), rotate, { group: "page", enabled: noRotation === undefined });
  useShortcut("E", t("shortcuts.list_edit"), edit, { group: "page", enabled: !revoked });
  // The letters belong to a row of the table.
  const rest = actionsOf(shown).map((group) =>
    group
      .filter((action) => action.letter === undefined || !BUTTONS.has(action.letter))
      .map((action) => ({ ...action, hint: undefined })),
  );
  return (
    <div className="flex flex-wrap items-center gap-2">
      <WriteButton kind="primary" onClick={rotate} disabledReason={noRotation}>
        {t("key_detail.rotate")}
      </WriteButton>
      {!revoked && <WriteButton onClick={edit}>{t("key_detail.edit")}</WriteButton>}
      {!revoked && (
        <WriteButton
          onClick={() => open({ kind: "revoke", key: shown })}
          className="text-bad hover:bg-bad-tint"
        >
          {t("key_detail.revoke")}
        </WriteButton>
      )}
      {revoked && shown.reactivable && (
        <WriteButton onClick={() => open({ kind: "reactivate", key: shown })}>
          {t("key_detail.reactivate")}
        </WriteButton>
      )}
      <Menu
        groups={rest}
        trigger={
          <IconButton label={t("action.more")} kind="secondary">
            <Ellipsis className="size-4" />
          </IconButton>
        }
      />
    </div>
  );
}
