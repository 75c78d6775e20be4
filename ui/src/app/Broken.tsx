// What stands in the place of a part of the page that failed. Knows nothing of which part.
import type { FallbackProps } from "react-error-boundary";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";

/** A panic of a part of the page is a message, not an empty window. */
export function Broken({ resetErrorBoundary }: FallbackProps) {
  const { t } = useTranslation();
  return (
    <div
      role="alert"
      className="m-6 flex flex-col items-start gap-3 rounded-table border border-bad bg-bad-tint p-4"
    >
      <p className="m-0 font-semibold text-bad">{t("app.broken")}</p>
      <Button onClick={resetErrorBoundary}>{t("app.broken_reload")}</Button>
    </div>
  );
}
