// The program's sign: a key's bow and bit. Holds no words.

/** The sign, as a small square. */
export function Mark() {
  return (
    <svg aria-hidden="true" width="40" height="40" viewBox="0 0 40 40" className="shrink-0 text-accent">
      <rect width="40" height="40" rx="10" fill="currentColor" />
      <g
        fill="none"
        stroke="var(--lk-accent-fg)"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <circle cx="15" cy="20" r="5.2" />
        <path d="M20.2 20H31M27 20v4.4" />
      </g>
    </svg>
  );
}
