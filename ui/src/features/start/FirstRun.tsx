// What a person sees who has nothing yet: three ways to begin. Opens nothing itself.
import { Database, HardDrive, Server } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { fieldError } from "@/data/errors";
import type { AdminError } from "@/platform/platform";
import { PrefixField } from "./Summary";

interface FirstRunProps {
  proposed: string;
  /** Something is being opened. */
  busy: boolean;
  pending: boolean;
  error: AdminError | null;
  onOpenLocal: (prefix: string) => void;
  onAdd: (kind: "postgres" | "server") => void;
}

/** Three cards. */
export function FirstRun({ proposed, busy, pending, error, onOpenLocal, onAdd }: FirstRunProps) {
  const { t } = useTranslation();
  const [prefix, setPrefix] = useState(proposed);
  const open = () => onOpenLocal(prefix.trim());
  return (
    <div className="grid grid-cols-1 gap-4 @min-[44rem]:grid-cols-3">
      <Card icon={<HardDrive className="size-5" />} title={t("start.local")} about={t("start.local_about")}>
        <PrefixField
          prefix={prefix}
          onChange={setPrefix}
          onEnter={open}
          error={fieldError(error, "prefix")}
          disabled={busy}
        />
        <Button kind="primary" disabled={busy} onClick={open} className="mt-auto">
          {pending ? t("start.opening") : t("start.local")}
        </Button>
      </Card>
      <Card icon={<Database className="size-5" />} title={t("start.shared")} about={t("start.shared_about")}>
        <Button disabled={busy} onClick={() => onAdd("postgres")} className="mt-auto">
          {t("start.shared")}
        </Button>
      </Card>
      <Card icon={<Server className="size-5" />} title={t("start.server")} about={t("start.server_about")}>
        <Button disabled={busy} onClick={() => onAdd("server")} className="mt-auto">
          {t("start.server")}
        </Button>
      </Card>
    </div>
  );
}

function Card({
  icon,
  title,
  about,
  children,
}: {
  icon: ReactNode;
  title: string;
  about: string;
  children: ReactNode;
}) {
  return (
    <section
      aria-label={title}
      className="flex flex-col gap-3 rounded-dialog border border-line bg-panel p-5"
    >
      <span
        aria-hidden="true"
        className="flex size-9 items-center justify-center rounded-table bg-accent-tint text-accent-text"
      >
        {icon}
      </span>
      <div>
        <h2 className="m-0 text-body font-semibold">{title}</h2>
        <p className="m-0 mt-1 text-fg-2">{about}</p>
      </div>
      {children}
    </section>
  );
}
