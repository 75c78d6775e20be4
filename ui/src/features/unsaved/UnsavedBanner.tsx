// What the start found: keys that were minted but never saved, because the window or the machine
// went away in between. Each can be minted again or left. Holds no secret: the journal has none.
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { WriteAction } from "@/app/writes";
import { Banner } from "@/components/Notices";
import { toast } from "@/components/Toast";
import { useStartState } from "@/data/startState";
import { useRemint } from "@/features/reveal/remint";
import { useReveal } from "@/features/reveal/reveal-state";
import { usePlatform } from "@/platform/context";
import { asAdminError, type StartState, type Unsaved } from "@/platform/platform";

/** One line for one key, a list for several; nothing when all is saved. */
export function UnsavedBanner() {
  const { t } = useTranslation();
  const start = useStartState();
  // What lies open in the reveal is about to be saved.
  const revealing = useReveal((state) => state.current?.key_id);
  const unsaved = (start.data?.unsaved ?? []).filter((one) => one.key_id !== revealing || !revealing);
  const [first, ...others] = unsaved;
  if (first === undefined) return null;
  const names = unsaved.map((one) => one.name).join(", ");
  const words = t("unsaved.found", { count: unsaved.length, names });
  if (others.length === 0) {
    return (
      <Banner className="mb-4 shrink-0" actions={<Actions item={first} />}>
        {words}
      </Banner>
    );
  }
  return (
    <Banner className="mb-4 shrink-0 items-start">
      <p className="m-0">{words}</p>
      <ul className="m-0 mt-1 flex list-none flex-col gap-1 p-0">
        {unsaved.map((item) => (
          <li key={item.id} className="flex flex-wrap items-center gap-x-3">
            <span className="min-w-0 flex-1 truncate font-normal">
              {t("unsaved.item", { name: item.name, tenant: item.tenant })}
            </span>
            <Actions item={item} named />
          </li>
        ))}
      </ul>
    </Banner>
  );
}

function Actions({ item, named = false }: { item: Unsaved; named?: boolean }) {
  const { t } = useTranslation();
  const discard = useDiscard();
  const { remint, busy } = useRemint();
  // The note goes by itself once the new secret is saved; discarding it would revoke the key.
  const show = (key: string) =>
    void remint(key).then((failure) => {
      if (failure !== null) toast.failed(t("reveal.remint_failed"), { description: failure.message });
    });
  const { key_id } = item;
  const about = named ? <span className="sr-only">{t("unsaved.about_key", { name: item.name })}</span> : null;
  return (
    <span className="flex gap-3">
      {key_id !== null && key_id !== undefined && (
        <WriteAction onClick={() => busy || show(key_id)}>
          {busy ? t("reveal.reminting") : t("reveal.remint")}
          {about}
        </WriteAction>
      )}
      <WriteAction onClick={() => void discard(item)}>
        {t("unsaved.discard")}
        {about}
      </WriteAction>
    </span>
  );
}

/** What makes something new, which nobody has yet. */
const NEW = new Set(["keys.issue", "operators.create"]);

/** Takes an entry out of the journal, and out of what this window knows of it. */
function useDiscard() {
  const platform = usePlatform();
  const client = useQueryClient();
  const { t } = useTranslation();
  return async ({ id, name, operation }: Unsaved) => {
    try {
      await platform.command("discard_unsaved", { id });
      const about = NEW.has(operation) ? t("unsaved.discarded_new") : t("unsaved.discarded_rotated");
      toast.done(t("unsaved.discarded", { name }), { description: about });
      client.setQueryData<StartState>(["start_state"], (state) =>
        state === undefined ? state : { ...state, unsaved: state.unsaved.filter((one) => one.id !== id) },
      );
      await client.invalidateQueries();
    } catch (thrown) {
      toast.failed(t("unsaved.discard_failed"), { description: asAdminError(thrown).message });
    }
  };
}
