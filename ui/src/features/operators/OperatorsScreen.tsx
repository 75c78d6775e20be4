// Who may administer a server: every operator with its role, its token's hint and when it was last used.
// Holds no change of an operator: those are layers.
import { Copy, KeyRound, Pencil, RefreshCw, Trash2, UserCog } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLayers } from "@/app/layers";
import { ListScreen } from "@/app/ListScreen";
import { isInSequence, useShortcutSettings } from "@/app/shortcuts";
import { writeItem, WriteButton } from "@/app/writes";
import { DataGrid, type GridColumn } from "@/components/DataGrid";
import { KeyHint, Kbd } from "@/components/Details";
import { RowMenu, type MenuAction } from "@/components/Menu";
import { Banner } from "@/components/Notices";
import { RelativeTime } from "@/components/RelativeTime";
import { Badge, StatusBadge, type Tone } from "@/components/StatusBadge";
import { toast } from "@/components/Toast";
import { usePages, useRead } from "@/data/queries";
import { useStartState } from "@/data/startState";
import { useMayChange, useWhyNoWrites } from "@/data/writes";
import { LastUsed } from "@/features/keys/LastUsed";
import { useRemint } from "@/features/reveal/remint";
import type { OperatorDetails } from "@/generated/OperatorDetails";
import type { OperatorRole } from "@/generated/OperatorRole";

/** All operators, those who were removed last. */
export function OperatorsScreen() {
  const { t } = useTranslation();
  const open = useLayers((layers) => layers.open);
  const { singleKeys } = useShortcutSettings();
  const pages = usePages("operators.list", { limit: 100 });
  const me = useRead("operators.current", {}).data?.operator?.id ?? null;
  const store = useStartState().data?.store;
  const columns = useColumns(me);
  const create = () => open({ kind: "edit-operator", operator: null });
  const edit = (operator: OperatorDetails) => {
    if (operator.key.status !== "revoked") open({ kind: "edit-operator", operator });
  };
  return (
    <ListScreen
      title={t("operators.title")}
      count={pages.isSuccess && t("operators.count", { count: pages.total })}
      about={t("operators.about")}
      create={
        <WriteButton of="operators" kind="primary" onClick={create}>
          {t("operators.new")}
        </WriteButton>
      }
      banner={
        store !== undefined &&
        store.connection?.kind !== "server" && (
          <Banner tone="info" className="mb-3.5 shrink-0">
            {t("operators.not_server")}
          </Banner>
        )
      }
      pages={pages}
      failed={t("operators.failed")}
      empty={{ icon: <UserCog className="size-5" />, words: t("operators.empty") }}
    >
      <DataGrid
        label={t("operators.table")}
        columns={columns}
        rows={pages.items}
        total={pages.total}
        rowId={({ key }) => key.id}
        rowLabel={({ key, role }) =>
          t("operators.row", {
            name: key.name,
            role: t(`operators.role_${role}`),
            status: key.status === "revoked" ? t("operators.status_removed") : t(`status.${key.status}`),
          })
        }
        onOpen={edit}
        onRowKey={(operator, event) => {
          if (event.ctrlKey || event.metaKey || event.altKey || isInSequence(event)) return;
          if (operator.key.status === "revoked") return;
          if (event.key === "e" && singleKeys) edit(operator);
          if (event.key === "r" && singleKeys) open({ kind: "rotate-operator", operator });
          if (event.key === "Delete") open({ kind: "remove-operator", operator });
        }}
        onEnd={pages.more}
      />
    </ListScreen>
  );
}

const ROLE_TONE: Record<OperatorRole, Tone> = { viewer: "neutral", issuer: "info", admin: "warn" };

function useColumns(me: string | null): GridColumn<OperatorDetails>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: "name",
        header: t("operators.col_name"),
        width: "minmax(9rem, 2fr)",
        cell: ({ key }) => (
          <span dir="ltr" className="flex min-w-0 items-center gap-2">
            <span dir="auto" className="truncate text-left font-medium text-fg">
              {key.name}
            </span>
            {key.id === me && <Badge tone="ok">{t("operators.you")}</Badge>}
          </span>
        ),
      },
      {
        id: "role",
        header: t("operators.col_role"),
        width: "5.5rem",
        cell: ({ role }) => <Badge tone={ROLE_TONE[role]}>{t(`operators.role_${role}`)}</Badge>,
      },
      {
        id: "token",
        header: t("operators.col_token"),
        width: "8rem",
        from: 760,
        cell: ({ key }) => <KeyHint hint={key.hint} />,
      },
      {
        id: "last_used",
        header: t("operators.col_last_used"),
        width: "7.25rem",
        cell: ({ key }) => <LastUsed usage={key.usage} />,
      },
      {
        id: "expires",
        header: t("operators.col_expires"),
        width: "7.25rem",
        from: 640,
        cell: ({ key }) => (
          <RelativeTime
            at={key.status === "revoked" ? null : key.expires_at}
            none={key.status === "revoked" ? "–" : t("state.never")}
            className="text-fg-2"
          />
        ),
      },
      {
        id: "status",
        header: t("operators.col_status"),
        width: "7rem",
        cell: ({ key }) =>
          key.status === "revoked" ? (
            <Badge>{t("operators.status_removed")}</Badge>
          ) : (
            <StatusBadge status={key.status} />
          ),
      },
      {
        id: "actions",
        header: t("operators.col_actions"),
        hideHeader: true,
        control: true,
        width: "2rem",
        cell: (operator) => <OperatorMenu operator={operator} />,
      },
    ],
    [t, me],
  );
}

const ICON = "size-4 shrink-0";

function OperatorMenu({ operator }: { operator: OperatorDetails }) {
  const { t } = useTranslation();
  const open = useLayers((layers) => layers.open);
  const reason = useWhyNoWrites("operators");
  const may = useMayChange("operators");
  const { remint } = useRemint();
  const { key } = operator;
  const copy: MenuAction = {
    label: t("operators.copy_id"),
    icon: <Copy className={ICON} />,
    run: () =>
      void navigator.clipboard.writeText(key.id).then(
        () => toast.done(t("operators.copied_id")),
        () => toast.failed(t("key_detail.not_copied")),
      ),
  };
  const changes: MenuAction[] = [
    {
      label: t("operators.rotate"),
      icon: <RefreshCw className={ICON} />,
      hint: <Kbd>R</Kbd>,
      run: () => open({ kind: "rotate-operator", operator }),
    },
    {
      label: t("operators.edit"),
      icon: <Pencil className={ICON} />,
      hint: <Kbd>E</Kbd>,
      run: () => open({ kind: "edit-operator", operator }),
    },
  ];
  if (key.unsaved) {
    changes.unshift({
      label: t("reveal.remint", { context: "token" }),
      icon: <KeyRound className={ICON} />,
      run: () =>
        void remint(key.id).then((failure) => {
          if (failure !== null)
            toast.failed(t("reveal.remint_failed", { context: "token" }), { description: failure.message });
        }),
    });
  }
  const remove: MenuAction = {
    label: t("operators.remove"),
    icon: <Trash2 className={ICON} />,
    hint: <Kbd>Del</Kbd>,
    danger: true,
    run: () => open({ kind: "remove-operator", operator }),
  };
  const writes = may && key.status !== "revoked" ? [changes, [remove]] : [];
  return (
    <RowMenu groups={[[copy], ...writes.map((group) => group.map((action) => writeItem(action, reason)))]} />
  );
}
