/** How many calls an origin may make: a bucket that fills again. */

export interface Rate {
  /** takes one, or says that there is none left */
  take(key: string): boolean;
}

export function createRate(options: { burst: number; perSecond: number; now: () => number }): Rate {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(key) {
      const now = options.now();
      const bucket = buckets.get(key) ?? { left: options.burst, at: now };
      bucket.left = Math.min(options.burst, bucket.left + ((now - bucket.at) / 1000) * options.perSecond);
      bucket.at = now;
      buckets.set(key, bucket);
      if (bucket.left < 1) return false;
      bucket.left -= 1;
      return true;
    },
  };
}
