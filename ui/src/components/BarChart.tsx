// Bars side by side, each of two parts: allowed below, denied above. A picture alone: whoever cannot see it
// gets its words from `label`, and its numbers from a table that the caller offers.
import { cx } from "./classes";

/** One bar. */
interface Bar {
  /** Unique among its neighbours. */
  id: string;
  allowed: number;
  denied: number;
  /** What a pointer that rests on it is told. */
  words: string;
}

interface BarChartProps {
  /** What is seen, in a sentence. */
  label: string;
  bars: readonly Bar[];
  /** How much the full height is; without it, the highest bar. */
  end?: number;
  className?: string;
}

const SLOT = 10;
const WIDTH = 7;
const HEIGHT = 100;
/** What is not nothing is seen. */
const LEAST = 1.5;

/** A bar for every item, on a common scale. */
export function BarChart({ label, bars, end, className }: BarChartProps) {
  const most = end ?? Math.max(1, ...bars.map(({ allowed, denied }) => allowed + denied));
  const high = (count: number) => (count === 0 ? 0 : Math.max(LEAST, (count / most) * HEIGHT));
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${bars.length * SLOT} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={cx("block w-full", className)}
    >
      {bars.map(({ id, allowed, denied, words }, at) => {
        const x = at * SLOT + (SLOT - WIDTH) / 2;
        const top = Math.min(high(denied), HEIGHT);
        const bottom = Math.min(high(allowed), HEIGHT - top);
        return (
          <g key={id}>
            <title>{words}</title>
            {/* Also where a bar is low, the pointer finds it. */}
            <rect x={at * SLOT} y={0} width={SLOT} height={HEIGHT} className="fill-transparent" />
            <rect
              x={x}
              y={HEIGHT - bottom}
              width={WIDTH}
              height={bottom}
              className="fill-accent forced-colors:fill-[CanvasText]"
            />
            <rect
              x={x}
              y={HEIGHT - bottom - top}
              width={WIDTH}
              height={top}
              className="fill-danger forced-colors:fill-[Highlight]"
            />
          </g>
        );
      })}
    </svg>
  );
}
