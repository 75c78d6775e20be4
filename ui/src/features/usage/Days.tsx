// Requests per day: as bars with a scale and a legend, or as a table of the same numbers. Holds no sums.
import { useTranslation } from "react-i18next";
import { BarChart } from "@/components/BarChart";
import { dayOf, shortDate } from "@/time/format";
import { scaleEnd, type Day } from "./series";
import { Table } from "./Table";

const number = (count: number) => count.toLocaleString("en");

/** Every so many days one is named under the bars. */
const NAMED = 7;

/** The bars. */
export function DayChart({ days }: { days: readonly Day[] }) {
  const { t } = useTranslation();
  const allowed = days.reduce((all, day) => all + day.allowed, 0);
  const denied = days.reduce((all, day) => all + day.denied, 0);
  const most = Math.max(...days.map((day) => day.allowed + day.denied));
  const end = scaleEnd(most);
  const label = t("usage.chart", { allowed: number(allowed), denied: number(denied), most: number(most) });
  const bars = days.map((day) => ({
    id: day.day.toISOString(),
    allowed: day.allowed,
    denied: day.denied,
    words: t("usage.bar", {
      day: shortDate(day.day),
      allowed: number(day.allowed),
      denied: number(day.denied),
    }),
  }));
  return (
    <div className="rounded-table border border-line bg-panel p-4">
      <div className="mb-3 flex flex-wrap gap-x-5 gap-y-1 text-meta text-fg-2">
        <Mark colour="bg-accent" words={t("usage.allowed_count", { count: allowed })} />
        <Mark colour="bg-danger" words={t("usage.denied_count", { count: denied })} />
      </div>
      <div className="flex gap-3">
        <div
          aria-hidden="true"
          // Half a line outside: the middle of each number stands where it counts.
          className="tabular -my-2 flex min-w-8 flex-col justify-between text-right text-tiny leading-4 text-fg-3"
        >
          <span>{number(end)}</span>
          <span>{number(end / 2)}</span>
          <span>0</span>
        </div>
        <div className="min-w-0 flex-1 border-b border-line">
          <BarChart label={label} bars={bars} end={end} className="h-40" />
        </div>
      </div>
      <div aria-hidden="true" className="mt-1 flex gap-3 text-tiny text-fg-3">
        <span className="min-w-8" />
        <div className="grid flex-1 auto-cols-fr grid-flow-col">
          {days.map(({ day }, at) => (
            <span key={day.toISOString()} className="flex justify-center whitespace-nowrap">
              <span className="w-0">
                {(days.length - 1 - at) % NAMED === 0 && (
                  <span className="inline-block -translate-x-1/2">{dayOf(day)}</span>
                )}
              </span>
            </span>
          ))}
        </div>
      </div>
    </div>
  );
}

function Mark({ colour, words }: { colour: string; words: string }) {
  return (
    <span className="tabular flex items-center gap-1.5">
      <span aria-hidden="true" className={`size-2.5 rounded-[2px] ${colour}`} />
      {words}
    </span>
  );
}

/** The same as numbers, the latest day first. */
export function DayTable({ days }: { days: readonly Day[] }) {
  const { t } = useTranslation();
  return (
    <Table
      caption={t("usage.requests")}
      className="max-h-80"
      heads={[
        { id: "day", words: t("usage.day") },
        { id: "allowed", words: t("usage.allowed"), number: true },
        { id: "denied", words: t("usage.denied"), number: true },
      ]}
      rows={days.toReversed().map((day) => ({
        id: day.day.toISOString(),
        cells: [shortDate(day.day), number(day.allowed), number(day.denied)],
      }))}
    />
  );
}
