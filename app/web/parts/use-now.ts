import { useEffect, useState } from "react";

/** The current time, renewed at every interval; it stands still while there is none. */
export function useNow(milliseconds: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (milliseconds === null) return;
    const timer = setInterval(() => setNow(Date.now()), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
  return now;
}
