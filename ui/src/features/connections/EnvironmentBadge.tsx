// What a connection leads to, as dot, word and colour; the dot's shape differs too, so that nothing
// depends on telling colours apart. Says nothing where nothing was said.
import { useTranslation } from "react-i18next";
import { cx } from "@/components/classes";
import { Badge, type Tone } from "@/components/StatusBadge";
import type { Environment } from "@/platform/connections";

const TONE: Record<Environment, Tone> = {
  none: "neutral",
  development: "info",
  staging: "warn",
  production: "bad",
};
const COLOUR: Record<Environment, string> = {
  none: "text-fg-3",
  development: "text-info",
  staging: "text-warn",
  production: "text-bad",
};

interface EnvironmentBadgeProps {
  environment: Environment;
  /** The dot stands elsewhere already. */
  dotless?: boolean;
}

/** The word on its colour. */
export function EnvironmentBadge({ environment, dotless = false }: EnvironmentBadgeProps) {
  const { t } = useTranslation();
  if (environment === "none") return null;
  return (
    <Badge tone={TONE[environment]}>
      {!dotless && <EnvironmentDot environment={environment} />}
      {t(`connections.environment_${environment}`)}
    </Badge>
  );
}

/** The dot alone; the word must stand near it. */
export function EnvironmentDot({ environment }: { environment: Environment }) {
  return (
    <svg
      aria-hidden="true"
      data-status-dot={environment}
      width="8"
      height="8"
      viewBox="0 0 8 8"
      className={cx("shrink-0", COLOUR[environment])}
    >
      {environment === "production" && <rect width="8" height="8" rx="1" fill="currentColor" />}
      {environment === "staging" && <path d="M4 0l4 4-4 4-4-4z" fill="currentColor" />}
      {environment === "development" && <circle cx="4" cy="4" r="3.5" fill="currentColor" />}
      {environment === "none" && (
        <circle cx="4" cy="4" r="3" fill="none" stroke="currentColor" strokeWidth="1.4" />
      )}
    </svg>
  );
}
