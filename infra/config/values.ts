import { z } from "zod";

/** One text for every way in which a value can miss: what is allowed, so that an error can say it. */
export const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
export const name = (error: string) => z.string({ error }).min(1, { error });
